#include <atomic>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "store/repeat.hpp"
#include "support/database.hpp"

namespace minben::store {
namespace {

constexpr Query note_run{"test_note_run",
                         "insert into run (job, at) values ($1, clock_timestamp())"};
constexpr Query count_runs{"test_count_runs",
                           "select count(*) as n, count(distinct job) as jobs from run"};
constexpr Query count_jobs{"test_count_jobs", "select count(*) as n from store.job"};

struct JobDatabase : test::TestDatabase {
  VirtualClock clock{*parse_instant("2026-11-23T00:00:00Z")};

  JobDatabase() {
    const auto made = database().transact([](Transaction& transaction) {
      return transaction.run_script(
          "create table run (job text not null, at timestamptz not null)");
    });
    MINBEN_ASSERT(made.has_value());
  }
  void add(const std::string& key, Instant run_at = {}, const Json& payload = nullptr) {
    const auto added = database().transact(
        [&](Transaction& t) { return enqueue(t, {"test.work", key, payload, run_at}); });
    ASSERT_TRUE(added) << describe(added.error());
  }
  std::int64_t jobs() { return database().run(count_jobs)->front().integer("n"); }
  std::int64_t runs() { return database().run(count_runs)->front().integer("n"); }
};

Result<void> write_down(Transaction& transaction, const Job& job) {
  MINBEN_CHECK(transaction.run(note_run, job.key));
  return {};
}

TEST(Jobs, RunExactlyOnceOnTwoNodes) {
  JobDatabase db;
  constexpr int count = 200;
  for (int i = 0; i < count; ++i) db.add(std::to_string(i));
  Workers one(db.database(), db.clock, 3), two(db.database(), db.clock, 3);
  one.on("test.work", write_down);
  two.on("test.work", write_down);
  one.start();
  two.start();
  for (int i = 0; i < 1000 && db.jobs() > 0; ++i) std::this_thread::sleep_for(milliseconds{10});
  one.stop();
  two.stop();
  const auto rows = db->run(count_runs);
  EXPECT_EQ(rows->front().integer("n"), count);
  EXPECT_EQ(rows->front().integer("jobs"), count);
}

TEST(Jobs, WaitForTheirTime) {
  JobDatabase db;
  db.add("later", db.clock.now() + days{40});
  Workers workers(db.database(), db.clock);
  workers.on("test.work", write_down);
  EXPECT_EQ(*workers.run_due(), 0);
  db.clock.advance(days{40} - seconds{1});
  EXPECT_EQ(*workers.run_due(), 0);
  db.clock.advance(seconds{1});
  EXPECT_EQ(*workers.run_due(), 1);
  EXPECT_EQ(db.jobs(), 0);
}

TEST(Jobs, OneWaitsPerKindAndKeyAndTheLastCounts) {
  JobDatabase db;
  db.add("same", db.clock.now() + hours{1}, "old");
  db.add("same", db.clock.now(), "new");
  Workers workers(db.database(), db.clock);
  Json seen;
  workers.on("test.work", [&](Transaction&, const Job& job) -> Result<void> {
    seen = job.payload;
    return {};
  });
  EXPECT_EQ(*workers.run_due(), 1);
  EXPECT_EQ(seen, "new");
}

TEST(Jobs, AreNotSeenWhenTheirTransactionRollsBackAndCanBeCancelled) {
  JobDatabase db;
  EXPECT_FALSE(db->transact([&](Transaction& t) -> Result<void> {
    MINBEN_CHECK(enqueue(t, {"test.work", "a", nullptr, {}}));
    return fail(Kind::conflict, "no");
  }));
  EXPECT_EQ(db.jobs(), 0);
  db.add("b");
  EXPECT_TRUE(db->transact([&](Transaction& t) { return cancel_job(t, "test.work", "b"); }));
  EXPECT_TRUE(db->transact([&](Transaction& t) { return cancel_job(t, "test.work", "b"); }));
  EXPECT_EQ(db.jobs(), 0);
}

TEST(Jobs, AFailedAttemptLeavesNothingAndIsTriedAgainLater) {
  JobDatabase db;
  db.add("shaky");
  Workers workers(db.database(), db.clock);
  std::vector<int> attempts;
  workers.on("test.work", [&](Transaction& t, const Job& job) -> Result<void> {
    attempts.push_back(job.attempt);
    MINBEN_CHECK(write_down(t, job));
    if (job.attempt < 3) return fail(Kind::unavailable, "printer_on_fire");
    return {};
  });
  EXPECT_EQ(*workers.run_due(), 1);
  EXPECT_EQ(*workers.run_due(), 0) << "not before a second has passed";
  EXPECT_EQ(db.runs(), 0);
  db.clock.advance(seconds{1});
  EXPECT_EQ(*workers.run_due(), 1);
  db.clock.advance(seconds{1});
  EXPECT_EQ(*workers.run_due(), 0) << "the second pause is two seconds";
  db.clock.advance(seconds{1});
  EXPECT_EQ(*workers.run_due(), 1);
  EXPECT_EQ(attempts, (std::vector{1, 2, 3}));
  EXPECT_EQ(db.runs(), 1);
  EXPECT_EQ(db.jobs(), 0);
}

TEST(Jobs, AQueryThatFailsInTheHandlerCountsAsFailure) {
  JobDatabase db;
  db.add("sql");
  Workers workers(db.database(), db.clock);
  constexpr Query broken{"test_broken", "select 1 / 0"};
  workers.on("test.work", [&](Transaction& t, const Job& job) -> Result<void> {
    if (job.attempt == 1) t.queue(broken);  // comes out at the commit
    if (job.attempt == 2) MINBEN_CHECK(t.run(broken));
    return write_down(t, job);
  });
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(*workers.run_due(), 1) << i;
    db.clock.advance(hours{2});
  }
  EXPECT_EQ(db.runs(), 1);
}

TEST(Jobs, DieAfterTwentyAttemptsAndCanBeRevived) {
  JobDatabase db;
  db.add("hopeless");
  Workers workers(db.database(), db.clock);
  bool repaired = false;
  workers.on("test.work", [&](Transaction&, const Job&) -> Result<void> {
    if (repaired) return {};
    return fail(Kind::internal, "hopeless");
  });
  int runs = 0;
  for (int i = 0; i < 30; ++i) {
    runs += *workers.run_due();
    db.clock.advance(hours{1});
  }
  EXPECT_EQ(runs, 20);
  const auto dead = db->transact([](Transaction& t) { return dead_jobs(t); });
  ASSERT_EQ(dead->size(), 1u);
  EXPECT_EQ(dead->front().last_error, "hopeless");
  repaired = true;
  ASSERT_TRUE(db->transact([&](Transaction& t) { return revive_job(t, dead->front().job.id); }));
  EXPECT_EQ(*workers.run_due(), 1);
  EXPECT_EQ(db.jobs(), 0);
}

TEST(Jobs, AHandlerMayScheduleItsOwnSuccessor) {
  JobDatabase db;
  db.add("daily");
  Workers workers(db.database(), db.clock);
  workers.on("test.work", [&](Transaction& t, const Job& job) -> Result<void> {
    MINBEN_CHECK(enqueue(t, {job.kind, job.key, nullptr, db.clock.now() + days{1}}));
    return write_down(t, job);
  });
  for (int day = 1; day <= 3; ++day) {
    EXPECT_EQ(*workers.run_due(), 1);
    db.clock.advance(days{1});
  }
  EXPECT_EQ(db.jobs(), 1);
}

TEST(Jobs, WhatRepeatsKeepsItsPlanWhenSomebodyStartsAnew) {
  VirtualClock clock{*parse_instant("2026-11-23T00:00:00Z")};
  test::TestDatabase db{clock, {}};
  int runs = 0;
  const auto start_and_run = [&] {
    Workers workers(db.database(), clock);
    repeat(workers, db.database(), "test.daily", days{1}, [&](Transaction&) -> Result<void> {
      ++runs;
      return {};
    });
    EXPECT_TRUE(workers.run_due());
  };
  for (int hour = 0; hour <= 72; hour += 6) {
    start_and_run();
    clock.advance(hours{6});
  }
  EXPECT_EQ(runs, 3);
}

TEST(Jobs, WakeAnIdleWorkerAtOnce) {
  JobDatabase db;
  Workers workers(db.database(), db.clock, 1);
  std::atomic<bool> ran{false};
  workers.on("test.work", [&](Transaction&, const Job&) -> Result<void> {
    ran = true;
    return {};
  });
  workers.start();
  std::this_thread::sleep_for(milliseconds{300});
  const auto begin = std::chrono::steady_clock::now();
  db.add("now");
  for (int i = 0; i < 500 && !ran; ++i) std::this_thread::sleep_for(milliseconds{2});
  EXPECT_TRUE(ran);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds{600})
      << "sooner than polling would";
}

