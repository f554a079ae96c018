#include <condition_variable>
#include <deque>
#include <mutex>
#include <unordered_map>

#include <spdlog/spdlog.h>

#include "edge.hpp"
#include "files.hpp"
#include "ledger/ledger.hpp"

namespace minben::ledger {

namespace {

struct HashOfHash {
  std::size_t operator()(const Hash& hash) const {
    std::size_t out = 0;
    std::memcpy(&out, hash.data(), sizeof out);
    return out;
  }
};

/// The newest leaves and where they are; the oldest are forgotten.
class RecentLeaves {
 public:
  explicit RecentLeaves(std::size_t capacity) : capacity_(std::max<std::size_t>(capacity, 1)) {}
  void add(const Hash& leaf, std::uint64_t index) {
    if (!indexes_.emplace(leaf, index).second) return;
    order_.push_back(leaf);
    if (order_.size() <= capacity_) return;
    indexes_.erase(order_.front());
    order_.pop_front();
  }
  [[nodiscard]] std::optional<std::uint64_t> find(const Hash& leaf) const {
    const auto found = indexes_.find(leaf);
    return found == indexes_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::size_t capacity_;
  std::unordered_map<Hash, std::uint64_t, HashOfHash> indexes_;
  std::deque<Hash> order_;
};

struct Waiter {
  Octets entry;
  Hash leaf;
  std::optional<Result<std::uint64_t>> outcome;
};

std::unexpected<Error> damaged(std::string_view detail, const fs::path& path) {
  return fail(Kind::internal, "ledger_damaged", detail, path.string());
}

std::unexpected<Error> sealed_error() {
  return fail(Kind::conflict, "ledger_sealed", "the log has ended; append to its successor");
}

Checkpoint checkpoint_of(const std::string& origin, const Edge& edge) {
  return {origin, edge.size(), edge.root(), {}};
}

}  // namespace

struct Log::Impl {
  Impl(fs::path where, NoteSigner note_signer, const LogLimits& bounds, DirectoryLock held)
      : directory(std::move(where)),
        signer(std::move(note_signer)),
        limits(bounds),
        lock(std::move(held)),
        tiles(directory),
        recent(bounds.remembered_leaves) {}

  const fs::path directory;
  const NoteSigner signer;
  const LogLimits limits;
  const DirectoryLock lock;
  const TileStore tiles;

  // Queue and what has been committed.
  mutable std::mutex mutex;
  std::condition_variable done;
  std::deque<Waiter*> queue;
  bool leading = false;  // some caller is committing a batch
  bool broken = false;
  bool sealing = false;  // only the seal may still join the queue
  std::optional<Seal> seal;
  std::uint64_t size = 0;
  std::string note;

  // Only the leading caller touches these.
  Edge edge;
  RecentLeaves recent;

  [[nodiscard]] fs::path committed_path() const { return directory / "committed" / "checkpoint"; }
  [[nodiscard]] const std::string& origin() const { return signer.verifier().name(); }

  Result<void> recover();
  Result<void> initialise();
  Result<void> remember_recent();
  void clean_partials(std::uint64_t old_size) const;
  Result<void> publish(const std::string& text) const;
  Result<void> publish_key() const;

  std::string sign(const Edge& at) const {
    const std::string text = write_checkpoint(checkpoint_of(origin(), at));
    return write_note({text, {signer.sign(text)}});
  }

