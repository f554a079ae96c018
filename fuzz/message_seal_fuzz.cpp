// Seals that other gateways sent: what is read has one spelling, and nobody here holds a key, so
// that none may pass.
#include "exchange/seal.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::exchange;
  static const VirtualClock clock(Instant(hours(24 * 365 * 56)));
  static const auto root = trust::Authority::create("root", 30, clock).value();
  static const auto key = trust::SigningKey::generate(trust::KeyType::p256);
  static const auto certificate =
      root.issue(key.verify_key(), {.common_name = "nia"}, clock).value();
  static const auto verifier = SealVerifier::make(certificate).value();

  const std::string_view bytes = as_text({data, size});
  auto seal = read_seal(bytes);
  if (!seal) return 0;
  std::string again;
  write_seal(*seal, again);
  MINBEN_ASSERT(again == bytes && again.size() <= max_seal_bytes);
  seal->certificate = verifier.fingerprint();
  MINBEN_ASSERT(!verifier.verify(*seal, Hash{}));
  MINBEN_ASSERT(seal_to_cms(*seal, Hash{}, certificate).has_value());
  return 0;
}
