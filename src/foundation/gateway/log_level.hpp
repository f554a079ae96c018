#pragma once
// More of the log for a while, without a restart.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway.hpp"
#include "net/net.hpp"

namespace minben::gateway {

/// The level belongs to the process: gateways that share one share it as well. Thread-safe.
class LogLevel {
 public:
  static constexpr seconds longest{3600};

  /// STATE/admin.token (mode 0600) holds the administrator's secret; made when it is not there.
  static Result<std::unique_ptr<LogLevel>> open(const std::filesystem::path& state_directory,
                                                const Clock& clock, Random& random);
  ~LogLevel();  ///< falls back
  /// POST /log-level {"level": "debug", "for_s": 600} from this machine, with the secret in
  /// Minben-Admin. Errors: unauthorised "not_the_administrator"; invalid "unknown_level",
  /// "out_of_range" (1 to 3600 s), those of JSON.
  net::Response handle(const net::Request& request);
  /// Whether the administrator asks. Error: unauthorised "not_the_administrator".
  [[nodiscard]] Result<void> check(const net::Request& request) const;

 private:
  LogLevel(const Clock& clock, std::string secret);
  Result<Instant> change(const net::Request& request);
  void raise(int level, Instant until);
  void run();

  const Clock& clock_;
  const std::string secret_;
  const int usual_;  ///< spdlog's number of the level that the process began with
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Instant> until_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
