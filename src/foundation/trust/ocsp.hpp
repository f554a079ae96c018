#pragma once
// Whether a certificate is revoked, by its authority's answer of today: OCSP (RFC 6960).
//
// The holder of a certificate asks, and hands the answer along with what it signs; whoever gets it
// believes the authority's signature, not the holder. Answers are of the authority itself or of a
// responder to which it delegated this (RFC 6960 §4.2.2.2: a certificate issued by the authority
// itself, with extendedKeyUsage id-kp-OCSPSigning); whether the responder's own certificate is
// revoked is not asked, as id-pkix-ocsp-nocheck allows.
//
// Every function is thread-safe.
#include <optional>
#include <string>

#include "trust/revocation.hpp"

namespace minben::trust {

inline constexpr std::size_t max_ocsp_response = 32u << 10;  ///< bytes, DER

/// OCSPRequest (DER) for one certificate, its id by SHA-1 as RFC 5019 §2.1.1 has it (no secret
/// depends on that), with a nonce of 16 bytes (RFC 8954) when one is given.
Result<Bytes> make_ocsp_request(Octets certificate, const Certificate& issuer,
                                std::optional<std::array<std::uint8_t, 16>> nonce = std::nullopt);

/// The http address of the responder in authorityInfoAccess (RFC 5280 §4.2.2.1); "" = none.
std::string ocsp_url(Octets certificate);

struct OcspAnswer {
  Instant this_update{};
  Instant next_update{};  ///< this_update + 1 day when the answer has none
  Instant produced_at{};
  std::optional<Revoked> revoked{};  ///< else good
};

/// What an answer for this certificate says, after its signature was checked at `now`. Errors
/// (forbidden unless said otherwise): invalid "not_an_ocsp_response"; unavailable "ocsp_refused"
/// (the responder could not answer, RFC 6960 §2.3); "ocsp_forged" (not by the issuer or its
/// delegate); "ocsp_other_certificate"; "ocsp_unknown" (the authority does not know the
/// certificate); "ocsp_replayed" (another nonce than was asked with; one without any is taken);
/// "ocsp_not_yet_valid" (thisUpdate more than 5 minutes ahead), "ocsp_stale" (nextUpdate is over,
/// or thisUpdate longer ago than `freshness`).
Result<OcspAnswer> verify_ocsp_response(
    Octets response, Octets certificate, const Certificate& issuer, Instant now, seconds freshness,
    std::optional<std::array<std::uint8_t, 16>> nonce = std::nullopt);

/// What an answer for this certificate said when it was produced, its signature being judged at
/// that time: of signatures in the past. Whether it is recent enough, or ahead, is the caller's
/// affair. Errors: as above, but for those that depend on the time.
Result<OcspAnswer> read_past_ocsp_response(Octets response, Octets certificate,
                                           const Certificate& issuer);

/// Hex SHA-256 of (issuer's name hash ‖ issuer's key hash ‖ serial), of the only certificate that
/// an answer is about: to file it before anybody checked it. Error "not_an_ocsp_response".
Result<std::string> ocsp_subject(Octets response);
/// The same of a certificate.
Result<std::string> ocsp_subject(Octets certificate, const Certificate& issuer);

}  // namespace minben::trust
