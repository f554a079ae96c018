#include "journal.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "ledger/files.hpp"
#include "ledger/succession.hpp"
#include "witnessed.hpp"

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;
/// An entry's length has 16 bits in the journal's format; and what sealing adds.
constexpr std::size_t max_record = 65535 - trust::sealing_overhead;

}  // namespace

fs::path ledger_key_path(const fs::path& state_directory, int number) {
  return state_directory / fmt::format("ledger-{}.key.pem", number);
}

Result<std::string> prepare_ledger_key(const GatewayConfig& config) {
  int number = 2;  // the newest one's may be in use by the gateway, which runs
  while (fs::exists(config.state_directory / fmt::format("ledger-{}", number))) ++number;
  const auto file_of = [&](int of) { return ledger_key_path(config.state_directory, of); };
  return ledger::prepare_key(file_of, ledger_origin(config.member), number);
}

Journal::Journal(Parts parts, Signing& signing, const Limits& limits)
    : key_(std::move(parts.key)),
      messages_(std::move(parts.messages)),
      logs_(std::move(parts.logs)),
      journal_(std::move(parts.journal)),
      signing_(signing),
      limits_(limits) {}

Journal::~Journal() { stop(); }

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& directory, const AgencyCode& member,
                                               const trust::SigningKey& key, Signing& signing,
                                               Random& random, const Limits& limits) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error)
    return fail(Kind::unavailable, "no_state_directory", error.message(), directory.string());
  fs::permissions(directory, fs::perms::owner_all, error);
  const auto later =
      ledger::keys_in([directory](int number) { return ledger_key_path(directory, number); });
  const auto key_of = [later, key](int number) {
    return number == 1 ? Result<trust::SigningKey>(key) : later(number);
  };
  // Tiles are synced for good when this is full, and that holds up every other sync of the disk.
  const ledger::LogLimits log_limits{.journal_bytes = 16u << 20};
  MINBEN_TRY(logs,
             ledger::Logs::open(directory / "ledger", ledger_origin(member), key_of, log_limits));
  MINBEN_TRY(message_key, MessageKey::load_or_create(directory, random));
  MINBEN_TRY(messages, MessageLog::open(directory, random));
  MINBEN_TRY(slots, ledger::Journal::open(ledger::disk(), directory / "journal", limits.bytes));
  std::unique_ptr<Journal> journal(new Journal(
      Parts{std::move(message_key), std::move(messages), std::move(logs), std::move(slots)},
      signing, limits));
  MINBEN_CHECK(journal->recover());
  if (fs::exists(ledger_key_path(directory, journal->logs_->current().first + 1)))
    MINBEN_CHECK(journal->logs_->begin_successor());
  journal->thread_ = std::thread([raw = journal.get()] { raw->run(); });
  journal->filing_thread_ = std::thread([raw = journal.get()] { raw->run_filing(); });
  return journal;
}

// A message that is entered a second time finds its first entry, because the ledger remembers its
// newest leaves.
Result<void> Journal::recover() {
  MINBEN_TRY(filed, messages_->newest());
  newest_ = filed;
  MINBEN_TRY(records, journal_.read_from(static_cast<std::uint64_t>(filed)));
  std::vector<FiledMessage> unfiled;
  for (const ledger::JournalRecord& record : records)
    for (const Bytes& content : record.entries) {
      MINBEN_TRY(message, read_unfiled(++newest_, content));
      unfiled.push_back(std::move(message));
    }
  MINBEN_CHECK(file(unfiled, {}));
  filed_until_ = slot_begins_ = newest_;
  MINBEN_TRY(waiting, messages_->count_waiting());
  waiting_ = waiting;
  return journal_.begin(static_cast<std::uint64_t>(newest_));
}

Result<FiledMessage> Journal::read_unfiled(std::int64_t number, const Bytes& content) const {
  MINBEN_TRY(text, key_.open(content));
  MINBEN_TRY(record, read_record(text));
  const std::string entry = ledger_entry(record, text);
  return FiledMessage{number,
                      record.received_at,
                      record.exchange_id,
                      record.is_use,
                      content,
                      Bytes(entry.begin(), entry.end())};
}

