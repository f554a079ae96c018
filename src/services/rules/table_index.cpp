#include "table_index.hpp"

#include <algorithm>

#include "compare.hpp"
#include "table.hpp"

namespace minben::rules {

namespace {
/// The values a simple test accepts: from low to high, either end may be missing.
struct Interval {
  Value low, high;
  bool low_included = true, high_included = true;
};
using Intervals = std::vector<Interval>;

bool is_ordered(const Value& value) { return order(value, value).has_value(); }

std::optional<Interval> interval_of(const CompareTest& test) {
  const Value* end = test.end->constant();
  if (!end || !is_ordered(*end)) return std::nullopt;
  switch (test.comparison) {
    case Comparison::less:
      return Interval{{}, *end, true, false};
    case Comparison::less_equal:
      return Interval{{}, *end};
    case Comparison::greater:
      return Interval{*end, {}, false, true};
    case Comparison::greater_equal:
      return Interval{*end, {}};
    case Comparison::equal:
      return Interval{*end, *end};
    case Comparison::not_equal:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Interval> interval_of(const Value& constant) {
  if (is_ordered(constant)) return Interval{constant, constant};
  const Range* range = constant.range();
  if (!range || range->form != Range::Form::interval) return std::nullopt;
  return Interval{range->low, range->high, range->low_included, range->high_included};
}

/// nullopt when the test may accept other values than intervals of constants.
std::optional<Intervals> intervals_of(const Node* test) {
  if (const auto* compare = dynamic_cast<const CompareTest*>(test)) {
    auto interval = interval_of(*compare);
    return interval ? std::optional(Intervals{std::move(*interval)}) : std::nullopt;
  }
  if (const auto* value = dynamic_cast<const ValueTest*>(test)) {
    const Value* constant = value->uses_input ? nullptr : value->value->constant();
    auto interval = constant ? interval_of(*constant) : std::nullopt;
    return interval ? std::optional(Intervals{std::move(*interval)}) : std::nullopt;
  }
  const auto* list = dynamic_cast<const TestList*>(test);
  if (!list || list->negated) return std::nullopt;
  Intervals all;
  for (const NodePtr& each : list->tests) {
    const auto some = intervals_of(each.get());
    if (!some) return std::nullopt;
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

bool collect_cuts(const std::vector<std::optional<Intervals>>& rules, std::vector<Value>& cuts) {
  for (const auto& intervals : rules)
    if (intervals)
      for (const Interval& interval : *intervals)
        for (const Value* end : {&interval.low, &interval.high})
          if (!end->is_null()) cuts.push_back(*end);
  if (cuts.empty()) return false;
  for (const Value& cut : cuts)
    if (!order(cuts.front(), cut)) return false;
  std::ranges::sort(cuts, [](const Value& a, const Value& b) { return *order(a, b) < 0; });
  const auto repeated =
      std::ranges::unique(cuts, [](const Value& a, const Value& b) { return *order(a, b) == 0; });
  cuts.erase(repeated.begin(), repeated.end());
  return true;
}
}  // namespace

/// The region of a cut itself (side 0), just below (-1) or just above it (1).
std::size_t TableIndex::region_of(const Value& cut, int side) const {
  const auto found = std::ranges::lower_bound(
      cuts_, cut, [](const Value& a, const Value& b) { return *order(a, b) < 0; });
  const auto i = static_cast<std::size_t>(found - cuts_.begin());
  return side < 0 ? 2 * i : side == 0 ? 2 * i + 1 : 2 * i + 2;
}

std::optional<TableIndex> TableIndex::of_column(const Table& table, std::size_t column) {
  std::vector<std::optional<Intervals>> rules;
  for (const Table::Rule& rule : table.rules)
    rules.push_back(intervals_of(rule.inputs[column].node.get()));
  TableIndex index;
  index.column_ = column;
  if (!collect_cuts(rules, index.cuts_)) return std::nullopt;
  const std::size_t last = index.cuts_.size() * 2;
  index.regions_.resize(last + 1);
  std::size_t room = 40 * table.rules.size();  // entries: what an index may cost in memory
  for (std::uint32_t r = 0; r < rules.size(); ++r) {
    if (!rules[r]) index.others_.push_back(r);
    const Intervals everywhere{Interval{}};
    for (const Interval& interval : rules[r] ? *rules[r] : everywhere) {
      const std::size_t from =
          interval.low.is_null() ? 0 : index.region_of(interval.low, interval.low_included ? 0 : 1);
      const std::size_t to = interval.high.is_null()
                                 ? last
                                 : index.region_of(interval.high, interval.high_included ? 0 : -1);
      for (std::size_t region = from; region <= to; ++region) {
        if (room-- == 0) return std::nullopt;
        auto& list = index.regions_[region];
        if (list.empty() || list.back() != r) list.push_back(r);
      }
    }
  }
  return index;
}

double TableIndex::expected() const {
  std::size_t entries = 0;
  for (const auto& list : regions_) entries += list.size();
  return static_cast<double>(entries) / static_cast<double>(regions_.size());
}

std::optional<TableIndex> TableIndex::build(const Table& table) {
  constexpr std::size_t worth_it = 6;  // rules; below, trying each is as fast
  if (table.rules.size() < worth_it) return std::nullopt;
  std::optional<TableIndex> best;
  for (std::size_t column = 0; column < table.inputs.size(); ++column) {
    auto index = of_column(table, column);
    if (index && (!best || index->expected() < best->expected())) best = std::move(index);
  }
  return best;
}

const std::vector<std::uint32_t>& TableIndex::candidates(const Value& value) const {
  if (!order(cuts_.front(), value)) return others_;
  const auto found = std::ranges::lower_bound(
      cuts_, value, [](const Value& a, const Value& b) { return *order(a, b) < 0; });
  const auto i = static_cast<std::size_t>(found - cuts_.begin());
  const bool is_cut = found != cuts_.end() && *order(*found, value) == 0;
  return regions_[is_cut ? 2 * i + 1 : 2 * i];
}

}  // namespace minben::rules
