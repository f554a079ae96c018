// Which signatures are taken of clients and of those who hold tokens: ES256, EdDSA, and PS256 by
// RSA keys from 2048 bits (FAPI 2.0 Security Profile §5.4.1).
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "core/freer.hpp"
#include "provider_fixture.hpp"

namespace minben::openid {
namespace {

/// Both halves; "alg" is left to whoever uses it.
JsonObject rsa_key(unsigned bits) {
  const std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>> key(EVP_RSA_gen(bits));
  JsonObject json{{"kty", "RSA"}, {"kid", "r"}};
  for (const auto& [name, parameter] : {std::pair{"n", OSSL_PKEY_PARAM_RSA_N},
                                        {"e", OSSL_PKEY_PARAM_RSA_E},
                                        {"d", OSSL_PKEY_PARAM_RSA_D},
                                        {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
                                        {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
                                        {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
                                        {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
                                        {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}) {
    BIGNUM* number = nullptr;
    EXPECT_EQ(EVP_PKEY_get_bn_param(key.get(), parameter, &number), 1);
    Bytes bytes(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    BN_free(number);
    json[name] = base64url_encode(bytes);
  }
  return json;
}

JsonObject public_half(const JsonObject& key) {
  return {{"kty", "RSA"}, {"kid", key.at("kid")}, {"n", key.at("n")}, {"e", key.at("e")}};
}

/// Made once, as that takes long.
const JsonObject& one_key() {
  static const JsonObject key = rsa_key(2048);
  return key;
}

class Algorithms : public ProviderTest {
 protected:
  const JsonObject& rsa_ = one_key();

  Algorithms() { register_with({}); }
  void register_with(const JsonObject& more) {
    JsonObject json = metadata(land_);
    json["jwks"] = {{"keys", {public_half(rsa_), land_.jwk.public_json()}}};
    for (const auto& [name, value] : more) json[name] = value;
    put(json);
    clock_.advance(seconds{11});
  }
  std::string sign(const JsonObject& claims, std::string_view algorithm, JsonObject header = {}) {
    const auto key = trust::Jwk::parse(Json(rsa_)).value();
    const auto jws =
        trust::make_jws(as_bytes(write_json(claims)), key, algorithm, std::move(header));
    if (!jws) ADD_FAILURE() << describe(jws.error());
    return jws.value_or("");
  }
  std::string assertion_by(std::string_view algorithm) {
    return sign({{"iss", "land-office"},
                 {"sub", "land-office"},
                 {"aud", issuer},
                 {"jti", random_.token()},
                 {"exp", in(seconds{60})}},
                algorithm);
  }
  std::string proof_by(std::string_view algorithm, std::string_view nonce) {
    return sign({{"htm", "POST"},
                 {"htu", std::string(issuer) + "/openid/token"},
                 {"iat", in({})},
                 {"jti", random_.token()},
                 {"nonce", nonce}},
                algorithm, {{"typ", "dpop+jwt"}, {"jwk", public_half(rsa_)}});
  }
  Answer send(std::string_view path, Fields fields, const std::string& assertion,
              const std::string& dpop = {}) {
    fields.emplace_back("client_assertion_type", assertion_type);
    fields.emplace_back("client_assertion", assertion);
    return post(path, fields, dpop);
  }
  std::string asks(const std::string& assertion) {
    return send("/openid/introspect", {{"token", "x"}}, assertion).error;
  }
  Fields grant() {
    return {{"grant_type", "authorization_code"},
            {"code", code()},
            {"redirect_uri", std::string(callback)},
            {"code_verifier", std::string(verifier)}};
  }
};

TEST_F(Algorithms, TakePs256OfTheClientAndOfTheHolder) {
  const auto tokens =
      send("/openid/token", grant(), assertion_by("PS256"), proof_by("PS256", nonce()));
  ASSERT_EQ(tokens.status, 200) << write_json(tokens.json);
  const Fields again{{"grant_type", "refresh_token"},
                     {"refresh_token", string_or(tokens.json, "refresh_token")}};
  EXPECT_EQ(
      send("/openid/token", again, assertion_by("PS256"), proof(holder_, "/openid/token", nonce()))
          .error,
      "invalid_grant")
      << "another key than the one the token is bound to";
  EXPECT_EQ(send("/openid/token", again, assertion_by("PS256"), proof_by("PS256", nonce())).status,
            200);
}

TEST_F(Algorithms, TakeNoRs256ThoughTheKeyIsRight) {
  EXPECT_EQ(asks(assertion_by("PS256")), "");
  EXPECT_EQ(asks(assertion_by("RS256")), "invalid_client");
  EXPECT_EQ(asks(assertion_by("PS384")), "invalid_client");
  EXPECT_EQ(send("/openid/token", grant(), assertion_by("PS256"), proof_by("RS256", nonce())).error,
            "invalid_dpop_proof");
}

TEST_F(Algorithms, TakeNothingUnsigned) {
  const auto part = [](const JsonObject& json) {
    return base64url_encode(as_bytes(write_json(json)));
  };
  const std::string claims = part({{"iss", "land-office"},
                                   {"sub", "land-office"},
                                   {"aud", issuer},
                                   {"jti", random_.token()},
                                   {"exp", in(seconds{60})}});
  for (const std::string_view name : {"none", "None", "nOnE", ""})
    EXPECT_EQ(asks(part({{"alg", name}, {"kid", "r"}}) + "." + claims + "."), "invalid_client");
  // A public key is no secret: HS256 with its bytes is not a signature.
  EXPECT_EQ(asks(part({{"alg", "HS256"}, {"kid", "r"}}) + "." + claims + "." +
                 base64url_encode(
                     hmac_sha256(as_bytes(write_json(public_half(rsa_))), as_bytes(claims)))),
            "invalid_client");
}

TEST_F(Algorithms, AreTheOneThatTheClientRegistered) {
  register_with({{"token_endpoint_auth_signing_alg", "PS256"}});
  EXPECT_EQ(asks(assertion_by("PS256")), "");
  EXPECT_EQ(asks(assertion(land_)), "invalid_client") << "ES256, by a key of the client";
  register_with({{"token_endpoint_auth_signing_alg", "ES256"}});
  EXPECT_EQ(asks(assertion(land_)), "");
  EXPECT_EQ(asks(assertion_by("PS256")), "invalid_client");
}

TEST(RsaKeys, OfFewerThan2048BitsAreNoKeysOfClients) {
  const TestKey other;
  const auto client_with = [&](const JsonObject& key) {
    JsonObject json = metadata(other);
    json["jwks"] = {{"keys", {public_half(key)}}};
    return read_client(write_json(json));
  };
  EXPECT_TRUE(client_with(one_key()));
  const auto refused = client_with(rsa_key(2047));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().front().field, "jwks");
}

TEST_F(Algorithms, AreNamedInTheMetadata) {
  const Json json = provider_->discovery();
  const Json expected{"ES256", "PS256", "EdDSA", "Ed25519"};
  for (const std::string_view name : {"token_endpoint_auth_signing_alg_values_supported",
                                      "introspection_endpoint_auth_signing_alg_values_supported",
                                      "revocation_endpoint_auth_signing_alg_values_supported",
                                      "dpop_signing_alg_values_supported"})
    EXPECT_EQ(*find(json, name), expected) << name;
}

}  // namespace
}  // namespace minben::openid
