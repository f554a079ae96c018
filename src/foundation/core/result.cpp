#include "core/result.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

namespace minben {

std::string describe(const Error& error) {
  std::string place = error.field;
  if (error.line > 0) place += fmt::format(":{}", error.line);
  if (error.column > 0) place += fmt::format(":{}", error.column);
  std::string text = error.code;
  if (!place.empty()) text += fmt::format(" ({})", place);
  if (!error.detail.empty()) text += ": " + error.detail;
  return text;
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
  std::abort();
}

}  // namespace minben
