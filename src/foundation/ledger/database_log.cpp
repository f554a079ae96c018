// A log in a database, for any number of writers: a batch is one transaction.
#include <atomic>

#include <spdlog/spdlog.h>

#include "batches.hpp"
#include "edge.hpp"
#include "tile_store.hpp"

namespace minben::ledger {

namespace {

using store::Query;

constexpr Query begin_log{"ledger_begin_log", R"(
  insert into ledger.log (origin, vkey, size, note, shown, proven_size, proven, written_at)
  values ($1, $2, 0, $3, $3, 0, '', $4) on conflict (origin) do nothing)"};
constexpr Query read_log{"ledger_read_log", R"(
  select vkey, size, note, shown, proven_size, proven, successor, written_at from ledger.log where origin = $1)"};
constexpr Query lock_log{"ledger_lock_log", R"(
  select vkey, size, note, shown, proven_size, proven, successor, written_at from ledger.log where origin = $1 for update)"};
constexpr Query advance_log{"ledger_advance_log", R"(
  update ledger.log set size = $3, note = $4, shown = $4, successor = $5, written_at = $6
  where origin = $1 and size = $2 and successor is null)"};
constexpr Query show_signatures{"ledger_show_signatures", R"(
  update ledger.log set shown = $3 where origin = $1 and size = $2)"};
constexpr Query show_complete{"ledger_show_complete", R"(
  update ledger.log set proven_size = $2, proven = $3 where origin = $1 and proven_size <= $2)"};
constexpr Query find_tile{"ledger_find_tile", R"(
  select width, content from ledger.tile where origin = $1 and level = $2 and index = $3 and width >= $4)"};
constexpr Query put_tiles{"ledger_put_tiles", R"(
  insert into ledger.tile (origin, level, index, width, content)
  select $1, level, index, width, content
  from unnest($2::text[]::smallint[], $3::text[]::bigint[], $4::text[]::smallint[], $5::text[]::bytea[])
       as new (level, index, width, content)
  on conflict (origin, level, index) do update set width = excluded.width, content = excluded.content)"};

/// The log's row.
struct Row {
  std::string vkey;
  std::uint64_t size = 0;
  std::string note, shown;
  std::uint64_t proven_size = 0;
  std::string proven;
  std::string successor;  ///< "": not sealed
  Instant written;
};

Result<std::optional<Row>> row_of(const Result<store::Rows>& rows) {
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::nullopt;
  const store::Row row = rows->front();
  return Row{row.text("vkey"),
             static_cast<std::uint64_t>(row.integer("size")),
             row.text("note"),
             row.text("shown"),
             static_cast<std::uint64_t>(row.integer("proven_size")),
             row.text("proven"),
             row.text("successor"),
             row.instant("written_at")};
}

Result<std::optional<Bytes>> content_of(const Result<store::Rows>& rows, Tile& tile) {
  if (!rows) return fail(rows.error());
  if (rows->empty()) return std::nullopt;
  tile.width = static_cast<int>(rows->front().integer("width"));
  return rows->front().bytes("content");
}

std::unexpected<Error> damaged(std::string_view detail, std::string_view origin) {
  return fail(Kind::internal, "ledger_damaged", detail, origin);
}

class DatabaseLog final : public Log {
 public:
  /// Without a signer nothing is added.
  DatabaseLog(store::Database& database, NoteVerifier key, std::optional<NoteSigner> signer,
              const LogLimits& limits)
      : Log(std::move(key)),
        database_(database),
        signer_(std::move(signer)),
        tiles_(
            [this](Tile& tile) {
              return content_of(
                  database_.run(find_tile, origin(), tile.level, tile.index, tile.width), tile);
            },
            origin()),
        recent_(limits.remembered_leaves),
        batches_(limits, limits.batch_bytes,
                 [this](std::span<const TicketPtr> batch) { return commit(batch); }) {}

  Result<void> open();

  Result<std::vector<std::uint64_t>> append_all(std::span<const Bytes> entries) override {
    return batches_.append_all(entries);
  }
  Result<Seal> seal(const NoteVerifier& successor) override {
    MINBEN_TRY(index, batches_.seal(successor));
    return Seal{index, successor};
  }
  [[nodiscard]] std::optional<Seal> sealed() const override { return seal_of(row()); }
  [[nodiscard]] std::uint64_t size() const override { return row().size; }
  [[nodiscard]] std::uint64_t batches() const override { return batch_count_; }
  [[nodiscard]] std::string checkpoint() const override { return row().shown; }
  [[nodiscard]] std::optional<Instant> written() const override { return row().written; }

