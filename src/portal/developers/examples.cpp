// Examples made from schemas: a body that would be accepted, and a command that sends it.
#include <array>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "reference.hpp"

namespace minben::developers {

namespace {

constexpr int deepest = 8;

const Json* resolved(const Json& document, const Json& schema) {
  const std::string reference = string_or(schema, "$ref");
  if (!reference.starts_with(references)) return &schema;
  const Json* components = find(document, "components");
  const Json* all = components ? find(*components, "schemas") : nullptr;
  return all ? find(*all, reference.substr(references.size())) : nullptr;
}

/// What people would write there, by the member's name.
Json text_for(std::string_view name, std::string_view format) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> usual{
      {{"model", "permit"},
       {"businessKey", "A-1"},
       {"assignee", "lin"},
       {"worker", "worker-1"},
       {"topics", "land"},
       {"name", "paid"},
       {"key", "A-1"},
       {"reason", "withdrawn"},
       {"startBefore", "check"},
       {"code", "register_down"}}};
  for (const auto& [known, text] : usual)
    if (known == name) return Json(text);
  if (format == "uuid") return "0190aaaa-0000-7000-8000-000000000001";
  if (format == "date-time") return "2026-03-02T01:00:00Z";
  if (format == "uri") return "https://permits.example/minben";
  return "text";
}

Json example(const Json& document, const Json& schema, std::string_view name, int depth);

JsonObject members(const Json& document, const Json& schema, int depth) {
  JsonObject object;
  const Json* properties = find(schema, "properties");
  if (!properties) return object;
  for (const auto& [name, property] : properties->as_object()) {
    if (requires_member(schema, name).value_or(true))
      object[name] = example(document, property, name, depth + 1);
  }
  return object;
}

Json example(const Json& document, const Json& given, std::string_view name, int depth) {
  const Json* schema = resolved(document, given);
  if (!schema || depth > deepest) return nullptr;
  if (const Json* values = find(*schema, "enum")) return values->as_array().front();
  for (const char* several : {"oneOf", "allOf"})
    if (const Json* list = find(*schema, several))
      return example(document, list->as_array().front(), name, depth + 1);
  const Json* type = find(*schema, "type");
  std::string kind = string_or(*schema, "type");
  if (type && type->is_array()) kind = std::string(type->as_array().front().as_string());
  if (kind == "integer") return find(*schema, "default") ? *find(*schema, "default") : Json(1);
  if (kind == "boolean") return true;
  if (kind == "array") {
    const Json* items = find(*schema, "items");
    return items ? Json(JsonArray{example(document, *items, name, depth + 1)}) : Json(JsonArray());
  }
  if (kind == "string") return text_for(name, string_or(*schema, "format"));
  return members(document, *schema, depth);
}

/// "/instances/{instance}" → "/instances/$INSTANCE"
std::string with_variables(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (c == '{') text += '$';
    else if (c != '}') text += c;
  }
  for (std::size_t at = text.find('$'); at < text.size() && at != std::string::npos;) {
    while (++at < text.size() && text[at] != '/')
      text[at] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[at])));
    at = text.find('$', at);
  }
  return text;
}

std::string query_of(const Json& operation) {
  std::string query;
  const Json* parameters = find(operation, "parameters");
  if (!parameters) return query;
  for (const Json& one : parameters->as_array()) {
    const bool needed = string_or(one, "in") == "query" && *find(one, "required") == Json(true);
    if (!needed) continue;
    const std::string name = string_or(one, "name");
    query += fmt::format("{}{}={}", query.empty() ? "?" : "&", name,
                         std::string_view(text_for(name, "").as_string()));
  }
  return query;
}

}  // namespace

Json example_of(const Json& document, const Json& schema) {
  return example(document, schema, "", 0);
}

std::string curl_of(const Json& document, const Operation& described) {
  std::string text = "curl";
  if (described.method != "GET") text += " -X " + described.method;
  text += fmt::format(" \"$api{}{}\" -H \"$auth\"", with_variables(described.path),
                      query_of(*described.json));
  const Json* body = find(*described.json, "requestBody");
  if (!body) return text;
  for (const auto& [type, content] : find(*body, "content")->as_object()) {
    text += fmt::format(" \\\n  -H 'Content-Type: {}'", std::string_view(type));
    if (type == "application/xml") text += " --data-binary @permit.bpmn";
    else
      text +=
          fmt::format(" \\\n  -d '{}'", write_json(example_of(document, *find(content, "schema"))));
  }
  return text;
}

}  // namespace minben::developers
