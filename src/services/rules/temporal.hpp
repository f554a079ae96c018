#pragma once
// Calendar, clock and durations of FEEL: parsing, writing and arithmetic. Nothing here depends on
// when or where the program runs; named zones come from the system's IANA database.
#include <optional>
#include <string>
#include <string_view>

#include "value.hpp"

namespace minben::rules {

__extension__ using Nanos = __int128;  ///< nanoseconds; years ±10⁹ do not fit in 64 bits
inline constexpr std::int64_t seconds_a_day = 86'400;
inline constexpr std::int64_t nanos_a_second = 1'000'000'000;
inline constexpr std::int64_t max_year = 999'999'999;

// Dates
int days_in_month(std::int64_t year, int month);
std::optional<CalendarDate> make_date(std::int64_t year, std::int64_t month, std::int64_t day);
std::int64_t day_number(CalendarDate date);  ///< days since 1970-01-01
std::optional<CalendarDate> date_of(std::int64_t day_number);
int weekday(CalendarDate date);      ///< 1 = Monday … 7 = Sunday
int day_of_year(CalendarDate date);  ///< 1..366
int iso_week(CalendarDate date);     ///< 1..53
/// The last day of the month when the day does not exist; nullopt beyond the calendar.
std::optional<CalendarDate> plus_months(CalendarDate date, std::int64_t months);

// Zones
std::optional<Zone> find_zone(std::string_view iana_name);
std::optional<Zone> fixed_zone(std::int64_t offset_s);  ///< within ±18 hours
std::string zone_name(const Zone& zone);                ///< of a named zone
/// Seconds east of UTC at that local moment; nullopt without a zone.
std::optional<std::int32_t> offset_of(const DateTime& moment);
std::optional<std::int32_t> offset_of(const ClockTime& time);

// Times and moments
std::optional<ClockTime> make_time(std::int64_t hour, std::int64_t minute, Nanos nanos, Zone zone);
Nanos nanos_of_day(const ClockTime& time);
/// Nanoseconds from 1970-01-01T00:00 in UTC; a local one is taken as UTC.
Nanos instant_of(const DateTime& moment);
std::optional<DateTime> plus_nanos(const DateTime& moment, Nanos nanos);
ClockTime plus_nanos(const ClockTime& time, Nanos nanos);  ///< wraps at midnight

// Durations
Nanos nanos_of(const TimeDuration& duration);
std::optional<TimeDuration> duration_of(Nanos nanos);

// Text, as XML Schema writes it with FEEL's "@Zone/Name"
std::optional<CalendarDate> parse_calendar_date(std::string_view text);
std::optional<ClockTime> parse_clock_time(std::string_view text);
std::optional<DateTime> parse_date_time(std::string_view text);
std::optional<MonthsDuration> parse_months_duration(std::string_view text);
std::optional<TimeDuration> parse_time_duration(std::string_view text);
/// Any of them, as in @"…"; null when it is none.
Value parse_temporal(std::string_view text);
std::string to_text(CalendarDate date);
std::string to_text(const ClockTime& time);
std::string to_text(const DateTime& moment);
std::string to_text(MonthsDuration duration);
std::string to_text(TimeDuration duration);

}  // namespace minben::rules
