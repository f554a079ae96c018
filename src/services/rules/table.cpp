#include "table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compare.hpp"
#include "parser.hpp"

namespace minben::rules {

bool Table::matches(Machine& machine, const Rule& rule) {
  return std::ranges::all_of(rule.inputs, [&](const Cell& cell) {
    return !cell.node || cell.node->run(machine).is_true();
  });
}

List Table::outputs_of(Machine& machine, const Rule& rule) const {
  List values;
  values.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Value value = rule.outputs[i].node ? rule.outputs[i].node->run(machine) : Value();
    values.push_back(
        coerce_or_null(machine, std::move(value), outputs[i].type.get(), "an output entry"));
  }
  return values;
}

Value Table::shape(const List& values) const {
  if (outputs.size() == 1) return values.front();
  Context context;
  for (std::size_t i = 0; i < outputs.size(); ++i) context.set(outputs[i].name, values[i]);
  return context;
}

Value Table::defaults(Machine& machine) const {
  List values;
  bool any = false;
  for (const Output& output : outputs) {
    any = any || output.otherwise;
    values.push_back(output.otherwise ? output.otherwise->run(machine) : Value());
  }
  if (any) {
    Value value = shape(values);
    const bool many = policy == HitPolicy::collect && aggregation == Aggregation::none;
    return many ? Value(List{std::move(value)}) : value;
  }
  if (policy == HitPolicy::collect && aggregation == Aggregation::count) return Value::number(0);
  if (policy == HitPolicy::collect && aggregation == Aggregation::none) return List{};
  if (policy == HitPolicy::rule_order || policy == HitPolicy::output_order) return List{};
  return machine.null("no rule of the table matches");
}

std::size_t Table::rank(Machine& machine, std::size_t output, const Value& value) const {
  const auto& listed = outputs[output].order;
  for (std::size_t i = 0; i < listed.size(); ++i) {
    machine.frame.slots[output_slot] = value;
    if (listed[i]->run(machine).is_true()) return i;
  }
  return listed.size();
}

void Table::sort_by_priority(Machine& machine, std::vector<Hit>& hits) const {
  std::vector<std::pair<std::vector<std::size_t>, std::size_t>> keys;
  for (std::size_t h = 0; h < hits.size(); ++h) {
    std::vector<std::size_t> key;
    for (std::size_t i = 0; i < outputs.size(); ++i)
      key.push_back(rank(machine, i, hits[h].outputs[i]));
    keys.emplace_back(std::move(key), h);
  }
  std::ranges::sort(keys);
  std::vector<Hit> sorted;
  for (const auto& [key, h] : keys) sorted.push_back(std::move(hits[h]));
  hits = std::move(sorted);
}

Value Table::aggregate(Machine& machine, const std::vector<Hit>& hits) const {
  if (aggregation == Aggregation::count)
    return Value::number(static_cast<std::int64_t>(hits.size()));
  List values;
  for (const Hit& hit : hits) values.push_back(hit.outputs.front());
  const char* function = aggregation == Aggregation::sum   ? "sum"
                         : aggregation == Aggregation::min ? "min"
                                                           : "max";
  return call_function(machine, find_builtin(function)->shared_function(),
                       std::array{Value(std::move(values))});
}

Value Table::combine(Machine& machine, std::vector<Hit>& hits) const {
  switch (policy) {
    case HitPolicy::unique:
      if (hits.size() > 1)
        return machine.null(fmt::format("rules {} and {} both match in a UNIQUE table",
                                        hits[0].rule + 1, hits[1].rule + 1));
      return shape(hits.front().outputs);
    case HitPolicy::any:
      for (const Hit& hit : hits)
        if (!same(shape(hit.outputs), shape(hits.front().outputs)))
          return machine.null("matching rules of an ANY table differ");
      return shape(hits.front().outputs);
    case HitPolicy::priority:
      sort_by_priority(machine, hits);
      [[fallthrough]];
    case HitPolicy::first:
      return shape(hits.front().outputs);
    case HitPolicy::output_order:
      sort_by_priority(machine, hits);
      break;
    case HitPolicy::rule_order:
      break;
    case HitPolicy::collect:
      if (aggregation != Aggregation::none) return aggregate(machine, hits);
  }
  List all;
  for (const Hit& hit : hits) all.push_back(shape(hit.outputs));
  return all;
}

/// For the explanation: under FIRST, ANY and PRIORITY the other matching rules did not decide.
void Table::keep_deciding(std::vector<Hit>& hits) const {
  const bool one =
      policy == HitPolicy::first || policy == HitPolicy::priority || policy == HitPolicy::any;
  if (one) hits.resize(1);
}

void Table::record(Machine& machine, const Hit& hit) const {
  const Rule& rule = rules[hit.rule];
  FiredRule fired{owner, id, rule.id,         static_cast<int>(hit.rule) + 1, rule.description,
                  {},    {}, rule.annotations};
  for (std::size_t i = 0; i < inputs.size(); ++i)
    fired.inputs.push_back({inputs[i].label, rule.inputs[i].text,
                            machine.frame.slots[inputs[i].slot], inputs[i].expression});
  for (std::size_t i = 0; i < outputs.size(); ++i)
    fired.outputs.push_back({outputs[i].label, rule.outputs[i].text, hit.outputs[i], {}});
  machine.fired.push_back(std::move(fired));
}

/// Each input's value into its column's slot; false when one is outside what its clause allows.
bool Table::set_inputs(Machine& machine) const {
  for (const Input& input : inputs) {
    Value value = input.value->run(machine);
    if (input.value_type)
      value = coerce_or_null(machine, std::move(value), input.value_type.get(), input.label);
    machine.frame.slots[input.slot] = std::move(value);
    if (input.allowed && !input.allowed->run(machine).is_true()) {
      machine.null(fmt::format("{} is outside the allowed values", input.label));
      return false;
    }
  }
  return true;
}

std::vector<Table::Hit> Table::find_hits(Machine& machine) const {
  const auto* candidates =
      index ? &index->candidates(machine.frame.slots[inputs[index->column()].slot]) : nullptr;
  const std::size_t count = candidates ? candidates->size() : rules.size();
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < count && machine.step(); ++i) {
    const std::size_t r = candidates ? (*candidates)[i] : i;
    if (!matches(machine, rules[r])) continue;
    hits.push_back({r, outputs_of(machine, rules[r])});
    if (policy == HitPolicy::first) break;
  }
  return hits;
}

Value Table::eval(Machine& machine) const {
  if (!set_inputs(machine)) return {};
  std::vector<Hit> hits = find_hits(machine);
  if (machine.stopped()) return {};
  if (hits.empty()) return defaults(machine);
  Value value = combine(machine, hits);
  if (!machine.options().explain) return value;
  constexpr std::size_t most_recorded = 1'000;
  keep_deciding(hits);
  for (const Hit& hit : hits)
    if (machine.fired.size() < most_recorded) record(machine, hit);
  return value;
}

}  // namespace minben::rules
