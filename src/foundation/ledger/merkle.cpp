// RFC 6962 §2.1 and RFC 9162 §2.1: hashes, proofs, and their verification.
#include <bit>

#include "ledger/tlog.hpp"

namespace minben::ledger {

namespace {

/// The largest power of two below n; n > 1.
std::uint64_t split_point(std::uint64_t n) { return std::bit_floor(n - 1); }

/// MTH(D[begin:end]); every recursion of RFC 6962 begins at a multiple of the width it covers.
Result<Hash> range_root(std::uint64_t begin, std::uint64_t end, const SubtreeHash& subtree) {
  const std::uint64_t width = end - begin;
  if (std::has_single_bit(width)) {
    const int level = std::countr_zero(width);
    return subtree(level, begin >> level);
  }
  const std::uint64_t middle = begin + split_point(width);
  MINBEN_TRY(left, range_root(begin, middle, subtree));
  MINBEN_TRY(right, range_root(middle, end, subtree));
  return node_hash(left, right);
}

Result<void> inclusion_path(std::uint64_t index, std::uint64_t begin, std::uint64_t end,
                            const SubtreeHash& subtree, std::vector<Hash>& proof) {
  if (end - begin == 1) return {};
  const std::uint64_t middle = begin + split_point(end - begin);
  const bool left = index < middle;
  MINBEN_CHECK(left ? inclusion_path(index, begin, middle, subtree, proof)
                    : inclusion_path(index, middle, end, subtree, proof));
  MINBEN_TRY(sibling, left ? range_root(middle, end, subtree) : range_root(begin, middle, subtree));
  proof.push_back(sibling);
  return {};
}

/// What leads from the subtree [start, end) to the tree [begin, tree_end) that holds it: RFC 6962
/// §2.1.2 SUBPROOF, as draft-ietf-plants-merkle-tree-certs §4.4.1 widens it to any subtree.
/// `whole`: the verifier has the subtree's root, so that it need not be in the proof.
Result<void> consistency_path(std::uint64_t start, std::uint64_t end, std::uint64_t begin,
                              std::uint64_t tree_end, bool whole, const SubtreeHash& subtree,
                              std::vector<Hash>& proof) {
  if (start == begin && end == tree_end) {
    if (whole) return {};
    MINBEN_TRY(hash, range_root(begin, tree_end, subtree));
    proof.push_back(hash);
    return {};
  }
  const std::uint64_t middle = begin + split_point(tree_end - begin);
  const bool left = end <= middle;
  if (left) {
    MINBEN_CHECK(consistency_path(start, end, begin, middle, whole, subtree, proof));
  } else {
    const bool across = start < middle;  // then it begins where the tree does
    MINBEN_CHECK(consistency_path(across ? middle : start, end, middle, tree_end, whole && !across,
                                  subtree, proof));
  }
  MINBEN_TRY(sibling,
             left ? range_root(middle, tree_end, subtree) : range_root(begin, middle, subtree));
  proof.push_back(sibling);
  return {};
}

std::unexpected<Error> mismatch(std::string_view detail) {
  return fail(Kind::invalid, "root_mismatch", detail);
}
std::unexpected<Error> bad_length() {
  return fail(Kind::invalid, "bad_proof_length", "the proof has too many or too few hashes");
}

Result<void> check_subtree(std::uint64_t start, std::uint64_t end) {
  if (start > end || (start < end && start % std::bit_ceil(end - start) != 0)) {
    return fail(Kind::invalid, "bad_subtree", "no subtree covers exactly these leaves");
  }
  return {};
}

}  // namespace

Hash leaf_hash(Octets entry) {
  static constexpr std::uint8_t prefix[] = {0};
  std::array<std::uint8_t, 512> data;  // nearly all entries are digests
  if (entry.size() < data.size()) {
    data[0] = 0;
    std::ranges::copy(entry, data.begin() + 1);
    return sha256(Octets(data).first(entry.size() + 1));
  }
  Sha256Stream stream;
  stream.add(prefix);
  stream.add(entry);
  return stream.finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<std::uint8_t, 65> data;
  data[0] = 1;
  std::ranges::copy(left, data.begin() + 1);
  std::ranges::copy(right, data.begin() + 33);
  return sha256(data);
}

Hash empty_root() { return sha256(Octets{}); }

Result<Hash> tree_root(std::uint64_t size, const SubtreeHash& subtree) {
  return size == 0 ? Result<Hash>(empty_root()) : range_root(0, size, subtree);
}

Result<std::vector<Hash>> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                          const SubtreeHash& subtree) {
  if (index >= size)
    return fail(Kind::not_found, "bad_index", "no such entry in a tree of this size");
  std::vector<Hash> proof;
  MINBEN_CHECK(inclusion_path(index, 0, size, subtree, proof));
  return proof;
}

Result<std::vector<Hash>> consistency_proof(std::uint64_t old_size, std::uint64_t size,
                                            const SubtreeHash& subtree) {
  if (old_size > size)
    return fail(Kind::invalid, "bad_size", "the old tree is larger than the new one");
  std::vector<Hash> proof;
  if (old_size > 0 && old_size < size) {
    MINBEN_CHECK(consistency_path(0, old_size, 0, size, true, subtree, proof));
  }
  return proof;
}

