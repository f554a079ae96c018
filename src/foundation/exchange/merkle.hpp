#pragma once
// Merkle trees (RFC 6962 §2.1) that are held in memory whole. Private to exchange.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/tlog.hpp"

namespace minben::exchange {

using ledger::Hash;

/// The tree level by level, leaves first: a node without a sibling is its own parent.
using MerkleLevels = std::vector<std::vector<Hash>>;
MerkleLevels merkle_tree(std::span<const Hash> leaves);  ///< at least one
std::vector<Hash> path_in(const MerkleLevels& levels, std::uint32_t index);

/// Siblings on the way from a leaf to the root: at each level all nodes have one but the last node
/// of an odd number.
std::size_t path_length(std::uint32_t index, std::uint32_t size);

/// Where a leaf is in a tree.
struct MerklePlace {
  std::uint32_t index = 0;
  std::uint32_t size = 1;
  std::vector<Hash> path;
};
/// "minben-path/1", place, size, and a hash a line.
std::string write_place(const MerklePlace& place);
/// As long as its place asks for, in the one spelling; error "not_a_path".
Result<MerklePlace> read_place(std::string_view text, std::uint32_t most_leaves);
Hash root_of(const MerklePlace& place, const Hash& leaf);  ///< the path's length is asserted

}  // namespace minben::exchange
