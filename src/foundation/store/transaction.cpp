#include "internal.hpp"

namespace minben::store {

namespace {
constexpr std::size_t max_unread = 256;  ///< queued statements before their results are read

bool succeeded(const PGresult* result) {
  const auto status = PQresultStatus(result);
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

/// Parameters travel as C strings: a NUL inside would cut the text short unseen.
bool has_nul(std::span<const Param> params) {
  return std::ranges::any_of(params, [](const Param& param) {
    return param.c_str() != nullptr && std::string_view(param.c_str()).size() != param.size();
  });
}
}  // namespace

PgTransaction::~PgTransaction() {
  if (!ended_) roll_back();
}

void PgTransaction::lost(std::string_view during) {
  connection_.broken = true;
  pending_.clear();
  if (!failure_) failure_ = connection_lost(connection_, during);
}

void PgTransaction::send_command(const char* sql) {
  if (PQsendQueryParams(connection_.pg.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1)
    return lost(sql);
  pending_.push_back({Sent::command, sql});
}

/// As send_command, parsed once a session.
void PgTransaction::send_prepared_command(const Query& query) {
  prepare(query);
  if (failure_) return;
  if (PQsendQueryPrepared(connection_.pg.get(), std::string(query.name).c_str(), 0, nullptr,
                          nullptr, nullptr, 0) != 1)
    return lost(query.name);
  pending_.push_back({Sent::command, query.name});
}

void PgTransaction::begin() {
  if (begun_) return;
  begun_ = true;
  if (PQenterPipelineMode(connection_.pg.get()) != 1) return lost("begin");
  if (!separate_) send_prepared_command(begin_query);
}

void PgTransaction::prepare(const Query& query) {
  const auto known = connection_.prepared.find(query.name);
  if (known != connection_.prepared.end()) {
    MINBEN_ASSERT(known->second == query.sql);  // one name, one statement
    return;
  }
  MINBEN_ASSERT(query.name.size() < 64);
  const std::string name(query.name), sql(query.sql);
  if (PQsendPrepare(connection_.pg.get(), name.c_str(), sql.c_str(), 0, nullptr) != 1)
    return lost(query.name);
  connection_.prepared.emplace(name, sql);
  pending_.push_back({Sent::prepare, query.name});
}

void PgTransaction::send(const Query& query, std::span<const Param> params) {
  MINBEN_ASSERT(!ended_);
  begin();
  if (failure_) return;
  if (has_nul(params)) {
    failure_ =
        Error{Kind::invalid, "bad_value", std::string(query.name) + ": NUL in text", "", 0, 0};
    return;
  }
  prepare(query);
  if (failure_) return;
  std::vector<const char*> values;
  values.reserve(params.size());
  for (const Param& param : params) values.push_back(param.c_str());
  const std::string name(query.name);
  if (PQsendQueryPrepared(connection_.pg.get(), name.c_str(), static_cast<int>(values.size()),
                          values.data(), nullptr, nullptr, 0) != 1)
    return lost(query.name);
  pending_.push_back({Sent::query, query.name});
}

void PgTransaction::note_failure(const Pending& pending, const PGresult* result) {
  if (pending.what == Sent::prepare) connection_.prepared.erase(std::string(pending.name));
  if (PQresultStatus(result) == PGRES_PIPELINE_ABORTED || failure_) return;
  failure_ = error_of(result, pending.name);
  // A stale statement can only be forgotten with its session.
  if (failure_->code == "retry" && !failure_->detail.contains("SQLSTATE 40"))
    connection_.broken = true;
}

PgResult PgTransaction::receive_one(const Pending& pending) {
  PgResult result(PQgetResult(connection_.pg.get()));
  if (!result || PQstatus(connection_.pg.get()) != CONNECTION_OK) {
    lost(pending.name);
    return nullptr;
  }
  if (pending.what == Sent::sync) return result;
  PgResult(PQgetResult(connection_.pg.get()));  // the end mark of this statement
  last_status_ = PQcmdStatus(result.get());
  if (!succeeded(result.get())) note_failure(pending, result.get());
  return result;
}

/// Everything that is under way; the rows of the last query.
Result<Rows> PgTransaction::receive_all() {
  Rows rows;
  while (!pending_.empty()) {
    const Pending pending = pending_.front();
    pending_.pop_front();
    PgResult result = receive_one(pending);
    if (result && pending.what == Sent::query && !failure_) rows = Rows(result.release());
  }
  if (failure_) return std::unexpected(*failure_);
  return rows;
}

Result<Rows> PgTransaction::run_with(const Query& query, std::span<const Param> params) {
  send(query, params);
  if (failure_) return std::unexpected(*failure_);
  if (separate_) return synchronise();
  if (PQsendFlushRequest(connection_.pg.get()) != 1 || PQflush(connection_.pg.get()) != 0)
    lost(query.name);
  return receive_all();
}

void PgTransaction::queue_with(const Query& query, std::span<const Param> params) {
  MINBEN_ASSERT(!separate_);
  send(query, params);
  if (pending_.size() < max_unread || failure_) return;
  if (PQsendFlushRequest(connection_.pg.get()) != 1) return lost(query.name);
  (void)receive_all();  // a failure stays in failure_
}

/// Reads up to a synchronisation point, after which the server listens again even if something
/// failed.
Result<Rows> PgTransaction::synchronise() {
  const bool gone = connection_.broken && PQstatus(connection_.pg.get()) != CONNECTION_OK;
  if (!gone && PQpipelineSync(connection_.pg.get()) == 1) {
    pending_.push_back({Sent::sync, "sync"});
    return receive_all();
  }
  if (!gone) lost("sync");
  if (!failure_) failure_ = connection_lost(connection_, "sync");
  return std::unexpected(*failure_);
}

Result<void> PgTransaction::run_script(std::string_view sql) {
  begin();
  (void)synchronise();
  if (failure_) return std::unexpected(*failure_);
  if (PQexitPipelineMode(connection_.pg.get()) != 1) lost("script");
  // Several statements in one text exist only in the simple protocol.
  auto outcome = execute_simple(connection_, std::string(sql), "script");
  if (!outcome && !failure_) failure_ = outcome.error();
  if (!connection_.broken && PQenterPipelineMode(connection_.pg.get()) != 1) lost("script");
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void PgTransaction::after_commit(std::function<void()> action) {
  after_commit_.push_back(std::move(action));
}

Result<void> PgTransaction::commit() {
  MINBEN_ASSERT(!ended_);
  if (!begun_) {
    ended_ = true;
    return {};
  }
  if (separate_ && !failure_) {
    ended_ = true;
    if (PQexitPipelineMode(connection_.pg.get()) != 1) connection_.broken = true;
    return {};
  }
  if (!failure_) {
    send_prepared_command(commit_query);
    (void)synchronise();
  }
  if (!failure_ && last_status_ != "COMMIT")
    failure_ = Error{Kind::internal, "not_committed", last_status_, "", 0, 0};
  if (failure_) {
    const Error error = *failure_;
    roll_back();
    return std::unexpected(error);
  }
  ended_ = true;
  if (PQexitPipelineMode(connection_.pg.get()) != 1) connection_.broken = true;
  return {};
}

void PgTransaction::roll_back() {
  ended_ = true;
  (void)take_afterwards();
  if (!begun_) return;
  (void)synchronise();
  failure_.reset();
  if (!separate_ && PQstatus(connection_.pg.get()) == CONNECTION_OK) {
    send_command("rollback");
    (void)synchronise();
  }
  if (failure_ || PQexitPipelineMode(connection_.pg.get()) != 1) connection_.broken = true;
}

Result<void> PgTransaction::mark() {
  begin();
  if (!failure_) send_command("savepoint minben");
  if (failure_) return std::unexpected(*failure_);
  return {};
}

Result<void> PgTransaction::back_to_mark() {
  (void)synchronise();
  if (PQstatus(connection_.pg.get()) != CONNECTION_OK)
    return std::unexpected(connection_lost(connection_, "savepoint"));
  failure_.reset();
  (void)take_afterwards();
  send_command("rollback to savepoint minben");
  (void)synchronise();
  if (failure_) return std::unexpected(*failure_);
  return {};
}

}  // namespace minben::store
