#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "core/core.hpp"
#include "ledger/files.hpp"
#include "ledger/journal.hpp"
#include "ledger/ledger.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;

struct Logs : testing::Test {
  static constexpr std::string_view origin = "minben.example/log";
  test::TemporaryDirectory temporary;
  fs::path directory = temporary.path() / "log";
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  std::string vkey = NoteVerifier::make(origin, key.verify_key())->vkey();

  std::unique_ptr<Log> open(const LogLimits& limits = {}) {
    auto log = Log::open(directory, origin, key, limits);
    EXPECT_TRUE(log) << describe(log.error());
    return std::move(*log);
  }
  std::string open_error() {
    const auto log = Log::open(directory, origin, key);
    return log ? "" : log.error().code;
  }
  static Bytes entry(std::uint64_t i) {
    const std::string text = fmt::format("entry {}", i);
    return {text.begin(), text.end()};
  }
  static std::vector<Bytes> entries(std::uint64_t from, std::uint64_t to) {
    std::vector<Bytes> out;
    for (; from < to; ++from) out.push_back(entry(from));
    return out;
  }
  std::string verify_error() {
    const auto verified = verify_directory(directory, vkey);
    return verified ? "" : verified.error().code + " " + verified.error().field;
  }
  static void write(const fs::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
  }
};

TEST_F(Logs, AnEmptyLogShowsTheEmptyRoot) {
  const auto log = open();
  EXPECT_EQ(log->size(), 0u);
  EXPECT_EQ(test::read_file(directory / "checkpoint"), log->checkpoint());
  EXPECT_EQ(test::read_file(directory / "vkey"), log->vkey() + "\n");
  const auto verified = verify_directory(directory, log->vkey());
  ASSERT_TRUE(verified) << describe(verified.error());
  EXPECT_EQ(verified->checkpoint.root, empty_root());
}

TEST_F(Logs, EntriesComeBackWithProofs) {
  const auto log = open();
  for (std::uint64_t i = 0; i < 600; i += 3) {
    const auto batch = entries(i, i + 3);
    EXPECT_EQ(log->append_all(batch).value(), (std::vector<std::uint64_t>{i, i + 1, i + 2}));
  }
  const auto key_of_log = NoteVerifier::parse(log->vkey()).value();
  for (std::uint64_t i = 0; i < 600; i += 7) {
    EXPECT_EQ(log->entry(i).value(), entry(i));
    const auto proof = log->proof(i).value();
    const auto checkpoint = open_checkpoint(proof.checkpoint, key_of_log).value();
    EXPECT_TRUE(
        check_inclusion(i, checkpoint.size, leaf_hash(entry(i)), proof.hashes, checkpoint.root));
  }
  EXPECT_EQ(log->entry(600).error().code, "bad_index");
  EXPECT_EQ(log->proof(600).error().code, "bad_index");
  EXPECT_EQ(verify_error(), "");
}

TEST_F(Logs, EverySizeIsConsistentWithEveryLaterOne) {
  const auto log = open();
  const auto key_of_log = NoteVerifier::parse(log->vkey()).value();
  std::map<std::uint64_t, Hash> roots;
  for (const std::uint64_t size : {1, 2, 255, 256, 257, 511, 513, 700}) {
    ASSERT_TRUE(log->append_all(entries(log->size(), size)));
    roots[size] = open_checkpoint(log->checkpoint(), key_of_log)->root;
  }
  for (const auto& [old_size, old_root] : roots) {
    for (const auto& [size, root] : roots) {
      if (old_size > size) continue;
      const auto proof = log->consistency(old_size, size).value();
      EXPECT_TRUE(check_consistency(old_size, size, proof, old_root, root))
          << old_size << " " << size;
    }
  }
  // Also trees that were never published: 300 entries of 700.
  const auto proof = log->inclusion(299, 300).value();
  Frontier frontier;
  for (std::uint64_t i = 0; i < 300; ++i) frontier.add(leaf_hash(entry(i)));
  EXPECT_TRUE(check_inclusion(299, 300, leaf_hash(entry(299)), proof, frontier.root()));
}

