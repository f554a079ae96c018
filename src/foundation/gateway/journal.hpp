#pragma once
// Usage records: durable before an answer leaves, delivered afterwards, each exactly once.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gateway.hpp"
#include "ledger/logs.hpp"

namespace minben::gateway {

/// A spool directory and the gateway's ledger.
///
///   ledger            signed with the gateway's signing key
///   ledger-N          its successors (ledger/logs.hpp), signed with ledger-N.key.pem
///   spool/<id>.new    written and fsynced; perhaps not in the ledger yet
///   spool/<id>.usage  in the ledger, waiting for delivery
///
/// record() returns when the record is in both. Opening completes what a killed process left: the
/// ledger recognises an entry that it has. It also goes on in a successor, when the next one's key
/// file is there. A delivered file is removed; when the process dies
/// before that, it is delivered again, and the receiver knows the id. Thread-safe.
class Journal {
 public:
  struct Limits {
    std::size_t max_waiting = 1'000'000;  ///< records in the spool; more are refused ("spool_full")
    milliseconds first_pause_ms{250};
    milliseconds longest_pause_ms{30000};
    seconds refused_pause_s{
        60};  ///< a record that the platform refused waits so long, others go on
  };

  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& directory,
                                               const AgencyCode& member,
                                               const trust::SigningKey& key, const Limits& limits);
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& directory,
                                               const AgencyCode& member,
                                               const trust::SigningKey& key) {
    return open(directory, member, key, Limits{});
  }
  ~Journal();

  Result<void> record(const UsageRecord& record);

  /// Starts the thread that delivers to what `usage_url` names at that time ("" = nowhere).
  void start(std::function<std::string()> usage_url);
  void stop();
  /// One pass over all that waits, now. The number that is left.
  std::size_t deliver(const std::string& url);

  [[nodiscard]] std::size_t waiting() const { return waiting_; }
  [[nodiscard]] std::uint64_t delivered() const { return delivered_; }
  [[nodiscard]] std::uint64_t refused() const {
    return refused_;
  }  ///< answers of the platform other than 2xx
  [[nodiscard]] const ledger::Logs& logs() const { return *logs_; }
  [[nodiscard]] ledger::Log& log() const { return logs_->newest(); }

 private:
  Journal(std::filesystem::path spool, const trust::SigningKey& key,
          std::unique_ptr<ledger::Logs> logs, const Limits& limits);
  Result<void> recover();
  Result<void> commit(const std::string& id, std::string_view text);
  enum class Delivery { taken, refused, unreachable };
  Delivery deliver_one(const std::string& url, const std::filesystem::path& file);
  bool pass(const std::string& url, bool also_refused);  ///< false: the platform cannot be reached
  void run(const std::function<std::string()>& usage_url);

  const std::filesystem::path spool_;
  const trust::SigningKey key_;
  const std::unique_ptr<ledger::Logs> logs_;
  const Limits limits_;
  net::Client client_;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<std::uint64_t> delivered_ = 0;
  std::atomic<std::uint64_t> refused_ = 0;
  std::mutex delivering_;                                                    ///< one pass at a time
  std::map<std::string, std::chrono::steady_clock::time_point> not_before_;  ///< of refused records
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool fresh_ = false;  ///< something was recorded since the last pass
  std::thread thread_;
};

/// What the ledger holds of a record: digests only, no personal data.
Result<std::string> ledger_entry(const UsageRecord& record, std::string_view signed_text);

}  // namespace minben::gateway
