#pragma once
// minimise() in the simple way, by a value of the whole answer: what the fast one is compared with.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "exchange/fields.hpp"

namespace minben::exchange::test {

using Paths = std::vector<std::vector<std::string>>;

/// Of a path that check_field() likes.
inline std::vector<std::string> names_of(std::string_view path) {
  std::vector<std::string> names;
  for (const std::string_view part : split(path, '/')) {
    std::string& name = names.emplace_back();
    for (std::size_t i = 0; i < part.size(); ++i)
      if (part[i] == '~') name += part[++i] == '0' ? '~' : '/';
      else name += part[i];
  }
  return names;
}

inline Paths below(const Paths& paths, std::string_view name) {
  Paths rest;
  for (const auto& path : paths)
    if (path.front() == name) rest.emplace_back(path.begin() + 1, path.end());
  return rest;
}

/// Nothing: it has not the shape that the paths say.
inline std::optional<Json> keep(const Json& value, const Paths& paths) {
  for (const auto& path : paths)
    if (path.empty()) return value;
  if (const auto* object = value.if_object()) {
    if (std::ranges::all_of(paths, [](const auto& path) { return path.front() == "*"; })) return {};
    JsonObject out;
    for (const auto& member : *object)
      if (const Paths rest = below(paths, member.key()); member.key() != "*" && !rest.empty())
        if (auto kept = keep(member.value(), rest)) out.emplace(member.key(), std::move(*kept));
    return out;
  }
  const auto* array = value.if_array();
  const Paths rest = below(paths, "*");
  if (!array || rest.empty()) return {};
  JsonArray out;
  for (const Json& element : *array)
    if (auto kept = keep(element, rest)) out.push_back(std::move(*kept));
  return out;
}

/// Nothing: not minimisable. Names that come twice are not noticed.
inline std::optional<Json> minimise_dom(std::string_view body,
                                        std::span<const std::string> fields) {
  const auto json = parse_json(body);
  if (!json) return {};
  Paths paths;
  for (const std::string& field : fields)
    if (check_field(field)) paths.push_back(names_of(field));
  const auto keep_object = [&](const Json& object) {
    return paths.empty() ? Json(JsonObject{}) : *keep(object, paths);
  };
  if (json->is_object()) return keep_object(*json);
  if (!json->is_array()) return {};
  JsonArray list;
  for (const Json& element : json->as_array()) {
    if (!element.is_object()) return {};
    list.push_back(keep_object(element));
  }
  return list;
}

}  // namespace minben::exchange::test
