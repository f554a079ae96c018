// Taiwan's quality calls (資料品質檢測): what the checks of an agency's datasets found, and those
// of one dataset with its resources. No specification is published; the members are those that
// public code of data.gov.tw reads. `created` is when it was checked, `request` whether a check is
// under way, `changed` whether the last one changed the badge, `csv` whether it can be had as CSV.
#include <algorithm>

#include "national.hpp"

namespace minben::interop {

namespace {

using catalogue::Entry;
using quality::Findings;
using quality::Quality;

constexpr std::int64_t most_listed = 1000;

Json flag(bool is) { return Json(is ? "1" : "0"); }

void add_findings(JsonObject& out, const Findings& findings) {
  out["linkable"] = quality::national_value(findings.linkable);
  out["downloadable"] = quality::national_value(findings.downloadable);
  out["structure"] = quality::national_value(findings.structured);
  out["encoding_match"] = quality::national_value(findings.encoding);
  out["desc_match"] = quality::national_value(findings.description);
}

bool has_csv(const Parts& parts, const catalogue::Dataset& dataset) {
  return std::ranges::any_of(dataset.distributions, [&](const catalogue::Distribution& each) {
    return each.format == "CSV" ||
           each.download_url.starts_with(parts.config.origin + "/datastore/dump/");
  });
}

JsonObject result_of(const Parts& parts, const Entry& entry, const Quality::Summary& found) {
  JsonObject out{{"datasetId", national_identifier(entry.dataset)},
                 {"title", entry.dataset.title.zh_hant.empty() ? entry.dataset.title.en
                                                               : entry.dataset.title.zh_hant}};
  add_findings(out, found.worst);
  out["csv"] = flag(has_csv(parts, entry.dataset));
  out["created"] = found.checked_at ? Json(to_string(*found.checked_at)) : Json("");
  out["request"] = flag(found.checking);
  out["changed"] = flag(found.changed);
  out["dataQuality"] = quality::badge_name(found.badge);
  return out;
}

Result<const Quality*> quality_of(const Parts& parts) {
  if (!parts.quality) return fail(Kind::unavailable, "not_offered", "nothing is checked here");
  return parts.quality;
}

Result<catalogue::PublisherCode> publisher_by(const Parts& parts, std::string_view oid) {
  for (const catalogue::Publisher& each : *parts.index.publishers())
    if (!each.oid.empty() && each.oid == oid) return each.code;
  return fail(Kind::not_found, "no_such_publisher", "no publisher has this OID", "publisherOID");
}

Result<net::Response> of_publisher(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(quality, quality_of(parts));
  MINBEN_TRY(window, national_window(request.query, most_listed));
  MINBEN_TRY(code, publisher_by(parts, request.parameter("oid")));
  catalogue::SearchQuery search;
  search.where = catalogue::Condition::is(catalogue::Field::publisher, code.value);
  search.order = catalogue::Order::name;
  search.descending = false;
  search.offset = window.offset;
  search.limit = std::min(window.limit, most_listed);
  MINBEN_TRY(hits, parts.index.search(search));
  return parts.read([&](store::Transaction& tx) -> Result<net::Response> {
    MINBEN_TRY(entries, parts.catalogue.entries(tx, hits.ids));
    MINBEN_TRY(found, quality->summaries(tx, entries));
    JsonArray out;
    for (std::size_t i = 0; i < entries.size(); ++i)
      out.push_back(result_of(parts, entries[i], found[i]));
    return national_success(std::move(out));
  });
}

Result<net::Response> of_dataset(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(quality, quality_of(parts));
  return parts.read([&](store::Transaction& tx) -> Result<net::Response> {
    MINBEN_TRY(entry, find_identified(parts, tx, std::string(request.parameter("id"))));
    if (entry.status != catalogue::Status::published)
      return fail(Kind::not_found, "no_such_dataset");
    MINBEN_TRY(found, quality->summaries(tx, {&entry, 1}));
    JsonObject out = result_of(parts, entry, found.front());
    JsonArray resources;
    for (std::size_t i = 0; i < entry.dataset.distributions.size(); ++i) {
      const auto& each = entry.dataset.distributions[i];
      JsonObject resource{
          {"resourceID", each.national_id.empty() ? to_string(each.id) : each.national_id}};
      add_findings(resource, found.front().findings[i]);
      resources.push_back(std::move(resource));
    }
    out["resources"] = std::move(resources);
    return national_success(std::move(out));
  });
}

}  // namespace

void add_national_quality(std::vector<net::Route>& routes, const PartsPtr& parts,
                          net::Access access) {
  add_national_get(routes, parts, access, "/api/v2/rest/qc/{oid}", of_publisher);
  add_national_get(routes, parts, access, "/api/v2/rest/quality_result/{id}", of_dataset);
}

}  // namespace minben::interop
