#pragma once
// What tests of mirrors share: a log whose entries are known, and uploads of it as anybody may
// build them.
#include <string>
#include <vector>

#include "core/core.hpp"
#include "ledger/mirror.hpp"
#include "ledger/mirroring.hpp"
#include "trees.hpp"

namespace minben::ledger::test {

inline Bytes mirrored_entry(std::uint64_t index) {
  const std::string text = fmt::format("entry {}", index);  // as Tree::grow makes them
  return {text.begin(), text.end()};
}

/// The files of a Tree, as a log would show them.
class TreeSource final : public Source {
 public:
  TreeSource(const Tree& tree, std::uint64_t size) : tree_(tree), size(size) {}
  [[nodiscard]] int readers() const override { return 2; }
  [[nodiscard]] Result<std::optional<Bytes>> read(const std::string& path) const override {
    if (path == "checkpoint") {
      const std::string note = tree_.note(size);
      return Bytes(note.begin(), note.end());
    }
    const auto tile = parse_tile_path(path);
    if (!tile) return std::nullopt;
    const auto first = tile->index * tile_width;
    if (first + static_cast<std::uint64_t>(tile->width) > hashes_at(tile->level, size))
      return std::nullopt;
    if (tile->level == entries_level) {
      std::vector<Bytes> entries;
      for (int i = 0; i < tile->width; ++i)
        entries.push_back(mirrored_entry(first + static_cast<std::uint64_t>(i)));
      return write_bundle(entries).value();
    }
    std::vector<Hash> hashes;
    for (int i = 0; i < tile->width; ++i) {
      const auto hash =
          tree_.subtrees()(tile->level * tile_height, first + static_cast<std::uint64_t>(i));
      hashes.push_back(*hash);
    }
    return write_hash_tile(hashes);
  }

 private:
  const Tree& tree_;

 public:
  std::uint64_t size;  ///< that is shown now
};

struct UploadOptions {
  std::uint64_t packages = 32;  ///< at most
  Bytes ticket{};
  std::uint64_t changed = UINT64_MAX;  ///< this entry is another one
  int flipped_proof = -1;              ///< of this package, counted from 0
};

/// A body of add-entries.
inline std::string upload(const Tree& tree, std::uint64_t start, std::uint64_t end,
                          const UploadOptions& options = {}) {
  std::string body = write_add_entries({tree.key().name(), start, end, options.ticket});
  for (std::uint64_t package = 0; start < end && package < options.packages; ++package) {
    const PackageRange range = package_from(start, end);
    std::vector<Bytes> entries;
    for (std::uint64_t i = range.start; i < range.end; ++i)
      entries.push_back(i == options.changed ? Bytes{'x'} : mirrored_entry(i));
    auto proof = subtree_consistency_proof(range.subtree, range.end, end, tree.subtrees()).value();
    if (static_cast<int>(package) == options.flipped_proof) proof.at(0)[5] ^= 1;
    append_package(body, std::vector<Octets>(entries.begin(), entries.end()), proof);
    start = range.end;
  }
  return body;
}

}  // namespace minben::ledger::test
