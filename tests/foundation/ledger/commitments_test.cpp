#include <gmock/gmock.h>

#include "core/core.hpp"
#include "ledger/commitments.hpp"
#include "store/store.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

struct Commitment : testing::Test {
  VirtualClock clock{parse_instant("2026-11-23T04:05:06.123456Z").value()};
  SeededRandom random{11};
  test::TemporaryDirectory temporary;
  test::TestDatabase db{clock, {migrations()}};
  std::unique_ptr<Log> log = Log::open(temporary.path() / "log", "minben.example/log",
                                       trust::SigningKey::generate(trust::KeyType::ed25519))
                                 .value();
  Commitments commitments{clock, random};
  Logs logs{*log};
  Sequencer sequencer{db.database(), logs};
  PersonId person = PersonId::make(clock, random);
  Json content = parse_json(R"({"fields":["name"],"agency":"nia","count":2})").value();

  template <class Work>
  auto in_transaction(Work work) {
    return db->transact(work);
  }
  EntryId commit(PersonId whose) {
    return in_transaction([&](store::Transaction& tx) {
             return commitments.commit(tx, "usage", whose, content);
           })
        .value();
  }
  Result<std::string> receipt(EntryId id, const Json& of) {
    return in_transaction(
        [&](store::Transaction& tx) { return commitments.receipt(tx, logs, id, of); });
  }
  Entry find(EntryId id) {
    return in_transaction([&](store::Transaction& tx) { return commitments.find(tx, id); }).value();
  }
};

TEST_F(Commitment, BecomesAReceiptThatVerifiesOffline) {
  const EntryId id = commit(person);
  EXPECT_EQ(receipt(id, content).error().code, "not_yet_sequenced");
  EXPECT_EQ(sequencer.run_once().value(), 1);
  const auto file = receipt(id, content);
  ASSERT_TRUE(file) << describe(file.error());
  const auto verified = verify_receipt(*file, log->vkey());
  ASSERT_TRUE(verified) << describe(verified.error());
  EXPECT_EQ(string_or(verified->claim.content, "agency"), "nia");
  EXPECT_EQ(verified->claim.at, clock.now());
  EXPECT_EQ(receipt(id, JsonObject{}).error().code, "content_mismatch");
}

TEST_F(Commitment, IsPartOfTheTransactionItIsMadeIn) {
  const auto failed = in_transaction([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(commitments.commit(tx, "usage", person, content));
    return fail(Kind::conflict, "changed_my_mind");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(sequencer.run_once().value(), 0);
  EXPECT_EQ(log->size(), 0u);
}

TEST_F(Commitment, TheLogLearnsDigestsOnlyAndInOrder) {
  std::vector<EntryId> ids;
  for (int i = 0; i < 20; ++i) {
    ids.push_back(commit(i % 2 == 0 ? person : PersonId{}));
    clock.advance(seconds(1));
  }
  EXPECT_EQ(sequencer.run_once().value(), 20);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(find(ids[i]).position->index, i);
  EXPECT_EQ(log->entry(3)->size(), 32u);
}

TEST_F(Commitment, ACrashBetweenAppendAndWriteBackChangesNothing) {
  const EntryId first = commit(person);
  clock.advance(seconds(1));
  const EntryId second = commit(person);
  sequencer.run_once().value();
  // As if the process had died before the indexes were stored.
  constexpr store::Query forget{"test_forget_indexes", "update ledger.entry set log_index = null"};
  ASSERT_TRUE(db->run(forget));
  EXPECT_EQ(sequencer.run_once().value(), 2);
  EXPECT_EQ(log->size(), 2u);
  EXPECT_EQ(find(first).position->index, 0u);
  EXPECT_EQ(find(second).position->index, 1u);
  EXPECT_TRUE(verify_receipt(receipt(second, content).value(), log->vkey()));
}

TEST_F(Commitment, ErasureDropsTheSaltAndKeepsTheLogWhole) {
  const EntryId mine = commit(person);
  const EntryId waiting_for = commit(person);
  const EntryId others = commit(PersonId::make(clock, random));
  sequencer.run_once().value();
  EXPECT_EQ(in_transaction([&](store::Transaction& tx) {
              return commitments.erase_person(tx, person);
            }).value(),
            2);
  EXPECT_EQ(receipt(mine, content).error().code, "erased");
  EXPECT_TRUE(find(waiting_for).erased);
  EXPECT_TRUE(receipt(others, content));
  EXPECT_TRUE(
      in_transaction([&](store::Transaction& tx) { return commitments.erase(tx, others); }));
  EXPECT_EQ(receipt(others, content).error().code, "erased");
  EXPECT_TRUE(verify_directory(temporary.path() / "log", log->vkey()));
}

TEST_F(Commitment, ErasedWhileWaitingIsSequencedAllTheSame) {
  const EntryId id = commit(person);
  ASSERT_TRUE(
      in_transaction([&](store::Transaction& tx) { return commitments.erase_person(tx, person); }));
  EXPECT_EQ(sequencer.run_once().value(), 1);
  EXPECT_EQ(find(id).position->index, 0u);
}

TEST_F(Commitment, APersonsEntriesNewestFirstInPages) {
  std::vector<EntryId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.insert(ids.begin(), commit(person));
    clock.advance(seconds(i % 2));  // some at the same instant
  }
  commit(PersonId::make(clock, random));
  std::vector<EntryId> seen;
  std::optional<EntryId> before;
  for (;;) {
    const auto page = in_transaction([&](store::Transaction& tx) {
                        return commitments.entries_of(tx, person, 2, before);
                      }).value();
    if (page.empty()) break;
    for (const Entry& entry : page) seen.push_back(entry.id);
    before = seen.back();
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(ids));
  EXPECT_EQ(seen.front(), ids.front());
}

TEST_F(Commitment, ManyAreSequencedInBatches) {
  in_transaction([&](store::Transaction& tx) -> Result<void> {
    for (int i = 0; i < 2500; ++i) MINBEN_CHECK(commitments.commit(tx, "usage", person, content));
    return {};
  }).value();
  EXPECT_EQ(sequencer.run_once().value(), 2500);
  EXPECT_EQ(log->size(), 2500u);
  EXPECT_EQ(sequencer.run_once().value(), 0);
}

TEST_F(Commitment, TheThreadPicksUpWhatWasCommitted) {
  Sequencer running(db.database(), logs, milliseconds(5));
  running.start();
  const EntryId id = commit(person);
  for (int i = 0; i < 400 && !find(id).position; ++i) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(find(id).position->index, 0u);
}

TEST_F(Commitment, BadOnesAreRefused) {
  const auto code = [&](std::string_view type, const Json& of) {
    return in_transaction(
               [&](store::Transaction& tx) { return commitments.commit(tx, type, person, of); })
        .error()
        .code;
  };
  EXPECT_EQ(code("Not A Code", content), "not_a_code");
  EXPECT_EQ(code("usage", Json(5)), "not_an_object");
  EXPECT_EQ(code("usage", JsonObject{{"half", 0.5}}), "not_canonical");
  EXPECT_EQ(code("usage", JsonObject{{"series", 1}}), "reserved_member");
  EXPECT_EQ(receipt(EntryId::make(clock, random), content).error().code, "entry_not_found");
}

}  // namespace
}  // namespace minben::ledger
