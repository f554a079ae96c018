// The publisher: what is durable in the journal becomes tiles, bundles and a checkpoint for the
// world to see, and, once synced, the committed checkpoint.
#include <spdlog/spdlog.h>

#include "directory_log.hpp"

namespace minben::ledger {

namespace {
constexpr milliseconds pause_after_failure{100};
/// Nobody asks: then so much may gather, for each publication makes files that the next one
/// replaces.
constexpr milliseconds between_publications{10};
}  // namespace

std::pair<std::uint64_t, std::string> DirectoryLog::published() const {
  std::unique_lock guard(mutex_);
  const std::uint64_t wanted = durable_size_;
  if (size_ < wanted) {
    asked_ = true;
    followed_.notify_one();
  }
  changed_.wait(guard, [&] { return size_ >= wanted || behind_ || broken_; });
  return {size_, shown_};
}

std::pair<std::uint64_t, std::string> DirectoryLog::provable(std::uint64_t index) const {
  {
    const std::lock_guard guard(mutex_);
    if (index < proven_size_) return {proven_size_, proven_};
  }
  return published();
}

/// Not for good: opening writes it again.
Result<void> DirectoryLog::publish_shown() {
  const std::lock_guard turn(publishing_);
  std::string text;
  {
    const std::lock_guard guard(mutex_);
    text = shown_;
  }
  return files_.replace(directory_ / "checkpoint", as_bytes(text));
}

/// False once the log is being closed and all is published.
bool DirectoryLog::wait_to_publish() {
  std::unique_lock guard(mutex_);
  followed_.wait(guard, [&] { return durable_size_ > size_ || committer_over_; });
  if (durable_size_ == size_) return false;
  followed_.wait_for(guard, between_publications, [&] { return asked_ || committer_over_; });
  asked_ = false;
  return true;
}

Unpublished DirectoryLog::take_unpublished() {
  const std::lock_guard guard(edge_mutex_);
  // After a failure also partial tiles that have not changed since are to be written.
  auto completed = edge_.take_completed();
  auto partials = behind_ ? edge_.partials() : edge_.take_changed_partials();
  return {std::move(completed), std::move(partials), checkpoint_of(edge_), edge_generation_};
}

void DirectoryLog::publish_for_ever() {
  while (wait_to_publish()) {
    Unpublished next = take_unpublished();
    std::ranges::move(next.completed, std::back_inserter(unwritten_));
    const auto done = publish(next);
    std::unique_lock guard(mutex_);
    behind_ = !done;
    changed_.notify_all();
    if (done) continue;
    spdlog::warn("ledger {}: not published yet: {}", origin(), describe(done.error()));
    if (committer_over_) return;  // opening does it
    followed_.wait_for(guard, pause_after_failure, [&] { return committer_over_; });
  }
  if (size_ == committed_size_ || broken_) return;
  if (const auto checkpoint = open_checkpoint(note_, signer_.verifier()))
    (void)fold(journal_->generation(), *checkpoint);
}

/// The tiles that became full, the right edge, then the checkpoint that needs them.
Result<void> DirectoryLog::publish(const Unpublished& next) {
  while (!unwritten_.empty()) {
    const PendingFile& file = unwritten_.back();
    MINBEN_CHECK(files_.replace(path(file.tile), file.content));
    unwritten_.pop_back();
  }
  for (const PendingFile& file : next.partials)
    MINBEN_CHECK(files_.replace(path(file.tile), file.content));
  const std::string text = sign(next.checkpoint);
  std::uint64_t done = 0;
  {
    const std::lock_guard turn(publishing_);
    MINBEN_CHECK(files_.replace(directory_ / "checkpoint", as_bytes(text)));
    const std::lock_guard guard(mutex_);
    size_ = next.checkpoint.size;
    note_ = shown_ = text;
    done = folded_;
    changed_.notify_all();
  }
  return next.generation > done + 1 ? fold(next.generation - 1, next.checkpoint) : Result<void>{};
}

/// The moment from which the journal's generations up to this one are not needed any more.
Result<void> DirectoryLog::fold(std::uint64_t generation, const Checkpoint& checkpoint) {
  MINBEN_TRY(current, files_.read(committed_path()));
  if (!current || as_text(*current) != committed_) {
    const std::lock_guard guard(mutex_);
    broken_ = Error{Kind::unavailable,
                    "ledger_broken",
                    "somebody else changed the committed checkpoint",
                    committed_path().string(),
                    0,
                    0};
    changed_.notify_all();
    return fail(*broken_);
  }
  MINBEN_CHECK(files_.sync_all(directory_));
  const std::string text = sign(checkpoint);
  MINBEN_CHECK(files_.replace_for_good(committed_path(), as_bytes(text)));
  committed_ = text;
  committed_size_ = checkpoint.size;
  {
    const std::lock_guard guard(mutex_);
    folded_ = generation;
    changed_.notify_all();
  }
  clean_partials();
  return {};
}

/// Partials may go once their tile is full (tlog-tiles §Partial Tiles), and synced: until then the
/// committed checkpoint may stand on them.
void DirectoryLog::clean_partials() {
  const std::uint64_t safe = committed_size_;
  for (int level = entries_level; level == entries_level || hashes_at(level, safe) > 0; ++level) {
    const std::uint64_t full = hashes_at(level, safe) / tile_width;
    for (std::uint64_t index = hashes_at(level, cleaned_size_) / tile_width; index < full; ++index)
      files_.remove_all(path({level, index, 1}).parent_path());
  }
  cleaned_size_ = safe;
}

}  // namespace minben::ledger
