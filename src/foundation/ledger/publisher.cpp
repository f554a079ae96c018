// The publisher: what is durable in the journal becomes tiles, bundles and a checkpoint for the
// world to see, and, once synced, the committed checkpoint.
#include <spdlog/spdlog.h>

#include "log_impl.hpp"

namespace minben::ledger {

namespace {
constexpr milliseconds pause_after_failure{100};
/// Nobody asks: then so much may gather, for each publication makes files that the next one
/// replaces.
constexpr milliseconds between_publications{10};
}  // namespace

std::pair<std::uint64_t, std::string> Log::Impl::published() const {
  std::unique_lock guard(mutex);
  const std::uint64_t wanted = durable_size;
  if (size < wanted) {
    asked = true;
    followed.notify_one();
  }
  changed.wait(guard, [&] { return size >= wanted || behind || broken; });
  return {size, shown};
}

std::pair<std::uint64_t, std::string> Log::Impl::provable(std::uint64_t index) const {
  {
    const std::lock_guard guard(mutex);
    if (index < proven_size) return {proven_size, proven};
  }
  return published();
}

/// Not for good: opening writes it again.
Result<void> Log::Impl::publish_shown() {
  const std::lock_guard turn(publishing);
  std::string text;
  {
    const std::lock_guard guard(mutex);
    text = shown;
  }
  return files.replace(directory / "checkpoint", as_bytes(text));
}

/// False once the log is being closed and all is published.
bool Log::Impl::wait_to_publish() {
  std::unique_lock guard(mutex);
  followed.wait(guard, [&] { return durable_size > size || committer_over; });
  if (durable_size == size) return false;
  followed.wait_for(guard, between_publications, [&] { return asked || committer_over; });
  asked = false;
  return true;
}

Unpublished Log::Impl::take_unpublished() {
  const std::lock_guard guard(edge_mutex);
  // After a failure also partial tiles that have not changed since are to be written.
  auto completed = edge.take_completed();
  auto partials = behind ? edge.partials() : edge.take_changed_partials();
  return {std::move(completed), std::move(partials), checkpoint_of(edge), edge_generation};
}

void Log::Impl::publish_for_ever() {
  while (wait_to_publish()) {
    Unpublished next = take_unpublished();
    std::ranges::move(next.completed, std::back_inserter(unwritten));
    const auto done = publish(next);
    std::unique_lock guard(mutex);
    behind = !done;
    changed.notify_all();
    if (done) continue;
    spdlog::warn("ledger {}: not published yet: {}", origin(), describe(done.error()));
    if (committer_over) return;  // opening does it
    followed.wait_for(guard, pause_after_failure, [&] { return committer_over; });
  }
  if (size == committed_size || broken) return;
  if (const auto checkpoint = open_checkpoint(note, signer.verifier()))
    (void)fold(journal->generation(), *checkpoint);
}

/// The tiles that became full, the right edge, then the checkpoint that needs them.
Result<void> Log::Impl::publish(const Unpublished& next) {
  while (!unwritten.empty()) {
    const PendingFile& file = unwritten.back();
    MINBEN_CHECK(files.replace(tiles.path(file.tile), file.content));
    unwritten.pop_back();
  }
  for (const PendingFile& file : next.partials)
    MINBEN_CHECK(files.replace(tiles.path(file.tile), file.content));
  const std::string text = sign(next.checkpoint);
  std::uint64_t done = 0;
  {
    const std::lock_guard turn(publishing);
    MINBEN_CHECK(files.replace(directory / "checkpoint", as_bytes(text)));
    const std::lock_guard guard(mutex);
    size = next.checkpoint.size;
    note = shown = text;
    done = folded;
    changed.notify_all();
  }
  return next.generation > done + 1 ? fold(next.generation - 1, next.checkpoint) : Result<void>{};
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
    changed.notify_all();
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
    changed.notify_all();
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
