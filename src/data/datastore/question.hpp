#pragma once
// Private: a search of one table, read and checked, before it is asked.
#include "filters.hpp"
#include "impl.hpp"

namespace minben::datastore {

struct SortKey {
  int field = Condition::row_number;
  bool descending = false;
  bool nulls_first = false;
};

/// "amount desc, \"a name\" nulls first". invalid "bad_sort".
Result<std::vector<SortKey>> parse_sort(std::string_view sort, std::span<const Field> fields);

/// " order by …", always ending in the row number, so that pages do not overlap.
std::string order_by(const std::vector<SortKey>& keys, std::span<const Field> fields,
                     bool with_row_number);

/// Places of fields by name; -1 for "_id". invalid "bad_field".
Result<std::vector<int>> find_fields(std::span<const Field> fields,
                                     const std::vector<std::string>& names);

/// "file_row_number + 1" or the quoted name.
std::string column_of(int field, std::span<const Field> fields);
std::string name_of(int field, std::span<const Field> fields);

/// A column list of these; "_id" is named so.
std::string columns_of(const std::vector<int>& chosen, std::span<const Field> fields);

}  // namespace minben::datastore
