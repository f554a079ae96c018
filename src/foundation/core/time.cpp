#include "core/time.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace minben {

using namespace std::chrono;

namespace {
constexpr hours taiwan_offset{8};
constexpr std::array<std::string_view, 12> month_names = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};

int number(Date date, char part) {
  if (part == 'y') return int{date.year()};
  return static_cast<int>(part == 'm' ? unsigned{date.month()} : unsigned{date.day()});
}

/// Reads exactly `digits` decimal digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return value;
}
bool take_char(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<Date> take_date(std::string_view& text) {
  const auto y = take_digits(text, 4);
  if (!y || !take_char(text, '-')) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || !take_char(text, '-')) return std::nullopt;
  const auto d = take_digits(text, 2);
  if (!d) return std::nullopt;
  const Date date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
  return date.ok() ? std::optional(date) : std::nullopt;
}

std::optional<microseconds> take_fraction(std::string_view& text) {
  if (!take_char(text, '.')) return microseconds{0};
  std::int64_t micros = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 6) micros = micros * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  if (digits == 0 || digits > 9) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return microseconds{micros};
}

std::optional<minutes> take_offset(std::string_view& text) {
  if (take_char(text, 'Z') || take_char(text, 'z')) return minutes{0};
  const bool plus = !text.empty() && text.front() == '+';
  if (!plus && (text.empty() || text.front() != '-')) return std::nullopt;
  text.remove_prefix(1);
  const auto h = take_digits(text, 2);
  if (!h || *h > 23 || !take_char(text, ':')) return std::nullopt;
  const auto m = take_digits(text, 2);
  if (!m || *m > 59) return std::nullopt;
  const minutes offset = hours{*h} + minutes{*m};
  return plus ? offset : -offset;
}
}  // namespace

Instant SystemClock::now() const { return time_point_cast<microseconds>(system_clock::now()); }

Instant VirtualClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}
void VirtualClock::advance(microseconds by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
}
void VirtualClock::set(Instant to) {
  const std::lock_guard lock(mutex_);
  now_ = to;
}

namespace {
/// By hand: lists of datasets have thousands of times in them.
void append_digits(std::string& out, std::int64_t number, int width) {
  std::array<char, 6> digits{};
  for (int i = width; i-- > 0; number /= 10)
    digits.at(static_cast<std::size_t>(i)) = static_cast<char>('0' + number % 10);
  out.append(digits.data(), static_cast<std::size_t>(width));
}
}  // namespace

std::string to_string(Instant instant) {
  const auto midnight = floor<days>(instant);
  const hh_mm_ss time(instant - midnight);
  std::string text = to_string(Date{midnight});
  append_digits(text += 'T', time.hours().count(), 2);
  append_digits(text += ':', time.minutes().count(), 2);
  append_digits(text += ':', time.seconds().count(), 2);
  if (time.subseconds().count() != 0) append_digits(text += '.', time.subseconds().count(), 6);
  return text += 'Z';
}

Result<Instant> parse_instant(std::string_view text) {
  const auto bad = [] {
    return fail(Kind::invalid, "not_an_instant", "expected RFC 3339 date-time");
  };
  const auto date = take_date(text);
  if (!date || (!take_char(text, 'T') && !take_char(text, 't') && !take_char(text, ' ')))
    return bad();
  const auto h = take_digits(text, 2);
  if (!h || *h > 23 || !take_char(text, ':')) return bad();
  const auto m = take_digits(text, 2);
  if (!m || *m > 59 || !take_char(text, ':')) return bad();
  const auto s = take_digits(text, 2);
  if (!s || *s > 60) return bad();
  const auto fraction = take_fraction(text);
  if (!fraction) return bad();
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return bad();
  return Instant{sys_days{*date}} + hours{*h} + minutes{*m} + seconds{*s} + *fraction - *offset;
}

std::string to_string(Date date) {
  const auto year = number(date, 'y');
  if (year < 0 || year > 9999)
    return fmt::format("{:04}-{:02}-{:02}", year, number(date, 'm'), number(date, 'd'));
  std::string text;
  append_digits(text, year, 4);
  append_digits(text += '-', number(date, 'm'), 2);
  append_digits(text += '-', number(date, 'd'), 2);
  return text;
}

Result<Date> parse_date(std::string_view text) {
  const auto date = take_date(text);
  if (!date || !text.empty())
    return fail(Kind::invalid, "not_a_date", "expected an existing day as YYYY-MM-DD");
  return *date;
}

Date taiwan_date(Instant instant) { return floor<days>(instant + taiwan_offset); }
Instant taiwan_midnight(Date date) { return Instant{sys_days{date}} - taiwan_offset; }

Date add_days(Date date, int count) { return sys_days{date} + days{count}; }
Date add_months(Date date, int count) {
  const Date moved = date + months{count};
  return moved.ok() ? moved : Date{moved.year() / moved.month() / last};
}
Date add_years(Date date, int count) { return add_months(date, 12 * count); }
int days_between(Date from, Date to) {
  return static_cast<int>((sys_days{to} - sys_days{from}).count());
}

std::string long_date(Date date, Language language) {
  const int y = number(date, 'y'), m = number(date, 'm'), d = number(date, 'd');
  if (language == Language::en) return fmt::format("{} {} {}", d, month_names[m - 1], y);
  if (y < 1912) return fmt::format("民國前{}年{}月{}日", 1912 - y, m, d);
  return fmt::format("民國{}年{}月{}日", y - 1911, m, d);
}

std::string long_time(Instant instant, Language language) {
  const auto local = instant + taiwan_offset;
  const hh_mm_ss time(local - floor<days>(local));
  const std::string clock =
      fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
  const std::string date = long_date(taiwan_date(instant), language);
  return language == Language::en ? date + ", " + clock : date + " " + clock;
}

std::string roc_digits(Date date) {
  return fmt::format("{:03}{:02}{:02}", number(date, 'y') - 1911, number(date, 'm'),
                     number(date, 'd'));
}

Result<Date> parse_roc_digits(std::string_view text) {
  const auto bad = [] {
    return fail(Kind::invalid, "not_a_roc_date", "expected 7 digits YYYMMDD");
  };
  if (text.size() != 7) return bad();
  const auto y = take_digits(text, 3), m = take_digits(text, 2), d = take_digits(text, 2);
  if (!y || *y == 0 || !m || !d) return bad();
  const Date date{year{*y + 1911}, month{static_cast<unsigned>(*m)},
                  day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return bad();
  return date;
}

}  // namespace minben
