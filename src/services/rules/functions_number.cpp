// Numeric functions (DMN 1.5 §10.3.4.5).
#include "builtin.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {
template <Rounding rounding>
Value rounded(Machine&, Arguments a) {
  const Decimal* number = number_at(a, 0);
  const auto scale = a.size() > 1 ? integer_at(a, 1) : 0;
  if (!number || !scale) return {};
  return or_null(round_to(*number, *scale, rounding));
}

Value decimal_(Machine&, Arguments a) {
  const Decimal *number = number_at(a, 0), *scale = number_at(a, 1);
  if (!number || !scale) return {};
  const auto whole = round_to(*scale, 0, Rounding::down);
  const auto digits = whole ? whole->to_integer() : std::nullopt;
  return digits ? or_null(round_to(*number, *digits, Rounding::half_even)) : Value();
}

Value abs_(Machine&, Arguments a) {
  const Value& value = item_of(argument(a, 0));
  if (value.number()) return absolute(*value.number());
  if (value.months())
    return MonthsDuration{value.months()->months < 0 ? -value.months()->months
                                                     : value.months()->months};
  if (!value.duration()) return {};
  const Nanos nanos = nanos_of(*value.duration());
  const auto positive = duration_of(nanos < 0 ? -nanos : nanos);
  return positive ? Value(*positive) : Value();
}

Value modulo_(Machine&, Arguments a) {
  const Decimal *dividend = number_at(a, 0), *divisor = number_at(a, 1);
  return dividend && divisor ? or_null(modulo(*dividend, *divisor)) : Value();
}

template <std::optional<Decimal> (*function)(Decimal)>
Value of_number(Machine&, Arguments a) {
  const Decimal* number = number_at(a, 0);
  return number ? or_null(function(*number)) : Value();
}

template <bool odd>
Value parity(Machine&, Arguments a) {
  const Decimal* number = number_at(a, 0);
  const auto rest = number ? modulo(*number, Decimal::from(2)) : std::nullopt;
  if (!rest) return {};
  return *rest == Decimal::from(odd ? 1 : 0);
}

constexpr Builtin functions[] = {
    {"decimal", "n, scale", decimal_},
    {"floor", "n, scale?", rounded<Rounding::floor>},
    {"ceiling", "n, scale?", rounded<Rounding::ceiling>},
    {"round up", "n, scale?", rounded<Rounding::up>},
    {"round down", "n, scale?", rounded<Rounding::down>},
    {"round half up", "n, scale?", rounded<Rounding::half_up>},
    {"round half down", "n, scale?", rounded<Rounding::half_down>},
    {"abs", "n", abs_},
    {"modulo", "dividend, divisor", modulo_},
    {"sqrt", "number", of_number<square_root>},
    {"log", "number", of_number<natural_log>},
    {"exp", "number", of_number<exponential>},
    {"odd", "number", parity<true>},
    {"even", "number", parity<false>},
};
}  // namespace

std::span<const Builtin> number_functions() { return functions; }

}  // namespace minben::rules
