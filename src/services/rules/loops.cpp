// for, some and every: nested loops over lists, ranges of whole numbers and ranges of dates.
#include <functional>

#include "compare.hpp"
#include "nodes.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {
/// What one iteration runs over; nothing is materialised, so `1..10^9` costs no memory.
class Domain {
 public:
  static std::optional<Domain> of(Machine& machine, const Iteration& iteration) {
    Value from = iteration.domain->run(machine);
    if (iteration.to) return between(machine, from, iteration.to->run(machine));
    if (const Range* range = from.range()) return of_range(machine, *range);
    Domain domain;
    if (!from.list()) from = from.is_null() ? Value() : Value(List{from});
    if (!from.list()) return std::nullopt;
    domain.count_ = static_cast<std::int64_t>(from.list()->size());
    domain.list_ = std::move(from);
    return domain;
  }

  [[nodiscard]] std::int64_t count() const { return count_; }
  [[nodiscard]] Value at(std::int64_t i) const {
    if (const List* list = list_.list()) return (*list)[static_cast<std::size_t>(i)];
    const std::int64_t value = first_ + (down_ ? -i : i);
    if (!dates_) return Value::number(value);
    const auto date = date_of(value);
    return date ? Value(*date) : Value();
  }

 private:
  static std::optional<Domain> of_range(Machine& machine, const Range& range) {
    auto domain = between(machine, range.low, range.high);
    if (!domain || domain->down_)
      return std::nullopt;  // a range value, unlike `2..1`, only goes up
    if (!range.low_included && domain->count_ > 0) {
      ++domain->first_;
      --domain->count_;
    }
    if (!range.high_included && domain->count_ > 0) --domain->count_;
    return domain;
  }
  static std::optional<Domain> between(Machine& machine, const Value& low, const Value& high) {
    Domain domain;
    std::optional<std::int64_t> from, to;
    if (low.number() && high.number()) {
      from = low.number()->to_integer();
      to = high.number()->to_integer();
    } else if (low.date() && high.date()) {
      from = day_number(*low.date());
      to = day_number(*high.date());
      domain.dates_ = true;
    }
    constexpr std::int64_t most = std::int64_t{1} << 61;  // no overflow below
    if (!from || !to || *from > most || *from < -most || *to > most || *to < -most) {
      machine.null("a loop needs a list, or a range of whole numbers or dates");
      return std::nullopt;
    }
    domain.first_ = *from;
    domain.down_ = *to < *from;
    domain.count_ = (domain.down_ ? *from - *to : *to - *from) + 1;
    return domain;
  }

  Value list_;
  std::int64_t first_ = 0, count_ = 0;
  bool down_ = false, dates_ = false;
};

/// Sets the slots for every combination, the last iteration fastest, and calls `each` until it says
/// false. False when a domain is not iterable.
bool combine(Machine& machine, const std::vector<Iteration>& iterations, std::size_t level,
             const std::function<bool()>& each, bool& go_on) {
  if (level == iterations.size()) {
    go_on = each();
    return true;
  }
  const auto domain = Domain::of(machine, iterations[level]);
  if (!domain) return false;
  for (std::int64_t i = 0; go_on && i < domain->count(); ++i) {
    if (!machine.step()) return false;
    machine.frame.slots[iterations[level].slot] = domain->at(i);
    if (!combine(machine, iterations, level + 1, each, go_on)) return false;
  }
  return true;
}
}  // namespace

Value For::eval(Machine& machine) const {
  auto results = std::make_shared<List>();
  const auto each = [&] {
    // The partial results are copied only for bodies that look at them.
    if (uses_partial) {
      if (!machine.allow(results->size())) return false;
      machine.frame.slots[partial_slot] = *results;
    }
    Value value = body->run(machine);
    if (!machine.allow(1)) return false;
    results->push_back(std::move(value));
    return true;
  };
  bool go_on = true;
  if (!combine(machine, iterations, 0, each, go_on)) return {};
  return std::move(*results);
}

Value Quantified::eval(Machine& machine) const {
  bool unknown = false, decided = false;
  const auto each = [&] {
    const Value truth = condition->run(machine);
    unknown = unknown || !truth.boolean();
    decided = truth.boolean() && *truth.boolean() != is_every;
    return !decided && !machine.stopped();
  };
  bool go_on = true;
  if (!combine(machine, iterations, 0, each, go_on)) return {};
  if (decided) return !is_every;
  return unknown ? Value() : Value(is_every);
}

}  // namespace minben::rules
