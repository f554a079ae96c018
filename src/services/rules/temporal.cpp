#include "temporal.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>

#include <date/tz.h>
#include <fmt/format.h>

namespace minben::rules {

namespace {
constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0); }
constexpr Nanos floor_div(Nanos a, Nanos b) { return a / b - (a % b < 0); }
constexpr bool is_leap(std::int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
}  // namespace

int days_in_month(std::int64_t year, int month) {
  constexpr int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

std::optional<CalendarDate> make_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (year < -max_year || year > max_year || month < 1 || month > 12 || day < 1)
    return std::nullopt;
  if (day > days_in_month(year, static_cast<int>(month))) return std::nullopt;
  return CalendarDate{static_cast<std::int32_t>(year), static_cast<std::uint8_t>(month),
                      static_cast<std::uint8_t>(day)};
}

// The calendar repeats every 400 years (146,097 days); years counted from March make the leap day
// last.
std::int64_t day_number(CalendarDate date) {
  const std::int64_t y = date.year - (date.month <= 2);
  const std::int64_t era = floor_div(y, 400), year_of_era = y - era * 400;
  const std::int64_t month = date.month + (date.month > 2 ? -3 : 9);
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
                                  (153 * month + 2) / 5 + date.day - 1;
  return era * 146'097 + day_of_era - 719'468;
}

