// Calendar functions (DMN 1.5 §10.3.4.7, .8) and today() and now().
#include "builtin.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {
std::optional<CalendarDate> date_at(Arguments a, std::size_t i) {
  const Value& value = item_of(argument(a, i));
  if (value.date()) return *value.date();
  return value.date_time() ? std::optional(value.date_time()->date) : std::nullopt;
}

template <int (*part)(CalendarDate)>
Value number_of(Machine&, Arguments a) {
  const auto date = date_at(a, 0);
  return date ? Value::number(part(*date)) : Value();
}

Value day_of_week(Machine&, Arguments a) {
  constexpr const char* names[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                   "Friday", "Saturday", "Sunday"};
  const auto date = date_at(a, 0);
  return date ? Value(names[weekday(*date) - 1]) : Value();
}
Value month_of_year(Machine&, Arguments a) {
  constexpr const char* names[] = {"January",   "February", "March",    "April",
                                   "May",       "June",     "July",     "August",
                                   "September", "October",  "November", "December"};
  const auto date = date_at(a, 0);
  return date ? Value(names[date->month - 1]) : Value();
}

/// Whole months from one day to another; the time of day does not count.
Value years_and_months(Machine&, Arguments a) {
  const auto from = date_at(a, 0), to = date_at(a, 1);
  if (!from || !to) return {};
  std::int64_t months = (std::int64_t{to->year} - from->year) * 12 + to->month - from->month;
  if (months > 0 && to->day < from->day) --months;
  if (months < 0 && to->day > from->day) ++months;
  return MonthsDuration{months};
}

std::optional<DateTime> now_of(const Machine& machine) {
  const Options& options = machine.options();
  if (!options.now) return std::nullopt;
  const std::int64_t micros = options.now->time_since_epoch().count();
  const Nanos shift = Nanos{options.utc_offset_s} * nanos_a_second;
  const auto zone = fixed_zone(options.utc_offset_s);
  return zone ? plus_nanos(DateTime{{1970, 1, 1}, {0, 0, *zone}}, Nanos{micros} * 1000 + shift)
              : std::nullopt;
}
Value now(Machine& machine, Arguments) {
  const auto moment = now_of(machine);
  return moment ? Value(*moment) : machine.null("now() was called without a clock");
}
Value today(Machine& machine, Arguments) {
  const auto moment = now_of(machine);
  return moment ? Value(moment->date) : machine.null("today() was called without a clock");
}

constexpr Builtin functions[] = {
    {"day of year", "date", number_of<day_of_year>},
    {"week of year", "date", number_of<iso_week>},
    {"day of week", "date", day_of_week},
    {"month of year", "date", month_of_year},
    {"years and months duration", "from, to", years_and_months},
    {"now", "", now},
    {"today", "", today},
};
}  // namespace

std::span<const Builtin> temporal_functions() { return functions; }

}  // namespace minben::rules
