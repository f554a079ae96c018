#pragma once
// For the analysis of tables: what one column distinguishes. The constants in its tests cut the
// possible values into regions inside which every test answers the same, so that one value stands
// for each region.
#include <optional>
#include <vector>

#include "table.hpp"

namespace minben::rules {

struct Axis {
  std::vector<Value> regions;  ///< one value of each region that the allowed values permit
};

/// nullopt when a test of the column depends on variables or mixes kinds of values.
std::optional<Axis> axis_of(Machine& machine, const Table& table, std::size_t column);
/// Does the test accept the value, which it reads from `slot`? `node` may be null ("-").
bool test_accepts(Machine& machine, std::size_t slot, const Node* node, const Value& value);

}  // namespace minben::rules
