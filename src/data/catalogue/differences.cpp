// Two versions of a dataset, member by member.
#include <algorithm>

#include <fmt/format.h>

#include "dataset.hpp"

namespace minben::catalogue {

namespace {

/// Elements that have a name of their own are matched by it, so that a new one in front does not
/// change all others.
std::string_view key_of(const Json& element) {
  const auto* object = element.if_object();
  if (!object) return {};
  for (const std::string_view name : {"id", "name"})
    if (const Json* found = object->if_contains(name); found && found->is_string())
      return found->get_string();
  return {};
}

bool is_keyed(const JsonArray& array) {
  return !array.empty() &&
         std::ranges::all_of(array, [](const Json& each) { return !key_of(each).empty(); });
}

/// RFC 6901 §3.
std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') out += "~0";
    else if (c == '/') out += "~1";
    else out += c;
  }
  return out;
}

class Comparing {
 public:
  std::vector<Difference> found;

  void compare(const Json& before, const Json& after, const std::string& at) {
    if (before == after) return;
    if (before.is_object() && after.is_object())
      return compare_objects(before.get_object(), after.get_object(), at);
    if (before.is_array() && after.is_array() &&
        (is_keyed(before.get_array()) || before.get_array().empty()) &&
        (is_keyed(after.get_array()) || after.get_array().empty()))
      return compare_keyed(before.get_array(), after.get_array(), at);
    found.push_back({at, before, after});
  }

 private:
  void compare_objects(const JsonObject& before, const JsonObject& after, const std::string& at) {
    for (const auto& member : before) {
      const Json* other = after.if_contains(member.key());
      compare(member.value(), other ? *other : Json(nullptr), at + "/" + escaped(member.key()));
    }
    for (const auto& member : after)
      if (!before.contains(member.key()))
        found.push_back({at + "/" + escaped(member.key()), nullptr, member.value()});
  }

  static const Json* with_key(const JsonArray& array, std::string_view key) {
    const auto it = std::ranges::find(array, key, key_of);
    return it == array.end() ? nullptr : &*it;
  }

  void compare_keyed(const JsonArray& before, const JsonArray& after, const std::string& at) {
    for (const Json& each : before) {
      const std::string pointer = at + "/" + escaped(key_of(each));
      if (const Json* other = with_key(after, key_of(each))) compare(each, *other, pointer);
      else found.push_back({pointer, each, nullptr});
    }
    for (const Json& each : after)
      if (!with_key(before, key_of(each)))
        found.push_back({at + "/" + escaped(key_of(each)), nullptr, each});
  }
};

}  // namespace

std::vector<Difference> differences(const Dataset& before, const Dataset& after) {
  Comparing comparing;
  comparing.compare(to_json(before), to_json(after), "");
  return std::move(comparing.found);
}

}  // namespace minben::catalogue
