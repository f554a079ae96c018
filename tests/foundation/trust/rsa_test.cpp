#include "trust/rsa.hpp"

#include <gtest/gtest.h>

#include "support/shared.hpp"

namespace minben::trust {
namespace {

const VirtualClock now(parse_instant("2026-11-30T04:00:00Z").value());

TEST(Rsa, ASealIsMadeOnceAndVerifiesByItsCertificate) {
  const test::TemporaryDirectory directory;
  const auto seal = RsaSeal::load_or_create(directory.path(), "ris", "MyData ris", now);
  ASSERT_TRUE(seal) << describe(seal.error());
  const Bytes signature = seal->sign(as_bytes("manifest"));
  const auto again = RsaSeal::load_or_create(directory.path(), "ris", "other", now).value();
  EXPECT_EQ(again.certificate(), seal->certificate());
  EXPECT_TRUE(rsa_verify(again.certificate(), as_bytes("manifest"), signature));
  EXPECT_FALSE(rsa_verify(again.certificate(), as_bytes("Manifest"), signature));
  const auto other = RsaSeal::load_or_create(directory.path(), "nia", "MyData nia", now).value();
  EXPECT_FALSE(rsa_verify(other.certificate(), as_bytes("manifest"), signature));
  EXPECT_FALSE(rsa_verify(as_bytes("no certificate"), as_bytes("manifest"), signature));
}

TEST(Rsa, OtherKeysAreRefused) {
  const test::TemporaryDirectory directory;
  ASSERT_TRUE(SigningKey::load_or_create(directory.path() / "ris.key.pem", KeyType::p256));
  const auto seal = RsaSeal::load_or_create(directory.path(), "ris", "MyData ris", now);
  ASSERT_FALSE(seal);
  EXPECT_EQ(seal.error().code, "bad_key");
}

/// SP 800-38A F.2.5 (CBC-AES256.Encrypt), first block.
TEST(Rsa, CbcIsTheStandards) {
  const Bytes key = *hex_decode("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
  const Bytes iv = *hex_decode("000102030405060708090a0b0c0d0e0f");
  const Bytes plain = *hex_decode("6bc1bee22e409f96e93d7e117393172a");
  const Bytes cipher = cbc_encrypt(key, iv, plain);
  ASSERT_EQ(cipher.size(), 32u) << "and one block of padding";
  EXPECT_EQ(hex_encode(Octets(cipher).first(16)), "f58c4c04d6e5f1ba779eabfb5f7bfbd6");
  EXPECT_EQ(cbc_decrypt(key, iv, cipher), plain);
  EXPECT_FALSE(cbc_decrypt(key, iv, Octets(cipher).first(16)).has_value());
}

}  // namespace
}  // namespace minben::trust
