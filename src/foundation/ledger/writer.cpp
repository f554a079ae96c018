// The committer: many callers, one sync.
#include <spdlog/spdlog.h>

#include "log_impl.hpp"

namespace minben::ledger {

namespace {
Error sealed_error() {
  return {Kind::conflict, "ledger_sealed", "the log has ended; append to its successor", "", 0, 0};
}
}  // namespace

void Crowd::wake(std::size_t place) const {
  if (place >= tickets.size()) return;
  const TicketPtr ticket = tickets[place];  // its caller may be gone before tell() returns
  ticket->tell();
}

/// Returns once the ticket has its answer; then passes the news on.
void Log::Impl::submit(const TicketPtr& ticket, bool seals) {
  {
    const std::lock_guard guard(mutex);
    if (seal || sealing != seals) {
      ticket->error = sealed_error();
      return;
    }
    if (broken || waiting + ticket->entries.size() > limits.waiting_entries) {
      ticket->error =
          broken
              ? *broken
              : Error{
                    Kind::too_many, "ledger_busy", "too many entries wait to be written", "", 0, 0};
      return;
    }
    waiting += ticket->entries.size();
    queue.push_back(ticket);
    if (queue.size() == 1) arrived.notify_one();
  }
  ticket->wait();
  const auto crowd = std::move(ticket->crowd);
  crowd->wake(2 * ticket->place + 1);
  crowd->wake(2 * ticket->place + 2);
}

std::size_t Log::Impl::most_bytes() const {
  return std::min(limits.batch_bytes, journal->slot_bytes() / 4);
}

std::size_t Log::Impl::portion_of(std::span<const Bytes> entries) const {
  const std::size_t most = most_bytes();
  std::size_t count = 0, bytes = 0;
  while (count < entries.size() && count < limits.batch_entries && (count == 0 || bytes < most))
    bytes += entries[count++].size() + 2;
  return count;
}

void Log::Impl::commit_for_ever() {
  for (;;) {
    auto batch = take_batch();
    if (batch.empty()) return;
    commit(std::move(batch));
    const std::lock_guard guard(mutex);
    committing = false;
    changed.notify_all();
  }
}

/// Waits for callers; nothing once the log is being closed and nobody waits any more.
std::vector<TicketPtr> Log::Impl::take_batch() {
  std::unique_lock guard(mutex);
  arrived.wait(guard, [&] { return !queue.empty() || stopping; });
  std::size_t tickets = 0, entries = 0, bytes = 0;
  const std::size_t most = most_bytes();
  while (tickets < queue.size() && entries < limits.batch_entries && bytes < most) {
    entries += queue[tickets]->entries.size();
    for (const Bytes& entry : queue[tickets]->entries) bytes += entry.size();
    ++tickets;
  }
  std::vector<TicketPtr> batch(std::make_move_iterator(queue.begin()),
                               std::make_move_iterator(queue.begin() + static_cast<long>(tickets)));
  queue.erase(queue.begin(), queue.begin() + static_cast<long>(tickets));
  waiting -= entries;
  committing = !batch.empty();
  return batch;
}

/// Gives every ticket of the batch its indexes, or all of them the reason why not.
void Log::Impl::commit(std::vector<TicketPtr> batch) {
  JournalRecord record{durable_size, {}};  // only this thread changes it
  std::vector<Hash> leaves;
  std::unordered_map<Hash, std::uint64_t, HashOfHash> seen;
  for (const TicketPtr& ticket : batch) {
    for (std::size_t i = 0; i < ticket->entries.size(); ++i) {
      const Hash& leaf = ticket->leaves[i];
      const std::uint64_t next = record.old_size + leaves.size();
      const auto known = recent.find(leaf);
      const auto index = known ? *known : seen.try_emplace(leaf, next).first->second;
      ticket->indexes.push_back(index);
      if (index != next) continue;
      record.entries.push_back(ticket->entries[i]);
      leaves.push_back(leaf);
    }
  }
  Result<void> written;
  if (!leaves.empty()) written = make_durable(record);
  if (written && !leaves.empty()) follow(std::move(record), leaves);
  if (!written) spdlog::error("ledger {}: append failed: {}", origin(), describe(written.error()));
  const auto crowd = std::make_shared<Crowd>(std::move(batch));
  for (std::size_t i = 0; i < crowd->tickets.size(); ++i) {
    Ticket& ticket = *crowd->tickets[i];
    if (!written) ticket.error = written.error();
    ticket.crowd = crowd;
    ticket.place = i;
  }
  crowd->wake(0);
}

Result<void> Log::Impl::make_durable(const JournalRecord& record) {
  std::size_t bytes = 0;
  for (const Bytes& entry : record.entries) bytes += entry.size();
  MINBEN_CHECK(make_room(record.entries.size(), bytes, record.old_size));
  const auto written = journal->append(record);
  if (written) return {};
  // A write that failed may still come to the disk later: nothing more is promised until the log is
  // opened again and sees what is there.
  const std::lock_guard guard(mutex);
  broken = Error{Kind::unavailable,
                 "ledger_broken",
                 "an earlier write left the log in doubt; reopen it: " + written.error().detail,
                 written.error().field,
                 0,
                 0};
  return fail(*broken);
}

/// The tree follows what is durable, never the other way round.
void Log::Impl::follow(JournalRecord record, std::span<const Hash> leaves) {
  {
    const std::lock_guard guard(edge_mutex);
    for (std::size_t i = 0; i < leaves.size(); ++i)
      edge.add(std::move(record.entries[i]), leaves[i]);
    edge_generation = journal->generation();
  }
  for (std::size_t i = 0; i < leaves.size(); ++i) recent.add(leaves[i], record.old_size + i);
  const std::lock_guard guard(mutex);
  ++batches;
  durable_size = record.old_size + leaves.size();
  followed.notify_one();
}

/// Goes on in the journal's other slot when this one is full, as soon as that one's batches are in
/// tiles: so far, and no further, may the committer be ahead of the publisher.
Result<void> Log::Impl::make_room(std::size_t entries, std::size_t bytes, std::uint64_t size_now) {
  std::unique_lock guard(mutex);
  if (journal->fits(entries, bytes)) return {};
  const std::uint64_t current = journal->generation();
  changed.wait(guard, [&] { return folded + 1 >= current || broken || behind; });
  if (broken) return fail(*broken);
  if (folded + 1 < current)
    return fail(Kind::unavailable, "ledger_failed", "the tiles cannot be written",
                directory.string());
  guard.unlock();
  MINBEN_CHECK(journal->begin(size_now));
  if (journal->fits(entries, bytes)) return {};
  return fail(Kind::too_large, "batch_too_large", "more at once than the journal holds",
              directory.string());
}

// ------------------------------------------------------------------------------------ sealing

Result<void> Log::Impl::read_seal() {
  if (size == 0) return {};
  MINBEN_TRY(entries, tiles.bundle(size, (size - 1) / tile_width));
  if (auto found = parse_seal(entries.back(), signer.verifier(), size - 1)) seal = *found;
  return {};
}

Result<Seal> Log::seal(const NoteVerifier& successor) {
  std::uint64_t index = 0;
  {
    std::unique_lock guard(impl_->mutex);
    if (impl_->seal && impl_->seal->successor.vkey() == successor.vkey()) return *impl_->seal;
    if (impl_->seal || impl_->sealing) return fail(sealed_error());
    impl_->sealing = true;
    impl_->changed.wait(guard, [&] { return impl_->queue.empty() && !impl_->committing; });
    index = impl_->durable_size;  // also of what is not published yet
  }
  const Seal seal{index, successor};
  const Bytes entry = write_seal(impl_->signer, seal);
  const auto ticket = std::make_shared<Ticket>();
  ticket->entries = std::span(&entry, 1);
  ticket->leaves.push_back(leaf_hash(entry));
  impl_->submit(ticket, true);
  const std::lock_guard guard(impl_->mutex);
  impl_->sealing = false;
  if (ticket->error) return fail(*ticket->error);
  impl_->seal = seal;
  return seal;
}

std::optional<Seal> Log::sealed() const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->seal;
}

}  // namespace minben::ledger