  void wait_for(std::span<Waiter> waiters, bool seals = false);
  Result<void> read_seal();
  std::vector<Waiter*> take_batch();
  void commit(std::span<Waiter* const> batch);
  Result<void> write_files(std::span<const PendingFile> files) const;
  Result<void> swap_checkpoint(const std::string& text);
  std::pair<std::uint64_t, std::string> published() const {
    const std::lock_guard guard(mutex);
    return {size, note};
  }
};

// ---------------------------------------------------------------------------------- opening

Result<std::unique_ptr<Log>> Log::open(const fs::path& directory, std::string_view origin,
                                       trust::SigningKey key, const LogLimits& limits) {
  MINBEN_TRY(signer, NoteSigner::make(origin, std::move(key)));
  MINBEN_CHECK(make_directories(directory));
  MINBEN_TRY(lock, DirectoryLock::take(directory));
  auto impl = std::make_unique<Impl>(directory, std::move(signer), limits, std::move(lock));
  MINBEN_CHECK(impl->recover());
  MINBEN_CHECK(impl->publish_key());
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() = default;

/// What is committed is the truth; everything else is made to follow it.
Result<void> Log::Impl::recover() {
  MINBEN_TRY(committed, read_file(committed_path()));
  if (!committed) return initialise();
  note = as_text(*committed);
  MINBEN_TRY(checkpoint, open_checkpoint(note, signer.verifier()));
  MINBEN_TRY(loaded, Edge::load(tiles, checkpoint.size));
  if (loaded.root() != checkpoint.root) {
    return damaged("the tiles do not lead to the committed root", committed_path());
  }
  edge = std::move(loaded);
  size = checkpoint.size;
  MINBEN_CHECK(remember_recent());
  MINBEN_CHECK(read_seal());
  clean_partials(size > limits.batch_entries ? size - limits.batch_entries : 0);
  return publish(note);
}

Result<void> Log::Impl::initialise() {
  if (fs::exists(directory / "tile") || fs::exists(directory / "checkpoint")) {
    return damaged("there are tiles but no committed checkpoint; not starting a second history",
                   committed_path());
  }
  MINBEN_CHECK(make_directories(directory / "committed"));
  note = sign(edge);
  MINBEN_CHECK(write_file(committed_path(), as_bytes(note)));
  MINBEN_CHECK(sync_directory(directory / "committed"));
  MINBEN_CHECK(make_directories(directory / "tile"));
  return publish(note);
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

void Log::Impl::wait_for(std::span<Waiter> waiters, bool seals) {
  std::unique_lock guard(mutex);
  if (seal || sealing != seals) {
    for (Waiter& waiter : waiters) waiter.outcome = sealed_error();
    return;
  }
  for (Waiter& waiter : waiters) queue.push_back(&waiter);
  while (!waiters.back().outcome) {  // the queue is served in order
    if (leading) {
      done.wait(guard);
      continue;
    }
    leading = true;
    const std::vector<Waiter*> batch = take_batch();
    guard.unlock();
    commit(batch);
    guard.lock();
    leading = false;
    done.notify_all();
  }
}

std::vector<Waiter*> Log::Impl::take_batch() {
  std::vector<Waiter*> batch;
  std::size_t bytes = 0;
  while (!queue.empty() && batch.size() < limits.batch_entries &&
         (batch.empty() || bytes < limits.batch_bytes)) {
    batch.push_back(queue.front());
    bytes += queue.front()->entry.size();
    queue.pop_front();
  }
  return batch;
}

/// Gives every waiter of the batch its index, or all of them the reason why not. Other callers see
/// the outcomes only after the leader has taken the mutex again.
void Log::Impl::commit(std::span<Waiter* const> batch) {
  if (broken) {
    for (Waiter* waiter : batch) {
      waiter->outcome = fail(Kind::unavailable, "ledger_broken",
                             "an earlier write left the log in doubt; reopen it");
    }
    return;
  }
  Edge next = edge;
  std::unordered_map<Hash, std::uint64_t, HashOfHash> added;
  std::vector<std::uint64_t> indexes;
  for (const Waiter* waiter : batch) {
    const auto known = recent.find(waiter->leaf);
    const std::uint64_t index =
        known ? *known : added.try_emplace(waiter->leaf, next.size()).first->second;
    if (index == next.size())
      next.add(Bytes(waiter->entry.begin(), waiter->entry.end()), waiter->leaf);
    indexes.push_back(index);
  }

  Result<void> written;
  if (!added.empty()) {
    auto files = next.take_completed();
    std::ranges::move(next.take_changed_partials(), std::back_inserter(files));
    written = write_files(files);
    if (written) written = swap_checkpoint(sign(next));
  }
  if (written) {
    const std::uint64_t old_size = edge.size();
    edge = std::move(next);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (indexes[i] >= old_size) recent.add(batch[i]->leaf, indexes[i]);
    }
    if (!added.empty()) clean_partials(old_size);
  } else {
    spdlog::error("ledger {}: append failed: {}", origin(), describe(written.error()));
  }
  const std::lock_guard guard(mutex);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i]->outcome =
        written ? Result<std::uint64_t>(indexes[i]) : std::unexpected(written.error());
  }
}

Result<void> Log::Impl::write_files(std::span<const PendingFile> files) const {
  std::set<fs::path> changed;
  for (const PendingFile& file : files) {
    const fs::path path = tiles.path(file.tile);
    MINBEN_CHECK(make_directories(path.parent_path()));
    MINBEN_CHECK(write_file(path, file.content));
    changed.insert(path.parent_path());
  }
  for (const fs::path& parent : changed) MINBEN_CHECK(sync_directory(parent));
  return {};
}

/// The moment at which the batch exists. Whatever fails after the rename leaves open which
/// checkpoint a power loss would bring back, so nothing more is promised until the log is opened
/// again.
Result<void> Log::Impl::swap_checkpoint(const std::string& text) {
  MINBEN_TRY(current, read_file(committed_path()));
  if (!current || as_text(*current) != note) {
    broken = true;
    return fail(Kind::internal, "ledger_broken", "somebody else changed the committed checkpoint",
                committed_path().string());
  }
  MINBEN_CHECK(write_file(committed_path(), as_bytes(text)));
  if (const auto synced = sync_directory(directory / "committed"); !synced) {
    broken = true;
    return synced;
  }
  MINBEN_TRY(checkpoint, open_checkpoint(text, signer.verifier()));
  {
    const std::lock_guard guard(mutex);
    size = checkpoint.size;
    note = text;
  }
  if (const auto shown = publish(text); !shown) {  // opening shows it; the entries are safe
    spdlog::warn("ledger {}: checkpoint not published: {}", origin(), describe(shown.error()));
  }
  return {};
}

/// Not fsynced: opening writes it again from the committed one.
Result<void> Log::Impl::publish(const std::string& text) const {
  return write_file(directory / "checkpoint", as_bytes(text), false);
}

/// For those who verify; whoever does not trust this directory takes the key from elsewhere.
Result<void> Log::Impl::publish_key() const {
  return write_file(directory / "vkey", as_bytes(signer.verifier().vkey() + "\n"), false);
}

/// Partials may go once their tile is full (tlog-tiles §Partial Tiles).
void Log::Impl::clean_partials(std::uint64_t old_size) const {
  for (int level = entries_level; level == entries_level || hashes_at(level, size) > 0; ++level) {
    const std::uint64_t full = hashes_at(level, size) / tile_width;
    for (std::uint64_t index = hashes_at(level, old_size) / tile_width; index < full; ++index) {
      std::error_code ignored;
      fs::remove_all(tiles.path({level, index, 1}).parent_path(), ignored);
    }
  }
}

Result<std::uint64_t> Log::append(Octets entry) {
  const Bytes copy(entry.begin(), entry.end());
  MINBEN_TRY(indexes, append_all(std::span(&copy, 1)));
  return indexes.front();
}

Result<std::vector<std::uint64_t>> Log::append_all(std::span<const Bytes> entries) {
  if (entries.empty()) return std::vector<std::uint64_t>();
  std::vector<Waiter> waiters;
  waiters.reserve(entries.size());
  for (const Bytes& entry : entries) {
    if (entry.size() > max_entry_bytes) {
      return fail(Kind::too_large, "entry_too_large",
                  "an entry has at most 65535 bytes: log a digest");
    }
    waiters.push_back({entry, leaf_hash(entry), {}});
  }
  {
    const std::lock_guard guard(impl_->mutex);
    if (impl_->queue.size() + entries.size() > impl_->limits.waiting_entries) {
      return fail(Kind::too_many, "ledger_busy", "too many entries wait to be written");
    }
  }
  impl_->wait_for(waiters);
  std::vector<std::uint64_t> indexes;
  for (Waiter& waiter : waiters) {
    if (!*waiter.outcome) return std::unexpected(waiter.outcome->error());
    indexes.push_back(**waiter.outcome);
  }
  return indexes;
}

// ------------------------------------------------------------------------------------ sealing

Result<void> Log::Impl::read_seal() {
  if (size == 0) return {};
  MINBEN_TRY(entries, tiles.bundle(size, (size - 1) / tile_width));
  if (auto found = parse_seal(entries.back(), signer.verifier(), size - 1)) seal = *found;
  return {};
}

Result<Seal> Log::seal(const NoteVerifier& successor) {
  {
    std::unique_lock guard(impl_->mutex);
    if (impl_->seal && impl_->seal->successor.vkey() == successor.vkey()) return *impl_->seal;
    if (impl_->seal || impl_->sealing) return sealed_error();
    impl_->sealing = true;
    impl_->done.wait(guard, [&] { return impl_->queue.empty() && !impl_->leading; });
  }
  const Seal seal{size(), successor};
  const Bytes entry = write_seal(impl_->signer, seal);
  Waiter waiter{entry, leaf_hash(entry), {}};
  impl_->wait_for(std::span(&waiter, 1), true);
  const std::lock_guard guard(impl_->mutex);
  impl_->sealing = false;
  if (!*waiter.outcome) return std::unexpected(waiter.outcome->error());
  impl_->seal = seal;
  return seal;
}

std::optional<Seal> Log::sealed() const {
  const std::lock_guard guard(impl_->mutex);
  return impl_->seal;
}

// ------------------------------------------------------------------------------------ reading

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

Result<TlogProof> Log::proof(std::uint64_t index) const {
  const auto [now, note] = impl_->published();
  MINBEN_TRY(hashes, inclusion_proof(index, now, impl_->tiles.subtrees(now)));
  return TlogProof{{}, index, std::move(hashes), note};
}

}  // namespace minben::ledger
