#include "openid/proof.hpp"

#include "fixture.hpp"

namespace minben::openid {
namespace {

const Instant now = parse_instant("2026-11-30T08:00:00Z").value();
std::int64_t in(seconds from_now) {
  return std::chrono::floor<seconds>(now + from_now).time_since_epoch().count();
}

struct Assertion : testing::Test {
  TestKey key;
  JsonObject claims{{"iss", "land-office"}, {"sub", "land-office"}, {"aud", issuer},
                    {"jti", "1"},           {"iat", in({})},        {"exp", in(seconds{60})}};

  [[nodiscard]] Result<Proven> check(const std::string& assertion) const {
    return check_assertion(assertion, "land-office", issuer, trust::JwkSet(key.jwk), now);
  }
  void expect_refused(std::string_view field) {
    const auto proven = check(key.sign(claims));
    ASSERT_FALSE(proven) << field;
    EXPECT_EQ(proven.error().code, "invalid_client");
    EXPECT_EQ(proven.error().field, field);
  }
  void expect_refused_with(std::string_view name, const Json& value) {
    const JsonObject before = claims;
    claims[name] = value;
    expect_refused(name);
    claims.erase(name);
    if (name != "iat" && name != "nbf") expect_refused(name);
    claims = before;
  }
};

TEST_F(Assertion, IsBelieved) {
  const auto proven = check(key.sign(claims));
  ASSERT_TRUE(proven) << describe(proven.error());
  EXPECT_EQ(proven->jti, "1");
  EXPECT_GE(proven->until, now + seconds{60});
  EXPECT_EQ(client_of_assertion(key.sign(claims)), "land-office");
}

TEST_F(Assertion, MayBeOfAnyGoodAlgorithm) {
  const auto edwards = trust::SigningKey::generate(trust::KeyType::ed25519);
  for (const char* name : {"EdDSA", "Ed25519"}) {
    const auto jwk = trust::Jwk::of(edwards, name);
    const auto jws = trust::make_jws(as_bytes(write_json(claims)), jwk, name).value();
    EXPECT_TRUE(check_assertion(jws, "land-office", issuer, trust::JwkSet(jwk), now)) << name;
  }
}

TEST_F(Assertion, IsForUsAlone) {
  expect_refused_with("aud", JsonArray{issuer});  // RFC 7523bis: the one text
  expect_refused_with("aud", JsonArray{issuer, "https://other.example"});
  expect_refused_with("aud", "https://minben.example/openid/token");
  expect_refused_with("aud", "https://minben.example/");
  expect_refused_with("aud", nullptr);
}

TEST_F(Assertion, IsByTheClientAboutItselfForAShortTime) {
  expect_refused_with("iss", "tax-office");
  expect_refused_with("sub", "tax-office");
  expect_refused_with("jti", Json(boost::json::string(257, 'x')));
  expect_refused_with("jti", 5);
  expect_refused_with("exp", in(seconds{-11}));
  expect_refused_with("exp", in(seconds{320}));
  expect_refused_with("exp", "60");
  expect_refused_with("exp", INT64_MAX);
  expect_refused_with("iat", in(seconds{30}));
  expect_refused_with("nbf", in(seconds{30}));
}

TEST_F(Assertion, IsSignedByItsKeyWithAGoodAlgorithm) {
  EXPECT_FALSE(check(TestKey{}.sign(claims)));
  EXPECT_FALSE(
      check("eyJhbGciOiJub25lIn0." + base64url_encode(as_bytes(write_json(claims))) + "."));
  const auto secret = trust::Jwk::secret(as_bytes(std::string(32, 'k')), "HS256");
  EXPECT_FALSE(check(trust::make_jws(as_bytes(write_json(claims)), secret, "HS256").value()));
  EXPECT_FALSE(check(""));
  EXPECT_FALSE(check("a.b.c"));
  EXPECT_FALSE(client_of_assertion("a.b.c"));
  EXPECT_FALSE(client_of_assertion("a"));
}

struct Dpop : testing::Test {
  TestKey key;
  JsonObject claims{{"htm", "POST"},
                    {"htu", "https://minben.example/openid/token"},
                    {"iat", in({})},
                    {"jti", "1"},
                    {"nonce", "n"}};
  JsonObject header{{"typ", "dpop+jwt"}, {"jwk", key.jwk.public_json()}};
  DpopExpected expected{
      .method = "POST", .url = "https://minben.example/openid/token", .access_token = ""};

  [[nodiscard]] Result<DpopProof> check() const {
    return check_dpop(key.sign(claims, header), expected, now);
  }
  void expect_refused(const char* what) { EXPECT_FALSE(check()) << what; }
};

TEST_F(Dpop, ProvesAKey) {
  const auto proof = check();
  ASSERT_TRUE(proof) << describe(proof.error());
  EXPECT_EQ(proof->thumbprint, key.jwk.thumbprint());
  EXPECT_EQ(proof->nonce, "n");
  claims["htu"] = "HTTPS://Minben.Example/openid/token?x=1#y";
  EXPECT_TRUE(check());  // §4.3: without query and fragment; scheme and host in any case
}

TEST_F(Dpop, IsForThisRequest) {
  claims["htm"] = "GET";
  expect_refused("htm");
  claims["htm"] = "POST";
  for (const char* url : {"https://minben.example/openid/userinfo", "https://minben.example",
                          "https://evil.example/openid/token", "/openid/token", ""}) {
    claims["htu"] = url;
    expect_refused(url);
  }
}

TEST_F(Dpop, IsFresh) {
  claims["iat"] = in(seconds{-61});
  expect_refused("old");
  claims["iat"] = in(seconds{11});
  expect_refused("future");
  claims["iat"] = in({});
  claims.erase("jti");
  expect_refused("jti");
}

TEST_F(Dpop, IsForThisAccessToken) {
  expected.access_token = "token";
  expect_refused("no ath");
  claims["ath"] = base64url_encode(sha256("other"));
  expect_refused("other ath");
  claims["ath"] = base64url_encode(sha256("token"));
  EXPECT_TRUE(check());
}

TEST_F(Dpop, IsSignedByTheKeyInIt) {
  header["typ"] = "JWT";
  expect_refused("typ");
  header["typ"] = "dpop+jwt";
  header["jwk"] = TestKey{}.jwk.public_json();
  expect_refused("another key");
  header.erase("jwk");
  expect_refused("no key");
  EXPECT_FALSE(check_dpop(std::string(9000, 'x'), expected, now));
  EXPECT_FALSE(check_dpop("", expected, now));
}

}  // namespace
}  // namespace minben::openid
