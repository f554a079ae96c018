#include "schema.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/time.hpp"

namespace minben::forms {

const Schema* Schema::property(std::string_view name) const {
  const auto found = std::ranges::find(properties, name,
                                       [](const auto& p) -> std::string_view { return p.first; });
  return found == properties.end() ? nullptr : found->second.get();
}

void SchemaReader::fault(const std::string& pointer, std::string_view code, std::string detail) {
  const auto [line, column] = positions_.of(pointer);
  errors_.push_back({Kind::invalid, std::string(code),
                     fmt::format("{} ({})", detail, pointer.empty() ? "/" : pointer), file_name_,
                     line, column});
}

namespace {
constexpr std::string_view known_keywords[] = {"$schema",
                                               "$id",
                                               "$comment",
                                               "$defs",
                                               "$ref",
                                               "title",
                                               "description",
                                               "default",
                                               "examples",
                                               "deprecated",
                                               "readOnly",
                                               "type",
                                               "properties",
                                               "required",
                                               "dependentRequired",
                                               "additionalProperties",
                                               "unevaluatedProperties",
                                               "enum",
                                               "const",
                                               "minLength",
                                               "maxLength",
                                               "pattern",
                                               "format",
                                               "minimum",
                                               "maximum",
                                               "exclusiveMinimum",
                                               "exclusiveMaximum",
                                               "multipleOf",
                                               "items",
                                               "minItems",
                                               "maxItems",
                                               "uniqueItems",
                                               "if",
                                               "then",
                                               "else",
                                               "allOf",
                                               "anyOf",
                                               "not",
                                               "x-title",
                                               "x-hint",
                                               "x-labels",
                                               "x-hints",
                                               "x-errors",
                                               "x-pages",
                                               "x-rows",
                                               "x-file",
                                               "x-autocomplete",
                                               "x-prefill",
                                               "x-calendar",
                                               "x-not-before",
                                               "x-not-after"};
bool is_known(std::string_view keyword) {
  return std::ranges::find(known_keywords, keyword) != std::end(known_keywords);
}
bool is_annotation(std::string_view keyword) {
  constexpr std::string_view annotations[] = {"title",      "description", "default", "examples",
                                              "deprecated", "readOnly",    "$comment"};
  return keyword.starts_with("x-") ||
         std::ranges::find(annotations, keyword) != std::end(annotations);
}
}  // namespace

/// The object with its local $ref put in place. Annotations beside the $ref win; a keyword that
/// checks may stand on one side only, so that no reader has to combine two.
JsonObject SchemaReader::resolved(const JsonObject& object, const std::string& pointer) {
  const Json* reference = object.if_contains("$ref");
  if (!reference) return object;
  const std::string target = reference->is_string() ? std::string(reference->get_string()) : "";
  const bool circular = std::ranges::find(open_references_, target) != open_references_.end();
  if (!target.starts_with("#/$defs/") || circular) {
    fault(
        pointer + "/$ref", "form_reference",
        circular ? "the reference leads back to itself" : "only \"#/$defs/…\" can be referred to");
    return {};
  }
  boost::system::error_code missing;
  const Json* found = root_.find_pointer(target.substr(1), missing);
  if (!found || !found->is_object()) {
    fault(pointer + "/$ref", "form_reference", fmt::format("there is no {}", target));
    return {};
  }
  open_references_.push_back(target);
  JsonObject out = resolved(found->get_object(), target.substr(1));
  open_references_.pop_back();
  for (const auto& member : object) {
    if (member.key() == "$ref") continue;
    if (out.contains(member.key()) && !is_annotation(member.key()))
      fault(pointer + pointer_step(member.key()), "form_unsupported",
            "the keyword also stands in what $ref refers to");
    out[member.key()] = member.value();
  }
  return out;
}

SchemaPtr SchemaReader::read(const Json& json, const std::string& pointer) {
  constexpr int deepest = 12;
  auto schema = std::make_shared<Schema>();
  schema->pointer = pointer;
  if (const bool* truth = json.if_bool()) {
    if (*truth) return schema;
    schema->negated = std::make_shared<const Schema>();
    return schema;
  }
  if (!json.is_object() || depth_ >= deepest) {
    fault(pointer, "form_unsupported",
          json.is_object() ? "schemas are nested too deeply" : "a schema is an object");
    return schema;
  }
  ++depth_;
  const std::string reference = string_or(json, "$ref");
  schema->source = resolved(json.get_object(), pointer);
  if (!reference.empty()) open_references_.push_back(reference);
  refuse_unknown(*schema);
  read_structure(*schema);
  read_branches(*schema);
  read_values(*schema);
  read_numbers(*schema);
  if (!reference.empty()) open_references_.pop_back();
  --depth_;
  return schema;
}

void SchemaReader::refuse_unknown(const Schema& schema) {
  for (const auto& member : schema.source)
    if (!is_known(member.key()))
      fault(schema.pointer + pointer_step(member.key()), "form_unsupported",
            fmt::format("forms do not know the keyword '{}'", std::string_view(member.key())));
}

SchemaPtr SchemaReader::member(const Schema& schema, std::string_view keyword) {
  const Json* json = schema.source.if_contains(keyword);
  return json ? read(*json, schema.pointer + pointer_step(keyword)) : nullptr;
}

std::vector<std::string> SchemaReader::names(const Schema& schema, std::string_view keyword) {
  std::vector<std::string> out;
  const Json* json = schema.source.if_contains(keyword);
  if (!json) return out;
  const std::string pointer = schema.pointer + pointer_step(keyword);
  if (!json->is_array()) fault(pointer, "form_unsupported", "expected a list of names");
  else
    for (const Json& name : json->get_array()) {
      if (name.is_string()) out.emplace_back(name.get_string());
      else fault(pointer, "form_unsupported", "expected a list of names");
    }
  return out;
}

void SchemaReader::read_structure(Schema& schema) {
  constexpr std::pair<std::string_view, JsonType> types[] = {
      {"object", JsonType::object}, {"array", JsonType::array},     {"string", JsonType::string},
      {"number", JsonType::number}, {"integer", JsonType::integer}, {"boolean", JsonType::boolean}};
  if (const Json* type = schema.source.if_contains("type")) {
    for (const auto& [name, value] : types)
      if (type->is_string() && type->get_string() == name) schema.type = value;
    if (schema.type == JsonType::any)
      fault(schema.pointer + "/type", "form_unsupported", "expected one type, not null");
  }
  if (const Json* properties = schema.source.if_contains("properties")) {
    const std::string pointer = schema.pointer + "/properties";
    if (!properties->is_object()) return fault(pointer, "form_unsupported", "expected an object");
    for (const auto& property : properties->get_object())
      schema.properties.emplace_back(
          property.key(), read(property.value(), pointer + pointer_step(property.key())));
  }
  schema.required = names(schema, "required");
  for (const std::string_view keyword : {"additionalProperties", "unevaluatedProperties"})
    if (const Json* open = schema.source.if_contains(keyword)) {
      if (!open->is_bool())
        fault(schema.pointer + pointer_step(keyword), "form_unsupported", "expected true or false");
      else schema.closed = schema.closed || !open->get_bool();
    }
  if (const Json* dependent = schema.source.if_contains("dependentRequired")) {
    const std::string pointer = schema.pointer + "/dependentRequired";
    if (!dependent->is_object()) return fault(pointer, "form_unsupported", "expected an object");
    Schema inner;
    inner.pointer = pointer;
    inner.source = dependent->get_object();
    for (const auto& entry : inner.source)
      schema.dependent_required.emplace_back(entry.key(), names(inner, entry.key()));
  }
}

void SchemaReader::read_branches(Schema& schema) {
  schema.items = member(schema, "items");
  schema.condition = member(schema, "if");
  schema.then = member(schema, "then");
  schema.otherwise = member(schema, "else");
  schema.negated = member(schema, "not");
  if (!schema.condition && (schema.then || schema.otherwise))
    fault(schema.pointer, "form_unsupported", "'then' and 'else' need an 'if'");
  for (const auto& [keyword, list] :
       {std::pair<std::string_view, std::vector<SchemaPtr>*>{"allOf", &schema.all_of},
        {"anyOf", &schema.any_of}}) {
    const Json* json = schema.source.if_contains(keyword);
    if (!json) continue;
    const std::string pointer = schema.pointer + pointer_step(keyword);
    if (!json->is_array() || json->get_array().empty()) {
      fault(pointer, "form_unsupported", "expected a list of schemas");
      continue;
    }
    std::size_t i = 0;
    for (const Json& each : json->get_array())
      list->push_back(read(each, fmt::format("{}/{}", pointer, i++)));
  }
}

void SchemaReader::read_values(Schema& schema) {
  if (const Json* list = schema.source.if_contains("enum")) {
    if (!list->is_array() || list->get_array().empty())
      fault(schema.pointer + "/enum", "form_unsupported", "expected a list of values");
    else schema.allowed.emplace(list->get_array().begin(), list->get_array().end());
  }
  if (const Json* one = schema.source.if_contains("const")) schema.allowed.emplace(1, *one);
  if (const Json* text = schema.source.if_contains("pattern")) {
    RE2::Options options;
    options.set_log_errors(false);
    schema.pattern = std::make_shared<const RE2>(
        text->is_string() ? std::string(text->get_string()) : "(", options);
    if (!schema.pattern->ok())
      fault(schema.pointer + "/pattern", "form_pattern",
            fmt::format("not a regular expression of RE2: {}", schema.pattern->error()));
  }
  constexpr std::pair<std::string_view, Format> formats[] = {
      {"date", Format::date}, {"email", Format::email}, {"uri", Format::uri}};
  if (const Json* format = schema.source.if_contains("format")) {
    for (const auto& [name, value] : formats)
      if (format->is_string() && format->get_string() == name) schema.format = value;
    if (schema.format == Format::none)
      fault(schema.pointer + "/format", "form_unsupported", "expected date, email or uri");
  }
  if (const Json* unique = schema.source.if_contains("uniqueItems"))
    schema.unique_items = unique->is_bool() && unique->get_bool();
}

std::optional<std::int64_t> SchemaReader::count(const Schema& schema, std::string_view keyword) {
  const Json* json = schema.source.if_contains(keyword);
  if (!json) return std::nullopt;
  if (json->is_int64() && json->get_int64() >= 0) return json->get_int64();
  fault(schema.pointer + pointer_step(keyword), "form_unsupported",
        "expected a whole number from 0");
  return std::nullopt;
}
std::optional<Decimal> SchemaReader::number(const Schema& schema, std::string_view keyword) {
  const Json* json = schema.source.if_contains(keyword);
  if (!json) return std::nullopt;
  const auto value = decimal_of(*json);
  if (!value)
    fault(schema.pointer + pointer_step(keyword), "form_unsupported", "expected a number");
  return value;
}
std::optional<std::string> SchemaReader::day(const Schema& schema, std::string_view keyword) {
  const Json* json = schema.source.if_contains(keyword);
  if (!json) return std::nullopt;
  if (json->is_string() && parse_date(json->get_string())) return std::string(json->get_string());
  fault(schema.pointer + pointer_step(keyword), "form_unsupported", "expected a day as YYYY-MM-DD");
  return std::nullopt;
}

void SchemaReader::read_numbers(Schema& schema) {
  schema.min_length = count(schema, "minLength");
  schema.max_length = count(schema, "maxLength");
  schema.min_items = count(schema, "minItems");
  schema.max_items = count(schema, "maxItems");
  schema.minimum = number(schema, "minimum");
  schema.maximum = number(schema, "maximum");
  schema.above = number(schema, "exclusiveMinimum");
  schema.below = number(schema, "exclusiveMaximum");
  schema.multiple_of = number(schema, "multipleOf");
  if (schema.multiple_of && (is_zero(*schema.multiple_of) || is_negative(*schema.multiple_of)))
    fault(schema.pointer + "/multipleOf", "form_unsupported", "expected a number above 0");
  schema.not_before = day(schema, "x-not-before");
  schema.not_after = day(schema, "x-not-after");
}

}  // namespace minben::forms
