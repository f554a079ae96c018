#pragma once
// Private: the copy of one log that a mirror keeps.
#include <optional>
#include <string>

#include "edge.hpp"
#include "ledger/cosignature.hpp"
#include "ledger/files.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

/// What mirror.hpp says of DIR/<origin hash>. Not thread-safe: Mirror holds a lock.
class MirroredCopy {
 public:
  /// Errors: "mirror_damaged" (what it remembers cannot be read), those of the files.
  static Result<MirroredCopy> load(Files& files, fs::path directory);

  [[nodiscard]] std::uint64_t next() const { return next_; }  ///< there for good
  [[nodiscard]] std::uint64_t shown_size() const { return shown_size_; }
  [[nodiscard]] const std::string& shown() const { return shown_; }  ///< "" before the first

  /// After a failure, and once after load(): takes the edge from the tiles. Errors:
  /// "ledger_damaged", those of the files.
  Result<void> begin();
  /// Hashes of the leaves [first, first + count) that are there for good, all within one tile.
  Result<std::vector<Hash>> leaves(std::uint64_t first, std::size_t count) const;
  /// Adds what comes after what is there; full files are written at once, and not synced.
  [[nodiscard]] std::uint64_t reached() const { return edge_->size(); }
  Result<void> add(Bytes entry, const Hash& leaf);
  /// What was added is there for good when this returns.
  Result<void> keep();
  /// Removes partial tiles whose full one was kept, once readers are shown that.
  void clean();
  /// Makes `note` the mirror checkpoint; its size is at most next(). Error "mirror_damaged" when
  /// what is there does not lead to its root: it is not shown then.
  Result<void> show(const Note& note, const Checkpoint& checkpoint);

 private:
  MirroredCopy(Files& files, fs::path directory)
      : files_(&files), directory_(std::move(directory)), tiles_(files, directory_) {}
  [[nodiscard]] fs::path path(const Tile& tile) const { return directory_ / tile_path(tile); }
  Result<void> write_partials_of(std::uint64_t size);
  Result<void> try_to_add(Bytes entry, const Hash& leaf);
  Result<void> try_to_keep();
  Result<void> forget_edge_unless(Result<void> done);

  Files* files_;
  fs::path directory_;
  TileStore tiles_;
  std::optional<Edge> edge_;  ///< none: to be taken from the tiles
  std::vector<Tile> filled_;  ///< since the last clean()
  std::uint64_t next_ = 0, shown_size_ = 0;
  std::string shown_;
};

}  // namespace minben::ledger
