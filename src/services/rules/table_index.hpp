#pragma once
// Large tables: which rules can match a value of one column, found by binary search.
#include <cstdint>
#include <optional>
#include <vector>

#include "value.hpp"

namespace minben::rules {

struct Table;

class TableIndex {
 public:
  /// On the column that leaves the fewest rules; none for small tables, or when no column helps.
  static std::optional<TableIndex> build(const Table& table);

  [[nodiscard]] std::size_t column() const { return column_; }
  /// Rules, in their order, that may accept the value; every rule that accepts it is among them.
  [[nodiscard]] const std::vector<std::uint32_t>& candidates(const Value& value) const;

 private:
  static std::optional<TableIndex> of_column(const Table& table, std::size_t column);
  [[nodiscard]] std::size_t region_of(const Value& cut, int side) const;
  [[nodiscard]] double expected() const;

  std::size_t column_ = 0;
  std::vector<Value> cuts_;  ///< sorted constants; region 2i+1 is cut i, 2i lies below it
  std::vector<std::vector<std::uint32_t>> regions_;
  std::vector<std::uint32_t> others_;  ///< for values that do not compare with the cuts
};

}  // namespace minben::rules
