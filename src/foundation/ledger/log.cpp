#include <spdlog/spdlog.h>

#include "log_impl.hpp"

namespace minben::ledger {

namespace {

std::unexpected<Error> damaged(std::string_view detail, const fs::path& path) {
  return fail(Kind::internal, "ledger_damaged", detail, path.string());
}

}  // namespace

Log::Impl::Impl(Files& file_layer, fs::path where, NoteSigner note_signer, const LogLimits& bounds,
                DirectoryLock held)
    : files(file_layer),
      directory(std::move(where)),
      signer(std::move(note_signer)),
      limits(bounds),
      lock(std::move(held)),
      tiles(file_layer, directory),
      recent(bounds.remembered_leaves) {}

Log::Impl::~Impl() {
  if (!committer.joinable()) return;
  {
    const std::lock_guard guard(mutex);
    stopping = true;
    arrived.notify_all();
  }
  committer.join();
  {
    const std::lock_guard guard(mutex);
    committer_over = true;
    followed.notify_all();
  }
  publisher.join();
}

std::string Log::Impl::sign(const Checkpoint& checkpoint) const {
  const std::string text = write_checkpoint(checkpoint);
  return write_note({text, {signer.sign(text)}});
}

// ---------------------------------------------------------------------------------- opening

Result<std::unique_ptr<Log>> Log::open(const fs::path& directory, std::string_view origin,
                                       trust::SigningKey key, const LogLimits& limits) {
  MINBEN_TRY(signer, NoteSigner::make(origin, std::move(key)));
  MINBEN_TRY(lock, DirectoryLock::take(directory));
  auto impl = std::make_unique<Impl>(disk(), directory, std::move(signer), limits, std::move(lock));
  MINBEN_CHECK(impl->open());
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Result<std::unique_ptr<Log>> Log::open_in(Files& files, const fs::path& directory,
                                          std::string_view origin, trust::SigningKey key,
                                          const LogLimits& limits) {
  MINBEN_TRY(signer, NoteSigner::make(origin, std::move(key)));
  auto impl = std::make_unique<Impl>(files, directory, std::move(signer), limits, DirectoryLock());
  MINBEN_CHECK(impl->open());
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() = default;

/// What is committed is the truth, and what the journal holds after it; everything else is made to
/// follow.
Result<void> Log::Impl::open() {
  MINBEN_TRY(found, files.read(committed_path()));
  if (!found) {
    MINBEN_CHECK(initialise());
    MINBEN_TRY(made, files.read(committed_path()));
    found = std::move(made);
  }
  committed = as_text(*found);
  MINBEN_TRY(checkpoint, open_checkpoint(committed, signer.verifier()));
  MINBEN_TRY(loaded, Edge::load(tiles, checkpoint.size));
  if (loaded.root() != checkpoint.root)
    return damaged("the tiles do not lead to the committed root", committed_path());
  edge = std::move(loaded);
  committed_size = cleaned_size = checkpoint.size;
  MINBEN_TRY(opened, Journal::open(files, directory / "committed", limits.journal_bytes));
  journal.emplace(std::move(opened));
  MINBEN_CHECK(replay());
  size = durable_size = edge.size();
  note = sign(checkpoint_of(edge));
  MINBEN_CHECK(remember_recent());
  // What a writer that was killed had no time to clean.
  cleaned_size = size > limits.remembered_leaves ? size - limits.remembered_leaves : 0;
  clean_partials();
  MINBEN_CHECK(keep_shown());
  MINBEN_CHECK(publish_shown());
  // For those who verify; whoever does not trust this directory takes the key from elsewhere.
  MINBEN_CHECK(files.replace(directory / "vkey", as_bytes(signer.verifier().vkey() + "\n")));
  MINBEN_CHECK(read_seal());
  MINBEN_CHECK(journal->begin(size));
  edge_generation = journal->generation();
  folded = edge_generation - 1;
  committer = std::jthread([this] { commit_for_ever(); });
  publisher = std::jthread([this] { publish_for_ever(); });
  return {};
}

Result<void> Log::Impl::initialise() {
  for (const auto* name : {"tile", "checkpoint", "committed/journal-0"}) {
    MINBEN_TRY(there, files.exists(directory / name));
    if (there)
      return damaged("there is a log but no committed checkpoint; not starting a second history",
                     committed_path());
  }
  return files.replace_for_good(committed_path(), as_bytes(sign(checkpoint_of(edge))));
}

/// What was durable when the last writer ended, on the way that every batch goes.
Result<void> Log::Impl::replay() {
  MINBEN_TRY(records, journal->read_from(edge.size()));
  if (records.empty()) return {};
  for (JournalRecord& record : records) {
    for (Bytes& entry : record.entries) {
      const Hash leaf = leaf_hash(entry);
      edge.add(std::move(entry), leaf);
    }
    for (const PendingFile& file : edge.take_completed())
      MINBEN_CHECK(files.replace(tiles.path(file.tile), file.content));
  }
  for (const PendingFile& file : edge.take_changed_partials())
    MINBEN_CHECK(files.replace(tiles.path(file.tile), file.content));
  return fold(journal->generation(), checkpoint_of(edge));
}

/// What was shown of the same checkpoint holds more signatures; nothing depends on it.
Result<void> Log::Impl::keep_shown() {
  shown = note;
  MINBEN_TRY(before, files.read(directory / "checkpoint"));
  if (!before) return {};
  const auto opened = open_note(as_text(*before), std::span(&signer.verifier(), 1));
  const auto own = parse_note(note);
  if (opened && own && opened->text == own->text) shown = as_text(*before);
  return {};
}

Result<void> Log::Impl::remember_recent() {
  const std::uint64_t from = size > limits.remembered_leaves ? size - limits.remembered_leaves : 0;
  for (std::uint64_t first = from / tile_width * tile_width; first < size; first += tile_width) {
    const int count = static_cast<int>(std::min<std::uint64_t>(tile_width, size - first));
    MINBEN_TRY(hashes, tiles.hashes(size, 0, first, count));
    for (std::size_t i = 0; i < hashes.size(); ++i) recent.add(hashes[i], first + i);
  }
  return {};
}

// ---------------------------------------------------------------------------------- appending

Result<std::uint64_t> Log::append(Octets entry) {
  const Bytes copy(entry.begin(), entry.end());
  MINBEN_TRY(indexes, append_all(std::span(&copy, 1)));
  return indexes.front();
}

Result<std::vector<std::uint64_t>> Log::append_all(std::span<const Bytes> entries) {
  for (const Bytes& entry : entries) {
    if (entry.size() > max_entry_bytes)
      return fail(Kind::too_large, "entry_too_large",
                  "an entry has at most 65535 bytes: log a digest");
  }
  if (entries.size() > impl_->limits.waiting_entries)
    return fail(Kind::too_many, "ledger_busy", "too many entries wait to be written");
  std::vector<std::uint64_t> indexes;
  indexes.reserve(entries.size());
  while (!entries.empty()) {
    const std::size_t portion = impl_->portion_of(entries);
    const auto ticket = std::make_shared<Ticket>();
    ticket->entries = entries.first(portion);
    for (const Bytes& entry : ticket->entries) ticket->leaves.push_back(leaf_hash(entry));
    impl_->submit(ticket);
    if (ticket->error) return fail(*ticket->error);
    indexes.insert(indexes.end(), ticket->indexes.begin(), ticket->indexes.end());
    entries = entries.subspan(portion);
  }
  return indexes;
}

// ------------------------------------------------------------------------------------ reading

std::uint64_t Log::batches() const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->batches;
}
std::uint64_t Log::size() const { return impl_->published().first; }
std::string Log::checkpoint() const { return impl_->published().second; }
std::string Log::vkey() const { return impl_->signer.verifier().vkey(); }
const std::string& Log::origin() const { return impl_->origin(); }
const fs::path& Log::directory() const { return impl_->directory; }

Result<Bytes> Log::entry(std::uint64_t index) const {
  const std::uint64_t now = size();
  if (index >= now) return fail(Kind::not_found, "bad_index", "no such entry");
  MINBEN_TRY(entries, impl_->tiles.bundle(now, index / tile_width));
  return std::move(entries[index % tile_width]);
}

Result<std::vector<Hash>> Log::inclusion(std::uint64_t index, std::uint64_t at_size) const {
  const std::uint64_t now =
      size();  // its tiles hold every smaller tree, also sizes never published
  if (at_size > now) return fail(Kind::invalid, "bad_size", "larger than the log");
  return inclusion_proof(index, at_size, impl_->tiles.subtrees(now));
}

Result<std::vector<Hash>> Log::consistency(std::uint64_t old_size, std::uint64_t at_size) const {
  const std::uint64_t now = size();
  if (at_size > now) return fail(Kind::invalid, "bad_size", "larger than the log");
  return consistency_proof(old_size, at_size, impl_->tiles.subtrees(now));
}

Result<void> Log::show(std::string_view text, Signatures signatures) {
  MINBEN_TRY(checkpoint, open_checkpoint(text, impl_->signer.verifier()));
  Frontier ours;
  if (checkpoint.size <= size()) {
    MINBEN_TRY(at, Frontier::at(checkpoint.size, impl_->tiles.subtrees(size())));
    ours = std::move(at);
  }
  if (ours.size() != checkpoint.size || ours.root() != checkpoint.root)
    return fail(Kind::conflict, "not_committed", "no checkpoint of this log");
  {
    const std::lock_guard guard(impl_->mutex);
    if (checkpoint.size == impl_->size) impl_->shown = text;
    if (signatures == Signatures::complete && checkpoint.size >= impl_->proven_size) {
      impl_->proven_size = checkpoint.size;
      impl_->proven = text;
    }
    if (checkpoint.size != impl_->size) return {};
  }
  return impl_->publish_shown();
}

Result<TlogProof> Log::proof(std::uint64_t index) const {
  const std::uint64_t newest = size();  // its tiles hold every smaller tree
  const auto [now, note] = impl_->provable(index);
  MINBEN_TRY(hashes, inclusion_proof(index, now, impl_->tiles.subtrees(std::max(now, newest))));
  return TlogProof{{}, index, std::move(hashes), note};
}

}  // namespace minben::ledger
