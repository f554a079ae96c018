#pragma once
// A subset of SQL that strangers may run: one SELECT over named tables. The engine's own parser
// makes the tree that is checked, so there is no second grammar that could disagree with it; every
// node, function, type and table must be on a list, and what is not known is refused (decision
// 0024).
//
// Thread-safe but for the connection.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/columnar.hpp"

namespace minben::columnar {

/// Bounds on what a statement may ask before it runs; more is too_large naming the bound.
struct SqlLimits {
  std::size_t max_bytes = 32u << 10;
  std::size_t max_nesting = 64;     ///< parentheses
  std::size_t max_nodes = 5'000;    ///< of the tree
  std::size_t max_tables = 12;      ///< tables and subqueries joined, in all
  std::size_t max_group_sets = 64;  ///< of CUBE, ROLLUP, GROUPING SETS
  double max_growth = 1'000;        ///< how many times longer than a cell a text may become
};

struct CheckedSql {
  std::string text;                 ///< as given; runs only where `tables` are views
  std::vector<std::string> tables;  ///< as written, each once
  /// Of the columns, as PostgreSQL names what has no AS: count(*) is "count". Empty text: the
  /// engine's name; empty: all are.
  std::vector<std::string> names;
};

/// `is_table` says which names are tables for this caller; names are compared exactly. Errors:
/// invalid "bad_query" from the parser; invalid "not_allowed" naming what; not_found
/// "no_such_table" with the name in `field`; too_large with the bound.
Result<CheckedSql> check_sql(Connection& connection, std::string_view sql,
                             const std::function<bool(std::string_view)>& is_table,
                             const SqlLimits& limits = {});

/// The functions that check_sql lets through, sorted: for documentation.
std::vector<std::string_view> allowed_functions();

}  // namespace minben::columnar
