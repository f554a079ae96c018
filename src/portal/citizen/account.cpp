// My account: what the platform keeps about me, passkeys, and ending all sessions.
#include "parts.hpp"

namespace minben::citizen {

namespace {

using identity::Assurance;
using identity::PasskeyId;
using identity::Profile;

struct Account {
  identity::Person person;
  std::vector<identity::Passkey> passkeys;
};

Result<Account> load(const Parts& parts, const Visit& visit) {
  return parts.transact([&](store::Transaction& tx) -> Result<Account> {
    MINBEN_TRY(person, parts.identity.person(tx, visit.person()));
    MINBEN_TRY(passkeys, parts.identity.passkeys(tx, visit.person()));
    return Account{std::move(person), std::move(passkeys)};
  });
}

void profile_list(Writer& page, const Visit& visit, const Profile& profile) {
  const Language language = visit.language;
  const auto shown = [&](const std::string& value) {
    return value.empty() ? std::string(msg::not_given(language)) : value;
  };
  page::heading(page, 2, msg::account_profile(language));
  page::paragraph(page, msg::account_profile_text(language));
  page::summary_list(page, [&](Writer& list) {
    const page::Action change[] = {{std::string(msg::change(language)),
                                    std::string(msg::account_profile(language)),
                                    visit.url({"account", "profile"})}};
    page::summary_row(list, msg::profile_name(language), shown(profile.name), change);
    page::summary_row(list, msg::profile_latin(language), shown(profile.name_latin), change);
    page::summary_row(list, msg::profile_national_id(language), shown(profile.national_id), change);
    page::summary_row(list, msg::email_label(language), shown(profile.email), change);
  });
}

void passkey_list(Writer& page, const Visit& visit, std::span<const identity::Passkey> passkeys) {
  const Language language = visit.language;
  page::heading(page, 2, msg::passkeys_title(language));
  page::paragraph(page,
                  passkeys.empty() ? msg::passkeys_none(language) : msg::passkeys_text(language));
  if (!passkeys.empty())
    page::summary_list(page, [&](Writer& list) {
      for (const identity::Passkey& passkey : passkeys) {
        const page::Action remove[] = {
            {std::string(msg::remove(language)), passkey.label,
             visit.url({"account", "passkeys", to_string(passkey.id), "remove"})}};
        page::summary_row(
            list, passkey.label,
            [&](Writer& p) {
              p << msg::passkey_made(language, passkey.created_at);
              if (passkey.last_used_at)
                p << "<br>" << msg::passkey_used(language, *passkey.last_used_at);
              if (passkey.synced) p << "<br>" << msg::passkey_synced(language);
            },
            remove);
      }
    });
  page::link_button(page, msg::passkey_add(language), visit.url({"account", "passkey"}),
                    page::ButtonStyle::secondary);
}

void session_part(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  const identity::Session& session = visit.session();
  page::heading(page, 2, msg::session_title(language));
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(
        list, msg::session_method(language),
        session.method == "passkey" ? msg::session_passkey(language) : msg::session_code(language));
    page::summary_row(list, msg::session_since(language),
                      long_time(session.signed_in_at, language));
    page::summary_row(list, msg::session_ends(language), long_time(session.ends_at, language));
  });
  page::paragraph(page, msg::session_everywhere_text(language));
  page::form(page, visit, visit.url({"account", "sign-out-everywhere"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::session_everywhere(language)),
                     .style = page::ButtonStyle::warning});
  });
}

Result<net::Response> show_account(const Parts& parts, Visit& visit) {
  MINBEN_TRY(account, load(parts, visit));
  return html_page(visit, frame(visit, msg::nav_account(visit.language), Section::account),
                   [&](Writer& page) {
                     page::heading(page, 1, msg::nav_account(visit.language), Size::l);
                     profile_list(page, visit, account.person.profile);
                     passkey_list(page, visit, account.passkeys);
                     session_part(page, visit);
                   });
}

// ---------------------------------------------------------------------------------- profile