Result<std::vector<Hash>> subtree_consistency_proof(std::uint64_t start, std::uint64_t end,
                                                    std::uint64_t size,
                                                    const SubtreeHash& subtree) {
  MINBEN_CHECK(check_subtree(start, end));
  if (end > size) return fail(Kind::invalid, "bad_size", "the subtree ends after the tree");
  std::vector<Hash> proof;
  if (start < end) MINBEN_CHECK(consistency_path(start, end, 0, size, true, subtree, proof));
  return proof;
}

Result<void> check_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                             std::span<const Hash> proof, const Hash& root) {
  if (index >= size) return fail(Kind::invalid, "bad_index", "the index is not below the size");
  std::uint64_t at = index;
  std::uint64_t last = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (last == 0) return bad_length();
    if ((at & 1) != 0 || at == last) {
      hash = node_hash(sibling, hash);
      while ((at & 1) == 0 && at != 0) at >>= 1, last >>= 1;
    } else {
      hash = node_hash(hash, sibling);
    }
    at >>= 1, last >>= 1;
  }
  if (last != 0) return bad_length();
  if (hash != root) return mismatch("the entry is not in the tree with this root");
  return {};
}

Result<void> check_consistency(std::uint64_t old_size, std::uint64_t size,
                               std::span<const Hash> proof, const Hash& old_root,
                               const Hash& root) {
  if (old_size == 0) return fail(Kind::invalid, "bad_size", "an empty tree proves nothing");
  if (old_size > size)
    return fail(Kind::invalid, "bad_size", "the old tree is larger than the new one");
  return check_subtree_consistency(0, old_size, size, proof, old_root, root);
}

Result<void> check_subtree_inclusion(std::uint64_t index, std::uint64_t start, std::uint64_t end,
                                     const Hash& leaf, std::span<const Hash> proof,
                                     const Hash& root) {
  MINBEN_CHECK(check_subtree(start, end));
  if (index < start) return fail(Kind::invalid, "bad_index", "the index is outside the subtree");
  return check_inclusion(index - start, end - start, leaf, proof, root);
}

Result<void> check_subtree_consistency(std::uint64_t start, std::uint64_t end, std::uint64_t size,
                                       std::span<const Hash> proof, const Hash& subtree_root,
                                       const Hash& root) {
  MINBEN_CHECK(check_subtree(start, end));
  if (end > size) return fail(Kind::invalid, "bad_size", "the subtree ends after the tree");
  if (start == end) {
    if (!proof.empty()) return bad_length();
    return subtree_root == empty_root() ? Result<void>()
                                        : mismatch("an empty subtree has the empty root");
  }
  // first, last: the subtree's leaves; tree: the tree's last leaf; all climb a level at a time. Up
  // to the largest complete piece at the subtree's right edge the proof is silent.
  std::uint64_t first = start;
  std::uint64_t last = end - 1;
  std::uint64_t tree = size - 1;
  const auto climb = [&] { first >>= 1, last >>= 1, tree >>= 1; };
  const bool same_edge = last == tree;
  while (first != last && (same_edge || (last & 1) != 0)) climb();
  if (first != last && proof.empty()) return bad_length();
  Hash below = first == last ? subtree_root : proof.front();
  if (first != last) proof = proof.subspan(1);
  Hash whole = below;
  for (const Hash& sibling : proof) {
    if (tree == 0) return bad_length();
    if ((last & 1) != 0 || last == tree) {
      if (first < last) below = node_hash(sibling, below);
      whole = node_hash(sibling, whole);
      while ((last & 1) == 0 && last != 0) climb();
    } else {
      whole = node_hash(whole, sibling);
    }
    climb();
  }
  if (tree != 0) return bad_length();
  if (below != subtree_root) return mismatch("the proof does not lead to the old root");
  if (whole != root) return mismatch("the proof does not lead to the new root");
  return {};
}

Result<Frontier> Frontier::at(std::uint64_t size, const SubtreeHash& subtree) {
  Frontier frontier;
  std::uint64_t begin = 0;
  for (int level = 63; level >= 0; --level) {
    if ((size >> level & 1) == 0) continue;
    MINBEN_TRY(hash, subtree(level, begin >> level));
    frontier.subtrees_.push_back(hash);
    begin += std::uint64_t{1} << level;
  }
  frontier.size_ = size;
  return frontier;
}

void Frontier::add(const Hash& leaf) {
  subtrees_.push_back(leaf);
  for (std::uint64_t ones = size_; (ones & 1) != 0; ones >>= 1) {
    const Hash right = subtrees_.back();
    subtrees_.pop_back();
    subtrees_.back() = node_hash(subtrees_.back(), right);
  }
  ++size_;
}

Hash Frontier::root() const {
  if (subtrees_.empty()) return empty_root();
  Hash hash = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i-- > 0;) hash = node_hash(subtrees_[i], hash);
  return hash;
}

}  // namespace minben::ledger
