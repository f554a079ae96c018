// What a site says of itself.
#include <array>

#include "ckan.hpp"

namespace minben::interop {

namespace {

/// The version whose behaviour this follows: clients decide by it what they may call.
constexpr std::string_view ckan_version = "2.11.3";

Result<Json> status_show(const Call& call) {
  return JsonObject{{"ckan_version", ckan_version},
                    {"site_url", call.parts.config.origin},
                    {"site_title", call.parts.config.title.in(Language::zh_hant)},
                    {"site_description", call.parts.config.title.in(Language::en)},
                    {"error_emails_to", nullptr},
                    {"locale_default", "zh_Hant_TW"},
                    {"extensions", JsonArray{"activity", "datastore"}}};
}

Result<Json> help_show(const Call& call) {
  MINBEN_TRY(name, call.given.required("name"));
  if (const Action* action = find_action(name)) return Json(action->help);
  return fail(Kind::not_found, "no_such_action", "Action \"" + name + "\" not found.");
}

Result<Json> nothing(const Call&) { return JsonArray{}; }

Result<Json> no_vocabulary(const Call& call) {
  MINBEN_CHECK(call.given.required("id"));
  return fail(Kind::not_found, "no_such_vocabulary");
}

constexpr std::array actions{
    Action{"status_show", true,
           "Return a dictionary with information about the site's configuration.", status_show},
    Action{"help_show", true, "Return the help string for a particular API action.\n\nname.",
           help_show},
    Action{"site_read", true, "Return true.", [](const Call&) -> Result<Json> { return true; }},
    Action{"vocabulary_list", true,
           "Return a list of all the site's tag vocabularies: it has none.", nothing},
    Action{"vocabulary_show", true, "Return a single tag vocabulary: there is none.\n\nid.",
           no_vocabulary},
};

}  // namespace

std::span<const Action> site_actions() { return actions; }

}  // namespace minben::interop
