#pragma once
// Equality and order of FEEL values (DMN 1.5 §10.3.2.9, tables 42 and 54). nullopt is FEEL's null.
#include <compare>
#include <optional>

#include "value.hpp"

namespace minben::rules {

/// null equals only null; values of different kinds do not compare.
std::optional<bool> equal(const Value& a, const Value& b);
/// Of numbers, strings (by code point), dates, times, moments and durations of the same kind.
std::optional<std::strong_ordering> order(const Value& a, const Value& b);
/// Is the value inside? nullopt when it cannot be compared with an end.
std::optional<bool> contains(const Range& range, const Value& value);

}  // namespace minben::rules
