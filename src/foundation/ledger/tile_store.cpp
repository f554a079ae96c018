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
  MINBEN_TRY(bytes, read_range(path(tile), offset, static_cast<std::size_t>(count) * 32));
  if (!bytes) {  // the partial goes once the tile is full
    tile.width = tile_width;
    MINBEN_TRY(from_full, read_range(path(tile), offset, static_cast<std::size_t>(count) * 32));
    if (!from_full) return missing(path(tile));
    bytes = std::move(from_full);
  }
  return parse_hash_tile(*bytes, count);
}

Result<std::vector<Bytes>> TileStore::bundle(std::uint64_t size, std::uint64_t index) const {
  Tile tile = tile_of(size, entries_level, index * tile_width);
  const auto wanted = static_cast<std::size_t>(tile.width);
  MINBEN_TRY(bytes, read_file(path(tile)));
  if (!bytes) {
    tile.width = tile_width;
    MINBEN_TRY(from_full, read_file(path(tile)));
    if (!from_full) return missing(path(tile));
    bytes = std::move(from_full);
  }
  MINBEN_TRY(entries, parse_bundle(*bytes, tile.width));
  entries.resize(wanted);
  return entries;
}

SubtreeHash TileStore::subtrees(std::uint64_t size) const {
  return [this, size](int level, std::uint64_t index) -> Result<Hash> {
    const int inside = level % tile_height;
    MINBEN_TRY(part, hashes(size, level / tile_height, index << inside, 1 << inside));
    return complete_tile_root(part);
  };
}

}  // namespace minben::ledger
