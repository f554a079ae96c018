#include "moments.hpp"

#include <fmt/format.h>

namespace minben::intake {

namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t minute_us = 60 * second_us;
constexpr std::int64_t hour_us = 60 * minute_us;
constexpr std::int64_t day_us = 24 * hour_us;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes parts off the front of a text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::size_t spaces() {
    std::size_t count = 0;
    while (take(" ")) ++count;
    return count;
  }
  /// The digits in front, at most `most` of them.
  std::string_view digits(std::size_t most) {
    std::size_t size = 0;
    while (size < rest_.size() && size < most && is_digit(rest_[size])) ++size;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
};

int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

std::optional<Date> make_date(int year, std::string_view month, std::string_view day) {
  const Date date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(number(month))),
                  std::chrono::day(static_cast<unsigned>(number(day)))};
  return date.ok() && year >= 1 && year <= 9999 ? std::optional(date) : std::nullopt;
}

/// 8 digits, or 7 and 6 of the Republic's years.
bool compact_date(std::string_view digits, Moment& moment) {
  const std::size_t year_digits = digits.size() - 4;
  int year = number(digits.substr(0, year_digits));
  if (year_digits == 4 ? year < 1800 || year > 2200 : year < (year_digits == 2 ? 40 : 1))
    return false;
  if (year_digits < 4) {
    if (year > 300) return false;
    year += 1911;
    moment.spellings |= roc_spelling;
  }
  const auto date = make_date(year, digits.substr(year_digits, 2), digits.substr(year_digits + 2));
  if (!date) return false;
  moment.date = *date;
  moment.spellings |= compact_spelling;
  return true;
}

/// "115年11月30日", after its year.
bool date_in_words(Scanner& scan, int year, Moment& moment) {
  scan.spaces();
  const std::string_view month = scan.digits(2);
  scan.spaces();
  if (month.empty() || !scan.take("月")) return false;
  scan.spaces();
  const std::string_view day = scan.digits(2);
  scan.spaces();
  if (day.empty() || !(scan.take("日") || scan.take("號"))) return false;
  const auto date = make_date(year, month, day);
  if (date) moment.date = *date;
  moment.spellings |= separator_spelling;
  return date.has_value();
}

bool date_with_separators(Scanner& scan, std::string_view year_text, int year, Moment& moment) {
  std::string_view separator;
  for (const std::string_view one : {"-", "/", "."})
    if (scan.take(one)) separator = one;
  if (separator.empty()) return false;
  const std::string_view month = scan.digits(2);
  if (month.empty() || !scan.take(separator)) return false;
  const std::string_view day = scan.digits(2);
  if (day.empty()) return false;
  // "1.2.3" is a number of a section, "02-11-30" nobody's year
  if (year_text.size() == 2 && (number(year_text) < 40 || month.size() + day.size() != 4))
    return false;
  if (year_text.size() < 2) return false;
  const auto date = make_date(year, month, day);
  if (!date) return false;
  moment.date = *date;
  if (separator != "-" || month.size() != 2 || day.size() != 2 || year_text.size() != 4)
    moment.spellings |= separator_spelling;
  return true;
}

bool take_date(Scanner& scan, Moment& moment) {
  bool republic = false;
  if (!scan.done() && !is_digit(scan.rest().front())) {
    scan.take("中華");
    republic = scan.take("民國");
    if (!republic) scan.take("西元");
    scan.spaces();
  }
  const std::string_view before = scan.rest();
  const std::string_view run = scan.digits(15);
  if (!republic && (run.size() == 8 || run.size() == 14)) {
    if (run.size() == 14) scan = Scanner(before.substr(8));
    return compact_date(run.substr(0, 8), moment);
  }
  if (run.size() == 7 || run.size() == 6) return compact_date(run, moment);
  if (run.empty() || run.size() > 4) return false;
  int year = number(run);
  if (republic || run.size() < 4) {
    if (run.size() == 4 || year == 0) return false;
    year += 1911;
    moment.spellings |= roc_spelling;
  }
  scan.spaces();
  if (scan.take("年")) return date_in_words(scan, year, moment);
  return scan.rest().size() == before.size() - run.size() &&
         date_with_separators(scan, run, year, moment);
}

