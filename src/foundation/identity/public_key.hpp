#pragma once
// COSE keys (RFC 9052 §7) and signatures by them.
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
/// Of its signatures; null for those that bring their own.
const EVP_MD* digest_of(CoseAlgorithm algorithm);

/// A key of an accepted algorithm, on its curve.
Result<PublicKey> read_cose_key(std::span<const std::uint8_t> cose);
/// Null when the bytes are no key of the algorithm.
EvpKey evp_key(CoseAlgorithm algorithm, std::span<const std::uint8_t> bytes);

/// The key's type and curve must be the algorithm's. ECDSA signatures are DER, as WebAuthn §6.5.5
/// has them.
bool signature_holds(EVP_PKEY* key, CoseAlgorithm algorithm, std::span<const std::uint8_t> message,
                     std::span<const std::uint8_t> signature);

}  // namespace minben::identity
