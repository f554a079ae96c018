#pragma once
#include <deque>
#include <mutex>
#include <unordered_set>

#include "gateway.hpp"

namespace minben::gateway {

inline constexpr seconds request_lifetime_s{60};

/// Remembers requests for as long as they could be repeated. What was accepted before a restart is
/// forgotten, therefore nothing older than the start is accepted either. Thread-safe, bounded.
class ReplayWindow {
 public:
  explicit ReplayWindow(Instant started, std::size_t max_requests = 262144)
      : started_(started), max_requests_(max_requests) {}
  /// Errors: "request_too_old", "request_from_the_future" (more than 5 s), "request_before_start"
  /// (unavailable: sign it anew), "request_replayed", "too_many_requests".
  Result<void> accept(std::string_view peer, std::string_view id, Instant signed_at, Instant now);

 private:
  void forget(Instant now);
  const Instant started_;
  const std::size_t max_requests_;
  std::mutex mutex_;
  std::unordered_set<std::string> seen_;
  std::deque<std::pair<Instant, std::string>> order_;  ///< by time of acceptance
};

}  // namespace minben::gateway
