// What the registry takes from a service's OpenAPI 3 file (OAS 3.0.3 and 3.1.0).
#include <fmt/format.h>

#include "registry.hpp"

namespace minben::registry {

namespace {

constexpr std::size_t most_operations = 500;
constexpr std::size_t most_fields = 500;
constexpr int deepest = 16;           ///< of references and compositions
constexpr int most_schemas = 10'000;  ///< looked at in one file: references may fan out

std::unexpected<Error> bad(std::string_view field, std::string_view detail) {
  return fail(Kind::invalid, "bad_openapi", detail, field);
}

class Reader {
 public:
  explicit Reader(const Json& document) : document_(document) {}

  Result<Description> read() {
    const std::string version = string_or(document_, "openapi");
    if (!version.starts_with("3.0.") && !version.starts_with("3.1."))
      return bad("openapi", "expected OpenAPI 3.0 or 3.1");
    const Json* info = find(document_, "info");
    out_.title = info ? string_or(*info, "title") : "";
    const Json* paths = find(document_, "paths");
    if (!paths || !paths->is_object()) return bad("paths", "missing");
    for (const auto& [path, item] : paths->get_object()) MINBEN_CHECK(read_path(path, item));
    if (out_.operations.empty()) return bad("paths", "no operation");
    return std::move(out_);
  }

 private:
  Result<void> read_path(std::string_view path, const Json& item) {
    if (!path.starts_with('/') || path.size() > 500)
      return bad(fmt::format("paths.{}", path), "a path begins with /");
    for (const auto& [key, method] :
         {std::pair{"get", "GET"}, std::pair{"put", "PUT"}, std::pair{"post", "POST"},
          std::pair{"delete", "DELETE"}, std::pair{"patch", "PATCH"}}) {
      const Json* operation = find(item, key);
      if (!operation) continue;
      if (out_.operations.size() == most_operations)
        return bad("paths", "more than 500 operations");
      out_.operations.push_back({method, std::string(path)});
      MINBEN_CHECK(read_answers(*operation, fmt::format("paths.{}.{}", path, key)));
    }
    return {};
  }

  Result<void> read_answers(const Json& operation, const std::string& place) {
    const Json* responses = find(operation, "responses");
    if (!responses || !responses->is_object()) return bad(place, "no responses");
    for (const auto& [status, response] : responses->get_object()) {
      if (!status.starts_with('2')) continue;
      MINBEN_TRY(answer, resolve(&response, place));
      const Json* content = find(*answer, "content");
      if (!content || !content->is_object()) continue;
      for (const auto& [type, media] : content->get_object())
        if (type.starts_with("application/") && type.find("json") != type.npos)
          if (const Json* schema = find(media, "schema"))
            MINBEN_CHECK(read_schema(*schema, place, 0));
    }
    return {};
  }

  /// Follows "#/components/…" within the file; references to other files are refused.
  Result<const Json*> resolve(const Json* value, const std::string& place) const {
    for (int i = 0; i < deepest; ++i) {
      const Json* reference = find(*value, "$ref");
      if (!reference) return value;
      const std::string text = reference->is_string() ? std::string(reference->get_string()) : "";
      if (!text.starts_with("#/")) return bad(place, "a reference that leaves the file");
      value = &document_;
      for (const auto part : split(std::string_view(text).substr(2), '/')) {
        value = find(*value, unescape(part));
        if (!value) return bad(place, fmt::format("{} refers to nothing", text));
      }
    }
    return bad(place, "references go in a circle");
  }

  static std::string unescape(std::string_view part) {  // RFC 6901 §4
    std::string out;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1'))
        out += part[++i] == '0' ? '~' : '/';
      else out += part[i];
    }
    return out;
  }

  /// Top-level members of an object, or of the objects of an array.
  Result<void> read_schema(const Json& given, const std::string& place, int depth) {
    if (depth > deepest || ++schemas_ > most_schemas) return bad(place, "schemas too deep or many");
    MINBEN_TRY(schema, resolve(&given, place));
    for (const char* composition : {"allOf", "oneOf", "anyOf"})
      if (const Json* list = find(*schema, composition); list && list->is_array())
        for (const Json& part : list->get_array())
          MINBEN_CHECK(read_schema(part, place, depth + 1));
    if (const Json* items = find(*schema, "items"))
      MINBEN_CHECK(read_schema(*items, place, depth + 1));
    const Json* properties = find(*schema, "properties");
    if (!properties || !properties->is_object()) return {};
    for (const auto& member : properties->get_object()) {
      const std::string name(member.key());
      if (std::ranges::find(out_.fields, name) != out_.fields.end()) continue;
      if (out_.fields.size() == most_fields) return bad(place, "more than 500 fields");
      out_.fields.push_back(name);
    }
    return {};
  }

  const Json& document_;
  Description out_;
  int schemas_ = 0;
};

}  // namespace

Result<Description> read_openapi(std::string_view text) {
  if (text.size() > max_openapi) return bad("", "larger than 1 MiB");
  const auto document = parse_json(text, {.max_bytes = max_openapi, .max_depth = 64});
  if (!document)
    return bad("", "not JSON (YAML is to be converted first): " + document.error().detail);
  return Reader(*document).read();
}

}  // namespace minben::registry
