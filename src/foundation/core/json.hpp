#pragma once
// JSON values are Boost.JSON's; parsing is bounded and says where it failed.
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "core/result.hpp"

namespace minben {

using Json = boost::json::value;
using JsonObject = boost::json::object;
using JsonArray = boost::json::array;

struct JsonLimits {
  std::size_t max_bytes = 4u << 20;
  std::size_t max_depth = 64;
};

/// Strict RFC 8259. Error code "not_json"; duplicate names keep the last value, as in I-JSON's
/// predecessors, so security decisions must not rely on a name being unique.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});
std::string write_json(const Json& value);
/// Two-space indented, for people and files.
std::string write_json_pretty(const Json& value);
/// RFC 8785 (JCS): one byte sequence per value, for digests and signatures. Numbers must be
/// integers within ±2^53, or the result is an error "not_canonical".
Result<std::string> canonical_json(const Json& value);

/// Missing or of another type → error "missing" / "wrong_type" naming the field.
Result<std::string> get_string(const Json& object, std::string_view name);
Result<std::int64_t> get_integer(const Json& object, std::string_view name);
Result<bool> get_bool(const Json& object, std::string_view name);
/// Empty when missing or not a string.
std::string string_or(const Json& object, std::string_view name, std::string_view otherwise = {});
/// nullptr when `object` is no object or has no such member.
const Json* find(const Json& object, std::string_view name);

}  // namespace minben
