// The officer's own account: who one is here, passkeys, and where one is signed in.
#include "page/account.hpp"

#include "colleagues.hpp"
#include "messages/account.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

using identity::Enrolling;

std::string roles_text(Language language, const identity::Officer& officer) {
  std::string text;
  for (const std::string& role : officer.roles) {
    if (!text.empty()) text += language == Language::zh_hant ? "、" : ", ";
    const auto known = msg::find_in_desk(language, "desk_role_" + role);
    text += known ? std::string(*known) : role;
  }
  return text;
}

struct Account {
  std::vector<identity::Passkey> passkeys;
  std::vector<identity::OpenSession> sessions;
  Enrolling enrolling = Enrolling::refused;
  std::optional<identity::Enrolment> leave;
  std::string lead;  ///< who gave it
};

Result<Account> load(const Parts& parts, const Visit& visit) {
  return parts.transact([&](store::Transaction& tx) -> Result<Account> {
    MINBEN_TRY(passkeys, parts.identity.passkeys(tx, visit.session().subject));
    MINBEN_TRY(sessions, parts.identity.sessions(tx, visit.session().subject));
    MINBEN_TRY(enrolling, parts.identity.enrolling(tx, visit.session()));
    MINBEN_TRY(leave, parts.identity.open_enrolment(tx, visit.officer().id));
    std::string lead;
    if (leave) {
      MINBEN_TRY(officer, parts.identity.officer(tx, leave->allowed_by));
      lead = officer.name;
    }
    return Account{std::move(passkeys), std::move(sessions), enrolling, leave, lead};
  });
}

void leave_part(Writer& page, const Visit& visit, const Account& account) {
  if (!account.leave) return;
  const Language language = visit.language;
  page::inset_text(page, [&](Writer& p) {
    page::paragraph(p, msg::leave_open(language, account.lead, account.leave->expires_at));
    page::form(p, visit,
               visit.url({"desk", "account", "leave", to_string(account.leave->id), "withdraw"}),
               [&](Writer& f) {
                 page::button(f, {.text = std::string(msg::leave_decline(language)),
                                  .style = page::ButtonStyle::secondary});
               });
  });
}

void passkeys_part(Writer& page, const Visit& visit, const Account& account) {
  const Language language = visit.language;
  page::heading(page, 2, msg::desk_passkeys(language));
  leave_part(page, visit, account);
  if (account.passkeys.empty()) page::paragraph(page, msg::desk_passkeys_none(language));
  else
    page::summary_list(page, [&](Writer& list) {
      for (const auto& passkey : account.passkeys)
        page::summary_row(list, passkey.label,
                          msg::desk_passkey_since(language, passkey.created_at));
    });
  if (account.enrolling == Enrolling::refused) {
    page::paragraph(page, msg::enrol_needs_passkey(language));
    return page::paragraph(page, msg::leave_ask(language));
  }
  page::heading(page, 3, msg::desk_passkey_add(language), Size::s);
  if (account.enrolling == Enrolling::anew)
    page::warning_text(page, language, msg::enrol_anew_warning(language));
  page::enrol_passkey(page, visit,
                      {.options = visit.url({"desk", "account", "passkey", "options"}),
                       .finish = visit.url({"desk", "account", "passkey"}),
                       .return_to = {}});
}

void lead_part(Writer& page, const Visit& visit) {
  if (!visit.officer().has_role(identity::role::team_lead)) return;
  page << "<p class=\"govuk-body\">";
  page::link(page, msg::leave_title(visit.language), visit.url({"desk", "colleagues"}));
  page << "</p>";
}

Result<net::Response> show_account(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(account, load(parts, visit));
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
    lead_part(page, visit);
    passkeys_part(page, visit, account);
    page::session_list(page, visit, account.sessions, visit.url({"desk", "account"}));
  });
}

Result<net::Response> registration_options(const Parts&, Visit& visit) {
  return page::registration_options(visit);
}

Result<net::Response> register_passkey(const Parts&, Visit& visit) {
  return page::register_passkey(visit, visit.url({"desk", "account"}));
}

Result<net::Response> end_session(const Parts&, Visit& visit) {
  return page::end_session(visit, visit.url({"desk", "account"}));
}

Result<net::Response> end_other_sessions(const Parts&, Visit& visit) {
  return page::end_other_sessions(visit, visit.url({"desk", "account"}));
}

Result<net::Response> decline_leave(const Parts& parts, Visit& visit) {
  return withdraw_leave(parts, visit, visit.url({"desk", "account"}));
}

}  // namespace

void add_account(Pages& pages) {
  using page::access::officer;
  pages.get("/desk/account", officer, show_account);
  pages.post("/desk/account/passkey/options", officer, registration_options, 4096);
  pages.post("/desk/account/passkey", officer, register_passkey);
  pages.post("/desk/account/leave/{enrolment}/withdraw", officer, decline_leave, 4096);
  pages.post("/desk/account/sessions/end-others", officer, end_other_sessions, 4096);
  pages.post("/desk/account/sessions/{session}/end", officer, end_session, 4096);
  add_colleagues(pages);
}

}  // namespace minben::desk
