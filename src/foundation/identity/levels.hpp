#pragma once
// How sure the platform is of somebody, three things kept apart (NIST SP 800-63-4, §3): whom the
// account belongs to, that its owner is at the browser, and who vouched for that.
//
// Pure functions, thread-safe.
#include <string_view>

#include "core/core.hpp"

namespace minben::identity {

/// How sure we are that the person at the browser is the person of the account (after eIDAS
/// 2015/1502). low: one factor, a code sent by e-mail. substantial: two factors bound to the
/// origin, a passkey with user verification. high: a key that cannot leave its card or device, and
/// that somebody vouched for; a synced passkey never gives it.
enum class Assurance { none, low, substantial, high };
std::string_view to_string(Assurance assurance);  ///< "none", "low", "substantial", "high"
Result<Assurance> parse_assurance(std::string_view text);

/// Each 0 (nothing is known) to 3.
struct Levels {
  int identity = 0;       ///< IAL: 2 proven by the register with two factors, 3 in person before
  int authenticator = 0;  ///< AAL: 1 one factor, 2 two of them, 3 two and a key that cannot leave
  int federation = 0;     ///< FAL, where another provider signed the person in; 0: nobody did
  friend bool operator==(const Levels&, const Levels&) = default;
};

/// What the authenticator alone gives: 1 low, 2 substantial, 3 high.
Assurance of_authenticator(int level);
/// The weaker of identity and authenticator: what may be told to others as the eIDAS level.
Assurance eidas(const Levels& levels);

/// The `acr` of OpenID Connect for it: the identifiers of eIDAS (SAML attribute profile 1.2 §3.2),
/// "http://eidas.europa.eu/LoA/low" and so on; none: "0" (OpenID Connect Core §2).
std::string_view acr_of(Assurance assurance);
/// none for values that are not ours.
Assurance assurance_of_acr(std::string_view acr);

}  // namespace minben::identity
