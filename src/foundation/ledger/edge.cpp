#include "edge.hpp"

namespace minben::ledger {

namespace {
Bytes bundle_bytes(std::span<const Bytes> entries) {
  auto bundle = write_bundle(entries);
  MINBEN_ASSERT(bundle.has_value());  // sizes were checked before the entries came here
  return std::move(*bundle);
}
}  // namespace

Result<Edge> Edge::load(const TileStore& tiles, std::uint64_t size) {
  Edge edge;
  MINBEN_TRY(frontier, Frontier::at(size, tiles.subtrees(size)));
  edge.frontier_ = std::move(frontier);
  for (int level = 0; hashes_at(level, size) > 0; ++level) {
    const std::uint64_t count = hashes_at(level, size);
    Level& loaded = edge.levels_.emplace_back(Level{count / tile_width, {}, false});
    if (count % tile_width == 0) continue;
    MINBEN_TRY(hashes, tiles.hashes(size, level, loaded.full * tile_width,
                                    static_cast<int>(count % tile_width)));
    loaded.hashes = std::move(hashes);
  }
  if (size % tile_width != 0) {
    MINBEN_TRY(entries, tiles.bundle(size, size / tile_width));
    edge.entries_ = std::move(entries);
  }
  for (std::size_t i = 0; i < edge.entries_.size(); ++i) {
    if (leaf_hash(edge.entries_[i]) != edge.levels_[0].hashes[i]) {
      return fail(Kind::internal, "ledger_damaged",
                  "the last entry bundle and its tile do not agree",
                  tiles.where(tile_of(size, entries_level, size - 1)));
    }
  }
  return edge;
}

void Edge::add(Bytes entry, const Hash& leaf) {
  entries_.push_back(std::move(entry));
  frontier_.add(leaf);
  add_hash(0, leaf);
  if (entries_.size() == tile_width) complete_bundle();
}

void Edge::complete_bundle() {
  const std::uint64_t index = size() / tile_width - 1;
  completed_.push_back({{entries_level, index, tile_width}, bundle_bytes(entries_)});
  entries_.clear();
}

void Edge::add_hash(std::size_t at, const Hash& hash) {
  if (at == levels_.size()) levels_.emplace_back();
  Level& level = levels_[at];
  level.hashes.push_back(hash);
  level.changed = true;
  if (level.hashes.size() < tile_width) return;
  const Hash above = complete_tile_root(level.hashes);
  completed_.push_back(
      {{static_cast<int>(at), level.full, tile_width}, write_hash_tile(level.hashes)});
  level.hashes.clear();
  ++level.full;
  add_hash(at + 1, above);
}

std::vector<PendingFile> Edge::take_completed() { return std::exchange(completed_, {}); }

void Edge::append_partials(std::vector<PendingFile>& out, bool only_changed) const {
  for (std::size_t at = 0; at < levels_.size(); ++at) {
    const Level& level = levels_[at];
    if (level.hashes.empty() || (only_changed && !level.changed)) continue;
    const Tile tile{static_cast<int>(at), level.full, static_cast<int>(level.hashes.size())};
    out.push_back({tile, write_hash_tile(level.hashes)});
  }
  if (entries_.empty()) return;
  const Tile tile{entries_level, size() / tile_width, static_cast<int>(entries_.size())};
  out.push_back({tile, bundle_bytes(entries_)});
}

std::vector<PendingFile> Edge::take_changed_partials() {
  std::vector<PendingFile> out;
  append_partials(out, true);
  for (Level& level : levels_) level.changed = false;
  return out;
}

std::vector<PendingFile> Edge::partials() const {
  std::vector<PendingFile> out;
  append_partials(out, false);
  return out;
}

}  // namespace minben::ledger
