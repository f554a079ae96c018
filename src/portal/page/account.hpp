#pragma once
// What the account pages of both doors share: one's passkeys and one's sessions.
#include <span>
#include <string>

#include "page/page.hpp"

namespace minben::page {

/// Makes one passkey in place of, or beside, those there are. Needs script; says so where none
/// runs.
struct PasskeyEnrolment {
  Url options;            ///< POST routes that call registration_options …
  Url finish;             ///< … and register_passkey
  std::string return_to;  ///< where register_passkey leads, "" for its `next`
};
void enrol_passkey(Writer& page, const Visit& visit, const PasskeyEnrolment& enrolment);
Result<net::Response> registration_options(const Visit& visit);
/// `next` unless the script names another place on this site.
Result<net::Response> register_passkey(const Visit& visit, const Url& next);

/// All sessions of whoever visits, each with a button that ends it; `account` is the page's
/// address.
void session_list(Writer& page, const Visit& visit, std::span<const identity::OpenSession> sessions,
                  const Url& account);
/// POST <account>/sessions/{session}/end and <account>/sessions/end-others
Result<net::Response> end_session(const Visit& visit, const Url& account);
Result<net::Response> end_other_sessions(const Visit& visit, const Url& account);

}  // namespace minben::page
