#pragma once
// What a request line asks for, said once: rules look at the decoded segments of the path, the
// register gets the very text they were decoded from, and a text that anybody could read in another
// way is refused.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "exchange.hpp"

namespace minben::exchange {

/// "/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path][?query]"
struct ServicePath {
  ServiceId service;
  std::string rest;  ///< raw, "[/path][?query]": as it came and as it goes on behind a base URL
  std::vector<std::string> segments;  ///< of path, decoded
  std::string register_key;           ///< the first of them, or ""
};

/// Services that a provider's gateway answers itself (X-Road pr-meta, pr-mrest): no service of a
/// member may have their codes. Of getWsdl there is only the name: no service here has a WSDL file.
enum class Metaservice { list_methods, allowed_methods, get_openapi, get_wsdl };
std::optional<Metaservice> metaservice(std::string_view service_code);

/// Of a target as received (RFC 9112 §3.2.1, origin-form only). Errors: invalid "bad_path" with the
/// cause, "not_a_service". A path is refused when a register, a proxy or a file system before it
/// could take it for another one: empty and dot segments, also with parameters behind (";"),
/// encoded slashes, backslashes, control characters, what becomes one of these when decoded once
/// more, other text than UTF-8 (so overlong forms), characters that RFC 3986 wants encoded, more
/// than 64 segments or 8,192 bytes. Parameters (";a=b") are part of their segment.
Result<ServicePath> read_service_path(std::string_view target);

/// The value of that name in the query, decoded; the first one, "" when there is none. Error
/// "bad_path": '%' without two hex digits, or other text than UTF-8.
Result<std::string> query_value(const ServicePath& path, std::string_view name);

/// The decoded segments of "" or "/a/b", refused as above.
Result<std::vector<std::string>> read_segments(std::string_view raw_path);

/// "/", "/*/permits/**": literal segments, "*" for any text within a segment, "**" as a segment for
/// any number of them. Thread-safe after construction.
class PathGlob {
 public:
  /// Of a text that check_glob() likes.
  explicit PathGlob(std::string_view glob);
  /// Takes at most as many steps as both have segments multiplied.
  [[nodiscard]] bool matches(std::span<const std::string> segments) const;

 private:
  std::vector<std::string> parts_;
};

/// Error "bad_glob": no "/" in front, empty or dot segments, percent-encoding, "**" with other text
/// in its segment, more than 64 segments or 1,024 bytes.
Result<void> check_glob(std::string_view glob);
/// Error "bad_path": no path template of OpenAPI: "", "/", "/{key}/permits".
Result<void> check_template(std::string_view path);
/// As X-Road says it: "/{key}/permits" is "/*/permits", and "" is "/".
std::string template_glob(std::string_view path_template);
/// Whether some path that fits the template matches the glob.
bool can_match(std::string_view glob, std::string_view path_template);

}  // namespace minben::exchange
