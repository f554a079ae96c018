#pragma once
// Nothing unlogged is answered. An exchange is durable in a journal before its answer leaves the
// gateway, and exchanges that end at the same moment share one sync and, at the provider, one
// signature. From there they follow at leisure, many together, into the ledger (digests) and the
// message log (everything, sealed); what a crash keeps from getting there is filed at the next
// start, before anything else is answered.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "ledger/journal.hpp"
#include "ledger/logs.hpp"
#include "message_log.hpp"
#include "net/flow.hpp"
#include "signing.hpp"

namespace minben::gateway {

struct JournalLimits {
  std::size_t batch = 256;        ///< exchanges that become durable together
  std::size_t queue = 16384;      ///< exchanges that wait for that; more get "journal_busy"
  std::size_t bytes = 16u << 20;  ///< of each of the journal's two files
  /// That filing waits for more to go together, unless somebody waits for it: each time costs two
  /// syncs, which compete with those that answers wait for.
  milliseconds gather_ms{200};
  milliseconds leisure_ms{500};         ///< until what nobody waits for is written by itself
  std::size_t max_waiting = 1'000'000;  ///< uses that were not delivered; more get "spool_full"
};

/// Thread-safe.
class Journal {
 public:
  using Limits = JournalLimits;
  static Result<std::unique_ptr<Journal>> open(const std::filesystem::path& directory,
                                               const AgencyCode& member,
                                               const trust::SigningKey& key, Signing& signing,
                                               Random& random, const Limits& limits = {});
  ~Journal();

  /// With a leaf, the answer's seal is made and put into the record. Errors: "journal_busy" (also
  /// when ledger or message log do not take what was journaled), "spool_full", "record_too_large",
  /// and the disk's. Then nothing may be answered.
  net::Task<Result<void>> commit(ExchangeRecord& record,
                                 std::optional<ledger::Hash> leaf = std::nullopt);
  /// These uses need not be delivered any more. Durable a little later.
  void delivered(std::vector<std::int64_t> numbers);
  /// Waits until all that was committed is in ledger and message log, or cannot be filed now.
  void settle();
  /// Ends the threads; what is queued is written and filed before.
  void stop();

  [[nodiscard]] std::size_t waiting() const { return waiting_; }  ///< uses to be delivered
  [[nodiscard]] std::uint64_t batches() const { return batches_; }
  [[nodiscard]] std::size_t queued() const;   ///< exchanges that wait to be made durable
  [[nodiscard]] std::size_t unfiled() const;  ///< durable, and not yet in ledger and message log
  [[nodiscard]] std::uint64_t turned_away() const { return turned_away_; }  ///< for want of room
  [[nodiscard]] const ledger::Logs& logs() const { return *logs_; }
  [[nodiscard]] ledger::Log& log() const { return logs_->newest(); }
  /// Told of each exchange when it is durable, or could not be made so, and before its answer
  /// leaves; on the journal's thread. To be set before the first exchange.
  using Watcher =
      std::function<void(const ExchangeRecord& record, const Result<void>& outcome, Instant now)>;
  void watch(const Clock& clock, Watcher watcher);
  /// Called on the thread that files, between its work and at least every leisure_ms; it may write
  /// to the message log. `filed`: all messages up to that number are in it. To be set once.
  using Chore = std::function<void(MessageLog& messages, std::int64_t filed)>;
  void at_leisure(Chore chore);
  [[nodiscard]] std::int64_t filed() const;
  /// Called, on a thread of the journal, after uses have come into the message log.
  void on_use(std::function<void()> filed) { filed_ = std::move(filed); }

 private:
  struct Item {
    ExchangeRecord* record = nullptr;
    std::optional<ledger::Hash> leaf{};
    Result<void> outcome{};
    net::Resume resume{};
  };
  struct Parts {
    MessageKey key;
    std::unique_ptr<MessageLog> messages;
    std::unique_ptr<ledger::Logs> logs;
    ledger::Journal journal;
  };
  Journal(Parts parts, Signing& signing, const Limits& limits);
  Result<void> recover();
  Result<FiledMessage> read_unfiled(std::int64_t number, const Bytes& content) const;
  void run();
  void write(std::span<Item* const> batch);
  void seal(std::span<Item* const> batch);
  void hand_over(std::vector<FiledMessage> durable);  ///< to filing
  Result<std::vector<FiledMessage>> make_durable(std::span<Item* const> batch);
  Result<void> make_room(std::size_t entries, std::size_t bytes);
  void run_filing();
  void do_chore(std::unique_lock<std::mutex>& lock);
  /// How many uses wait no longer.
  Result<std::size_t> file(std::span<FiledMessage> unfiled,
                           std::span<const std::int64_t> delivered);

  const MessageKey key_;
  const std::unique_ptr<MessageLog> messages_;
  const std::unique_ptr<ledger::Logs> logs_;
  ledger::Journal journal_;
  Signing& signing_;
  const Limits limits_;
  std::function<void()> filed_;
  const Clock* clock_ = nullptr;
  Watcher watcher_;
  std::atomic<std::size_t> waiting_ = 0;
  std::atomic<std::uint64_t> batches_ = 0;
  std::atomic<std::uint64_t> turned_away_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item*> queue_;
  bool stopping_ = false;
  std::int64_t newest_ = 0;       ///< number that was journaled last; of the journal's thread
  std::int64_t slot_begins_ = 0;  ///< of the journal's present file: what is older must be filed
  std::thread thread_;

  mutable std::mutex filing_mutex_;
  std::condition_variable filing_wake_;
  std::vector<FiledMessage> unfiled_;  ///< journaled, and not yet filed
  std::vector<std::int64_t> delivered_;
  Chore chore_;
  std::int64_t filed_until_ = 0;
  bool filing_ = false;
  int settling_ = 0;  ///< who wait for all to be filed
  bool failing_ = false;
  bool filing_stops_ = false;
  std::thread filing_thread_;
};

}  // namespace minben::gateway
