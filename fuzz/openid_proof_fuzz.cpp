// Client assertions and DPoP proofs. Signatures cannot be guessed, so claims are also signed here:
// then what is in them is looked at.
#include "openid/proof.hpp"

namespace {

using namespace minben;

const trust::Jwk& key() {
  static const auto made =
      trust::Jwk::of(trust::SigningKey::generate(trust::KeyType::ed25519), "EdDSA");
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Instant now = parse_instant("2026-11-30T08:00:00Z").value();
  static const trust::JwkSet keys(key());
  const openid::DpopExpected expected{
      .method = "POST", .url = "https://minben.example/openid/token", .access_token = "t"};
  const std::string_view text = as_text({data, size});
  const auto check = [&](std::string_view jws) {
    (void)openid::client_of_assertion(jws);
    if (const auto proven =
            openid::check_assertion(jws, "land-office", "https://minben.example", keys, now))
      MINBEN_ASSERT(!proven->jti.empty() && proven->until > now);
    if (const auto proof = openid::check_dpop(jws, expected, now))
      MINBEN_ASSERT(proof->thumbprint.size() == 43 && !proof->proven.jti.empty());
  };
  check(text);
  const JsonObject header{{"typ", "dpop+jwt"}, {"jwk", key().public_json()}};
  check(trust::make_jws({data, size}, key(), "EdDSA", header).value());
  return 0;
}
