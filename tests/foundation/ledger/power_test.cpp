// Power goes at any moment, a thousand times, and takes what was not synced with it, in pieces.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ledger/ledger.hpp"
#include "simulated_files.hpp"

namespace minben::ledger {
namespace {

constexpr std::string_view origin = "minben.example/power";
constexpr int rounds = 1000;
constexpr int writers = 3;

Bytes entry(std::uint64_t number) {
  const std::string text = fmt::format("entry {}", number);
  return {text.begin(), text.end()};
}

struct Acknowledged {
  std::uint64_t index = 0;
  std::uint64_t number = 0;
};

/// What somebody outside has seen and will hold against the log.
struct Seen {
  std::uint64_t size = 0;
  Hash root = empty_root();
};

class Power : public testing::Test {
 protected:
  Power() { RecordProperty("seed", fmt::format("{}", seed_)); }

  Result<std::unique_ptr<Log>> open() {
    return Log::open_in(files_, "/log", origin, key_,
                        {.remembered_leaves = 100, .journal_bytes = 16 << 10});
  }

  /// Several at once, until nothing works any more.
  void write_until_power_goes(Log& log) {
    std::mutex mutex;
    std::vector<std::jthread> threads;
    for (int writer = 0; writer < writers; ++writer)
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) {
          const std::uint64_t number = next_++;
          const auto index = log.append(entry(number));
          if (!index) return;
          const std::lock_guard guard(mutex);
          acknowledged_.push_back({*index, number});
        }
      });
  }

  /// The published checkpoint, as anybody may have read it just before.
  void look() {
    const auto text = files_.peek("/log/checkpoint");
    if (!text) return;
    const auto checkpoint = open_checkpoint(as_text(*text), verifier_);
    ASSERT_TRUE(checkpoint) << describe(checkpoint.error());
    ASSERT_GE(checkpoint->size, seen_.size);
    seen_ = {checkpoint->size, checkpoint->root};
  }

  void check(const Log& log) {
    ASSERT_GE(log.size(), seen_.size) << "shown, and gone";
    const auto newest = open_checkpoint(log.checkpoint(), verifier_);
    ASSERT_TRUE(newest);
    if (seen_.size > 0) {
      const auto proof = log.consistency(seen_.size, newest->size);
      ASSERT_TRUE(proof) << describe(proof.error());
      ASSERT_TRUE(check_consistency(seen_.size, newest->size, *proof, seen_.root, newest->root))
          << "a second history";
    }
    for (std::size_t i = checked_; i < acknowledged_.size(); ++i) {
      const auto found = log.entry(acknowledged_[i].index);
      ASSERT_TRUE(found) << "acknowledged and lost: " << acknowledged_[i].index;
      ASSERT_EQ(*found, entry(acknowledged_[i].number));
    }
    checked_ = acknowledged_.size();
  }

  std::uint64_t seed_ = SystemRandom().next();
  SeededRandom random_{seed_};
  test::SimulatedFiles files_{random_};
  trust::SigningKey key_ = trust::SigningKey::from_ed25519_seed(sha256("power")).value();
  NoteVerifier verifier_ = NoteVerifier::make(origin, key_.verify_key()).value();
  std::atomic<std::uint64_t> next_ = 0;
  std::vector<Acknowledged> acknowledged_;
  std::size_t checked_ = 0;
  Seen seen_;
};

TEST_F(Power, NothingAcknowledgedIsLostAndThereIsOneHistory) {
  SCOPED_TRACE(fmt::format("seed {}", seed_));
  double slowest = 0;
  int opened = 0;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE(fmt::format("round {}", round));
    files_.lose_power_after(static_cast<int>(random_.below(round % 4 == 0 ? 12 : 120)));
    const auto begin = std::chrono::steady_clock::now();
    auto log = open();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    slowest = std::max(slowest, took.count());
    if (log) {
      ++opened;
      ASSERT_NO_FATAL_FAILURE(write_until_power_goes(**log));
      log->reset();
    } else {
      ASSERT_EQ(log.error().code, "ledger_failed") << describe(log.error());  // no damage, ever
    }
    ASSERT_NO_FATAL_FAILURE(look());
    files_.come_up_again();
    const auto again = open();
    ASSERT_TRUE(again) << describe(again.error());
    ASSERT_NO_FATAL_FAILURE(check(**again));
  }
  EXPECT_GT(opened, rounds / 2);
  const auto log = open();
  ASSERT_TRUE(log);
  for (const Acknowledged& one : acknowledged_)
    ASSERT_EQ((*log)->entry(one.index).value(), entry(one.number));
  fmt::print("{} acknowledged, {} changes, slowest opening {:.3f} s\n", acknowledged_.size(),
             files_.changes(), slowest);
}

}  // namespace
}  // namespace minben::ledger
