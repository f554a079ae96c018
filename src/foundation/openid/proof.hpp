#pragma once
// Proofs that arrive with a request, as values: signed statements of clients (RFC 7523) and of
// holders of keys (RFC 9449). Whether they were used before is for the caller to find out.
#include <array>
#include <string>
#include <string_view>

#include "core/core.hpp"
#include "trust/jose.hpp"

namespace minben::openid {

/// FAPI 2.0 Security Profile §5.4.1; Ed25519 is EdDSA's name in RFC 9864. No RS256, no "none", no
/// secrets.
inline constexpr std::array<std::string_view, 4> signing_algorithms{"ES256", "PS256", "EdDSA",
                                                                    "Ed25519"};

/// A statement may be so old, and clocks may differ by so much.
inline constexpr seconds longest_assertion{300};
inline constexpr seconds longest_proof{60};
inline constexpr seconds clock_skew{10};

struct Proven {
  std::string jti;  ///< 1 to 256 bytes
  Instant until{};  ///< until then it must not come again
};

/// Which client a client_assertion says it is from; not verified. Error invalid_client.
Result<std::string> client_of_assertion(std::string_view assertion);

/// RFC 7523 §3 as FAPI 2.0 §5.3.2.1 narrows it: iss and sub are the client, aud is our issuer and
/// nothing else (a text: a list, even of one, is refused), exp lies at most longest_assertion
/// ahead, jti is there. Error invalid_client; the detail names the rule, never the assertion.
Result<Proven> check_assertion(std::string_view assertion, std::string_view client_id,
                               std::string_view issuer, const trust::JwkSet& keys, Instant now);

struct DpopProof {
  Proven proven;
  std::string thumbprint;  ///< RFC 7638, as cnf.jkt names the key
  std::string nonce;       ///< as it came, "" when there was none
};

struct DpopExpected {
  std::string_view method;  ///< "POST"
  std::string_view url;     ///< without query and fragment
  std::string_view
      access_token;  ///< at resources: `ath` must be its hash; "" at the token endpoint
};

/// RFC 9449 §4.3, except for nonce and replay. At most 8 KiB. Error invalid_dpop_proof.
Result<DpopProof> check_dpop(std::string_view proof, const DpopExpected& expected, Instant now);

}  // namespace minben::openid
