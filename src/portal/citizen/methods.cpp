// The ways to sign in of an account besides mail and passkeys, and what to do when a device is
// lost.
#include "account_pages.hpp"
#include "identity/bindings.hpp"
#include "messages/account.hpp"
#include "messages/mobile.hpp"

namespace minben::citizen {

namespace {

using identity::Assurance;

std::string method_name(Language language, std::string_view method) {
  const auto known = msg::find_in_mobile(language, "method_" + std::string(method));
  return std::string(known.value_or(method));
}

std::string when_added(Language language, const identity::Binding& binding) {
  return msg::methods_added(language, binding.created_at);
}

void method_row(Writer& list, const Visit& visit, const identity::Binding& binding) {
  const Language language = visit.language;
  const std::string name = method_name(language, binding.method);
  page::summary_row(list, name, [&](Writer& p) {
    p << when_added(language, binding);
    if (binding.last_used_at) p << "<br>" << msg::methods_used(language, *binding.last_used_at);
    if (visit.session().assurance < Assurance::substantial) return;
    page::form(p, visit, visit.url({"account", "methods", to_string(binding.id), "remove"}),
               [&](Writer& f) {
                 page::button(f, {.text = std::string(msg::methods_remove(language)),
                                  .style = page::ButtonStyle::secondary,
                                  .about = name});
               });
  });
}

/// Each with its kind before its id, as the form gives them back.
std::vector<page::Choice> lost_choices(const Visit& visit, std::vector<identity::Binding> bindings,
                                       std::vector<identity::Passkey> passkeys) {
  const Language language = visit.language;
  std::vector<page::Choice> choices;
  for (const identity::Binding& binding : bindings)
    choices.push_back({.value = "binding:" + to_string(binding.id),
                       .label = method_name(language, binding.method),
                       .hint = when_added(language, binding)});
  for (const identity::Passkey& passkey : passkeys)
    choices.push_back({.value = "passkey:" + to_string(passkey.id),
                       .label = passkey.label,
                       .hint = std::string(passkey.synced ? msg::passkey_synced(language)
                                                          : msg::passkey_device_bound(language))});
  return choices;
}

Result<net::Response> lost_view(const Parts& parts, const Visit& visit, std::string_view error) {
  const Language language = visit.language;
  MINBEN_TRY(choices,
             parts.transact([&](store::Transaction& tx) -> Result<std::vector<page::Choice>> {
               MINBEN_TRY(bindings, parts.identity.bindings(tx, visit.person()));
               MINBEN_TRY(passkeys, parts.identity.passkeys(tx, visit.person()));
               return lost_choices(visit, std::move(bindings), std::move(passkeys));
             }));
  Frame made = account_frame(visit, msg::lost_title(language));
  const std::string wrong =
      error.empty()
          ? std::string()
          : std::string(msg::find_in_mobile(language, "mobile_refused_" + std::string(error))
                            .value_or(msg::mobile_refused_other(language)));
  if (!wrong.empty()) made.errors.push_back({"lost", wrong});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::lost_title(language), Size::l);
        page::paragraph(page, msg::lost_text(language));
        page::form(page, visit, visit.url({"account", "lost"}), [&](Writer& p) {
          page::checkboxes(p,
                           {.name = "lost",
                            .label = std::string(msg::lost_ways(language)),
                            .hint = {},
                            .error = wrong},
                           choices);
          page::button(p, {.text = std::string(msg::lost_button(language)),
                           .style = page::ButtonStyle::warning});
        });
        page::paragraph(page, msg::lost_changed(language));
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_lost(const Parts& parts, Visit& visit) {
  return lost_view(parts, visit, {});
}

Result<net::Response> lose(const Parts& parts, Visit& visit) {
  identity::LostDevice lost;
  for (const std::string_view value : visit.request.form.all("lost")) {
    const std::string_view id = value.substr(std::min(value.size(), std::size_t{8}));
    if (const auto binding = identity::BindingId::parse(id); binding && value.starts_with("bind"))
      lost.bindings.push_back(*binding);
    if (const auto passkey = identity::PasskeyId::parse(id); passkey && value.starts_with("pass"))
      lost.passkeys.push_back(*passkey);
  }
  const auto done = parts.transact([&](store::Transaction& tx) {
    return parts.identity.lose_device(tx, visit.session(), lost);
  });
  if (!done && done.error().kind == Kind::internal) return fail(done.error());
  if (!done) return lost_view(parts, visit, done.error().code);
  return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                             msg::lost_done(visit.language));
}

Result<net::Response> remove(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<identity::BindingId>("binding"));
  MINBEN_CHECK(parts.transact([&](store::Transaction& tx) {
    return parts.identity.remove_binding(tx, visit.session(), id);
  }));
  return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                             msg::methods_removed(visit.language));
}

Result<net::Response> sign_out_everywhere(const Parts& parts, Visit& visit) {
  MINBEN_CHECK(parts.transact([&](store::Transaction& tx) {
    return parts.identity.end_all_sessions(tx, visit.session().subject);
  }));
  return visit.site.sign_out(visit, visit.url({}));
}

}  // namespace

void methods_part(Writer& page, const Parts& parts, const Visit& visit,
                  std::span<const identity::Binding> bindings) {
  const Language language = visit.language;
  page::heading(page, 2, msg::methods_title(language));
  if (bindings.empty()) page::paragraph(page, msg::methods_none(language));
  else
    page::summary_list(page, [&](Writer& list) {
      for (const identity::Binding& binding : bindings) method_row(list, visit, binding);
    });
  const auto has = [&](std::string_view method) {
    return std::ranges::find(bindings, method, &identity::Binding::method) != bindings.end();
  };
  page::button_group(page, [&](Writer& p) {
    const auto add = [&](std::string_view text, const Url& url) {
      page::link_button(p, text, url, page::ButtonStyle::secondary);
    };
    const auto back = visit.url({"account"}).text();
    if (parts.approvals != nullptr)
      add(msg::methods_add_mobile(language), visit.url({"sign-in", "mobile"}).with("return", back));
    if (parts.certificates != nullptr && !has(identity::method::citizen_certificate))
      add(msg::methods_add_certificate(language),
          visit.url({"sign-in", "certificate"}).with("return", back));
    const bool proven = visit.session().levels.identity > 0;
    if (parts.registers && proven && !has(identity::method::health_card))
      add(msg::methods_add_papers(language), visit.url({"account", "methods", "health-card"}));
    page::link(p, msg::lost_title(language), visit.url({"account", "lost"}));
  });
}

void everywhere_part(Writer& page, const Visit& visit) {
  page::form(page, visit, visit.url({"account", "sessions", "end-all"}), [&](Writer& p) {
    page::button(p, {.text = std::string(msg::everywhere_button(visit.language)),
                     .style = page::ButtonStyle::warning});
  });
}

void add_methods(Pages& pages) {
  pages.get("/account/lost", page::access::signed_in_strongly, show_lost);
  pages.post("/account/lost", page::access::signed_in_strongly, lose, 8192);
  pages.post("/account/methods/{binding}/remove", page::access::signed_in_strongly, remove, 4096);
  pages.post("/account/sessions/end-all", page::access::signed_in, sign_out_everywhere, 4096);
}

}  // namespace minben::citizen
