#pragma once
// Private: the tiles of a log that lies elsewhere. Not believed: whatever is made of them is
// checked against a root.
#include <map>

#include "ledger/verify.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

/// Of a log of this size, each file read once. Not thread-safe; memory grows with what is asked
/// for, so it lives as long as a look or a request. `source` outlives it.
class RemoteTiles {
 public:
  RemoteTiles(const Source& source, std::uint64_t size) : source_(source), size_(size) {}

  /// Errors: "missing_file", "wrong_tile", and those of the source. Refers to this.
  SubtreeHash subtrees();
  /// Errors also: "wrong_bundle".
  Result<Bytes> entry(std::uint64_t index);

 private:
  Result<Bytes> read(Tile& tile);

  struct Read {
    int width = 0;  ///< of the tile that was there
    Bytes bytes;
  };
  const Source& source_;
  std::uint64_t size_;
  std::map<std::string, Read> read_;
};

}  // namespace minben::ledger
