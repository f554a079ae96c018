#include <atomic>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "store/live.hpp"
#include "support/database.hpp"

namespace minben::store {
namespace {

/// Collects what a subscriber is given.
struct Reader {
  std::mutex mutex;
  std::vector<Event> seen;

  Subscriber::Handler handler() {
    return [this](Transaction&, std::span<const Event> events) -> Result<void> {
      const std::lock_guard lock(mutex);
      seen.insert(seen.end(), events.begin(), events.end());
      return {};
    };
  }
  std::size_t size() {
    const std::lock_guard lock(mutex);
    return seen.size();
  }
  std::vector<std::string> keys() {
    const std::lock_guard lock(mutex);
    std::vector<std::string> keys;
    for (const Event& event : seen) keys.push_back(event.key);
    return keys;
  }
};

Result<void> publish_one(Database& database, const std::string& topic, const std::string& key) {
  return database.transact([&](Transaction& t) { return publish(t, topic, key, nullptr); });
}

template <class Condition>
bool eventually(Condition condition) {
  for (int i = 0; i < 1500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds{10});
  }
  return false;
}

TEST(Outbox, DeliversCommittedEventsOfItsTopicsInOrder) {
  test::TestDatabase db;
  ASSERT_TRUE(publish_one(db.database(), "case", "1"));
  ASSERT_TRUE(publish_one(db.database(), "other", "x"));
  EXPECT_FALSE(db->transact([](Transaction& t) -> Result<void> {
    MINBEN_CHECK(publish(t, "case", "rolled back", nullptr));
    return fail(Kind::conflict, "no");
  }));
  ASSERT_TRUE(db->transact([](Transaction& t) -> Result<void> {
    MINBEN_CHECK(publish(t, "case", "2", nullptr));
    MINBEN_CHECK(publish(t, "usage", "3", Json{{"n", 3}}));
    return publish(t, "case", "4", nullptr);
  }));
  Reader reader;
  Subscriber subscriber(db.database(), "test", {"case", "usage"}, reader.handler());
  EXPECT_EQ(*subscriber.run_once(), 4);
  EXPECT_EQ(reader.keys(), (std::vector<std::string>{"1", "2", "3", "4"}));
  EXPECT_EQ(reader.seen[2].payload, (Json{{"n", 3}}));
  EXPECT_EQ(*subscriber.run_once(), 0);
}

TEST(Outbox, HoldsBackWhatAnOlderOpenTransactionCouldStillPrecede) {
  test::TestDatabase db;
  Reader reader;
  Subscriber subscriber(db.database(), "test", {"case"}, reader.handler());
  ASSERT_TRUE(db->transact([&](Transaction& slow) -> Result<void> {
    MINBEN_CHECK(publish(slow, "case", "slow", nullptr));
    constexpr Query flush{"test_flush", "select 1"};
    MINBEN_CHECK(slow.run(flush));  // the slow one has its place in the order now
    EXPECT_TRUE(publish_one(db.database(), "case", "fast"));
    EXPECT_EQ(*subscriber.run_once(), 0) << "\"fast\" is committed, but not settled";
    return {};
  }));
  EXPECT_EQ(*subscriber.run_once(), 2);
  EXPECT_EQ(reader.keys(), (std::vector<std::string>{"slow", "fast"}));
}

TEST(Outbox, LosesAndRepeatsNothingUnderConcurrentWriters) {
  test::TestDatabase db(test::TestDatabase::system_clock(), {}, 12);
  constexpr int writers = 6, each = 150;
  Reader reader;
  Subscriber one(db.database(), "test", {"case"}, reader.handler(), 17);
  Subscriber two(db.database(), "test", {"case"}, reader.handler(), 17);  // another node
  one.start();
  two.start();
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      for (int i = 0; i < each; ++i)
        ASSERT_TRUE(db->transact([&](Transaction& t) -> Result<void> {
          MINBEN_CHECK(
              publish(t, "case", std::to_string(w) + ":" + std::to_string(2 * i), nullptr));
          if (i % 7 == w) std::this_thread::sleep_for(milliseconds{5});
          return publish(t, "case", std::to_string(w) + ":" + std::to_string(2 * i + 1), nullptr);
        }));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(eventually([&] { return reader.size() >= 2 * writers * each; }));
  one.stop();
  two.stop();
  ASSERT_EQ(reader.size(), static_cast<std::size_t>(2 * writers * each));
  std::array<int, writers> next{};
  std::int64_t last = 0;
  for (const Event& event : reader.seen) {
    EXPECT_GT(event.position, last);
    last = event.position;
    const int w = event.key[0] - '0';
    EXPECT_EQ(event.key.substr(2), std::to_string(next[w]++))
        << "each writer's events keep their order";
  }
}

TEST(Outbox, AFailedBatchIsHandledAgainAndItsEffectsAreUndone) {
  test::TestDatabase db;
  ASSERT_TRUE(publish_one(db.database(), "case", "1"));
  bool broken = true;
  int calls = 0;
  Subscriber subscriber(db.database(), "test", {"case"},
                        [&](Transaction& t, std::span<const Event>) -> Result<void> {
                          ++calls;
                          MINBEN_CHECK(enqueue(t, {"effect", std::to_string(calls), nullptr, {}}));
                          if (broken) return fail(Kind::unavailable, "down");
                          return {};
                        });
  EXPECT_FALSE(subscriber.run_once());
  broken = false;
  EXPECT_EQ(*subscriber.run_once(), 1);
  constexpr Query effects{"test_effects", "select key from store.job"};
  const auto rows = db->run(effects);
  ASSERT_EQ(rows->size(), 1);
  EXPECT_EQ(rows->front().text("key"), "2");
}

TEST(Outbox, WakesASubscriberSoonerThanPolling) {
  test::TestDatabase db;
  Reader reader;
  Subscriber subscriber(db.database(), "test", {"case"}, reader.handler());
  subscriber.start();
  DatabaseConfig config;
  config.url = db.url();
  const auto other_node = std::move(*Database::open(config, test::TestDatabase::system_clock()));
  std::this_thread::sleep_for(milliseconds{300});
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(publish_one(*other_node, "case", "1"));
  EXPECT_TRUE(eventually([&] { return reader.size() == 1; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds{1000});
}

TEST(Outbox, PositionsGrowAfterARestoreIntoAYoungerCluster) {
  test::TestDatabase db;
  Reader reader;
  Subscriber subscriber(db.database(), "test", {"case"}, reader.handler());
  // As a dump from a cluster far ahead leaves it.
  constexpr Query old_event{
      "test_old_event",
      "insert into store.event values (5000000000::bigint << 20, 'case', 'old', "
      "'null', now())"};
  constexpr Query old_reader{
      "test_old_reader", "insert into store.subscriber values ('test', 5000000000::bigint << 20)"};
  ASSERT_TRUE(db->run(old_event));
  ASSERT_TRUE(db->run(old_reader));
  const auto own = migrations();
  ASSERT_TRUE(db->migrate(own));
  ASSERT_TRUE(publish_one(db.database(), "case", "new"));
  EXPECT_EQ(*subscriber.run_once(), 1);
  EXPECT_EQ(reader.keys(), std::vector<std::string>{"new"});
}

TEST(Outbox, ForgetsOldEventsOnlyWhenEveryoneHasSeenThem) {
  VirtualClock clock(*parse_instant("2026-11-23T00:00:00Z"));
  test::TestDatabase db(clock);
  Reader reader;
  Subscriber quick(db.database(), "quick", {"case"}, reader.handler());
  Subscriber slow(db.database(), "slow", {"case"}, reader.handler());
  EXPECT_EQ(*slow.run_once(), 0);
  ASSERT_TRUE(publish_one(db.database(), "case", "1"));
  EXPECT_EQ(*quick.run_once(), 1);
  clock.advance(days{30});
  const auto prune = [&] {
    return *db->transact([&](Transaction& t) { return prune_events(t, clock.now()); });
  };
  EXPECT_EQ(prune(), 0);
  EXPECT_EQ(*slow.run_once(), 1);
  EXPECT_EQ(prune(), 1);
}

TEST(Outbox, IsPrunedDailyByItself) {
  VirtualClock clock(*parse_instant("2026-11-23T00:00:00Z"));
  test::TestDatabase db(clock);
  Workers workers(db.database(), clock);
  prune_daily(db.database(), workers, days{2});
  Reader reader;
  Subscriber subscriber(db.database(), "test", {"case"}, reader.handler());
  ASSERT_TRUE(publish_one(db.database(), "case", "1"));
  EXPECT_EQ(*subscriber.run_once(), 1);
  constexpr Query count{"test_count", "select count(*) as n from store.event"};
  for (int day = 1; day <= 3; ++day) {
    EXPECT_EQ(db->run(count)->front().integer("n"), 1) << day;
    clock.advance(days{1});
    EXPECT_EQ(*workers.run_due(), 1) << day;
  }
  EXPECT_EQ(db->run(count)->front().integer("n"), 0);
}

TEST(Waiter, IsWokenOnEveryNodeByWhatCommitsAndByNothingElse) {
  minben::test::TestDatabase db;
  const auto other = *Database::open({.url = db.url()}, minben::test::TestDatabase::system_clock());
  Waiter here(db.database()), there(*other);
  for (Waiter* each : {&here, &there})
    while (each->wait_for(milliseconds{300})) {
    }
  const auto announce = [&](bool commit) {
    return db->transact([&](Transaction& t) -> Result<void> {
      t.announce(live_channel);
      if (!commit) return fail(Kind::invalid, "not_now");
      return {};
    });
  };
  EXPECT_FALSE(announce(false));
  EXPECT_FALSE(there.wait_for(milliseconds{200}));
  EXPECT_FALSE(here.wait_for(milliseconds{0}));
  ASSERT_TRUE(announce(true));
  EXPECT_TRUE(here.wait_for(milliseconds{5000}));
  EXPECT_TRUE(there.wait_for(milliseconds{5000}));
  here.wake();
  EXPECT_TRUE(here.wait_for(milliseconds{0}));
}

TEST(Listener, SeesEveryEventFromNowOnOnEveryNode) {
  test::TestDatabase db;
  ASSERT_TRUE(publish_one(db.database(), "case", "before"));
  std::mutex mutex;
  std::vector<std::string> here, there;
  const auto collect = [&](std::vector<std::string>& into) {
    return [&](const Event& event) {
      const std::lock_guard lock(mutex);
      into.push_back(event.key);
    };
  };
  Listener one(db.database(), {"case"}, collect(here));
  Listener two(db.database(), {"case"}, collect(there));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(publish_one(db.database(), "case", std::to_string(i)));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return here.size() >= 20 && there.size() >= 20;
  }));
  EXPECT_EQ(here.size(), 20u);
  EXPECT_EQ(here, there);
  EXPECT_EQ(here.front(), "0");
}

}  // namespace
}  // namespace minben::store