net::Task<Result<void>> Journal::commit(ExchangeRecord& record, std::optional<ledger::Hash> leaf) {
  if (clock_) record.completed_at = clock_->now();
  if (record.is_use && waiting_ >= limits_.max_waiting) {
    ++turned_away_;
    co_return fail(Kind::unavailable, "spool_full", "too many undelivered records");
  }
  Item item{.record = &record, .leaf = leaf};
  bool refused = false;
  co_await net::suspend([&](net::Resume resume) {
    std::unique_lock lock(mutex_);
    refused = stopping_ || queue_.size() >= limits_.queue;
    if (refused) {
      lock.unlock();
      return resume();
    }
    item.resume = std::move(resume);
    queue_.push_back(&item);
    if (queue_.size() == 1) wake_.notify_one();
  });
  if (refused) {
    ++turned_away_;
    co_return fail(Kind::unavailable, "journal_busy", "too many exchanges wait");
  }
  co_return std::move(item.outcome);
}

void Journal::delivered(std::vector<std::int64_t> numbers) {
  const std::lock_guard lock(filing_mutex_);
  delivered_.insert(delivered_.end(), numbers.begin(), numbers.end());
}

void Journal::watch(const Clock& clock, Watcher watcher) {
  clock_ = &clock;
  watcher_ = std::move(watcher);
}

std::size_t Journal::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t Journal::unfiled() const {
  const std::lock_guard lock(filing_mutex_);
  return unfiled_.size();
}

void Journal::at_leisure(Chore chore) {
  const std::lock_guard lock(filing_mutex_);
  chore_ = std::move(chore);
}

std::int64_t Journal::filed() const {
  const std::lock_guard lock(filing_mutex_);
  return filed_until_;
}

void Journal::do_chore(std::unique_lock<std::mutex>& lock) {
  if (!chore_) return;
  const std::int64_t filed = filed_until_;
  lock.unlock();
  chore_(*messages_, filed);
  lock.lock();
}

void Journal::settle() {
  std::unique_lock lock(filing_mutex_);
  ++settling_;
  filing_wake_.notify_all();
  filing_wake_.wait(lock,
                    [this] { return (unfiled_.empty() && !filing_) || failing_ || filing_stops_; });
  --settling_;
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(filing_mutex_);
    filing_stops_ = true;
  }
  filing_wake_.notify_all();
  if (filing_thread_.joinable()) filing_thread_.join();
}

void Journal::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) break;
    const auto count = static_cast<long>(std::min(queue_.size(), limits_.batch));
    const std::vector<Item*> batch(queue_.begin(), queue_.begin() + count);
    queue_.erase(queue_.begin(), queue_.begin() + count);
    lock.unlock();
    write(batch);
    lock.lock();
  }
}

/// One signature for all that are written together.
void Journal::seal(std::span<Item* const> batch) {
  std::vector<ledger::Hash> leaves;
  for (const Item* item : batch)
    if (item->leaf) leaves.push_back(*item->leaf);
  if (leaves.empty()) return;
  auto seals = signing_.seal_now(leaves);
  std::size_t next = 0;
  for (Item* item : batch) {
    if (!item->leaf) continue;
    if (seals) item->record->response_seal = std::move((*seals)[next++]);
    else item->outcome = std::unexpected(seals.error());  // nobody will see this answer
  }
}

void Journal::write(std::span<Item* const> batch) {
  ++batches_;
  seal(batch);
  auto durable = make_durable(batch);
  const Result<void> outcome =
      durable ? Result<void>() : Result<void>(std::unexpected(durable.error()));
  if (!durable) spdlog::error("journal: {}", describe(durable.error()));
  // Before the answers leave, so that settle() waits for all that anybody has seen.
  if (durable && !durable->empty()) hand_over(std::move(*durable));
  const Instant now = clock_ ? clock_->now() : Instant{};
  for (Item* item : batch) {
    if (item->outcome) item->outcome = outcome;  // one that could not be written has its own
    if (watcher_) watcher_(*item->record, item->outcome, now);
    item->resume();  // the item may be gone afterwards
  }
}

void Journal::hand_over(std::vector<FiledMessage> durable) {
  const std::lock_guard lock(filing_mutex_);
  for (FiledMessage& each : durable) {
    waiting_ += each.is_use ? 1 : 0;
    unfiled_.push_back(std::move(each));
  }
  filing_wake_.notify_all();
}

