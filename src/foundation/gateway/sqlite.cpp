#include "sqlite.hpp"

#include <sqlite3.h>

namespace minben::gateway {

namespace {

std::unexpected<Error> failure(sqlite3* database) {
  return fail(Kind::unavailable, "gateway_database", sqlite3_errmsg(database));
}

}  // namespace

void Sqlite::Close::operator()(sqlite3* database) const { sqlite3_close(database); }

Result<Sqlite> Sqlite::open(const std::string& path) {
  sqlite3* database = nullptr;
  const int opened = sqlite3_open_v2(
      path.c_str(), &database,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  Sqlite out(database);
  if (opened != SQLITE_OK) return failure(database);
  sqlite3_busy_timeout(database, 10000);
  MINBEN_CHECK(out.run("pragma journal_mode = wal"));
  MINBEN_CHECK(out.run("pragma synchronous = full"));
  MINBEN_CHECK(out.run("pragma wal_autocheckpoint = 8000"));  // pages: less often, more at once
  return out;
}

Result<void> Sqlite::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return failure(database_.get());
  return {};
}

Result<Statement> Sqlite::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int prepared = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (prepared != SQLITE_OK) return failure(database_.get());
  return Statement(statement);
}

std::int64_t Sqlite::changes() const { return sqlite3_changes64(database_.get()); }

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::reset() { sqlite3_reset(statement_); }

void Statement::bind(int at, std::int64_t value) { sqlite3_bind_int64(statement_, at, value); }

void Statement::bind(int at, Instant value) { bind(at, value.time_since_epoch().count()); }

void Statement::bind(int at, std::string_view value) {
  sqlite3_bind_blob64(statement_, at, value.data() ? value.data() : "", value.size(),
                      SQLITE_STATIC);
}

Result<bool> Statement::step() {
  const int stepped = sqlite3_step(statement_);
  if (stepped == SQLITE_ROW) return true;
  if (stepped == SQLITE_DONE) return false;
  auto error = failure(sqlite3_db_handle(statement_));
  reset();
  return error;
}

Result<void> Statement::run() {
  MINBEN_TRY(row, step());
  static_cast<void>(row);
  reset();
  return {};
}

Result<std::int64_t> Statement::number() {
  MINBEN_TRY(row, step());
  const std::int64_t first = row ? integer(0) : 0;
  reset();
  return first;
}

Instant Statement::instant(int column) const { return Instant(microseconds(integer(column))); }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

}  // namespace minben::gateway
