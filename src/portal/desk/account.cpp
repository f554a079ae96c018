// The officer's own account: who one is here, and passkeys.
#include "parts.hpp"

namespace minben::desk {

namespace {

std::string roles_text(Language language, const identity::Officer& officer) {
  std::string text;
  for (const std::string& role : officer.roles) {
    if (!text.empty()) text += language == Language::zh_hant ? "、" : ", ";
    const auto known = msg::find_in_desk(language, "desk_role_" + role);
    text += known ? std::string(*known) : role;
  }
  return text;
}

void passkeys_part(Writer& page, const Visit& visit, std::span<const identity::Passkey> passkeys) {
  const Language language = visit.language;
  page::heading(page, 2, msg::desk_passkeys(language));
  if (passkeys.empty()) page::paragraph(page, msg::desk_passkeys_none(language));
  page::summary_list(page, [&](Writer& list) {
    for (const auto& passkey : passkeys)
      page::summary_row(list, passkey.label, msg::desk_passkey_since(language, passkey.created_at));
  });
  page
      << "<div class=\"mb-only-script\" data-island=\"passkey\" data-mode=\"register\" data-csrf=\""
      << page::csrf_token(visit) << "\" data-options=\""
      << visit.url({"desk", "account", "passkey", "options"}) << "\" data-finish=\""
      << visit.url({"desk", "account", "passkey"}) << "\" data-failed=\""
      << msg::desk_passkey_failed(language) << "\">";
  page::text_input(page,
                   {.name = "label",
                    .label = std::string(msg::desk_passkey_label(language)),
                    .hint = {},
                    .error = {}},
                   {.width = page::Width::w20});
  page << "<button type=\"button\" class=\"govuk-button\">" << msg::desk_passkey_add(language)
       << "</button><p class=\"govuk-error-message\" role=\"status\"></p>"
          "<p class=\"govuk-body\" data-unsupported hidden>"
       << msg::desk_passkey_unsupported(language) << "</p></div>";
}

Result<net::Response> show_account(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(passkeys, parts.transact([&](store::Transaction& tx) {
    return parts.identity.passkeys(tx, visit.session().subject);
  }));
  const Frame made = frame(visit, msg::desk_nav_account(language), Section::account);
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::desk_nav_account(language), Size::l);
    page::summary_list(page, [&](Writer& list) {
      page::summary_row(list, msg::desk_account_name(language), visit.officer().name);
      page::summary_row(list, msg::desk_agency(language), visit.agency(visit.officer().agency));
      page::summary_row(list, msg::desk_account_roles(language),
                        roles_text(language, visit.officer()));
      page::summary_row(list, msg::desk_account_until(language),
                        long_time(visit.session().ends_at, language));
    });
    passkeys_part(page, visit, passkeys);
  });
}

Result<net::Response> registration_options(const Parts& parts, Visit& visit) {
  MINBEN_TRY(ceremony, parts.identity.start_passkey_registration(visit.session()));
  return net::Response::json(ceremony.options);
}

Result<net::Response> register_passkey(const Parts& parts, Visit& visit) {
  const auto body = parse_json(visit.request.body);
  const Json* credential = body ? find(*body, "credential") : nullptr;
  if (credential == nullptr)
    return net::Response::problem(fail(Kind::invalid, "credential_missing").error());
  std::string label(trim(string_or(*body, "label")));
  if (label.empty()) label = msg::desk_passkey_unnamed(visit.language);
  const auto registered = parts.identity.register_passkey(visit.session(), *credential, label);
  if (!registered) return net::Response::problem(registered.error());
  const std::string to(visit.url({"desk", "account"}).text());
  return net::Response::json(JsonObject{{"location", to}});
}

}  // namespace

void add_account(Pages& pages) {
  pages.get("/desk/account", page::access::officer, show_account);
  pages.post("/desk/account/passkey/options", page::access::officer, registration_options, 4096);
  pages.post("/desk/account/passkey", page::access::officer, register_passkey);
}

}  // namespace minben::desk
