#include "register_check.hpp"

#include <array>

namespace minben::identity {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'A' && c <= 'Z'; }

std::string without_gaps(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '-' || c == '\t') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return out;
}

/// The weights of household registration: the letter stands for two digits, weighing 1 and 9.
bool check_digit_fits(std::string_view number) {
  constexpr std::string_view order = "ABCDEFGHJKLMNPQRSTUVXYWZIO";
  const int letter = 10 + static_cast<int>(order.find(number.front()));
  int sum = letter / 10 + letter % 10 * 9 + (number[9] - '0');
  for (std::size_t i = 1; i <= 8; ++i) sum += (number[i] - '0') * (9 - static_cast<int>(i));
  return sum % 10 == 0;
}

bool is_national_id(std::string_view text) {
  return text.size() == 10 && is_letter(text[0]) && (text[1] == '1' || text[1] == '2') &&
         std::ranges::all_of(text.substr(1), is_digit) && check_digit_fits(text);
}

bool is_household_number(std::string_view text) {
  return text.size() == 8 &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || is_letter(c); });
}

bool is_card_number(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, is_digit);
}

std::unexpected<Error> wrong(std::string_view field) {
  return fail(Kind::invalid, field, "not of the form that these numbers have", field);
}

}  // namespace

Result<RegisterQuestion> normal_question(RegisterQuestion question) {
  for (std::string* text :
       {&question.national_id, &question.household_number, &question.health_card_number})
    *text = without_gaps(*text);
  if (!is_national_id(question.national_id)) return wrong("national_id");
  if (!is_household_number(question.household_number)) return wrong("household_number");
  if (!question.health_card_number.empty() && !is_card_number(question.health_card_number))
    return wrong("health_card_number");
  return question;
}

}  // namespace minben::identity