Frame account_frame(const Visit& visit, std::string_view title) {
  Frame made = frame(visit, title, Section::account);
  made.back = page::Link{std::string(msg::back(visit.language)), visit.url({"account"})};
  return made;
}

net::Response profile_page(const Visit& visit, const Profile& profile,
                           std::span<const page::ErrorLine> errors) {
  const Language language = visit.language;
  Frame made = account_frame(visit, msg::profile_title(language));
  made.errors.assign(errors.begin(), errors.end());
  const auto error_of = [&](std::string_view name) {
    for (const page::ErrorLine& line : errors)
      if (line.field == name) return line.text;
    return std::string();
  };
  const auto ask = [&](Writer& p, std::string_view name, std::string_view label,
                       std::string_view hint, const page::TextInput& input) {
    page::text_input(p,
                     {.name = std::string(name),
                      .label = std::string(label),
                      .hint = std::string(hint),
                      .error = error_of(name)},
                     input);
  };
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::profile_title(language), Size::l);
        page::form(page, visit, visit.url({"account", "profile"}), [&](Writer& p) {
          ask(p, "name", msg::profile_name(language), {},
              {.value = profile.name, .autocomplete = "name"});
          ask(p, "name_latin", msg::profile_latin(language), msg::profile_latin_hint(language),
              {.value = profile.name_latin, .spellcheck = false});
          ask(p, "national_id", msg::profile_national_id(language),
              msg::profile_national_id_hint(language),
              {.value = profile.national_id, .width = page::Width::w20, .spellcheck = false});
          page::button(p, msg::profile_save(language));
        });
      },
      errors.empty() ? 200 : 422);
}

Result<net::Response> show_profile(const Parts& parts, Visit& visit) {
  MINBEN_TRY(account, load(parts, visit));
  return profile_page(visit, account.person.profile, {});
}

Result<net::Response> save_profile(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  MINBEN_TRY(account, load(parts, visit));
  Profile profile = account.person.profile;
  profile.name = to_nfc(trim(form.get("name")));
  profile.name_latin = std::string(trim(form.get("name_latin")));
  profile.national_id = std::string(trim(form.get("national_id")));
  profile.language = visit.language;
  std::vector<page::ErrorLine> errors;
  for (const auto& [name, value] : {std::pair{"name", &profile.name},
                                    {"name_latin", &profile.name_latin},
                                    {"national_id", &profile.national_id}})
    if (length_in_characters(*value) > 100)
      errors.push_back({name, msg::text_too_long(visit.language, 100)});
  if (!errors.empty()) return profile_page(visit, profile, errors);
  const auto saved = parts.transact([&](store::Transaction& tx) {
    return parts.identity.change_profile(tx, visit.person(), profile);
  });
  if (!saved && (saved.error().kind == Kind::conflict || saved.error().kind == Kind::invalid)) {
    const std::string field = saved.error().field.empty() ? "name" : saved.error().field;
    errors.push_back({field, page::error_text(visit.language, "profile_" + saved.error().code)});
    return profile_page(visit, profile, errors);
  }
  if (!saved) return std::unexpected(saved.error());
  return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                             msg::profile_saved(visit.language));
}

// --------------------------------------------------------------------------------- passkeys

Result<net::Response> show_new_passkey(const Parts&, Visit& visit) {
  const Language language = visit.language;
  const auto return_to = Url::same_site(visit.request.query.get("return"));
  const Url after =
      return_to ? visit.url({"sign-in"}).with("why", "strongly").with("return", return_to->text())
                : visit.url({"account"});
  return html_page(visit, account_frame(visit, msg::passkey_add(language)), [&](Writer& page) {
    page::heading(page, 1, msg::passkey_add(language), Size::l);
    page::paragraph(page, msg::passkey_text(language));
    page << "<div class=\"mb-only-script\" data-island=\"passkey\" data-mode=\"register\" "
            "data-csrf=\""
         << page::csrf_token(visit) << "\" data-options=\""
         << visit.url({"account", "passkeys", "options"}) << "\" data-finish=\""
         << visit.url({"account", "passkeys"}) << "\" data-return=\"" << after
         << "\" data-failed=\"" << msg::passkey_failed(language) << "\">";
    page::text_input(
        page,
        {.name = "label",
         .label = std::string(msg::passkey_label(language)),
         .hint = std::string(msg::passkey_label_hint(language)),
         .error = {}},
        {.value = std::string(msg::passkey_label_default(language)), .width = page::Width::w20});
    page << "<button type=\"button\" class=\"govuk-button\">" << msg::passkey_make(language)
         << "</button><p class=\"govuk-error-message\" role=\"status\"></p>"
            "<p class=\"govuk-body\" data-unsupported hidden>"
         << msg::passkey_unsupported(language) << "</p></div><p class=\"govuk-body mb-only-plain\">"
         << msg::passkey_needs_script(language) << "</p>";
  });
}

