#pragma once
// How services of this gateway's registers did lately, as X-Road's getSecurityServerHealthData
// tells it (pr-opmon §3.2): the newest success and failure, and statistics over the last period.
#include <array>
#include <map>
#include <mutex>

#include "record.hpp"

namespace minben::gateway {

/// Count, extremes, mean and standard deviation in constant space (Welford's sums, which can be
/// added up: Chan, Golub and LeVeque 1979).
class Statistics {
 public:
  void add(double value);
  void add(const Statistics& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double min() const { return min_; }
  [[nodiscard]] double max() const { return max_; }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] double deviation() const;  ///< of these values, not of a sample; 0 without any

 private:
  std::uint64_t count_ = 0;
  double min_ = 0;
  double max_ = 0;
  double mean_ = 0;
  double squares_ = 0;  ///< of distances from the mean, summed
};

/// Thread-safe. At most max_services; later ones are not followed.
class ServiceHealth {
 public:
  static constexpr seconds period{600};  ///< as X-Road's; seen in steps of a minute
  static constexpr std::size_t max_services = 1000;

  explicit ServiceHealth(Instant started_at) : started_at_(started_at) {}
  /// An exchange that was served. `now`: when it was durable and its answer could leave.
  void add(const ExchangeRecord& record, bool succeeded, Instant now);
  [[nodiscard]] JsonObject report(Instant now) const;

 private:
  struct Slot {
    std::int64_t minute = -1;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
    Statistics duration_ms, request_bytes, response_bytes;
  };
  struct Kept {
    Instant last_success{}, last_failure{};  ///< 0: none yet
    std::array<Slot, period / minutes(1)> slots{};
  };
  static Slot sum_of(const Kept& kept, Instant now);
  static JsonObject report_of(const ServiceId& service, const Kept& kept, Instant now);

  const Instant started_at_;
  mutable std::mutex mutex_;
  std::map<ServiceId, Kept> services_;
};

}  // namespace minben::gateway
