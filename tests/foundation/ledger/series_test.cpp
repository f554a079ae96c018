// A person's entries in order with a proof of each: whoever leaves one out, exchanges or reorders
// them is seen.
#include "ledger/series.hpp"

#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "ledger/commitments.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

struct SeriesTest : testing::Test {
  VirtualClock clock{parse_instant("2026-11-23T04:05:06.123456Z").value()};
  SystemRandom random;
  test::TemporaryDirectory temporary;
  test::TestDatabase db{clock, {migrations()}};
  std::unique_ptr<Log> log = Log::open(temporary.path() / "log", "minben.example/log",
                                       trust::SigningKey::generate(trust::KeyType::ed25519))
                                 .value();
  Commitments commitments{clock, random};
  Logs logs{*log};
  Sequencer sequencer{db.database(), logs};
  PersonId person = PersonId::make(clock, random);
  std::map<EntryId, Json> contents;  ///< what the committing room keeps

  EntryId commit(PersonId whose, int n, std::string_view type = "usage") {
    const Json content = JsonObject{{"n", n}};
    const EntryId id = db->transact([&](store::Transaction& tx) {
                           return commitments.commit(tx, type, whose, content);
                         }).value();
    contents[id] = content;
    return id;
  }
  std::vector<EntryId> commit_many(PersonId whose, int many) {
    std::vector<EntryId> ids;
    for (int i = 1; i <= many; ++i) ids.push_back(commit(whose, i));
    sequencer.run_once().value();
    return ids;
  }
  Result<std::string> file(PersonId whose, std::uint64_t from = 1,
                           std::string_view type = "usage") {
    return db->transact([&](store::Transaction& tx) -> Result<std::string> {
      MINBEN_TRY(series, commitments.series(tx, whose, type, from));
      return commitments.receipts(tx, logs, series, type, contents);
    });
  }
  Result<VerifiedSeries> verified(PersonId whose, std::uint64_t from = 1) {
    MINBEN_TRY(text, file(whose, from));
    return verify_receipts(text, log->vkey());
  }
  /// The receipts of the file, to be doctored.
  std::vector<SeriesItem> items(PersonId whose) {
    const Json whole = parse_json(file(whose).value()).value();
    std::vector<SeriesItem> list;
    for (const Json& each : find(whole, "receipts")->as_array())
      list.push_back({{}, write_json_pretty(each)});
    return list;
  }
  std::string code_of(std::span<const SeriesItem> doctored) {
    const auto series =
        verify_receipts(write_receipts("usage", doctored.size(), doctored).value(), log->vkey());
    return series ? "" : series.error().code;
  }
  static std::vector<std::uint64_t> numbers(const VerifiedSeries& series) {
    std::vector<std::uint64_t> list;
    for (const VerifiedItem& item : series.items) list.push_back(item.place.number);
    return list;
  }
};

TEST_F(SeriesTest, ManyAtOnceGetNumbersWithoutGaps) {
  constexpr int threads = 6, each = 15;
  std::mutex mutex;
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        const Json content = JsonObject{{"n", t * each + i}};
        const auto id = db->transact([&](store::Transaction& tx) -> Result<EntryId> {
          // Two types in either order must not wait for each other.
          if (t % 2 == 0) MINBEN_CHECK(commitments.commit(tx, "case", person, content));
          MINBEN_TRY(made, commitments.commit(tx, "usage", person, content));
          if (t % 2 == 1) MINBEN_CHECK(commitments.commit(tx, "case", person, content));
          return made;
        });
        ASSERT_TRUE(id) << describe(id.error());
        const std::lock_guard lock(mutex);
        contents[*id] = content;
      }
    });
  for (auto& thread : running) thread.join();
  sequencer.run_once().value();
  const auto series = verified(person);
  ASSERT_TRUE(series) << describe(series.error());
  std::set<std::int64_t> seen;
  for (const VerifiedItem& item : series->items)
    seen.insert(*get_integer(item.receipt->claim.content, "n"));
  EXPECT_EQ(seen.size(), std::size_t{threads * each}) << "each once";
  ASSERT_EQ(series->items.size(), seen.size());
  for (std::size_t i = 0; i < series->items.size(); ++i)
    EXPECT_EQ(series->items[i].place.number, i + 1);
  EXPECT_EQ(series->entries, seen.size());
}

TEST_F(SeriesTest, WhatIsLeftOutReorderedOrExchangedIsSeen) {
  commit_many(person, 6);
  const auto good = items(person);
  EXPECT_EQ(code_of(good), "");
  for (std::size_t i = 1; i + 1 < good.size(); ++i) {
    auto shorter = good;
    shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(code_of(shorter), "left_out") << i;
  }
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {
    auto swapped = good;
    std::swap(swapped[i], swapped[i + 1]);
    EXPECT_THAT(code_of(swapped), testing::AnyOf("out_of_order", "left_out")) << i;
  }
  auto twice = good;
  twice.insert(twice.begin() + 2, twice[2]);
  EXPECT_EQ(code_of(twice), "out_of_order");

  const PersonId other = PersonId::make(clock, random);
  commit_many(other, 6);
  const auto others = items(other);
  auto exchanged = good;
  exchanged[3] = others[3];
  EXPECT_EQ(code_of(exchanged), "broken_link") << "a true receipt of the same number";
  auto ended_elsewhere = good;
  ended_elsewhere.back() = others.back();
  EXPECT_EQ(code_of(ended_elsewhere), "broken_link");
}

