#pragma once
// What another OpenID provider says of somebody, and whether it says it to us, now, and about this
// sign-in (OpenID Connect Core 1.0 §3.1.3.7). A pure function, thread-safe.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "trust/jose.hpp"

namespace minben::openid {

struct IdTokenExpectation {
  std::string_view issuer;
  std::string_view client_id;
  std::string_view nonce;
  std::string_view access_token = {};  ///< that came with it, for at_hash; "" for none
  std::optional<seconds> max_age{};    ///< that was asked for: then auth_time must be there
  trust::Algorithms algorithms;
  Instant now{};
};

struct IdToken {
  std::string subject;  ///< 1 to 255 ASCII characters (§2)
  std::string acr;      ///< "" when it says none
  std::vector<std::string> amr;
  std::optional<Instant> auth_time{};
};

/// How far the provider's clock may be from ours.
inline constexpr seconds clock_tolerance{60};
inline constexpr std::size_t max_id_token = 32u << 10;

/// Errors (unauthorised): "id_token_refused" with the claim or part that is wrong as field and why;
/// with field "kid" when the key is not known (new keys may help), or when several are and the
/// token does not say which.
Result<IdToken> check_id_token(std::string_view text, const trust::JwkSet& keys,
                               const IdTokenExpectation& expected);

}  // namespace minben::openid
