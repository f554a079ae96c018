#include "values.hpp"

#include <array>
#include <cmath>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace minben::streams {

namespace {

using intake::Type;
constexpr hours taiwan_ahead{8};
constexpr std::array<Type, 6> types{Type::text,    Type::integer, Type::number,
                                    Type::boolean, Type::date,    Type::timestamp};

std::unexpected<Error> wrong(std::string_view wanted) {
  return fail(Kind::invalid, "wrong_type", wanted);
}

Result<Json> text_value(const Json& value, std::size_t most) {
  if (!value.is_string()) return wrong("a text");
  const auto& text = value.get_string();
  if (text.size() > most || text.find('\0') != text.npos)
    return wrong("a shorter text, without U+0000");
  return value;
}

Result<Json> integer_value(const Json& value) {
  if (value.is_int64()) return value;
  if (value.is_double() && std::nearbyint(value.get_double()) == value.get_double() &&
      std::abs(value.get_double()) < 9e15)
    return Json(static_cast<std::int64_t>(value.get_double()));
  return wrong("a whole number within 64 bits");
}

Result<Json> number_value(const Json& value) {
  const bool number = value.is_double() || value.is_int64() || value.is_uint64();
  if (!number || (value.is_double() && !std::isfinite(value.get_double())))
    return wrong("a number");
  return value;
}

Result<Json> date_value(const Json& value) {
  if (!value.is_string() || !parse_date(std::string_view(value.get_string())))
    return wrong("a date as 2026-11-30");
  return value;
}

Result<Json> time_value(const Json& value) {
  if (!value.is_string()) return wrong("a time as 2026-11-30T14:05:00+08:00");
  const std::string text(std::string_view(value.get_string()));
  auto at = parse_instant(text);
  if (!at) at = parse_instant(text + "+08:00");
  if (!at) return wrong("a time as 2026-11-30T14:05:00+08:00");
  return Json(table_time(*at) + "+08:00");
}

}  // namespace

std::string table_time(Instant at) {
  std::string text = to_string(at + taiwan_ahead);
  text.pop_back();  // the Z
  return text;
}

Result<Json> checked_value(const Field& field, const Json& value, std::size_t max_text_bytes) {
  switch (field.type) {
    case Type::text:
      return text_value(value, max_text_bytes);
    case Type::integer:
      return integer_value(value);
    case Type::number:
      return number_value(value);
    case Type::boolean:
      if (!value.is_bool()) return wrong("true or false");
      return value;
    case Type::date:
      return date_value(value);
    case Type::timestamp:
      return time_value(value);
    case Type::geometry:
      break;
  }
  return wrong("a type that streams have");
}

Json table_value(const Field& field, const Json& kept) {
  if (field.type != Type::timestamp || !kept.is_string()) return kept;
  std::string_view text(kept.get_string());
  text.remove_suffix(std::min<std::size_t>(text.size(), 6));  // "+08:00"
  return Json(text);
}

std::optional<Type> parse_type(std::string_view text) {
  for (const Type type : types)
    if (intake::to_string(type) == text) return type;
  return std::nullopt;
}

Json fields_json(const std::vector<Field>& fields) {
  JsonArray out;
  for (const Field& each : fields) {
    JsonObject one{{"name", each.name}, {"type", intake::to_string(each.type)}};
    if (!each.label.empty()) one["label"] = each.label;
    if (!each.unit.empty()) one["unit"] = each.unit;
    out.push_back(std::move(one));
  }
  return out;
}

std::vector<Field> fields_from(const Json& json) {
  std::vector<Field> fields;
  if (!json.is_array()) return fields;
  for (const Json& each : json.get_array())
    fields.push_back({string_or(each, "name"), string_or(each, "label"),
                      parse_type(string_or(each, "type")).value_or(Type::text),
                      string_or(each, "unit")});
  return fields;
}

}  // namespace minben::streams
