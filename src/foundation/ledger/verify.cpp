// A log read as a stranger would: nothing is believed but the key.
#include "edge.hpp"
#include "ledger/files.hpp"
#include "ledger/ledger.hpp"

namespace minben::ledger {

namespace {

class Verifier {
 public:
  Verifier(const fs::path& directory, const NoteVerifier& key)
      : directory_(directory), key_(key), tiles_(directory) {}

  Result<VerifiedLog> run() {
    MINBEN_CHECK(read_checkpoint("checkpoint", true));
    MINBEN_CHECK(read_checkpoint("committed/checkpoint", false));
    MINBEN_CHECK(check_roots());
    const std::uint64_t size = std::ranges::max(checkpoints_, {}, &Named::size).checkpoint.size;
    for (std::uint64_t first = 0; first < size; first += tile_width)
      MINBEN_CHECK(add_bundle(size, first));
    MINBEN_CHECK(compare(edge_.partials()));
    return VerifiedLog{checkpoints_.front().checkpoint, files_};
  }

 private:
  struct Named {
    std::string file;
    Checkpoint checkpoint;
    [[nodiscard]] std::uint64_t size() const { return checkpoint.size; }
  };

  Result<void> read_checkpoint(const std::string& name, bool required) {
    MINBEN_TRY(text, disk().read(directory_ / name, 1u << 20));
    if (!text && !required) return {};
    if (!text) return fail(Kind::not_found, "missing_file", "no checkpoint", name);
    auto checkpoint = open_checkpoint(as_text(*text), key_);
    if (!checkpoint) {
      checkpoint.error().field = name;
      return std::unexpected(checkpoint.error());
    }
    checkpoints_.push_back({name, std::move(*checkpoint)});
    return {};
  }

  /// Every checkpoint whose size has just been reached must have the root that was rebuilt.
  Result<void> check_roots() {
    for (const Named& named : checkpoints_) {
      if (named.checkpoint.size == edge_.size() && named.checkpoint.root != edge_.root()) {
        return fail(Kind::invalid, "root_mismatch", "the entries do not lead to this root",
                    named.file);
      }
    }
    return {};
  }

  Result<void> add_bundle(std::uint64_t size, std::uint64_t first) {
    const Tile tile = tile_of(size, entries_level, first);
    MINBEN_TRY(bytes, disk().read(tiles_.path(tile)));
    if (!bytes) return fail(Kind::not_found, "missing_file", "no such bundle", tile_path(tile));
    auto entries = parse_bundle(*bytes, tile.width);
    if (!entries)
      return fail(Kind::invalid, "wrong_bundle", entries.error().detail, tile_path(tile));
    for (Bytes& entry : *entries) {
      const Hash leaf = leaf_hash(entry);
      edge_.add(std::move(entry), leaf);
      MINBEN_CHECK(check_roots());
    }
    return compare(edge_.take_completed());
  }

  Result<void> compare(const std::vector<PendingFile>& rebuilt) {
    for (const PendingFile& file : rebuilt) {
      MINBEN_TRY(bytes, disk().read(tiles_.path(file.tile)));
      if (!bytes)
        return fail(Kind::not_found, "missing_file", "no such tile", tile_path(file.tile));
      if (*bytes != file.content) {
        return fail(Kind::invalid, "wrong_tile", "it is not what the entries lead to",
                    tile_path(file.tile));
      }
      ++files_;
    }
    return {};
  }

  const fs::path& directory_;
  const NoteVerifier& key_;
  TileStore tiles_;
  std::vector<Named> checkpoints_;
  Edge edge_;
  std::uint64_t files_ = 0;
};

}  // namespace

Result<VerifiedLog> verify_directory(const fs::path& directory, std::string_view vkey) {
  MINBEN_TRY(key, NoteVerifier::parse(vkey));
  return Verifier(directory, key).run();
}

}  // namespace minben::ledger
