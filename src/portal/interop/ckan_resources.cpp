// Resources: one, those that match, and how their rows can be looked at.
#include <algorithm>
#include <array>
#include <atomic>

#include <fmt/format.h>

#include "ckan.hpp"
#include "tables.hpp"

namespace minben::interop {

namespace {

using catalogue::DistributionQuery;
using catalogue::Entry;

constexpr std::int64_t most_resources = 1000;

/// Each looks through all documents, so that few at once, of all who ask, must do.
constexpr int searches_at_once = 2;
std::atomic<int> searches_under_way{0};

class SearchTurn {
 public:
  SearchTurn() : taken_(++searches_under_way <= searches_at_once) {}
  ~SearchTurn() { --searches_under_way; }
  SearchTurn(const SearchTurn&) = delete;
  SearchTurn& operator=(const SearchTurn&) = delete;
  [[nodiscard]] bool taken() const { return taken_; }

 private:
  bool taken_;
};

/// A published dataset and which of its distributions is meant.
struct Found {
  Entry entry;
  std::size_t index = 0;
};
Result<Found> asked_resource(const Call& call, std::string_view parameter) {
  MINBEN_TRY(id, call.given.required(parameter));
  const auto distribution = catalogue::DistributionId::parse(id);
  if (!distribution) return fail(Kind::not_found, "no_such_resource");
  MINBEN_TRY(entry, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.find(tx, *distribution);
  }));
  const auto& all = entry.dataset.distributions;
  const auto found = std::ranges::find(all, *distribution, &catalogue::Distribution::id);
  if (entry.status != catalogue::Status::published || found == all.end())
    return fail(Kind::not_found, "no_such_resource");
  const auto index = static_cast<std::size_t>(found - all.begin());
  return Found{std::move(entry), index};
}

JsonObject written(const Entry& entry, std::size_t index, const RowsOf& rows) {
  auto facts = facts_of(entry, Told::whole);
  facts.has_rows = &rows;
  return interchange::write_ckan_resource(entry.dataset, index, facts);
}

Result<Json> resource_show(const Call& call) {
  MINBEN_TRY(found, asked_resource(call, "id"));
  const RowsOf rows = rows_of(call.parts, {&found.entry, 1});
  return written(found.entry, found.index, rows);
}

/// CKAN's names of what a resource can be searched by → ours.
constexpr std::array<std::pair<std::string_view, DistributionQuery::Member>, 9> members{
    {{"id", DistributionQuery::Member::id},
     {"name", DistributionQuery::Member::title},
     {"description", DistributionQuery::Member::description},
     {"url", DistributionQuery::Member::url},
     {"format", DistributionQuery::Member::format},
     {"mimetype", DistributionQuery::Member::media_type},
     {"hash", DistributionQuery::Member::checksum},
     {"package_id", DistributionQuery::Member::dataset},
     {"encoding", DistributionQuery::Member::encoding}}};

Result<DistributionQuery::Member> member_named(std::string_view name) {
  const auto known = std::ranges::find(
      members, name, &std::pair<std::string_view, DistributionQuery::Member>::first);
  if (known == members.end())
    return fail(Kind::invalid, "undefined_field",
                fmt::format("Field \"{}\" not recognised in resource_search.", name), name);
  return known->second;
}

Result<DistributionQuery> query_of(const Given& given) {
  if (!given.has("query")) return invalid_value("query", "Missing value");
  MINBEN_TRY(all, given.list("query"));
  DistributionQuery query;
  for (const std::string& each : all) {
    const auto colon = each.find(':');
    if (colon == each.npos || colon == 0)
      return invalid_value("query", "Must be <field>:<value> pair(s)");
    MINBEN_TRY(member, member_named(each.substr(0, colon)));
    query.parts.emplace_back(member, each.substr(colon + 1));
  }
  MINBEN_TRY(order, given.text("order_by"));
  if (!order.empty()) {
    MINBEN_TRY(member, member_named(order));
    query.order = member;
  }
  MINBEN_TRY(limit, given.natural("limit", most_resources));
  MINBEN_TRY(offset, given.natural("offset", 0));
  query.limit = std::min(limit, most_resources);
  query.offset = std::min<std::int64_t>(offset, 10'000'000);
  return query;
}

Result<Json> resource_search(const Call& call) {
  MINBEN_TRY(query, query_of(call.given));
  const SearchTurn turn;
  if (!turn.taken())
    return fail(Kind::unavailable, "busy", "other searches for resources are under way");
  MINBEN_TRY(hits, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.distributions(tx, query);
  }));
  std::vector<catalogue::DatasetId> ids;
  for (const auto& each : hits.found)
    if (std::ranges::find(ids, each.dataset) == ids.end()) ids.push_back(each.dataset);
  MINBEN_TRY(entries, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.entries(tx, ids);
  }));
  const RowsOf rows = rows_of(call.parts, entries);
  JsonArray out;
  for (const auto& each : hits.found) {
    const auto entry =
        std::ranges::find(entries, each.dataset, [](const Entry& one) { return one.dataset.id; });
    if (entry == entries.end()) continue;
    const auto& all = entry->dataset.distributions;
    const auto found = std::ranges::find(all, each.distribution, &catalogue::Distribution::id);
    if (found != all.end())
      out.push_back(written(*entry, static_cast<std::size_t>(found - all.begin()), rows));
  }
  return JsonObject{{"count", hits.total}, {"results", std::move(out)}};
}

/// One view, whose id is the resource's: the table with filters, charts and maps on its page.
JsonObject view_of(const Found& found) {
  const auto& distribution = found.entry.dataset.distributions[found.index];
  return {{"id", to_string(distribution.id)},
          {"resource_id", to_string(distribution.id)},
          {"package_id", to_string(found.entry.dataset.id)},
          {"title", "資料表"},
          {"description", "Rows with filters, charts and maps"},
          {"view_type", "datatables_view"}};
}

Result<Json> resource_view_list(const Call& call) {
  MINBEN_TRY(found, asked_resource(call, "id"));
  JsonArray out;
  const RowsOf rows = rows_of(call.parts, {&found.entry, 1});
  if (rows(found.entry.dataset.distributions[found.index].id)) out.push_back(view_of(found));
  return out;
}

Result<Json> resource_view_show(const Call& call) {
  MINBEN_TRY(found, asked_resource(call, "id"));
  const RowsOf rows = rows_of(call.parts, {&found.entry, 1});
  if (!rows(found.entry.dataset.distributions[found.index].id))
    return fail(Kind::not_found, "no_such_view");
  return view_of(found);
}

constexpr std::array actions{
    Action{"resource_show", true,
           "Return the metadata of a resource.\n\nid: the id of the resource.", resource_show},
    Action{"resource_search", true,
           "Searches for resources in published datasets whose fields contain the given "
           "terms.\n\nquery: field:term, or a list of them (name, description, url, format, "
           "mimetype, hash, id, package_id, encoding); order_by, offset, limit (at most 1000).",
           resource_search},
    Action{"resource_view_list", true,
           "Return the list of resource views for a particular resource: its table, when it has "
           "rows.\n\nid.",
           resource_view_list},
    Action{"resource_view_show", true, "Return the metadata of a resource view.\n\nid.",
           resource_view_show},
};

}  // namespace

std::span<const Action> resource_actions() { return actions; }

}  // namespace minben::interop
