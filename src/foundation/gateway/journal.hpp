#pragma once
// Nothing unlogged is answered: an exchange is durable in the message log before its answer leaves
// the gateway, and exchanges that end at the same moment share the sync. Its digests follow into
// the ledger at once, many together; what a crash keeps from getting there is entered at the next
// start, before anything else is answered.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "ledger/logs.hpp"
#include "message_log.hpp"
#include "net/flow.hpp"

namespace minben::gateway {

struct JournalLimits {
  std::size_t batch = 256;       ///< exchanges that become durable together
  std::size_t queue = 16384;     ///< exchanges that wait for that; more get "journal_busy"
  std::size_t behind = 65536;    ///< exchanges not yet in the ledger; more get "ledger_behind"
  milliseconds gather_ms{50};    ///< that the ledger waits for more to enter together
  milliseconds leisure_ms{500};  ///< until what nobody waits for is written by itself
  std::size_t max_waiting = 1'000'000;  ///< uses that were not delivered; more get "spool_full"
};

/// Thread-safe.
class Journal {
 public:
  using Limits = JournalLimits;
  /// Finishes what an earlier process left: messages without an entry in the ledger get one.
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& directory,
                                               const AgencyCode& member,
                                               const trust::SigningKey& key, Random& random,
                                               const Limits& limits = {});
  ~Journal();

  /// Errors: "journal_busy", "ledger_behind", "spool_full", "gateway_database". Then nothing may be
  /// answered.
  net::Task<Result<void>> commit(const ExchangeRecord& record);
  /// These uses need not be delivered any more. Durable with the next exchange, or a little later.
  void delivered(std::vector<std::int64_t> numbers);
  /// Waits until all that was committed is in the ledger, or cannot be entered now.
  void settle();
  /// Ends the threads; what is queued is written and entered before.
  void stop();

  [[nodiscard]] std::size_t waiting() const { return waiting_; }  ///< uses to be delivered
  [[nodiscard]] std::uint64_t batches() const { return batches_; }
  [[nodiscard]] const ledger::Logs& logs() const { return *logs_; }
  [[nodiscard]] ledger::Log& log() const { return logs_->newest(); }
  /// Called, on the journal's thread, after uses were added.
  void on_use(std::function<void()> added) { added_ = std::move(added); }

 private:
  struct Item {
    const ExchangeRecord* record = nullptr;
    std::string text;
    std::string entry;
    Result<void> outcome{};
    net::Resume resume;
  };
  Journal(std::unique_ptr<MessageLog> messages, std::unique_ptr<ledger::Logs> logs,
          const Limits& limits);
  Result<void> recover();
  void run();
  void run_ledger();
  void write(std::span<Item* const> batch, std::span<const std::int64_t> delivered,
             std::span<const Entered> entered);
  Result<std::vector<std::int64_t>> store(std::span<Item* const> batch,
                                          std::span<const std::int64_t> delivered,
                                          std::span<const Entered> entered);
  Result<std::vector<Entered>> enter(std::span<const std::int64_t> numbers,
                                     std::span<const Bytes> entries);

  const std::unique_ptr<MessageLog> messages_;
  const std::unique_ptr<ledger::Logs> logs_;
  const Limits limits_;
  std::function<void()> added_;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<std::uint64_t> batches_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item*> queue_;
  std::vector<std::int64_t> delivered_;
  std::vector<Entered> entered_;  ///< not yet in the message log
  bool stopping_ = false;
  std::thread thread_;

  std::mutex ledger_mutex_;
  std::condition_variable ledger_wake_;
  std::vector<std::int64_t> to_enter_;  ///< messages, in order
  std::vector<Bytes> entries_;          ///< of these
  bool entering_ = false;
  bool ledger_stopping_ = false;
  bool ledger_failing_ = false;
  std::thread ledger_thread_;
};

}  // namespace minben::gateway
