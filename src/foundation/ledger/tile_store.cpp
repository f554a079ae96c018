#include "tile_store.hpp"

namespace minben::ledger {

namespace {
std::unexpected<Error> missing(const fs::path& path) {
  return fail(Kind::internal, "ledger_damaged", "the file is missing", path.string());
}
}  // namespace

Tile tile_of(std::uint64_t size, int level, std::uint64_t position) {
  const std::uint64_t count = hashes_at(level, size);
  const std::uint64_t index = position / tile_width;
  const bool full = index < count / tile_width;
  return {level, index, static_cast<int>(full ? tile_width : count % tile_width)};
}

Result<std::vector<Hash>> TileStore::hashes(std::uint64_t size, int level, std::uint64_t first,
                                            int count) const {
  Tile tile = tile_of(size, level, first);
  const std::size_t offset = first % tile_width * 32;
  MINBEN_TRY(bytes, files_.read_range(path(tile), offset, static_cast<std::size_t>(count) * 32));
  if (!bytes) {  // the partial goes once the tile is full
    tile.width = tile_width;
    MINBEN_TRY(from_full,
               files_.read_range(path(tile), offset, static_cast<std::size_t>(count) * 32));
    if (!from_full) return missing(path(tile));
    bytes = std::move(from_full);
  }
  return parse_hash_tile(*bytes, count);
}

Result<std::vector<Bytes>> TileStore::bundle(std::uint64_t size, std::uint64_t index) const {
  Tile tile = tile_of(size, entries_level, index * tile_width);
  const auto wanted = static_cast<std::size_t>(tile.width);
  MINBEN_TRY(bytes, files_.read(path(tile)));
  if (!bytes) {
    tile.width = tile_width;
    MINBEN_TRY(from_full, files_.read(path(tile)));
    if (!from_full) return missing(path(tile));
    bytes = std::move(from_full);
  }
  MINBEN_TRY(entries, parse_bundle(*bytes, tile.width));
  entries.resize(wanted);
  return entries;
}

Result<std::shared_ptr<const TileNodes>> TileStore::nodes(const Tile& tile) const {
  if (auto known = cache_->find(tile)) return known;
  // As in a log that ends with this tile: a partial one, or the full one it grew into.
  MINBEN_TRY(bytes, files_.read(path(tile)));
  if (!bytes && tile.width < static_cast<int>(tile_width)) {
    Tile full = tile;
    full.width = tile_width;
    MINBEN_TRY(from_full, files_.read(path(full)));
    if (from_full) from_full->resize(static_cast<std::size_t>(tile.width) * 32);
    bytes = std::move(from_full);
  }
  if (!bytes) return missing(path(tile));
  auto hashes = parse_hash_tile(*bytes, tile.width);
  if (!hashes)
    return fail(Kind::internal, "ledger_damaged", hashes.error().detail, path(tile).string());
  auto made = std::make_shared<const TileNodes>(std::move(*hashes));
  cache_->add(tile, made);
  return made;
}

SubtreeHash TileStore::subtrees(std::uint64_t size) const {
  return [this, size](int level, std::uint64_t index) -> Result<Hash> {
    const auto inside = static_cast<std::size_t>(level % tile_height);
    const std::uint64_t first = index << inside;
    MINBEN_TRY(found, nodes(tile_of(size, level / tile_height, first)));
    return found->levels[inside][(first % tile_width) >> inside];
  };
}

TileNodes::TileNodes(std::vector<Hash> hashes) {
  levels[0] = std::move(hashes);
  for (std::size_t height = 1; height < levels.size(); ++height) {
    const auto& below = levels[height - 1];
    for (std::size_t i = 0; i + 1 < below.size(); i += 2)
      levels[height].push_back(node_hash(below[i], below[i + 1]));
  }
}

std::shared_ptr<const TileNodes> TileCache::find(const Tile& tile) {
  const std::lock_guard guard(mutex_);
  const auto found = places_.find({tile.level, tile.index, tile.width});
  if (found == places_.end()) return nullptr;
  order_.splice(order_.begin(), order_, found->second);
  return found->second->second;
}

void TileCache::add(const Tile& tile, std::shared_ptr<const TileNodes> nodes) {
  constexpr std::size_t most = 1024;
  const Key key{tile.level, tile.index, tile.width};
  const std::lock_guard guard(mutex_);
  if (places_.contains(key)) return;
  order_.emplace_front(key, std::move(nodes));
  places_[key] = order_.begin();
  if (order_.size() <= most) return;
  places_.erase(order_.back().first);
  order_.pop_back();
}

}  // namespace minben::ledger
