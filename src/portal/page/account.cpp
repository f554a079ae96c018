#include "account.hpp"

#include "messages/account.hpp"
#include "messages/common.hpp"
#include "site.hpp"

namespace minben::page {

namespace {
constexpr std::size_t longest_label = 60;  // characters
}

void passkey_box(Writer& page, const Visit& visit, const PasskeyBox& box, Content fields) {
  const Language language = visit.language;
  const bool registers = box.mode == PasskeyBox::Mode::enrol;
  page << "<div class=\"mb-only-script\" data-island=\"passkey\""
       << when(registers, " data-mode=\"register\"") << when(!registers, " data-mode=\"sign-in\"")
       << " data-csrf=\"" << csrf_token(visit) << "\" data-options=\"" << box.options
       << "\" data-finish=\"" << box.finish << "\" data-return=\"" << box.return_to
       << "\" data-failed=\"" << msg::passkey_failed(language) << "\">";
  fields(page);
  page << "<button type=\"button\" class=\"govuk-button\">" << box.button
       << "</button><p class=\"govuk-error-message\" role=\"status\"></p>"
          "<p class=\"govuk-body\" data-unsupported hidden>"
       << msg::passkey_unsupported(language) << "</p></div><p class=\"govuk-body mb-only-plain\">"
       << msg::passkey_needs_script(language) << "</p>";
}

void enrol_passkey(Writer& page, const Visit& visit, const PasskeyEnrolment& enrolment) {
  const Language language = visit.language;
  const PasskeyBox box{.mode = PasskeyBox::Mode::enrol,
                       .options = enrolment.options,
                       .finish = enrolment.finish,
                       .return_to = enrolment.return_to,
                       .button = std::string(msg::enrol_make(language))};
  passkey_box(page, visit, box, [&](Writer& p) {
    text_input(p,
               {.name = "label",
                .label = std::string(msg::enrol_label(language)),
                .hint = std::string(msg::enrol_label_hint(language)),
                .error = {}},
               {.value = std::string(msg::enrol_label_default(language)), .width = Width::w20});
  });
}

net::Response for_script(const net::Response& redirected) {
  net::Response answer = net::Response::json(
      JsonObject{{"location", std::string(redirected.headers.get("Location"))}});
  for (const auto& [name, value] : redirected.headers.all())
    if (name == "Set-Cookie") answer.headers.add(name, value);
  return answer;
}

Result<net::Response> registration_options(const Visit& visit) {
  const auto ceremony = visit.site.impl().identity.start_passkey_registration(visit.session());
  if (!ceremony) return net::Response::problem(ceremony.error());
  return net::Response::json(ceremony->options);
}

Result<net::Response> register_passkey(const Visit& visit, const Url& next) {
  const Site::Impl& site = visit.site.impl();
  const Language language = visit.language;
  const auto body = parse_json(visit.request.body);
  const Json* credential = body ? find(*body, "credential") : nullptr;
  if (credential == nullptr)
    return net::Response::problem(error_of(Kind::invalid, "credential_missing"));
  std::string label(trim(string_or(*body, "label")));
  if (label.empty() || length_in_characters(label) > longest_label)
    label = msg::enrol_label_default(language);
  const auto made = site.identity.register_passkey(visit.session(), *credential, label);
  if (!made) return net::Response::problem(made.error());
  const auto return_to = Url::same_site(string_or(*body, "return"));
  return for_script(
      redirect_with(visit, return_to ? *return_to : next, Notice::success,
                    made->instead ? msg::enrol_done_anew(language) : msg::enrol_done(language)));
}

// --------------------------------------------------------------------------------- sessions

namespace {

std::string device_name(Language language, const identity::Device& device) {
  if (device.browser.empty() && device.system.empty())
    return std::string(msg::sessions_device_unknown(language));
  if (device.browser.empty()) return device.system;
  if (device.system.empty()) return device.browser;
  return msg::sessions_device_name(language, device.browser, device.system);
}

std::string_view in_which_way(const identity::OpenSession& one, Language language) {
  if (const auto text = msg::find_in_account(language, "sessions_by_" + one.method)) return *text;
  return one.assurance >= identity::Assurance::substantial ? msg::sessions_by_passkey(language)
                                                           : msg::sessions_by_email_code(language);
}

void session_row(Writer& rows, const Visit& visit, std::span<const Column> columns,
                 const identity::OpenSession& one, const Url& account) {
  const Language language = visit.language;
  const bool here = one.id == visit.session().id;
  const std::string name = device_name(language, one.device);
  stacked_row(rows, columns, [&](Cells& cells) {
    cells.head([&](Writer& p) {
      p << name << "<div class=\"mb-under\">" << in_which_way(one, language) << "</div>";
    });
    cells.add(long_time(one.signed_in_at, language));
    cells.add(long_time(one.last_used_at, language));
    cells.add([&](Writer& p) {
      if (here) return tag(p, msg::sessions_this(language), Tone::info);
      form(p, visit, account.below({"sessions", to_string(one.id), "end"}), [&](Writer& f) {
        button(f, {.text = std::string(msg::sessions_end(language)),
                   .style = ButtonStyle::secondary,
                   .about = name});
      });
    });
  });
}

}  // namespace

void session_list(Writer& page, const Visit& visit, std::span<const identity::OpenSession> sessions,
                  const Url& account) {
  const Language language = visit.language;
  heading(page, 2, msg::sessions_title(language));
  paragraph(page, msg::sessions_text(language));
  const Column columns[] = {{std::string(msg::sessions_device(language)), false, true},
                            {std::string(msg::sessions_signed_in(language))},
                            {std::string(msg::sessions_last_used(language))},
                            {std::string(msg::sessions_action(language)), false, true}};
  table(page, msg::sessions_title(language), columns,
        [&](Writer& rows) {
          for (const auto& one : sessions) session_row(rows, visit, columns, one, account);
        },
        {.caption_hidden = true, .stacks = true});
  if (sessions.size() < 2) return;
  form(page, visit, account.below({"sessions", "end-others"}), [&](Writer& p) {
    button(p, {.text = std::string(msg::sessions_end_others(language)),
               .style = ButtonStyle::warning});
  });
}

Result<net::Response> end_session(const Visit& visit, const Url& account) {
  const Site::Impl& site = visit.site.impl();
  MINBEN_TRY(id, visit.id<identity::SessionId>("session"));
  MINBEN_CHECK(site.database.transact([&](store::Transaction& tx) {
    return site.identity.end_session(tx, visit.session().subject, id);
  }));
  return redirect_with(visit, account, Notice::success, msg::sessions_ended(visit.language));
}

Result<net::Response> end_other_sessions(const Visit& visit, const Url& account) {
  const Site::Impl& site = visit.site.impl();
  MINBEN_CHECK(site.database.transact([&](store::Transaction& tx) {
    return site.identity.end_other_sessions(tx, visit.session());
  }));
  return redirect_with(visit, account, Notice::success, msg::sessions_others_ended(visit.language));
}

}  // namespace minben::page
