#include "trust/jose.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace minben::trust::test {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view es256[] = {"ES256"};
constexpr std::string_view key_algorithms[] = {
    "dir",           "A128KW",   "A192KW",       "A256KW",  "A128GCMKW",      "A192GCMKW",
    "A256GCMKW",     "RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW",
    "ECDH-ES+A256KW"};
constexpr std::string_view content_algorithms[] = {
    "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512", "A128GCM", "A192GCM", "A256GCM"};

class JoseTest : public ::testing::Test {
 protected:
  SystemRandom random;
  SigningKey own = SigningKey::generate(KeyType::p256);
  Jwk key = Jwk::of(own, "ES256");
  JwkSet keys{Jwk::of(own.verify_key(), "ES256")};

  Bytes bytes(std::size_t count) {
    Bytes out(count);
    random.fill(out);
    return out;
  }
  std::string signed_text(JsonObject header = {}) {
    return make_jws(as_bytes("{\"sub\":\"42\"}"), key, "ES256", std::move(header)).value();
  }
  std::string refused(std::string_view text, Algorithms allowed = es256) {
    const auto opened = open_jws(text, keys, allowed);
    return opened ? "taken" : opened.error().code;
  }
  /// A text with this header, signed by our key all the same.
  std::string with_header(std::string_view header) {
    const std::string input =
        base64url_encode(as_bytes(header)) + "." + base64url_encode(as_bytes("x"));
    return input + "." + base64url_encode(own.sign(as_bytes(input)));
  }
};

TEST_F(JoseTest, WhatWasSignedIsTakenAndNothingElse) {
  const std::string text = signed_text({{"typ", "JWT"}});
  const auto opened = open_jws(text, keys, es256);
  ASSERT_TRUE(opened) << describe(opened.error());
  EXPECT_EQ(as_text(opened->payload), "{\"sub\":\"42\"}");
  EXPECT_EQ(string_or(opened->header, "typ"), "JWT");
  EXPECT_EQ(string_or(opened->header, "kid"), key.kid());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string altered = text;
    altered[at] = altered[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(refused(altered), "taken") << at;
    EXPECT_NE(refused(text.substr(0, at)), "taken") << at;
  }
}

TEST_F(JoseTest, TheTextDoesNotChooseItsAlgorithm) {
  constexpr std::string_view others[] = {"RS256", "EdDSA"};
  EXPECT_EQ(refused(signed_text(), others), "algorithm_not_allowed");
  EXPECT_EQ(refused(with_header(R"({"alg":"none"})")), "algorithm_not_allowed");
  constexpr std::string_view with_none[] = {"none", "ES256"};
  EXPECT_EQ(refused(with_header(R"({"alg":"none"})"), with_none), "key_not_for_this");
  // A public key is not a secret, whatever the text says.
  const Jwk shared = Jwk::secret(own.verify_key().spki(), "HS256", key.kid());
  constexpr std::string_view both[] = {"HS256", "ES256"};
  EXPECT_EQ(refused(make_jws(as_bytes("x"), shared, "HS256").value(), both), "key_not_for_this");
}

TEST_F(JoseTest, HeadersMustBeUnderstood) {
  EXPECT_EQ(refused(with_header(R"({"alg":"ES256"})")), "taken");
  EXPECT_EQ(refused(with_header(R"({"alg":"ES256","crit":["exp"],"exp":1})")), "not_understood");
  EXPECT_EQ(refused(with_header(R"({"alg":1})")), "bad_jws");
  EXPECT_EQ(refused(with_header(R"({})")), "bad_jws");
  EXPECT_EQ(refused(with_header(R"(["ES256"])")), "bad_jws");
  EXPECT_EQ(refused(with_header(R"({"alg":"ES256","kid":"another"})")), "unknown_key");
  EXPECT_EQ(refused(signed_text() + "="), "bad_jws");
  EXPECT_EQ(refused(signed_text() + "."), "bad_jws");
  EXPECT_EQ(string_or(peek_jws(signed_text()).value(), "alg"), "ES256");
}

