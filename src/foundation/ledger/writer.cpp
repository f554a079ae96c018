// The committer of a log in a directory: one sync a batch.
#include <spdlog/spdlog.h>

#include "directory_log.hpp"

namespace minben::ledger {

/// Why nothing can be added.
std::optional<Error> DirectoryLog::refusal() const {
  const std::lock_guard guard(mutex_);
  if (broken_) return broken_;
  return seal_ ? std::optional(sealed_error()) : std::nullopt;
}

Result<void> DirectoryLog::commit(std::span<const TicketPtr> batch) {
  Ticket& first = *batch.front();
  if (first.successor != nullptr) return add_seal(first);
  if (const auto refused = refusal()) return fail(*refused);
  Placed placed = place(batch, recent_, durable_size_);
  if (placed.leaves.empty()) return {};
  return add(std::move(placed));
}

Result<void> DirectoryLog::add_seal(Ticket& ticket) {
  const auto already = sealed();
  if (already && already->successor.vkey() == ticket.successor->vkey()) {
    ticket.indexes = {already->index};
    return {};
  }
  if (const auto refused = refusal()) return fail(*refused);
  const Seal seal{durable_size_, *ticket.successor};
  Bytes entry = write_seal(signer_, seal);
  const Hash leaf = leaf_hash(entry);
  MINBEN_CHECK(add({{seal.index, {std::move(entry)}}, {leaf}}));
  ticket.indexes = {seal.index};
  const std::lock_guard guard(mutex_);
  seal_ = seal;
  return {};
}

Result<void> DirectoryLog::add(Placed placed) {
  const auto written = make_durable(placed.record);
  if (written) follow(std::move(placed));
  else spdlog::error("ledger {}: append failed: {}", origin(), describe(written.error()));
  return written;
}

Result<void> DirectoryLog::make_durable(const JournalRecord& record) {
  std::size_t bytes = 0;
  for (const Bytes& entry : record.entries) bytes += entry.size();
  MINBEN_CHECK(make_room(record.entries.size(), bytes, record.old_size));
  const auto written = journal_->append(record);
  if (written) return {};
  // A write that failed may still come to the disk later: nothing more is promised until the log is
  // opened again and sees what is there.
  const std::lock_guard guard(mutex_);
  broken_ = Error{Kind::unavailable,
                  "ledger_broken",
                  "an earlier write left the log in doubt; reopen it: " + written.error().detail,
                  written.error().field,
                  0,
                  0};
  return fail(*broken_);
}

/// The tree follows what is durable, never the other way round.
void DirectoryLog::follow(Placed placed) {
  const std::uint64_t before = placed.record.old_size;
  {
    const std::lock_guard guard(edge_mutex_);
    for (std::size_t i = 0; i < placed.leaves.size(); ++i)
      edge_.add(std::move(placed.record.entries[i]), placed.leaves[i]);
    edge_generation_ = journal_->generation();
  }
  for (std::size_t i = 0; i < placed.leaves.size(); ++i) recent_.add(placed.leaves[i], before + i);
  const std::lock_guard guard(mutex_);
  ++batch_count_;
  durable_size_ = before + placed.leaves.size();
  followed_.notify_one();
}

/// Goes on in the journal's other slot when this one is full, as soon as that one's batches are in
/// tiles: so far, and no further, may the committer be ahead of the publisher.
Result<void> DirectoryLog::make_room(std::size_t entries, std::size_t bytes,
                                     std::uint64_t size_now) {
  std::unique_lock guard(mutex_);
  if (journal_->fits(entries, bytes)) return {};
  const std::uint64_t current = journal_->generation();
  changed_.wait(guard, [&] { return folded_ + 1 >= current || broken_ || behind_; });
  if (broken_) return fail(*broken_);
  if (folded_ + 1 < current)
    return fail(Kind::unavailable, "ledger_failed", "the tiles cannot be written",
                directory_.string());
  guard.unlock();
  MINBEN_CHECK(journal_->begin(size_now));
  if (journal_->fits(entries, bytes)) return {};
  return fail(Kind::too_large, "batch_too_large", "more at once than the journal holds",
              directory_.string());
}

}  // namespace minben::ledger
