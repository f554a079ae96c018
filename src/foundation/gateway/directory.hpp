#pragma once
// The signed configuration as this gateway knows it.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway.hpp"
#include "view.hpp"

namespace minben::gateway {

/// Reads it from a file or URL, keeps the newest good one in memory and as a file. Thread-safe.
class Directory {
 public:
  /// Starts with the newer of source and cache; without any good one: the source's error.
  static Result<std::unique_ptr<Directory>> open(const GatewayConfig& config, Standing& standing,
                                                 const Clock& clock);
  ~Directory();

  [[nodiscard]] std::shared_ptr<const View> view() const;
  /// The same, unless it has run out: unavailable "configuration_expired".
  Result<std::shared_ptr<const View>> valid() const;
  /// Errors: those of verify_configuration, "configuration_older", "configuration_unreachable",
  /// "configuration_other_instance". The one in use stays.
  Result<void> refresh();
  /// Called with the present configuration now, and with each newer one before it is in use; its
  /// error keeps the older one.
  using Adopted = std::function<Result<void>(const Configuration&)>;
  Result<void> on_adopted(Adopted adopted);
  void start(seconds period);
  void stop();

 private:
  Directory(const GatewayConfig& config, trust::VerifyKey registry, Standing& standing,
            const Clock& clock);
  /// Nothing when it is still what was adopted last.
  Result<std::optional<std::string>> read_source();
  Result<void> adopt(std::string_view text);

  const std::string source_;
  const std::filesystem::path cache_;
  const trust::VerifyKey registry_;
  Standing& standing_;
  const Clock& clock_;
  net::Client client_;
  std::mutex refreshing_;     ///< one at a time
  std::string etag_;          ///< of what was adopted from the source
  std::string offered_etag_;  ///< of what was read last
  mutable std::mutex mutex_;
  std::shared_ptr<const View> current_;
  Adopted adopted_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
