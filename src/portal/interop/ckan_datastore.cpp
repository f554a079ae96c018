// Rows: CKAN's datastore actions, and dumps of any length.
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

using datastore::TableId;

constexpr std::array<std::pair<datastore::RecordsFormat, std::string_view>, 4> formats{
    {{datastore::RecordsFormat::objects, "objects"},
     {datastore::RecordsFormat::lists, "lists"},
     {datastore::RecordsFormat::csv, "csv"},
     {datastore::RecordsFormat::tsv, "tsv"}}};

Result<datastore::Search> search_of(const Given& given) {
  datastore::Search search;
  if (given.has("filters")) search.filters = given.json("filters");
  if (!search.filters.is_object()) return invalid_value("filters", "Not a JSON object");
  if (given.has("q")) search.q = given.json("q");
  MINBEN_TRY(plain, given.boolean("plain", true));
  search.plain = plain;
  MINBEN_TRY(fields, names_in(given, "fields"));
  search.fields = std::move(fields);
  MINBEN_TRY(sort, given.text("sort"));
  search.sort = std::move(sort);
  MINBEN_TRY(distinct, given.boolean("distinct", false));
  search.distinct = distinct;
  MINBEN_TRY(limit, given.natural("limit", datastore::Search::default_limit));
  search.limit = static_cast<int>(std::min<std::int64_t>(limit, datastore::Search::max_limit));
  MINBEN_TRY(offset, given.natural("offset", 0));
  search.offset = offset;
  MINBEN_TRY(total, given.boolean("include_total", true));
  search.include_total = total;
  MINBEN_TRY(format, given.text("records_format"));
  const auto known = std::ranges::find(
      formats, format, &std::pair<datastore::RecordsFormat, std::string_view>::second);
  if (!format.empty() && known == formats.end())
    return invalid_value("records_format",
                         "Value must be one of ('objects', 'lists', 'csv', 'tsv')");
  if (known != formats.end()) search.format = known->first;
  if (given.has("version")) {
    MINBEN_TRY(version, given.natural("version", 1));
    search.version = static_cast<int>(std::min<std::int64_t>(version, 1'000'000'000));
  }
  return search;
}

JsonArray fields_of(const std::vector<datastore::PageField>& fields) {
  JsonArray out;
  for (const auto& each : fields)  // CKAN calls the number of a row so
    out.push_back(JsonObject{{"id", each.name}, {"type", each.name == "_id" ? "int" : each.type}});
  return out;
}

/// The same question again, from another row on.
std::string link_to(const Call& call, std::int64_t offset) {
  std::string out = "/api/3/action/datastore_search?";
  for (const auto& member : call.given.all()) {
    if (member.key() == "offset") continue;
    const std::string value = member.value().is_string() ? std::string(member.value().get_string())
                                                         : write_json(member.value());
    out += fmt::format("{}={}&", net::percent_encode(member.key()), net::percent_encode(value));
  }
  if (offset > 0) return out + fmt::format("offset={}", offset);
  out.pop_back();
  return out;
}

/// Text records are one JSON string; others are JSON already.
std::string records_text(const datastore::Search& search, const std::string& records) {
  const bool text = search.format == datastore::RecordsFormat::csv ||
                    search.format == datastore::RecordsFormat::tsv;
  return text ? write_json(Json(records)) : records;
}

/// CKAN names the parameter, and of its value what is not understood.
Error in_words_of_ckan(const datastore::Search& search, const Error& error) {
  if (error.code != "bad_field") return error;
  const auto& fields = search.fields;
  const std::string_view parameter = minben::find(search.filters, error.field) ? "filters"
                                     : minben::find(search.q, error.field)     ? "q"
                                     : std::ranges::find(fields, error.field) != fields.end()
                                         ? "fields"
                                         : "sort";
  return invalid_value(parameter, fmt::format("invalid value \"{}\"", error.field)).error();
}

Result<std::string> datastore_search(const Call& call) {
  const bool by_id = !call.given.has("resource_id") && call.given.has("id");
  MINBEN_TRY(id, call.given.required(by_id ? "id" : "resource_id"));
  MINBEN_TRY(table, readable_table(call.parts, call.request, id, Use::call));
  MINBEN_TRY(search, search_of(call.given));
  auto answer = call.parts.tables.search(table, search);
  if (!answer) return fail(in_words_of_ckan(search, answer.error()));
  const datastore::Page& page = *answer;
  JsonObject out = call.given.all();
  out.erase("id");
  out["resource_id"] = id;
  out["include_total"] = search.include_total;
  out["limit"] = search.limit;
  out["records_format"] =
      std::ranges::find(formats, search.format,
                        &std::pair<datastore::RecordsFormat, std::string_view>::first)
          ->second;
  if (search.offset > 0) out["offset"] = search.offset;
  if (call.given.has("filters")) out["filters"] = search.filters;
  out["version"] = page.version;
  out["fields"] = fields_of(page.fields);
  out["_links"] = JsonObject{{"start", link_to(call, 0)},
                             {"next", link_to(call, search.offset + std::max(search.limit, 1))}};
  if (!page.next_page.is_null()) out["next_page"] = page.next_page;
  if (page.total) {
    out["total"] = *page.total;
    out["total_was_estimated"] = false;
  }
  return with_member(out, "records", records_text(search, page.records));
}

Result<std::string> datastore_search_sql(const Call& call) {
  MINBEN_TRY(sql, call.given.required("sql"));
  auto answer = call.parts.tables.search_sql(sql, [&](TableId table) {
    return readable_table(call.parts, call.request, to_string(table), Use::call).has_value();
  });
  if (!answer) return fail(std::move(answer).error());
  JsonObject out{{"sql", sql}, {"fields", fields_of(answer->fields)}};
  if (answer->truncated) out["records_truncated"] = true;
  return with_member(out, "records", answer->records);
}

Result<std::string> datastore_info(const Call& call) {
  const bool by_id = !call.given.has("resource_id");
  MINBEN_TRY(id, call.given.required(by_id ? "id" : "resource_id"));
  MINBEN_TRY(table, readable_table(call.parts, call.request, id, Use::call));
  MINBEN_TRY(info, call.parts.tables.info(table));
  JsonArray fields;
  for (const datastore::Field& each : info.version.fields) {
    const bool key = std::ranges::find(info.primary_key, each.name) != info.primary_key.end();
    fields.push_back(JsonObject{
        {"id", each.name},
        {"type", datastore::postgres_type(each.type)},
        {"schema", JsonObject{{"native_type", datastore::postgres_type(each.type)},
                              {"notnull", each.nulls == 0},
                              {"uniquekey", key},
                              {"is_index", true},
                              {"index_name", nullptr}}},
        {"info",
         JsonObject{{"label", each.label}, {"notes", each.description}, {"unit", each.unit}}}});
  }
  JsonObject out{{"meta", JsonObject{{"id", id},
                                     {"count", info.version.rows},
                                     {"size", info.version.bytes},
                                     {"table_type", "BASE TABLE"},
                                     {"aliases", JsonArray{}},
                                     {"version", info.version.number}}},
                 {"fields", std::move(fields)}};
  return write_json(out);
}

// ------------------------------------------------------------------------------------- writing

std::optional<intake::Type> type_named(std::string_view name) {
  const std::string plain = to_lower_ascii(name);
  const auto any = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, plain) != names.end();
  };
  if (any({"text", "json", "jsonb", "varchar", "uuid", "time"})) return intake::Type::text;
  if (any({"int", "int2", "int4", "int8", "integer", "bigint"})) return intake::Type::integer;
  if (any({"numeric", "float", "float4", "float8", "double precision"}))
    return intake::Type::number;
  if (any({"bool", "boolean"})) return intake::Type::boolean;
  if (plain == "date") return intake::Type::date;
  if (any({"timestamp", "timestamptz"})) return intake::Type::timestamp;
  return std::nullopt;
}