enum class Half { none, morning, afternoon };
Half take_half(Scanner& scan) {
  if (scan.done() || is_digit(scan.rest().front())) return Half::none;
  for (const std::string_view word : {"上午", "凌晨", "早上", "AM", "am", "A.M.", "a.m."})
    if (scan.take(word)) return Half::morning;
  for (const std::string_view word : {"下午", "晚上", "中午", "PM", "pm", "P.M.", "p.m."})
    if (scan.take(word)) return Half::afternoon;
  return Half::none;
}

/// ":05:09.25", "時05分09秒"; false when broken.
bool take_minutes(Scanner& scan, Moment& moment) {
  const bool words = scan.take("時") || scan.take("點");
  if (!words && !scan.take(":")) return false;
  if (words) moment.spellings |= hour_spelling;
  const std::string_view minute = scan.digits(2);
  if (minute.empty()) return words;
  if (number(minute) > 59 || (words ? !scan.take("分") : minute.size() != 2)) return false;
  moment.microseconds += number(minute) * minute_us;
  const bool more = words ? !scan.done() && is_digit(scan.rest().front()) : scan.take(":");
  if (!more) return true;
  const std::string_view second = scan.digits(2);
  if (second.size() != 2 || number(second) > 60) return false;
  moment.microseconds += std::min(number(second), 59) * second_us;
  if (number(second) == 60) moment.spellings |= hour_spelling;
  if (scan.take(".")) {
    const std::string_view fraction = scan.digits(12);
    if (fraction.empty()) return false;
    if (fraction.size() > 6) moment.spellings |= hour_spelling;
    std::string six(fraction.substr(0, 6));
    six.resize(6, '0');
    moment.microseconds += number(six);
  }
  return !words || scan.take("秒");
}

/// An offset makes it Taiwan's time; false when broken.
bool take_offset(Scanner& scan, Moment& moment) {
  constexpr std::int64_t taiwan = 8 * hour_us;
  if (scan.take("Z") || scan.take("z") || scan.take("UTC") || scan.take("GMT")) {
    moment.microseconds += taiwan;
  } else {
    const bool west = scan.rest().starts_with("-");
    if (!scan.take("+") && !scan.take("-")) return true;
    const std::string_view hour = scan.digits(2);
    scan.take(":");
    const std::string_view minute = scan.digits(2);
    if (hour.size() != 2 || (minute.size() != 2 && !minute.empty()) || number(hour) > 18 ||
        number(minute) > 59)
      return false;
    const std::int64_t offset = number(hour) * hour_us + number(minute) * minute_us;
    moment.microseconds += taiwan + (west ? offset : -offset);
  }
  moment.spellings |= offset_spelling;
  return true;
}

bool take_time(Scanner& scan, Moment& moment) {
  Half half = take_half(scan);
  if (half != Half::none) scan.spaces();
  const std::string_view hour_text = scan.digits(2);
  if (hour_text.empty()) return false;
  int hour = number(hour_text);
  moment.has_time = true;
  if (hour_text.size() != 2) moment.spellings |= hour_spelling;
  if (!take_minutes(scan, moment)) return false;
  if (half == Half::none) {
    scan.spaces();
    half = take_half(scan);
  }
  if (half != Half::none) {
    if (hour > 12) return false;
    hour = hour % 12 + (half == Half::afternoon ? 12 : 0);
    moment.spellings |= hour_spelling;
  }
  if (hour > 24 || (hour == 24 && moment.microseconds > 0)) return false;
  if (hour == 24) moment.spellings |= hour_spelling;
  moment.microseconds += hour * hour_us;
  scan.spaces();
  return take_offset(scan, moment);
}

