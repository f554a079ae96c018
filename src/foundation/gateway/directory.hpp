#pragma once
// The signed configuration as this gateway knows it.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway.hpp"
#include "view.hpp"

namespace minben::gateway {

/// Reads it from a file or URL, keeps the newest good one in memory and as a file. Follows the
/// registry from key to key (exchange/handover.hpp) and remembers how far in
/// state_directory/registry-key.json, for as long as registry_key of the configuration file stays
/// the same. Thread-safe.
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
  using Adopted = std::function<Result<void>(const View&)>;
  Result<void> on_adopted(Adopted adopted);
  /// Refreshes in a thread; `looked` is called there after each time, whatever came of it.
  void start(seconds period, std::function<void()> looked);
  /// Somebody speaks as if there were a newer one: the thread looks soon, at most once in 5 s.
  void hurry();
  void stop();

 private:
  Directory(const GatewayConfig& config, const trust::VerifyKey& compared, Standing& standing,
            const Clock& clock);
  [[nodiscard]] trust::VerifyKey remembered(const trust::VerifyKey& compared) const;
  void follow(const trust::VerifyKey& newer);
  /// Nothing when it is still what was adopted last.
  Result<std::optional<std::string>> read_source();
  Result<void> adopt(std::string_view text);

  const std::string source_;
  const std::filesystem::path cache_;
  const std::filesystem::path key_file_;
  const std::string compared_;  ///< fingerprint of the key that the administrator compared, hex
  Standing& standing_;
  const Clock& clock_;
  net::Client client_;
  std::mutex refreshing_;      ///< one at a time; of what follows
  trust::VerifyKey registry_;  ///< that signs now, as far as is known
  Adopted adopted_;
  std::string etag_;          ///< of what was adopted from the source
  std::string offered_etag_;  ///< of what was read last
  mutable std::mutex mutex_;
  std::shared_ptr<const View> current_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool hurried_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
