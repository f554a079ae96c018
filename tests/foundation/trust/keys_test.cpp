#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "core/core.hpp"
#include "support/shared.hpp"
#include "trust/trust.hpp"

namespace minben::trust {
namespace {

class Keys : public testing::TestWithParam<KeyType> {};
INSTANTIATE_TEST_SUITE_P(Both, Keys, testing::Values(KeyType::ed25519, KeyType::p256),
                         [](const auto& info) {
                           return info.param == KeyType::p256 ? "P256" : "Ed25519";
                         });

mode_t mode_of(const std::filesystem::path& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

TEST_P(Keys, SignaturesHoldForTheirMessageAndKeyOnly) {
  const auto key = SigningKey::generate(GetParam());
  const auto other = SigningKey::generate(GetParam());
  const Bytes signature = key.sign(as_bytes("message"));
  ASSERT_EQ(signature.size(), 64u);
  EXPECT_TRUE(key.verify_key().verify(as_bytes("message"), signature));
  EXPECT_FALSE(key.verify_key().verify(as_bytes("massage"), signature));
  EXPECT_FALSE(other.verify_key().verify(as_bytes("message"), signature));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes bent = signature;
    bent[i] ^= 1;
    EXPECT_FALSE(key.verify_key().verify(as_bytes("message"), bent)) << "byte " << i;
  }
  EXPECT_FALSE(key.verify_key().verify(as_bytes("message"), Octets(signature).first(63)));
  EXPECT_FALSE(key.verify_key().verify(as_bytes("message"), {}));
}

TEST_P(Keys, PublicKeysTravelAsBytesSpkiAndPem) {
  const VerifyKey key = SigningKey::generate(GetParam()).verify_key();
  EXPECT_EQ(VerifyKey::from_bytes(key.type(), key.bytes()).value(), key);
  EXPECT_EQ(VerifyKey::from_spki(key.spki()).value(), key);
  EXPECT_EQ(VerifyKey::from_pem(key.pem()).value(), key);
  EXPECT_EQ(VerifyKey::from_pem(key.pem())->fingerprint(), key.fingerprint());
  Bytes longer = key.spki();
  longer.push_back(0);
  EXPECT_FALSE(VerifyKey::from_spki(longer));
}

TEST_P(Keys, FilesAreForTheirOwnerAlone) {
  const test::TemporaryDirectory directory;
  const auto path = directory.path() / "key.pem";
  const auto made = SigningKey::load_or_create(path, GetParam());
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_EQ(SigningKey::load_or_create(path, GetParam())->verify_key(), made->verify_key());

  const KeyType another = GetParam() == KeyType::p256 ? KeyType::ed25519 : KeyType::p256;
  EXPECT_EQ(SigningKey::load_or_create(path, another).error().code, "wrong_key_type");
  for (const mode_t mode : {0640u, 0604u, 0620u, 0602u}) {
    ::chmod(path.c_str(), mode);
    EXPECT_EQ(SigningKey::load(path).error().code, "file_too_open") << std::oct << mode;
  }
}

TEST(KeyFiles, OtherContentIsRefused) {
  const test::TemporaryDirectory directory;
  const auto path = directory.path() / "key.pem";
  EXPECT_EQ(SigningKey::load(path).error().kind, Kind::not_found);
  for (const std::string_view content : {"", "-----BEGIN PRIVATE KEY-----\n", "hello"}) {
    ASSERT_TRUE(write_secret_file(path, content));
    EXPECT_EQ(SigningKey::load(path).error().code, "not_a_key");
  }
  ASSERT_TRUE(write_secret_file(path, std::string(70'000, 'a')));
  EXPECT_EQ(SigningKey::load(path).error().code, "file_too_large");
}

TEST(PublicKeys, MalformedOnesAreRefused) {
  EXPECT_FALSE(VerifyKey::from_bytes(KeyType::ed25519, Bytes(31)));
  EXPECT_FALSE(VerifyKey::from_bytes(KeyType::p256, Bytes(65)));
  Bytes off_curve(65, 1);
  off_curve[0] = 4;
  EXPECT_EQ(VerifyKey::from_bytes(KeyType::p256, off_curve).error().code, "not_a_key");
  EXPECT_FALSE(VerifyKey::from_pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
  EXPECT_FALSE(VerifyKey::from_spki({}));
}

TEST(Ed25519, Rfc8032FirstTestVector) {
  const auto seed = hex_decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
  const auto key = SigningKey::from_ed25519_seed(*seed);
  ASSERT_TRUE(key);
  EXPECT_EQ(hex_encode(key->verify_key().bytes()),
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  EXPECT_THAT(hex_encode(key->sign({})), testing::StartsWith("e5564300c360ac729086e2cc806e828a"));
}

TEST(P256, DerSignaturesAsInWebAuthn) {
  const auto key = SigningKey::generate(KeyType::p256);
  const Bytes der = key.sign_der(as_bytes("message"));
  EXPECT_TRUE(key.verify_key().verify_der(as_bytes("message"), der));
  EXPECT_FALSE(key.verify_key().verify(as_bytes("message"), der));
  EXPECT_FALSE(key.verify_key().verify_der(as_bytes("other"), der));
}

// ------------------------------------------------------------------------------ Wycheproof

enum class Form { raw, der };

void run_vectors(const char* file, KeyType type, Form form, std::string_view key_member) {
  const auto path = test::shared(std::filesystem::path("conformance/jose") / file);
  if (!path) GTEST_SKIP() << "no shared data";
  const auto suite = parse_json(test::read_file(*path), {.max_bytes = 32u << 20});
  ASSERT_TRUE(suite);
  std::int64_t seen = 0;
  for (const Json& group : suite->at("testGroups").as_array()) {
    const Json& described = group.at("publicKey");
    const auto key = VerifyKey::from_bytes(type, *hex_decode(string_or(described, key_member)));
    const auto from_der = VerifyKey::from_spki(*hex_decode(string_or(group, "publicKeyDer")));
    ASSERT_TRUE(key && from_der);
    EXPECT_EQ(*key, *from_der);
    for (const Json& vector : group.at("tests").as_array()) {
      const Bytes message = *hex_decode(string_or(vector, "msg"));
      const Bytes signature = *hex_decode(string_or(vector, "sig"));
      const bool good =
          form == Form::raw ? key->verify(message, signature) : key->verify_der(message, signature);
      EXPECT_EQ(good, string_or(vector, "result") == "valid")
          << "tcId " << vector.at("tcId") << ": " << string_or(vector, "comment");
      ++seen;
    }
  }
  EXPECT_EQ(seen, get_integer(*suite, "numberOfTests").value());
}

TEST(Wycheproof, Ed25519) { run_vectors("ed25519_test.json", KeyType::ed25519, Form::raw, "pk"); }
TEST(Wycheproof, P256Raw) {
  run_vectors("ecdsa_secp256r1_sha256_p1363_test.json", KeyType::p256, Form::raw, "uncompressed");
}
TEST(Wycheproof, P256Der) {
  run_vectors("ecdsa_secp256r1_sha256_test.json", KeyType::p256, Form::der, "uncompressed");
}

}  // namespace
}  // namespace minben::trust