/// "140509" after eight digits.
bool take_compact_time(Scanner& scan, Moment& moment) {
  const std::string_view digits = scan.digits(6);
  if (digits.size() != 6) return false;
  const int hour = number(digits.substr(0, 2)), minute = number(digits.substr(2, 2)),
            second = number(digits.substr(4, 2));
  if (hour > 23 || minute > 59 || second > 59) return false;
  moment.microseconds = hour * hour_us + minute * minute_us + second * second_us;
  moment.has_time = true;
  return scan.done();
}

/// Two digits as their number; 100 when they are none.
int two_digits(const char* p) {
  return is_digit(p[0]) && is_digit(p[1]) ? (p[0] - '0') * 10 + (p[1] - '0') : 100;
}

/// "2026-11-30" and "2026-11-30 14:05:00": most dates of tidy files.
bool parse_canonical(std::string_view text, Moment& moment) {
  const char* const p = text.data();
  const int century = two_digits(p), year = two_digits(p + 2), month = two_digits(p + 5),
            day = two_digits(p + 8);
  if (p[4] != '-' || p[7] != '-' || century > 99 || year > 99 || century + year == 0) return false;
  moment.date = Date{std::chrono::year(century * 100 + year),
                     std::chrono::month(static_cast<unsigned>(month)),
                     std::chrono::day(static_cast<unsigned>(day))};
  if (!moment.date.ok()) return false;
  if (text.size() == 10) return true;
  const int hour = two_digits(p + 11), minute = two_digits(p + 14), second = two_digits(p + 17);
  if (p[10] != ' ' || p[13] != ':' || p[16] != ':' || hour > 23 || minute > 59 || second > 59)
    return false;
  moment.has_time = true;
  moment.microseconds = hour * hour_us + minute * minute_us + second * second_us;
  return true;
}

std::optional<Moment> parse_in_parts(std::string_view text) {
  if (text.size() < 6 || text.size() > 60) return std::nullopt;
  if (!is_digit(text.front()) && static_cast<unsigned char>(text.front()) < 0x80)
    return std::nullopt;
  Moment moment;
  Scanner scan(text);
  if (!take_date(scan, moment)) return std::nullopt;
  if (scan.done()) return moment;
  if ((moment.spellings & compact_spelling) != 0 && is_digit(scan.rest().front()))
    return take_compact_time(scan, moment) ? std::optional(moment) : std::nullopt;
  if (!scan.take("T")) {
    const auto is_word = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    const bool after_word = is_word(text[text.size() - scan.rest().size() - 1]);
    const std::size_t spaces = scan.spaces();
    if (spaces != 1) moment.spellings |= space_spelling;
    if (spaces == 0 && !after_word && !is_word(scan.rest().front())) return std::nullopt;
  }
  if (!take_time(scan, moment) || !scan.done()) return std::nullopt;
  // Noon of another offset, or 24:00, may be another day in Taiwan.
  const std::int64_t shift = moment.microseconds >= day_us ? 1 : moment.microseconds < 0 ? -1 : 0;
  moment.microseconds -= shift * day_us;
  moment.date = add_days(moment.date, static_cast<int>(shift));
  return moment;
}

}  // namespace

std::optional<Moment> parse_moment(std::string_view text) {
  if (text.size() == 10 || text.size() == 19)
    if (Moment moment; parse_canonical(text, moment)) return moment;
  return parse_in_parts(text);
}

std::string timestamp_text(const Moment& moment) {
  const std::int64_t fraction = moment.microseconds % second_us;
  const std::int64_t whole = moment.microseconds / second_us;
  std::string text = fmt::format("{} {:02}:{:02}:{:02}", minben::to_string(moment.date),
                                 whole / 3600, whole / 60 % 60, whole % 60);
  if (fraction != 0) text += fmt::format(".{:06}", fraction);
  return text;
}

}  // namespace minben::intake
