#pragma once
// Private: one log that is open, shared by what opens and reads it and what writes it.
//
// Two threads. The committer takes what waits as one batch, writes it to the journal, and wakes
// those whose entries are durable now. The publisher follows: tiles, bundles, the checkpoint that
// the world sees, and from time to time the committed checkpoint, after which a slot of the journal
// is free again.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "edge.hpp"
#include "ledger/files.hpp"
#include "ledger/journal.hpp"
#include "ledger/ledger.hpp"
#include "ledger/seal.hpp"

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

/// What is durable and not published, taken at one moment.
struct Unpublished {
  std::vector<PendingFile> completed;  ///< full tiles and bundles
  std::vector<PendingFile> partials;   ///< of the right edge
  Checkpoint checkpoint;
  std::uint64_t generation = 0;  ///< of the journal that holds its newest batch
};

struct Log::Impl {
  Impl(Files& file_layer, fs::path where, NoteSigner note_signer, const LogLimits& bounds,
       DirectoryLock held);
  ~Impl();

  Files& files;
  const fs::path directory;
  const NoteSigner signer;
  const LogLimits limits;
  const DirectoryLock lock;
  const TileStore tiles;
  std::optional<Journal> journal;

  mutable std::mutex mutex;
  std::condition_variable arrived;  ///< for the committer: somebody waits
  /// For the publisher: a batch is durable, somebody asks for it, or all is over.
  mutable std::condition_variable followed;
  mutable std::condition_variable
      changed;  ///< for readers and the committer: it was published, folded
  std::vector<TicketPtr> queue;
  std::size_t waiting = 0;  ///< entries in the queue
  bool committing = false;  ///< a batch is on its way
  bool sealing = false;     ///< only the seal may still join the queue
  std::optional<Seal> seal;
  bool stopping = false;
  bool committer_over = false;
  std::optional<Error> broken;
  std::uint64_t durable_size = 0;
  std::uint64_t folded = 0;  ///< generations of the journal up to this one are in synced tiles
  std::uint64_t batches = 0;
  std::uint64_t size = 0;  ///< published
  std::string note;
  std::string shown;              ///< the same, perhaps with more signatures
  std::uint64_t proven_size = 0;  ///< the newest that was shown as complete; 0: none
  std::string proven;
  std::mutex publishing;       ///< one writer of DIR/checkpoint; taken before `mutex`
  bool behind = false;         ///< the last try to publish failed
  mutable bool asked = false;  ///< somebody waits for the next publication

  // Added to by the committer, once it is durable; read by the publisher.
  std::mutex edge_mutex;
  Edge edge;
  std::uint64_t edge_generation = 0;  ///< of the journal that holds its newest batch
  // Only the committer's.
  RecentLeaves recent;
  // Only the publisher's.
  std::vector<PendingFile> unwritten;  ///< full tiles that could not be written
  std::string committed;
  std::uint64_t committed_size = 0;
  std::uint64_t cleaned_size = 0;

  std::jthread committer, publisher;

  [[nodiscard]] fs::path committed_path() const { return directory / "committed" / "checkpoint"; }
  [[nodiscard]] const std::string& origin() const { return signer.verifier().name(); }
  [[nodiscard]] std::string sign(const Checkpoint& checkpoint) const;
  [[nodiscard]] Checkpoint checkpoint_of(const Edge& at) const {
    return {origin(), at.size(), at.root(), {}};
  }

  // --- opening (log.cpp)
  Result<void> open();
  Result<void> initialise();
  Result<void> replay();
  Result<void> remember_recent();
  Result<void> keep_shown();
  Result<void> read_seal();

  // --- writing (writer.cpp)
  void submit(const TicketPtr& ticket, bool seals = false);
  void commit_for_ever();
  std::vector<TicketPtr> take_batch();
  /// Of entries in a batch: a part of what the journal holds.
  [[nodiscard]] std::size_t most_bytes() const;
  /// How many of these go into one batch at most.
  [[nodiscard]] std::size_t portion_of(std::span<const Bytes> entries) const;
  void commit(std::vector<TicketPtr> batch);
  Result<void> make_durable(const JournalRecord& record);
  void follow(JournalRecord record, std::span<const Hash> leaves);
  Result<void> make_room(std::size_t entries, std::size_t bytes, std::uint64_t size_now);

  // --- publishing (publisher.cpp)
  void publish_for_ever();
  bool wait_to_publish();
  Unpublished take_unpublished();
  Result<void> publish(const Unpublished& next);
  Result<void> publish_shown();
  Result<void> fold(std::uint64_t generation, const Checkpoint& checkpoint);
  void clean_partials();

  /// What is published, with all that was acknowledged before the call (or as much as the disk lets
  /// it be).
  std::pair<std::uint64_t, std::string> published() const;
  /// The checkpoint against which an entry is proven: complete where it can be.
  std::pair<std::uint64_t, std::string> provable(std::uint64_t index) const;
};

}  // namespace minben::ledger
