#include <fmt/format.h>

#include "temporal.hpp"

namespace minben::rules {

namespace {
/// Reads a text from the left; every function leaves it untouched when it does not match.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}

  [[nodiscard]] bool done() const { return left_.empty(); }
  [[nodiscard]] std::string_view left() const { return left_; }
  [[nodiscard]] std::size_t count_digits() const {
    std::size_t n = 0;
    while (n < left_.size() && left_[n] >= '0' && left_[n] <= '9') ++n;
    return n;
  }
  bool take(char c) {
    if (left_.empty() || left_.front() != c) return false;
    left_.remove_prefix(1);
    return true;
  }
  std::optional<std::int64_t> digits(std::size_t least, std::size_t most) {
    const std::size_t n = count_digits();
    if (n < least || n > most) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : left_.substr(0, n)) value = value * 10 + (c - '0');
    left_.remove_prefix(n);
    return value;
  }
  /// The digits after a point as nanoseconds; further digits are cut off.
  std::optional<std::int64_t> fraction(std::size_t least = 1) {
    const std::size_t n = count_digits();
    if (n < least || n > 30) return std::nullopt;
    std::int64_t value = 0;
    for (std::size_t i = 0; i < 9; ++i) value = value * 10 + (i < n ? left_[i] - '0' : 0);
    left_.remove_prefix(n);
    return value;
  }

 private:
  std::string_view left_;
};

std::optional<CalendarDate> take_date(Reader& in) {
  const bool negative = in.take('-');
  const std::size_t width = in.count_digits();
  const bool padded = width > 4 && in.left().front() == '0';  // "02021" is no year of XML Schema
  const auto year = in.digits(4, 9);
  if (!year || padded || (negative && *year == 0) || !in.take('-')) return std::nullopt;
  const auto month = in.digits(2, 2);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.digits(2, 2);
  if (!day) return std::nullopt;
  return make_date(negative ? -*year : *year, *month, *day);
}

std::optional<Zone> take_offset(Reader& in) {
  const bool negative = in.left().starts_with('-');
  if (!in.take('+') && !in.take('-')) return std::nullopt;
  const auto hours = in.digits(2, 2);
  if (!hours || !in.take(':')) return std::nullopt;
  const auto minutes = in.digits(2, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  std::int64_t seconds = 0;
  if (in.take(':')) {
    const auto read = in.digits(2, 2);
    if (!read || *read > 59) return std::nullopt;
    seconds = *read;
  }
  const std::int64_t total = *hours * 3600 + *minutes * 60 + seconds;
  return fixed_zone(negative ? -total : total);
}

std::optional<Zone> take_zone(Reader& in) {
  if (in.done()) return Zone{};
  if (in.take('Z')) return fixed_zone(0);
  if (!in.take('@')) return take_offset(in);
  const auto zone = find_zone(in.left());
  in = Reader({});
  return zone;
}

std::optional<ClockTime> take_time(Reader& in) {
  const auto hour = in.digits(2, 2);
  if (!hour || !in.take(':')) return std::nullopt;
  const auto minute = in.digits(2, 2);
  if (!minute || !in.take(':')) return std::nullopt;
  const auto second = in.digits(2, 2);
  if (!second || *second > 59) return std::nullopt;
  std::int64_t nanos = 0;
  if (in.take('.')) {
    const auto fraction = in.fraction();
    if (!fraction) return std::nullopt;
    nanos = *fraction;
  }
  const auto zone = take_zone(in);
  if (!zone || !in.done()) return std::nullopt;
  return make_time(*hour, *minute, Nanos{*second} * nanos_a_second + nanos, *zone);
}

constexpr std::size_t most_duration_digits = 15;

/// Reads "12Y", "3M" … in the order of `units`; each at most once. nullopt when nothing was read.
std::optional<std::vector<std::int64_t>> take_parts(Reader& in, std::string_view units) {
  std::vector<std::int64_t> parts(units.size(), 0);
  bool any = false;
  std::size_t next = 0;
  while (!in.done() && in.count_digits() > 0) {
    const auto number = in.digits(1, most_duration_digits);
    if (!number || in.done()) return std::nullopt;
    const std::size_t unit = units.find(in.left().front(), next);
    if (unit == units.npos) return std::nullopt;
    in.take(units[unit]);
    parts[unit] = *number;
    next = unit + 1;
    any = true;
  }
  if (!any) return std::nullopt;
  return parts;
}

std::optional<Nanos> take_clock_part(Reader& in) {
  constexpr std::string_view units = "HMS";
  constexpr std::int64_t seconds_of[] = {3600, 60, 1};
  Nanos total = 0;
  std::size_t next = 0;
  while (!in.done()) {
    const auto number = in.digits(1, most_duration_digits);
    if (!number) return std::nullopt;
    std::int64_t nanos = 0;
    const bool fractional = in.take('.');
    if (fractional) {
      const auto read = in.fraction(0);
      if (!read) return std::nullopt;
      nanos = *read;
    }
    const std::size_t unit = in.done() ? units.npos : units.find(in.left().front(), next);
    if (unit == units.npos || (fractional && unit != 2)) return std::nullopt;
    in.take(units[unit]);
    total += Nanos{*number} * seconds_of[unit] * nanos_a_second + nanos;
    next = unit + 1;
  }
  return next == 0 ? std::nullopt : std::optional(total);
}
}  // namespace

