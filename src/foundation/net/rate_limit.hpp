#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace minben::net {

/// A token bucket for each address (IPv6: each /64), bursts of two seconds' worth. Bounded memory:
/// at most 65536 addresses, full buckets are forgotten first. Thread-safe.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateLimit(int per_second) : per_second_(per_second) {}
  bool allow(std::string_view address, Time now);

 private:
  struct Bucket {
    double tokens;
    Time at;
  };
  void forget_full(Time now);
  const int per_second_;  ///< 0: everything is allowed
  std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace minben::net
