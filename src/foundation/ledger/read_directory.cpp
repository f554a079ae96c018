// A log in a directory that nobody writes any more.
#include "batches.hpp"
#include "ledger/files.hpp"
#include "ledger/seal.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

namespace {

class ReadDirectory final : public Log {
 public:
  ReadDirectory(const fs::path& directory, NoteVerifier key, std::string note, std::uint64_t size)
      : Log(std::move(key)),
        directory_(directory),
        tiles_(directory),
        size_(size),
        note_(std::move(note)) {}

  Result<void> read_seal() {
    if (size_ == 0) return {};
    MINBEN_TRY(entries, tiles_.bundle(size_, (size_ - 1) / tile_width));
    if (auto found = parse_seal(entries.back(), key(), size_ - 1)) seal_ = *found;
    return {};
  }

  Result<std::vector<std::uint64_t>> append_all(std::span<const Bytes>) override {
    return fail(refusal());
  }
  Result<Seal> seal(const NoteVerifier& successor) override {
    if (seal_ && seal_->successor.vkey() == successor.vkey()) return *seal_;
    return fail(refusal());
  }
  [[nodiscard]] std::optional<Seal> sealed() const override { return seal_; }
  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::uint64_t batches() const override { return 0; }
  [[nodiscard]] std::string checkpoint() const override {
    const std::lock_guard guard(mutex_);
    return note_;
  }
  [[nodiscard]] std::optional<Instant> written() const override { return std::nullopt; }

 protected:
  [[nodiscard]] const TileStore& tiles() const override { return tiles_; }
  [[nodiscard]] std::pair<std::uint64_t, std::string> provable(std::uint64_t) const override {
    return {size_, checkpoint()};
  }
  /// What its witnesses say of its end.
  Result<void> keep_signatures(const Checkpoint& checkpoint, std::string_view note,
                               Signatures) override {
    if (checkpoint.size != size_) return {};
    const std::lock_guard guard(mutex_);
    note_ = note;
    return disk().replace(directory_ / "checkpoint", as_bytes(note_));
  }

 private:
  [[nodiscard]] Error refusal() const {
    if (seal_) return sealed_error();
    return {Kind::unavailable,
            "no_ledger_key",
            "the key that signs this log is not here",
            origin(),
            0,
            0};
  }

  const fs::path directory_;
  const TileStore tiles_;
  const std::uint64_t size_;
  mutable std::mutex mutex_;
  std::string note_;
  std::optional<Seal> seal_;
};

}  // namespace

Result<std::unique_ptr<Log>> Log::read(const fs::path& directory) {
  MINBEN_TRY(note, disk().read(directory / "checkpoint"));
  MINBEN_TRY(vkey, disk().read(directory / "vkey"));
  if (!note || !vkey)
    return fail(Kind::not_found, "no_such_log", "no log is kept here", directory.string());
  MINBEN_TRY(key, NoteVerifier::parse(as_text(*vkey)));
  MINBEN_TRY(checkpoint, open_checkpoint(as_text(*note), key));
  auto log = std::make_unique<ReadDirectory>(directory, std::move(key), std::string(as_text(*note)),
                                             checkpoint.size);
  MINBEN_CHECK(log->read_seal());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace minben::ledger
