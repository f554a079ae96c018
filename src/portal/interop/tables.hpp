#pragma once
// Private: which tables somebody may read or write: those of datasets that are published and open.
#include <span>

#include "datastore/datastore.hpp"
#include "parts.hpp"

namespace minben::interop {

/// An open table and the dataset whose it is. Errors as readable_table; no use is told.
struct OpenTable {
  catalogue::Entry entry;
  datastore::TableId table;
};
Result<OpenTable> readable_entry(const Parts& parts, const std::string& resource_id);
/// Asked at each call, and the use is told. not_found "no_such_resource", forbidden "not_open".
Result<datastore::TableId> readable_table(const Parts& parts, const net::Request& request,
                                          const std::string& resource_id, Use use);
/// Of a dataset that the key's agency publishes.
Result<datastore::TableId> writable_table(const Parts& parts, const Key& key,
                                          const std::string& resource_id);

/// Whose rows can be asked for, of the distributions of these datasets.
using RowsOf = std::function<bool(catalogue::DistributionId)>;
RowsOf rows_of(const Parts& parts, std::span<const catalogue::Entry> entries);

}  // namespace minben::interop
