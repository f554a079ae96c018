#pragma once
// Private: the filters of a search, as conditions on typed values. What is written and read here is
// described in docs/datastore.md.
#include "datastore.hpp"

namespace minben::datastore {

struct Sql;

/// On one field: the value is one of `values`, or is missing when `null`, or lies in the range.
struct Condition {
  static constexpr int row_number = -1;  ///< the field `_id`

  struct Bound {
    columnar::Value value;
    bool included = true;
  };

  int field = 0;
  bool null = false;
  std::vector<columnar::Value> values{};
  std::optional<Bound> low{}, high{};
  [[nodiscard]] bool is_range() const { return low.has_value() || high.has_value(); }
};

struct Filter {
  enum class Kind { all, any, condition };
  Kind kind = Kind::all;
  std::vector<Filter> parts{};  ///< of all and any; no parts: everything, and nothing
  Condition condition{};
  [[nodiscard]] bool is_everything() const { return kind == Kind::all && parts.empty(); }
};

/// Bounds: nesting 8, 10,000 values. invalid "bad_filter", "bad_field", "bad_value".
Result<Filter> parse_filters(const Json& filters, std::span<const Field> fields);

/// Adds a condition for a WHERE clause.
void add_where(Sql& sql, const Filter& filter, std::span<const Field> fields);

/// -1 for "_id", nullopt when there is none of this name (ASCII case does not matter).
std::optional<int> find_field(std::span<const Field> fields, std::string_view name);

/// A value of JSON as a value of a field; null stays null. invalid "bad_value".
Result<columnar::Value> to_value(const Json& json, const Field& field);

}  // namespace minben::datastore
