// A call as somebody would try it, from the examples in a document.
#include <algorithm>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "openapi.hpp"

namespace minben::openapi {

namespace {

/// RFC 3986: all but unreserved characters.
std::string encoded(std::string_view text) {
  constexpr std::string_view unreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (unreserved.contains(c)) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string text_of(const Json& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  return write_json(value);
}

void replace(std::string& text, std::string_view what, std::string_view with) {
  if (const auto at = text.find(what); at != text.npos) text.replace(at, what.size(), with);
}

}  // namespace

Example example_of(std::string_view path, std::string_view method, const Json& operation) {
  Example out;
  out.id = string_or(operation, "operationId");
  out.method = method;
  std::ranges::transform(out.method, out.method.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  out.target = path;
  std::string query;
  if (const Json* parameters = find(operation, "parameters"))
    for (const Json& each : parameters->as_array()) {
      const Json* example = find(each, "example");
      if (!example) continue;
      const std::string name = string_or(each, "name");
      if (string_or(each, "in") == "path")
        replace(out.target, fmt::format("{{{}}}", name), encoded(text_of(*example)));
      else
        query += fmt::format("{}{}={}", query.empty() ? "?" : "&", encoded(name),
                             encoded(text_of(*example)));
    }
  out.target += query;
  if (const Json* body = find(operation, "requestBody")) {
    const auto first = body->at("content").as_object().begin();
    out.media = first->key();
    const Json* example = find(first->value(), "example");
    out.body = !example ? "" : example->is_string() ? text_of(*example) : write_json(*example);
  }
  const Json* security = find(operation, "security");
  out.needs_key = security && !security->as_array().empty();
  return out;
}

}  // namespace minben::openapi