Result<std::vector<FiledMessage>> Journal::make_durable(std::span<Item* const> batch) {
  ledger::JournalRecord record{static_cast<std::uint64_t>(newest_), {}};
  std::vector<FiledMessage> unfiled;
  std::size_t bytes = 0;
  for (Item* item : batch) {
    if (!item->outcome) continue;
    const std::string text = write_record(*item->record);
    if (text.size() > max_record) {
      item->outcome = fail(Kind::too_large, "record_too_large", "its header fields are too long");
      continue;
    }
    MINBEN_TRY(content, key_.seal(text));
    const std::string entry = ledger_entry(*item->record, text);
    bytes += content.size();
    record.entries.push_back(content);
    const auto number = newest_ + static_cast<std::int64_t>(record.entries.size());
    unfiled.push_back({number, item->record->received_at, item->record->exchange_id,
                       item->record->is_use, std::move(content),
                       Bytes(entry.begin(), entry.end())});
  }
  if (unfiled.empty()) return unfiled;
  MINBEN_CHECK(make_room(record.entries.size(), bytes));
  MINBEN_CHECK(journal_.append(record));
  newest_ += static_cast<std::int64_t>(unfiled.size());
  return unfiled;
}

// The two files take turns: before one is begun anew, what it holds must be filed.
Result<void> Journal::make_room(std::size_t entries, std::size_t bytes) {
  if (journal_.fits(entries, bytes)) return {};
  {
    std::unique_lock lock(filing_mutex_);
    const bool filed = filing_wake_.wait_for(
        lock, seconds(10), [this] { return filed_until_ >= slot_begins_ || filing_stops_; });
    if (!filed || filed_until_ < slot_begins_)
      return fail(Kind::unavailable, "journal_busy", "ledger or message log take nothing more");
  }
  MINBEN_CHECK(journal_.begin(static_cast<std::uint64_t>(newest_)));
  slot_begins_ = newest_;
  return {};
}

void Journal::run_filing() {
  std::unique_lock lock(filing_mutex_);
  while (true) {
    const auto stops = [this] { return filing_stops_; };
    filing_wake_.wait_for(lock, limits_.leisure_ms,
                          [&] { return filing_stops_ || !unfiled_.empty(); });
    if (!unfiled_.empty())
      filing_wake_.wait_for(lock, limits_.gather_ms,
                            [&] { return filing_stops_ || settling_ > 0; });
    if (unfiled_.empty() && delivered_.empty()) {
      if (filing_stops_) break;
      do_chore(lock);
      continue;
    }
    auto unfiled = std::exchange(unfiled_, {});
    auto delivered = std::exchange(delivered_, {});
    filing_ = true;
    lock.unlock();
    const auto done = file(unfiled, delivered);
    const bool uses = std::ranges::any_of(unfiled, &FiledMessage::is_use);
    if (!done) spdlog::error("filing exchanges: {}", describe(done.error()));
    lock.lock();
    filing_ = false;
    failing_ = !done;
    if (done) {
      if (!unfiled.empty()) filed_until_ = unfiled.back().number;
      waiting_ -= *done;
    } else {
      unfiled_.insert(unfiled_.begin(), std::make_move_iterator(unfiled.begin()),
                      std::make_move_iterator(unfiled.end()));
      delivered_.insert(delivered_.begin(), delivered.begin(), delivered.end());
      if (filing_stops_) break;
      filing_wake_.wait_for(lock, seconds(1), stops);
    }
    filing_wake_.notify_all();
    lock.unlock();
    if (done && uses && filed_) filed_();
    lock.lock();
    if (done) do_chore(lock);
  }
}

/// The ledger first: the message log says where in it a message's entry is.
Result<std::size_t> Journal::file(std::span<FiledMessage> unfiled,
                                  std::span<const std::int64_t> delivered) {
  if (!unfiled.empty()) {
    std::vector<Bytes> entries;
    for (const FiledMessage& each : unfiled) entries.push_back(each.entry);
    const auto [number, log] = logs_->current();
    MINBEN_TRY(indices, log->append_all(entries));
    for (std::size_t i = 0; i < unfiled.size(); ++i) unfiled[i].position = {number, indices[i]};
  }
  return messages_->file(unfiled, delivered);
}

}  // namespace minben::gateway
