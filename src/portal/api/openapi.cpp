// The OpenAPI 3.1 document, from the list of endpoints and the schemas beside it.
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

JsonObject parameter(std::string_view name, std::string_view in, std::string_view description,
                     std::string_view type) {
  JsonObject one{{"name", name},
                 {"in", in},
                 {"required", in == "path"},
                 {"schema", JsonObject{{"type", type}}}};
  if (!description.empty()) one["description"] = description;
  return one;
}

JsonArray parameters(const Endpoint& endpoint) {
  JsonArray all;
  for (std::size_t at = endpoint.path.find('{'); at != endpoint.path.npos;
       at = endpoint.path.find('{', at + 1)) {
    const auto end = endpoint.path.find('}', at);
    all.push_back(parameter(endpoint.path.substr(at + 1, end - at - 1), "path", "", "string"));
  }
  for (const QueryParameter& query : endpoint.query)
    all.push_back(parameter(query.name, "query", query.description, query.type));
  return all;
}

JsonObject responses(const Endpoint& endpoint) {
  JsonObject success{{"description", "Done"}};
  if (!endpoint.response.empty()) success["content"] = content(endpoint.response);
  const JsonObject problem{{"description", "Problem details (RFC 9457)"},
                           {"content", JsonObject{{"application/problem+json",
                                                   JsonObject{{"schema", reference("Problem")}}}}}};
  return {{std::to_string(endpoint.success), std::move(success)}, {"default", problem}};
}

JsonObject operation(const Endpoint& endpoint) {
  JsonObject one{
      {"operationId", endpoint.id},
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
  for (const Endpoint& endpoint : all_endpoints()) {
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
