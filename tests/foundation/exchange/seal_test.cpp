#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "exchange/seal.hpp"
#include "support/shared.hpp"

namespace minben::exchange::test {
namespace {

const VirtualClock clock_now(*parse_instant("2026-11-30T00:00:00Z"));
const Instant at = *parse_instant("2026-11-30T08:30:15.25Z");

const trust::Authority& root() {
  static const trust::Authority made =
      trust::Authority::create("Exchange root", 30, clock_now).value();
  return made;
}

/// A gateway's key and certificate.
struct Signer {
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::p256);
  trust::Certificate certificate =
      root().issue(key.verify_key(), {.common_name = "nia", .member = "nia"}, clock_now).value();
  Sealer sealer = Sealer::make(key, certificate).value();
  SealVerifier verifier = SealVerifier::make(certificate).value();
};

Hash leaf(std::size_t number) {
  return ledger::leaf_hash(as_bytes(fmt::format("minben-message/1\nrequest\n{}\n", number)));
}
std::vector<Hash> leaves(std::size_t count) {
  std::vector<Hash> made;
  for (std::size_t i = 0; i < count; ++i) made.push_back(leaf(i));
  return made;
}

std::string written(const Seal& seal) {
  std::string bytes;
  write_seal(seal, bytes);
  return bytes;
}

TEST(Seal, ComesBackFromItsBytesForEveryPlace) {
  const Signer signer;
  for (std::uint32_t size = 1; size <= 40; ++size) {
    const auto batch = leaves(size);
    const auto seals = signer.sealer.seal(batch, at).value();
    ASSERT_EQ(seals.size(), size);
    for (std::uint32_t i = 0; i < size; ++i) {
      EXPECT_EQ(seals[i].index, i);
      EXPECT_EQ(seals[i].at, std::chrono::floor<seconds>(at));
      EXPECT_EQ(read_seal(written(seals[i])), seals[i]);
      EXPECT_TRUE(signer.verifier.verify(seals[i], batch[i])) << i << " of " << size;
      EXPECT_FALSE(signer.verifier.verify(seals[i], leaf(i + 1)));
      // The paths are RFC 6962's, as the ledger checks them.
      EXPECT_TRUE(ledger::check_inclusion(i, size, batch[i], seals[i].path,
                                          batch_root(seals[i], batch[i])));
    }
  }
}

TEST(Seal, OfTheLargestBatchFitsItsBound) {
  const Signer signer;
  const auto batch = leaves(max_batch);
  const auto seals = signer.sealer.seal(batch, at).value();
  EXPECT_EQ(written(seals.front()).size(), max_seal_bytes);
  for (std::uint32_t i = 0; i < max_batch; ++i)
    ASSERT_TRUE(signer.verifier.verify(seals[i], batch[i])) << i;
}

TEST(Seal, NoByteCanBeChanged) {
  const Signer signer;
  const auto batch = leaves(11);
  const auto seals = signer.sealer.seal(batch, at).value();
  for (const Seal& seal : seals) {
    const std::string bytes = written(seal);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
      const auto read = read_seal(changed);
      EXPECT_FALSE(read && signer.verifier.verify(*read, batch[seal.index])) << i;
    }
    EXPECT_TRUE(signer.verifier.verify(seal, batch[seal.index]));
  }
}

TEST(Seal, IsRefusedInOtherLengths) {
  const Signer signer;
  const auto seals = signer.sealer.seal(leaves(5), at).value();
  for (const Seal& seal : seals) {
    const std::string bytes = written(seal);
    for (std::size_t length = 0; length < bytes.size(); ++length)
      EXPECT_EQ(read_seal(bytes.substr(0, length)).error().code, "not_a_seal");
    EXPECT_EQ(read_seal(bytes + std::string(32, 'a')).error().code, "not_a_seal");
  }
  Seal far = signer.sealer.seal(leaves(1), at).value().front();
  std::string bytes = written(far);
  bytes[0] = 1;  // a time that DER cannot write
  EXPECT_EQ(read_seal(bytes).error().code, "not_a_seal");
  far.size = max_batch + 1;
  EXPECT_EQ(read_seal(written(far)).error().code, "not_a_seal");
}