TEST_F(JoseTest, ThumbprintsAreOfTheRequiredMembersInTheirOrder) {
  const Json json = key.public_json();
  const std::string text =
      fmt::format(R"({{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}})",
                  get_string(json, "x").value(), get_string(json, "y").value());
  EXPECT_EQ(key.thumbprint(), base64url_encode(sha256(text)));
  EXPECT_EQ(key.kid(), key.thumbprint());
  EXPECT_EQ(find(json, "d"), nullptr);
  EXPECT_EQ(Jwk::parse(json).value().thumbprint(), key.thumbprint());
}

TEST_F(JoseTest, SecretsSignWithTheirHash) {
  const Jwk secret = Jwk::secret(bytes(64), "HS512", "s");
  constexpr std::string_view hs[] = {"HS256", "HS512"};
  const auto text = make_jws(as_bytes("x"), secret, "HS512");
  ASSERT_TRUE(text) << describe(text.error());
  EXPECT_TRUE(open_jws(*text, JwkSet(secret), hs));
  EXPECT_EQ(make_jws(as_bytes("x"), secret, "HS256").error().code, "key_not_for_this");
  EXPECT_EQ(make_jws(as_bytes("x"), Jwk::secret(bytes(31), ""), "HS256").error().code,
            "key_not_for_this");
}

std::string outcome(std::string_view json) {
  const auto parsed = Jwk::parse(parse_json(json).value());
  return parsed ? "read" : parsed.error().field;
}

TEST_F(JoseTest, BrokenAndWeakKeysAreNotRead) {
  const Json good = key.public_json();
  const auto with = [&](std::string_view name, const Json& value) {
    JsonObject changed = good.as_object();
    changed[name] = value;
    return outcome(write_json(changed));
  };
  EXPECT_EQ(with("use", "sig"), "read");
  EXPECT_EQ(with("use", "both"), "use");
  EXPECT_EQ(with("kty", "RSA"), "n");
  EXPECT_EQ(with("kty", "DSA"), "kty");
  EXPECT_EQ(with("crv", "P-384"), "x");
  EXPECT_EQ(with("crv", "secp256k1"), "crv");
  EXPECT_EQ(with("y", good.at("x")), "x") << "not on the curve";
  EXPECT_EQ(with("x", Json(base64url_encode(bytes(32)))), "x");
  EXPECT_EQ(with("d", Json(base64url_encode(bytes(32)))), "d") << "of another key";
  EXPECT_EQ(with("kid", 7), "kid");
  EXPECT_EQ(outcome(R"({"kty":"oct","k":""})"), "k");
  EXPECT_EQ(outcome(R"({"kty":"OKP","crv":"Ed448","x":""})"), "crv");
}

TEST_F(JoseTest, SetsNameEachKeyOnce) {
  const auto set = [](std::initializer_list<Json> keys) {
    const auto parsed = JwkSet::parse(JsonObject{{"keys", JsonArray(keys.begin(), keys.end())}});
    return parsed ? fmt::format("{} keys", parsed->keys().size()) : parsed.error().code;
  };
  const Json one = key.public_json();
  const Json two = Jwk::of(SigningKey::generate(KeyType::ed25519), "EdDSA").public_json();
  const Json secret = parse_json(R"({"kty":"oct","k":"AAAA"})").value();
  EXPECT_EQ(set({one, two}), "2 keys");
  EXPECT_EQ(set({one, one}), "bad_jwk_set");
  EXPECT_EQ(set({one, secret}), "bad_jwk_set");
  EXPECT_EQ(set({one, parse_json(R"({"kty":"AKP"})").value()}), "1 keys");
  EXPECT_EQ(set({one, parse_json(R"({"kty":"EC"})").value()}), "bad_jwk_set");
}

// -------------------------------------------------------------------------------- encryption

class JweTest : public JoseTest {
 protected:
  static constexpr JweAllowed all{key_algorithms, content_algorithms};
  /// One that the algorithm can be used with.
  Jwk key_for(std::string_view algorithm, std::string_view content) {
    if (algorithm.starts_with("ECDH")) return Jwk::of(own, "");
    if (algorithm == "dir") {
      const std::size_t size = content.starts_with("A128")   ? 16
                               : content.starts_with("A192") ? 24
                                                             : 32;
      return Jwk::secret(bytes(content.contains("CBC") ? 2 * size : size), "");
    }
    return Jwk::secret(bytes(algorithm.starts_with("A128")   ? 16
                             : algorithm.starts_with("A192") ? 24
                                                             : 32),
                       "");
  }
};