Result<std::vector<datastore::NewField>> new_fields(const Given& given, const JsonArray& records) {
  std::vector<datastore::NewField> fields;
  const Json wanted = given.json("fields");
  if (const auto* list = wanted.if_array()) {
    for (const Json& each : *list) {
      datastore::NewField field;
      field.name = string_or(each, "id");
      const std::string type = string_or(each, "type", "text");
      const auto known = type_named(type);
      if (!known)
        return invalid_value("fields", fmt::format("\"{}\" is not a valid field type", type));
      field.type = *known;
      if (const Json* info = minben::find(each, "info")) {
        field.label = string_or(*info, "label");
        field.description = string_or(*info, "notes");
      }
      fields.push_back(std::move(field));
    }
    return fields;
  }
  if (records.empty() || !records.front().is_object()) return fields;
  for (const auto& member : records.front().get_object()) {
    const Json& value = member.value();
    const intake::Type type = value.is_bool()     ? intake::Type::boolean
                              : value.is_int64()  ? intake::Type::integer
                              : value.is_double() ? intake::Type::number
                                                  : intake::Type::text;
    fields.push_back({.name = std::string(member.key()), .type = type});
  }
  return fields;
}

JsonArray records_of(const Given& given) {
  Json records = given.json("records");
  return records.is_array() ? std::move(records.as_array()) : JsonArray{};
}

