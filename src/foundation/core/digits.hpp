#pragma once
#include <cstdint>
#include <string>

namespace minben {

/// "5,700": thousands set apart by commas, in both languages.
std::string group_digits(std::int64_t value);

/// 0 … 15, in either case; -1 of what is no hexadecimal digit.
constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace minben
