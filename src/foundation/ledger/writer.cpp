// The committer: many callers, one sync.
#include <spdlog/spdlog.h>

#include "log_impl.hpp"

namespace minben::ledger {

void Crowd::wake(std::size_t place) const {
  if (place >= tickets.size()) return;
  const TicketPtr ticket = tickets[place];
  ticket->done.store(true, std::memory_order_release);
  ticket->done.notify_one();
}

/// Returns once the ticket has its answer; then passes the news on.
void Log::Impl::submit(const TicketPtr& ticket) {
  {
    const std::lock_guard guard(mutex);
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
  ticket->done.wait(false, std::memory_order_acquire);
  const auto crowd = std::move(ticket->crowd);
  crowd->wake(2 * ticket->place + 1);
  crowd->wake(2 * ticket->place + 2);
}

std::size_t Log::Impl::portion_of(std::span<const Bytes> entries) const {
  const std::size_t most = std::min(limits.batch_bytes, journal->slot_bytes() / 4);
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
  }
}

/// Waits for callers; nothing once the log is being closed and nobody waits any more.
std::vector<TicketPtr> Log::Impl::take_batch() {
  std::unique_lock guard(mutex);
  arrived.wait(guard, [&] { return !queue.empty() || stopping; });
  std::size_t tickets = 0, entries = 0, bytes = 0;
  const std::size_t most = std::min(limits.batch_bytes, journal->slot_bytes() / 4);
  while (tickets < queue.size() && entries < limits.batch_entries && bytes < most) {
    entries += queue[tickets]->entries.size();
    for (const Bytes& entry : queue[tickets]->entries) bytes += entry.size();
    ++tickets;
  }
  std::vector<TicketPtr> batch(std::make_move_iterator(queue.begin()),
                               std::make_move_iterator(queue.begin() + static_cast<long>(tickets)));
  queue.erase(queue.begin(), queue.begin() + static_cast<long>(tickets));
  waiting -= entries;
  return batch;
}

/// Gives every ticket of the batch its indexes, or all of them the reason why not.
void Log::Impl::commit(std::vector<TicketPtr> batch) {
  Edge next = edge;
  std::vector<Bytes> fresh;
  std::vector<std::pair<Hash, std::uint64_t>> added;
  std::unordered_map<Hash, std::uint64_t, HashOfHash> seen;
  for (const TicketPtr& ticket : batch) {
    for (std::size_t i = 0; i < ticket->entries.size(); ++i) {
      const Hash& leaf = ticket->leaves[i];
      const auto known = recent.find(leaf);
      const auto index = known ? *known : seen.try_emplace(leaf, next.size()).first->second;
      ticket->indexes.push_back(index);
      if (index != next.size()) continue;
      fresh.push_back(ticket->entries[i]);
      added.emplace_back(leaf, index);
      next.add(ticket->entries[i], leaf);
    }
  }
  Result<void> written;
  if (!fresh.empty()) written = make_durable(next, std::move(fresh), edge.size());
  if (written && !added.empty()) {
    edge = std::move(next);
    for (const auto& [leaf, index] : added) recent.add(leaf, index);
  }
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

Result<void> Log::Impl::make_durable(Edge& next, std::vector<Bytes> entries,
                                     std::uint64_t old_size) {
  std::size_t bytes = 0;
  for (const Bytes& entry : entries) bytes += entry.size();
  MINBEN_CHECK(make_room(entries.size(), bytes, old_size));
  const Checkpoint checkpoint = checkpoint_of(next);
  auto written = journal->append({old_size, std::move(entries), checkpoint.root});
  const std::lock_guard guard(mutex);
  if (!written) {
    // A write that failed may still come to the disk later: nothing more is promised until the log
    // is opened again and sees what is there.
    broken = Error{Kind::unavailable,
                   "ledger_broken",
                   "an earlier write left the log in doubt; reopen it: " + written.error().detail,
                   written.error().field,
                   0,
                   0};
    return fail(*broken);
  }
  ++batches;
  durable_size = checkpoint.size;
  durable.push_back(
      {next.take_completed(), next.take_changed_partials(), checkpoint, journal->generation()});
  followed.notify_one();
  return {};
}

/// Goes on in the journal's other slot when this one is full, as soon as that one's batches are in
/// tiles. Also holds the committer back when the publisher is far behind.
Result<void> Log::Impl::make_room(std::size_t entries, std::size_t bytes, std::uint64_t size_now) {
  std::unique_lock guard(mutex);
  shown.wait(guard, [&] { return durable.size() < limits.batches_ahead || broken || behind; });
  if (broken) return fail(*broken);
  if (durable.size() >= 4 * limits.batches_ahead)
    return fail(Kind::unavailable, "ledger_failed", "the tiles cannot be written",
                directory.string());
  if (journal->fits(entries, bytes)) return {};
  const std::uint64_t current = journal->generation();
  shown.wait(guard, [&] { return folded + 1 >= current || broken || behind; });
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

}  // namespace minben::ledger
