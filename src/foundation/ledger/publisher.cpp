// The publisher: what is durable in the journal becomes tiles, bundles and a checkpoint for the
// world to see, and, once synced, the committed checkpoint.
#include <map>

#include <spdlog/spdlog.h>

#include "log_impl.hpp"

namespace minben::ledger {

namespace {
constexpr milliseconds pause_after_failure{100};
}

std::pair<std::uint64_t, std::string> Log::Impl::published() const {
  std::unique_lock guard(mutex);
  const std::uint64_t wanted = durable_size;
  shown.wait(guard, [&] { return size >= wanted || behind || broken; });
  return {size, note};
}

void Log::Impl::publish_for_ever() {
  for (;;) {
    std::deque<Durable> following;
    {
      std::unique_lock guard(mutex);
      followed.wait(guard, [&] { return !durable.empty() || committer_over; });
      if (durable.empty()) break;
      following.swap(durable);
    }
    const auto done = publish(following);
    std::unique_lock guard(mutex);
    behind = !done;
    if (!done) {
      spdlog::warn("ledger {}: not published yet: {}", origin(), describe(done.error()));
      // In order, before what came meanwhile.
      std::ranges::move(durable, std::back_inserter(following));
      durable.swap(following);
      shown.notify_all();
      if (committer_over) return;  // opening does it
      followed.wait_for(guard, pause_after_failure, [&] { return committer_over; });
      continue;
    }
    shown.notify_all();
  }
  if (durable_size > committed_size && !broken) {
    const auto checkpoint = open_checkpoint(note, signer.verifier());
    if (checkpoint) (void)fold(journal->generation(), *checkpoint);
  }
}

/// All tiles that became full, the right edge as it is after the last batch, then the checkpoint.
/// Several batches that came together are shown as one.
Result<void> Log::Impl::publish(std::deque<Durable>& following) {
  const Durable& last = following.back();
  std::map<int, const PendingFile*> edges;  // by level; a batch brings those that it changed
  for (const Durable& batch : following) {
    for (const PendingFile& file : batch.completed) {
      MINBEN_CHECK(files.replace(tiles.path(file.tile), file.content));
      edges.erase(file.tile.level);
    }
    for (const PendingFile& file : batch.partials) edges[file.tile.level] = &file;
  }
  for (const auto& [level, file] : edges)
    MINBEN_CHECK(files.replace(tiles.path(file->tile), file->content));
  const std::string text = sign(last.checkpoint);
  MINBEN_CHECK(files.replace(directory / "checkpoint", as_bytes(text)));
  {
    const std::lock_guard guard(mutex);
    size = last.checkpoint.size;
    note = text;
    shown.notify_all();
  }
  std::uint64_t done = 0;
  {
    const std::lock_guard guard(mutex);
    done = folded;
  }
  return last.generation > done + 1 ? fold(last.generation - 1, last.checkpoint) : Result<void>{};
}

/// The moment from which the journal's generations up to this one are not needed any more.
Result<void> Log::Impl::fold(std::uint64_t generation, const Checkpoint& checkpoint) {
  MINBEN_TRY(current, files.read(committed_path()));
  if (!current || as_text(*current) != committed) {
    const std::lock_guard guard(mutex);
    broken = Error{Kind::unavailable,
                   "ledger_broken",
                   "somebody else changed the committed checkpoint",
                   committed_path().string(),
                   0,
                   0};
    shown.notify_all();
    return fail(*broken);
  }
  MINBEN_CHECK(files.sync_all(directory));
  const std::string text = sign(checkpoint);
  MINBEN_CHECK(files.replace_for_good(committed_path(), as_bytes(text)));
  committed = text;
  committed_size = checkpoint.size;
  {
    const std::lock_guard guard(mutex);
    folded = generation;
    shown.notify_all();
  }
  clean_partials();
  return {};
}

/// Partials may go once their tile is full (tlog-tiles §Partial Tiles), and synced: until then the
/// committed checkpoint may stand on them.
void Log::Impl::clean_partials() {
  const std::uint64_t safe = committed_size;
  for (int level = entries_level; level == entries_level || hashes_at(level, safe) > 0; ++level) {
    const std::uint64_t full = hashes_at(level, safe) / tile_width;
    for (std::uint64_t index = hashes_at(level, cleaned_size) / tile_width; index < full; ++index)
      files.remove_all(tiles.path({level, index, 1}).parent_path());
  }
  cleaned_size = safe;
}

}  // namespace minben::ledger
