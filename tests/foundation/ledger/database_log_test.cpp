// A log in a database: many writers, one history, and the same log as in a directory.
#include <gmock/gmock.h>

#include <thread>

#include "core/core.hpp"
#include "house.hpp"
#include "ledger/ledger.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

using test_house::bytes_of;
using test_house::grow;

struct DatabaseLogs : testing::Test {
  static constexpr std::string_view origin = "minben.example/log";
  test::TestDatabase db{test::TestDatabase::system_clock(), {migrations()}};
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  NoteVerifier verifier = NoteVerifier::make(origin, key.verify_key()).value();

  std::unique_ptr<Log> open(const LogLimits& limits = {}) {
    auto log = Log::open_in(db.database(), origin, key, limits);
    EXPECT_TRUE(log) << describe(log.error());
    return std::move(*log);
  }
  static std::string verify_error(const Log& log) {
    const auto verified = verify_log(*log_source(log), log.vkey(), {});
    return verified ? "" : verified.error().code + " " + verified.error().field;
  }
  void run(std::string_view sql) {
    ASSERT_TRUE(db->transact([&](store::Transaction& tx) { return tx.run_script(sql); }));
  }
};

TEST_F(DatabaseLogs, AreTheSameAsInADirectoryByteForByte) {
  const test::TemporaryDirectory temporary;
  const auto there = Log::open(temporary.path() / "log", origin, key).value();
  const auto here = open();
  EXPECT_EQ(here->checkpoint(), there->checkpoint());
  for (const std::uint64_t size : {1u, 7u, 255u, 256u, 257u, 600u, 66'000u}) {
    grow(*here, size);
    grow(*there, size);
    ASSERT_EQ(here->checkpoint(), there->checkpoint()) << size;
    EXPECT_EQ(verify_error(*here), "") << size;
  }
  for (const auto index : {0u, 255u, 65'535u, 65'999u}) {
    EXPECT_EQ(here->entry(index).value(), there->entry(index).value());
    EXPECT_EQ(here->proof(index)->hashes, there->proof(index)->hashes);
  }
  EXPECT_EQ(here->consistency(300, 66'000).value(), there->consistency(300, 66'000).value());
  for (const Tile tile :
       {Tile{0, 0, 256}, Tile{0, 257, 208}, Tile{1, 0, 256}, Tile{1, 1, 1}, Tile{2, 0, 1},
        Tile{entries_level, 3, 256}, Tile{entries_level, 257, 208}})
    EXPECT_EQ(here->tile(tile).value(), there->tile(tile).value()) << tile_path(tile);
  // Narrower ones, which were published on the way, stay.
  EXPECT_EQ(parse_bundle(here->tile({entries_level, 2, 88}).value().value(), 88)->back(),
            bytes_of("e 599"));
  EXPECT_EQ(here->tile({0, 2, 88}).value()->size(), 88u * 32);
  EXPECT_FALSE(here->tile({0, 257, 209}).value());
  EXPECT_FALSE(here->tile({0, 258, 1}).value());
}

TEST_F(DatabaseLogs, ManyWritersMakeOneHistory) {
  constexpr int nodes = 3, threads = 4, each = 40;
  std::vector<std::unique_ptr<Log>> logs;
  for (int i = 0; i < nodes; ++i) logs.push_back(open());
  std::mutex mutex;
  std::map<std::uint64_t, std::string> places;
  {
    std::vector<std::jthread> all;
    for (int node = 0; node < nodes; ++node) {
      for (int thread = 0; thread < threads; ++thread) {
        all.emplace_back([&, node, thread] {
          for (int i = 0; i < each; ++i) {
            const std::string text = fmt::format("{} {} {}", node, thread, i);
            const auto index = logs[static_cast<std::size_t>(node)]->append(bytes_of(text));
            ASSERT_TRUE(index) << describe(index.error());
            const std::lock_guard guard(mutex);
            EXPECT_TRUE(places.emplace(*index, text).second) << *index;
          }
        });
      }
    }
  }
  ASSERT_EQ(places.size(), std::size_t{nodes * threads * each});
  EXPECT_EQ(places.rbegin()->first, places.size() - 1);
  for (const auto& log : logs) {
    EXPECT_EQ(log->checkpoint(), logs[0]->checkpoint());
    EXPECT_EQ(verify_error(*log), "");
  }
  for (const auto& [index, text] : places) ASSERT_EQ(logs[0]->entry(index).value(), bytes_of(text));
}

TEST_F(DatabaseLogs, WhatOneNodeAddedAnotherRecognises) {
  const auto one = open({.remembered_leaves = 300});
  const auto other = open({.remembered_leaves = 300});
  grow(*one, 1000);
  EXPECT_EQ(other->size(), 1000u);
  EXPECT_EQ(other->append(bytes_of("e 999")).value(), 999u);
  EXPECT_EQ(other->append(bytes_of("e 701")).value(), 701u);
  EXPECT_EQ(other->append(bytes_of("e 10")).value(), 1000u) << "forgotten: added once more";
  EXPECT_EQ(one->append(bytes_of("e 10")).value(), 1000u);
  EXPECT_EQ(one->size(), 1001u);
  EXPECT_EQ(open({.remembered_leaves = 300})->append(bytes_of("e 10")).value(), 1000u);
}

TEST_F(DatabaseLogs, AnotherKeyOrNoneIsNoWriter) {
  const auto log = open();
  grow(*log, 3);
  const auto stranger = trust::SigningKey::generate(trust::KeyType::ed25519);
  EXPECT_EQ(Log::open_in(db.database(), origin, stranger).error().code, "no_such_log");
  EXPECT_EQ(Log::read_in(db.database(), "other").error().code, "no_such_log");
  const auto reader = Log::read_in(db.database(), origin).value();
  EXPECT_EQ(reader->append(bytes_of("x")).error().code, "no_ledger_key");
  EXPECT_EQ(reader->checkpoint(), log->checkpoint());
  EXPECT_EQ(reader->entry(2).value(), bytes_of("e 2"));
}

TEST_F(DatabaseLogs, SealsHoldForAllNodes) {
  const auto one = open(), other = open();
  grow(*one, 5);
  const auto next =
      NoteVerifier::make("minben.example/next",
                         trust::SigningKey::generate(trust::KeyType::ed25519).verify_key())
          .value();
  EXPECT_EQ(other->seal(next)->index, 5u);
  EXPECT_EQ(one->seal(next)->index, 5u) << "the same once more";
  EXPECT_EQ(one->seal(verifier).error().code, "ledger_sealed");
  EXPECT_EQ(one->append(bytes_of("late")).error().code, "ledger_sealed");
  EXPECT_EQ(one->size(), 6u);
  for (const auto& log : {open(), Log::read_in(db.database(), origin).value()}) {
    ASSERT_TRUE(log->sealed());
    EXPECT_EQ(log->sealed()->successor.vkey(), next.vkey());
    EXPECT_EQ(parse_seal(log->entry(5).value(), verifier, 5)->successor.vkey(), next.vkey());
    EXPECT_EQ(verify_error(*log), "");
  }
}

TEST_F(DatabaseLogs, CosignaturesAreSeenByAllNodes) {
  const auto one = open(), other = open();
  grow(*one, 4);
  const auto witness =
      NoteSigner::make("witness", trust::SigningKey::generate(trust::KeyType::ed25519)).value();
  const auto cosigned = [&](const std::string& text) {
    auto note = parse_note(text).value();
    note.signatures.push_back(witness.sign(note.text));
    return write_note(note);
  };
  const std::string first = cosigned(one->checkpoint());
  ASSERT_TRUE(one->show(first, Log::Signatures::complete));
  EXPECT_EQ(other->checkpoint(), first);
  grow(*other, 9);
  EXPECT_NE(one->checkpoint(), first);
  EXPECT_EQ(one->proof(3)->checkpoint, first) << "the newest that has its quorum";
  EXPECT_EQ(one->proof(4)->checkpoint, one->checkpoint());
  const std::string second = cosigned(other->checkpoint());
  ASSERT_TRUE(one->show(second, Log::Signatures::some));
  EXPECT_EQ(open()->checkpoint(), second) << "also after a restart";
  EXPECT_EQ(other->proof(3)->checkpoint, first);
  ASSERT_TRUE(other->show(second, Log::Signatures::complete));
  ASSERT_TRUE(one->show(first, Log::Signatures::complete)) << "late, but not wrong";
  EXPECT_EQ(one->proof(3)->checkpoint, second);
  EXPECT_EQ(one->show("nonsense", Log::Signatures::some).error().code, "not_a_note");
}

TEST_F(DatabaseLogs, DamageIsNeverAFreshStart) {
  auto log = open();
  grow(*log, 600);
  const auto reopened = [&] {
    const auto again = Log::open_in(db.database(), origin, key);
    return again ? "" : again.error().code;
  };
  run("update ledger.tile set content = set_byte(content, 40, get_byte(content, 40) # 1) where "
      "level = 0 and index = 0");
  EXPECT_EQ(reopened(), "") << "not at the right edge";
  EXPECT_THAT(verify_error(*log), testing::HasSubstr("wrong_tile"));
  run("update ledger.tile set content = set_byte(content, 40, get_byte(content, 40) # 1) where "
      "level = 0");
  EXPECT_EQ(reopened(), "ledger_damaged");
  run("update ledger.tile set content = set_byte(content, 40, get_byte(content, 40) # 1) where "
      "level = 0 and index > 0");
  EXPECT_EQ(reopened(), "");
  run("update ledger.log set size = 500");
  EXPECT_EQ(reopened(), "ledger_damaged");
  run("update ledger.log set size = 600; delete from ledger.tile where level = 1");
  EXPECT_EQ(reopened(), "ledger_damaged");
}

TEST_F(DatabaseLogs, AnOlderBackupIsNotBuiltOn) {
  const auto log = open();
  grow(*log, 3);
  run("create table kept as select * from ledger.log; create table tiles as select * from "
      "ledger.tile");
  grow(*log, 5);
  run("delete from ledger.log; delete from ledger.tile; insert into ledger.log select * from kept; "
      "insert into ledger.tile select * from tiles");
  EXPECT_EQ(log->append(bytes_of("x")).error().code, "ledger_damaged");
  EXPECT_EQ(log->size(), 5u) << "what it has seen";
}

TEST_F(DatabaseLogs, SaysWhatItKnowsWhileTheDatabaseDoesNotAnswer) {
  auto own =
      store::Database::open({.url = db.url(), .connections = 2}, test::TestDatabase::system_clock())
          .value();
  const auto log = Log::open_in(*own, origin, key).value();
  grow(*log, 3);
  const std::string before = log->checkpoint();
  run("alter schema ledger rename to elsewhere");
  EXPECT_EQ(log->checkpoint(), before);
  EXPECT_FALSE(log->append(bytes_of("x")));
  run("alter schema elsewhere rename to ledger");
  EXPECT_EQ(log->append(bytes_of("x")).value(), 3u);
}

}  // namespace
}  // namespace minben::ledger