TEST(Jobs, SurviveTheKillingOfTheirNodeAtAnyMoment) {
#if __has_feature(thread_sanitizer)
  GTEST_SKIP() << "it allows no threads after a fork";
#endif
  JobDatabase db;
  constexpr int count = 300;
  const unsigned seed = std::random_device{}();
  std::minstd_rand random(seed);
  for (int i = 0; i < count; ++i) db.add(std::to_string(i));
  int kills = 0;
  for (; db.jobs() > 0 && kills < 500; ++kills) {
    const pid_t node = ::fork();
    if (node == 0) {  // a node of its own, which does nothing but work
      DatabaseConfig config;
      config.url = db.url();
      const auto database = Database::open(config, db.clock);
      if (!database) ::_exit(1);
      Workers workers(**database, db.clock, 2);
      workers.on("test.work", write_down);
      workers.start();
      for (;;) ::pause();
    }
    // Longer lives as time goes on, so that a slow machine gets there too.
    std::this_thread::sleep_for(
        microseconds{5000 + random() % (40000 + 2000 * static_cast<unsigned>(kills))});
    ::kill(node, SIGKILL);
    ::waitpid(node, nullptr, 0);
    // The server ends the orphaned sessions, and with them their transactions, a moment later.
  }
  const auto rows = db->run(count_runs);
  EXPECT_EQ(rows->front().integer("n"), count) << "seed " << seed << ", kills " << kills;
  EXPECT_EQ(rows->front().integer("jobs"), count);
  EXPECT_GT(kills, 1);
}

TEST(Jobs, OfAKindNobodyHereKnowsAreLeftAlone) {
  JobDatabase db;
  ASSERT_TRUE(
      db->transact([](Transaction& t) { return enqueue(t, {"other.work", "", nullptr, {}}); }));
  Workers workers(db.database(), db.clock);
  workers.on("test.work", write_down);
  EXPECT_EQ(*workers.run_due(), 0);
  EXPECT_EQ(db.jobs(), 1);
}

}  // namespace
}  // namespace minben::store
