#include "series.hpp"

#include <algorithm>

#include "rows.hpp"

namespace minben::catalogue {

namespace {

constexpr store::Query find_named{"catalogue_series_named",
                                  "select series_id from catalogue.series where name = $1"};
constexpr store::Query find_members{
    "catalogue_series_members",
    "select " MINBEN_ENTRY_COLUMNS
    " from catalogue.dataset where status = 'published' and dataset_id in "
    "(select dataset_id from catalogue.series_member where series_id = $1) limit $2"};

Date end_of(const Entry& entry) {
  const Dataset& d = entry.dataset;
  if (d.temporal.to) return *d.temporal.to;
  if (d.temporal.from) return *d.temporal.from;
  return taiwan_date(d.issued.value_or(entry.created_at));
}

}  // namespace

Result<SeriesId> series_named(store::Transaction& tx, std::string_view name) {
  MINBEN_TRY(rows, tx.run(find_named, name));
  if (rows.empty()) return fail(Kind::not_found, "no_such_series");
  return rows.front().id<SeriesId>("series_id");
}

Result<std::vector<Entry>> members_of(store::Transaction& tx, SeriesId id, int limit) {
  MINBEN_TRY(rows, tx.run(find_members, id, limit));
  MINBEN_TRY(entries, entries_of(rows));
  std::ranges::sort(entries, std::greater{}, [](const Entry& each) {
    return std::pair(std::chrono::sys_days(end_of(each)), each.dataset.name);
  });
  return entries;
}

}  // namespace minben::catalogue
