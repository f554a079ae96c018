#include "tables.hpp"

#include <algorithm>

namespace minben::interop {

namespace {

Result<catalogue::Entry> owner_of(const Parts& parts, const std::string& resource_id,
                                  datastore::TableId& table) {
  const auto id = catalogue::DistributionId::parse(resource_id);
  if (!id)
    return fail(Kind::not_found, "no_such_resource",
                "Resource \"" + resource_id.substr(0, 100) + "\" was not found.");
  MINBEN_TRY(entry,
             parts.read([&](store::Transaction& tx) { return parts.catalogue.find(tx, *id); }));
  const auto& all = entry.dataset.distributions;
  if (entry.status != catalogue::Status::published ||
      std::ranges::find(all, *id, &catalogue::Distribution::id) == all.end())
    return fail(Kind::not_found, "no_such_resource",
                "Resource \"" + resource_id + "\" was not found.");
  table = datastore::TableId{id->value};
  return entry;
}

}  // namespace

Result<datastore::TableId> readable_table(const Parts& parts, const std::string& resource_id) {
  datastore::TableId table;
  MINBEN_TRY(entry, owner_of(parts, resource_id, table));
  if (entry.dataset.access_rights != catalogue::AccessRights::open)
    return fail(Kind::forbidden, "not_open",
                "the rows of this dataset are given on application only");
  return table;
}

Result<datastore::TableId> writable_table(const Parts& parts, const Key& key,
                                          const std::string& resource_id) {
  datastore::TableId table;
  MINBEN_TRY(entry, owner_of(parts, resource_id, table));
  MINBEN_CHECK(parts.read([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(publisher_for(parts, tx, key, entry.dataset.publisher));
    return {};
  }));
  return table;
}

}  // namespace minben::interop
