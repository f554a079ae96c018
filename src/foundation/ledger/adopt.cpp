// From a directory to a database.
#include "ledger/logs.hpp"

namespace minben::ledger {

namespace {

using store::Query;

constexpr Query take_log{"ledger_adopt_log", R"(
  insert into ledger.log (origin, vkey, size, note, shown, proven_size, proven, successor, written_at)
  values ($1, $2, $3, $4, $4, 0, '', $5, $6) on conflict (origin) do nothing)"};
constexpr Query take_tile{"ledger_adopt_tile", R"(
  insert into ledger.tile (origin, level, index, width, content) values ($1, $2, $3, $4, $5))"};

Result<void> take_level(store::Transaction& tx, const Log& log, int level, std::uint64_t hashes) {
  for (std::uint64_t first = 0; first < hashes; first += tile_width) {
    const auto width = static_cast<int>(std::min<std::uint64_t>(tile_width, hashes - first));
    const Tile tile{level, first / tile_width, width};
    MINBEN_TRY(content, log.tile(tile));
    if (!content)
      return fail(Kind::internal, "ledger_damaged", "the tile is missing", tile_path(tile));
    tx.queue(take_tile, log.origin(), level, tile.index, width, *content);
  }
  return {};
}

}  // namespace

Result<void> adopt(store::Database& database, const Log& log) {
  const std::string note = log.checkpoint();
  MINBEN_TRY(checkpoint, open_checkpoint(note, log.key()));
  const auto seal = log.sealed();
  const auto successor =
      seal ? std::optional(seal->successor.vkey()) : std::optional<std::string>();
  return database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(taken, tx.run(take_log, log.origin(), log.vkey(), checkpoint.size, note, successor,
                             log.written().value_or(tx.now())));
    if (taken.affected() == 0)
      return fail(Kind::conflict, "log_exists", "there is a log of this name", log.origin());
    MINBEN_CHECK(take_level(tx, log, entries_level, checkpoint.size));
    for (int level = 0; hashes_at(level, checkpoint.size) > 0; ++level)
      MINBEN_CHECK(take_level(tx, log, level, hashes_at(level, checkpoint.size)));
    return {};
  });
}

}  // namespace minben::ledger
