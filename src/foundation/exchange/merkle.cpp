#include "merkle.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::exchange {

MerkleLevels merkle_tree(std::span<const Hash> leaves) {
  MerkleLevels levels{{leaves.begin(), leaves.end()}};
  while (levels.back().size() > 1) {
    const std::vector<Hash>& below = levels.back();
    std::vector<Hash> level;
    level.reserve((below.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2)
      level.push_back(ledger::node_hash(below[i], below[i + 1]));
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels.push_back(std::move(level));
  }
  return levels;
}

std::vector<Hash> path_in(const MerkleLevels& levels, std::uint32_t index) {
  std::vector<Hash> path;
  path.reserve(levels.size() - 1);
  for (const auto& level : levels) {
    if ((index ^ 1) < level.size()) path.push_back(level[index ^ 1]);
    index >>= 1;
  }
  return path;
}

std::size_t path_length(std::uint32_t index, std::uint32_t size) {
  std::size_t length = 0;
  for (; size > 1; index >>= 1, size = (size + 1) / 2) length += (index ^ 1) < size;
  return length;
}

std::string write_place(const MerklePlace& place) {
  std::string text = fmt::format("minben-path/1\n{}\n{}\n", place.index, place.size);
  for (const Hash& hash : place.path) text += base64_encode(hash) + "\n";
  return text;
}

Result<MerklePlace> read_place(std::string_view text, std::uint32_t most_leaves) {
  const auto refuse = [](std::string_view why) { return fail(Kind::invalid, "not_a_path", why); };
  if (text.size() > 2048) return refuse("too long");
  const auto lines = split(text, '\n');  // an empty one follows the last newline
  if (lines.size() < 4) return refuse("too short");
  const auto size = parse_integer(lines[2], 1, most_leaves);
  const auto index = parse_integer(lines[1], 0, most_leaves);
  if (!index || !size || *index >= *size) return refuse("no such place in a tree");
  MerklePlace place;
  place.index = static_cast<std::uint32_t>(*index);
  place.size = static_cast<std::uint32_t>(*size);
  for (std::size_t i = 3; i + 1 < lines.size(); ++i) {
    const auto hash = base64_decode(lines[i]);
    if (!hash || hash->size() != sizeof(Hash)) return refuse("a hash cannot be read");
    std::ranges::copy(*hash, place.path.emplace_back().begin());
  }
  if (place.path.size() != path_length(place.index, place.size))
    return refuse("not as long as its place asks for");
  if (write_place(place) != text) return refuse("not in the one spelling");
  return place;
}

Hash root_of(const MerklePlace& place, const Hash& leaf) {
  MINBEN_ASSERT(place.path.size() == path_length(place.index, place.size));
  Hash hash = leaf;
  std::uint32_t index = place.index;
  auto sibling = place.path.begin();
  for (std::uint32_t size = place.size; size > 1; index >>= 1, size = (size + 1) / 2) {
    if ((index ^ 1) >= size) continue;
    hash = index % 2 == 0 ? ledger::node_hash(hash, *sibling) : ledger::node_hash(*sibling, hash);
    ++sibling;
  }
  return hash;
}

}  // namespace minben::exchange
