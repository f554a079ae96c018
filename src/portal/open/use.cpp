// Use figures as open data: of one dataset, and of all.
#include <fmt/format.h>

#include "voices_parts.hpp"

namespace minben::open {

namespace {

constexpr int days_unless_said = 90;
constexpr int most_days = 3660;
constexpr int rows_a_page = 50'000;

/// ?from=2026-11-01&to=2026-11-30&after=<row of the last page>
Result<voices::UseQuery> read_query(const Visit& visit) {
  const net::Form& query = visit.request.query;
  voices::UseQuery asked;
  asked.to = taiwan_date(visit.site.now());
  if (const auto to = parse_date(query.get("to"))) asked.to = *to;
  asked.from = add_days(asked.to, 1 - days_unless_said);
  if (const auto from = parse_date(query.get("from"))) asked.from = *from;
  if (days_between(asked.from, asked.to) > most_days)
    return fail(Kind::invalid, "out_of_range", "at most ten years", "from");
  asked.limit = rows_a_page;
  if (const std::string_view after = query.get("after"); !after.empty()) {
    MINBEN_TRY(row, voices::parse_use_row(after));
    asked.after = row;
  }
  return asked;
}

/// The next page is named as RFC 8288 says.
net::Response answer(const Visit& visit, const voices::UseQuery& query,
                     const std::vector<voices::UseRow>& rows, bool json) {
  net::Response response =
      json ? net::Response::json(voices::use_json(rows))
           : net::Response::bytes(voices::use_csv(rows), "text/csv; charset=utf-8");
  if (rows.size() == static_cast<std::size_t>(query.limit)) {
    const std::string path(visit.request.path);
    response.headers.set("Link", fmt::format("<{}?from={}&to={}&after={}>; rel=\"next\"", path,
                                             to_string(query.from), to_string(query.to),
                                             net::percent_encode(voices::to_string(rows.back()))));
  }
  return response;
}

Result<net::Response> figures(const Parts& parts, const Visit& visit,
                              std::optional<catalogue::DatasetId> dataset, bool json) {
  MINBEN_TRY(query, read_query(visit));
  query.dataset = dataset;
  MINBEN_TRY(rows, parts.read([&](store::Transaction& tx) { return voices::use_rows(tx, query); }));
  return answer(visit, query, rows, json);
}

Result<net::Response> all_csv(const Parts& parts, Visit& visit) {
  return figures(parts, visit, {}, false);
}
Result<net::Response> all_json(const Parts& parts, Visit& visit) {
  return figures(parts, visit, {}, true);
}
Result<net::Response> one_csv(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  return figures(parts, visit, entry.dataset.id, false);
}
Result<net::Response> one_json(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  return figures(parts, visit, entry.dataset.id, true);
}

}  // namespace

void add_use(Pages& pages) {
  using page::access::anyone;
  pages.get("/data-use.csv", anyone, all_csv);
  pages.get("/data-use.json", anyone, all_json);
  pages.get("/datasets/{name}/use.csv", anyone, one_csv);
  pages.get("/datasets/{name}/use.json", anyone, one_json);
}

}  // namespace minben::open
