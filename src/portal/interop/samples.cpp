// What is there now, for the examples in descriptions of the interfaces.
#include <algorithm>

#include "ckan.hpp"
#include "streams/live.hpp"
#include "tables.hpp"

namespace minben::interop {

namespace {

using catalogue::Entry;

constexpr std::int64_t looked_at = 20;

/// The first of its distributions whose rows can be asked for; nullptr when there is none.
const catalogue::Distribution* with_rows(const Entry& entry, const RowsOf& rows) {
  const auto& all = entry.dataset.distributions;
  const auto found = std::ranges::find_if(all, rows, &catalogue::Distribution::id);
  return found == all.end() ? nullptr : &*found;
}

openapi::Samples of(const Parts& parts, const Entry& entry,
                    const catalogue::Distribution& distribution) {
  const catalogue::Dataset& dataset = entry.dataset;
  openapi::Samples out{
      {"dataset", dataset.name},
      {"dataset_id", to_string(dataset.id)},
      {"organization", dataset.publisher.value},
      {"group", group_name(dataset.service_category)},
      {"category", dataset.service_category},
      {"table", to_string(distribution.id)},
      {"identifier", dataset.national_id.empty() ? dataset.name : dataset.national_id}};
  if (!dataset.keywords.empty()) out["tag"] = dataset.keywords.front();
  const auto info = parts.tables.info(datastore::TableId{distribution.id.value});
  if (info && !info->version.fields.empty()) out["field"] = info->version.fields.front().name;
  const auto publishers = parts.index.publishers();
  if (const auto* publisher = find_publisher(*publishers, dataset.publisher))
    out["oid"] = publisher->oid;
  return out;
}

/// A series, and a table whose uploaded file is kept, where this dataset has any.
void add_kept(openapi::Samples& out, const Parts& parts, const Entry& entry) {
  if (entry.dataset.series) out.emplace("series", to_string(*entry.dataset.series));
  if (out.contains("original")) return;
  for (const catalogue::Distribution& each : entry.dataset.distributions)
    if (parts.tables.original(datastore::TableId{each.id.value})) {
      out.emplace("original", to_string(each.id));
      return;
    }
}

void add_stream(openapi::Samples& out, const Parts& parts) {
  if (!parts.live) return;
  const auto all = parts.live->streams().all();
  if (!all) return;
  for (const streams::Stream& each : *all)
    if (parts.live->streams().readable(each.id)) {
      out.emplace("stream", to_string(each.id));
      return;
    }
}

}  // namespace

openapi::Samples samples(const Dependencies& dependencies) {
  const Parts parts(dependencies);
  catalogue::SearchQuery query;
  query.limit = looked_at;
  const auto hits = parts.index.search(query);
  if (!hits) return {};
  const auto entries =
      parts.read([&](store::Transaction& tx) { return parts.catalogue.entries(tx, hits->ids); });
  if (!entries) return {};
  const RowsOf rows = rows_of(parts, *entries);
  openapi::Samples best, others;
  add_stream(others, parts);
  for (const Entry& entry : *entries)
    if (entry.status == catalogue::Status::published) add_kept(others, parts, entry);
  for (const Entry& entry : *entries) {
    const auto* distribution = with_rows(entry, rows);
    if (!distribution || entry.status != catalogue::Status::published) continue;
    const bool complete =
        !entry.dataset.keywords.empty() && !entry.dataset.service_category.empty();
    if (complete || best.empty()) best = of(parts, entry, *distribution);
    if (complete) break;
  }
  best.insert(others.begin(), others.end());
  return best;
}

}  // namespace minben::interop
