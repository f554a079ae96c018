// Arithmetic of numbers, strings, dates, times and durations (DMN 1.5 §10.3.2.11).
#include <fmt/format.h>

#include "nodes.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {
template <class T>
Value or_null(Machine& machine, std::optional<T> value, std::string_view why) {
  return value ? Value(*value) : machine.null(why);
}

Value number_result(Machine& machine, Operator op, Decimal a, Decimal b) {
  switch (op) {
    case Operator::add:
      return or_null(machine, add(a, b), "number out of range");
    case Operator::subtract:
      return or_null(machine, subtract(a, b), "number out of range");
    case Operator::multiply:
      return or_null(machine, multiply(a, b), "number out of range");
    case Operator::divide:
      return or_null(machine, divide(a, b),
                     is_zero(b) ? "division by zero" : "number out of range");
    case Operator::power:
      return or_null(machine, power(a, b), "no such power");
  }
  return {};
}

Decimal decimal_of(Nanos nanos) {
  // Two exact halves: 10^18 parts fit in 64 bits, and the sum has fewer than 34 digits.
  constexpr std::int64_t half = 1'000'000'000'000'000'000;
  const auto high = Decimal::from(static_cast<std::int64_t>(nanos / half));
  const auto low = Decimal::from(static_cast<std::int64_t>(nanos % half));
  return *add(*multiply(high, Decimal::from(half)), low);
}
std::optional<Nanos> nanos_of_decimal(Decimal value) {
  constexpr std::int64_t half = 1'000'000'000'000'000'000;
  const auto whole = round_to(value, 0, Rounding::down);
  if (!whole) return std::nullopt;
  const auto high = divide(*whole, Decimal::from(half));
  if (!high) return std::nullopt;
  const auto high_part = round_to(*high, 0, Rounding::down);
  const auto high_integer = high_part ? high_part->to_integer() : std::nullopt;
  if (!high_integer) return std::nullopt;
  const auto rest = subtract(*whole, *multiply(*high_part, Decimal::from(half)));
  const auto low = rest ? rest->to_integer() : std::nullopt;
  if (!low) return std::nullopt;
  return Nanos{*high_integer} * half + *low;
}

std::optional<Decimal> scaled(Operator op, Decimal a, Decimal b) {
  return op == Operator::multiply ? multiply(a, b) : divide(a, b);
}
Value scaled_months(Machine& machine, Operator op, MonthsDuration a, Decimal b) {
  const auto result = scaled(op, Decimal::from(a.months), b);
  const auto whole = result ? round_to(*result, 0, Rounding::down) : std::nullopt;
  const auto months = whole ? whole->to_integer() : std::nullopt;
  return months ? Value(MonthsDuration{*months}) : machine.null("duration out of range");
}
Value scaled_time(Machine& machine, Operator op, TimeDuration a, Decimal b) {
  const auto result = scaled(op, decimal_of(nanos_of(a)), b);
  const auto nanos = result ? nanos_of_decimal(*result) : std::nullopt;
  const auto duration = nanos ? duration_of(*nanos) : std::nullopt;
  return or_null(machine, duration, "duration out of range");
}

/// duration × number, number × duration, duration ÷ number, duration ÷ duration; nullopt for
/// others.
std::optional<Value> product(Machine& machine, Operator op, const Value& a, const Value& b) {
  if (op == Operator::multiply && a.number() && !b.number()) return product(machine, op, b, a);
  if (a.months() && b.number()) return scaled_months(machine, op, *a.months(), *b.number());
  if (a.duration() && b.number()) return scaled_time(machine, op, *a.duration(), *b.number());
  if (op != Operator::divide) return std::nullopt;
  if (a.months() && b.months())
    return or_null(machine,
                   divide(Decimal::from(a.months()->months), Decimal::from(b.months()->months)),
                   "division by zero");
  if (a.duration() && b.duration())
    return or_null(machine,
                   divide(decimal_of(nanos_of(*a.duration())), decimal_of(nanos_of(*b.duration()))),
                   "division by zero");
  return std::nullopt;
}

std::optional<DateTime> moment_of(const Value& value) {
  if (value.date()) return DateTime{*value.date(), ClockTime{0, 0, *fixed_zone(0)}};
  return value.date_time() ? std::optional(*value.date_time()) : std::nullopt;
}

