#pragma once
// More of the log for a while, without a restart.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "administrator.hpp"
#include "gateway.hpp"

namespace minben::gateway {

/// The level belongs to the process: gateways that share one share it as well. Thread-safe.
class LogLevel {
 public:
  static constexpr seconds longest{3600};

  LogLevel(const Clock& clock, const Administrator& administrator);
  ~LogLevel();  ///< falls back
  /// POST /log-level {"level": "debug", "for_s": 600} from this machine, with the secret in
  /// Minben-Admin. Errors: unauthorised "not_the_administrator"; invalid "unknown_level",
  /// "out_of_range" (1 to 3600 s), those of JSON.
  net::Response handle(const net::Request& request);
  /// Until when. Errors: invalid "unknown_level", "out_of_range".
  Result<Instant> raise(std::string_view level, seconds for_s);
  [[nodiscard]] LogState state() const;

 private:
  Result<Instant> change(const net::Request& request);
  void run();

  const Clock& clock_;
  const Administrator& administrator_;
  const int usual_;  ///< spdlog's number of the level that the process began with
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Instant> until_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
