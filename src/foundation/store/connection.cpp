#include <array>

#include <fmt/format.h>
#include <poll.h>

#include "internal.hpp"

namespace minben::store {

using std::chrono::steady_clock;

namespace {
constexpr milliseconds retry_pause{50};

Result<std::unique_ptr<Connection>> connect_once(const std::string& url,
                                                 milliseconds statement_timeout) {
  // Plans of prepared statements are kept. One made while a table was nearly empty would, at the
  // cost of a turning disk, read the table whole, and go on so until statistics come.
  const std::string options = fmt::format(
      "-c statement_timeout={} -c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex "
      "-c client_min_messages=warning -c random_page_cost=1.1",
      statement_timeout.count());
  const std::array<const char*, 6> names{"dbname",          "options",
                                         "client_encoding", "fallback_application_name",
                                         "connect_timeout", nullptr};
  const std::array<const char*, 6> values{url.c_str(), options.c_str(), "UTF8", "minben",
                                          "5",         nullptr};
  auto connection = std::make_unique<Connection>();
  connection->pg.reset(PQconnectdbParams(names.data(), values.data(), 1));
  if (PQstatus(connection->pg.get()) != CONNECTION_OK)
    return std::unexpected(connection_lost(*connection, "connecting"));
  // Warnings may quote values; libpq would print them.
  PQsetNoticeProcessor(connection->pg.get(), [](void*, const char*) {}, nullptr);
  return connection;
}
}  // namespace

bool Connection::alive() const {
  // Nothing is due on an idle session: what can be read is a parting message or the end of the
  // stream.
  pollfd socket{PQsocket(pg.get()), POLLIN, 0};
  return ::poll(&socket, 1, 0) == 0;
}

Result<std::unique_ptr<Connection>> connect(const std::string& url, milliseconds patience,
                                            milliseconds statement_timeout) {
  const auto give_up = steady_clock::now() + patience;
  for (;;) {
    auto connection = connect_once(url, statement_timeout);
    if (connection || steady_clock::now() + retry_pause > give_up) return connection;
    std::this_thread::sleep_for(retry_pause);
  }
}

Result<Rows> execute_simple(Connection& connection, const std::string& sql, std::string_view what) {
  PgResult result(PQexec(connection.pg.get(), sql.c_str()));
  const auto status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return Rows(result.release());
  if (PQstatus(connection.pg.get()) != CONNECTION_OK) {
    connection.broken = true;
    return std::unexpected(connection_lost(connection, what));
  }
  return std::unexpected(error_of(result.get(), what));
}

}  // namespace minben::store
