#pragma once
// COSE keys (RFC 9052 §7) and signatures by them. libfido2 checks and holds points of curves; RSA
// keys come from OpenSSL alone, because libfido2 knows only moduli of 2048 bits.
#include <memory>

#include <openssl/evp.h>

#include "webauthn.hpp"

namespace minben::identity {

struct EvpKeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using EvpKey = std::unique_ptr<EVP_PKEY, EvpKeyDeleter>;

struct PublicKey {
  CoseAlgorithm algorithm = CoseAlgorithm::es256;
  Bytes bytes;  ///< as Credential::public_key
};

std::optional<CoseAlgorithm> accepted_algorithm(std::int64_t cose);

/// An ES256 key on P-256, an EdDSA key on Ed25519, or RS256 with 2048 to 4096 bits.
Result<PublicKey> read_cose_key(std::span<const std::uint8_t> cose);
/// Null when the bytes are no key of the algorithm.
EvpKey evp_key(CoseAlgorithm algorithm, std::span<const std::uint8_t> bytes);

/// The key's type must be the algorithm's. ES256 signatures are DER, as WebAuthn §6.5.5 has them.
bool signature_holds(EVP_PKEY* key, CoseAlgorithm algorithm, std::span<const std::uint8_t> message,
                     std::span<const std::uint8_t> signature);

}  // namespace minben::identity
