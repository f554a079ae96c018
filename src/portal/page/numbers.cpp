#include "numbers.hpp"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "core/digits.hpp"

namespace minben::page {

namespace {

constexpr double exact_integers = 9e15;

std::string without_zeros(std::string text) {
  if (text.find('.') == std::string::npos) return text;
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text == "-0" ? "0" : text;
}

}  // namespace

std::string number_text(double value) {
  if (!std::isfinite(value)) return "–";
  if (std::abs(value) >= exact_integers) return fmt::format("{:.4g}", value);
  if (value == std::floor(value)) return group_digits(static_cast<std::int64_t>(value));
  const int before = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1;
  const int decimals = std::clamp(4 - before, 0, 8);
  if (std::abs(value) < 1e-8) return fmt::format("{:.3g}", value);
  const std::string text = without_zeros(fmt::format("{:.{}f}", value, std::max(decimals, 1)));
  const std::size_t point = text.find('.');
  const std::string whole = text.substr(0, point);
  const std::string grouped = group_digits(static_cast<std::int64_t>(std::stoll(whole)));
  return (whole.starts_with('-') && grouped == "0" ? "-0" : grouped) +
         (point == std::string::npos ? "" : text.substr(point));
}

std::string short_number(double value, Language language) {
  using Unit = std::pair<double, std::string_view>;
  static constexpr std::initializer_list<Unit> chinese{{1e12, "兆"}, {1e8, "億"}, {1e4, "萬"}};
  static constexpr std::initializer_list<Unit> english{
      {1e12, "T"}, {1e9, "B"}, {1e6, "M"}, {1e4, "k"}};
  for (const auto& [from, name] : language == Language::zh_hant ? chinese : english)
    if (std::abs(value) >= from) {
      const double base = name == "k" ? 1e3 : from;
      return without_zeros(fmt::format("{:.2f}", value / base)) + std::string(name);
    }
  return number_text(value);
}

std::string bytes_text(std::int64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1000) return fmt::format("{} B", bytes);
  if (bytes < 1'000'000) return fmt::format("{:.0f} kB", value / 1e3);
  if (bytes < 1'000'000'000) return fmt::format("{:.1f} MB", value / 1e6);
  return fmt::format("{:.1f} GB", value / 1e9);
}

std::string value_text(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_double()) return fmt::format("{}", value.get_double());
  if (const auto* text = value.if_string()) return std::string(*text);
  return write_json(value);
}

}  // namespace minben::page
