#include "directory_log.hpp"

#include <spdlog/spdlog.h>

namespace minben::ledger {

namespace {

std::unexpected<Error> damaged(std::string_view detail, const fs::path& path) {
  return fail(Kind::internal, "ledger_damaged", detail, path.string());
}

}  // namespace

DirectoryLog::DirectoryLog(Files& files, fs::path where, NoteSigner signer, const LogLimits& limits,
                           DirectoryLock held)
    : Log(signer.verifier()),
      files_(files),
      directory_(std::move(where)),
      signer_(std::move(signer)),
      limits_(limits),
      lock_(std::move(held)),
      tiles_(files, directory_),
      recent_(limits.remembered_leaves) {}

DirectoryLog::~DirectoryLog() {
  batches_.reset();
  if (!publisher_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    committer_over_ = true;
    followed_.notify_all();
  }
  publisher_.join();
}

std::string DirectoryLog::sign(const Checkpoint& checkpoint) const {
  const std::string text = write_checkpoint(checkpoint);
  return write_note({text, {signer_.sign(text)}});
}

// ---------------------------------------------------------------------------------- opening

Result<std::unique_ptr<Log>> Log::open(const fs::path& directory, std::string_view origin,
                                       trust::SigningKey key, const LogLimits& limits) {
  MINBEN_TRY(signer, NoteSigner::make(origin, std::move(key)));
  MINBEN_TRY(lock, DirectoryLock::take(directory));
  auto log =
      std::make_unique<DirectoryLog>(disk(), directory, std::move(signer), limits, std::move(lock));
  MINBEN_CHECK(log->open());
  return std::unique_ptr<Log>(std::move(log));
}

Result<std::unique_ptr<Log>> Log::open_in(Files& files, const fs::path& directory,
                                          std::string_view origin, trust::SigningKey key,
                                          const LogLimits& limits) {
  MINBEN_TRY(signer, NoteSigner::make(origin, std::move(key)));
  auto log =
      std::make_unique<DirectoryLog>(files, directory, std::move(signer), limits, DirectoryLock());
  MINBEN_CHECK(log->open());
  return std::unique_ptr<Log>(std::move(log));
}

/// What is committed is the truth, and what the journal holds after it; everything else is made to
/// follow.
Result<void> DirectoryLog::open() {
  MINBEN_TRY(found, files_.read(committed_path()));
  if (!found) {
    MINBEN_CHECK(initialise());
    MINBEN_TRY(made, files_.read(committed_path()));
    found = std::move(made);
  }
  committed_ = as_text(*found);
  MINBEN_TRY(checkpoint, open_checkpoint(committed_, signer_.verifier()));
  MINBEN_TRY(loaded, Edge::load(tiles_, checkpoint.size));
  if (loaded.root() != checkpoint.root)
    return damaged("the tiles do not lead to the committed root", committed_path());
  edge_ = std::move(loaded);
  committed_size_ = cleaned_size_ = checkpoint.size;
  MINBEN_TRY(opened, Journal::open(files_, directory_ / "committed", limits_.journal_bytes));
  journal_.emplace(std::move(opened));
  MINBEN_CHECK(replay());
  size_ = durable_size_ = edge_.size();
  note_ = sign(checkpoint_of(edge_));
  MINBEN_CHECK(recent_.add_from(tiles_, size_, 0));
  // What a writer that was killed had no time to clean.
  cleaned_size_ = size_ > limits_.remembered_leaves ? size_ - limits_.remembered_leaves : 0;
  clean_partials();
  MINBEN_CHECK(keep_shown());
  MINBEN_CHECK(publish_shown());
  // For those who verify; whoever does not trust this directory takes the key from elsewhere.
  MINBEN_CHECK(files_.replace(directory_ / "vkey", as_bytes(signer_.verifier().vkey() + "\n")));
  MINBEN_CHECK(read_seal());
  MINBEN_CHECK(journal_->begin(size_));
  edge_generation_ = journal_->generation();
  folded_ = edge_generation_ - 1;
  batches_ =
      std::make_unique<Batches>(limits_, std::min(limits_.batch_bytes, journal_->slot_bytes() / 4),
                                [this](std::span<const TicketPtr> batch) { return commit(batch); });
  publisher_ = std::jthread([this] { publish_for_ever(); });
  return {};
}

Result<void> DirectoryLog::initialise() {
  for (const auto* name : {"tile", "checkpoint", "committed/journal-0"}) {
    MINBEN_TRY(there, files_.exists(directory_ / name));
    if (there)
      return damaged("there is a log but no committed checkpoint; not starting a second history",
                     committed_path());
  }
  return files_.replace_for_good(committed_path(), as_bytes(sign(checkpoint_of(edge_))));
}

/// What was durable when the last writer ended, on the way that every batch goes.
Result<void> DirectoryLog::replay() {
  MINBEN_TRY(records, journal_->read_from(edge_.size()));
  if (records.empty()) return {};
  for (JournalRecord& record : records) {
    for (Bytes& entry : record.entries) {
      const Hash leaf = leaf_hash(entry);
      edge_.add(std::move(entry), leaf);
    }
    for (const PendingFile& file : edge_.take_completed())
      MINBEN_CHECK(files_.replace(path(file.tile), file.content));
  }
  for (const PendingFile& file : edge_.take_changed_partials())
    MINBEN_CHECK(files_.replace(path(file.tile), file.content));
  return fold(journal_->generation(), checkpoint_of(edge_));
}

/// What was shown of the same checkpoint holds more signatures; nothing depends on it.
Result<void> DirectoryLog::keep_shown() {
  shown_ = note_;
  MINBEN_TRY(before, files_.read(directory_ / "checkpoint"));
  if (!before) return {};
  const auto opened = open_note(as_text(*before), std::span(&signer_.verifier(), 1));
  const auto own = parse_note(note_);
  if (opened && own && opened->text == own->text) shown_ = as_text(*before);
  return {};
}

/// What the last entry says.
Result<void> DirectoryLog::read_seal() {
  if (size_ == 0) return {};
  MINBEN_TRY(entries, tiles_.bundle(size_, (size_ - 1) / tile_width));
  if (auto found = parse_seal(entries.back(), key(), size_ - 1)) seal_ = *found;
  return {};
}

// ------------------------------------------------------------------------------------ callers

Result<std::vector<std::uint64_t>> DirectoryLog::append_all(std::span<const Bytes> entries) {
  return batches_->append_all(entries);
}

Result<Seal> DirectoryLog::seal(const NoteVerifier& successor) {
  MINBEN_TRY(index, batches_->seal(successor));
  return Seal{index, successor};
}

std::optional<Seal> DirectoryLog::sealed() const {
  const std::lock_guard guard(mutex_);
  return seal_;
}

std::uint64_t DirectoryLog::batches() const {
  const std::lock_guard guard(mutex_);
  return batch_count_;
}

/// The file is replaced with each batch.
std::optional<Instant> DirectoryLog::written() const {
  std::error_code error;
  const auto time = fs::last_write_time(committed_path(), error);
  if (error) return std::nullopt;
  return std::chrono::time_point_cast<microseconds>(std::chrono::file_clock::to_sys(time));
}

Result<void> DirectoryLog::keep_signatures(const Checkpoint& checkpoint, std::string_view note,
                                           Signatures signatures) {
  {
    const std::lock_guard guard(mutex_);
    if (checkpoint.size == size_) shown_ = note;
    if (signatures == Signatures::complete && checkpoint.size >= proven_size_) {
      proven_size_ = checkpoint.size;
      proven_ = note;
    }
    if (checkpoint.size != size_) return {};
  }
  return publish_shown();
}

}  // namespace minben::ledger