Result<TableId> own_table(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(id, call.given.required("resource_id"));
  return writable_table(call.parts, key, id);
}

Result<std::string> datastore_create(const Call& call) {
  MINBEN_TRY(table, own_table(call));
  const JsonArray records = records_of(call.given);
  MINBEN_TRY(fields, new_fields(call.given, records));
  MINBEN_TRY(primary_key, names_in(call.given, "primary_key"));
  MINBEN_CHECK(call.parts.tables.create(table, fields, primary_key, records));
  JsonArray named;
  for (const auto& each : fields)
    named.push_back(JsonObject{{"id", each.name}, {"type", datastore::postgres_type(each.type)}});
  return write_json(
      JsonObject{{"resource_id", to_string(table)},
                 {"fields", std::move(named)},
                 {"primary_key", Json(JsonArray(primary_key.begin(), primary_key.end()))},
                 {"method", "insert"}});
}

Result<std::string> datastore_upsert(const Call& call) {
  MINBEN_TRY(table, own_table(call));
  MINBEN_TRY(method, call.given.text("method"));
  using datastore::Method;
  if (!method.empty() && method != "upsert" && method != "insert" && method != "update")
    return invalid_value("method", "\"" + method + "\" is not defined");
  const Method wanted = method == "insert"   ? Method::insert
                        : method == "update" ? Method::update
                                             : Method::upsert;
  MINBEN_CHECK(call.parts.tables.write(table, wanted, records_of(call.given)));
  return write_json(JsonObject{{"resource_id", to_string(table)},
                               {"method", method.empty() ? "upsert" : method}});
}

Result<std::string> datastore_delete(const Call& call) {
  MINBEN_TRY(table, own_table(call));
  if (call.given.has("filters"))
    MINBEN_CHECK(call.parts.tables.remove_rows(table, call.given.json("filters")));
  else MINBEN_CHECK(call.parts.tables.drop(table));
  return write_json(JsonObject{{"resource_id", to_string(table)}});
}

/// As datastore_delete, but never the whole table by mistake.
Result<std::string> datastore_records_delete(const Call& call) {
  if (!call.given.has("filters")) return invalid_value("filters", "Missing value");
  return datastore_delete(call);
}

