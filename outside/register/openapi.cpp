#include "register/register.hpp"

namespace outside::registers {

namespace {

JsonObject json_content(Json schema) {
  return {{"application/json", {{"schema", std::move(schema)}}}};
}

JsonObject reference(std::string_view name) {
  return {{"$ref", "#/components/schemas/" + std::string(name)}};
}

JsonObject schema_of(const std::map<std::string, std::string>& shape) {
  JsonObject properties;
  for (const auto& [name, type] : shape)
    properties[name] =
        JsonObject{{"type", type == "null" ? JsonArray{"null"} : JsonArray{type, "null"}}};
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

JsonObject stored_response(std::string_view description) {
  return {{"description", description}, {"content", json_content(reference("stored"))}};
}

JsonObject problem_response(std::string_view description) {
  return {{"description", description},
          {"content", {{"application/problem+json", {{"schema", reference("problem")}}}}}};
}

JsonObject read_operation(const std::string& service) {
  return {{"operationId", "read_" + service},
          {"responses",
           {{"200", {{"description", "the record"}, {"content", json_content(reference(service))}}},
            {"404", problem_response("no such key")}}}};
}

JsonObject write_operation(const std::string& id, const std::string& service) {
  return {{"operationId", id + "_" + service},
          {"requestBody", {{"required", true}, {"content", json_content(reference(service))}}},
          {"responses",
           {{"200", stored_response("stored before")},
            {"201", stored_response("stored")},
            {"409", problem_response("another value under this idempotency key")}}}};
}

void describe_service(const std::string& service, bool writable, JsonObject& paths) {
  JsonObject record{{"parameters", JsonArray{{{"name", "key"},
                                              {"in", "path"},
                                              {"required", true},
                                              {"schema", {{"type", "string"}}}}}},
                    {"get", read_operation(service)}};
  if (writable) {
    record["put"] = write_operation("put", service);
    JsonObject append = write_operation("post", service);
    append["parameters"] = JsonArray{{{"name", "Idempotency-Key"},
                                      {"in", "header"},
                                      {"required", true},
                                      {"schema", {{"type", "string"}}}}};
    paths["/" + service] = JsonObject{{"post", std::move(append)}};
  }
  paths["/" + service + "/{key}"] = std::move(record);
}

JsonObject ask_operation(const std::string& service) {
  return {{"operationId", "ask_" + service},
          {"requestBody", {{"required", true}, {"content", json_content(reference("question"))}}},
          {"responses",
           {{"200",
             {{"description", "whether it is so"}, {"content", json_content(reference(service))}}},
            {"400", problem_response("no question")}}}};
}

}  // namespace

Json describe_api(const RegisterConfig& config, const Book& book) {
  auto shapes = book.shapes();
  for (const std::string& service : config.writable) shapes.try_emplace(service);
  JsonObject paths;
  JsonObject schemas{
      {"stored",
       {{"type", "object"},
        {"properties",
         {{"stored", {{"type", "boolean"}}},
          {"key", {{"type", "string"}}},
          {"number", {{"type", "integer"}}}}}}},
      {"problem",
       {{"type", "object"},
        {"properties", {{"type", {{"type", "string"}}}, {"title", {{"type", "string"}}}}}}}};
  schemas["question"] =
      JsonObject{{"type", "object"},
                 {"required", JsonArray{"key", "known"}},
                 {"properties", {{"key", {{"type", "string"}}}, {"known", {{"type", "object"}}}}}};
  for (auto& [service, shape] : shapes) {
    if (config.asked.contains(service)) {
      shape["match"] = "boolean";
      paths["/" + service] = JsonObject{{"post", ask_operation(service)}};
    } else {
      describe_service(service, config.writable.contains(service), paths);
    }
    schemas[service] = schema_of(shape);
  }
  return JsonObject{{"openapi", "3.1.0"},
                    {"info", {{"title", config.title}, {"version", "1"}}},
                    {"paths", std::move(paths)},
                    {"components", {{"schemas", std::move(schemas)}}}};
}

}  // namespace outside::registers
