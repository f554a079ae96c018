// Certificates and public keys of peers.
#include "trust/trust.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben::trust;
  const Octets bytes(data, size);
  (void)read_certificate(bytes);
  (void)certificate_key(bytes);
  (void)VerifyKey::from_spki(bytes);
  (void)VerifyKey::from_bytes(KeyType::p256, bytes);
  (void)VerifyKey::from_bytes(KeyType::ed25519, bytes);
  return 0;
}