TEST_F(SeriesTest, AnyChangedByteIsRefused) {
  commit_many(person, 3);
  const std::string good = file(person).value();
  SeededRandom where(5);
  for (int i = 0; i < 300; ++i) {
    std::string bent = good;
    // The count is nobody's promise; everything else is checked.
    const auto entries = good.find("\"entries\"");
    const auto at = static_cast<std::size_t>(where.below(good.size()));
    if (at >= entries && at < entries + 14) continue;
    bent[at] = static_cast<char>(bent[at] ^ (1 + where.below(127)));
    EXPECT_FALSE(verify_receipts(bent, log->vkey())) << "byte " << at;
  }
  EXPECT_EQ(verify_receipts("{}", log->vkey()).error().code, "not_receipts");
  EXPECT_EQ(verify_receipts(good + " ", log->vkey()).error().code, "not_receipts");
}

TEST_F(SeriesTest, ErasedEntriesKeepTheirPlace) {
  const auto ids = commit_many(person, 5);
  const std::string before = file(person).value();
  for (const std::size_t gone : {1u, 4u})
    ASSERT_TRUE(
        db->transact([&](store::Transaction& tx) { return commitments.erase(tx, ids[gone]); }));
  const auto series = verified(person);
  ASSERT_TRUE(series) << describe(series.error());
  ASSERT_EQ(numbers(*series), (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_FALSE(series->items[1].receipt);
  EXPECT_TRUE(series->items[2].receipt);
  EXPECT_FALSE(series->items[4].receipt);

  const auto kept = verify_receipts(before, log->vkey()).value();
  const auto joined = join_series(std::vector{*series, kept});
  ASSERT_TRUE(joined) << describe(joined.error());
  EXPECT_TRUE(joined->items[1].receipt) << "what the person kept still proves it";

  commit(person, 6);  // after the newest was erased
  sequencer.run_once().value();
  EXPECT_EQ(numbers(verified(person).value()).back(), 6u);
  ASSERT_TRUE(
      db->transact([&](store::Transaction& tx) { return commitments.erase_person(tx, person); }));
  const auto nothing = verified(person).value();
  EXPECT_EQ(nothing.items.size(), 6u);
  for (const VerifiedItem& item : nothing.items) EXPECT_FALSE(item.receipt);
}

TEST_F(SeriesTest, AFalseEraseMarkMustFitWhatCameBefore) {
  commit_many(person, 4);
  auto doctored = items(person);
  Hash made_up{};
  doctored[2] = {{3, made_up}, {}};
  EXPECT_EQ(code_of(doctored), "broken_link");
}

TEST_F(SeriesTest, FilesOfOnePersonJoin) {
  commit_many(person, 4);
  const auto early = verified(person).value();
  commit_many(person, 3);
  const auto late = verified(person, 3).value();
  EXPECT_EQ(numbers(late), (std::vector<std::uint64_t>{3, 4, 5, 6, 7}));
  const auto joined = join_series(std::vector{late, early});
  ASSERT_TRUE(joined) << describe(joined.error());
  EXPECT_EQ(joined->items.size(), 7u);
  EXPECT_EQ(joined->entries, 7u);

  const auto gap = join_series(std::vector{early, verified(person, 6).value()});
  EXPECT_EQ(gap.error().code, "left_out");
  EXPECT_NE(gap.error().detail.find("5 is missing"), std::string::npos) << gap.error().detail;
  const PersonId other = PersonId::make(clock, random);
  commit_many(other, 2);
  EXPECT_EQ(join_series(std::vector{early, verified(other).value()}).error().code, "forked");
}

TEST_F(SeriesTest, StopsBeforeWhatTheLogDoesNotHaveYet) {
  commit_many(person, 2);
  commit(person, 3);
  const auto series = verified(person).value();
  EXPECT_EQ(series.items.size(), 2u);
  EXPECT_EQ(series.entries, 3u) << "so that the person knows that one is to come";
}

TEST_F(SeriesTest, WhatWasRolledBackTakesNoNumber) {
  commit(person, 1);
  (void)db->transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(commitments.commit(tx, "usage", person, JsonObject{{"n", 99}}));
    return fail(Kind::conflict, "changed_my_mind");
  });
  commit(person, 2);
  sequencer.run_once().value();
  EXPECT_EQ(numbers(verified(person).value()), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(SeriesTest, NeitherLogNorASingleReceiptLeadsToTheOthers) {
  commit_many(person, 3);
  const auto series = verified(person).value();
  for (const VerifiedItem& item : series.items) {
    ASSERT_TRUE(item.link);
    for (std::uint64_t i = 0; i < log->size(); ++i) {
      EXPECT_FALSE(std::ranges::equal(*item.link, log->entry(i).value()));
      EXPECT_EQ(log->entry(i)->size(), 32u);
    }
  }
}

}  // namespace
}  // namespace minben::ledger