 protected:
  [[nodiscard]] const TileStore& tiles() const override { return tiles_; }
  [[nodiscard]] std::pair<std::uint64_t, std::string> provable(std::uint64_t index) const override {
    Row now = row();
    if (index < now.proven_size) return {now.proven_size, std::move(now.proven)};
    return {now.size, std::move(now.shown)};
  }
  Result<void> keep_signatures(const Checkpoint& checkpoint, std::string_view note,
                               Signatures signatures) override;

 private:
  [[nodiscard]] Row row() const;
  [[nodiscard]] static std::optional<Seal> seal_of(const Row& row);

  // Only the committer's, but for the first call, when it is opened.
  Result<Row> lock(store::Transaction& tx);
  Result<void> follow(store::Transaction& tx, const Row& row);
  Result<Placed> placed(std::span<const TicketPtr> batch, const Row& row);
  Result<void> commit(std::span<const TicketPtr> batch);
  Result<void> write(store::Transaction& tx, Edge& next, const std::string& note,
                     const NoteVerifier* successor);
  [[nodiscard]] std::string sign(const Edge& at) const;

  store::Database& database_;
  const std::optional<NoteSigner> signer_;
  const TileStore tiles_;

  mutable std::mutex mutex_;
  mutable Row last_;  ///< read when the database did answer

  std::string note_;  ///< the checkpoint that these have followed
  Edge edge_;
  RecentLeaves recent_;
  std::atomic<std::uint64_t> batch_count_ = 0;
  Batches batches_;
};

std::string DatabaseLog::sign(const Edge& at) const {
  const std::string text = write_checkpoint({origin(), at.size(), at.root(), {}});
  return write_note({text, {signer_->sign(text)}});
}

Result<void> DatabaseLog::open() {
  if (signer_)
    MINBEN_CHECK(database_.run(begin_log, origin(), vkey(), sign(edge_), database_.clock().now()));
  MINBEN_TRY(found, row_of(database_.run(read_log, origin())));
  if (!found || found->vkey != vkey())
    return fail(Kind::not_found, "no_such_log", "no log of this key here", origin());
  last_ = *found;
  if (!signer_) return {};
  return database_.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, lock(tx));
    return follow(tx, row);
  });
}

Row DatabaseLog::row() const {
  auto found = row_of(database_.run(read_log, origin()));
  const std::lock_guard guard(mutex_);
  if (found && *found && (**found).size >= last_.size) last_ = std::move(**found);
  if (!found) spdlog::warn("ledger {}: not read: {}", origin(), describe(found.error()));
  return last_;
}

std::optional<Seal> DatabaseLog::seal_of(const Row& row) {
  if (row.successor.empty()) return std::nullopt;
  const auto successor = NoteVerifier::parse(row.successor);
  MINBEN_ASSERT(successor.has_value());  // we wrote it
  return Seal{row.size - 1, *successor};
}

Result<Row> DatabaseLog::lock(store::Transaction& tx) {
  MINBEN_TRY(found, row_of(tx.run(lock_log, origin())));
  if (!found) return damaged("the log's row is gone", origin());
  return std::move(*found);
}

/// What other writers have added; nobody adds anything while the row is locked.
Result<void> DatabaseLog::follow(store::Transaction& tx, const Row& row) {
  if (row.note == note_) return {};
  MINBEN_TRY(checkpoint, open_checkpoint(row.note, key()));
  const TileStore tiles(
      [&](Tile& tile) {
        return content_of(tx.run(find_tile, origin(), tile.level, tile.index, tile.width), tile);
      },
      origin());
  MINBEN_TRY(loaded, Edge::load(tiles, row.size));
  if (checkpoint.size != row.size || loaded.root() != checkpoint.root || row.size < edge_.size())
    return damaged("the tiles do not lead to the committed root", origin());
  MINBEN_CHECK(recent_.add_from(tiles, row.size, edge_.size()));
  edge_ = std::move(loaded);
  note_ = row.note;
  return {};
}