std::optional<CalendarDate> date_of(std::int64_t day_number) {
  const std::int64_t shifted = day_number + 719'468;
  const std::int64_t era = floor_div(shifted, 146'097), doe = shifted - era * 146'097;
  const std::int64_t yoe = (doe - doe / 1460 + doe / 36'524 - doe / 146'096) / 365;
  const std::int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::int64_t mp = (5 * doy + 2) / 153;
  const std::int64_t month = mp < 10 ? mp + 3 : mp - 9;
  return make_date(era * 400 + yoe + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1);
}

int weekday(CalendarDate date) {
  const std::int64_t since_thursday = day_number(date) + 3;  // 1970-01-01 was a Thursday
  return static_cast<int>(since_thursday - floor_div(since_thursday, std::int64_t{7}) * 7) + 1;
}
int day_of_year(CalendarDate date) {
  return static_cast<int>(day_number(date) - day_number({date.year, 1, 1})) + 1;
}
int iso_week(CalendarDate date) {
  const auto thursday = date_of(day_number(date) + 4 - weekday(date));
  return thursday ? (day_of_year(*thursday) - 1) / 7 + 1 : 1;
}

std::optional<CalendarDate> plus_months(CalendarDate date, std::int64_t months) {
  if (months > 30'000'000'000 || months < -30'000'000'000) return std::nullopt;
  const std::int64_t count = std::int64_t{date.year} * 12 + date.month - 1 + months;
  const std::int64_t year = floor_div(count, std::int64_t{12});
  const int month = static_cast<int>(count - year * 12) + 1;
  return make_date(year, month, std::min<int>(date.day, days_in_month(year, month)));
}

// Named zones are interned: a value carries a small number, the name is looked up when written.
namespace {
class ZoneNames {
 public:
  std::optional<std::uint32_t> number_of(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    if (const auto found = numbers_.find(name); found != numbers_.end()) return found->second;
    const auto* zone = locate(name);
    if (!zone) return std::nullopt;
    const auto number = static_cast<std::uint32_t>(zones_.size()) + first;
    zones_.push_back({std::string(name), zone});
    numbers_.emplace(name, number);
    return number;
  }
  std::pair<std::string, const date::time_zone*> at(std::uint32_t number) {
    const std::scoped_lock lock(mutex_);
    return zones_.at(number - first);
  }

 private:
  static const date::time_zone* locate(std::string_view name) {
    constexpr std::size_t longest = 64;
    if (name.empty() || name.size() > longest) return nullptr;
    try {  // the library has no other way to say "no such zone"
      return date::locate_zone(std::string(name));
    } catch (const std::exception&) {
      return nullptr;
    }
  }
  static constexpr std::uint32_t first = Zone::fixed + 1;
  std::mutex mutex_;
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<std::pair<std::string, const date::time_zone*>> zones_;
};
ZoneNames& zone_names() {
  static ZoneNames names;
  return names;
}
}  // namespace

std::optional<Zone> find_zone(std::string_view iana_name) {
  const auto number = zone_names().number_of(iana_name);
  return number ? std::optional(Zone{*number, 0}) : std::nullopt;
}
std::optional<Zone> fixed_zone(std::int64_t offset_s) {
  constexpr std::int64_t most = 18 * 3600;
  if (offset_s < -most || offset_s > most) return std::nullopt;
  return Zone{Zone::fixed, static_cast<std::int32_t>(offset_s)};
}
std::string zone_name(const Zone& zone) { return zone_names().at(zone.name).first; }

std::optional<std::int32_t> offset_of(const DateTime& moment) {
  const Zone& zone = moment.time.zone;
  if (zone.name == Zone::none) return std::nullopt;
  if (zone.name == Zone::fixed) return zone.offset_s;
  // The database knows years near ours; others get the rules of the nearest.
  CalendarDate near = moment.date;
  near.year = std::clamp(near.year, -30'000, 30'000);
  near.day =
      static_cast<std::uint8_t>(std::min<int>(near.day, days_in_month(near.year, near.month)));
  const date::local_seconds local{
      std::chrono::seconds(day_number(near) * seconds_a_day + moment.time.second)};
  try {
    const auto info = zone_names().at(zone.name).second->get_info(local);
    return static_cast<std::int32_t>(info.first.offset.count());
  } catch (const std::exception&) {
    return 0;
  }
}
std::optional<std::int32_t> offset_of(const ClockTime& time) {
  // A time of day has no date; the zone's standard offset of a fixed winter day stands for it.
  return offset_of(DateTime{{2000, 1, 1}, time});
}

std::optional<ClockTime> make_time(std::int64_t hour, std::int64_t minute, Nanos nanos, Zone zone) {
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  if (nanos < 0 || nanos >= Nanos{60} * nanos_a_second) return std::nullopt;
  return ClockTime{
      static_cast<std::uint32_t>(hour * 3600 + minute * 60 + std::int64_t(nanos / nanos_a_second)),
      static_cast<std::uint32_t>(nanos % nanos_a_second), zone};
}
Nanos nanos_of_day(const ClockTime& time) {
  return Nanos{time.second} * nanos_a_second + time.nano;
}

Nanos instant_of(const DateTime& moment) {
  const Nanos seconds =
      Nanos{day_number(moment.date)} * seconds_a_day - offset_of(moment).value_or(0);
  return seconds * nanos_a_second + nanos_of_day(moment.time);
}

namespace {
ClockTime clock_at(Nanos nanos_of_day, Zone zone) {
  return {static_cast<std::uint32_t>(nanos_of_day / nanos_a_second),
          static_cast<std::uint32_t>(nanos_of_day % nanos_a_second), zone};
}
constexpr Nanos nanos_a_day = Nanos{seconds_a_day} * nanos_a_second;
}  // namespace

std::optional<DateTime> plus_nanos(const DateTime& moment, Nanos nanos) {
  const Nanos total =
      Nanos{day_number(moment.date)} * nanos_a_day + nanos_of_day(moment.time) + nanos;
  const Nanos day = floor_div(total, nanos_a_day);
  constexpr Nanos most = Nanos{400'000'000'000};
  if (day > most || day < -most) return std::nullopt;
  const auto date = date_of(static_cast<std::int64_t>(day));
  if (!date) return std::nullopt;
  return DateTime{*date, clock_at(total - day * nanos_a_day, moment.time.zone)};
}
ClockTime plus_nanos(const ClockTime& time, Nanos nanos) {
  const Nanos total = nanos_of_day(time) + nanos;
  return clock_at(total - floor_div(total, nanos_a_day) * nanos_a_day, time.zone);
}

Nanos nanos_of(const TimeDuration& duration) {
  return Nanos{duration.seconds} * nanos_a_second + duration.nano;
}
std::optional<TimeDuration> duration_of(Nanos nanos) {
  const Nanos seconds = floor_div(nanos, Nanos{nanos_a_second});
  if (seconds > INT64_MAX || seconds < INT64_MIN) return std::nullopt;
  return TimeDuration{static_cast<std::int64_t>(seconds),
                      static_cast<std::int32_t>(nanos - seconds * nanos_a_second)};
}

}  // namespace minben::rules
