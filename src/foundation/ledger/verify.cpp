// A log read as a stranger would: nothing is believed but the key.
#include "ledger/verify.hpp"

#include <atomic>
#include <thread>

#include "rebuild.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

namespace {

/// Bundles read before an earlier one is done; bounds what waits in memory.
constexpr std::uint64_t bundles_ahead = 4096;
constexpr std::uint64_t progress_every = 256;  ///< bundles

struct Named {
  std::string file;
  Checkpoint checkpoint;
};

class Verifier {
 public:
  Verifier(const Source& source, const NoteVerifier& key, const VerifyOptions& options)
      : source_(source), key_(key), options_(options) {}

  Result<VerifiedLog> run() {
    MINBEN_TRY(published, source_.read("checkpoint"));
    if (!published) return fail(Kind::not_found, "missing_file", "no checkpoint", "checkpoint");
    out_.note = as_text(*published);
    MINBEN_CHECK(take("checkpoint", out_.note));
    out_.checkpoint = named_.front().checkpoint;
    MINBEN_TRY(committed, source_.read("committed/checkpoint"));
    if (committed) MINBEN_CHECK(take("committed/checkpoint", as_text(*committed)));
    size_ = std::ranges::max(named_, {}, &size_of).checkpoint.size;
    for (const std::string& note : options_.since) MINBEN_CHECK(take("since", note));
    MINBEN_CHECK(check_since());
    for (const Named& named : named_) edges_.want(named.checkpoint.size);
    MINBEN_CHECK(read_all());
    MINBEN_CHECK(check_roots());
    out_.files = files_;
    return std::move(out_);
  }

 private:
  static std::uint64_t size_of(const Named& named) { return named.checkpoint.size; }

  Result<void> take(std::string_view name, std::string_view note) {
    auto checkpoint = open_checkpoint(note, key_);
    if (!checkpoint) {
      checkpoint.error().field = name;
      return std::unexpected(checkpoint.error());
    }
    named_.push_back({std::string(name), std::move(*checkpoint)});
    return {};
  }

  [[nodiscard]] Result<void> check_since() const {
    for (const Named& named : named_)
      if (named.file == "since" && named.checkpoint.size > out_.checkpoint.size)
        return fail(Kind::invalid, "rolled_back",
                    fmt::format("it had {} entries before and has {} now", named.checkpoint.size,
                                out_.checkpoint.size),
                    "since");
    return {};
  }

  /// Every checkpoint must have the root that was rebuilt at its size.
  [[nodiscard]] Result<void> check_roots() const {
    for (const Named& named : named_) {
      const std::uint64_t size = named.checkpoint.size;
      const Hash root = size == 0 ? empty_root() : edges_.root(size);
      if (root == named.checkpoint.root) continue;
      if (named.file == "since")
        return fail(Kind::invalid, "forked", "at that size it now holds another tree", "since");
      return fail(Kind::invalid, "root_mismatch", "the entries do not lead to this root",
                  named.file);
    }
    return {};
  }

  // ------------------------------------------------------------------------------- threads

  Result<void> read_all() {
    bundles_ = (size_ + tile_width - 1) / tile_width;
    const auto threads = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(source_.readers()), 1,
                                                   std::max<std::uint64_t>(bundles_, 1));
    {
      std::vector<std::jthread> workers;
      for (std::uint64_t i = 0; i < threads; ++i) workers.emplace_back([this] { work(); });
    }
    if (failure_) return fail(std::move(failure_->second));
    for (const RebuiltTile& tile : upper_.partials()) MINBEN_CHECK(compare(tile));
    return {};
  }

  void work() {
    for (std::uint64_t index; (index = next_++) < bundles_;) {
      if (!upper_.may_begin(index)) return;
      if (const auto done = bundle(index); !done) return fail_at(index, done.error());
      report();
    }
  }

  /// The first fault in the log is told, whichever thread meets one first.
  void fail_at(std::uint64_t index, const Error& error) {
    {
      const std::lock_guard guard(mutex_);
      if (!failure_ || index < failure_->first) failure_.emplace(index, error);
    }
    upper_.stop();
  }

  void report() {
    const std::uint64_t done = ++done_;
    if (!options_.progress || (done % progress_every != 0 && done != bundles_)) return;
    const std::lock_guard guard(mutex_);
    options_.progress(std::min(done * tile_width, size_), size_);
  }

  // --------------------------------------------------------------------------------- tiles

  /// The file of a tile; see read_tile.
  Result<Bytes> file_of(Tile& tile, std::string_view what) {
    const std::string wanted = tile_path(tile);
    MINBEN_TRY(bytes, read_tile([&](const std::string& path) { return source_.read(path); }, tile));
    if (!bytes) return fail(Kind::not_found, "missing_file", what, wanted);
    ++files_;
    return std::move(*bytes);
  }

  Result<void> bundle(std::uint64_t index) {
    const Tile tile = tile_of(size_, entries_level, index * tile_width);
    const auto width = static_cast<std::size_t>(tile.width);
    Tile found = tile;
    MINBEN_TRY(bytes, file_of(found, "no such bundle"));
    auto entries = bundle_entries(bytes, static_cast<std::size_t>(found.width));
    if (!entries)
      return fail(Kind::invalid, "wrong_bundle", entries.error().detail, tile_path(tile));
    entries->resize(width);
    RebuiltTile leaves{{0, index, tile.width}, {}};
    leaves.hashes.reserve(width);
    for (const Octets entry : *entries) leaves.hashes.push_back(leaf_hash(entry));
    if (index == 0) out_.first.assign(entries->front().begin(), entries->front().end());
    if (index + 1 == bundles_) out_.last.assign(entries->back().begin(), entries->back().end());
    MINBEN_CHECK(compare(leaves));
    if (width < tile_width) return {};
    for (const RebuiltTile& full : upper_.add(index, complete_tile_root(leaves.hashes)))
      MINBEN_CHECK(compare(full));
    return {};
  }

  Result<void> compare(const RebuiltTile& rebuilt) {
    edges_.offer(rebuilt.tile.level, rebuilt.tile.index, rebuilt.hashes);
    Tile found = rebuilt.tile;
    MINBEN_TRY(bytes, file_of(found, "no such tile"));
    const Bytes expected = write_hash_tile(rebuilt.hashes);
    const bool whole = bytes.size() == static_cast<std::size_t>(found.width) * sizeof(Hash);
    if (!whole || !std::ranges::equal(expected, Octets(bytes).first(expected.size())))
      return fail(Kind::invalid, "wrong_tile", "it is not what the entries lead to",
                  tile_path(rebuilt.tile));
    return {};
  }

  const Source& source_;
  const NoteVerifier& key_;
  const VerifyOptions& options_;
  std::vector<Named> named_;
  std::uint64_t size_ = 0;
  std::uint64_t bundles_ = 0;
  RightEdges edges_;
  Upper upper_{bundles_ahead};
  std::atomic<std::uint64_t> next_{0}, done_{0}, files_{0};
  std::mutex mutex_;
  std::optional<std::pair<std::uint64_t, Error>> failure_;
  VerifiedLog out_;  // first and last: each set by one thread, read when all have ended
};

}  // namespace

Result<VerifiedLog> verify_log(const Source& source, std::string_view vkey,
                               const VerifyOptions& options) {
  MINBEN_TRY(key, NoteVerifier::parse(vkey));
  return Verifier(source, key, options).run();
}

Result<VerifiedLog> verify_directory(const std::filesystem::path& directory,
                                     std::string_view vkey) {
  return verify_log(*directory_source(directory), vkey);
}

}  // namespace minben::ledger