TEST_F(Logs, ADuplicateGetsItsFirstIndexAlsoAfterReopening) {
  {
    const auto log = open();
    EXPECT_EQ(log->append(entry(1)).value(), 0u);
    EXPECT_EQ(log->append(entry(2)).value(), 1u);
    EXPECT_EQ(log->append(entry(1)).value(), 0u);
    const std::vector<Bytes> mixed{entry(3), entry(3), entry(1), entry(4)};
    EXPECT_EQ(log->append_all(mixed).value(), (std::vector<std::uint64_t>{2, 2, 0, 3}));
  }
  const auto log = open();
  EXPECT_EQ(log->append(entry(4)).value(), 3u);
  EXPECT_EQ(log->size(), 4u);
}

TEST_F(Logs, OnlyRecentDuplicatesAreRemembered) {
  const auto log = open({.remembered_leaves = 10});
  ASSERT_TRUE(log->append_all(entries(0, 11)));
  EXPECT_EQ(log->append(entry(1)).value(), 1u);
  EXPECT_EQ(log->append(entry(0)).value(), 11u);  // forgotten, so it is a new entry
}

TEST_F(Logs, ThreadsShareBatchesAndEachGetsItsOwnIndex) {
  const auto log = open();
  constexpr std::uint64_t threads = 16;
  constexpr std::uint64_t each = 60;
  std::vector<std::vector<std::uint64_t>> indexes(threads);
  {
    std::vector<std::jthread> running;
    for (std::uint64_t t = 0; t < threads; ++t) {
      running.emplace_back([&, t] {
        for (std::uint64_t i = 0; i < each; ++i)
          indexes[t].push_back(log->append(entry(t * each + i)).value());
      });
    }
  }
  EXPECT_EQ(log->size(), threads * each);
  for (std::uint64_t t = 0; t < threads; ++t) {
    EXPECT_TRUE(std::ranges::is_sorted(indexes[t]));
    for (std::uint64_t i = 0; i < each; ++i)
      EXPECT_EQ(log->entry(indexes[t][i]).value(), entry(t * each + i));
  }
  EXPECT_EQ(verify_error(), "");
}

TEST_F(Logs, ReopeningGoesOnWhereItStopped) {
  for (std::uint64_t size = 0; size < 1300; size += 130) {
    const auto log = open();
    EXPECT_EQ(log->size(), size);
    ASSERT_TRUE(log->append_all(entries(size, size + 130)));
  }
  EXPECT_EQ(verify_error(), "");
  EXPECT_FALSE(fs::exists(directory / "tile/0/000.p"));  // partials of full tiles are gone
  EXPECT_FALSE(fs::exists(directory / "tile/entries/003.p"));
  EXPECT_TRUE(fs::exists(directory / "tile/0/005.p/20"));
}

TEST_F(Logs, HasOneWriter) {
  const auto log = open();
  EXPECT_EQ(open_error(), "ledger_locked");
}

TEST_F(Logs, LimitsAreNamed) {
  const auto log = open({.waiting_entries = 4});
  EXPECT_EQ(log->append(Bytes(65536)).error().code, "entry_too_large");
  EXPECT_TRUE(log->append(Bytes(65535)));
  EXPECT_EQ(log->append_all(entries(0, 5)).error().code, "ledger_busy");
}

TEST_F(Logs, AnotherKeyOrOriginDoesNotOpenIt) {
  open();
  EXPECT_EQ(Log::open(directory, "other.example", key).error().code, "unsigned_note");
  EXPECT_EQ(Log::open(directory, origin, trust::SigningKey::generate(trust::KeyType::ed25519))
                .error()
                .code,
            "unsigned_note");
  EXPECT_EQ(
      Log::open(directory, origin, trust::SigningKey::generate(trust::KeyType::p256)).error().code,
      "wrong_key_type");
}

