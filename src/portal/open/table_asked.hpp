#pragma once
// Private: what a visitor asks of a table, as it stands in an address:
// "?is.town=信義區&has.name=大安&from.day=2024-01-01&to.day=2024-12-31&sort=day&down=1&column=day&page=2".
#include "datastore/search.hpp"
#include "parts.hpp"

namespace minben::open {

/// Conditions on one column; empty ones do not count.
struct ColumnCondition {
  std::string column;
  std::string is, has, from, to;
};

struct TableAsked {
  std::vector<ColumnCondition> conditions;  ///< at most 20, by column as in the table
  std::vector<std::string> columns;         ///< to be shown; empty: the first ones
  std::string sort;                         ///< a column; empty: as in the file
  bool down = false;
  std::optional<int> version;
  int page = 1;

  [[nodiscard]] const ColumnCondition* on(std::string_view column) const;
};
inline constexpr int rows_of_a_page = 50;

/// What names no column of the table is passed over.
TableAsked read_table_asked(const net::Form& query, std::span<const datastore::Field> fields);
/// Whether the query has controls that were left empty, as forms send them.
bool has_empty_controls(const net::Form& query);
/// `base` with what is asked, but the page.
Url with_asked(Url base, const TableAsked& asked);

/// CKAN's `filters` and `q` (docs/datastore.md).
Json filters_of(const TableAsked& asked);
Json words_of(const TableAsked& asked);
std::string sort_of(const TableAsked& asked);
/// The columns that are shown, in the order of the table; at most 12 when none were chosen.
std::vector<const datastore::Field*> shown_columns(const TableAsked& asked,
                                                   std::span<const datastore::Field> fields);

/// "/api/3/action/datastore_search?…" that gives just these rows, and the whole of them as a file.
Url api_url(const TableAsked& asked, std::string_view resource);
Url dump_url(const TableAsked& asked, std::string_view resource, std::string_view format);

}  // namespace minben::open
