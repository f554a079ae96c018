// Reducing an answer by its text gives what reducing a value of it gives, or refuses what two
// readers could read in two ways. The first line of the input are the fields.
#include "dom_minimise.hpp"
#include "minimise.hpp"

using namespace minben;
using namespace minben::exchange;

namespace {

/// Boost takes every number that is near to some double, and bounds other things.
bool has_long_number(std::string_view body) {
  std::size_t run = 0;
  for (const char c : body) {
    const bool part =
        (c >= '0' && c <= '9') || std::string_view(".eE+-").find(c) != std::string_view::npos;
    run = part ? run + 1 : 0;
    if (run > 4) return true;
  }
  return false;
}

std::size_t members_of(const Json& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object())
    for (const auto& member : *object) count += 1 + members_of(member.value());
  if (const auto* array = value.if_array())
    for (const Json& element : *array) count += members_of(element);
  return count;
}

/// Of JSON: there is a colon for each name, and a value keeps one of those that come twice.
bool has_name_twice(std::string_view body) {
  std::size_t colons = 0;
  bool inside = false;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '"') inside = !inside;
    else if (inside && body[i] == '\\') ++i;
    else if (!inside && body[i] == ':') ++colons;
  }
  return colons != members_of(parse_json(body).value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), size);
  std::vector<std::string> fields;
  for (const std::string_view field : split(text.substr(0, line), ',')) fields.emplace_back(field);
  const std::string_view body = text.substr(std::min(line + 1, size));
  if (body.empty()) return 0;

  const auto fast = minimise(body, fields);
  const auto simple = test::minimise_dom(body, fields);
  if (!fast) {
    MINBEN_ASSERT(!simple || has_long_number(body) || has_name_twice(body));
    return 0;
  }
  MINBEN_ASSERT(simple && !has_name_twice(body));
  const auto reduced = parse_json(fast->body);
  MINBEN_ASSERT(reduced && write_json(*reduced) == write_json(*simple));
  for (const std::string& field : fast->fields)
    MINBEN_ASSERT(std::ranges::find(fields, field) != fields.end());
  const auto again = minimise(fast->body, fields);
  MINBEN_ASSERT(again && again->body == fast->body && again->fields == fast->fields);
  return 0;
}
