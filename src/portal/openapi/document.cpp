// The document, from the files of the rooms.
#include <algorithm>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "openapi.hpp"

namespace minben::openapi {

namespace {

constexpr std::string_view json_media = "application/json";

/// What one file defines for its operations.
struct File {
  Json json;
  [[nodiscard]] const Json* in(std::string_view group, std::string_view name) const {
    const Json* all = find(json, group);
    return all ? find(*all, name) : nullptr;
  }
};

File read(std::string_view text) {
  auto parsed = parse_json(text);
  MINBEN_ASSERT(parsed.has_value());  // part of this program
  return {std::move(*parsed)};
}

/// "description" and its Chinese.
void describe_in(JsonObject& into, const Json& given, std::string_view member) {
  const std::string en = string_or(given, "en");
  if (en.empty()) return;
  into[member] = en;
  const std::string zh_hant = string_or(given, "zh_hant");
  if (!zh_hant.empty()) into["x-zh-Hant"] = zh_hant;
}

/// "Package" → a reference; "[Package]" → a list; an object is a schema already.
Json schema_of(const Json& given) {
  const auto* name = given.if_string();
  if (!name) return given;
  std::string_view plain(*name);
  const auto reference = [](std::string_view to) {
    return JsonObject{{"$ref", fmt::format("#/components/schemas/{}", to)}};
  };
  if (!plain.starts_with('[')) return reference(plain);
  plain = plain.substr(1, plain.size() - 2);
  return JsonObject{{"type", "array"}, {"items", reference(plain)}};
}

/// The schema of a family's answers with that of this one in its place.
Json with_result(const Json& answer, const Json& result) {
  if (answer == Json("$result")) return result;
  if (const auto* list = answer.if_array()) {
    JsonArray out;
    for (const Json& each : *list) out.push_back(with_result(each, result));
    return out;
  }
  const auto* object = answer.if_object();
  if (!object) return answer;
  JsonObject out;
  for (const auto& member : *object) out[member.key()] = with_result(member.value(), result);
  return out;
}

/// A parameter as an operation asks for it: "limit" or "id!".
struct Asked {
  std::string name;
  bool required = false;
};
std::vector<Asked> asked_in(const Json& operation) {
  std::vector<Asked> out;
  const Json* list = find(operation, "parameters");
  if (!list) return out;
  for (const Json& each : list->as_array()) {
    std::string name(each.as_string());
    const bool required = name.ends_with('!');
    if (required) name.pop_back();
    out.push_back({std::move(name), required});
  }
  return out;
}

Json schema_in(const Json& parameter) {
  if (const Json* schema = find(parameter, "schema")) return *schema;
  return JsonObject{{"type", string_or(parameter, "type", "string")}};
}

/// The operation's own example of a parameter, else the parameter's; null: none.
Json example_for(const Json& operation, const Json& parameter, const Asked& asked) {
  const Json* own = find(operation, "example");
  const Json* given = own ? find(*own, asked.name) : nullptr;
  if (given) return *given;
  // Once an operation has examples of its own, only what it must be given is added.
  if (own && !asked.required) return nullptr;
  const Json* usual = find(parameter, "example");
  return usual ? *usual : Json(nullptr);
}

bool is_in_path(const Json& operation, std::string_view name) {
  return string_or(operation, "path").contains(fmt::format("{{{}}}", name));
}

JsonObject parameter_of(const File& file, const Json& operation, const Asked& asked) {
  const Json* found = file.in("parameters", asked.name);
  MINBEN_ASSERT(found != nullptr);
  const bool in_path = is_in_path(operation, asked.name);
  JsonObject out{{"name", asked.name},
                 {"in", in_path ? "path" : "query"},
                 {"required", in_path || asked.required}};
  describe_in(out, *found, "description");
  out["schema"] = schema_in(*found);
  if (Json example = example_for(operation, *found, asked); !example.is_null())
    out["example"] = std::move(example);
  return out;
}

/// The same call as a POST: its parameters are members of a JSON object.
JsonObject body_of_parameters(const File& file, const Json& operation) {
  JsonObject properties, example;
  JsonArray required;
  for (const Asked& asked : asked_in(operation)) {
    if (is_in_path(operation, asked.name)) continue;
    const Json* found = file.in("parameters", asked.name);
    JsonObject schema = schema_in(*found).as_object();
    describe_in(schema, *found, "description");
    properties[asked.name] = std::move(schema);
    if (asked.required) required.push_back(Json(asked.name));
    if (Json value = example_for(operation, *found, asked); !value.is_null())
      example[asked.name] = std::move(value);
  }
  JsonObject schema{{"type", "object"}, {"properties", std::move(properties)}};
  const bool needed = !required.empty();
  if (needed) schema["required"] = std::move(required);
  return {{"required", needed},
          {"content", JsonObject{{json_media, JsonObject{{"schema", std::move(schema)},
                                                         {"example", std::move(example)}}}}}};
}

JsonObject content(std::string_view media, Json schema) {
  return {{media, JsonObject{{"schema", std::move(schema)}}}};
}

JsonObject success_of(const Json* family, const Json& operation) {
  JsonObject out{{"description", "Done"}};
  const std::string media = string_or(operation, "media", json_media);
  const Json* result = find(operation, "result");
  const Json* answer = family ? find(*family, "answer") : nullptr;
  if (!result && media == json_media) return out;
  if (!result) {
    out["content"] = content(media, JsonObject{{"type", "string"}});
    return out;
  }
  Json schema = schema_of(*result);
  if (answer) schema = with_result(*answer, schema);
  out["content"] = content(media, std::move(schema));
  return out;
}

JsonObject responses_of(const Json* family, const Json& operation) {
  const auto status = get_integer(operation, "status").value_or(200);
  JsonObject out{{std::to_string(status), success_of(family, operation)}};
  const Json* errors = family ? find(*family, "errors") : nullptr;
  if (!errors) return out;
  for (const Json& each : errors->as_array()) {
    const Json* keyed = find(each, "key");
    const bool needs_key = find(operation, "key") != nullptr;
    if (keyed && !needs_key) continue;
    JsonObject one;
    describe_in(one, each, "description");
    one["content"] = content(string_or(each, "media", json_media), schema_of(each.at("schema")));
    out[string_or(each, "status")] = std::move(one);
  }
  return out;
}

JsonObject operation_of(const File& file, const Json& operation) {
  const std::string family_name = string_or(operation, "family");
  const Json* family = family_name.empty() ? nullptr : file.in("families", family_name);
  JsonObject out{{"operationId", string_or(operation, "id")},
                 {"tags", JsonArray{Json(string_or(operation, "tag"))}}};
  describe_in(out, operation, "summary");
  JsonArray parameters;
  for (const Asked& asked : asked_in(operation))
    parameters.push_back(parameter_of(file, operation, asked));
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  if (const Json* body = find(operation, "body")) {
    JsonObject inside{{"schema", schema_of(body->at("schema"))}};
    if (const Json* example = find(*body, "example")) inside["example"] = *example;
    out["requestBody"] =
        JsonObject{{"required", true},
                   {"content", JsonObject{{string_or(*body, "media", json_media), inside}}}};
  }
  out["responses"] = responses_of(family, operation);
  out["security"] = find(operation, "key") ? JsonArray{JsonObject{{"key", JsonArray{}}},
                                                       JsonObject{{"ckan_key", JsonArray{}}}}
                                           : JsonArray{};
  return out;
}

/// "organization_list" → the same by POST, where the family may be called so.
JsonObject by_post(const File& file, const Json& operation, JsonObject described) {
  described["operationId"] = string_or(operation, "id") + "_by_post";
  JsonArray in_path;
  for (const Asked& asked : asked_in(operation))
    if (is_in_path(operation, asked.name)) in_path.push_back(parameter_of(file, operation, asked));
  described.erase("parameters");
  if (!in_path.empty()) described["parameters"] = std::move(in_path);
  described["requestBody"] = body_of_parameters(file, operation);
  return described;
}

void add_operation(JsonObject& paths, const File& file, const Json& operation) {
  Json& path = paths[string_or(operation, "path")];
  if (path.is_null()) path = JsonObject();
  const std::string method = string_or(operation, "method", "get");
  JsonObject described = operation_of(file, operation);
  const std::string family_name = string_or(operation, "family");
  const Json* family = family_name.empty() ? nullptr : file.in("families", family_name);
  if (family && find(*family, "also_post") && method == "get")
    path.as_object()["post"] = by_post(file, operation, described);
  path.as_object()[method] = std::move(described);
}

JsonObject security_schemes() {
  return {{"key", JsonObject{{"type", "apiKey"},
                             {"in", "header"},
                             {"name", "Authorization"},
                             {"description",
                              "The key of an agency's program, alone or after \"Bearer \". Given "
                              "by the operators: minben client add … --scope publish"}}},
          {"ckan_key", JsonObject{{"type", "apiKey"},
                                  {"in", "header"},
                                  {"name", "X-CKAN-API-Key"},
                                  {"description", "The same, as older clients of CKAN send it"}}}};
}

Json placed(const Json& value, const Samples& samples) {
  if (const auto* text = value.if_string()) return Json(with_samples(*text, samples));
  if (const auto* list = value.if_array()) {
    JsonArray out;
    out.reserve(list->size());
    for (const Json& each : *list) out.push_back(placed(each, samples));
    return out;
  }
  const auto* object = value.if_object();
  if (!object) return value;
  JsonObject out;
  for (const auto& member : *object) out[member.key()] = placed(member.value(), samples);
  return out;
}

}  // namespace

Json document(std::span<const std::string_view> files, const Described& about,
              const Samples& samples) {
  JsonObject paths, schemas;
  JsonArray tags;
  for (const std::string_view text : files) {
    const File file = read(text);
    if (const Json* list = find(file.json, "tags"))
      for (const Json& each : list->as_array()) {
        JsonObject tag{{"name", string_or(each, "name")}};
        describe_in(tag, each, "description");
        tags.push_back(std::move(tag));
      }
    if (const Json* all = find(file.json, "schemas"))
      for (const auto& member : all->as_object()) {
        MINBEN_ASSERT(!schemas.contains(member.key()));
        schemas[member.key()] = member.value();
      }
    for (const Json& each : file.json.at("operations").as_array()) add_operation(paths, file, each);
  }
  JsonObject info{{"title", about.title.en},
                  {"version", "1"},
                  {"description", about.text.en},
                  {"x-zh-Hant",
                   JsonObject{{"title", about.title.zh_hant}, {"description", about.text.zh_hant}}},
                  {"license", JsonObject{{"name", "Apache 2.0"}, {"identifier", "Apache-2.0"}}}};
  return placed(JsonObject{{"openapi", "3.1.0"},
                           {"info", std::move(info)},
                           {"servers", JsonArray{JsonObject{{"url", about.origin}}}},
                           {"tags", std::move(tags)},
                           {"paths", std::move(paths)},
                           {"components", JsonObject{{"schemas", std::move(schemas)},
                                                     {"securitySchemes", security_schemes()}}}},
                samples);
}

std::string with_samples(std::string_view text, const Samples& samples) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = text.find("${", at);
    const auto end = begin == text.npos ? text.npos : text.find('}', begin);
    if (end == text.npos) return out.append(text.substr(at));
    const auto found = samples.find(text.substr(begin + 2, end - begin - 2));
    out.append(text.substr(at, begin - at));
    if (found != samples.end()) out += found->second;
    else out.append(text.substr(begin, end + 1 - begin));
    at = end + 1;
  }
  return out;
}

}  // namespace minben::openapi
