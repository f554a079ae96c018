#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/shared.hpp"
#include "trust/cades.hpp"

namespace minben::trust::test {
namespace {

const VirtualClock clock_now(*parse_instant("2026-11-30T00:00:00Z"));
const Instant at = *parse_instant("2026-11-30T08:30:15Z");
constexpr std::string_view content = "what was signed";

struct Signer {
  Authority root = Authority::create("Root", 30, clock_now).value();
  SigningKey key = SigningKey::generate(KeyType::p256);
  Certificate certificate = root.issue(key.verify_key(), {.common_name = "nia"}, clock_now).value();
  CadesForm form = CadesForm::make(certificate).value();

  [[nodiscard]] Bytes sign(std::string_view text, Instant time = at) const {
    const Sha256 digest = sha256(text);
    return form.signed_data(time, digest, key.sign(form.attributes(time, digest)));
  }
};

std::string verified(Octets signed_data, std::string_view text = content) {
  const auto result = verify_cades(signed_data, as_bytes(text));
  return result ? "good" : result.error().code;
}

TEST(Cades, SaysWhoSignedWhatAndWhen) {
  const Signer signer;
  for (const auto time :
       {Instant(), at, *parse_instant("2049-12-31T23:59:59Z"),
        *parse_instant("2050-01-01T00:00:00Z"), *parse_instant("9999-12-31T23:59:59Z")}) {
    const auto read = verify_cades(signer.sign(content, time), as_bytes(content));
    ASSERT_TRUE(read) << minben::to_string(time) << ": " << describe(read.error());
    EXPECT_EQ(read->at, time);
    EXPECT_EQ(read->signer.der, signer.certificate.der);
    EXPECT_TRUE(signer.key.verify_key().verify(signer.form.attributes(time, sha256(content)),
                                               read->signature));
  }
}

TEST(Cades, IsOfOneContentAndOneKey) {
  const Signer signer, other;
  EXPECT_EQ(verified(signer.sign(content), "something else"), "other_content");
  const Sha256 digest = sha256(content);
  const Bytes foreign = other.key.sign(signer.form.attributes(at, digest));
  EXPECT_EQ(verified(signer.form.signed_data(at, digest, foreign)), "bad_signature");
  EXPECT_EQ(verified(signer.form.signed_data(at, digest, Bytes(64))), "bad_signature");
  EXPECT_EQ(verified(signer.form.signed_data(at, digest, Bytes(64, 0xff))), "bad_signature");
}

TEST(Cades, NoByteCanBeChanged) {
  const Signer signer;
  const Bytes good = signer.sign(content);
  ASSERT_EQ(verified(good), "good");
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes changed = good;
    changed[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    EXPECT_NE(verified(changed), "good") << i;
  }
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_EQ(verified(longer), "not_a_signature");
  EXPECT_EQ(verified(Octets(good).first(good.size() - 1)), "not_a_signature");
  EXPECT_EQ(verified({}), "not_a_signature");
  EXPECT_EQ(verified(Bytes(max_signed_data + 1, 0x30)), "not_a_signature");
}

TEST(Cades, NeedsAP256Key) {
  const Signer signer;
  const auto ed25519 = SigningKey::generate(KeyType::ed25519);
  const auto certificate =
      signer.root.issue(ed25519.verify_key(), {.common_name = "nia"}, clock_now).value();
  EXPECT_EQ(CadesForm::make(certificate).error().code, "wrong_key_type");
  EXPECT_EQ(CadesForm::make({}).error().code, "not_a_certificate");
}

// Others' signatures may be as good, but there is one form here, so that none can be said in two
// ways.
TEST(Cades, HasOneFormOnly) {
  const Signer signer;
  const minben::test::TemporaryDirectory folder;
  ASSERT_TRUE(signer.key.save(folder.path() / "key.pem"));
  std::ofstream(folder.path() / "certificate.pem") << signer.certificate.pem;
  std::ofstream(folder.path() / "content") << content;
  const auto run = [&](std::string_view arguments) {
    return std::system(
        fmt::format("cd '{}' && openssl cms {} 2> errors", folder.path().string(), arguments)
            .c_str());
  };
  ASSERT_EQ(run("-sign -cades -binary -outform DER -signer certificate.pem -inkey key.pem "
                "-md sha256 -in content -out theirs"),
            0);
  const std::string theirs = minben::test::read_file(folder.path() / "theirs");
  EXPECT_EQ(verified(as_bytes(theirs)), "not_a_signature");  // it lists its own S/MIME capabilities
  std::ofstream(folder.path() / "ours", std::ios::binary) << as_text(signer.sign(content));
  std::ofstream(folder.path() / "root.pem") << signer.root.certificate().pem;
  EXPECT_EQ(run(fmt::format("-verify -cades -binary -inform DER -in ours -content content -CAfile "
                            "root.pem -purpose any -attime {} -out verified",
                            std::chrono::floor<seconds>(at).time_since_epoch().count())),
            0)
      << minben::test::read_file(folder.path() / "errors");
  EXPECT_EQ(minben::test::read_file(folder.path() / "verified"), content);
}

}  // namespace
}  // namespace minben::trust::test
