// List functions (DMN 1.5 §10.3.4.4). Positions start at 1; negative ones count from the end.
#include <algorithm>

#include "builtin.hpp"
#include "compare.hpp"

namespace minben::rules {

namespace {
bool same_item(const Value& a, const Value& b) { return equal(a, b).value_or(false); }

Value list_contains(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  if (!list) return {};
  return std::ranges::any_of(
      *list, [&](const Value& item) { return machine.step() && same_item(item, a[1]); });
}

Value count(Machine&, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  return list ? Value::number(static_cast<std::int64_t>(list->size())) : Value();
}

/// Positions with a fraction lose it.
std::optional<std::int64_t> position_at(Arguments a, std::size_t i) {
  const Decimal* number = number_at(a, i);
  const auto whole = number ? round_to(*number, 0, Rounding::down) : std::nullopt;
  return whole ? whole->to_integer() : std::nullopt;
}

/// The 0-based index of a 1-based or negative position in a list of that size.
std::optional<std::size_t> index_of_position(std::optional<std::int64_t> position,
                                             std::size_t size) {
  const auto n = static_cast<std::int64_t>(size);
  if (!position || *position == 0 || *position > n || *position < -n) return std::nullopt;
  return static_cast<std::size_t>(*position > 0 ? *position - 1 : n + *position);
}

Value sublist(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  const auto from = list ? index_of_position(position_at(a, 1), list->size()) : std::nullopt;
  if (!from) return {};
  std::size_t count = list->size() - *from;
  if (a.size() > 2) {
    const auto wanted = integer_at(a, 2);
    if (!wanted || *wanted < 0 || static_cast<std::size_t>(*wanted) > count) return {};
    count = static_cast<std::size_t>(*wanted);
  }
  if (!machine.allow(count)) return {};
  const auto first = list->begin() + static_cast<std::ptrdiff_t>(*from);
  return List(first, first + static_cast<std::ptrdiff_t>(count));
}

Value append(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  if (!list || !machine.allow(list->size() + a.size())) return {};
  List out = *list;
  out.insert(out.end(), a.begin() + 1, a.end());
  return out;
}

std::optional<List> joined(Machine& machine, Arguments a) {
  List out;
  for (const Value& each : a) {
    List room;
    const List* list = list_at(std::span(&each, 1), 0, room);
    if (!list || !machine.allow(list->size())) return std::nullopt;
    out.insert(out.end(), list->begin(), list->end());
  }
  return out;
}
Value concatenate(Machine& machine, Arguments a) {
  auto out = joined(machine, a);
  return out ? Value(std::move(*out)) : Value();
}

Value without_repeats(Machine& machine, const List& list) {
  List out;
  for (const Value& item : list) {
    const auto repeated = [&](const Value& kept) {
      return machine.step() && same_item(kept, item);
    };
    if (machine.stopped()) return {};
    if (std::ranges::none_of(out, repeated)) out.push_back(item);
  }
  return machine.allow(out.size()) ? Value(std::move(out)) : Value();
}
Value distinct_values(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  return list ? without_repeats(machine, *list) : Value();
}
Value union_(Machine& machine, Arguments a) {
  const auto all = joined(machine, a);
  return all ? without_repeats(machine, *all) : Value();
}

Value insert_before(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  const auto at = list ? index_of_position(position_at(a, 1), list->size()) : std::nullopt;
  if (!at || !machine.allow(list->size() + 1)) return {};
  List out = *list;
  out.insert(out.begin() + static_cast<std::ptrdiff_t>(*at), a[2]);
  return out;
}

Value remove(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  const auto at = list ? index_of_position(position_at(a, 1), list->size()) : std::nullopt;
  if (!at || !machine.allow(list->size())) return {};
  List out = *list;
  out.erase(out.begin() + static_cast<std::ptrdiff_t>(*at));
  return out;
}

Value replace_where(Machine& machine, const List& list,
                    const std::shared_ptr<const Function>& match, const Value& item) {
  List out = list;
  for (Value& each : out) {
    const Value verdict = call_function(machine, match, std::array{each, item});
    if (!verdict.boolean()) return {};
    if (verdict.is_true()) each = item;
  }
  return out;
}
Value list_replace(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  if (!list || !machine.allow(list->size())) return {};
  if (const auto match = a[1].shared_function()) return replace_where(machine, *list, match, a[2]);
  const auto at = index_of_position(position_at(a, 1), list->size());
  if (!at) return {};
  List out = *list;
  out[*at] = a[2];
  return out;
}

Value reverse(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  if (!list || !machine.allow(list->size())) return {};
  return List(list->rbegin(), list->rend());
}

Value index_of(Machine& machine, Arguments a) {
  List room, out;
  const List* list = list_at(a, 0, room);
  if (!list || !machine.allow(list->size())) return {};
  for (std::size_t i = 0; i < list->size(); ++i)
    if (same_item((*list)[i], a[1])) out.push_back(Value::number(static_cast<std::int64_t>(i) + 1));
  return out;
}

void flatten_into(Machine& machine, const List& list, List& out) {
  for (const Value& item : list) {
    if (!machine.enter() || !machine.allow(1)) return machine.leave();
    if (item.list()) flatten_into(machine, *item.list(), out);
    else out.push_back(item);
    machine.leave();
  }
}
Value flatten(Machine& machine, Arguments a) {
  List room, out;
  const List* list = list_at(a, 0, room);
  if (!list) return {};
  flatten_into(machine, *list, out);
  return out;
}

/// Merge sort; `precedes` may be inconsistent, or undecided, so std::sort must not see it.
template <class Precedes>
bool sort_range(const Precedes& precedes, std::span<Value> items) {
  if (items.size() < 2) return true;
  const std::size_t middle = items.size() / 2;
  if (!sort_range(precedes, items.first(middle)) || !sort_range(precedes, items.subspan(middle)))
    return false;
  List merged;
  merged.reserve(items.size());
  std::size_t left = 0, right = middle;
  while (left < middle && right < items.size()) {
    const std::optional<bool> swapped = precedes(items[right], items[left]);
    if (!swapped) return false;
    merged.push_back(*swapped ? items[right++] : items[left++]);
  }
  for (; left < middle; ++left) merged.push_back(items[left]);
  for (; right < items.size(); ++right) merged.push_back(items[right]);
  std::ranges::move(merged, items.begin());
  return true;
}

Value sort(Machine& machine, Arguments a) {
  List room;
  const List* list = list_at(a, 0, room);
  if (!list || !machine.allow(list->size())) return {};
  const auto function = argument(a, 1).shared_function();
  if (a.size() > 1 && !function) return {};
  const auto precedes = [&](const Value& x, const Value& y) -> std::optional<bool> {
    if (!machine.step()) return std::nullopt;
    if (!function) {
      const auto ordering = order(x, y);
      return ordering ? std::optional(*ordering < 0) : std::nullopt;
    }
    const Value verdict = call_function(machine, function, std::array{x, y});
    return verdict.boolean() ? std::optional(*verdict.boolean()) : std::nullopt;
  };
  List out = *list;
  return sort_range(precedes, out) ? Value(std::move(out)) : Value();
}

constexpr Builtin functions[] = {
    {"list contains", "list, element", list_contains},
    {"count", "list", count},
    {"sublist", "list, start position, length?", sublist},
    {"append", "list, item...", append},
    {"concatenate", "list...", concatenate},
    {"insert before", "list, position, newItem", insert_before},
    {"remove", "list, position", remove},
    {"list replace", "list, position, newItem|list, match, newItem", list_replace},
    {"reverse", "list", reverse},
    {"index of", "list, match", index_of},
    {"union", "list...", union_},
    {"distinct values", "list", distinct_values},
    {"flatten", "list", flatten},
    {"sort", "list, precedes?", sort},
};
}  // namespace

std::span<const Builtin> list_functions() { return functions; }

}  // namespace minben::rules
