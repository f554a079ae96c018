// My account: what the platform keeps about me, passkeys, and where I am signed in.
#include "account_pages.hpp"
#include "messages/account.hpp"
#include "messages/mandates.hpp"
#include "messages/mobile.hpp"
#include "messages/openid.hpp"
#include "page/account.hpp"

namespace minben::citizen {

namespace {

using identity::Assurance;
using identity::Profile;

struct Account {
  identity::Person person;
  std::vector<identity::Passkey> passkeys;
  std::vector<identity::Binding> bindings;
  std::vector<identity::OpenSession> sessions;
};

Result<Account> load(const Parts& parts, const Visit& visit) {
  return parts.transact([&](store::Transaction& tx) -> Result<Account> {
    MINBEN_TRY(person, parts.identity.person(tx, visit.person()));
    MINBEN_TRY(passkeys, parts.identity.passkeys(tx, visit.person()));
    MINBEN_TRY(bindings, parts.identity.bindings(tx, visit.person()));
    MINBEN_TRY(sessions, parts.identity.sessions(tx, visit.person()));
    return Account{std::move(person), std::move(passkeys), std::move(bindings),
                   std::move(sessions)};
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
    // A number that the register gave is not the person's to change.
    const bool proven = visit.session().levels.identity > 0;
    page::summary_row(list, msg::profile_national_id(language), shown(profile.national_id),
                      std::span(change).first(proven ? 0 : 1));
    const page::Action address[] = {{std::string(msg::change(language)),
                                     std::string(msg::email_label(language)),
                                     visit.url({"account", "email"})}};
    page::summary_row(list, msg::email_label(language), shown(profile.email), address);
  });
}

void passkey_row(Writer& list, const Visit& visit, const identity::Passkey& passkey) {
  const Language language = visit.language;
  std::vector<page::Action> actions;
  if (visit.session().assurance >= Assurance::substantial)
    actions.push_back({std::string(msg::remove(language)), passkey.label,
                       visit.url({"account", "passkeys", to_string(passkey.id), "remove"})});
  page::summary_row(
      list, passkey.label,
      [&](Writer& p) {
        p << msg::passkey_made(language, passkey.created_at);
        if (passkey.last_used_at) p << "<br>" << msg::passkey_used(language, *passkey.last_used_at);
        p << "<br>"
          << (passkey.synced ? msg::passkey_synced(language) : msg::passkey_device_bound(language));
      },
      actions);
}

void passkey_list(Writer& page, const Visit& visit, std::span<const identity::Passkey> passkeys) {
  const Language language = visit.language;
  page::heading(page, 2, msg::passkeys_title(language));
  page::paragraph(page,
                  passkeys.empty() ? msg::passkeys_none(language) : msg::passkeys_text(language));
  if (!passkeys.empty())
    page::summary_list(page, [&](Writer& list) {
      for (const identity::Passkey& passkey : passkeys) passkey_row(list, visit, passkey);
    });
  const bool by_code = visit.session().assurance < Assurance::substantial && !passkeys.empty();
  page::button_group(page, [&](Writer& p) {
    page::link_button(p, msg::passkey_add(language), visit.url({"account", "passkey"}),
                      page::ButtonStyle::secondary);
    if (by_code && !visit.session().recovery)
      page::link(p, msg::passkeys_lost(language), visit.url({"account", "recovery"}));
  });
}

Result<net::Response> show_account(const Parts& parts, Visit& visit) {
  MINBEN_TRY(account, load(parts, visit));
  return html_page(
      visit, frame(visit, msg::nav_account(visit.language), Section::account), [&](Writer& page) {
        page::heading(page, 1, msg::nav_account(visit.language), Size::l);
        recovery_part(page, visit);
        profile_list(page, visit, account.person.profile);
        passkey_list(page, visit, account.passkeys);
        methods_part(page, parts, visit, account.bindings);
        page::session_list(page, visit, account.sessions, visit.url({"account"}));
        everywhere_part(page, visit);
        if (parts.mandates != nullptr) {
          page::heading(page, 2, msg::mandates_title(visit.language));
          page << "<p class=\"govuk-body\">";
          page::link(page, msg::account_mandates(visit.language), visit.url({"mandates"}));
          page << "</p>";
        }
        page::heading(page, 2, msg::openid_systems_title(visit.language));
        page << "<p class=\"govuk-body\">";
        page::link(page, msg::openid_systems_link(visit.language),
                   visit.url({"account", "systems"}));
        page << "</p>";
      });
}

Result<net::Response> end_session(const Parts&, Visit& visit) {
  return page::end_session(visit, visit.url({"account"}));
}

Result<net::Response> end_other_sessions(const Parts&, Visit& visit) {
  return page::end_other_sessions(visit, visit.url({"account"}));
}

}  // namespace

Frame account_frame(const Visit& visit, std::string_view title) {
  Frame made = frame(visit, title, Section::account);
  made.back = page::Link{std::string(msg::back(visit.language)), visit.url({"account"})};
  return made;
}

void add_account(Pages& pages) {
  using page::access::signed_in;
  pages.get("/account", signed_in, show_account);
  pages.post("/account/sessions/end-others", signed_in, end_other_sessions, 4096);
  pages.post("/account/sessions/{session}/end", signed_in, end_session, 4096);
  add_profile(pages);
  add_email(pages);
  add_passkeys(pages);
  add_recovery(pages);
  add_methods(pages);
}

}  // namespace minben::citizen
