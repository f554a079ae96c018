#include "payment_provider/card.hpp"

namespace outside::payment {

namespace {

std::string without_spaces(std::string_view typed) {
  std::string digits;
  for (const char c : typed) {
    if (c != ' ' && c != '-') digits += c;
  }
  return digits;
}

bool passes_luhn(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const int digit = digits[digits.size() - 1 - i] - '0';
    const int counted = i % 2 == 1 ? digit * 2 : digit;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return sum % 10 == 0;
}

}  // namespace

std::optional<CardFault> check_card(std::string_view typed) {
  const std::string digits = without_spaces(typed);
  if (digits.empty()) return CardFault::missing;
  const bool only_digits = digits.find_first_not_of("0123456789") == std::string::npos;
  if (!only_digits || digits.size() < 13 || digits.size() > 19 || !passes_luhn(digits)) {
    return CardFault::not_a_card;
  }
  return std::nullopt;
}

bool is_declined(std::string_view typed) { return without_spaces(typed).ends_with("0002"); }

}  // namespace outside::payment