TEST_F(Logs, LeftoversOfAnUncommittedBatchDoNotCount) {
  {
    const auto log = open();
    ASSERT_TRUE(log->append_all(entries(0, 250)));
  }
  // As after a power loss in the middle of a batch: whole, torn and temporary files past the
  // checkpoint.
  write(directory / "tile/0/000", std::string(8192, 'x'));
  write(directory / "tile/0/000.p/252", "torn");
  write(directory / "tile/entries/000.p/252", "torn");
  write(directory / "tile/entries/000.p/253.tmp", "torn");
  fs::create_directories(directory / "tile/1/000.p");
  write(directory / "tile/1/000.p/1", std::string(31, 'x'));
  {
    const auto log = open();
    EXPECT_EQ(log->size(), 250u);
    ASSERT_TRUE(log->append_all(entries(250, 252)));
    ASSERT_TRUE(log->append_all(entries(252, 260)));
  }
  EXPECT_EQ(verify_error(), "");
}

TEST_F(Logs, ThePublishedCheckpointFollowsTheCommittedOne) {
  std::string newest;
  {
    const auto log = open();
    const std::string old = log->checkpoint();
    ASSERT_TRUE(log->append_all(entries(0, 3)));
    newest = log->checkpoint();
    write(directory / "checkpoint", old);  // killed between commit and publication
  }
  EXPECT_EQ(verify_error(), "");  // both are true
  const auto log = open();
  EXPECT_EQ(test::read_file(directory / "checkpoint"), newest);
}

TEST_F(Logs, ALogThatLostItsCheckpointIsNotStartedAgain) {
  {
    ASSERT_TRUE(open()->append_all(entries(0, 3)));
  }
  fs::remove(directory / "committed/checkpoint");
  EXPECT_EQ(open_error(), "ledger_damaged");
}

TEST_F(Logs, ALogThatWasRolledBackIsNotContinued) {
  {
    ASSERT_TRUE(open()->append_all(entries(0, 3)));
  }
  fs::copy(directory / "tile", temporary.path() / "backup", fs::copy_options::recursive);
  {
    ASSERT_TRUE(open()->append_all(entries(3, 300)));
  }
  fs::remove_all(directory / "tile");
  fs::copy(temporary.path() / "backup", directory / "tile", fs::copy_options::recursive);
  EXPECT_EQ(open_error(), "ledger_damaged");
}

TEST_F(Logs, DamageIsFoundWhenOpening) {
  {
    ASSERT_TRUE(open()->append_all(entries(0, 300)));
  }
  const auto flip = [&](const fs::path& file) {
    std::string content = test::read_file(directory / file);
    content[content.size() / 2] ^= 1;
    write(directory / file, content);
  };
  for (const char* file : {"tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/001.p/44"}) {
    const std::string good = test::read_file(directory / file);
    flip(file);
    EXPECT_NE(open_error(), "") << file;
    write(directory / file, good);
  }
  EXPECT_EQ(open_error(), "");
}

TEST_F(Logs, AnotherHandInTheJournalStopsTheWriter) {
  const auto log = open();
  ASSERT_TRUE(log->append(entry(0)));
  ASSERT_TRUE(log->append(entry(1)));
  // What a second writer does that the lock did not keep out.
  EXPECT_EQ(log->size(), 2u);
  auto other = Journal::open(disk(), directory / "committed", 1u << 20).value();
  ASSERT_TRUE(other.begin(2));
  ASSERT_TRUE(other.begin(2));
  EXPECT_EQ(log->append(entry(2)).error().code, "ledger_broken");
  EXPECT_EQ(log->append(entry(3)).error().code, "ledger_broken");
  EXPECT_EQ(log->size(), 2u);
}

TEST_F(Logs, AnotherHandOnTheCheckpointIsNotOverwritten) {
  const std::string good = open()->checkpoint();
  {
    const auto log = open();
    ASSERT_TRUE(log->append(entry(0)));
    write(directory / "committed/checkpoint", good + "\n");
  }
  EXPECT_EQ(test::read_file(directory / "committed/checkpoint"), good + "\n");
  write(directory / "committed/checkpoint", good);
  EXPECT_EQ(open()->size(), 1u);  // from the journal
}

