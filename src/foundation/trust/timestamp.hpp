#pragma once
// Timestamps of an outside authority (RFC 3161, with the certificate identifiers of RFC 5816): what
// is sent, what comes back, and whether a token holds. SHA-256 throughout. No I/O; the client is
// exchange's. Every function is thread-safe.
#include <span>
#include <string>
#include <string_view>

#include "trust/trust.hpp"

namespace minben::trust {

inline constexpr std::size_t max_timestamp_token = 64u << 10;  ///< bytes, DER

struct TimestampRequest {
  Sha256 digest{};
  std::uint64_t nonce = 0;
  Bytes der;  ///< TimeStampReq (§2.4.1), version 1, which asks for the authority's certificate
};
TimestampRequest make_timestamp_request(const Sha256& digest, Random& random);

/// The token of a TimeStampResp (§2.4.2), as its authority signed it; whose authority that is has
/// not been looked at. Errors: "not_a_timestamp", "timestamp_refused" (unavailable; the detail is
/// the authority's own text), "other_timestamp" (of another digest or request).
Result<Bytes> read_timestamp_response(Octets response, const TimestampRequest& request);

/// What a good token says.
struct Timestamp {
  Instant at{};           ///< genTime, cut to whole seconds
  std::string authority;  ///< subject of the signer's certificate, RFC 2253
  std::string serial;     ///< hex
  std::string policy;     ///< object identifier
};

/// The digest is this one, the signature holds, and the signer's certificate, for time stamping
/// only, chained at that time to one of the roots (PEM, one each, any key type). Errors:
/// "not_a_timestamp", "other_timestamp", "untrusted_timestamp" (and why), "untrusted_root".
Result<Timestamp> verify_timestamp(Octets token, const Sha256& digest,
                                   std::span<const std::string> roots);

}  // namespace minben::trust
