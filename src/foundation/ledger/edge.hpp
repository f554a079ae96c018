#pragma once
// The growing right edge of a log, and the files that a batch of entries adds. A value: a batch
// works on a copy, which replaces the original only once it is committed.
#include <map>

#include "ledger/tlog.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

struct PendingFile {
  Tile tile;
  Bytes content;
};

class Edge {
 public:
  Edge() = default;
  /// From the tiles of a log of this size; "ledger_damaged" when they do not fit together.
  static Result<Edge> load(const TileStore& tiles, std::uint64_t size);

  void add(Bytes entry, const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const { return frontier_.size(); }
  [[nodiscard]] Hash root() const { return frontier_.root(); }

  /// Tiles and bundles that became full since the last call.
  std::vector<PendingFile> take_completed();
  /// The partial ones at the right edge; those that changed since the last call, or all.
  std::vector<PendingFile> take_changed_partials();
  [[nodiscard]] std::vector<PendingFile> partials() const;

 private:
  void add_hash(std::size_t level, const Hash& hash);
  void complete_bundle();
  void append_partials(std::vector<PendingFile>& out, bool only_changed) const;

  struct Level {
    std::uint64_t full = 0;    // full tiles before
    std::vector<Hash> hashes;  // of the tile that is not full yet
    bool changed = false;
  };
  Frontier frontier_;
  std::vector<Level> levels_;
  std::vector<Bytes> entries_;  // of the bundle that is not full yet
  std::vector<PendingFile> completed_;
};

}  // namespace minben::ledger
