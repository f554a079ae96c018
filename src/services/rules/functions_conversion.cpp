// Conversion and boolean functions (DMN 1.5 §10.3.4.1, .2): string, number, date, time, … not, is.
#include "builtin.hpp"
#include "compare.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {
template <class T>
Value or_null(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

Value string_(Machine& machine, Arguments a) {
  if (a[0].is_null()) return {};
  std::string text = to_text(a[0]);
  return machine.allow_text(text.size()) ? Value(std::move(text)) : Value();
}

/// A separator argument: missing or null is none; nullopt when it is not one of `allowed`.
std::optional<std::string> separator_at(Arguments a, std::size_t i, std::string_view allowed) {
  if (argument(a, i).is_null()) return std::string();
  const std::string* text = string_at(a, i);
  if (!text || text->size() != 1 || allowed.find(*text) == allowed.npos) return std::nullopt;
  return *text;
}
Value number_(Machine&, Arguments a) {
  const std::string* from = string_at(a, 0);
  const auto grouping = separator_at(a, 1, " .,"), point = separator_at(a, 2, ".,");
  if (!from || !grouping || !point || (!grouping->empty() && *grouping == *point)) return {};
  std::string plain;
  for (const char c : *from) {
    if (!grouping->empty() && c == grouping->front()) continue;
    plain += !point->empty() && c == point->front() ? '.' : c;
  }
  return or_null(Decimal::parse(plain));
}

Value not_(Machine&, Arguments a) {
  const bool* truth = item_of(a[0]).boolean();
  return truth ? Value(!*truth) : Value();
}

/// Same kind, value and, for times, the same way to say the zone.
bool identical(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.time() || a.date_time()) {
    const ClockTime& x = a.time() ? *a.time() : a.date_time()->time;
    const ClockTime& y = b.time() ? *b.time() : b.date_time()->time;
    return x.zone == y.zone && equal(a, b).value_or(false);
  }
  return equal(a, b).value_or(false);
}
Value is_(Machine&, Arguments a) { return identical(a[0], a[1]); }

Value date_(Machine&, Arguments a) {
  if (a.size() == 3) {
    const auto year = integer_at(a, 0), month = integer_at(a, 1), day = integer_at(a, 2);
    return year && month && day ? or_null(make_date(*year, *month, *day)) : Value();
  }
  const Value& from = item_of(argument(a, 0));
  if (a.size() != 1) return {};
  if (from.date()) return from;
  if (from.date_time()) return from.date_time()->date;
  return from.string() ? or_null(parse_calendar_date(*from.string())) : Value();
}

Value time_from_parts(Arguments a) {
  const auto hour = integer_at(a, 0), minute = integer_at(a, 1);
  const Decimal* second = number_at(a, 2);
  const auto nanos = second ? multiply(*second, Decimal::from(nanos_a_second)) : std::nullopt;
  const auto whole = nanos ? round_to(*nanos, 0, Rounding::down) : std::nullopt;
  const auto integer = whole ? whole->to_integer() : std::nullopt;
  if (!hour || !minute || !integer) return {};
  std::optional<Zone> zone = Zone{};
  if (!argument(a, 3).is_null()) {
    const TimeDuration* offset = item_of(a[3]).duration();
    zone = offset && offset->nano == 0 ? fixed_zone(offset->seconds) : std::nullopt;
  }
  return zone ? or_null(make_time(*hour, *minute, *integer, *zone)) : Value();
}
Value time_(Machine&, Arguments a) {
  if (a.size() > 1) return time_from_parts(a);
  const Value& from = item_of(argument(a, 0));
  if (from.time()) return from;
  if (from.date_time()) return from.date_time()->time;
  if (from.date()) return ClockTime{0, 0, *fixed_zone(0)};
  return from.string() ? or_null(parse_clock_time(*from.string())) : Value();
}

Value date_and_time(Machine&, Arguments a) {
  const Value& from = item_of(argument(a, 0));
  if (a.size() == 2) {
    const Value& time = item_of(a[1]);
    if (!time.time() || (!from.date() && !from.date_time())) return {};
    return DateTime{from.date() ? *from.date() : from.date_time()->date, *time.time()};
  }
  if (a.size() != 1) return {};
  if (from.date_time()) return from;
  if (from.date()) return DateTime{*from.date(), {}};
  if (!from.string()) return {};
  if (const auto date = parse_calendar_date(*from.string())) return DateTime{*date, {}};
  return or_null(parse_date_time(*from.string()));
}

Value duration_(Machine&, Arguments a) {
  const Value& from = item_of(argument(a, 0));
  if (from.months() || from.duration()) return from;
  if (!from.string()) return {};
  if (const auto months = parse_months_duration(*from.string())) return *months;
  return or_null(parse_time_duration(*from.string()));
}

constexpr Builtin functions[] = {
    {"string", "from", string_},
    {"number", "from, grouping separator?, decimal separator?", number_},
    {"not", "negand", not_},
    {"is", "value1, value2", is_},
    {"date", "from|year, month, day", date_},
    {"time", "from|hour, minute, second, offset?", time_},
    {"date and time", "from|date, time", date_and_time},
    {"duration", "from", duration_},
};
}  // namespace

std::span<const Builtin> conversion_functions() { return functions; }

}  // namespace minben::rules
