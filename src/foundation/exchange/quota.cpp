#include "quota.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

namespace minben::exchange {

namespace {

constexpr std::size_t shard_count = 16;
constexpr std::string_view retry_field = "retry_after=";
constexpr hours taiwan{8};
/// A full set of counters is searched for old ones this often, not at each request.
constexpr seconds between_sweeps{10};

std::int64_t ns_since_1970(Instant time) { return time.time_since_epoch().count() * 1000; }

std::int64_t number_of(Period period, Instant time) {
  const Instant there = time + taiwan;
  if (period == Period::hour) return std::chrono::floor<hours>(there).time_since_epoch().count();
  if (period == Period::day) return std::chrono::floor<days>(there).time_since_epoch().count();
  const Date date{std::chrono::floor<days>(there)};
  return (int{date.year()} - 1970) * 12 + static_cast<int>(unsigned{date.month()}) - 1;
}

Instant end_of(Period period, Instant time) {
  if (period == Period::hour) return std::chrono::floor<hours>(time) + hours(1);
  const Date today = taiwan_date(time);
  if (period == Period::day) return taiwan_midnight(add_days(today, 1));
  const Date first{today.year(), today.month(), std::chrono::day{1}};
  return taiwan_midnight(add_months(first, 1));
}

std::unexpected<Error> refuse(std::string_view code, std::string_view detail, microseconds wait) {
  const auto rounded = std::max(std::chrono::ceil<seconds>(wait), seconds(1));
  return fail(Kind::too_many, code, detail, fmt::format("{}{}", retry_field, rounded.count()));
}

/// The generic cell rate algorithm (ITU-T I.371): one instant says how much of the burst is left.
struct RateCell {
  std::int64_t step_ns, room_ns;

  explicit RateCell(const Rate& rate)
      : step_ns(1'000'000'000 / rate.per_second), room_ns(step_ns * rate.burst) {}
  [[nodiscard]] std::int64_t wait(std::int64_t state, std::int64_t now) const {
    return std::max(state, now) + step_ns - (now + room_ns);
  }
};

bool matters(const CounterState& state, Instant now) {
  if (state.rate_ns > ns_since_1970(now)) return true;
  for (const Period period : {Period::hour, Period::day, Period::month}) {
    const auto& [number, count] = state.used[static_cast<std::size_t>(period)];
    if (count > 0 && number >= number_of(period, now)) return true;
  }
  return false;
}

Result<void> allow(const CounterState& state, const AccessRule& rule, Instant now) {
  if (rule.rate) {
    const RateCell cell(*rule.rate);
    const std::int64_t wait_ns = cell.wait(state.rate_ns, ns_since_1970(now));
    if (wait_ns > 0)
      return refuse("rate_exceeded",
                    fmt::format("{} a second, {} at once", rule.rate->per_second, rule.rate->burst),
                    microseconds((wait_ns + 999) / 1000));
  }
  for (const auto& [limit, period] : rule.quotas) {
    const auto& [number, count] = state.used[static_cast<std::size_t>(period)];
    if (number >= number_of(period, now) && count >= limit)
      return refuse("quota_exceeded",
                    fmt::format("{} in this {}", limit,
                                period == Period::hour  ? "hour"
                                : period == Period::day ? "day"
                                                        : "month"),
                    end_of(period, now) - now);
  }
  return {};
}

/// No counter is further ahead than a whole burst, unless the clock went back: then it would refuse
/// for as long.
void follow_clock(CounterState& state, const AccessRule& rule, Instant now) {
  if (rule.rate)
    state.rate_ns = std::min(state.rate_ns, ns_since_1970(now) + RateCell(*rule.rate).room_ns);
}

void count(CounterState& state, const AccessRule& rule, Instant now) {
  if (rule.rate) {
    const RateCell cell(*rule.rate);
    state.rate_ns = std::max(state.rate_ns, ns_since_1970(now)) + cell.step_ns;
  }
  for (const Quota& quota : rule.quotas) {
    auto& used = state.used[static_cast<std::size_t>(quota.per)];
    const std::int64_t number = number_of(quota.per, now);
    if (number > used.period) used = {number, 0};
    ++used.count;
  }
}

void merge(CounterState& into, const CounterState& other) {
  into.rate_ns = std::max(into.rate_ns, other.rate_ns);
  for (std::size_t i = 0; i < into.used.size(); ++i) {
    auto& mine = into.used[i];
    const auto& theirs = other.used[i];
    if (theirs.period > mine.period) mine = theirs;
    else if (theirs.period == mine.period) mine.count = std::max(mine.count, theirs.count);
  }
}

struct KeyHash {  // the bytes are of a hash already
  std::size_t operator()(const CounterKey& key) const {
    std::size_t value = 0;
    std::memcpy(&value, key.bytes.data(), sizeof value);
    return value;
  }
};

}  // namespace

struct UsageCounters::Shard {
  mutable std::mutex mutex;
  std::unordered_map<CounterKey, CounterState, KeyHash> states;
  Instant swept{};

