#pragma once
// Citizen certificates (自然人憑證) of the government's PKI: whether a signature over a challenge,
// or a certificate that a browser showed, is that of a citizen, and of which. PKCS #7 as RFC 5652
// has it, paths as RFC 5280 §6, revocation by list (trust/revocation_index.hpp) and OCSP (RFC
// 6960).
//
// No state and no time of its own; every function is thread-safe.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "identity/revocation_sources.hpp"

namespace minben::identity {

/// What a verified certificate says of its holder.
struct CitizenCertificate {
  std::string issuer;  ///< RFC 2253
  std::string serial;  ///< hex; a replaced card has another
  std::string name;    ///< common name
  std::string
      last_four;  ///< characters of the national id; with the name not enough to find anybody
  bool primary_card = true;
  Instant not_after{};
};

struct CitizenTrust {
  std::vector<std::string> roots;          ///< PEM, one each
  std::vector<std::string> intermediates;  ///< PEM, one each; others may come with a signature
  /// Assurance class 3: made at a counter, after the person was seen.
  std::vector<std::string> policies{"2.16.886.101.0.3.3"};
  RevocationSources revocation{};
};

inline constexpr std::size_t max_signature = 64u << 10;  ///< bytes of SignedData, DER

/// The bytes of a signature as people hand it in: a .p7s file in DER or PEM, or base64 text that
/// was pasted. invalid "not_a_signature".
Result<Bytes> decode_signature(std::string_view given);

class CitizenCertificates {
 public:
  /// invalid "untrusted_root" when a root or an intermediate is no authority's certificate, or
  /// there is no root.
  static Result<CitizenCertificates> make(CitizenTrust trust);

  /// A signature (DER) over exactly this content, attached or not: one signer, RSA of 2048 bits or
  /// more with PKCS #1 v1.5 padding, SHA-256 or better, with the signed attributes contentType and
  /// messageDigest. Errors: invalid "not_a_signature", "several_signers"; forbidden
  /// "weak_signature", "other_challenge" (made over something else), "bad_signature", and those of
  /// check_certificate().
  [[nodiscard]] Result<CitizenCertificate> check_signature(trust::Octets signature,
                                                           std::string_view content,
                                                           Instant now) const;

  /// A certificate (DER) whose key its holder has proven to have, as in a TLS handshake. Errors,
  /// forbidden unless said otherwise: "unknown_issuer", "certificate_expired",
  /// "certificate_not_yet_valid", "certificate_other_policy", "encryption_certificate",
  /// "certificate_other_usage", "company_certificate", "not_a_citizen", "certificate_revoked",
  /// "issuer_revoked" (an authority on the way); unavailable "revocation_unknown".
  [[nodiscard]] Result<CitizenCertificate> check_certificate(trust::Octets certificate,
                                                             Instant now) const;

 private:
  struct Parts;
  explicit CitizenCertificates(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

}  // namespace minben::identity
