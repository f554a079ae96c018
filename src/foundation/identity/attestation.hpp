#pragma once
// What the formats of attestation (WebAuthn §8) share. Each check takes what was signed,
// authenticator data ‖ SHA-256 of clientDataJSON.
#include <openssl/x509v3.h>

#include "public_key.hpp"
#include "webauthn_internal.hpp"

namespace minben::identity {

struct X509Deleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using X509Ptr = std::unique_ptr<X509, X509Deleter>;

struct Attested {
  const AttestationObject& object;
  const AuthenticatorData& data;
  const PublicKey& key;  ///< the credential's
  std::span<const std::uint8_t> message;
  [[nodiscard]] std::span<const std::uint8_t> client_data_hash() const { return message.last(32); }
};

/// The first of x5c; null when there is none, or it is no certificate.
X509Ptr leaf_certificate(const AttestationObject& object);
/// The content of an extension, by its OID; nothing when it has none, or a critical one.
std::optional<Bytes> extension(X509* certificate, const char* oid);
/// §8.2.1 and 8.3.1: a certificate that names a model of authenticators names this one.
bool names_model(X509* certificate, const Bytes& aaguid);
bool has_key(X509* certificate, const PublicKey& key);

Result<void> check_tpm(const Attested& attested);          ///< §8.3
Result<void> check_android_key(const Attested& attested);  ///< §8.4

}  // namespace minben::identity
