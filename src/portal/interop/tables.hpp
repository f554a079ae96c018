#pragma once
// Private: which tables somebody may read or write: those of datasets that are published and open.
#include "datastore/datastore.hpp"
#include "parts.hpp"

namespace minben::interop {

/// Asked at each call. not_found "no_such_resource", forbidden "not_open".
Result<datastore::TableId> readable_table(const Parts& parts, const std::string& resource_id);
/// Of a dataset that the key's agency publishes.
Result<datastore::TableId> writable_table(const Parts& parts, const Key& key,
                                          const std::string& resource_id);

}  // namespace minben::interop
