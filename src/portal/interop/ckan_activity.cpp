// What changed, as CKAN's activity streams tell it: each version of a dataset is an activity.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "ckan.hpp"

namespace minben::interop {

namespace {

using catalogue::Dataset;
using catalogue::Entry;
using catalogue::Version;

constexpr std::int64_t usual_activities = 31;
constexpr std::int64_t most_activities = 100;
/// Older versions than these are read by their numbers only.
constexpr std::int64_t most_versions = 1000;

/// "<dataset>.<version>": no activity is stored, so its name says where it is found.
std::string activity_id(catalogue::DatasetId id, int version) {
  return fmt::format("{}.{}", to_string(id), version);
}

/// Of "officer:0190…" only what kind of actor it was: nobody's id is told.
std::string_view kind_of(std::string_view actor) { return actor.substr(0, actor.find(':')); }

JsonObject activity(const Parts& parts, const Entry& entry, const Version& version, Told told) {
  Entry then = entry;
  then.dataset = version.dataset;
  then.dataset.id = entry.dataset.id;
  then.changed_at = version.published_at;
  return {{"id", activity_id(entry.dataset.id, version.number)},
          {"timestamp", interchange::ckan_time(version.published_at)},
          {"user_id", kind_of(version.published_by)},
          {"object_id", to_string(entry.dataset.id)},
          {"activity_type", version.number == 1 ? "new package" : "changed package"},
          {"data", JsonObject{{"package", packages_of(parts, {&then, 1}, told).front()},
                              {"actor", kind_of(version.published_by)}}}};
}

struct Window {
  std::int64_t limit, offset;
};
Result<Window> window_of(const Given& given) {
  MINBEN_TRY(limit, given.natural("limit", usual_activities));
  MINBEN_TRY(offset, given.natural("offset", 0));
  return Window{std::min(limit, most_activities), std::min(offset, most_versions)};
}

Result<Json> package_activity_list(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  MINBEN_TRY(window, window_of(call.given));
  MINBEN_TRY(entry, entry_of(call.parts, id));
  MINBEN_TRY(versions, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.versions(tx, entry.dataset.id,
                                         static_cast<int>(window.offset + window.limit));
  }));
  JsonArray out;
  for (auto i = static_cast<std::size_t>(window.offset); i < versions.size(); ++i)
    out.push_back(activity(call.parts, entry, versions[i], Told::in_a_list));
  return out;
}

/// Of each dataset what changed last, as the entries are sorted.
Result<Json> newest_of(const Call& call, catalogue::Condition where) {
  MINBEN_TRY(window, window_of(call.given));
  catalogue::SearchQuery query;
  query.where = std::move(where);
  query.order = catalogue::Order::modified;
  query.limit = window.limit;
  query.offset = window.offset;
  MINBEN_TRY(hits, call.parts.index.search(query));
  return call.parts.read([&](store::Transaction& tx) -> Result<Json> {
    MINBEN_TRY(entries, call.parts.catalogue.entries(tx, hits.ids));
    JsonArray out;
    for (const Entry& entry : entries) {
      if (entry.status != catalogue::Status::published) continue;
      MINBEN_TRY(version, call.parts.catalogue.version(tx, entry.dataset.id, entry.version));
      out.push_back(activity(call.parts, entry, version, Told::in_a_list));
    }
    return out;
  });
}

Result<Json> recently_changed(const Call& call) { return newest_of(call, {}); }

Result<Json> organization_activity_list(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  const auto all = call.parts.index.publishers();
  for (const catalogue::Publisher& each : *all)
    if (each.code.value == id || interchange::ckan_organization_id(each.code) == id)
      return newest_of(call,
                       catalogue::Condition::is(catalogue::Field::publisher, each.code.value));
  return fail(Kind::not_found, "no_such_organization");
}

Result<Json> group_activity_list(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  const std::string code = category_of(id);
  if (!catalogue::vocabulary::find(catalogue::vocabulary::service_categories(), code))
    return fail(Kind::not_found, "no_such_group");
  return newest_of(call, catalogue::Condition::is(catalogue::Field::category, code));
}

/// The version that an activity's id names.
Result<JsonObject> activity_named(const Call& call) {
  MINBEN_TRY(name, call.given.required("id"));
  const auto dot = name.rfind('.');
  const auto id = catalogue::DatasetId::parse(name.substr(0, dot));
  const auto number =
      dot == name.npos ? std::nullopt : parse_integer(name.substr(dot + 1), 1, INT32_MAX);
  if (!id || !number) return fail(Kind::not_found, "no_such_activity");
  MINBEN_TRY(entry, entry_of(call.parts, to_string(*id)));
  MINBEN_TRY(version, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.version(tx, *id, static_cast<int>(*number));
  }));
  return activity(call.parts, entry, version, Told::whole);
}

Result<Json> activity_show(const Call& call) {
  MINBEN_TRY(found, activity_named(call));
  return Json(std::move(found));
}

Result<Json> activity_data_show(const Call& call) {
  MINBEN_TRY(found, activity_named(call));
  MINBEN_TRY(type, call.given.text("object_type"));
  const Json& data = found.at("data");
  if (type.empty()) return data;
  const Json* part = find(data, type);
  if (!part)
    return fail(Kind::not_found, "no_such_object_type",
                "Could not find that object_type in the activity");
  return *part;
}

constexpr std::array actions{
    Action{"package_activity_list", true,
           "Return a package's activity stream: its versions, the newest first.\n\nid, offset, "
           "limit (at most 100).",
           package_activity_list},
    Action{"recently_changed_packages_activity_list", true,
           "Return the activity stream of all recently added or changed packages.\n\noffset, limit "
           "(at most 100).",
           recently_changed},
    Action{"organization_activity_list", true,
           "Return an organization's activity stream.\n\nid, offset, limit (at most 100).",
           organization_activity_list},
    Action{"group_activity_list", true,
           "Return a group's activity stream.\n\nid, offset, limit (at most 100).",
           group_activity_list},
    Action{"activity_show", true, "Show details of an item of activity.\n\nid.", activity_show},
    Action{"activity_data_show", true,
           "Show the data of an item of activity: the dataset as it was then.\n\nid, object_type.",
           activity_data_show},
};

}  // namespace

std::span<const Action> activity_actions() { return actions; }

}  // namespace minben::interop
