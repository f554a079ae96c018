#pragma once
// Reading the tiles of a log. Thread-safe.
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "ledger/files.hpp"
#include "ledger/tlog.hpp"

namespace minben::ledger {

/// A tile with what is above its hashes: all complete subtrees inside it.
struct TileNodes {
  explicit TileNodes(std::vector<Hash> hashes);
  std::array<std::vector<Hash>, tile_height + 1> levels;  ///< levels[h][i] covers 2^h hashes
};

/// The tiles that proofs needed last, 16 MiB with all inside them. Thread-safe.
class TileCache {
 public:
  std::shared_ptr<const TileNodes> find(const Tile& tile);
  void add(const Tile& tile, std::shared_ptr<const TileNodes> nodes);

 private:
  using Key = std::tuple<int, std::uint64_t, int>;
  using Order = std::list<std::pair<Key, std::shared_ptr<const TileNodes>>>;
  std::mutex mutex_;
  Order order_;  ///< the one used last in front
  std::map<Key, Order::iterator> places_;
};

/// The file at a path within a log; nothing when there is none.
using ReadFile = std::function<Result<std::optional<Bytes>>(const std::string& path)>;
/// The content of a tile, or of a wider one that holds it; `tile.width` then says so. Nothing:
/// neither is there.
using ReadTile = std::function<Result<std::optional<Bytes>>(Tile& tile)>;
/// A partial one may have gone because the log has grown meanwhile: then the full one.
Result<std::optional<Bytes>> read_tile(const ReadFile& read, Tile& tile);

class TileStore {
 public:
  explicit TileStore(fs::path directory) : TileStore(disk(), std::move(directory)) {}
  TileStore(const Files& files, const fs::path& directory);
  /// `name` is where the tiles are, for who reads an error.
  TileStore(ReadTile read, std::string name) : read_(std::move(read)), name_(std::move(name)) {}

  /// Exactly this wide; nothing when it is not there.
  Result<std::optional<Bytes>> content(const Tile& tile) const;
  /// Hashes [first, first + count) of a level, all within one tile of a log of this size.
  Result<std::vector<Hash>> hashes(std::uint64_t size, int level, std::uint64_t first,
                                   int count) const;
  /// The entries of bundle `index` that a log of this size has.
  Result<std::vector<Bytes>> bundle(std::uint64_t size, std::uint64_t index) const;
  /// Complete subtrees of a log of this size, for roots and proofs. Refers to this store.
  [[nodiscard]] SubtreeHash subtrees(std::uint64_t size) const;
  /// Where a tile is, for who reads an error.
  [[nodiscard]] std::string where(const Tile& tile) const { return name_ + "/" + tile_path(tile); }

 private:
  Result<Bytes> wanted(Tile& tile) const;
  Result<std::vector<Hash>> hashes_of(const Tile& tile) const;
  Result<std::shared_ptr<const TileNodes>> nodes(const Tile& tile) const;

  ReadTile read_;
  std::string name_;
  std::unique_ptr<TileCache> cache_ = std::make_unique<TileCache>();
};

/// The tile that holds hash `position` of a level in a log of this size: full, or its partial.
Tile tile_of(std::uint64_t size, int level, std::uint64_t position);

}  // namespace minben::ledger
