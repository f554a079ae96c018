// Making a passkey and removing one.
#include "account_pages.hpp"
#include "messages/account.hpp"
#include "page/account.hpp"

namespace minben::citizen {

namespace {

using identity::Enrolling;
using identity::PasskeyId;

/// Somebody signed in with a code whose account has a passkey: with it, or by a recovery.
void needs_passkey(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  page::paragraph(page, msg::enrol_needs_passkey(language));
  page::button_group(page, [&](Writer& p) {
    page::link_button(p, msg::passkey_button(language),
                      visit.url({"sign-in"}).with("return", visit.request.target));
    page::link(p, msg::passkeys_lost(language), visit.url({"account", "recovery"}));
  });
}

Result<net::Response> show_new_passkey(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(may, parts.transact([&](store::Transaction& tx) {
    return parts.identity.enrolling(tx, visit.session());
  }));
  const auto return_to = Url::same_site(visit.request.query.get("return"));
  const Url after =
      return_to ? visit.url({"sign-in"}).with("why", "strongly").with("return", return_to->text())
                : visit.url({"account"});
  return html_page(visit, account_frame(visit, msg::passkey_add(language)), [&](Writer& page) {
    page::heading(page, 1, msg::passkey_add(language), Size::l);
    if (may == Enrolling::refused) return needs_passkey(page, visit);
    page::paragraph(page, msg::passkey_text(language));
    if (may == Enrolling::anew)
      page::warning_text(page, language, msg::enrol_anew_warning(language));
    page::enrol_passkey(page, visit,
                        {.options = visit.url({"account", "passkeys", "options"}),
                         .finish = visit.url({"account", "passkeys"}),
                         .return_to = std::string(after.text())});
  });
}

Result<net::Response> registration_options(const Parts&, Visit& visit) {
  return page::registration_options(visit);
}

Result<net::Response> register_passkey(const Parts&, Visit& visit) {
  return page::register_passkey(visit, visit.url({"account"}));
}

Result<net::Response> ask_remove(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(id, visit.id<PasskeyId>("passkey"));
  MINBEN_TRY(passkeys, parts.transact([&](store::Transaction& tx) {
    return parts.identity.passkeys(tx, visit.person());
  }));
  const auto found = std::ranges::find(passkeys, id, &identity::Passkey::id);
  if (found == passkeys.end()) return fail(Kind::not_found, "no_such_page");
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
    return parts.identity.remove_passkey(tx, visit.session(), id);
  }));
  return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                             msg::passkey_removed(visit.language));
}

}  // namespace

void add_passkeys(Pages& pages) {
  using page::access::signed_in;
  using page::access::signed_in_strongly;
  pages.get("/account/passkey", signed_in, show_new_passkey);
  pages.post("/account/passkeys/options", signed_in, registration_options, 16u << 10);
  pages.post("/account/passkeys", signed_in, register_passkey);
  pages.get("/account/passkeys/{passkey}/remove", signed_in_strongly, ask_remove);
  pages.post("/account/passkeys/{passkey}/remove", signed_in_strongly, remove);
}

}  // namespace minben::citizen
