#pragma once
// Built-in functions (DMN 1.5 §10.3.4). Each file registers its own; wrong kinds give null.
#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "machine.hpp"

namespace minben::rules {

using Arguments = std::span<const Value>;

struct Builtin {
  const char* name;
  /// Parameter lists separated by '|', parameters by ','; "name?" may be missing, "name..."
  /// repeats.
  const char* signatures;
  Value (*call)(Machine& machine, Arguments arguments);
};

std::span<const Builtin> number_functions();
std::span<const Builtin> string_functions();
std::span<const Builtin> list_functions();
std::span<const Builtin> aggregate_functions();
std::span<const Builtin> context_functions();
std::span<const Builtin> conversion_functions();
std::span<const Builtin> temporal_functions();
std::span<const Builtin> range_functions();

// Arguments by kind. A list of one item counts as its item (§10.3.2.9.4); nullptr when it does not
// fit.
inline const Value& item_of(const Value& value) {
  return value.list() && value.list()->size() == 1 ? value.list()->front() : value;
}
inline const Value& argument(Arguments arguments, std::size_t i) {
  static const Value none;
  return i < arguments.size() ? arguments[i] : none;
}
inline const Decimal* number_at(Arguments a, std::size_t i) {
  return item_of(argument(a, i)).number();
}
inline const std::string* string_at(Arguments a, std::size_t i) {
  return item_of(argument(a, i)).string();
}
inline std::optional<std::int64_t> integer_at(Arguments a, std::size_t i) {
  const Decimal* number = number_at(a, i);
  return number ? number->to_integer() : std::nullopt;
}
/// The list, or a list of the one value; nullptr for null.
inline const List* list_at(Arguments a, std::size_t i, List& room) {
  const Value& value = argument(a, i);
  if (value.list()) return value.list();
  if (value.is_null()) return nullptr;
  room.assign(1, value);
  return &room;
}
inline Value or_null(const std::optional<Decimal>& value) {
  return value ? Value(*value) : Value();
}

/// Runs an XPath pattern; see regex.cpp.
class Regex;
std::shared_ptr<const Regex> compile_regex(Machine& machine, const std::string& pattern,
                                           const std::string& flags);
/// nullopt, with a warning, when a bound was reached.
std::optional<bool> regex_matches(Machine& machine, const Regex& regex, std::string_view text);
/// nullopt also when the pattern matches nothing (FORX0003) or the replacement is malformed.
std::optional<std::string> regex_replace(Machine& machine, const Regex& regex,
                                         std::string_view text, std::string_view replacement);
std::optional<std::vector<std::string>> regex_split(Machine& machine, const Regex& regex,
                                                    std::string_view text);

}  // namespace minben::rules
