#pragma once
// How much of its quotas and of its rate a subsystem has used under a rule.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "exchange.hpp"

namespace minben::exchange {

/// A rule and a subsystem under it: the same for all versions of the configuration in which the
/// rule has that id (rule_id()).
struct CounterKey {
  std::array<std::uint8_t, 16> bytes{};

  static CounterKey of(std::string_view rule, const SubsystemId& consumer);
  /// The same in two parts, each made once.
  static CounterKey part(std::string_view text);
  friend CounterKey operator^(const CounterKey& a, const CounterKey& b);
  friend auto operator<=>(const CounterKey&, const CounterKey&) = default;
};

/// One counter as it is kept outside, in a database.
struct CounterState {
  struct Used {
    std::int64_t period = 0;  ///< number of the hour, day or month in Taiwan since 1970
    std::int64_t count = 0;

    friend bool operator==(const Used&, const Used&) = default;
  };
  CounterKey key;
  std::int64_t rate_ns = 0;    ///< since 1970: when the rate's burst is whole again
  std::array<Used, 3> used{};  ///< by Period

  friend bool operator==(const CounterState&, const CounterState&) = default;
};

/// When it makes sense to ask again after "rate_exceeded" or "quota_exceeded", from the error.
std::optional<seconds> retry_after(const Error& error);

/// Thread-safe. Time is the caller's; when it goes back, what was used stays used.
class UsageCounters {
 public:
  /// `max`: counters that are kept at once, about 150 bytes each. Those whose periods are over go
  /// first; there are never more than rules with limits times subsystems under them.
  explicit UsageCounters(std::size_t max = 50'000);
  ~UsageCounters();

  /// Counts one request, or nothing at all. Errors, with retry_after(): too_many "rate_exceeded",
  /// "quota_exceeded"; unavailable "too_many_counters" when there is room for no other.
  Result<void> take(const CounterKey& key, const AccessRule& rule, Instant now);
  /// Counts a request that was granted at that time already, also beyond what is allowed; what was
  /// in an earlier period than `now` counts nothing there.
  void note(const CounterKey& key, const AccessRule& rule, Instant granted_at, Instant now);
  /// What take() would say, counting nothing.
  [[nodiscard]] Result<void> check(const CounterKey& key, const AccessRule& rule,
                                   Instant now) const;
  /// Requests counted in the period of `now`.
  [[nodiscard]] std::int64_t used(const CounterKey& key, Period period, Instant now) const;

  /// Counters that still matter at that time, in no order. Requests go on meanwhile.
  [[nodiscard]] std::vector<CounterState> snapshot(Instant now) const;
  /// Adds what was kept; of two values the one that allows less holds, so that it may be called
  /// twice, and while requests go on. What does not fit in is left out.
  void restore(std::span<const CounterState> states, Instant now);

 private:
  struct Shard;
  [[nodiscard]] Shard& shard(const CounterKey& key) const;
  const std::size_t max_of_shard_;
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace minben::exchange
