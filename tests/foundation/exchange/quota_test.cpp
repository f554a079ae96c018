#include "exchange/quota.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace minben::exchange::test {
namespace {

// Monday evening in Taiwan: 20:30.
const Instant start = parse_instant("2026-11-23T12:30:00Z").value();
const SubsystemId wda{"MINBEN", "GOV", "wda", "casework"};
const CounterKey key = CounterKey::of("permits", wda);

AccessRule limited(std::vector<Quota> quotas, std::optional<Rate> rate = {}) {
  AccessRule rule;
  rule.quotas = std::move(quotas);
  rule.rate = rate;
  return rule;
}

/// "ok", or the code and after how many seconds to try again.
std::string taken(UsageCounters& counters, const AccessRule& rule, Instant now,
                  const CounterKey& by = key) {
  const auto done = counters.take(by, rule, now);
  if (done) return "ok";
  const auto wait = retry_after(done.error());
  return fmt::format("{} {}", done.error().code, wait ? wait->count() : -1);
}

TEST(ExchangeQuota, BeginsAnewWithThePeriodInTaiwan) {
  UsageCounters counters;
  const auto fill = [&](const AccessRule& rule, Instant now) {
    EXPECT_EQ(taken(counters, rule, now), "ok");
    EXPECT_EQ(taken(counters, rule, now), "ok");
    return taken(counters, rule, now);
  };
  const AccessRule hourly = limited({{2, Period::hour}});
  EXPECT_EQ(fill(hourly, start), "quota_exceeded 1800");
  EXPECT_EQ(taken(counters, hourly, start + minutes(30) - microseconds(1)), "quota_exceeded 1");
  EXPECT_EQ(fill(hourly, start + minutes(30)), "quota_exceeded 3600");

  const AccessRule daily = limited({{2, Period::day}});  // midnight is 16:00 UTC
  EXPECT_EQ(fill(daily, start), "quota_exceeded 12600");
  EXPECT_EQ(taken(counters, daily, parse_instant("2026-11-23T15:59:59Z").value()),
            "quota_exceeded 1");
  EXPECT_EQ(fill(daily, parse_instant("2026-11-23T16:00:00Z").value()), "quota_exceeded 86400");

  const AccessRule monthly = limited({{2, Period::month}});
  EXPECT_EQ(fill(monthly, start), fmt::format("quota_exceeded {}", (7 * 24 + 3) * 3600 + 1800));
  EXPECT_EQ(fill(monthly, parse_instant("2026-11-30T16:00:00Z").value()),
            fmt::format("quota_exceeded {}", 31 * 86400));
}

TEST(ExchangeQuota, CountsNothingOfWhatItRefuses) {
  UsageCounters counters;
  const AccessRule rule = limited({{5, Period::day}, {2, Period::hour}});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(taken(counters, rule, start), "ok");
  for (int i = 0; i < 10; ++i) EXPECT_EQ(taken(counters, rule, start), "quota_exceeded 1800");
  EXPECT_EQ(counters.used(key, Period::day, start), 2);
  EXPECT_EQ(counters.used(key, Period::hour, start), 2);
  EXPECT_EQ(counters.used(key, Period::hour, start + hours(1)), 0);
  EXPECT_EQ(counters.used(key, Period::day, start + hours(1)), 2);
  // The burst is used up: the quota is not touched, and the other way round.
  const AccessRule slow = limited({{5, Period::day}}, Rate{1, 1});
  const CounterKey other = CounterKey::of("slow", wda);
  EXPECT_EQ(taken(counters, slow, start, other), "ok");
  EXPECT_EQ(taken(counters, slow, start, other), "rate_exceeded 1");
  EXPECT_EQ(counters.used(other, Period::day, start), 1);
}

TEST(ExchangeQuota, RatesAllowABurstAndThenSoManyASecond) {
  UsageCounters counters;
  const AccessRule rule = limited({}, Rate{10, 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(taken(counters, rule, start), "ok");
  EXPECT_EQ(taken(counters, rule, start), "rate_exceeded 1");
  EXPECT_EQ(taken(counters, rule, start + milliseconds(99)), "rate_exceeded 1");
  EXPECT_EQ(taken(counters, rule, start + milliseconds(100)), "ok");
  EXPECT_EQ(taken(counters, rule, start + milliseconds(100)), "rate_exceeded 1");
  int passed = 0;  // for a minute, asked every millisecond
  for (int ms = 200; ms < 60'200; ++ms)
    passed += taken(counters, rule, start + milliseconds(ms)) == "ok";
  EXPECT_EQ(passed, 600);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(taken(counters, rule, start + minutes(5)), "ok");
  EXPECT_EQ(taken(counters, rule, start + minutes(5)), "rate_exceeded 1");
  EXPECT_EQ(retry_after(counters.take(key, limited({}, Rate{1, 1}), start + minutes(5)).error()),
            seconds(1));
}

TEST(ExchangeQuota, ClocksThatGoBackGiveNothingAndTakeNothing) {
  UsageCounters counters;
  const AccessRule quota = limited({{1, Period::day}});
  EXPECT_EQ(taken(counters, quota, start), "ok");
  EXPECT_EQ(taken(counters, quota, start - days(1)).substr(0, 14), "quota_exceeded");
  const AccessRule rate = limited({}, Rate{1, 2});
  const CounterKey other = CounterKey::of("rate", wda);
  EXPECT_EQ(taken(counters, rate, start + hours(1), other), "ok");
  EXPECT_EQ(taken(counters, rate, start, other), "rate_exceeded 1");
  EXPECT_EQ(taken(counters, rate, start + seconds(1), other), "ok");  // not in an hour
}

TEST(ExchangeQuota, SubsystemsAndRulesCountApart) {
  UsageCounters counters;
  const AccessRule rule = limited({{1, Period::day}});
  const SubsystemId boca{"MINBEN", "GOV", "boca", "casework"};
  EXPECT_EQ(taken(counters, rule, start), "ok");
  EXPECT_EQ(taken(counters, rule, start, CounterKey::of("permits", boca)), "ok");
  EXPECT_EQ(taken(counters, rule, start, CounterKey::of("visas", wda)), "ok");
  EXPECT_EQ(taken(counters, rule, start).substr(0, 14), "quota_exceeded");
  EXPECT_EQ(counters.snapshot(start).size(), 3u);
  EXPECT_EQ(taken(counters, AccessRule{}, start), "ok") << "no limit, no counter";
  EXPECT_EQ(counters.snapshot(start).size(), 3u);
}

TEST(ExchangeQuota, IsTheSameAfterASnapshot) {
  UsageCounters before;
  const AccessRule rule = limited({{3, Period::day}, {9, Period::month}}, Rate{1, 3});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(taken(before, rule, start), "ok");
  const auto kept = before.snapshot(start);
  ASSERT_EQ(kept.size(), 1u);

  UsageCounters after;
  after.restore(kept, start);
  after.restore(kept, start);  // twice is once
  EXPECT_EQ(after.snapshot(start), kept);
  EXPECT_EQ(taken(after, rule, start), "rate_exceeded 1");
  EXPECT_EQ(taken(after, rule, start + seconds(3)).substr(0, 14), "quota_exceeded");
  EXPECT_EQ(taken(after, rule, start + days(1)), "ok");
  EXPECT_EQ(after.used(key, Period::month, start + days(1)), 4);
  after.restore(kept, start + days(1));  // what is older takes nothing back
  EXPECT_EQ(after.used(key, Period::day, start + days(1)), 1);
  EXPECT_EQ(after.used(key, Period::month, start + days(1)), 4);

  EXPECT_TRUE(before.snapshot(start + days(40)).empty()) << "nothing of it matters any more";
  UsageCounters late;
  late.restore(kept, start + days(40));
  EXPECT_TRUE(late.snapshot(start).empty());
}

TEST(ExchangeQuota, WhatWasGrantedEarlierIsNotedInItsOwnPeriod) {
  UsageCounters counters;
  const AccessRule rule = limited({{2, Period::hour}, {9, Period::month}}, Rate{1, 2});
  counters.note(key, rule, start - hours(2), start);
  EXPECT_EQ(counters.used(key, Period::hour, start), 0);
  EXPECT_EQ(counters.used(key, Period::month, start), 1);
  for (int i = 0; i < 3; ++i) counters.note(key, rule, start, start);  // beyond what is allowed
  EXPECT_EQ(counters.used(key, Period::hour, start), 3);
  EXPECT_EQ(counters.used(key, Period::month, start), 4);
  EXPECT_EQ(taken(counters, rule, start).substr(0, 13), "rate_exceeded");
  counters.note(key, rule, start - hours(1), start);
  EXPECT_EQ(counters.used(key, Period::hour, start), 3) << "of another hour";
  EXPECT_EQ(counters.used(key, Period::month, start), 5);
  counters.note(CounterKey::of("free", wda), AccessRule{}, start, start);
  EXPECT_EQ(counters.snapshot(start).size(), 1u) << "no limit, no counter";
}

TEST(ExchangeQuota, MemoryIsBoundedAndFullMeansNo) {
  UsageCounters counters(64);
  const AccessRule rule = limited({{1, Period::hour}});
  const auto fill = [&](Instant now) {
    int added = 0;
    for (int i = 0; i < 1000; ++i)
      added += taken(counters, rule, now, CounterKey::of(fmt::format("{}", i), wda)) == "ok";
    return added;
  };
  EXPECT_EQ(fill(start), 64);
  EXPECT_EQ(counters.snapshot(start).size(), 64u);
  EXPECT_EQ(counters.take(CounterKey::of("x", wda), rule, start).error().code, "too_many_counters");
  EXPECT_EQ(fill(start + hours(1)), 64) << "those whose hour is over make room";
}

TEST(ExchangeQuota, NeverGivesMoreThanThereIsToManyThreads) {
  UsageCounters counters;
  const AccessRule rule = limited({{1000, Period::day}});
  std::atomic<int> passed = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 2000; ++i) passed += counters.take(key, rule, start).has_value();
      });
  }
  EXPECT_EQ(passed, 1000);
}

}  // namespace
}  // namespace minben::exchange::test