TEST_F(Logs, WhatIsDurableIsShownWhenTheTilesCanBeWrittenAgain) {
  const auto log = open();
  ASSERT_TRUE(log->append_all(entries(0, 3)));
  EXPECT_EQ(log->size(), 3u);
  fs::rename(directory / "tile", directory / "away");
  write(directory / "tile", "a file in the way");
  EXPECT_EQ(log->append(entry(3)).value(), 3u);  // the journal has it
  EXPECT_EQ(log->size(), 3u);
  EXPECT_EQ(log->entry(3).error().code, "bad_index");
  fs::remove(directory / "tile");
  fs::rename(directory / "away", directory / "tile");
  EXPECT_EQ(log->append(entry(4)).value(), 4u);
  for (int i = 0; i < 100 && log->size() < 5; ++i) std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(log->entry(3).value(), entry(3));
  EXPECT_EQ(verify_error(), "");
}

TEST_F(Logs, AJournalThatIsBrokenInTheMiddleIsDamage) {
  const auto journal = directory / "committed/journal-1";
  std::string whole;
  {
    const auto log = open();
    for (std::uint64_t i = 0; i < 4; ++i) ASSERT_TRUE(log->append(entry(i)));
    whole = test::read_file(journal);
    fs::copy(directory, temporary.path() / "copy", fs::copy_options::recursive);
  }
  directory = temporary.path() / "copy";
  const auto spoil = [&](std::size_t record) {
    std::string bad = whole;
    bad[512 * (1 + record) + 40] ^= 1;
    write(directory / "committed/journal-1", bad);
  };
  spoil(1);
  EXPECT_EQ(open_error(), "ledger_damaged");
  spoil(3);  // the last one: as if power had gone while it was written
  EXPECT_EQ(open()->size(), 3u);
}

TEST_F(Logs, VerificationFindsEveryChangedFile) {
  {
    ASSERT_TRUE(open()->append_all(entries(0, 700)));
  }
  ASSERT_EQ(verify_error(), "");
  int files = 0;
  for (const auto& file : fs::recursive_directory_iterator(directory)) {
    if (!file.is_regular_file() || file.path().filename() == "lock") continue;
    if (file.path().filename().string().starts_with("journal-")) continue;  // its writer's own
    if (file.path().filename() == "vkey")
      continue;  // a convenience: whoever verifies has the key already
    const std::string good = test::read_file(file.path());
    std::string bad = good;
    bad[bad.size() / 2] ^= 4;
    write(file.path(), bad);
    EXPECT_NE(verify_error(), "") << file.path();
    write(file.path(), good.substr(0, good.size() - 1));
    EXPECT_NE(verify_error(), "") << file.path();
    fs::remove(file.path());
    if (file.path() != directory / "committed/checkpoint") {
      EXPECT_NE(verify_error(), "") << file.path();
    }
    write(file.path(), good);
    ++files;
  }
  EXPECT_EQ(files, 2 + 3 + 1 + 3);  // checkpoints, level 0, level 1, bundles
  EXPECT_EQ(verify_error(), "");
}

TEST_F(Logs, RoutesServeWhatIsPublished) {
  const auto log = open();
  ASSERT_TRUE(log->append_all(entries(0, 300)));
  write(directory / "tile/0/001.p/77", "of a batch that was never committed");
  const auto routes = log_routes(*log, "/ledger", net::Access{"anyone"});
  ASSERT_EQ(routes.size(), 3u);
  net::Request request;
  EXPECT_EQ(routes[0].handler(request).body, log->checkpoint());
  EXPECT_EQ(routes[2].handler(request).body, log->vkey() + "\n");
  const auto status = [&](std::string_view path) {
    request.parameters = {{"path", std::string(path)}};
    return routes[1].handler(request).status;
  };
  EXPECT_EQ(status("0/000"), 200);
  EXPECT_EQ(status("0/001.p/44"), 200);
  EXPECT_EQ(status("entries/001.p/44"), 200);
  EXPECT_EQ(status("0/001.p/77"), 404);
  EXPECT_EQ(status("0/001"), 404);
  EXPECT_EQ(status("../checkpoint"), 400);
}

}  // namespace
}  // namespace minben::ledger
