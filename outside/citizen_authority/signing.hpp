#pragma once
// What a citizen's card tool makes: PKCS #7 SignedData over a file.
#include "citizen_authority/keys.hpp"

namespace outside::citizens {

struct Manner {
  bool attached = false;  ///< the content travels inside
  const EVP_MD* digest = EVP_sha256();
  const Identity* second = nullptr;  ///< signs as well
  bool signed_attributes = true;
};
/// DER.
Bytes sign(std::span<const std::uint8_t> content, const Identity& signer,
           const Manner& manner = {});

}  // namespace outside::citizens
