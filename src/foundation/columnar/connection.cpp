#include "impl.hpp"

namespace minben::columnar {

namespace {

/// Of "Binder Error: Referenced column …\n\nLINE 1: …": the sort, and the first line of the rest.
std::pair<std::string_view, std::string_view> take_apart(std::string_view message) {
  constexpr std::string_view mark = " Error: ";
  std::string_view sort;
  if (const auto at = message.find(mark); at != message.npos) {
    sort = message.substr(0, at);
    message.remove_prefix(at + mark.size());
  }
  return {sort, message.substr(0, message.find('\n'))};
}

Result<void> bind_one(duckdb_prepared_statement statement, idx_t at, const Value& value) {
  struct Binder {
    duckdb_prepared_statement to;
    idx_t at;
    duckdb_state operator()(std::nullptr_t) const { return duckdb_bind_null(to, at); }
    duckdb_state operator()(bool one) const { return duckdb_bind_boolean(to, at, one); }
    duckdb_state operator()(std::int64_t one) const { return duckdb_bind_int64(to, at, one); }
    duckdb_state operator()(double one) const { return duckdb_bind_double(to, at, one); }
    duckdb_state operator()(const std::string& one) const {
      return duckdb_bind_varchar_length(to, at, one.data(), one.size());
    }
    duckdb_state operator()(Date one) const {
      const auto days = std::chrono::sys_days(one).time_since_epoch().count();
      return duckdb_bind_date(to, at, {static_cast<std::int32_t>(days)});
    }
    duckdb_state operator()(Instant one) const {
      return duckdb_bind_timestamp(to, at, {one.time_since_epoch().count()});
    }
  };
  if (std::visit(Binder{statement, at}, value) != DuckDBSuccess)
    return fail(Kind::invalid, "bad_query", fmt::format("parameter {} does not fit", at));
  return {};
}

}  // namespace

Connection::Impl::~Impl() {
  if (watch != nullptr) {
    watch->close();
    engine->watchdog.remove(watch);
  }
  if (handle != nullptr) duckdb_disconnect(&handle);
  const std::lock_guard lock(engine->mutex);
  --engine->borrowed;
  engine->freed.notify_one();
}

Error Connection::Impl::error(std::string_view message) const {
  const auto [sort, detail] = take_apart(message);
  const auto say = [&](Kind kind, std::string_view code, std::string_view what) {
    return Error{kind, std::string(code), std::string(what), "", 0, 0};
  };
  if (watch->stopped() == Watch::Stop::time)
    return say(Kind::too_large, "query_time", "the query takes longer than is allowed");
  if (watch->stopped() == Watch::Stop::cancelled || sort == "INTERRUPT")
    return say(Kind::unavailable, "cancelled", "the query was cancelled");
  if (sort == "Out of Memory")
    return say(Kind::too_large, "query_memory", "the query needs more memory than is allowed");
  if (sort == "IO" || sort == "Permission")
    return say(Kind::unavailable, "file_unreadable", detail);
  if (sort == "FATAL" || sort == "INTERNAL" || sort.empty()) {
    engine->forget(instance);
    return say(Kind::internal, "engine_failed", detail);
  }
  return say(Kind::invalid, "bad_query", fmt::format("{}: {}", sort, detail));
}

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

void Connection::cancel() { impl_->watch->cancel(); }

std::optional<double> Connection::progress() const {
  const double percentage = duckdb_query_progress(impl_->handle).percentage;
  if (!(percentage >= 0)) return std::nullopt;
  return std::min(percentage / 100, 1.0);
}

Result<Rows> Connection::query(std::string_view sql, std::span<const Value> params,
                               milliseconds at_most) {
  // The engine takes a text up to its first NUL.
  if (sql.find('\0') != sql.npos)
    return fail(Kind::invalid, "bad_query", "a NUL character in the query");
  impl_->engine->watchdog.begin(*impl_->watch, at_most);
  auto rows = std::make_unique<Rows::Impl>(*impl_);
  MINBEN_CHECK(rows->prepare(sql));
  MINBEN_CHECK(rows->bind(params));
  MINBEN_CHECK(rows->execute());
  MINBEN_CHECK(rows->describe());
  return Rows(std::move(rows));
}

Result<void> Connection::run(std::string_view sql, milliseconds at_most,
                             std::span<const Value> params) {
  MINBEN_TRY(rows, query(sql, params, at_most));
  while (true) {
    MINBEN_TRY(chunk, rows.next());
    if (chunk == nullptr) return {};
  }
}

Rows::Impl::~Impl() {
  if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
  duckdb_destroy_result(&result);
  if (pending != nullptr) duckdb_destroy_pending(&pending);
  if (statement != nullptr) duckdb_destroy_prepare(&statement);
  connection->engine->watchdog.end(*connection->watch);
}

Result<void> Rows::Impl::prepare(std::string_view sql) {
  if (duckdb_prepare(connection->handle, std::string(sql).c_str(), &statement) == DuckDBSuccess)
    return {};
  const char* said = duckdb_prepare_error(statement);
  return fail(connection->error(said == nullptr ? "" : said));
}

Result<void> Rows::Impl::bind(std::span<const Value> params) {
  if (duckdb_nparams(statement) != params.size())
    return fail(Kind::invalid, "bad_query",
                fmt::format("{} parameters are given, {} are needed", params.size(),
                            duckdb_nparams(statement)));
  for (std::size_t i = 0; i < params.size(); ++i)
    MINBEN_CHECK(bind_one(statement, i + 1, params[i]));
  return {};
}

Result<void> Rows::Impl::execute() {
  if (duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess)
    return fail(connection->error(duckdb_pending_error(pending)));
  if (duckdb_execute_pending(pending, &result) != DuckDBSuccess) {
    const char* said = duckdb_result_error(&result);
    return fail(connection->error(said == nullptr ? duckdb_pending_error(pending) : said));
  }
  return {};
}

}  // namespace minben::columnar
