// What another OpenID provider says: its metadata, and ID tokens that it has really signed.
#include "rp_id_token.hpp"
#include "rp_provider.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  using namespace minben::openid;
  static const auto own = trust::SigningKey::generate(trust::KeyType::p256);
  static const trust::Jwk key = trust::Jwk::of(own, "ES256", "k");
  static const trust::JwkSet keys(trust::Jwk::of(own.verify_key(), "ES256", "k"));
  static constexpr std::string_view algorithms[] = {"ES256"};
  const std::span<const std::uint8_t> bytes(data, size);
  const IdTokenExpectation expected{
      "https://op.example", "minben", "n", "at", {}, algorithms, Instant{seconds(1'800'000'000)}};
  MINBEN_ASSERT(!check_id_token(as_text(bytes), keys, expected).has_value());  // nobody has the key
  if (const auto token = trust::make_jws(bytes, key, "ES256")) {
    if (const auto taken = check_id_token(*token, keys, expected)) {
      const auto claims = parse_json(as_text(bytes));
      MINBEN_ASSERT(claims && string_or(*claims, "iss") == expected.issuer);
      MINBEN_ASSERT(string_or(*claims, "nonce") == expected.nonce);
      MINBEN_ASSERT(!taken->subject.empty() && taken->subject.size() <= 255);
    }
  }
  if (const auto document = parse_json(as_text(bytes)))
    if (const auto metadata = read_provider_metadata(*document, "https://op.example"))
      MINBEN_ASSERT(is_safe_address(metadata->token_endpoint) &&
                    is_safe_address(metadata->jwks_uri) &&
                    is_safe_address(metadata->authorization_endpoint));
  return 0;
}
