#include "body.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace minben::api {

namespace {
constexpr JsonLimits limits{.max_bytes = 1u << 20, .max_depth = 32};
constexpr std::size_t most_items = 1000;
}  // namespace

Result<Body> Body::read(std::string_view text) {
  if (text.empty()) return Body({});
  MINBEN_TRY(json, parse_json(text, limits));
  if (!json.is_object()) return fail(Kind::invalid, "not_an_object", "expected a JSON object");
  return Body(std::move(json.as_object()));
}

void Body::fault(std::string_view name, std::string_view code, std::string_view detail) {
  faults_.push_back(fail(Kind::invalid, code, detail, "/" + std::string(name)).error());
}

const Json* Body::member(std::string_view name) {
  asked_.emplace(name);
  const Json* found = object_.if_contains(name);
  return found && !found->is_null() ? found : nullptr;
}

std::string Body::optional_text(std::string_view name, std::size_t longest) {
  const Json* found = member(name);
  if (!found) return {};
  if (!found->is_string()) return fault(name, "wrong_type", "expected a string"), std::string();
  std::string text(found->as_string());
  if (text.size() > longest)
    return fault(name, "too_long", fmt::format("at most {} bytes", longest)), std::string();
  return text;
}

std::string Body::text(std::string_view name, std::size_t longest) {
  if (!member(name)) return fault(name, "missing", "is required"), std::string();
  auto found = optional_text(name, longest);
  const auto* json = object_.if_contains(name);
  if (found.empty() && json->is_string() && json->as_string().empty())
    fault(name, "missing", "must not be empty");
  return found;
}

JsonObject Body::object(std::string_view name) {
  const Json* found = member(name);
  if (!found) return {};
  if (!found->is_object()) return fault(name, "wrong_type", "expected an object"), JsonObject();
  return found->as_object();
}

std::vector<std::string> Body::texts(std::string_view name) {
  std::vector<std::string> list;
  const Json* found = member(name);
  if (!found) return list;
  const auto* items = found->if_array();
  if (!items || items->size() > most_items)
    return fault(name, "wrong_type", "expected a list of at most 1000 strings"), list;
  for (const Json& item : *items) {
    if (!item.is_string()) return fault(name, "wrong_type", "expected strings"), list;
    list.emplace_back(item.as_string());
  }
  return list;
}

std::vector<std::int64_t> Body::integers(std::string_view name) {
  std::vector<std::int64_t> list;
  const Json* found = member(name);
  if (!found) return list;
  const auto* items = found->if_array();
  if (!items || items->size() > most_items)
    return fault(name, "wrong_type", "expected a list of at most 1000 integers"), list;
  for (const Json& item : *items) {
    if (!item.is_int64()) return fault(name, "wrong_type", "expected integers"), list;
    list.push_back(item.as_int64());
  }
  return list;
}

std::optional<std::int64_t> Body::integer(std::string_view name) {
  const Json* found = member(name);
  if (!found) return std::nullopt;
  if (!found->is_int64()) return fault(name, "wrong_type", "expected an integer"), std::nullopt;
  return found->as_int64();
}

bool Body::flag(std::string_view name) {
  const Json* found = member(name);
  if (!found) return false;
  if (!found->is_bool()) return fault(name, "wrong_type", "expected true or false"), false;
  return found->as_bool();
}

std::optional<Instant> Body::instant(std::string_view name) {
  const std::string text = optional_text(name);
  if (text.empty()) return std::nullopt;
  const auto parsed = parse_instant(text);
  if (!parsed) return fault(name, "not_an_instant", "expected RFC 3339"), std::nullopt;
  return *parsed;
}

const Errors& Body::faults() {
  if (!finished_)
    for (const auto& [name, value] : object_)
      if (!asked_.contains(name)) fault(name, "unknown_member", "is not known here");
  finished_ = true;
  return faults_;
}

}  // namespace minben::api
