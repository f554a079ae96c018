#pragma once
// Private: many callers, one write. What waits is taken together by one thread, which gives
// everybody an index once all of it is durable.
#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "ledger/journal.hpp"
#include "ledger/ledger.hpp"

namespace minben::ledger {

struct HashOfHash {
  std::size_t operator()(const Hash& hash) const {
    std::size_t out = 0;
    std::memcpy(&out, hash.data(), sizeof out);
    return out;
  }
};

/// The newest leaves and where they are; the oldest are forgotten.
class RecentLeaves {
 public:
  explicit RecentLeaves(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}
  void add(const Hash& leaf, std::uint64_t index) {
    if (!indexes_.emplace(leaf, index).second) return;
    order_.push_back(leaf);
    if (order_.size() <= capacity_) return;
    indexes_.erase(order_.front());
    order_.pop_front();
  }
  /// Those of a log of this size from `from` on.
  Result<void> add_from(const TileStore& tiles, std::uint64_t size, std::uint64_t from);
  [[nodiscard]] std::optional<std::uint64_t> find(const Hash& leaf) const {
    const auto found = indexes_.find(leaf);
    return found == indexes_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::size_t capacity_;
  std::unordered_map<Hash, std::uint64_t, HashOfHash> indexes_;
  std::deque<Hash> order_;
};

struct Crowd;

/// What one caller waits for. Shared with whoever wakes it, which may be slower than the caller.
struct Ticket {
  std::span<const Bytes> entries;
  std::vector<Hash> leaves;
  std::vector<std::uint64_t> indexes;
  const NoteVerifier* successor = nullptr;  ///< seals the log; there are no entries then
  std::optional<Error> error;
  std::shared_ptr<Crowd> crowd;  ///< those who are done at the same moment
  std::size_t place = 0;         ///< in the crowd

  void wait() {
    std::unique_lock guard(mutex_);
    told_.wait(guard, [&] { return done_; });
  }
  void tell() {
    const std::lock_guard guard(mutex_);
    done_ = true;
    told_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  bool done_ = false;
};
using TicketPtr = std::shared_ptr<Ticket>;

/// Wakes itself: each who wakes wakes two more, so that the committer wakes one and goes on.
struct Crowd {
  std::vector<TicketPtr> tickets;
  void wake(std::size_t place) const;
};

/// A batch with a place for every entry.
struct Placed {
  JournalRecord record;      ///< the entries that are new
  std::vector<Hash> leaves;  ///< theirs
};
/// Gives the tickets their indexes in a log of this size.
Placed place(std::span<const TicketPtr> batch, const RecentLeaves& recent, std::uint64_t size);

Error sealed_error();

/// Thread-safe.
class Batches {
 public:
  /// Makes a batch durable and gives its tickets their indexes; when it returns an error, none has
  /// been promised anything. Never called twice at a time. A ticket that seals comes alone.
  using Commit = std::function<Result<void>(std::span<const TicketPtr>)>;

  /// `most_bytes`: of entries in a batch.
  Batches(const LogLimits& limits, std::size_t most_bytes, Commit commit);
  ~Batches();  ///< commits what waits

  Result<std::vector<std::uint64_t>> append_all(std::span<const Bytes> entries);
  /// After all that waits; the index of the seal.
  Result<std::uint64_t> seal(const NoteVerifier& successor);

 private:
  void submit(const TicketPtr& ticket);
  void commit_for_ever();
  std::vector<TicketPtr> take_batch();
  void finish(std::vector<TicketPtr> batch, const Result<void>& outcome);
  /// How many of these go into one batch at most.
  [[nodiscard]] std::size_t portion_of(std::span<const Bytes> entries) const;

  const LogLimits limits_;
  const std::size_t most_bytes_;
  const Commit commit_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<TicketPtr> queue_;
  std::size_t waiting_ = 0;  ///< entries in the queue
  bool stopping_ = false;
  std::jthread committer_;
};

}  // namespace minben::ledger
