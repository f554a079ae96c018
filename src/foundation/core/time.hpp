#pragma once
// Time comes in through a Clock. Civil dates are proleptic Gregorian; Taiwan is UTC+8 without
// daylight saving since 1980, so no zone database is needed for it.
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/text.hpp"

namespace minben {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;  ///< UTC
using Date = std::chrono::year_month_day;                          ///< a civil date
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Thread-safe in all implementations.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Instant now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override;
};

/// Stands still until told otherwise.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Instant start) : now_(start) {}
  [[nodiscard]] Instant now() const override;
  void advance(microseconds by);
  void set(Instant to);  ///< also backwards

 private:
  mutable std::mutex mutex_;
  Instant now_;
};

/// RFC 3339 in UTC with microseconds when there are any: "2026-11-23T04:05:06Z".
std::string to_string(Instant instant);
/// RFC 3339 with any offset; up to nanoseconds are read, and cut to microseconds.
Result<Instant> parse_instant(std::string_view text);

std::string to_string(Date date);                ///< "2026-11-23"
Result<Date> parse_date(std::string_view text);  ///< exactly YYYY-MM-DD and a day that exists

/// Today's date in Taiwan, and the instant at which a date begins there (UTC+8).
Date taiwan_date(Instant instant);
Instant taiwan_midnight(Date date);

Date add_days(Date date, int count);
Date add_months(Date date, int count);  ///< the last day of the month when the day does not exist
Date add_years(Date date, int count);
int days_between(Date from, Date to);  ///< negative when `to` is earlier

/// "民國115年11月23日" / "23 November 2026". Years before 1912 are written "民國前N年".
std::string long_date(Date date, Language language);
/// Date and time of day in Taiwan, to the minute.
std::string long_time(Instant instant, Language language);
/// 7 digits, "1151123", as forms of Taiwan's agencies write it. Years 1 to 999 of the Republic.
std::string roc_digits(Date date);
Result<Date> parse_roc_digits(std::string_view text);

}  // namespace minben
