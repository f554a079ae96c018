#include "axis.hpp"

#include <algorithm>

#include "compare.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {
/// Does the node depend on nothing but its text? Then it may be run without variables.
bool is_fixed(const Node* node) {
  if (!node || node->constant()) return true;
  if (const auto* negation = dynamic_cast<const Negation*>(node))
    return is_fixed(negation->operand.get());
  if (const auto* range = dynamic_cast<const RangeOf*>(node))
    return is_fixed(range->low.get()) && is_fixed(range->high.get());
  if (const auto* list = dynamic_cast<const ListOf*>(node))
    return std::ranges::all_of(list->items,
                               [](const NodePtr& item) { return is_fixed(item.get()); });
  if (const auto* call = dynamic_cast<const Call*>(node)) {
    const Value* function = call->function->constant();
    const bool timeless = function && function->function() &&
                          function->function()->name() != "now" &&
                          function->function()->name() != "today";
    return timeless &&
           std::ranges::all_of(call->arguments, [](const NodePtr& a) { return is_fixed(a.get()); });
  }
  return false;
}

struct Cuts {
  Machine& machine;
  std::vector<Value> values;
  bool ordered = false;  ///< some test looks at less or greater

  void add(const Value& value) {
    if (const Range* range = value.range()) {
      ordered = ordered || range->form == Range::Form::interval;
      if (!range->low.is_null()) add(range->low);
      if (!range->high.is_null()) add(range->high);
    } else if (const List* list = value.list()) {
      for (const Value& item : *list) add(item);
    } else if (!value.is_null()) {
      values.push_back(value);
    }
  }
  bool add_test(const Node* test) {
    if (!test || dynamic_cast<const AnyTest*>(test)) return true;
    if (const auto* list = dynamic_cast<const TestList*>(test))
      return std::ranges::all_of(list->tests, [&](const NodePtr& t) { return add_test(t.get()); });
    if (const auto* logic = dynamic_cast<const Logic*>(test))
      return std::ranges::all_of(logic->operands,
                                 [&](const NodePtr& t) { return add_test(t.get()); });
    if (const auto* compare = dynamic_cast<const CompareTest*>(test)) {
      ordered = ordered || (compare->comparison != Comparison::equal &&
                            compare->comparison != Comparison::not_equal);
      return add_fixed(compare->end.get());
    }
    const auto* value = dynamic_cast<const ValueTest*>(test);
    return value && !value->uses_input && add_fixed(value->value.get());
  }
  bool add_fixed(const Node* node) {
    if (!is_fixed(node)) return false;
    add(node->run(machine));
    return true;
  }
};

Value midpoint(const Value& a, const Value& b) {
  if (a.number()) {
    const auto sum = add(*a.number(), *b.number());
    const auto half = sum ? divide(*sum, Decimal::from(2)) : std::nullopt;
    return half ? Value(*half) : Value();
  }
  if (a.string()) return *a.string() + " ";
  if (a.date()) {
    const auto date = date_of((day_number(*a.date()) + day_number(*b.date())) / 2);
    return date ? Value(*date) : Value();
  }
  if (a.date_time()) {
    const auto middle =
        plus_nanos(*a.date_time(), (instant_of(*b.date_time()) - instant_of(*a.date_time())) / 2);
    return middle ? Value(*middle) : Value();
  }
  if (a.time())
    return plus_nanos(*a.time(), (nanos_of_day(*b.time()) - nanos_of_day(*a.time())) / 2);
  if (a.months()) return MonthsDuration{(a.months()->months + b.months()->months) / 2};
  if (a.duration()) {
    const auto middle = duration_of((nanos_of(*a.duration()) + nanos_of(*b.duration())) / 2);
    return middle ? Value(*middle) : Value();
  }
  return {};
}
/// A value below or above all others of its kind in the table; null when there is none.
Value beyond(const Value& end, int direction) {
  if (const Decimal* number = end.number()) {
    const auto next = add(*number, Decimal::from(direction));
    return next ? Value(*next) : Value();
  }
  if (const std::string* text = end.string())
    return direction > 0 ? Value(*text + "~") : text->empty() ? Value() : Value("");
  if (const CalendarDate* date = end.date()) {
    const auto next = date_of(day_number(*date) + direction);
    return next ? Value(*next) : Value();
  }
  if (const DateTime* moment = end.date_time()) {
    const auto next = plus_nanos(*moment, Nanos{direction} * seconds_a_day * nanos_a_second);
    return next ? Value(*next) : Value();
  }
  if (const ClockTime* time = end.time()) {
    const bool room = direction > 0 ? time->second < 86'399 : time->second > 0;
    return room ? Value(plus_nanos(*time, Nanos{direction} * nanos_a_second)) : Value();
  }
  if (const MonthsDuration* months = end.months())
    return MonthsDuration{months->months + direction};
  if (const TimeDuration* duration = end.duration())
    return TimeDuration{duration->seconds + direction, duration->nano};
  return {};
}

