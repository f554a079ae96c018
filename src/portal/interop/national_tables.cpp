// Taiwan's interface to rows (資料資源內容 API of 共通性資料存取應用程式介面規範): a page of them,
// and the whole table packed.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ckan.hpp"
#include "datastore/exports.hpp"
#include "datastore/search.hpp"
#include "streamed.hpp"
#include "tables.hpp"

namespace minben::interop {

namespace {

constexpr std::array<std::string_view, 6> parameters{"filters", "q",      "sort",
                                                     "limit",   "offset", "fields"};

/// Codes of the specification, at most ten characters.
struct Refusal {
  int status;
  std::string_view type;
  std::string_view message;
};
Refusal refusal_of(const Error& error) {
  if (error.code == "unknown_parameter") return {400, "ER0200", "輸入的參數名稱錯誤。"};
  if (error.code == "bad_field") return {400, "ER0220", "輸入的參數內容中，欄位名稱不存在。"};
  if (error.code == "not_open") return {403, "ER010001", "這個資料資源依申請提供，不直接開放。"};
  switch (error.kind) {
    case Kind::not_found:
      return {404, "ER0100", "找不到Resource 資料。"};
    case Kind::invalid:
    case Kind::too_large:
      return {400, "ER0210", "輸入的參數內容格式錯誤。"};
    case Kind::too_many:
    case Kind::unavailable:
      return {net::http_status(error.kind), "ER050001", "系統忙碌，請稍後再試。"};
    default:
      return {500, "ER0500", "系統錯誤。"};
  }
}

net::Response refused(const Error& error) {
  const Refusal refusal = refusal_of(error);
  std::string message(refusal.message);
  if (!error.field.empty() && refusal.status == 400) message += fmt::format(" ({})", error.field);
  return net::Response::json(
      JsonObject{{"success", false},
                 {"error", JsonObject{{"type", refusal.type}, {"message", message}}}},
      refusal.status);
}

/// By our id, or by a national one: the dataset's with a number behind it.
Result<std::string> resource_named(const Parts& parts, const std::string& id) {
  if (catalogue::DistributionId::parse(id)) return id;
  const auto missing = fail(Kind::not_found, "no_such_resource");
  const auto dash = id.rfind('-');
  if (dash == id.npos) return missing;
  auto entry = parts.read([&](store::Transaction& tx) {
    return parts.catalogue.find_national(tx, std::string_view(id).substr(0, dash));
  });
  if (!entry) return fail(std::move(entry).error());
  const auto& all = entry->dataset.distributions;
  const auto found = std::ranges::find(all, id, &catalogue::Distribution::national_id);
  if (found == all.end()) return missing;
  return to_string(found->id);
}

/// Numbers that are none, and a filter that is no object, are faults of their parameters.
Result<datastore::Search> search_of(const Given& given) {
  for (const auto& each : given.all())
    if (std::ranges::find(parameters, std::string_view(each.key())) == parameters.end())
      return fail(Kind::invalid, "unknown_parameter", "", each.key());
  datastore::Search search;
  if (given.has("filters")) search.filters = given.json("filters");
  if (!search.filters.is_object()) return invalid_value("filters", "not an object");
  MINBEN_TRY(q, given.text("q"));
  if (!q.empty()) search.q = q;
  MINBEN_TRY(sort, given.text("sort"));
  if (sort.contains(',')) return invalid_value("sort", "one field");
  search.sort = sort;
  MINBEN_TRY(limit, given.natural("limit", datastore::Search::default_limit));
  search.limit = static_cast<int>(std::min<std::int64_t>(limit, datastore::Search::max_limit));
  MINBEN_TRY(offset, given.natural("offset", 0));
  search.offset = offset;
  MINBEN_TRY(fields, names_in(given, "fields"));
  search.fields = std::move(fields);
  return search;
}

/// "數量" or "數量 desc": a field that is not there has a code of its own.
Result<void> check_sort(std::string_view sort, const std::vector<datastore::Field>& fields) {
  std::string_view name = trim(sort);
  for (const std::string_view way : {" asc", " desc"})
    if (to_lower_ascii(name).ends_with(way)) name = trim(name.substr(0, name.size() - way.size()));
  if (name.size() > 1 && name.starts_with('"') && name.ends_with('"'))
    name = name.substr(1, name.size() - 2);
  if (name.empty() || std::ranges::find(fields, name, &datastore::Field::name) != fields.end())
    return {};
  return fail(Kind::invalid, "bad_field", "there is no such field", "sort");
}

/// "field 的 json 資料型態"
std::string_view json_type(std::string_view type) {
  if (type.starts_with("int")) return "integer";
  if (type.starts_with("float") || type == "numeric") return "number";
  return type == "bool" ? "boolean" : "string";
}

Result<net::Response> rows(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(given, Given::read(request, true));
  const std::string asked(request.parameter("resource"));
  MINBEN_TRY(id, resource_named(parts, asked));
  MINBEN_TRY(table, readable_table(parts, request, id, Use::call));
  MINBEN_TRY(search, search_of(given));
  MINBEN_TRY(info, parts.tables.info(table));
  MINBEN_CHECK(check_sort(search.sort, info.version.fields));
  if (search.fields.empty())  // the number of a row is no field of the resource
    for (const auto& field : info.version.fields) search.fields.push_back(field.name);
  MINBEN_TRY(page, parts.tables.search(table, search));
  JsonArray fields;
  for (const auto& each : page.fields)
    fields.push_back(JsonObject{{"id", each.name}, {"type", json_type(each.type)}});
  const JsonObject result{{"resource_id", asked},
                          {"fields", std::move(fields)},
                          {"limit", search.limit},
                          {"offset", search.offset},
                          {"total", page.total.value_or(0)}};
  return net::Response::bytes(fmt::format("{{\"success\":true,\"result\":{}}}",
                                          with_member(result, "records", page.records)),
                              "application/json; charset=utf-8");
}

Result<Streamed> packed(const Parts& parts, const net::Request& request) {
  const std::string asked(request.parameter("resource"));
  MINBEN_TRY(id, resource_named(parts, asked));
  MINBEN_TRY(table, readable_table(parts, request, id, Use::download));
  using Format = datastore::ExportFormat;
  constexpr std::array<std::pair<std::string_view, Format>, 3> formats{
      {{"json", Format::json}, {"csv", Format::csv}, {"xml", Format::xml}}};
  const std::string_view format = request.query.get("format");
  const auto known =
      std::ranges::find(formats, format, &std::pair<std::string_view, Format>::first);
  if (known == formats.end()) return invalid_value("format", "json, csv or xml");
  MINBEN_CHECK(parts.tables.info(table));
  Streamed made;
  made.gzip = true;
  made.head.headers.set("Content-Type", "application/x-gzip");
  made.head.headers.set("Content-Disposition",
                        fmt::format("attachment; filename=\"{}.{}.gz\"", id, format));
  made.head.headers.set("X-Content-Type-Options", "nosniff");
  made.head.headers.set("Access-Control-Allow-Origin", "*");
  datastore::Export wanted;
  wanted.format = known->second;
  made.produce = [&parts, table, wanted](const PieceSink& sink) {
    return parts.tables.export_rows(table, wanted, sink);
  };
  return made;
}

constexpr int dumps_at_once = 2;

}  // namespace

void add_national_tables(std::vector<net::Route>& routes, const PartsPtr& parts,
                         net::Access access) {
  for (const std::string base : {"/api/v1", "/api/v2"}) {
    routes.push_back({net::Method::get, base + "/rest/datastore/{resource}", access, 0,
                      [parts](net::Request& request) {
                        auto answer = rows(*parts, request);
                        return answer ? std::move(*answer) : refused(answer.error());
                      }});
    routes.push_back(streamed_route(
        base + "/dump/datastore/{resource}", access, dumps_at_once,
        [parts](net::Request& request) { return packed(*parts, request); }, refused));
  }
}

}  // namespace minben::interop
