#include "journal.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "ledger/succession.hpp"
#include "witnessed.hpp"

namespace minben::gateway {

namespace fs = std::filesystem;

fs::path ledger_key_path(const fs::path& state_directory, int number) {
  return state_directory / fmt::format("ledger-{}.key.pem", number);
}

Result<std::string> prepare_ledger_key(const GatewayConfig& config) {
  int number = 2;  // the newest one's may be in use by the gateway, which runs
  while (fs::exists(config.state_directory / fmt::format("ledger-{}", number))) ++number;
  const auto file_of = [&](int of) { return ledger_key_path(config.state_directory, of); };
  return ledger::prepare_key(file_of, ledger_origin(config.member), number);
}

Journal::Journal(std::unique_ptr<MessageLog> messages, std::unique_ptr<ledger::Logs> logs,
                 const Limits& limits)
    : messages_(std::move(messages)), logs_(std::move(logs)), limits_(limits) {}

Journal::~Journal() { stop(); }

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& directory, const AgencyCode& member,
                                               const trust::SigningKey& key, Random& random,
                                               const Limits& limits) {
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
  MINBEN_TRY(logs, ledger::Logs::open(directory / "ledger", ledger_origin(member), key_of));
  if (fs::exists(ledger_key_path(directory, logs->current().first + 1)))
    MINBEN_CHECK(logs->begin_successor());
  MINBEN_TRY(messages, MessageLog::open(directory, random));
  std::unique_ptr<Journal> journal(new Journal(std::move(messages), std::move(logs), limits));
  MINBEN_CHECK(journal->recover());
  journal->thread_ = std::thread([raw = journal.get()] { raw->run(); });
  journal->ledger_thread_ = std::thread([raw = journal.get()] { raw->run_ledger(); });
  return journal;
}

// A message that is entered a second time finds its first entry, because the ledger remembers its
// newest leaves.
Result<void> Journal::recover() {
  while (true) {
    MINBEN_TRY(left, messages_->not_entered(limits_.batch));
    if (left.empty()) break;
    std::vector<std::int64_t> numbers;
    std::vector<Bytes> entries;
    for (const StoredMessage& message : left) {
      MINBEN_TRY(record, read_record(message.text));
      const std::string entry = ledger_entry(record, message.text);
      entries.emplace_back(entry.begin(), entry.end());
      numbers.push_back(message.number);
    }
    MINBEN_TRY(entered, enter(numbers, entries));
    MINBEN_CHECK(messages_->begin());
    for (const Entered& each : entered) MINBEN_CHECK(messages_->enter(each));
    MINBEN_CHECK(messages_->commit());
  }
  MINBEN_TRY(waiting, messages_->count_waiting());
  waiting_ = waiting;
  return {};
}

net::Task<Result<void>> Journal::commit(const ExchangeRecord& record) {
  if (record.is_use && waiting_ >= limits_.max_waiting)
    co_return fail(Kind::unavailable, "spool_full", "too many undelivered records");
  {
    const std::lock_guard lock(ledger_mutex_);
    if (to_enter_.size() >= limits_.behind)
      co_return fail(Kind::unavailable, "ledger_behind", "the ledger does not take entries");
  }
  Item item{&record, write_record(record), {}, {}, {}};
  item.entry = ledger_entry(record, item.text);
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
  if (refused) co_return fail(Kind::unavailable, "journal_busy", "too many exchanges wait");
  co_return std::move(item.outcome);
}

void Journal::delivered(std::vector<std::int64_t> numbers) {
  const std::lock_guard lock(mutex_);
  delivered_.insert(delivered_.end(), numbers.begin(), numbers.end());
}

void Journal::settle() {
  std::unique_lock lock(ledger_mutex_);
  ledger_wake_.wait(lock, [this] {
    return (to_enter_.empty() && !entering_) || ledger_failing_ || ledger_stopping_;
  });
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(ledger_mutex_);
    ledger_stopping_ = true;
  }
  ledger_wake_.notify_all();
  if (ledger_thread_.joinable()) ledger_thread_.join();
  // What is not noted here is found again when the journal is opened.
  if (entered_.empty() || !messages_->begin()) return;
  for (const Entered& each : std::exchange(entered_, {})) static_cast<void>(messages_->enter(each));
  static_cast<void>(messages_->commit());
}

