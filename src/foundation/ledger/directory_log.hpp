#pragma once
// Private: one log in a directory that is open.
//
// Two threads. The committer (batches.hpp) writes a batch to the journal, so that those whose
// entries are durable now are woken. The publisher follows: tiles, bundles, the checkpoint that the
// world sees, and from time to time the committed checkpoint, after which a slot of the journal is
// free again.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "batches.hpp"
#include "edge.hpp"
#include "ledger/files.hpp"
#include "ledger/journal.hpp"
#include "ledger/ledger.hpp"
#include "ledger/seal.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

/// What is durable and not published, taken at one moment.
struct Unpublished {
  std::vector<PendingFile> completed;  ///< full tiles and bundles
  std::vector<PendingFile> partials;   ///< of the right edge
  Checkpoint checkpoint;
  std::uint64_t generation = 0;  ///< of the journal that holds its newest batch
};

class DirectoryLog final : public Log {
 public:
  DirectoryLog(Files& files, fs::path where, NoteSigner signer, const LogLimits& limits,
               DirectoryLock held);
  ~DirectoryLog() override;
  Result<void> open();

  Result<std::vector<std::uint64_t>> append_all(std::span<const Bytes> entries) override;
  Result<Seal> seal(const NoteVerifier& successor) override;
  [[nodiscard]] std::optional<Seal> sealed() const override;
  [[nodiscard]] std::uint64_t size() const override { return published().first; }
  [[nodiscard]] std::uint64_t batches() const override;
  [[nodiscard]] std::string checkpoint() const override { return published().second; }
  [[nodiscard]] std::optional<Instant> written() const override;

 protected:
  [[nodiscard]] const TileStore& tiles() const override { return tiles_; }
  [[nodiscard]] std::pair<std::uint64_t, std::string> provable(std::uint64_t index) const override;
  Result<void> keep_signatures(const Checkpoint& checkpoint, std::string_view note,
                               Signatures signatures) override;

 private:
  // --- opening (directory_log.cpp)
  Result<void> initialise();
  Result<void> replay();
  Result<void> keep_shown();
  Result<void> read_seal();
  [[nodiscard]] fs::path committed_path() const { return directory_ / "committed" / "checkpoint"; }
  [[nodiscard]] fs::path path(const Tile& tile) const { return directory_ / tile_path(tile); }
  [[nodiscard]] std::string sign(const Checkpoint& checkpoint) const;
  [[nodiscard]] Checkpoint checkpoint_of(const Edge& at) const {
    return {origin(), at.size(), at.root(), {}};
  }

  // --- writing, on the committer's thread (writer.cpp)
  Result<void> commit(std::span<const TicketPtr> batch);
  [[nodiscard]] std::optional<Error> refusal() const;
  Result<void> add_seal(Ticket& ticket);
  Result<void> add(Placed placed);
  Result<void> make_durable(const JournalRecord& record);
  void follow(Placed placed);
  Result<void> make_room(std::size_t entries, std::size_t bytes, std::uint64_t size_now);

  // --- publishing, on a thread of its own (publisher.cpp)
  void publish_for_ever();
  bool wait_to_publish();
  Unpublished take_unpublished();
  Result<void> publish(const Unpublished& next);
  Result<void> publish_shown();
  Result<void> fold(std::uint64_t generation, const Checkpoint& checkpoint);
  void clean_partials();

  /// What is published, with all that was acknowledged before the call (or as much as the disk lets
  /// it be).
  [[nodiscard]] std::pair<std::uint64_t, std::string> published() const;

  Files& files_;
  const fs::path directory_;
  const NoteSigner signer_;
  const LogLimits limits_;
  const DirectoryLock lock_;
  const TileStore tiles_;
  std::optional<Journal> journal_;

  mutable std::mutex mutex_;
  /// For the publisher: a batch is durable, somebody asks for it, or all is over.
  mutable std::condition_variable followed_;
  /// For readers and the committer: it was published, folded.
  mutable std::condition_variable changed_;
  std::optional<Seal> seal_;
  bool committer_over_ = false;
  std::optional<Error> broken_;
  std::uint64_t durable_size_ = 0;  ///< changed by the committer only
  std::uint64_t folded_ = 0;  ///< generations of the journal up to this one are in synced tiles
  std::uint64_t batch_count_ = 0;
  std::uint64_t size_ = 0;  ///< published
  std::string note_;
  std::string shown_;              ///< the same, perhaps with more signatures
  std::uint64_t proven_size_ = 0;  ///< the newest that was shown as complete; 0: none
  std::string proven_;
  std::mutex publishing_;       ///< one writer of DIR/checkpoint; taken before `mutex_`
  bool behind_ = false;         ///< the last try to publish failed
  mutable bool asked_ = false;  ///< somebody waits for the next publication

  // Added to by the committer, once it is durable; read by the publisher.
  std::mutex edge_mutex_;
  Edge edge_;
  std::uint64_t edge_generation_ = 0;  ///< of the journal that holds its newest batch
  // Only the committer's.
  RecentLeaves recent_;
  // Only the publisher's.
  std::vector<PendingFile> unwritten_;  ///< full tiles that could not be written
  std::string committed_;
  std::uint64_t committed_size_ = 0;
  std::uint64_t cleaned_size_ = 0;

  std::unique_ptr<Batches> batches_;
  std::jthread publisher_;
};

}  // namespace minben::ledger