Result<net::Response> registration_options(const Parts& parts, Visit& visit) {
  const auto ceremony = parts.identity.start_passkey_registration(visit.session());
  if (!ceremony) return net::Response::problem(ceremony.error());
  return net::Response::json(ceremony->options);
}

Result<net::Response> register_passkey(const Parts& parts, Visit& visit) {
  const auto body = parse_json(visit.request.body);
  const Json* credential = body ? find(*body, "credential") : nullptr;
  if (credential == nullptr)
    return net::Response::problem(fail(Kind::invalid, "credential_missing").error());
  std::string label(trim(string_or(*body, "label", msg::passkey_label_default(visit.language))));
  if (label.empty() || length_in_characters(label) > 60)
    label = msg::passkey_label_default(visit.language);
  const auto made = parts.identity.register_passkey(visit.session(), *credential, label);
  if (!made) return net::Response::problem(made.error());
  const auto return_to = Url::same_site(string_or(*body, "return"));
  const Url next = return_to ? *return_to : visit.url({"account"});
  return net::Response::json(JsonObject{{"location", std::string(next.text())}});
}

Result<net::Response> ask_remove(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<PasskeyId>("passkey"));
  MINBEN_TRY(account, load(parts, visit));
  const auto found = std::find_if(account.passkeys.begin(), account.passkeys.end(),
                                  [&](const auto& passkey) { return passkey.id == id; });
  if (found == account.passkeys.end()) return fail(Kind::not_found, "no_such_page");
  return html_page(
      visit, account_frame(visit, msg::passkey_remove_title(language)), [&](Writer& page) {
        page::heading(page, 1, msg::passkey_remove_title(language), Size::l);
        page::paragraph(page, msg::passkey_remove_text(language, found->label));
        page::form(page, visit, visit.url({"account", "passkeys", to_string(id), "remove"}),
                   [&](Writer& p) {
                     page::button(p, {.text = std::string(msg::remove(language)),
                                      .style = page::ButtonStyle::warning});
                   });
      });
}

Result<net::Response> remove(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<PasskeyId>("passkey"));
  MINBEN_CHECK(parts.transact([&](store::Transaction& tx) {
    return parts.identity.remove_passkey(tx, visit.person(), id);
  }));
  return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                             msg::passkey_removed(visit.language));
}

Result<net::Response> sign_out_everywhere(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(parts.identity.sign_out_everywhere(visit.session().subject));
  return visit.site.sign_out(visit, visit.url({"sign-in"}));
}

}  // namespace

void add_account(Pages& pages) {
  using page::access::signed_in;
  pages.get("/account", signed_in, show_account);
  pages.get("/account/profile", signed_in, show_profile);
  pages.post("/account/profile", signed_in, save_profile);
  pages.get("/account/passkey", signed_in, show_new_passkey);
  pages.post("/account/passkeys/options", signed_in, registration_options, 16u << 10);
  pages.post("/account/passkeys", signed_in, register_passkey);
  pages.get("/account/passkeys/{passkey}/remove", signed_in, ask_remove);
  pages.post("/account/passkeys/{passkey}/remove", signed_in, remove);
  pages.post("/account/sign-out-everywhere", signed_in, sign_out_everywhere, 4096);
}

}  // namespace minben::citizen