TEST_F(JweTest, EveryAlgorithmOpensWhatItClosed) {
  for (const std::string_view algorithm : key_algorithms)
    for (const std::string_view content : content_algorithms) {
      if (algorithm.starts_with("RSA")) continue;  // public vectors hold those
      const Jwk receiver = key_for(algorithm, content);
      for (const std::size_t size : {0u, 1u, 16u, 1000u}) {
        const Bytes plaintext = bytes(size);
        const auto text = make_jwe(plaintext, receiver, algorithm, content, random);
        ASSERT_TRUE(text) << algorithm << content << describe(text.error());
        const auto opened = open_jwe(*text, JwkSet(receiver), all);
        ASSERT_TRUE(opened) << algorithm << content << describe(opened.error());
        EXPECT_EQ(opened->plaintext, plaintext);
      }
    }
}

TEST_F(JweTest, WhatWasAlteredSaysNoMoreThanThat) {
  for (const auto& [algorithm, content] : {std::pair{"A256KW"sv, "A256CBC-HS512"sv},
                                           {"A256GCMKW"sv, "A128GCM"sv},
                                           {"ECDH-ES+A128KW"sv, "A256GCM"sv}}) {
    const Jwk receiver = key_for(algorithm, content);
    const std::string text =
        make_jwe(as_bytes("secret"), receiver, algorithm, content, random).value();
    const std::size_t header = text.find('.');
    for (std::size_t at = header + 1; at < text.size(); ++at) {
      if (text[at] == '.') continue;
      std::string altered = text;
      altered[at] = altered[at] == 'A' ? 'B' : 'A';
      const auto opened = open_jwe(altered, JwkSet(receiver), all);
      ASSERT_FALSE(opened) << at;
      EXPECT_TRUE(opened.error().code == "jwe_refused" || opened.error().code == "bad_jwe")
          << opened.error().code;
    }
    EXPECT_EQ(open_jwe(text, JwkSet(key_for("A256KW", "")), all).error().code,
              algorithm.starts_with("ECDH") ? "key_not_for_this" : "jwe_refused");
  }
}

TEST_F(JweTest, OnlyWhatIsAllowedIsOpened) {
  const Jwk receiver = key_for("A256KW", "");
  const std::string text = make_jwe(as_bytes("x"), receiver, "A256KW", "A256GCM", random).value();
  constexpr std::string_view kw[] = {"A256KW"}, gcmkw[] = {"A256GCMKW"}, gcm[] = {"A256GCM"},
                             cbc[] = {"A256CBC-HS512"};
  const auto code = [&](const JweAllowed& allowed) {
    const auto opened = open_jwe(text, JwkSet(receiver), allowed);
    return opened ? "taken" : opened.error().code;
  };
  EXPECT_EQ(code({kw, gcm}), "taken");
  EXPECT_EQ(code({gcmkw, gcm}), "algorithm_not_allowed");
  EXPECT_EQ(code({kw, cbc}), "algorithm_not_allowed");
}

TEST_F(JweTest, CompressionIsOpenedOnlyWhereAskedForAndOnlySoFar) {
  const Jwk receiver = key_for("A256KW", "");
  // A stored block of three bytes (RFC 1951 §3.2.4).
  const Bytes stored{0x01, 0x03, 0x00, 0xfc, 0xff, 'a', 'b', 'c'};
  const std::string text =
      make_jwe(stored, receiver, "A256KW", "A256GCM", random, {{"zip", "DEF"}}).value();
  EXPECT_EQ(open_jwe(text, JwkSet(receiver), all).error().code, "algorithm_not_allowed");
  EXPECT_EQ(as_text(open_jwe(text, JwkSet(receiver), {key_algorithms, content_algorithms, 3})
                        .value()
                        .plaintext),
            "abc");
  EXPECT_EQ(open_jwe(text, JwkSet(receiver), {key_algorithms, content_algorithms, 2}).error().code,
            "jwe_refused");
}

}  // namespace
}  // namespace minben::trust::test