  /// Nothing when there is no room.
  CounterState* find_or_add(const CounterKey& key, std::size_t max, Instant now) {
    if (const auto known = states.find(key); known != states.end()) return &known->second;
    if (states.size() >= max && now - swept >= between_sweeps) {
      swept = now;
      std::erase_if(states, [&](const auto& each) { return !matters(each.second, now); });
    }
    if (states.size() >= max) return nullptr;
    CounterState& added = states[key];
    added.key = key;
    return &added;
  }
};

CounterKey CounterKey::of(std::string_view rule, const SubsystemId& consumer) {
  return part(rule) ^ part(to_string(consumer));
}

CounterKey CounterKey::part(std::string_view text) {
  const Sha256 digest = sha256(text);
  CounterKey key;
  std::ranges::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
  return key;
}

CounterKey operator^(const CounterKey& a, const CounterKey& b) {
  CounterKey key = a;
  for (std::size_t i = 0; i < key.bytes.size(); ++i) key.bytes[i] ^= b.bytes[i];
  return key;
}

std::optional<seconds> retry_after(const Error& error) {
  if (error.kind != Kind::too_many || !error.field.starts_with(retry_field)) return {};
  const auto number =
      parse_integer(std::string_view(error.field).substr(retry_field.size()), 1, INT32_MAX);
  return number ? std::optional(seconds(*number)) : std::nullopt;
}

UsageCounters::UsageCounters(std::size_t max)
    : max_of_shard_(std::max<std::size_t>(max / shard_count, 1)),
      shards_(std::make_unique<Shard[]>(shard_count)) {}
UsageCounters::~UsageCounters() = default;

UsageCounters::Shard& UsageCounters::shard(const CounterKey& key) const {
  return shards_[key.bytes.back() % shard_count];
}

Result<void> UsageCounters::take(const CounterKey& key, const AccessRule& rule, Instant now) {
  if (!rule.rate && rule.quotas.empty()) return {};
  Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  CounterState* state = own.find_or_add(key, max_of_shard_, now);
  if (!state)
    return fail(Kind::unavailable, "too_many_counters", "no room to count the use of another rule");
  follow_clock(*state, rule, now);
  MINBEN_CHECK(allow(*state, rule, now));
  count(*state, rule, now);
  return {};
}

void UsageCounters::note(const CounterKey& key, const AccessRule& rule, Instant granted_at,
                         Instant now) {
  if (!rule.rate && rule.quotas.empty()) return;
  Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  CounterState* state = own.find_or_add(key, max_of_shard_, now);
  if (!state) return;
  CounterState once;
  count(once, rule, granted_at);
  for (std::size_t i = 0; i < once.used.size(); ++i) {
    auto& used = state->used[i];
    if (once.used[i].period > used.period) used = once.used[i];
    else if (once.used[i].period == used.period) used.count += once.used[i].count;
  }
  if (rule.rate)
    state->rate_ns =
        once.rate_ns + std::max<std::int64_t>(0, state->rate_ns - ns_since_1970(granted_at));
  follow_clock(*state, rule, now);
}

Result<void> UsageCounters::check(const CounterKey& key, const AccessRule& rule,
                                  Instant now) const {
  const Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  const auto known = own.states.find(key);
  if (known == own.states.end()) return {};
  CounterState state = known->second;
  follow_clock(state, rule, now);
  return allow(state, rule, now);
}

std::int64_t UsageCounters::used(const CounterKey& key, Period period, Instant now) const {
  const Shard& own = shard(key);
  const std::lock_guard lock(own.mutex);
  const auto known = own.states.find(key);
  if (known == own.states.end()) return 0;
  const auto& [number, count] = known->second.used[static_cast<std::size_t>(period)];
  return number >= number_of(period, now) ? count : 0;
}

std::vector<CounterState> UsageCounters::snapshot(Instant now) const {
  std::vector<CounterState> all;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    for (const auto& [key, state] : shards_[i].states)
      if (matters(state, now)) all.push_back(state);
  }
  return all;
}

void UsageCounters::restore(std::span<const CounterState> states, Instant now) {
  for (const CounterState& state : states) {
    if (!matters(state, now)) continue;
    Shard& own = shard(state.key);
    const std::lock_guard lock(own.mutex);
    if (CounterState* mine = own.find_or_add(state.key, max_of_shard_, now)) merge(*mine, state);
  }
}

}  // namespace minben::exchange
