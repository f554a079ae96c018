#include "gcm.hpp"

#include "evp.hpp"

namespace minben::trust {

Bytes gcm_seal(Octets key, Octets plaintext, Random& random) {
  MINBEN_ASSERT(key.size() == 32);
  Bytes out(gcm_nonce + plaintext.size() + gcm_tag);
  random.fill({out.data(), gcm_nonce});
  std::uint8_t* body = out.data() + gcm_nonce;
  gcm_encrypt(EVP_aes_256_gcm(), key, out.data(), plaintext, {}, body, body + plaintext.size());
  return out;
}

}  // namespace minben::trust
