#pragma once
// Expected failures are values. Broken invariants stop the process (MINBEN_ASSERT).
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace minben {

/// What kind of failure, so that callers and HTTP can act on it without reading the code.
enum class Kind {
  invalid,       ///< the input breaks a rule (HTTP 400/422); `field` says which input
  unauthorised,  ///< not signed in, or the assurance level is too low (401)
  forbidden,     ///< known, but not allowed (403)
  not_found,     ///< no such thing, or not visible to the caller (404)
  conflict,      ///< somebody else was faster, or the state does not allow it (409)
  too_large,     ///< a size bound was exceeded (413)
  too_many,      ///< a rate or quota was exceeded (429)
  unavailable,   ///< an outside part does not answer; trying again may help (503)
  internal,      ///< our own fault; logged with its cause (500)
};

/// A failure with a cause that a person can act on.
struct Error {
  Kind kind = Kind::internal;
  std::string code;    ///< stable, lower_snake_case, e.g. "passport_expired"; the key of its text
  std::string detail;  ///< for developers and operators, English, never personal data or secrets
  std::string field;   ///< JSON pointer, form field or file the failure concerns; may be empty
  int line = 0;        ///< 1-based line in `field` when that is a file; 0 = not known
  int column = 0;      ///< 1-based column; 0 = not known

  friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Errors = std::vector<Error>;

[[nodiscard]] inline std::unexpected<Error> fail(Kind kind, std::string_view code,
                                                 std::string_view detail = {},
                                                 std::string_view field = {}) {
  return std::unexpected(
      Error{kind, std::string(code), std::string(detail), std::string(field), 0, 0});
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

/// "code (field:line:column): detail", for logs and command lines.
std::string describe(const Error& error);

/// Stops the process with the place and the broken condition. Always on.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

#define MINBEN_ASSERT(condition) \
  ((condition) ? void(0) : ::minben::assertion_failed(#condition, __FILE__, __LINE__))

// `MINBEN_TRY(name, expression)` declares `name` with the value of a Result or returns its error.
// `MINBEN_CHECK(expression)` does the same where there is no value to keep.
#define MINBEN_JOIN_(a, b) a##b
#define MINBEN_JOIN(a, b) MINBEN_JOIN_(a, b)
#define MINBEN_TRY(name, expression)                                           \
  auto MINBEN_JOIN(result_, __LINE__) = (expression);                          \
  if (!MINBEN_JOIN(result_, __LINE__))                                         \
    return std::unexpected(std::move(MINBEN_JOIN(result_, __LINE__)).error()); \
  auto name = std::move(*MINBEN_JOIN(result_, __LINE__))
#define MINBEN_CHECK(expression)                                                  \
  do {                                                                            \
    auto minben_check_ = (expression);                                            \
    if (!minben_check_) return std::unexpected(std::move(minben_check_).error()); \
  } while (false)

}  // namespace minben
