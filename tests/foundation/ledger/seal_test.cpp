// A log ends, and another continues it.
#include "ledger/seal.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "core/core.hpp"
#include "house.hpp"

namespace minben::ledger {
namespace {

using test_house::bytes_of;
using test_house::grow;

struct Seals : testing::Test {
  static constexpr std::string_view origin = "minben.example/ending";
  test::TemporaryDirectory temporary;
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  std::unique_ptr<Log> log = open();
  NoteVerifier verifier = NoteVerifier::parse(log->vkey()).value();
  std::unique_ptr<Log> next = Log::open(temporary.path() / "next", "minben.example/next",
                                        trust::SigningKey::generate(trust::KeyType::ed25519))
                                  .value();
  NoteVerifier successor = NoteVerifier::parse(next->vkey()).value();

  std::unique_ptr<Log> open() { return Log::open(temporary.path() / "log", origin, key).value(); }
  static VerifiedLog verified(const Log& one) {
    return verify_log(*log_source(one), one.vkey(), {}).value();
  }
  std::string succession() {
    const auto checked = check_succession(verified(*log), verifier, verified(*next), successor);
    return checked ? "" : checked.error().code;
  }
};

TEST_F(Seals, EndALogForGood) {
  for (const std::uint64_t size : {0, 255, 256}) {
    key = trust::SigningKey::generate(trust::KeyType::ed25519);
    log = Log::open(temporary.path() / std::to_string(size), origin, key).value();
    grow(*log, size);
    EXPECT_FALSE(log->sealed());
    EXPECT_EQ(log->seal(successor)->index, size);
    EXPECT_EQ(log->append(bytes_of("more")).error().code, "ledger_sealed");
    EXPECT_EQ(log->seal(successor)->index, size) << "the same once more";
    EXPECT_EQ(log->seal(verifier).error().code, "ledger_sealed");
    log.reset();
    log = Log::open(temporary.path() / std::to_string(size), origin, key).value();
    ASSERT_TRUE(log->sealed());
    EXPECT_EQ(log->sealed()->successor.vkey(), successor.vkey());
    EXPECT_EQ(log->append(bytes_of("more")).error().code, "ledger_sealed");
    EXPECT_EQ(log->size(), size + 1);
    EXPECT_EQ(verified(*log).checkpoint.size, size + 1);
  }
}

TEST_F(Seals, AreLastWhoeverAppendsMeanwhile) {
  std::atomic<std::uint64_t> appended{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0;; ++i) {
        const auto index = log->append(bytes_of(fmt::format("{} {}", t, i)));
        if (!index) {
          EXPECT_EQ(index.error().code, "ledger_sealed");
          return;
        }
        ++appended;
      }
    });
  while (appended < 100) std::this_thread::yield();
  const auto seal = log->seal(successor);
  threads.clear();
  ASSERT_TRUE(seal);
  EXPECT_EQ(seal->index, appended);
  EXPECT_EQ(log->size(), appended + 1);
  EXPECT_TRUE(parse_seal(log->entry(seal->index).value(), verifier, seal->index));
}

TEST_F(Seals, CannotBeForgedOrMoved) {
  const NoteSigner signer = NoteSigner::make(origin, key).value();
  const Bytes seal = write_seal(signer, {7, successor});
  EXPECT_TRUE(parse_seal(seal, verifier, 7));
  EXPECT_EQ(parse_seal(seal, verifier, 8).error().code, "not_a_seal");
  EXPECT_EQ(parse_seal(seal, successor, 7).error().code, "not_a_seal");
  for (std::size_t i = 0; i < seal.size(); ++i) {
    Bytes changed = seal;
    changed[i] ^= 1;
    EXPECT_FALSE(parse_seal(changed, verifier, 7)) << i;
    EXPECT_FALSE(parse_seal(Octets(seal).first(i), verifier, 7)) << i;
  }
  EXPECT_FALSE(open_checkpoint(as_text(seal), verifier)) << "a seal is no checkpoint";
  // Somebody who may only append writes something like one.
  const auto stranger =
      NoteSigner::make(origin, trust::SigningKey::generate(trust::KeyType::ed25519)).value();
  ASSERT_TRUE(log->append(write_seal(stranger, {0, successor})));
  log.reset();
  log = open();
  EXPECT_FALSE(log->sealed());
  EXPECT_TRUE(log->append(bytes_of("more")));
}

TEST_F(Seals, AreContinuedByTheSuccessor) {
  grow(*log, 10);
  EXPECT_EQ(succession(), "not_sealed");
  const std::string early = log->checkpoint();
  ASSERT_TRUE(log->seal(successor));
  EXPECT_EQ(succession(), "not_a_predecessor");
  const Bytes first = write_predecessor(verifier, log->checkpoint());
  ASSERT_TRUE(next->append(first));
  EXPECT_EQ(succession(), "");
  EXPECT_EQ(parse_predecessor(first)->checkpoint.size, 11u);
  EXPECT_FALSE(parse_predecessor(write_predecessor(successor, log->checkpoint())));
  for (std::size_t i = 0; i < first.size(); ++i) {
    Bytes changed = first;
    changed[i] ^= 1;
    EXPECT_FALSE(parse_predecessor(changed)) << i;
  }
  const auto other = Log::open(temporary.path() / "other", "minben.example/next",
                               trust::SigningKey::generate(trust::KeyType::ed25519))
                         .value();
  ASSERT_TRUE(other->append(write_predecessor(verifier, early)));
  const auto others_key = NoteVerifier::parse(other->vkey()).value();
  EXPECT_EQ(check_succession(verified(*log), verifier, verified(*other), others_key).error().code,
            "wrong_successor");
  EXPECT_EQ(check_succession(verified(*log), verifier, verified(*other), successor).error().code,
            "wrong_predecessor");
}

}  // namespace
}  // namespace minben::ledger
