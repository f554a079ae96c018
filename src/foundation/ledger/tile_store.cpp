#include "tile_store.hpp"

namespace minben::ledger {

Tile tile_of(std::uint64_t size, int level, std::uint64_t position) {
  const std::uint64_t count = hashes_at(level, size);
  const std::uint64_t index = position / tile_width;
  const bool full = index < count / tile_width;
  return {level, index, static_cast<int>(full ? tile_width : count % tile_width)};
}

Result<std::optional<Bytes>> read_tile(const ReadFile& read, Tile& tile) {
  MINBEN_TRY(bytes, read(tile_path(tile)));
  if (bytes || tile.width == static_cast<int>(tile_width)) return bytes;
  tile.width = tile_width;
  return read(tile_path(tile));
}

TileStore::TileStore(const Files& files, const fs::path& directory)
    : TileStore(
          [&files, directory](Tile& tile) {
            return read_tile([&](const std::string& name) { return files.read(directory / name); },
                             tile);
          },
          directory.string()) {}

Result<std::optional<Bytes>> TileStore::content(const Tile& tile) const {
  Tile found = tile;
  MINBEN_TRY(bytes, read_(found));
  if (!bytes || found.width == tile.width) return bytes;
  const auto width = static_cast<std::size_t>(tile.width);
  if (tile.level != entries_level) {
    bytes->resize(width * sizeof(Hash));
    return bytes;
  }
  MINBEN_TRY(entries, parse_bundle(*bytes, found.width));
  MINBEN_TRY(cut, write_bundle(std::span(entries).first(width)));
  return std::optional(std::move(cut));
}

Result<Bytes> TileStore::wanted(Tile& tile) const {
  const Tile asked = tile;
  MINBEN_TRY(bytes, read_(tile));
  if (!bytes) return fail(Kind::internal, "ledger_damaged", "the tile is missing", where(asked));
  return std::move(*bytes);
}

Result<std::vector<Hash>> TileStore::hashes_of(const Tile& tile) const {
  Tile found = tile;
  MINBEN_TRY(bytes, wanted(found));
  auto hashes = parse_hash_tile(bytes, found.width);
  if (!hashes) return fail(Kind::internal, "ledger_damaged", hashes.error().detail, where(tile));
  hashes->resize(static_cast<std::size_t>(tile.width));
  return hashes;
}

Result<std::vector<Hash>> TileStore::hashes(std::uint64_t size, int level, std::uint64_t first,
                                            int count) const {
  MINBEN_TRY(all, hashes_of(tile_of(size, level, first)));
  const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first % tile_width);
  MINBEN_ASSERT(count <= all.end() - begin);
  return std::vector<Hash>(begin, begin + count);
}

Result<std::vector<Bytes>> TileStore::bundle(std::uint64_t size, std::uint64_t index) const {
  const Tile tile = tile_of(size, entries_level, index * tile_width);
  Tile found = tile;
  MINBEN_TRY(bytes, wanted(found));
  MINBEN_TRY(entries, parse_bundle(bytes, found.width));
  entries.resize(static_cast<std::size_t>(tile.width));
  return entries;
}

Result<std::shared_ptr<const TileNodes>> TileStore::nodes(const Tile& tile) const {
  if (auto known = cache_->find(tile)) return known;
  MINBEN_TRY(hashes, hashes_of(tile));
  auto made = std::make_shared<const TileNodes>(std::move(hashes));
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
