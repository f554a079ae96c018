#pragma once
// Private: one table as a visitor asked for it, for its page and for what others embed.
#include "drawings.hpp"
#include "page/embedded.hpp"
#include "table_asked.hpp"

namespace minben::open {

struct TablePage {
  const Parts& parts;
  Visit& visit;
  catalogue::Entry entry;
  std::size_t index;  ///< of the distribution
  datastore::Table table;
  TableAsked asked;

  [[nodiscard]] const catalogue::Distribution& distribution() const {
    return entry.dataset.distributions[index];
  }
  [[nodiscard]] const std::vector<datastore::Field>& fields() const { return table.version.fields; }
  [[nodiscard]] std::string resource() const { return to_string(distribution().id); }
  [[nodiscard]] std::string title() const;  ///< of the distribution, or the dataset
  [[nodiscard]] Url url() const { return table_url(visit, entry.dataset.name, distribution().id); }
  [[nodiscard]] RowsOf rows() const;
};

/// By {name}, {distribution} and the query. not_found when there is no such published dataset,
/// distribution or table.
Result<TablePage> table_page(const Parts& parts, Visit& visit);

/// As people call the column.
std::string name_of(const datastore::Field& field, Language language);

// Parts of the page.
void condition_form(Writer& page, const TablePage& table);
void rows_table(Writer& page, const TablePage& table, const datastore::Page& rows);
void ways_to_get(Writer& page, const TablePage& table);
void dictionary(Writer& page, const TablePage& table);

}  // namespace minben::open