/// What the batch adds to a log that has been followed.
Result<Placed> DatabaseLog::placed(std::span<const TicketPtr> batch, const Row& row) {
  const auto already = seal_of(row);
  Ticket& first = *batch.front();
  if (first.successor == nullptr) {
    if (already) return fail(sealed_error());
    return place(batch, recent_, row.size);
  }
  if (already && already->successor.vkey() != first.successor->vkey()) return fail(sealed_error());
  first.indexes = {already ? already->index : row.size};
  if (already) return Placed{};
  Bytes entry = write_seal(*signer_, {row.size, *first.successor});
  const Hash leaf = leaf_hash(entry);
  return Placed{{row.size, {std::move(entry)}}, {leaf}};
}

Result<void> DatabaseLog::commit(std::span<const TicketPtr> batch) {
  if (!signer_) {
    if (sealed()) return fail(sealed_error());
    return fail(Kind::unavailable, "no_ledger_key", "the key that signs this log is not here",
                origin());
  }
  Placed added;
  Edge next;
  std::string note;
  const auto done = database_.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, lock(tx));
    MINBEN_CHECK(follow(tx, row));
    MINBEN_TRY(now, placed(batch, row));
    added = std::move(now);
    next = edge_;
    for (std::size_t i = 0; i < added.leaves.size(); ++i)
      next.add(std::move(added.record.entries[i]), added.leaves[i]);
    if (added.leaves.empty()) return {};
    note = sign(next);
    return write(tx, next, note, batch.front()->successor);
  });
  // Whether a transaction without an answer was committed shows when the next one follows.
  if (!done || added.leaves.empty()) return done;
  for (std::size_t i = 0; i < added.leaves.size(); ++i)
    recent_.add(added.leaves[i], edge_.size() + i);
  edge_ = std::move(next);
  note_ = std::move(note);
  ++batch_count_;
  return {};
}

Result<void> DatabaseLog::write(store::Transaction& tx, Edge& next, const std::string& note,
                                const NoteVerifier* successor) {
  std::vector<std::string> levels, indexes, widths, contents;
  // By tile: what became full, else how far it has come.
  std::vector<PendingFile> files = next.take_completed();
  std::ranges::move(next.take_changed_partials(), std::back_inserter(files));
  for (const PendingFile& file : files) {
    levels.push_back(std::to_string(file.tile.level));
    indexes.push_back(std::to_string(file.tile.index));
    widths.push_back(std::to_string(file.tile.width));
    contents.push_back("\\x" + hex_encode(file.content));
  }
  MINBEN_CHECK(tx.run(put_tiles, origin(), levels, indexes, widths, contents));
  const auto sealed_for =
      successor ? std::optional(successor->vkey()) : std::optional<std::string>();
  MINBEN_TRY(advanced,
             tx.run(advance_log, origin(), edge_.size(), next.size(), note, sealed_for, tx.now()));
  if (advanced.affected() != 1)
    return fail(Kind::conflict, "retry", "another writer was faster", origin());
  return {};
}

Result<void> DatabaseLog::keep_signatures(const Checkpoint& checkpoint, std::string_view note,
                                          Signatures signatures) {
  MINBEN_CHECK(database_.run(show_signatures, origin(), checkpoint.size, note));
  if (signatures == Signatures::complete)
    MINBEN_CHECK(database_.run(show_complete, origin(), checkpoint.size, note));
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> Log::open_in(store::Database& database, std::string_view origin,
                                          trust::SigningKey key, const LogLimits& limits) {
  MINBEN_TRY(signer, NoteSigner::make(origin, std::move(key)));
  auto log = std::make_unique<DatabaseLog>(database, signer.verifier(), std::move(signer), limits);
  MINBEN_CHECK(log->open());
  return std::unique_ptr<Log>(std::move(log));
}

Result<std::unique_ptr<Log>> Log::read_in(store::Database& database, std::string_view origin) {
  MINBEN_TRY(found, row_of(database.run(read_log, origin)));
  if (!found) return fail(Kind::not_found, "no_such_log", "no log of this name here", origin);
  MINBEN_TRY(key, NoteVerifier::parse(found->vkey));
  auto log = std::make_unique<DatabaseLog>(database, std::move(key), std::nullopt, LogLimits{});
  MINBEN_CHECK(log->open());
  return std::unique_ptr<Log>(std::move(log));
}

}  // namespace minben::ledger
