#pragma once
// Reading the tiles of a log on disk. No state but the directory; thread-safe.
#include "files.hpp"
#include "ledger/tlog.hpp"

namespace minben::ledger {

class TileStore {
 public:
  explicit TileStore(fs::path directory) : directory_(std::move(directory)) {}

  [[nodiscard]] fs::path path(const Tile& tile) const { return directory_ / tile_path(tile); }

  /// Hashes [first, first + count) of a level, all within one tile of a log of this size.
  Result<std::vector<Hash>> hashes(std::uint64_t size, int level, std::uint64_t first,
                                   int count) const;
  /// The entries of bundle `index` that a log of this size has.
  Result<std::vector<Bytes>> bundle(std::uint64_t size, std::uint64_t index) const;
  /// Complete subtrees of a log of this size, for roots and proofs. Refers to this store.
  [[nodiscard]] SubtreeHash subtrees(std::uint64_t size) const;

 private:
  fs::path directory_;
};

/// The tile that holds hash `position` of a level in a log of this size: full, or its partial.
Tile tile_of(std::uint64_t size, int level, std::uint64_t position);

}  // namespace minben::ledger
