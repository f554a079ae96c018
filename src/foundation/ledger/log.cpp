// What reading a log needs is the same wherever its tiles are.
#include "ledger/ledger.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

Result<std::uint64_t> Log::append(Octets entry) {
  const Bytes copy(entry.begin(), entry.end());
  MINBEN_TRY(indexes, append_all(std::span(&copy, 1)));
  return indexes.front();
}

Result<void> Log::show(std::string_view note, Signatures signatures) {
  MINBEN_TRY(checkpoint, open_checkpoint(note, key_));
  const std::uint64_t now = size();
  Frontier ours;
  if (checkpoint.size <= now) {
    MINBEN_TRY(at, Frontier::at(checkpoint.size, tiles().subtrees(now)));
    ours = std::move(at);
  }
  if (ours.size() != checkpoint.size || ours.root() != checkpoint.root)
    return fail(Kind::conflict, "not_committed", "no checkpoint of this log");
  return keep_signatures(checkpoint, note, signatures);
}

Result<std::optional<Bytes>> Log::tile(const Tile& tile) const {
  // Beyond the published size there may be tiles of a batch that never was committed.
  const std::uint64_t hashes = hashes_at(tile.level, size());
  if (tile.index * tile_width + static_cast<std::uint64_t>(tile.width) > hashes)
    return std::nullopt;
  return tiles().content(tile);
}

Result<Bytes> Log::entry(std::uint64_t index) const {
  const std::uint64_t now = size();
  if (index >= now) return fail(Kind::not_found, "bad_index", "no such entry");
  MINBEN_TRY(entries, tiles().bundle(now, index / tile_width));
  return std::move(entries[index % tile_width]);
}

Result<std::vector<Hash>> Log::inclusion(std::uint64_t index, std::uint64_t at_size) const {
  const std::uint64_t now =
      size();  // its tiles hold every smaller tree, also sizes never published
  if (at_size > now) return fail(Kind::invalid, "bad_size", "larger than the log");
  return inclusion_proof(index, at_size, tiles().subtrees(now));
}

Result<std::vector<Hash>> Log::consistency(std::uint64_t old_size, std::uint64_t at_size) const {
  const std::uint64_t now = size();
  if (at_size > now) return fail(Kind::invalid, "bad_size", "larger than the log");
  return consistency_proof(old_size, at_size, tiles().subtrees(now));
}

Result<TlogProof> Log::proof(std::uint64_t index) const {
  const std::uint64_t newest = size();  // its tiles hold every smaller tree
  auto [now, note] = provable(index);
  MINBEN_TRY(hashes, inclusion_proof(index, now, tiles().subtrees(std::max(now, newest))));
  return TlogProof{{}, index, std::move(hashes), std::move(note)};
}

}  // namespace minben::ledger
