#include "remote_tiles.hpp"

namespace minben::ledger {

SubtreeHash RemoteTiles::subtrees() {
  return [this](int level, std::uint64_t index) -> Result<Hash> {
    const int inside = level % tile_height;
    const std::uint64_t first = index << inside;
    Tile tile = tile_of(size_, level / tile_height, first);
    MINBEN_TRY(bytes, read(tile));
    if (bytes.size() % 32 != 0 || bytes.size() < static_cast<std::size_t>(tile.width) * 32)
      return fail(Kind::invalid, "wrong_tile", "not the hashes of its width", tile_path(tile));
    const auto count = std::size_t{1} << inside;
    MINBEN_TRY(hashes, parse_hash_tile(Octets(bytes).subspan(first % tile_width * 32, count * 32),
                                       static_cast<int>(count)));
    return complete_tile_root(hashes);
  };
}

Result<Bytes> RemoteTiles::entry(std::uint64_t index) {
  Tile tile = tile_of(size_, entries_level, index);
  MINBEN_TRY(bytes, read(tile));
  auto entries = parse_bundle(bytes, tile.width);
  if (!entries) return fail(Kind::invalid, "wrong_bundle", entries.error().detail, tile_path(tile));
  return std::move((*entries)[index % tile_width]);
}

Result<Bytes> RemoteTiles::read(Tile& tile) {
  const std::string path = tile_path(tile);
  auto known = read_.find(path);
  if (known == read_.end()) {
    Tile found = tile;
    MINBEN_TRY(bytes,
               read_tile([&](const std::string& name) { return source_.read(name); }, found));
    if (!bytes) return fail(Kind::not_found, "missing_file", "no such tile", path);
    known = read_.emplace(path, Read{found.width, std::move(*bytes)}).first;
  }
  tile.width = known->second.width;
  return known->second.bytes;
}

}  // namespace minben::ledger
