#include <algorithm>

#include <fmt/format.h>

#include "form_data.hpp"

namespace minben::forms {

namespace {
bool is_property_name(std::string_view name) {
  static const RE2 pattern("[A-Za-z][A-Za-z0-9_]{0,63}");
  return RE2::FullMatch(re2::StringPiece(name.data(), name.size()), pattern);
}
bool is_page_id(std::string_view id) {
  static const RE2 pattern("[a-z][a-z0-9-]{0,63}");
  return RE2::FullMatch(re2::StringPiece(id.data(), id.size()), pattern);
}
std::string key_of(const Json& value) {
  return value.is_string() ? std::string(value.get_string()) : write_json(value);
}
std::string number_text(const std::optional<Decimal>& number) {
  return number ? number->to_string() : std::string();
}
}  // namespace

std::expected<Form, Errors> Form::load(std::string_view json, std::string_view file_name) {
  auto parsed = parse_json(json, {.max_bytes = 1 << 20, .max_depth = 40});
  if (!parsed) {
    parsed.error().field = file_name;
    return std::unexpected(Errors{std::move(parsed).error()});
  }
  auto data = std::make_shared<FormData>();
  data->file_name = file_name;
  Errors errors;
  const Positions positions(json);
  SchemaReader schemas(*parsed, file_name, positions, errors);
  data->root = schemas.read(*parsed, "");
  if (errors.empty()) FormReader(schemas, *data).read();
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return Form(std::move(data));
}

Bilingual FormReader::text(const Json* json, const std::string& pointer, bool needed) {
  Bilingual out;
  if (!json) {
    if (needed) schemas_.fault(pointer, "form_text_missing", "a text in zh-Hant and en is needed");
    return out;
  }
  out.zh_hant = string_or(*json, "zh-Hant");
  out.en = string_or(*json, "en");
  if (out.zh_hant.empty() || out.en.empty())
    schemas_.fault(
        pointer, "form_text_missing",
        fmt::format("the text in {} is missing", out.zh_hant.empty() ? "zh-Hant" : "en"));
  return out;
}

void FormReader::read() {
  const Schema& root = *out_.root;
  if (root.type != JsonType::object)
    return schemas_.fault("", "form_unsupported", "a form has \"type\": \"object\"");
  out_.title = text(root.source.if_contains("x-title"), "/x-title", true);
  const Json* pages = root.source.if_contains("x-pages");
  if (!pages || !pages->is_array() || pages->get_array().empty())
    return schemas_.fault("/x-pages", "form_page", "a form needs a list of pages");
  std::size_t i = 0;
  for (const Json& page : pages->get_array()) read_page(page, fmt::format("/x-pages/{}", i++));
  check_coverage();
  for (const Page& page : out_.pages) index(page.fields);
}

void FormReader::index(const std::vector<Field>& fields) {
  for (const Field& field : fields) {
    out_.fields.emplace(field.pointer, &field);
    index(field.fields);
  }
}

void FormReader::read_page(const Json& json, const std::string& pointer) {
  Page page;
  page.id = string_or(json, "id");
  if (!is_page_id(page.id))
    schemas_.fault(pointer + "/id", "form_page", "a page's id is [a-z][a-z0-9-]*");
  if (std::ranges::any_of(out_.pages, [&](const Page& other) { return other.id == page.id; }))
    schemas_.fault(pointer + "/id", "form_page", fmt::format("there are two pages '{}'", page.id));
  page.title = text(find(json, "x-title"), pointer + "/x-title", true);
  if (const Json* hint = find(json, "x-hint")) page.hint = text(hint, pointer + "/x-hint", true);
  SchemaPtr condition;
  if (const Json* shown = find(json, "if")) condition = schemas_.read(*shown, pointer + "/if");
  page.conditional = condition != nullptr;
  if (const auto* object = json.if_object())
    for (const auto& member : *object) {
      constexpr std::string_view known[] = {"id", "x-title", "x-hint", "if", "fields"};
      if (std::ranges::find(known, std::string_view(member.key())) == std::end(known))
        schemas_.fault(pointer + pointer_step(member.key()), "form_unsupported",
                       "pages have id, x-title, x-hint, if and fields");
    }
  place_fields(json, pointer, page);
  out_.pages.push_back(std::move(page));
  out_.conditions.push_back(std::move(condition));
}

void FormReader::place_fields(const Json& json, const std::string& pointer, Page& page) {
  const Json* names = find(json, "fields");
  if (!names || !names->is_array() || names->get_array().empty())
    return schemas_.fault(pointer + "/fields", "form_page", "a page names at least one property");
  std::size_t i = 0;
  for (const Json& each : names->get_array()) {
    const std::string at = fmt::format("{}/fields/{}", pointer, i++);
    const std::string name = each.is_string() ? std::string(each.get_string()) : "";
    const Schema* schema = out_.root->property(name);
    if (!schema) {
      schemas_.fault(at, "form_page", fmt::format("there is no property '{}'", name));
      continue;
    }
    if (!page_of_.emplace(name, out_.pages.size()).second)
      schemas_.fault(at, "form_page", fmt::format("'{}' is on two pages", name));
    const bool required = std::ranges::find(out_.root->required, name) != out_.root->required.end();
    if (required && page.conditional)
      schemas_.fault(
          at, "form_page",
          fmt::format("'{}' is always required, but its page can be hidden: require it in a then",
                      name));
    page.fields.push_back(read_field(name, *schema, "", required));
  }
}

void FormReader::check_coverage() {
  for (const auto& [name, schema] : out_.root->properties)
    if (!page_of_.contains(name))
      schemas_.fault("/properties" + pointer_step(name), "form_page",
                     fmt::format("'{}' is on no page", name));
  for (const std::string& name : out_.root->required)
    if (!out_.root->property(name))
      schemas_.fault("/required", "form_page",
                     fmt::format("'{}' is required but not a property", name));
}

std::optional<FieldKind> FormReader::kind_of_array(const Schema& schema) {
  if (!schema.items) return std::nullopt;
  if (schema.items->allowed) return FieldKind::choices;
  return schema.items->type == JsonType::object ? std::optional(FieldKind::list) : std::nullopt;
}

std::optional<FieldKind> FormReader::kind_of(const Schema& schema) {
  if (schema.allowed && schema.type != JsonType::array && schema.type != JsonType::object)
    return FieldKind::choice;
  switch (schema.type) {
    case JsonType::string:
      if (schema.source.contains("x-file")) return FieldKind::file;
      if (schema.format == Format::date) return FieldKind::date;
      if (schema.format == Format::email) return FieldKind::email;
      return schema.format == Format::uri ? FieldKind::uri : FieldKind::text;
    case JsonType::integer:
      return FieldKind::integer;
    case JsonType::number:
      return FieldKind::number;
    case JsonType::boolean:
      return FieldKind::boolean;
    case JsonType::object:
      return FieldKind::group;
    case JsonType::array:
      return kind_of_array(schema);
    case JsonType::any:
      return std::nullopt;
  }
  return std::nullopt;
}

Field FormReader::read_field(const std::string& name, const Schema& schema,
                             const std::string& parent, bool required) {
  Field field;
  field.name = name;
  field.pointer = parent + "/" + name;
  field.required = required;
  field.title = text(schema.source.if_contains("x-title"), schema.pointer + "/x-title", true);
  if (const Json* hint = schema.source.if_contains("x-hint"))
    field.hint = text(hint, schema.pointer + "/x-hint", true);
  if (!is_property_name(name))
    schemas_.fault(schema.pointer, "form_unsupported", "a property is named [A-Za-z][A-Za-z0-9_]*");
  const auto kind = kind_of(schema);
  constexpr int deepest = 3;
  if (!kind || depth_ >= deepest) {
    schemas_.fault(
        schema.pointer, "form_unsupported",
        kind ? "groups and lists are nested too deeply" : "a form has no question for this type");
    return field;
  }
  field.kind = *kind;
  if (field.kind == FieldKind::choice) read_choices(schema, field);
  if (field.kind == FieldKind::choices) read_choices(*schema.items, field);
  read_limits(schema, field);
  read_extras(schema, field);
  ++depth_;
  if (field.kind == FieldKind::group) read_inner(schema, field);
  if (field.kind == FieldKind::list) read_inner(*schema.items, field);
  --depth_;
  // Shared with the root's tree, which lives as long as the form.
  out_.schemas.emplace(field.pointer, SchemaPtr(out_.root, &schema));
  return field;
}

void FormReader::read_inner(const Schema& schema, Field& field) {
  const std::string parent = field.pointer + (field.kind == FieldKind::list ? "/-" : "");
  for (const auto& [name, inner] : schema.properties) {
    const bool required = std::ranges::find(schema.required, name) != schema.required.end();
    field.fields.push_back(read_field(name, *inner, parent, required));
  }
  if (schema.properties.empty())
    schemas_.fault(schema.pointer, "form_unsupported", "a group needs properties");
}

void FormReader::read_choices(const Schema& of, Field& field) {
  const Json* labels = of.source.if_contains("x-labels");
  const Json* hints = of.source.if_contains("x-hints");
  const bool single = of.allowed->size() == 1;
  for (const Json& value : *of.allowed) {
    const std::string key = key_of(value);
    const Json* label = labels ? find(*labels, key) : nullptr;
    const Json* hint = hints ? find(*hints, key) : nullptr;
    Choice choice{value, {}, {}};
    // A single tick box may be labelled by the question itself.
    choice.label = !label && single
                       ? field.title
                       : text(label, of.pointer + "/x-labels" + pointer_step(key), true);
    if (hint) choice.hint = text(hint, of.pointer + "/x-hints" + pointer_step(key), true);
    field.choices.push_back(std::move(choice));
  }
  if (const auto* object = labels ? labels->if_object() : nullptr)
    for (const auto& member : *object)
      if (std::ranges::none_of(field.choices,
                               [&](const Choice& c) { return key_of(c.value) == member.key(); }))
        schemas_.fault(of.pointer + "/x-labels" + pointer_step(member.key()), "form_unsupported",
                       "a label for a value that is no choice");
}

void FormReader::read_limits(const Schema& schema, Field& field) {
  field.min_length = schema.min_length;
  field.max_length = schema.max_length;
  field.min_items = schema.min_items;
  field.max_items = schema.max_items;
  field.minimum = schema.not_before ? *schema.not_before : number_text(schema.minimum);
  field.maximum = schema.not_after ? *schema.not_after : number_text(schema.maximum);
}

void FormReader::read_extras(const Schema& schema, Field& field) {
  const Json source = schema.source;
  if (const Json* rows = find(source, "x-rows")) {
    if (rows->is_int64() && rows->get_int64() >= 1 && rows->get_int64() <= 40)
      field.rows = static_cast<int>(rows->get_int64());
    else schemas_.fault(schema.pointer + "/x-rows", "form_unsupported", "expected 1 to 40 lines");
  }
  field.autocomplete = string_or(source, "x-autocomplete");
  field.prefill = string_or(source, "x-prefill");
  const std::string calendar = string_or(source, "x-calendar", "gregorian");
  field.republic_years = calendar == "roc";
  if (calendar != "roc" && calendar != "gregorian")
    schemas_.fault(schema.pointer + "/x-calendar", "form_unsupported", "expected gregorian or roc");
  if (const Json* errors = find(source, "x-errors"); errors && errors->is_object())
    for (const auto& member : errors->get_object())
      field.errors.emplace(
          std::string(member.key()),
          text(&member.value(), schema.pointer + "/x-errors" + pointer_step(member.key()), true));
  if (field.kind == FieldKind::file) read_file_rules(schema, field);
}

void FormReader::read_file_rules(const Schema& schema, Field& field) {
  const Json& rules = schema.source.at("x-file");
  const std::string pointer = schema.pointer + "/x-file";
  if (const Json* accept = find(rules, "accept"); accept && accept->is_array())
    for (const Json& type : accept->get_array())
      if (type.is_string()) field.accept.emplace_back(type.get_string());
  if (field.accept.empty())
    schemas_.fault(pointer + "/accept", "form_unsupported",
                   "a file names the media types it accepts");
  const auto bytes = get_integer(rules, "maxBytes");
  if (bytes && *bytes > 0) field.max_bytes = static_cast<std::uint64_t>(*bytes);
  else
    schemas_.fault(pointer + "/maxBytes", "form_unsupported", "a file has a largest size in bytes");
}

}  // namespace minben::forms
