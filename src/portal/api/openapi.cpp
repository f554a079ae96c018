// The OpenAPI 3.1 document, from the list of endpoints and the schemas beside it.
#include <map>
#include <utility>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "endpoint.hpp"
#include "schemas.hpp"

namespace minben::api {

namespace {

JsonObject reference(std::string_view schema) {
  return {{"$ref", fmt::format("#/components/schemas/{}", schema)}};
}

JsonObject content(std::string_view schema) {
  if (schema == "xml") return {{"application/xml", JsonObject{{"schema", JsonObject()}}}};
  return {{"application/json", JsonObject{{"schema", reference(schema)}}}};
}

JsonObject parameter(std::string_view in, const QueryParameter& described) {
  JsonObject one{{"name", described.name},
                 {"in", in},
                 {"required", described.required},
                 {"schema", JsonObject{{"type", described.type}}}};
  if (!described.description.empty()) one["description"] = described.description;
  return one;
}

JsonArray parameters(const Endpoint& endpoint) {
  JsonArray all;
  for (std::size_t at = endpoint.path.find('{'); at != endpoint.path.npos;
       at = endpoint.path.find('{', at + 1)) {
    const auto end = endpoint.path.find('}', at);
    all.push_back(
        parameter("path", {endpoint.path.substr(at + 1, end - at - 1), "", "string", true}));
  }
  for (const QueryParameter& query : endpoint.query) all.push_back(parameter("query", query));
  return all;
}

JsonObject problem(std::string_view description) {
  return {{"description", description},
          {"content",
           JsonObject{{"application/problem+json", JsonObject{{"schema", reference("Problem")}}}}}};
}

/// By status, in the order of the statuses: the codes and when they come.
JsonObject refusals(const Endpoint& endpoint) {
  std::map<int, std::string> texts;
  std::map<int, JsonArray> codes;
  std::map<int, std::string_view> schemas;  ///< of what is answered instead of a problem
  for (const Problem& each : problems_of(endpoint)) {
    const int status = net::http_status(each.kind);
    std::string& text = texts[status];
    if (!text.empty()) text += "; ";
    if (!each.code.empty()) text += fmt::format("{}: ", each.code);
    text += each.when;
    codes[status].push_back(JsonObject{{"code", each.code}, {"when", each.when}});
    if (!each.schema.empty()) schemas[status] = each.schema;
  }
  JsonObject all;
  for (const auto& [status, text] : texts) {
    JsonObject one = problem(text);
    one["x-problems"] = std::move(codes[status]);
    if (const auto found = schemas.find(status); found != schemas.end())
      for (const auto& [type, schema] : content(found->second))
        one["content"].as_object()[type] = schema;
    all[std::to_string(status)] = std::move(one);
  }
  return all;
}

JsonObject responses(const Endpoint& endpoint) {
  JsonObject success{{"description", "Done"}};
  if (!endpoint.response.empty()) success["content"] = content(endpoint.response);
  JsonObject all{{std::to_string(endpoint.success), std::move(success)}};
  for (auto& [status, refusal] : refusals(endpoint)) all[status] = std::move(refusal);
  all["default"] = problem("Problem details (RFC 9457)");
  return all;
}

JsonObject operation(const Endpoint& endpoint) {
  JsonObject one{
      {"operationId", endpoint.id},
      {"tags", JsonArray{endpoint.tag}},
      {"summary", endpoint.summary},
      {"security", JsonArray{JsonObject{{"token", JsonArray{to_string(endpoint.scope)}}}}},
      {"responses", responses(endpoint)}};
  if (auto list = parameters(endpoint); !list.empty()) one["parameters"] = std::move(list);
  if (!endpoint.request.empty())
    one["requestBody"] = JsonObject{{"required", true}, {"content", content(endpoint.request)}};
  return one;
}

std::string lower(std::string_view method) {
  std::string text(method);
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

Json openapi(std::string_view server) {
  JsonObject paths;
  JsonArray tags;
  std::string_view tag;
  for (const Endpoint& endpoint : all_endpoints()) {
    if (endpoint.tag != std::exchange(tag, endpoint.tag))
      tags.push_back(JsonObject{{"name", endpoint.tag}});
    Json& path = paths[endpoint.path];
    if (path.is_null()) path = JsonObject();
    path.as_object()[lower(net::to_string(endpoint.method))] = operation(endpoint);
  }
  auto schemas = parse_json(component_schemas);
  MINBEN_ASSERT(schemas.has_value());
  return JsonObject{
      {"openapi", "3.1.0"},
      {"info",
       JsonObject{{"title", "Minben processes"},
                  {"version", "1"},
                  {"description",
                   "Run BPMN 2.0 models of your agency. Variables are stored readably: "
                   "send codes, amounts, dates and ids, no personal data."},
                  {"license", JsonObject{{"name", "Apache 2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", JsonArray{JsonObject{{"url", server}}}},
      {"tags", std::move(tags)},
      {"paths", std::move(paths)},
      {"components",
       JsonObject{{"schemas", std::move(*schemas)},
                  {"securitySchemes",
                   JsonObject{{"token", JsonObject{{"type", "http"},
                                                   {"scheme", "bearer"},
                                                   {"description",
                                                    "Given to a client by `minben client add`; "
                                                    "its scopes stand with each operation"}}}}}}}};
}

}  // namespace minben::api
