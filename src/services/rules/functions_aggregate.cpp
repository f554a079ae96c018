// min, max, sum, mean, all, any, product, median, stddev, mode: of one list, or of the arguments.
#include <algorithm>

#include "builtin.hpp"
#include "compare.hpp"
#include "nodes.hpp"

namespace minben::rules {

namespace {
std::span<const Value> items_of(Arguments a) {
  if (a.size() == 1 && a[0].list()) return *a[0].list();
  return a;
}

template <bool smallest>
Value extreme(Machine& machine, Arguments a) {
  const auto items = items_of(a);
  if (items.empty()) return {};
  const Value* best = &items.front();
  for (const Value& item : items) {
    const auto ordering = machine.step() ? order(item, *best) : std::nullopt;
    if (!ordering) return {};
    if (smallest ? *ordering < 0 : *ordering > 0) best = &item;
  }
  return *best;
}

std::optional<std::vector<Decimal>> numbers_of(Machine& machine, std::span<const Value> items) {
  std::vector<Decimal> numbers;
  for (const Value& item : items) {
    if (!item.number() || !machine.step()) return std::nullopt;
    numbers.push_back(*item.number());
  }
  return numbers;
}

Value sum(Machine& machine, Arguments a) {
  const auto items = items_of(a);
  if (items.empty()) return {};
  const ValueKind kind = items.front().kind();
  if (kind != ValueKind::number && kind != ValueKind::months_duration &&
      kind != ValueKind::time_duration)
    return {};
  Value total = items.front();
  for (const Value& item : items.subspan(1)) {
    if (item.kind() != kind || !machine.step()) return {};
    total = calculate(machine, Operator::add, total, item);
  }
  return total;
}
std::optional<Decimal> total_of(const std::vector<Decimal>& numbers) {
  std::optional<Decimal> total = Decimal::from(0);
  for (const Decimal& number : numbers) {
    total = add(*total, number);
    if (!total) return std::nullopt;
  }
  return total;
}
Decimal size_of(const std::vector<Decimal>& numbers) {
  return Decimal::from(static_cast<std::int64_t>(numbers.size()));
}

Value mean(Machine& machine, Arguments a) {
  const Value total = sum(machine, a);
  const auto count = static_cast<std::int64_t>(items_of(a).size());
  return total.is_null() ? Value()
                         : calculate(machine, Operator::divide, total, Value::number(count));
}

Value product(Machine& machine, Arguments a) {
  const auto numbers = numbers_of(machine, items_of(a));
  if (!numbers || numbers->empty()) return {};
  std::optional<Decimal> out = Decimal::from(1);
  for (const Decimal& number : *numbers) {
    out = multiply(*out, number);
    if (!out) return {};
  }
  return *out;
}

Value median(Machine& machine, Arguments a) {
  auto numbers = numbers_of(machine, items_of(a));
  if (!numbers || numbers->empty()) return {};
  std::ranges::sort(*numbers);
  const std::size_t middle = numbers->size() / 2;
  if (numbers->size() % 2 == 1) return (*numbers)[middle];
  const auto both = add((*numbers)[middle - 1], (*numbers)[middle]);
  return both ? or_null(divide(*both, Decimal::from(2))) : Value();
}

/// The sample standard deviation, divided by n - 1.
std::optional<Decimal> deviation_of(const std::vector<Decimal>& numbers) {
  const auto total = total_of(numbers);
  const auto average = total ? divide(*total, size_of(numbers)) : std::nullopt;
  if (!average) return std::nullopt;
  std::vector<Decimal> squares;
  for (const Decimal& number : numbers) {
    const auto distance = subtract(number, *average);
    const auto square = distance ? multiply(*distance, *distance) : std::nullopt;
    if (!square) return std::nullopt;
    squares.push_back(*square);
  }
  const auto sum_of_squares = total_of(squares);
  const auto variance = sum_of_squares
                            ? divide(*sum_of_squares, *subtract(size_of(numbers), Decimal::from(1)))
                            : std::nullopt;
  return variance ? square_root(*variance) : std::nullopt;
}
Value stddev(Machine& machine, Arguments a) {
  const auto numbers = numbers_of(machine, items_of(a));
  return numbers && numbers->size() > 1 ? or_null(deviation_of(*numbers)) : Value();
}

Value mode(Machine& machine, Arguments a) {
  auto numbers = numbers_of(machine, items_of(a));
  if (!numbers) return {};
  std::ranges::sort(*numbers);
  List best;
  std::ptrdiff_t most = 0;
  for (auto at = numbers->begin(); at != numbers->end();) {
    const auto next = std::find_if(at, numbers->end(), [&](const Decimal& n) { return n != *at; });
    if (next - at > most) best.clear();
    if (next - at >= most) best.emplace_back(*at);
    most = std::max(most, next - at);
    at = next;
  }
  return best;
}

/// all: false wins; any: true wins; otherwise null when something is not a boolean.
template <bool is_all>
Value quantify(Machine& machine, Arguments a) {
  bool unknown = false;
  for (const Value& item : items_of(a)) {
    if (!machine.step()) return {};
    if (item.boolean() && *item.boolean() != is_all) return !is_all;
    unknown = unknown || !item.boolean();
  }
  return unknown ? Value() : Value(is_all);
}

constexpr Builtin functions[] = {
    {"min", "list|c...", extreme<true>},
    {"max", "list|c...", extreme<false>},
    {"sum", "list|n...", sum},
    {"mean", "list|n...", mean},
    {"product", "list|n...", product},
    {"median", "list|n...", median},
    {"stddev", "list|n...", stddev},
    {"mode", "list|n...", mode},
    {"all", "list|b...", quantify<true>},
    {"any", "list|b...", quantify<false>},
};
}  // namespace

std::span<const Builtin> aggregate_functions() { return functions; }

}  // namespace minben::rules
