#pragma once
// CAdES signatures: CMS SignedData (RFC 5652), detached, with the attributes of CAdES-BES (ETSI EN
// 319 122-1 §5): content-type, signing-time, message-digest and signing-certificate-v2. ECDSA P-256
// with SHA-256.
#include "trust/trust.hpp"

namespace minben::trust {

/// What is the same in all signatures of one certificate is made once. Thread-safe, cheap to copy.
class CadesForm {
 public:
  /// Errors: "not_a_certificate", "wrong_key_type" (not P-256).
  static Result<CadesForm> make(const Certificate& signer);

  /// What is signed: the attributes as a DER SET OF, for contents with this SHA-256 digest. `at` in
  /// whole seconds, from 1970 to 9999.
  [[nodiscard]] Bytes attributes(Instant at, const Sha256& digest) const;
  /// The whole signature, with the signer's certificate in it. `signature`: r ‖ s, over
  /// attributes(at, digest).
  [[nodiscard]] Bytes signed_data(Instant at, const Sha256& digest, Octets signature) const;

 private:
  struct Parts;
  explicit CadesForm(std::shared_ptr<const Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<const Parts> parts_;
};

/// A signature that holds, and whose it is.
struct CadesSignature {
  Certificate signer;
  Instant at{};
  std::array<std::uint8_t, 64> signature{};  ///< r ‖ s
};

inline constexpr std::size_t max_signed_data = 64u << 10;  ///< bytes

/// In exactly the form that CadesForm writes. Whether the signer is to be trusted is the caller's
/// affair. Errors: "not_a_signature" (another form), "other_content", "bad_signature".
Result<CadesSignature> verify_cades(Octets signed_data, Octets content);

}  // namespace minben::trust