std::optional<Value> shifted(const Value& a, std::int64_t months, Nanos nanos) {
  if (const CalendarDate* date = a.date()) {
    const auto by_months = plus_months(*date, months);
    const auto moment = by_months ? plus_nanos(DateTime{*by_months, {}}, nanos) : std::nullopt;
    return moment ? Value(moment->date) : Value();
  }
  if (const DateTime* start = a.date_time()) {
    const auto date = plus_months(start->date, months);
    const auto moment = date ? plus_nanos(DateTime{*date, start->time}, nanos) : std::nullopt;
    return moment ? Value(*moment) : Value();
  }
  if (a.time() && months == 0) return plus_nanos(*a.time(), nanos);
  return std::nullopt;
}

/// moment ± duration, duration ± duration; nullopt for others.
std::optional<Value> with_duration(Machine& machine, const Value& a, const Value& b, int sign) {
  if (const MonthsDuration* months = b.months()) {
    std::int64_t sum = 0;
    if (const auto* other = a.months())
      return __builtin_add_overflow(other->months, sign * months->months, &sum)
                 ? machine.null("duration out of range")
                 : Value(MonthsDuration{sum});
    return a.time() ? std::nullopt : shifted(a, sign * months->months, 0);
  }
  if (const TimeDuration* duration = b.duration()) {
    const Nanos nanos = sign * nanos_of(*duration);
    if (a.duration())
      return or_null(machine, duration_of(nanos_of(*a.duration()) + nanos),
                     "duration out of range");
    return shifted(a, 0, nanos);
  }
  return std::nullopt;
}

std::optional<Value> difference(Machine& machine, const Value& a, const Value& b) {
  if (a.time() && b.time()) {
    const auto x = offset_of(*a.time()), y = offset_of(*b.time());
    if (x.has_value() != y.has_value())
      return machine.null("one time has a zone, the other has none");
    const Nanos shift = Nanos{y.value_or(0) - x.value_or(0)} * nanos_a_second;
    return or_null(machine, duration_of(nanos_of_day(*a.time()) - nanos_of_day(*b.time()) + shift),
                   "");
  }
  const auto x = moment_of(a), y = moment_of(b);
  if (!x || !y) return std::nullopt;
  if ((x->time.zone.name == Zone::none) != (y->time.zone.name == Zone::none))
    return machine.null("one moment has a zone, the other has none");
  return or_null(machine, duration_of(instant_of(*x) - instant_of(*y)), "duration out of range");
}

std::optional<Value> sum(Machine& machine, const Value& a, const Value& b) {
  if (a.string() && b.string()) {
    if (!machine.allow_text(a.string()->size() + b.string()->size())) return Value();
    return Value(*a.string() + *b.string());
  }
  if (auto value = with_duration(machine, a, b, 1)) return value;
  return b.duration() || b.months() ? std::nullopt : with_duration(machine, b, a, 1);
}
}  // namespace

Value calculate(Machine& machine, Operator op, const Value& a, const Value& b) {
  if (a.number() && b.number()) return number_result(machine, op, *a.number(), *b.number());
  std::optional<Value> value;
  if (op == Operator::add) value = sum(machine, a, b);
  if (op == Operator::subtract) {
    value = with_duration(machine, a, b, -1);
    if (!value) value = difference(machine, a, b);
  }
  if (op == Operator::multiply || op == Operator::divide) value = product(machine, op, a, b);
  if (value) return std::move(*value);
  constexpr std::string_view verbs[] = {"add", "subtract", "multiply", "divide", "raise"};
  return machine.null(fmt::format("cannot {} {} and {}", verbs[static_cast<int>(op)],
                                  name_of(a.kind()), name_of(b.kind())));
}

Value negate(Machine& machine, const Value& value) {
  if (value.number()) return negate(*value.number());
  if (value.months()) return MonthsDuration{-value.months()->months};
  if (value.duration())
    return or_null(machine, duration_of(-nanos_of(*value.duration())), "duration out of range");
  return value.is_null() ? Value()
                         : machine.null(fmt::format("cannot negate a {}", name_of(value.kind())));
}

}  // namespace minben::rules
