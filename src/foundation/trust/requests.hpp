#pragma once
// Certificate signing requests: PKCS #10 (RFC 2986), how the holder of a key asks an authority for
// a certificate without showing the key. The request is signed with the key itself, which proves
// that whoever asks has it.
//
// Every function is thread-safe.
#include <string>
#include <string_view>

#include "trust/trust.hpp"

namespace minben::trust {

inline constexpr std::size_t max_signing_request = 16u << 10;  ///< bytes, DER or PEM
inline constexpr std::size_t max_requested_names = 32;         ///< DNS names and addresses

/// PEM (-----BEGIN CERTIFICATE REQUEST-----). The names of `names`: common_name, member, dns_names,
/// ip_addresses; usage and validity are for the authority to decide. Errors: those of
/// Authority::issue and SigningKey::try_sign.
Result<std::string> make_signing_request(const SigningKey& key, const CertificateRequest& names);

/// What was asked for, by the holder of the key. That the names are the holder's is not known.
struct SigningRequest {
  VerifyKey key;             ///< P-256 or Ed25519
  CertificateRequest names;  ///< as Authority::issue takes them; the usages are to be set
};

/// Exactly one request: version 1, one common name, no names but those of DNS, addresses and one
/// member, a signature by ECDSA with SHA-2 or by Ed25519. Other attributes and extensions are not
/// looked at, because nothing of them would be issued. Errors: "not_a_signing_request",
/// "signing_request_forged" (the signature is not of this key).
Result<SigningRequest> read_signing_request(Octets der);
Result<SigningRequest> read_signing_request(std::string_view pem);

}  // namespace minben::trust
