#include "der_reader.hpp"

#include "der.hpp"

namespace minben::trust::der {

std::optional<Element> Reader::next() {
  const auto wrong = [&] {
    fault_ = fault_ || !rest_.empty();
    rest_ = {};
    return std::nullopt;
  };
  if (rest_.size() < 2 || (rest_[0] & 0x1f) == 0x1f) return wrong();
  std::size_t length = rest_[1], header = 2;
  if (length >= 0x80) {
    const std::size_t bytes = length & 0x7f;
    if (bytes == 0 || bytes > 4 || rest_.size() < 2 + bytes || rest_[2] == 0) return wrong();
    length = 0;
    for (std::size_t i = 0; i < bytes; ++i) length = (length << 8) | rest_[2 + i];
    if (length < 0x80) return wrong();  // has a shorter form
    header += bytes;
  }
  if (rest_.size() - header < length) return wrong();
  const Element found{rest_[0], rest_.subspan(header, length), rest_.first(header + length)};
  rest_ = rest_.subspan(header + length);
  return found;
}

std::optional<Element> Reader::next(std::uint8_t tag) {
  if (rest_.empty() || rest_[0] != tag) return std::nullopt;
  return next();
}

std::optional<Element> only(Octets bytes, std::uint8_t tag) {
  Reader reader(bytes);
  auto found = reader.next(tag);
  if (!reader.at_end()) return std::nullopt;
  return found;
}

std::optional<Instant> read_time(const Element& element) {
  const std::size_t year_digits = element.tag == generalized_time ? 4 : 2;
  if ((element.tag != utc_time && element.tag != generalized_time) ||
      element.content.size() != year_digits + 11 || element.content.back() != 'Z')
    return std::nullopt;
  for (const std::uint8_t c : element.content.first(year_digits + 10))
    if (c < '0' || c > '9') return std::nullopt;
  std::size_t at = 0;
  const auto number = [&](std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) value = value * 10 + (element.content[at++] - '0');
    return value;
  };
  int year = number(year_digits);
  if (year_digits == 2) year += year < 50 ? 2000 : 1900;
  const auto month = static_cast<unsigned>(number(2)), day = static_cast<unsigned>(number(2));
  const int hour = number(2), minute = number(2), second = number(2);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (year < 1950 || !date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Instant(std::chrono::sys_days(date)) + hours(hour) + minutes(minute) + seconds(second);
}

}  // namespace minben::trust::der
