#pragma once
// Which gateway of a member is asked: the least busy of those that answered lately.
#include <mutex>

#include "gateway.hpp"

namespace minben::gateway {

/// Thread-safe. A gateway that could not be reached is not tried for a while, unless there is no
/// other; the while grows from 1 s to 30 s.
class Health {
 public:
  explicit Health(const Clock& clock) : clock_(clock) {}
  /// URLs of that member's gateways, the best first.
  std::vector<std::string> order(const Member& member);
  void begin(const std::string& url);
  void end(const std::string& url, bool reached);
  struct State {
    int under_way = 0;
    int failures = 0;  ///< since it was reached last
    Instant not_before{};
  };
  [[nodiscard]] std::map<std::string, State> states() const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, State> states_;
};

}  // namespace minben::gateway