std::vector<Value> ordered_regions(const std::vector<Value>& cuts) {
  std::vector<Value> regions{beyond(cuts.front(), -1)};
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    regions.push_back(cuts[i]);
    if (i + 1 == cuts.size()) break;
    Value middle = midpoint(cuts[i], cuts[i + 1]);
    // Neighbouring days or months have nothing between them.
    const auto above = order(cuts[i], middle), below = order(middle, cuts[i + 1]);
    if (above && below && *above < 0 && *below < 0) regions.push_back(std::move(middle));
  }
  regions.push_back(beyond(cuts.back(), 1));
  std::erase_if(regions, [](const Value& region) { return region.is_null(); });
  return regions;
}
std::vector<Value> separate_regions(std::vector<Value> cuts) {
  if (cuts.front().string()) {
    std::string other = "anything else";
    while (std::ranges::any_of(cuts, [&](const Value& cut) { return same(cut, other); }))
      other += '!';
    cuts.emplace_back(other);
  }
  return cuts;
}

bool sort_cuts(std::vector<Value>& cuts) {
  for (const Value& cut : cuts)
    if (!order(cuts.front(), cut)) return false;
  std::ranges::sort(cuts, [](const Value& a, const Value& b) { return *order(a, b) < 0; });
  const auto repeated =
      std::ranges::unique(cuts, [](const Value& a, const Value& b) { return *order(a, b) == 0; });
  cuts.erase(repeated.begin(), repeated.end());
  return true;
}

std::optional<std::vector<Value>> all_regions(const Table::Input& input, Cuts& cuts) {
  const bool boolean = (input.value_type && input.value_type->base == Type::Base::boolean) ||
                       (!cuts.values.empty() && cuts.values.front().boolean());
  if (boolean) {
    const bool pure =
        std::ranges::all_of(cuts.values, [](const Value& v) { return v.boolean() != nullptr; });
    return pure ? std::optional(std::vector<Value>{true, false}) : std::nullopt;
  }
  if (cuts.values.empty()) return std::vector<Value>{Value()};
  if (!sort_cuts(cuts.values)) return std::nullopt;
  return cuts.ordered || !cuts.values.front().string() ? ordered_regions(cuts.values)
                                                       : separate_regions(cuts.values);
}
}  // namespace

bool test_accepts(Machine& machine, std::size_t slot, const Node* node, const Value& value) {
  if (!node) return true;
  machine.frame.slots[slot] = value;
  return node->run(machine).is_true();
}

std::optional<Axis> axis_of(Machine& machine, const Table& table, std::size_t column) {
  const Table::Input& input = table.inputs[column];
  Cuts cuts{machine, {}};
  for (const Table::Rule& rule : table.rules)
    if (!cuts.add_test(rule.inputs[column].node.get())) return std::nullopt;
  const Node* type_tests = input.value_type ? input.value_type->allowed.get() : nullptr;
  if (!cuts.add_test(input.allowed.get()) || !cuts.add_test(type_tests)) return std::nullopt;
  auto regions = all_regions(input, cuts);
  if (!regions) return std::nullopt;
  Axis axis;
  for (Value& region : *regions) {
    const bool undecided = region.is_null();  // a column without any test
    const bool permitted =
        undecided || (test_accepts(machine, input.slot, input.allowed.get(), region) &&
                      conforms(machine, region, input.value_type.get()));
    if (permitted) axis.regions.push_back(std::move(region));
  }
  return axis;
}

}  // namespace minben::rules
