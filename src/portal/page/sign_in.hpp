#pragma once
// Signing in, alike at both doors: a code by e-mail, or a passkey. A door says where its pages are
// and what differs in them; what a room adds are routes that call these.
#include <string>
#include <string_view>

#include "page/page.hpp"

namespace minben::page {

struct Door {
  identity::Realm realm;
  std::string_view below;  ///< pages are /<language>/<below>/sign-in…; "" for people
  Frame (*frame)(const Visit& visit, std::string_view title);
  std::string_view (*email_label)(Language language);
  std::string_view (*email_hint)(Language language);
  /// With both ways in; `error` is about the field "email".
  net::Response (*sign_in_page)(const Visit& visit, std::string_view email, std::string_view error);

  [[nodiscard]] Url url(const Visit& visit, std::initializer_list<std::string_view> parts) const {
    return visit.url({below, "sign-in"}).below(parts);
  }
};

/// `return` of the query or the form when it is a place on this site; otherwise "".
std::string return_address(const Visit& visit);

/// At the next sign-in of this browser, within ten minutes, this address stands in the form. Kept
/// sealed in a cookie: it is personal, and an address in a URL would be in others' logs.
void suggest_email(const Visit& visit, net::Response& response, std::string_view email);

/// Nothing is shown where no script runs.
void passkey_sign_in(Writer& page, const Visit& visit, const Door& door);
void email_form(Writer& page, const Visit& visit, const Door& door, std::string_view email,
                std::string_view error);

/// POST …/sign-in/code: the page that asks for the code, or the door's page with what was wrong.
Result<net::Response> send_code(const Visit& visit, const Door& door);
/// POST …/sign-in
Result<net::Response> sign_in_with_code(const Visit& visit, const Door& door);
/// POST …/sign-in/passkey/options and …/sign-in/passkey, for the script
Result<net::Response> passkey_options(const Visit& visit, const Door& door);
Result<net::Response> sign_in_with_passkey(const Visit& visit);

/// Adds these four to the pages of the room whose door it is.
template <const Door& door, class Parts>
void add_sign_in_steps(PagesOf<Parts>& pages) {
  std::string sign_in = door.below.empty() ? "" : "/" + std::string(door.below);
  sign_in += "/sign-in";
  pages.post(
      sign_in, access::anyone,
      [](const Parts&, Visit& visit) { return sign_in_with_code(visit, door); }, 16u << 10);
  pages.post(
      sign_in + "/code", access::anyone,
      [](const Parts&, Visit& visit) { return send_code(visit, door); }, 16u << 10);
  pages.post(
      sign_in + "/passkey/options", access::anyone,
      [](const Parts&, Visit& visit) { return passkey_options(visit, door); }, 16u << 10);
  pages.post(sign_in + "/passkey", access::anyone,
             [](const Parts&, Visit& visit) { return sign_in_with_passkey(visit); });
}

}  // namespace minben::page