constexpr std::array actions{
    Action{.name = "datastore_search",
           .help =
               "Search a DataStore resource.\n\nresource_id, filters, q, plain, distinct, limit "
               "(at most 32000), offset, fields, sort, include_total, records_format, version.",
           .run_text = datastore_search},
    Action{.name = "datastore_search_sql",
           .help = "Execute SQL queries on the DataStore: one SELECT over tables named by their "
                   "resource ids in double quotes.\n\nsql.",
           .run_text = datastore_search_sql},
    Action{.name = "datastore_info",
           .help = "Returns detailed metadata about a resource.\n\nid.",
           .run_text = datastore_info},
    Action{
        .name = "datastore_create",
        .reads_only = false,
        .help = "Adds a new table to the DataStore.\n\nresource_id, fields, primary_key, records.",
        .run_text = datastore_create},
    Action{.name = "datastore_upsert",
           .reads_only = false,
           .help =
               "Updates or inserts into a table in the DataStore.\n\nresource_id, records, method.",
           .run_text = datastore_upsert},
    Action{.name = "datastore_records_delete",
           .reads_only = false,
           .help = "Deletes records from a DataStore table.\n\nresource_id, filters.",
           .run_text = datastore_records_delete},
    Action{
        .name = "datastore_delete",
        .reads_only = false,
        .help = "Deletes a table or a set of records from the DataStore.\n\nresource_id, filters.",
        .run_text = datastore_delete},
};

// ---------------------------------------------------------------------------------------- dumps

struct Dump {
  std::string_view name;
  datastore::ExportFormat format;
  std::string_view suffix;
};
constexpr std::array<Dump, 6> dumps{{{"csv", datastore::ExportFormat::csv, "csv"},
                                     {"tsv", datastore::ExportFormat::tsv, "tsv"},
                                     {"json", datastore::ExportFormat::json, "json"},
                                     {"ndjson", datastore::ExportFormat::ndjson, "ndjson"},
                                     {"geojson", datastore::ExportFormat::geojson, "geojson"},
                                     {"xml", datastore::ExportFormat::xml, "xml"}}};

Result<Streamed> prepare_dump(const Parts& parts, const net::Request& request) {
  const std::string id(request.parameter("resource"));
  MINBEN_TRY(table, readable_table(parts, request, id, Use::download));
  MINBEN_TRY(given, Given::read(request, true));
  MINBEN_TRY(format, given.text("format"));
  if (format.empty()) format = "csv";
  const auto known = std::ranges::find(dumps, format, &Dump::name);
  if (known == dumps.end())
    return fail(Kind::invalid, "unknown_format", "csv, tsv, json, ndjson, geojson or xml",
                "format");
  datastore::Export wanted;
  wanted.format = known->format;
  if (given.has("filters")) wanted.filters = given.json("filters");
  MINBEN_TRY(fields, names_in(given, "fields"));
  wanted.fields = std::move(fields);
  MINBEN_TRY(sort, given.text("sort"));
  wanted.sort = std::move(sort);
  MINBEN_TRY(bom, given.boolean("bom", false));
  wanted.bom = bom;
  MINBEN_TRY(spreadsheet, given.boolean("spreadsheet", false));
  wanted.spreadsheet = spreadsheet;
  if (given.has("version")) {
    MINBEN_TRY(version, given.natural("version", 1));
    wanted.version = static_cast<int>(std::min<std::int64_t>(version, 1'000'000'000));
  }
  MINBEN_CHECK(parts.tables.info(table, wanted.version));
  Streamed made;
  made.head.headers.set("Content-Type", datastore::media_type(wanted.format));
  made.head.headers.set("Content-Disposition",
                        fmt::format("attachment; filename=\"{}.{}\"", id, known->suffix));
  made.head.headers.set("X-Content-Type-Options", "nosniff");
  made.head.headers.set("Access-Control-Allow-Origin", "*");
  made.produce = [&parts, table, wanted](const PieceSink& sink) {
    return parts.tables.export_rows(table, wanted, sink);
  };
  return made;
}

constexpr int dumps_at_once = 4;

}  // namespace

std::span<const Action> datastore_actions() { return actions; }

void add_tables(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  routes.push_back(
      streamed_route("/datastore/dump/{resource}", access, dumps_at_once,
                     [parts](net::Request& request) { return prepare_dump(*parts, request); }));
  add_get(routes, parts, access, "/datastore/dump/{resource}/parquet",
          [](const Parts& with, const net::Request& request) -> Result<net::Response> {
            MINBEN_TRY(table,
                       readable_table(with, request, std::string(request.parameter("resource")),
                                      Use::download));
            MINBEN_TRY(path, with.tables.parquet(table));
            return net::Response::send_file(path, "application/vnd.apache.parquet");
          });
}

}  // namespace minben::interop
