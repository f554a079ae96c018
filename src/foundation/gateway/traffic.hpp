#pragma once
// What passed this gateway in the last day, hour by hour.
#include <map>
#include <mutex>

#include "operations.hpp"
#include "record.hpp"

namespace minben::gateway {

/// How many took how long, in eighths of a doubling from 1/8 ms to two minutes.
class Latencies {
 public:
  void add(double milliseconds);
  void add(const Latencies& other);
  /// What that share of all did not exceed, rounded up to the next eighth; 0 without any.
  [[nodiscard]] double quantile(double share) const;

 private:
  std::array<std::uint32_t, 160> counts_{};
};

/// Thread-safe. At most max_services on both sides together, of which each takes 16 kB; later ones
/// are not followed. Forgets at a restart.
class Traffic {
 public:
  static constexpr std::size_t max_services = 200;

  /// An exchange that ended. `now`: when it was durable and its answer could leave.
  void add(const ExchangeRecord& record, bool succeeded, Instant now);
  [[nodiscard]] std::vector<ServiceTraffic> report(Instant now) const;

 private:
  struct Slot {
    std::int64_t hour = -1;  ///< since 1970
    HourOfTraffic count;
    Latencies latencies;
  };
  using Kept = std::array<Slot, hours_of_traffic>;
  using Key = std::pair<Role, ServiceId>;

  mutable std::mutex mutex_;
  std::map<Key, Kept> services_;
};

}  // namespace minben::gateway
