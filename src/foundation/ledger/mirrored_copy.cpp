#include "mirrored_copy.hpp"

namespace minben::ledger {

namespace {

constexpr std::size_t max_progress = 32;
constexpr std::size_t max_note = 1u << 20;

std::unexpected<Error> damaged(const fs::path& file, std::string_view detail) {
  return fail(Kind::internal, "mirror_damaged", detail, file.string());
}

}  // namespace

Result<MirroredCopy> MirroredCopy::load(Files& files, fs::path directory) {
  MirroredCopy copy(files, std::move(directory));
  const fs::path progress = copy.directory_ / "progress";
  MINBEN_TRY(kept, files.read(progress, max_progress));
  if (kept) {
    const std::string_view text = as_text(*kept);
    const auto next = parse_integer(text.substr(0, text.find('\n')), 0);
    if (!next || fmt::format("{}\n", *next) != text) return damaged(progress, "not a number");
    copy.next_ = static_cast<std::uint64_t>(*next);
  }
  const fs::path checkpoint = copy.directory_ / "checkpoint";
  MINBEN_TRY(note, files.read(checkpoint, max_note));
  if (!note) return copy;
  copy.shown_ = as_text(*note);
  const auto parsed = parse_note(copy.shown_);
  const auto shown = parsed ? parse_checkpoint(parsed->text) : std::unexpected(parsed.error());
  if (!shown) return damaged(checkpoint, "not a checkpoint");
  if (shown->size > copy.next_) return damaged(progress, "below the checkpoint that is shown");
  copy.shown_size_ = shown->size;
  return copy;
}

Result<void> MirroredCopy::begin() {
  if (edge_) return {};
  filled_.clear();
  MINBEN_TRY(edge, Edge::load(tiles_, next_));
  edge_ = std::move(edge);
  return {};
}

Result<std::vector<Hash>> MirroredCopy::leaves(std::uint64_t first, std::size_t count) const {
  if (count == 0) return std::vector<Hash>{};
  return tiles_.hashes(next_, 0, first, static_cast<int>(count));
}

/// What was written after the last keep() may be there or not: the edge is taken anew from what is
/// there for good, and everything after it is written again.
Result<void> MirroredCopy::forget_edge_unless(Result<void> done) {
  if (!done) edge_.reset();
  return done;
}

Result<void> MirroredCopy::add(Bytes entry, const Hash& leaf) {
  return forget_edge_unless(try_to_add(std::move(entry), leaf));
}
Result<void> MirroredCopy::keep() { return forget_edge_unless(try_to_keep()); }

Result<void> MirroredCopy::try_to_add(Bytes entry, const Hash& leaf) {
  edge_->add(std::move(entry), leaf);
  for (const PendingFile& file : edge_->take_completed()) {
    MINBEN_CHECK(files_->replace(path(file.tile), file.content));
    filled_.push_back(file.tile);
  }
  return {};
}

Result<void> MirroredCopy::try_to_keep() {
  const std::uint64_t reached = edge_->size();
  if (reached == next_) return {};
  for (const PendingFile& file : edge_->take_changed_partials())
    MINBEN_CHECK(files_->replace(path(file.tile), file.content));
  MINBEN_CHECK(files_->sync_all(directory_));
  MINBEN_CHECK(
      files_->replace_for_good(directory_ / "progress", as_bytes(fmt::format("{}\n", reached))));
  next_ = reached;
  return {};
}

/// Readers of a smaller checkpoint find the full tile (tlog-tiles §Partial Tiles).
void MirroredCopy::clean() {
  for (Tile tile : std::exchange(filled_, {})) {
    tile.width = 1;
    files_->remove_all(path(tile).parent_path());
  }
}

/// When more is there than this size: its partial tiles are the beginnings of larger ones. Always
/// written, because what lies there may be from before a power loss.
Result<void> MirroredCopy::write_partials_of(std::uint64_t size) {
  for (int level = entries_level; level == entries_level || hashes_at(level, size) > 0; ++level) {
    const std::uint64_t count = hashes_at(level, size);
    const int width = static_cast<int>(count % tile_width);
    const Tile tile{level, count / tile_width, width};
    if (width == 0 || hashes_at(level, next_) / tile_width > tile.index) continue;
    Bytes content;
    if (level == entries_level) {
      MINBEN_TRY(entries, tiles_.bundle(next_, tile.index));
      MINBEN_TRY(bundle, write_bundle(std::span(entries).first(count % tile_width)));
      content = std::move(bundle);
    } else {
      MINBEN_TRY(hashes, tiles_.hashes(next_, level, tile.index * tile_width, width));
      content = write_hash_tile(hashes);
    }
    MINBEN_CHECK(files_->replace(path(tile), content));
  }
  return files_->sync_all(directory_);
}

Result<void> MirroredCopy::show(const Note& note, const Checkpoint& checkpoint) {
  MINBEN_ASSERT(checkpoint.size <= next_ && checkpoint.size >= shown_size_);
  MINBEN_TRY(root, tree_root(checkpoint.size, tiles_.subtrees(next_)));
  if (root != checkpoint.root)
    return damaged(directory_, "what is there does not lead to the checkpoint's root");
  if (checkpoint.size < next_) MINBEN_CHECK(write_partials_of(checkpoint.size));
  std::string text = write_note(note);
  MINBEN_CHECK(files_->replace_for_good(directory_ / "checkpoint", as_bytes(text)));
  shown_ = std::move(text);
  shown_size_ = checkpoint.size;
  return {};
}

}  // namespace minben::ledger