std::optional<CalendarDate> parse_calendar_date(std::string_view text) {
  Reader in(text);
  const auto date = take_date(in);
  return in.done() ? date : std::nullopt;
}
std::optional<ClockTime> parse_clock_time(std::string_view text) {
  Reader in(text);
  return take_time(in);
}
std::optional<DateTime> parse_date_time(std::string_view text) {
  Reader in(text);
  const auto date = take_date(in);
  if (!date || !in.take('T')) return std::nullopt;
  // XML Schema 2 §3.2.7: the end of a day is the beginning of the next.
  const bool end_of_day = in.left().starts_with("24:00:00");
  const std::string begin = end_of_day ? "00" + std::string(in.left().substr(2)) : "";
  if (end_of_day) in = Reader(begin);
  const auto time = take_time(in);
  if (!time || (end_of_day && nanos_of_day(*time) != 0)) return std::nullopt;
  if (!end_of_day) return DateTime{*date, *time};
  const auto next = date_of(day_number(*date) + 1);
  return next ? std::optional(DateTime{*next, *time}) : std::nullopt;
}

std::optional<MonthsDuration> parse_months_duration(std::string_view text) {
  Reader in(text);
  const bool negative = in.take('-');
  if (!in.take('P')) return std::nullopt;
  const auto parts = take_parts(in, "YM");
  if (!parts || !in.done()) return std::nullopt;
  const std::int64_t months = (*parts)[0] * 12 + (*parts)[1];
  return MonthsDuration{negative ? -months : months};
}

std::optional<TimeDuration> parse_time_duration(std::string_view text) {
  Reader in(text);
  const bool negative = in.take('-');
  if (!in.take('P')) return std::nullopt;
  Nanos total = 0;
  if (in.count_digits() > 0) {
    const auto days = in.digits(1, most_duration_digits);
    if (!days || !in.take('D')) return std::nullopt;
    total = Nanos{*days} * seconds_a_day * nanos_a_second;
    if (in.done()) return duration_of(negative ? -total : total);
  }
  if (!in.take('T')) return std::nullopt;
  const auto clock = take_clock_part(in);
  if (!clock) return std::nullopt;
  total += *clock;
  return duration_of(negative ? -total : total);
}

Value parse_temporal(std::string_view text) {
  if (const auto date = parse_calendar_date(text)) return *date;
  if (const auto moment = parse_date_time(text)) return *moment;
  if (const auto time = parse_clock_time(text)) return *time;
  if (const auto months = parse_months_duration(text)) return *months;
  if (const auto duration = parse_time_duration(text)) return *duration;
  return {};
}

std::string to_text(CalendarDate date) {
  return fmt::format("{}{:04}-{:02}-{:02}", date.year < 0 ? "-" : "",
                     date.year < 0 ? -date.year : date.year, date.month, date.day);
}

namespace {
std::string fraction_text(std::uint32_t nano) {
  if (nano == 0) return {};
  std::string out = fmt::format(".{:09}", nano);
  out.erase(out.find_last_not_of('0') + 1);
  return out;
}
std::string zone_text(const Zone& zone) {
  if (zone.name == Zone::none) return {};
  if (zone.name != Zone::fixed) return "@" + zone_name(zone);
  if (zone.offset_s == 0) return "Z";
  const int seconds = zone.offset_s < 0 ? -zone.offset_s : zone.offset_s;
  std::string out = fmt::format("{}{:02}:{:02}", zone.offset_s < 0 ? '-' : '+', seconds / 3600,
                                seconds / 60 % 60);
  if (seconds % 60 != 0) out += fmt::format(":{:02}", seconds % 60);
  return out;
}
}  // namespace

std::string to_text(const ClockTime& time) {
  return fmt::format("{:02}:{:02}:{:02}{}{}", time.second / 3600, time.second / 60 % 60,
                     time.second % 60, fraction_text(time.nano), zone_text(time.zone));
}
std::string to_text(const DateTime& moment) {
  return to_text(moment.date) + "T" + to_text(moment.time);
}

std::string to_text(MonthsDuration duration) {
  if (duration.months == 0) return "P0M";
  const std::int64_t months = duration.months < 0 ? -duration.months : duration.months;
  std::string out = duration.months < 0 ? "-P" : "P";
  if (months / 12 != 0) out += fmt::format("{}Y", months / 12);
  if (months % 12 != 0) out += fmt::format("{}M", months % 12);
  return out;
}

std::string to_text(TimeDuration duration) {
  Nanos nanos = nanos_of(duration);
  if (nanos == 0) return "PT0S";
  std::string out = nanos < 0 ? "-P" : "P";
  if (nanos < 0) nanos = -nanos;
  const auto seconds = static_cast<std::int64_t>(nanos / nanos_a_second);
  const auto nano = static_cast<std::uint32_t>(nanos % nanos_a_second);
  const std::int64_t of_day = seconds % seconds_a_day;
  if (seconds >= seconds_a_day) out += fmt::format("{}D", seconds / seconds_a_day);
  if (of_day == 0 && nano == 0) return out;
  out += 'T';
  if (of_day / 3600 != 0) out += fmt::format("{}H", of_day / 3600);
  if (of_day / 60 % 60 != 0) out += fmt::format("{}M", of_day / 60 % 60);
  if (of_day % 60 != 0 || nano != 0) out += fmt::format("{}{}S", of_day % 60, fraction_text(nano));
  return out;
}

}  // namespace minben::rules
