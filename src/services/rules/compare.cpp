#include "compare.hpp"

#include "temporal.hpp"

namespace minben::rules {

namespace {
/// FEEL compares hour, minute, second and offset; fractions of a second do not count for equality.
bool equal_times(const ClockTime& a, const ClockTime& b) {
  const auto x = offset_of(a), y = offset_of(b);
  if (!x || !y) return !x && !y && a.second == b.second;
  return std::int64_t{a.second} - *x == std::int64_t{b.second} - *y;
}
bool equal_moments(const DateTime& a, const DateTime& b) {
  const bool a_zoned = a.time.zone.name != Zone::none, b_zoned = b.time.zone.name != Zone::none;
  if (a_zoned != b_zoned) return false;
  const Nanos x = instant_of(a) - a.time.nano, y = instant_of(b) - b.time.nano;
  return x == y;
}
bool equal_lists(const List& a, const List& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!equal(a[i], b[i]).value_or(false)) return false;
  return true;
}
bool equal_contexts(const Context& a, const Context& b) {
  if (a.entries().size() != b.entries().size()) return false;
  for (const auto& [name, value] : a.entries()) {
    const Value* other = b.find(name);
    if (!other || !equal(value, *other).value_or(false)) return false;
  }
  return true;
}
bool equal_ranges(const Range& a, const Range& b) {
  return a.form == b.form && a.low_included == b.low_included &&
         a.high_included == b.high_included && equal(a.low, b.low).value_or(false) &&
         equal(a.high, b.high).value_or(false);
}
}  // namespace

std::optional<bool> equal(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return a.is_null() && b.is_null();
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case ValueKind::null:
      return true;
    case ValueKind::boolean:
      return *a.boolean() == *b.boolean();
    case ValueKind::number:
      return *a.number() == *b.number();
    case ValueKind::string:
      return *a.string() == *b.string();
    case ValueKind::date:
      return *a.date() == *b.date();
    case ValueKind::time:
      return equal_times(*a.time(), *b.time());
    case ValueKind::date_time:
      return equal_moments(*a.date_time(), *b.date_time());
    case ValueKind::months_duration:
      return *a.months() == *b.months();
    case ValueKind::time_duration:
      return *a.duration() == *b.duration();
    case ValueKind::list:
      return equal_lists(*a.list(), *b.list());
    case ValueKind::context:
      return equal_contexts(*a.context(), *b.context());
    case ValueKind::range:
      return equal_ranges(*a.range(), *b.range());
    case ValueKind::function:
      return a.function() == b.function();
  }
  return std::nullopt;
}

namespace {
std::optional<std::strong_ordering> order_times(const ClockTime& a, const ClockTime& b) {
  const auto x = offset_of(a), y = offset_of(b);
  if (x.has_value() != y.has_value()) return std::nullopt;
  const Nanos left = nanos_of_day(a) - Nanos{x.value_or(0)} * nanos_a_second;
  const Nanos right = nanos_of_day(b) - Nanos{y.value_or(0)} * nanos_a_second;
  return left <=> right;
}
std::optional<std::strong_ordering> order_moments(const DateTime& a, const DateTime& b) {
  if ((a.time.zone.name != Zone::none) != (b.time.zone.name != Zone::none)) return std::nullopt;
  return instant_of(a) <=> instant_of(b);
}
}  // namespace

std::optional<std::strong_ordering> order(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return std::nullopt;
  switch (a.kind()) {
    case ValueKind::number:
      return *a.number() <=> *b.number();
    case ValueKind::string:
      return *a.string() <=> *b.string();
    case ValueKind::date:
      return *a.date() <=> *b.date();
    case ValueKind::time:
      return order_times(*a.time(), *b.time());
    case ValueKind::date_time:
      return order_moments(*a.date_time(), *b.date_time());
    case ValueKind::months_duration:
      return *a.months() <=> *b.months();
    case ValueKind::time_duration:
      return *a.duration() <=> *b.duration();
    default:
      return std::nullopt;
  }
}

std::optional<bool> contains(const Range& range, const Value& value) {
  if (range.form != Range::Form::interval) {
    const auto same_value = equal(value, range.low);
    if (!same_value) return std::nullopt;
    return *same_value == (range.form == Range::Form::equal);
  }
  bool inside = true;
  if (!range.low.is_null()) {
    const auto from_low = order(value, range.low);
    if (!from_low) return std::nullopt;
    inside = *from_low > 0 || (range.low_included && *from_low == 0);
  }
  if (!range.high.is_null()) {
    const auto to_high = order(value, range.high);
    if (!to_high) return std::nullopt;
    inside = inside && (*to_high < 0 || (range.high_included && *to_high == 0));
  }
  return inside;
}

}  // namespace minben::rules
