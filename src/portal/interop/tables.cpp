#include "tables.hpp"

#include <algorithm>
#include <set>

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

Result<OpenTable> readable_entry(const Parts& parts, const std::string& resource_id) {
  datastore::TableId table;
  MINBEN_TRY(entry, owner_of(parts, resource_id, table));
  if (entry.dataset.access_rights != catalogue::AccessRights::open)
    return fail(Kind::forbidden, "not_open",
                "the rows of this dataset are given on application only");
  return OpenTable{std::move(entry), table};
}

Result<datastore::TableId> readable_table(const Parts& parts, const net::Request& request,
                                          const std::string& resource_id, Use use) {
  MINBEN_TRY(found, readable_entry(parts, resource_id));
  if (parts.used) parts.used(found.entry.dataset.id, use, request.headers.get("User-Agent"));
  return found.table;
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

RowsOf rows_of(const Parts& parts, std::span<const catalogue::Entry> entries) {
  std::vector<datastore::TableId> asked;
  for (const catalogue::Entry& entry : entries)
    if (entry.dataset.access_rights == catalogue::AccessRights::open)
      for (const auto& each : entry.dataset.distributions)
        asked.push_back(datastore::TableId{each.id.value});
  // When the tables do not answer now, nobody is promised rows.
  auto present = parts.tables.present(asked);
  std::set<datastore::TableId> known;
  if (present) known.insert(present->begin(), present->end());
  return [known = std::move(known)](catalogue::DistributionId id) {
    return known.contains(datastore::TableId{id.value});
  };
}

}  // namespace minben::interop
