#include "batches.hpp"

#include "tile_store.hpp"

namespace minben::ledger {

Error sealed_error() {
  return {Kind::conflict, "ledger_sealed", "the log has ended; append to its successor", "", 0, 0};
}

Result<void> RecentLeaves::add_from(const TileStore& tiles, std::uint64_t size,
                                    std::uint64_t from) {
  if (size > capacity_) from = std::max(from, size - capacity_);
  for (std::uint64_t first = from / tile_width * tile_width; first < size; first += tile_width) {
    const int count = static_cast<int>(std::min<std::uint64_t>(tile_width, size - first));
    MINBEN_TRY(hashes, tiles.hashes(size, 0, first, count));
    for (std::size_t i = 0; i < hashes.size(); ++i) add(hashes[i], first + i);
  }
  return {};
}

void Crowd::wake(std::size_t place) const {
  if (place >= tickets.size()) return;
  const TicketPtr ticket = tickets[place];  // its caller may be gone before tell() returns
  ticket->tell();
}

Placed place(std::span<const TicketPtr> batch, const RecentLeaves& recent, std::uint64_t size) {
  Placed placed{{size, {}}, {}};
  std::unordered_map<Hash, std::uint64_t, HashOfHash> seen;
  for (const TicketPtr& ticket : batch) {
    ticket->indexes.clear();  // of an attempt that failed
    for (std::size_t i = 0; i < ticket->entries.size(); ++i) {
      const Hash& leaf = ticket->leaves[i];
      const std::uint64_t next = size + placed.leaves.size();
      const auto known = recent.find(leaf);
      const auto index = known ? *known : seen.try_emplace(leaf, next).first->second;
      ticket->indexes.push_back(index);
      if (index != next) continue;
      placed.record.entries.push_back(ticket->entries[i]);
      placed.leaves.push_back(leaf);
    }
  }
  return placed;
}

// -------------------------------------------------------------------------------------- callers

Batches::Batches(const LogLimits& limits, std::size_t most_bytes, Commit commit)
    : limits_(limits),
      most_bytes_(most_bytes),
      commit_(std::move(commit)),
      committer_([this] { commit_for_ever(); }) {}

Batches::~Batches() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
    arrived_.notify_all();
  }
  committer_.join();
}

Result<std::vector<std::uint64_t>> Batches::append_all(std::span<const Bytes> entries) {
  for (const Bytes& entry : entries) {
    if (entry.size() > max_entry_bytes)
      return fail(Kind::too_large, "entry_too_large",
                  "an entry has at most 65535 bytes: log a digest");
  }
  if (entries.size() > limits_.waiting_entries)
    return fail(Kind::too_many, "ledger_busy", "too many entries wait to be written");
  std::vector<std::uint64_t> indexes;
  indexes.reserve(entries.size());
  while (!entries.empty()) {
    const std::size_t portion = portion_of(entries);
    const auto ticket = std::make_shared<Ticket>();
    ticket->entries = entries.first(portion);
    for (const Bytes& entry : ticket->entries) ticket->leaves.push_back(leaf_hash(entry));
    submit(ticket);
    if (ticket->error) return fail(*ticket->error);
    indexes.insert(indexes.end(), ticket->indexes.begin(), ticket->indexes.end());
    entries = entries.subspan(portion);
  }
  return indexes;
}

Result<std::uint64_t> Batches::seal(const NoteVerifier& successor) {
  const auto ticket = std::make_shared<Ticket>();
  ticket->successor = &successor;
  submit(ticket);
  if (ticket->error) return fail(*ticket->error);
  return ticket->indexes.front();
}

/// Returns once the ticket has its answer; then passes the news on.
void Batches::submit(const TicketPtr& ticket) {
  {
    const std::lock_guard guard(mutex_);
    if (waiting_ + ticket->entries.size() > limits_.waiting_entries) {
      ticket->error =
          Error{Kind::too_many, "ledger_busy", "too many entries wait to be written", "", 0, 0};
      return;
    }
    waiting_ += ticket->entries.size();
    queue_.push_back(ticket);
    if (queue_.size() == 1) arrived_.notify_one();
  }
  ticket->wait();
  const auto crowd = std::move(ticket->crowd);
  crowd->wake(2 * ticket->place + 1);
  crowd->wake(2 * ticket->place + 2);
}

std::size_t Batches::portion_of(std::span<const Bytes> entries) const {
  std::size_t count = 0, bytes = 0;
  while (count < entries.size() && count < limits_.batch_entries &&
         (count == 0 || bytes < most_bytes_))
    bytes += entries[count++].size() + 2;
  return count;
}

// ---------------------------------------------------------------------------------- the committer

void Batches::commit_for_ever() {
  for (;;) {
    auto batch = take_batch();
    if (batch.empty()) return;
    const auto outcome = commit_(batch);
    finish(std::move(batch), outcome);
  }
}

/// Waits for callers; nothing once all is over and nobody waits any more.
std::vector<TicketPtr> Batches::take_batch() {
  std::unique_lock guard(mutex_);
  arrived_.wait(guard, [&] { return !queue_.empty() || stopping_; });
  std::size_t tickets = 0, entries = 0, bytes = 0;
  while (tickets < queue_.size() && entries < limits_.batch_entries && bytes < most_bytes_) {
    const Ticket& next = *queue_[tickets];
    if (next.successor != nullptr && tickets > 0) break;
    entries += next.entries.size();
    for (const Bytes& entry : next.entries) bytes += entry.size();
    ++tickets;
    if (next.successor != nullptr) break;
  }
  std::vector<TicketPtr> batch(
      std::make_move_iterator(queue_.begin()),
      std::make_move_iterator(queue_.begin() + static_cast<long>(tickets)));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<long>(tickets));
  waiting_ -= entries;
  return batch;
}

/// All of them have their indexes now, or the reason why not.
void Batches::finish(std::vector<TicketPtr> batch, const Result<void>& outcome) {
  const auto crowd = std::make_shared<Crowd>(std::move(batch));
  for (std::size_t i = 0; i < crowd->tickets.size(); ++i) {
    Ticket& ticket = *crowd->tickets[i];
    if (!outcome) ticket.error = outcome.error();
    ticket.crowd = crowd;
    ticket.place = i;
  }
  crowd->wake(0);
}

}  // namespace minben::ledger
