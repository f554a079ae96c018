#include <fmt/format.h>

#include "internal.hpp"

namespace minben::store {

namespace {
std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view{} : text;
}

/// What is known of a SQLSTATE (PostgreSQL manual, appendix A).
struct Meaning {
  std::string_view state;  ///< all five characters, or the class
  Kind kind;
  std::string_view code;
};
constexpr Meaning meanings[] = {
    {"23505", Kind::conflict, "duplicate"},       {"23P01", Kind::conflict, "duplicate"},
    {"23503", Kind::invalid, "no_such_parent"},   {"23514", Kind::invalid, "check_failed"},
    {"23502", Kind::invalid, "missing"},          {"40001", Kind::conflict, "retry"},
    {"40P01", Kind::conflict, "retry"},           {"57014", Kind::unavailable, "statement_timeout"},
    {"55P03", Kind::unavailable, "lock_timeout"}, {"53", Kind::unavailable, "database_exhausted"},
    {"57P", Kind::unavailable, "database_lost"},  {"08", Kind::unavailable, "database_lost"},
    {"22", Kind::invalid, "bad_value"},
};

/// A plan or statement of this session that another node's migration has made stale.
bool is_stale_statement(std::string_view state, const PGresult* result) {
  if (state == "26000") return true;
  return state == "0A000" && field(result, PG_DIAG_MESSAGE_PRIMARY).contains("cached plan");
}
}  // namespace

Error error_of(const PGresult* result, std::string_view query) {
  const std::string_view state = field(result, PG_DIAG_SQLSTATE);
  Error error{Kind::internal,
              "query_failed",
              fmt::format("{}: SQLSTATE {}", query, state),
              std::string(field(result, PG_DIAG_CONSTRAINT_NAME)),
              0,
              0};
  if (state.starts_with("42"))  // a fault of the statement itself: names no values
    error.detail += fmt::format(": {}", field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (is_stale_statement(state, result)) {
    error.kind = Kind::conflict;
    error.code = "retry";
    return error;
  }
  for (const Meaning& meaning : meanings) {
    if (!state.starts_with(meaning.state)) continue;
    error.kind = meaning.kind;
    error.code = meaning.code;
    break;
  }
  if (error.code == "missing") error.field = field(result, PG_DIAG_COLUMN_NAME);
  return error;
}

Error connection_lost(const Connection& connection, std::string_view during) {
  std::string reason = PQerrorMessage(connection.pg.get());
  while (reason.ends_with('\n')) reason.pop_back();
  return {Kind::unavailable, "database_lost", fmt::format("{}: {}", during, reason), "", 0, 0};
}

}  // namespace minben::store