void Journal::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait_for(lock, limits_.leisure_ms, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty() && delivered_.empty()) {
      if (stopping_) break;
      continue;
    }
    const auto count = std::min(queue_.size(), limits_.batch);
    const std::vector<Item*> batch(queue_.begin(), queue_.begin() + static_cast<long>(count));
    queue_.erase(queue_.begin(), queue_.begin() + static_cast<long>(count));
    const auto delivered = std::exchange(delivered_, {});
    const auto entered = std::exchange(entered_, {});
    lock.unlock();
    write(batch, delivered, entered);
    lock.lock();
  }
}

void Journal::write(std::span<Item* const> batch, std::span<const std::int64_t> delivered,
                    std::span<const Entered> entered) {
  ++batches_;
  const auto finish = [&](const Result<void>& outcome) {
    for (Item* item : batch) {
      item->outcome = outcome;
      item->resume();  // the item may be gone afterwards
    }
  };
  auto numbers = store(batch, delivered, entered);
  if (!numbers) {
    messages_->roll_back();
    spdlog::error("message log: {}", describe(numbers.error()));
    return finish(std::unexpected(numbers.error()));
  }
  std::size_t uses = 0;
  {
    const std::lock_guard lock(ledger_mutex_);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      to_enter_.push_back((*numbers)[i]);
      entries_.emplace_back(batch[i]->entry.begin(), batch[i]->entry.end());
      uses += batch[i]->record->is_use ? 1 : 0;
    }
  }
  ledger_wake_.notify_all();
  waiting_ += uses;
  waiting_ -= std::min(delivered.size(), waiting_.load());
  finish({});
  if (uses > 0 && added_) added_();
}

Result<std::vector<std::int64_t>> Journal::store(std::span<Item* const> batch,
                                                 std::span<const std::int64_t> delivered,
                                                 std::span<const Entered> entered) {
  MINBEN_CHECK(messages_->begin());
  for (const Entered& each : entered) MINBEN_CHECK(messages_->enter(each));
  std::vector<std::int64_t> numbers;
  for (const Item* item : batch) {
    MINBEN_TRY(number, messages_->add(*item->record, item->text));
    numbers.push_back(number);
  }
  MINBEN_CHECK(messages_->delivered(delivered));
  MINBEN_CHECK(messages_->commit());
  return numbers;
}

void Journal::run_ledger() {
  std::unique_lock lock(ledger_mutex_);
  while (true) {
    ledger_wake_.wait(lock, [this] { return ledger_stopping_ || !to_enter_.empty(); });
    if (to_enter_.empty()) break;
    if (!ledger_stopping_)
      ledger_wake_.wait_for(lock, limits_.gather_ms, [this] { return ledger_stopping_; });
    const auto numbers = std::exchange(to_enter_, {});
    const auto entries = std::exchange(entries_, {});
    entering_ = true;
    lock.unlock();
    auto entered = enter(numbers, entries);
    if (entered) {
      const std::lock_guard state(mutex_);
      entered_.insert(entered_.end(), entered->begin(), entered->end());
    } else {
      spdlog::error("ledger: {}", describe(entered.error()));
    }
    lock.lock();
    entering_ = false;
    ledger_failing_ = !entered;
    if (!entered) {
      to_enter_.insert(to_enter_.begin(), numbers.begin(), numbers.end());
      entries_.insert(entries_.begin(), entries.begin(), entries.end());
      if (ledger_stopping_) break;
      ledger_wake_.wait_for(lock, seconds(1), [this] { return ledger_stopping_; });
    }
    ledger_wake_.notify_all();
  }
}

// Runs of neighbours are told as one; usually a batch is one run.
Result<std::vector<Entered>> Journal::enter(std::span<const std::int64_t> numbers,
                                            std::span<const Bytes> entries) {
  std::vector<Entered> entered;
  const auto [number, log] = logs_->current();
  MINBEN_TRY(indices, log->append_all(entries));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!entered.empty()) {
      Entered& last = entered.back();
      const bool follows = last.first + last.count == numbers[i] &&
                           last.entry + static_cast<std::uint64_t>(last.count) == indices[i];
      if (follows) {
        ++last.count;
        continue;
      }
    }
    entered.push_back({numbers[i], 1, number, indices[i]});
  }
  return entered;
}

}  // namespace minben::gateway
