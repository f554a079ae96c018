#include "value.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compare.hpp"
#include "machine.hpp"
#include "temporal.hpp"

namespace minben::rules {

Context::Context() = default;
Context::Context(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) set(entry.name, entry.value);
}
Context::Context(const Context&) = default;
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(const Context&) = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

void Context::set(std::string_view name, Value value) {
  for (Entry& entry : entries_)
    if (entry.name == name) {
      entry.value = std::move(value);
      return;
    }
  entries_.push_back({std::string(name), std::move(value)});
}
const Value* Context::find(std::string_view name) const {
  for (const Entry& entry : entries_)
    if (entry.name == name) return &entry.value;
  return nullptr;
}

Value::Value(List value)
    : Value(ValueKind::list, Shared(std::make_shared<const List>(std::move(value)))) {}
Value::Value(Context value)
    : Value(ValueKind::context, Shared(std::make_shared<const Context>(std::move(value)))) {}
Value::Value(Range value)
    : Value(ValueKind::range, Shared(std::make_shared<const Range>(std::move(value)))) {}
Value Value::date(Date value) {
  return CalendarDate{int{value.year()}, static_cast<std::uint8_t>(unsigned{value.month()}),
                      static_cast<std::uint8_t>(unsigned{value.day()})};
}
std::shared_ptr<const Function> Value::shared_function() const {
  if (kind_ != ValueKind::function) return nullptr;
  return std::static_pointer_cast<const Function>(as<Shared>());
}
std::string Value::string_or(std::string_view otherwise) const {
  const std::string* text = string();
  return text ? *text : std::string(otherwise);
}

std::string_view name_of(ValueKind kind) {
  constexpr std::string_view names[] = {"null",
                                        "boolean",
                                        "number",
                                        "string",
                                        "date",
                                        "time",
                                        "date and time",
                                        "years and months duration",
                                        "days and time duration",
                                        "list",
                                        "context",
                                        "range",
                                        "function"};
  return names[static_cast<std::size_t>(kind)];
}

Value from_json(const Json& json) {
  if (json.is_bool()) return json.get_bool();
  if (json.is_int64()) return Value::number(json.get_int64());
  if (json.is_uint64()) return *Decimal::parse(std::to_string(json.get_uint64()));
  if (json.is_double()) {
    const auto number =
        Decimal::parse(fmt::format("{}", json.get_double()));  // shortest that reads back
    return number ? Value(*number) : Value();
  }
  if (const auto* text = json.if_string()) return std::string(*text);
  if (const auto* items = json.if_array()) {
    List list;
    for (const Json& item : *items) list.push_back(from_json(item));
    return list;
  }
  if (json.is_object()) return context_from_json(json);
  return {};
}
Context context_from_json(const Json& json) {
  Context context;
  if (const auto* object = json.if_object())
    for (const auto& member : *object) context.set(member.key(), from_json(member.value()));
  return context;
}

namespace {
Json number_json(Decimal number) {
  constexpr std::int64_t exact = std::int64_t{1} << 53;
  const auto whole = number.to_integer();
  if (whole && *whole <= exact && *whole >= -exact) return *whole;
  return number.to_double();
}
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}
/// A value inside a list or context is written as a FEEL literal, strings quoted.
std::string literal(const Value& value) {
  return value.string() ? quoted(*value.string()) : to_text(value);
}
std::string range_text(const Range& range) {
  if (range.form != Range::Form::interval)
    return (range.form == Range::Form::equal ? "=" : "!=") + literal(range.low);
  if (range.low.is_null()) return (range.high_included ? "<=" : "<") + literal(range.high);
  if (range.high.is_null()) return (range.low_included ? ">=" : ">") + literal(range.low);
  return fmt::format("{}{}..{}{}", range.low_included ? '[' : '(', literal(range.low),
                     literal(range.high), range.high_included ? ']' : ')');
}
std::string list_text(const List& list) {
  std::string out = "[";
  for (const Value& item : list) out += (out.size() > 1 ? ", " : "") + literal(item);
  return out + "]";
}
bool is_plain_name(std::string_view name) {
  return !name.empty() && std::ranges::none_of(name, [](char c) {
    return c == '"' || c == ':' || c == '{' || c == '}';
  });
}
std::string context_text(const Context& context) {
  std::string out = "{";
  for (const auto& [name, value] : context.entries())
    out += (out.size() > 1 ? ", " : "") + (is_plain_name(name) ? name : quoted(name)) + ": " +
           literal(value);
  return out + "}";
}
}  // namespace

Json to_json(const Value& value) {
  switch (value.kind()) {
    case ValueKind::null:
      return nullptr;
    case ValueKind::boolean:
      return *value.boolean();
    case ValueKind::number:
      return number_json(*value.number());
    case ValueKind::list: {
      JsonArray items;
      for (const Value& item : *value.list()) items.push_back(to_json(item));
      return items;
    }
    case ValueKind::context: {
      JsonObject members;
      for (const auto& [name, member] : value.context()->entries()) members[name] = to_json(member);
      return members;
    }
    default:
      return boost::json::string(to_text(value));
  }
}

std::string to_text(const Value& value) {
  switch (value.kind()) {
    case ValueKind::null:
      return "null";
    case ValueKind::boolean:
      return *value.boolean() ? "true" : "false";
    case ValueKind::number:
      return value.number()->to_string();
    case ValueKind::string:
      return *value.string();
    case ValueKind::date:
      return to_text(*value.date());
    case ValueKind::time:
      return to_text(*value.time());
    case ValueKind::date_time:
      return to_text(*value.date_time());
    case ValueKind::months_duration:
      return to_text(*value.months());
    case ValueKind::time_duration:
      return to_text(*value.duration());
    case ValueKind::list:
      return list_text(*value.list());
    case ValueKind::context:
      return context_text(*value.context());
    case ValueKind::range:
      return range_text(*value.range());
    case ValueKind::function:
      return "function " + std::string(value.function()->name());
  }
  return {};
}

bool same(const Value& a, const Value& b) { return equal(a, b).value_or(false); }

}  // namespace minben::rules
