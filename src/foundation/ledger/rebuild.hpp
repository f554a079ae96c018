#pragma once
// Private: a tree that is rebuilt from its entries by several threads, tile by tile. The leaves of
// each bundle come in any order; what is above them grows in order.
#include <condition_variable>
#include <map>
#include <mutex>
#include <vector>

#include "ledger/tlog.hpp"

namespace minben::ledger {

struct RebuiltTile {
  Tile tile;
  std::vector<Hash> hashes;
};

/// Of every size that matters, the hashes at the right edge: enough for its root. Thread-safe.
class RightEdges {
 public:
  void want(std::uint64_t size) { edges_[size]; }  ///< before any offer
  void offer(int level, std::uint64_t index, std::span<const Hash> hashes);
  /// Once all tiles of that size were offered.
  [[nodiscard]] Hash root(std::uint64_t size) const;

 private:
  using Edge = std::map<int, std::vector<Hash>>;
  std::mutex mutex_;
  std::map<std::uint64_t, Edge> edges_;
};

/// Everything above level 0. Thread-safe. Memory: one tile a level, and the roots of bundles that
/// finished before their turn, of which there are at most `ahead`.
class Upper {
 public:
  explicit Upper(std::uint64_t ahead) : ahead_(ahead) {}
  /// Blocks until bundle `index` is not too far ahead of those that are done; false after stop().
  bool may_begin(std::uint64_t index);
  /// The root of a full tile of level 0. Returns the tiles that became full by it.
  std::vector<RebuiltTile> add(std::uint64_t index, const Hash& root);
  /// The tiles that are not full, once everything was added.
  std::vector<RebuiltTile> partials();
  void stop();

 private:
  struct Level {
    std::uint64_t full = 0;
    std::vector<Hash> hashes;
  };
  void push(std::size_t level, const Hash& hash, std::vector<RebuiltTile>& completed);

  std::mutex mutex_;
  std::condition_variable moved_;
  const std::uint64_t ahead_;
  bool stopped_ = false;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, Hash> early_;
  std::vector<Level> levels_;  // from level 1
};

}  // namespace minben::ledger
