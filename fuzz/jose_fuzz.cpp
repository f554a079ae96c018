// Keys, signatures and encrypted texts of JOSE, by a key that nobody else has: none may hold.
#include "trust/jose.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::trust;
  static const SigningKey own = SigningKey::generate(KeyType::p256);
  static const JwkSet signer(Jwk::of(own.verify_key(), "", "k"));
  static const JwkSet receiver(Jwk::of(own, "", "k"));
  static constexpr std::string_view signatures[] = {"ES256", "HS256", "RS256", "none"};
  static constexpr std::string_view keys[] = {"ECDH-ES", "ECDH-ES+A256KW", "dir", "A256KW"};
  static constexpr std::string_view contents[] = {"A256GCM", "A256CBC-HS512"};
  const std::string_view text = as_text(Octets(data, size));
  MINBEN_ASSERT(!open_jws(text, signer, signatures).has_value());
  (void)open_jwe(text, receiver,
                 {keys, contents, 4096});  // whoever has the public key can make one
  const auto json = parse_json(text);
  if (!json) return 0;
  if (const auto key = Jwk::parse(*json); key && !key->is_secret()) {
    const auto again = Jwk::parse(key->public_json());
    MINBEN_ASSERT(again.has_value() && again->thumbprint() == key->thumbprint());
  }
  (void)JwkSet::parse(*json);
  return 0;
}
