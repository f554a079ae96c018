// What CKAN's users do. A key belongs to an agency's program, not to a person: programs follow
// nothing and see nobody; people follow on the pages, and how many do is told.
#include <algorithm>
#include <array>

#include "ckan.hpp"

namespace minben::interop {

namespace {

using catalogue::Publisher;

/// As CKAN says it to a caller who is no user.
Result<Json> no_user(const Call& call, std::string_view words) {
  MINBEN_CHECK(call.given.required("id"));
  return fail(Kind::forbidden, "no_user", words);
}
Result<Json> follow(const Call& call) {
  return no_user(call, "You must be logged in to follow items");
}
Result<Json> unfollow(const Call& call) {
  return no_user(call, "You must be logged in to unfollow something.");
}
Result<Json> am_following(const Call& call) { return no_user(call, "Not authorized"); }

Result<Json> followers(const Call& call, Followed followed, const std::string& target) {
  if (!call.parts.followers) return Json(0);
  MINBEN_TRY(count, call.parts.followers(followed, target));
  return Json(count);
}

Result<Json> dataset_follower_count(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  MINBEN_TRY(entry, entry_of(call.parts, id));
  return followers(call, Followed::dataset, to_string(entry.dataset.id));
}

Result<Publisher> asked_organization(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  const auto all = call.parts.index.publishers();
  for (const Publisher& each : *all)
    if (each.code.value == id || interchange::ckan_organization_id(each.code) == id) return each;
  return fail(Kind::not_found, "no_such_organization");
}

Result<Json> organization_follower_count(const Call& call) {
  MINBEN_TRY(publisher, asked_organization(call));
  return followers(call, Followed::publisher, publisher.code.value);
}

/// Nobody can follow a 服務分類; a search for it can be.
Result<Json> group_follower_count(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  if (!catalogue::vocabulary::find(catalogue::vocabulary::service_categories(), category_of(id)))
    return fail(Kind::not_found, "no_such_group");
  return Json(0);
}

/// The organizations for which the caller's key publishes; none without a key, as in CKAN.
Result<Json> organization_list_for_user(const Call& call) {
  const bool nobody =
      !call.request.headers.has("Authorization") && !call.request.headers.has("X-CKAN-API-Key");
  if (nobody) return JsonArray{};
  MINBEN_TRY(key, key_of(call.parts, call.request));
  JsonArray out;
  for (const Publisher& each : *call.parts.index.publishers()) {
    if (each.agency.empty() || each.agency != key.agency.value) continue;
    JsonObject one = interchange::write_ckan_organization(each, 0);
    one["capacity"] = "editor";
    out.push_back(std::move(one));
  }
  return out;
}

Result<Json> not_told(const Call&) {
  return fail(Kind::forbidden, "not_told", "who uses this site is told to nobody");
}
Result<Json> no_tokens(const Call&) {
  return fail(Kind::forbidden, "not_by_key",
              "keys are given and revoked by the operators of the platform");
}
Result<Json> operators_only(const Call&) {
  return fail(Kind::forbidden, "not_by_key", "only the operators of the platform may do that");
}
/// Of users, who have no dashboard here.
Result<Json> no_dashboard(const Call&) {
  return fail(Kind::forbidden, "no_user", "You must be logged in to access your dashboard.");
}

constexpr std::string_view people_follow = "Keys follow nothing: people do, on the pages.\n\nid.";
constexpr std::string_view people_unseen = "Who uses this site is told to nobody.";
constexpr std::string_view given_by_operators =
    "Keys are given by the operators: minben client add … --scope publish.";
constexpr std::string_view for_operators = "For the operators of the platform.";

constexpr std::array actions{
    Action{"dataset_follower_count", true,
           "Return the number of followers of a dataset: people who have subscribed to it.\n\nid.",
           dataset_follower_count},
    Action{"organization_follower_count", true,
           "Return the number of followers of an organization: people who have subscribed to "
           "it.\n\nid.",
           organization_follower_count},
    Action{"group_follower_count", true,
           "Return the number of followers of a group: groups have none.\n\nid.",
           group_follower_count},
    Action{"organization_list_for_user", true,
           "Return the organizations that the caller's key may publish for.",
           organization_list_for_user},
    Action{"follow_dataset", false, people_follow, follow},
    Action{"follow_group", false, people_follow, follow},
    Action{"follow_user", false, people_follow, follow},
    Action{"unfollow_dataset", false, people_follow, unfollow},
    Action{"unfollow_group", false, people_follow, unfollow},
    Action{"unfollow_user", false, people_follow, unfollow},
    Action{"am_following_dataset", true, people_follow, am_following},
    Action{"am_following_group", true, people_follow, am_following},
    Action{"am_following_user", true, people_follow, am_following},
    Action{"dataset_follower_list", true, people_unseen, not_told},
    Action{"group_follower_list", true, people_unseen, not_told},
    Action{"organization_follower_list", true, people_unseen, not_told},
    Action{"user_list", true, people_unseen, not_told},
    Action{"user_show", true, people_unseen, not_told},
    Action{"dashboard_activity_list", true, people_unseen, no_dashboard},
    Action{"dashboard_new_activities_count", true, people_unseen, no_dashboard},
    Action{"api_token_list", true, given_by_operators, no_tokens},
    Action{"api_token_create", false, given_by_operators, no_tokens},
    Action{"api_token_revoke", false, given_by_operators, no_tokens},
    Action{"get_site_user", true, for_operators, operators_only},
    Action{"config_option_list", true, for_operators, operators_only},
    Action{"config_option_show", true, for_operators, operators_only},
    Action{"job_list", true, for_operators, operators_only},
};

}  // namespace

std::span<const Action> people_actions() { return actions; }

}  // namespace minben::interop
