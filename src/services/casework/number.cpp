#include "number.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "casework/casework.hpp"

namespace minben::casework {

namespace {

/// ISO/IEC 7064 MOD 11,10: finds every wrong digit and nearly every swap of neighbours.
int check_digit(std::string_view digits) {
  int product = 10;
  for (const char digit : digits) {
    int sum = (product + digit - '0') % 10;
    if (sum == 0) sum = 10;
    product = sum * 2 % 11;
  }
  return (11 - product) % 10;
}

}  // namespace

std::string application_number(Date submitted, std::int64_t serial) {
  const auto digits =
      fmt::format("{:03}{:08}", static_cast<int>(submitted.year()) - 1911, serial % 100'000'000);
  return digits + static_cast<char>('0' + check_digit(digits));
}

bool is_application_number(std::string_view number) {
  return number.size() == 12 &&
         std::ranges::all_of(number, [](char digit) { return digit >= '0' && digit <= '9'; }) &&
         check_digit(number.substr(0, 11)) == number[11] - '0';
}

}  // namespace minben::casework
