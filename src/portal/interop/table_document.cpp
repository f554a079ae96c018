// The calls of one table with its own fields, as OpenAPI 3.1: for programs that make forms, clients
// or checks from it.
#include <algorithm>

#include <fmt/format.h>

#include "ckan.hpp"
#include "tables.hpp"

namespace minben::interop {

namespace {

using datastore::Field;

JsonObject schema_of(const Field& field) {
  JsonObject out;
  switch (field.type) {
    case intake::Type::integer:
      out["type"] = JsonArray{"integer", "null"};
      break;
    case intake::Type::number:
      out["type"] = JsonArray{"number", "null"};
      break;
    case intake::Type::boolean:
      out["type"] = JsonArray{"boolean", "null"};
      break;
    case intake::Type::date:
      out = {{"type", JsonArray{"string", "null"}}, {"format", "date"}};
      break;
    default:  // times have no zone and are Taiwan's: RFC 3339 has no format for them
      out["type"] = JsonArray{"string", "null"};
  }
  return out;
}

std::string about(const Field& field) {
  std::string out = field.label;
  for (const std::string& more : {field.description, field.unit})
    if (!more.empty()) out += (out.empty() ? "" : "; ") + more;
  if (!field.least.empty())
    out += fmt::format("{}{} … {}", out.empty() ? "" : "; ", field.least, field.most);
  return out;
}

/// As it stands in a row.
JsonObject described(const Field& field) {
  JsonObject out = schema_of(field);
  if (const std::string words = about(field); !words.empty()) out["description"] = words;
  return out;
}

/// As it may be asked for: a value, several, or a range.
JsonObject condition_on(const Field& field) {
  const JsonObject value = schema_of(field);
  JsonObject bounds;
  for (const std::string_view each : {"gt", "gte", "lt", "lte", "eq"}) bounds[each] = value;
  JsonObject out{{"anyOf", JsonArray{value, JsonObject{{"type", "array"}, {"items", value}},
                                     JsonObject{{"type", "object"},
                                                {"properties", std::move(bounds)},
                                                {"additionalProperties", false}}}}};
  if (const std::string words = about(field); !words.empty()) out["description"] = words;
  return out;
}

JsonObject schemas_of(const datastore::Table& table) {
  JsonObject row{{"_id", JsonObject{{"type", "integer"}, {"minimum", 1}}}};
  JsonObject filters;
  JsonArray names{"_id"};
  for (const Field& each : table.version.fields) {
    row[each.name] = described(each);
    filters[each.name] = condition_on(each);
    names.push_back(Json(each.name));
  }
  const JsonObject deeper{{"type", "array"},
                          {"items", JsonObject{{"$ref", "#/components/schemas/Filters"}}}};
  filters["$and"] = deeper;
  filters["$or"] = deeper;
  return {{"FieldName", JsonObject{{"enum", std::move(names)}}},
          {"Row", JsonObject{{"type", "object"}, {"properties", std::move(row)}}},
          {"Filters", JsonObject{{"type", "object"},
                                 {"properties", std::move(filters)},
                                 {"additionalProperties", false}}}};
}

JsonObject parameter(std::string_view name, JsonObject schema, std::string_view text) {
  return {{"name", name},
          {"in", "query"},
          {"required", false},
          {"description", text},
          {"schema", std::move(schema)}};
}

JsonObject whole_number(std::int64_t least, std::int64_t most, std::int64_t usual) {
  return {{"type", "integer"}, {"minimum", least}, {"maximum", most}, {"default", usual}};
}

/// A JSON object in the address.
JsonObject filters_parameter() {
  return {
      {"name", "filters"},
      {"in", "query"},
      {"required", false},
      {"description", "Which rows"},
      {"content",
       JsonObject{{"application/json",
                   JsonObject{{"schema", JsonObject{{"$ref", "#/components/schemas/Filters"}}}}}}}};
}

JsonObject names_parameter() {
  JsonObject out = parameter(
      "fields",
      {{"type", "array"}, {"items", JsonObject{{"$ref", "#/components/schemas/FieldName"}}}},
      "Which fields; all when it is not given");
  out["style"] = "form";
  out["explode"] = false;
  return out;
}

JsonObject sort_parameter(const datastore::Table& table) {
  JsonObject out = parameter("sort", {{"type", "string"}}, "Fields, each with asc or desc");
  if (!table.version.fields.empty())
    out["example"] = fmt::format("\"{}\" desc", table.version.fields.front().name);
  return out;
}

JsonObject id_parameter(const std::string& id) {
  JsonObject out = parameter("resource_id", {{"const", id}}, "This table");
  out["required"] = true;
  out["example"] = id;
  return out;
}

JsonObject answer_of(JsonObject schema, std::string_view media) {
  return {{"200",
           JsonObject{{"description", "Done"},
                      {"content", JsonObject{{media, JsonObject{{"schema", std::move(schema)}}}}}}},
          {"default", JsonObject{{"description", "What is wrong; see /api/openapi.json"}}}};
}

JsonObject search_call(const datastore::Table& table, const std::string& id) {
  JsonObject limit = parameter("limit", whole_number(0, 32'000, 100), "How many at most");
  limit["example"] = 3;
  JsonObject page{
      {"type", "object"},
      {"required", JsonArray{"success", "result"}},
      {"properties",
       JsonObject{
           {"success", JsonObject{{"const", true}}},
           {"result",
            JsonObject{
                {"type", "object"},
                {"required", JsonArray{"records", "fields"}},
                {"properties",
                 JsonObject{
                     {"records",
                      JsonObject{{"type", "array"},
                                 {"items", JsonObject{{"$ref", "#/components/schemas/Row"}}}}},
                     {"fields", JsonObject{{"type", "array"}}},
                     {"total", JsonObject{{"type", "integer"}, {"description", "Exact"}}}}}}}}}};
  return {{"operationId", "search"},
          {"summary", "Rows of this table"},
          {"security", JsonArray{}},
          {"parameters",
           JsonArray{id_parameter(id), filters_parameter(),
                     parameter("q", {{"type", "string"}}, "Words in any field"), names_parameter(),
                     sort_parameter(table), std::move(limit),
                     parameter("offset", whole_number(0, 1'000'000'000, 0), "From which on")}},
          {"responses", answer_of(std::move(page), "application/json")}};
}

JsonObject dump_call(const datastore::Table& table) {
  JsonObject format = parameter(
      "format",
      {{"enum", JsonArray{"csv", "tsv", "json", "ndjson", "geojson", "xml"}}, {"default", "csv"}},
      "Of the file");
  return {{"operationId", "dump"},
          {"summary", "All rows of this table as a file"},
          {"security", JsonArray{}},
          {"parameters", JsonArray{std::move(format), filters_parameter(), names_parameter(),
                                   sort_parameter(table)}},
          {"responses", answer_of({{"type", "string"}}, "text/csv")}};
}

Json document_of(const Parts& parts, const catalogue::Entry& entry, const datastore::Table& table) {
  const std::string id = to_string(table.id);
  const auto& all = entry.dataset.distributions;
  const auto own = std::ranges::find(all, catalogue::DistributionId{table.id.value},
                                     &catalogue::Distribution::id);
  std::string title = entry.dataset.title.in(Language::zh_hant);
  if (own != all.end() && !own->title.empty()) title += "：" + own->title.in(Language::zh_hant);
  return JsonObject{
      {"openapi", "3.1.0"},
      {"info", JsonObject{{"title", title},
                          {"version", std::to_string(table.version.number)},
                          {"description", entry.dataset.description.in(Language::zh_hant)}}},
      {"servers", JsonArray{JsonObject{{"url", parts.config.origin}}}},
      {"externalDocs",
       JsonObject{{"url", fmt::format("{}/zh-Hant/datasets/{}/tables/{}", parts.config.origin,
                                      net::percent_encode(entry.dataset.name), id)}}},
      {"paths",
       JsonObject{{"/api/3/action/datastore_search", JsonObject{{"get", search_call(table, id)}}},
                  {"/datastore/dump/" + id, JsonObject{{"get", dump_call(table)}}}}},
      {"components", JsonObject{{"schemas", schemas_of(table)}}}};
}

Result<net::Response> table_document(const Parts& parts, const net::Request& request) {
  std::string_view id = request.parameter("table");
  if (!id.ends_with(".json")) return fail(Kind::not_found, "no_such_page", "it ends with .json");
  id.remove_suffix(5);
  MINBEN_TRY(found, readable_entry(parts, std::string(id)));
  MINBEN_TRY(table, parts.tables.info(found.table));
  net::Response response = net::Response::json(document_of(parts, found.entry, table));
  response.headers.set("Access-Control-Allow-Origin", "*");
  return response;
}

}  // namespace

void add_table_documents(std::vector<net::Route>& routes, const PartsPtr& parts,
                         net::Access access) {
  add_get(routes, parts, access, "/datastore/openapi/{table}", table_document);
}

}  // namespace minben::interop