TEST(Seal, BelongsToOneCertificate) {
  const Signer signer;
  const Signer other;
  const auto batch = leaves(3);
  Seal seal = signer.sealer.seal(batch, at).value()[1];
  EXPECT_FALSE(other.verifier.verify(seal, batch[1]));
  seal.certificate = other.verifier.fingerprint();
  EXPECT_FALSE(other.verifier.verify(seal, batch[1]));
  EXPECT_EQ(seal_to_cms(seal, batch[1], signer.certificate).error().code, "other_certificate");

  // Another certificate for the same key: the signature names the one it was made with.
  const auto renewed =
      root().issue(signer.key.verify_key(), {.common_name = "nia", .member = "nia"}, clock_now);
  const auto verifier = SealVerifier::make(*renewed).value();
  seal = signer.sealer.seal(batch, at).value()[1];
  seal.certificate = verifier.fingerprint();
  EXPECT_FALSE(verifier.verify(seal, batch[1]));
}

TEST(Seal, NeedsAMatchingP256Key) {
  const Signer signer;
  const auto ed25519 = trust::SigningKey::generate(trust::KeyType::ed25519);
  const auto certificate =
      root().issue(ed25519.verify_key(), {.common_name = "nia"}, clock_now).value();
  EXPECT_EQ(Sealer::make(ed25519, certificate).error().code, "wrong_key_type");
  EXPECT_EQ(SealVerifier::make(certificate).error().code, "wrong_key_type");
  const auto other = trust::SigningKey::generate(trust::KeyType::p256);
  EXPECT_EQ(Sealer::make(other, signer.certificate).error().code, "other_key");
}

TEST(Seal, ManyBatchesAreForgottenAndStillVerify) {
  const Signer signer;
  std::vector<Seal> seals;
  for (std::size_t i = 0; i < 600; ++i)
    seals.push_back(signer.sealer.seal(std::array<Hash, 1>{leaf(i)}, at).value().front());
  for (int round = 0; round < 2; ++round)
    for (std::size_t i = 0; i < seals.size(); ++i) {
      ASSERT_TRUE(signer.verifier.verify(seals[i], leaf(i)));
      ASSERT_FALSE(signer.verifier.verify(seals[i], leaf(i + 1)));
    }
}

TEST(Seal, ThreadsShareSealersAndVerifiers) {
  const Signer signer;
  std::atomic<int> wrong = 0;
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (std::size_t round = 0; round < 50; ++round) {
        const std::array<Hash, 3> batch{leaf(round), leaf(thread), leaf(7)};
        const auto seals = signer.sealer.seal(batch, at).value();
        for (std::size_t i = 0; i < batch.size(); ++i) {
          wrong += signer.verifier.verify(seals[i], batch[i]) ? 0 : 1;
          wrong += signer.verifier.verify(seals[i], leaf(1000)) ? 1 : 0;
        }
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

// ------------------------------------------------------------------- what others make of it

class SealAsCms : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file(std::string_view name) const {
    return (directory_.path() / name).string();
  }
  void write(std::string_view name, std::string_view content) const {
    std::ofstream(file(name), std::ios::binary) << content;
  }
  /// Whether openssl accepts signature.p7s for content.xml.
  [[nodiscard]] bool openssl_accepts() const {
    const std::string command = fmt::format(
        "openssl cms -verify -cades -binary -inform DER -in '{}' -content '{}' -CAfile '{}' "
        "-attime {} -purpose any -out /dev/null 2>'{}'",
        file("signature.p7s"), file("content.xml"), file("root.pem"),
        std::chrono::floor<seconds>(at).time_since_epoch().count(), file("errors"));
    return std::system(command.c_str()) == 0;
  }

 private:
  minben::test::TemporaryDirectory directory_;
};

TEST_F(SealAsCms, IsAcceptedByOpenssl) {
  const Signer signer;
  write("root.pem", root().certificate().pem);
  for (const auto time :
       {at, *parse_instant("2049-12-31T23:59:59Z"), *parse_instant("2050-01-01T00:00:00Z")}) {
    const auto batch = leaves(7);
    const Seal seal = signer.sealer.seal(batch, time).value()[4];
    const auto cms = seal_to_cms(seal, batch[4], signer.certificate);
    ASSERT_TRUE(cms) << describe(cms.error());
    const std::string manifest = batch_manifest(batch_text(7, batch_root(seal, batch[4])));
    write("signature.p7s", as_text(*cms));
    write("content.xml", manifest);
    EXPECT_TRUE(openssl_accepts()) << minben::test::read_file(file("errors"));

    std::string changed = manifest;
    changed[changed.find("<ds:DigestValue>") + 20] ^= 1;
    write("content.xml", changed);
    EXPECT_FALSE(openssl_accepts());

    // With another leaf it is a signature over another manifest.
    const auto moved = seal_to_cms(seal, batch[5], signer.certificate);
    ASSERT_TRUE(moved);
    write("signature.p7s", as_text(*moved));
    write("content.xml", manifest);
    EXPECT_FALSE(openssl_accepts());
  }
}

}  // namespace
}  // namespace minben::exchange::test
