#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "internal.hpp"

namespace minben::store {

namespace {
constexpr Query find_applied{"store_find_migrations",
                             "select number, checksum from store.migration "
                             "where schema_name = $1 order by number"};
constexpr Query note_applied{"store_note_migration",
                             "insert into store.migration (schema_name, number, name, checksum) "
                             "values ($1, $2, $3, $4)"};
// A restored dump carries positions of another cluster's transaction numbers: stay above them.
constexpr Query raise_base{"store_raise_outbox_base",
                           "update store.outbox_base set base = greatest(base, "
                           "coalesce((select max(position) >> 20 from store.event), 0) + 1 "
                           "- pg_current_xact_id()::text::bigint) "
                           "where coalesce((select max(position) >> 20 from store.event), 0) "
                           ">= base + pg_current_xact_id()::text::bigint"};
constexpr Query outbox_exists{"store_outbox_exists",
                              "select to_regclass('store.outbox_base') is not null as there"};

// Any constant; all nodes must agree on it.
constexpr std::string_view lock_sql = "select pg_advisory_lock(7020261123)";
constexpr std::string_view bootstrap_sql =
    "create schema if not exists store;"
    "create table if not exists store.migration ("
    "  schema_name text not null,"
    "  number integer not null,"
    "  name text not null,"
    "  checksum text not null,"
    "  applied_at timestamptz not null default now(),"
    "  primary key (schema_name, number))";

std::string checksum(const Migration& migration) { return hex_encode(sha256(migration.sql)); }

Error migration_error(std::string_view code, const Migration& migration, std::string_view detail) {
  return {Kind::conflict,
          std::string(code),
          std::string(detail),
          fmt::format("{}/{}", migration.schema, migration.name),
          0,
          0};
}

/// Of one schema, in the order given.
using Series = std::vector<const Migration*>;

Result<std::vector<Series>> by_schema(std::span<const Migration> migrations) {
  std::vector<Series> all;
  for (const Migration& migration : migrations) {
    auto series = std::ranges::find_if(
        all, [&](const Series& s) { return s.front()->schema == migration.schema; });
    if (series == all.end()) series = all.insert(all.end(), Series{});
    series->push_back(&migration);
    if (migration.number != static_cast<int>(series->size()))
      return std::unexpected(
          migration_error("migration_gap", migration, "numbers must be 1, 2, 3 …"));
  }
  return all;
}

struct Session {
  Connection& connection;
  const Clock& clock;
};

template <class Work>
Result<void> in_transaction(const Session& session, Work&& work) {
  PgTransaction transaction(session.connection, session.clock);
  MINBEN_CHECK(work(transaction));
  return transaction.commit();
}

Result<void> apply(const Session& session, const Migration& migration) {
  return in_transaction(session, [&](PgTransaction& transaction) -> Result<void> {
    const std::string script =
        fmt::format("create schema if not exists {};\n{}", migration.schema, migration.sql);
    auto applied = transaction.run_script(script);
    if (!applied) {
      Error error = applied.error();
      error.field = fmt::format("{}/{}", migration.schema, migration.name);
      return fail(std::move(error));
    }
    MINBEN_CHECK(transaction.run(note_applied, migration.schema, migration.number, migration.name,
                                 checksum(migration)));
    return {};
  });
}

/// How many are applied already, after checking that they are the ones we know.
Result<std::size_t> check_applied(const Session& session, const Series& series) {
  std::size_t count = 0;
  MINBEN_CHECK(in_transaction(session, [&](PgTransaction& transaction) -> Result<void> {
    MINBEN_TRY(rows, transaction.run(find_applied, series.front()->schema));
    for (const Row row : rows) {
      if (count == series.size())
        return std::unexpected(migration_error("migration_unknown", *series.back(),
                                               "the database was made by a newer program"));
      const Migration& known = *series[count++];
      if (row.integer("number") != known.number || row.text("checksum") != checksum(known))
        return std::unexpected(
            migration_error("migration_changed", known, "differs from what was applied earlier"));
    }
    return {};
  }));
  return count;
}

Result<void> catch_up(const Session& session, const std::vector<Series>& all,
                      std::span<const Migration> order) {
  std::map<std::string_view, std::size_t> applied;
  for (const Series& series : all) {
    MINBEN_TRY(count, check_applied(session, series));
    applied[series.front()->schema] = count;
  }
  for (const Migration& migration : order) {
    if (migration.number <= static_cast<int>(applied[migration.schema])) continue;
    MINBEN_CHECK(apply(session, migration));
    spdlog::debug("applied migration {}/{}", migration.schema, migration.name);
  }
  return in_transaction(session, [](PgTransaction& transaction) -> Result<void> {
    MINBEN_TRY(rows, transaction.run(outbox_exists));
    if (rows.front().boolean("there")) MINBEN_CHECK(transaction.run(raise_base));
    return {};
  });
}
}  // namespace

Result<void> Database::migrate(std::span<const Migration> migrations) {
  MINBEN_TRY(all, by_schema(migrations));
  // A session of its own, without time limit: a large migration may keep the others waiting. The
  // lock ends with the session, also when this process is killed.
  const DatabaseConfig& config = impl_->pool.config();
  MINBEN_TRY(session, connect(config.url, config.connect_timeout_ms, milliseconds{0}));
  MINBEN_CHECK(execute_simple(*session, std::string(lock_sql), "store_migration_lock"));
  MINBEN_CHECK(execute_simple(*session, std::string(bootstrap_sql), "store_bootstrap"));
  return catch_up({*session, impl_->clock}, all, migrations);
}

}  // namespace minben::store
