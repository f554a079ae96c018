// What a program with a key changes: packages, their resources, and what its organization says of
// itself.
#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "ckan.hpp"

namespace minben::interop {

namespace {

using catalogue::Dataset;
using catalogue::Entry;
using catalogue::Status;

/// As CKAN says it.
Error in_words_of_ckan(Error error) {
  if (error.code == "name_taken")
    return invalid_value("name", "That URL is already in use.").error();
  if (error.code == "not_a_name")
    return invalid_value(
               "name",
               "Must be purely lowercase alphanumeric (ascii) characters and these symbols: -_")
        .error();
  if (error.code == "unknown_publisher" || error.code == "no_such_publisher")
    return invalid_value("owner_org", "Organization does not exist").error();
  if (error.code == "withdrawn") return fail(Kind::not_found, "no_such_dataset").error();
  return error;
}

/// Programs name an organization by its name or by its id.
void settle_organization(const Parts& parts, JsonObject& package) {
  const std::string given = string_or(package, "owner_org");
  if (given.empty()) return;
  const auto all = parts.index.publishers();
  for (const catalogue::Publisher& each : *all)
    if (each.code.value == given || interchange::ckan_organization_id(each.code) == given) {
      package["organization"] = interchange::write_ckan_organization(each, 0);
      return;
    }
  package["organization"] = JsonObject{{"name", given}, {"title", given}};
}

/// A package as it was given, of this key's agency.
Result<Dataset> dataset_of(const Call& call, store::Transaction& tx, const Key& key,
                           JsonObject package) {
  settle_organization(call.parts, package);
  auto found = interchange::read_ckan_package(package, true);
  if (!found) return fail(std::move(found.error().front()));
  Dataset dataset = std::move(found->dataset);
  dataset.publisher = found->publisher.code;
  MINBEN_CHECK(publisher_for(call.parts, tx, key, dataset.publisher));
  return dataset;
}

Result<JsonObject> told(const Call& call, Result<Entry> stored) {
  if (!stored) return fail(in_words_of_ckan(std::move(stored).error()));
  return packages_of(call.parts, {&*stored, 1}, Told::whole).front().as_object();
}

/// What `edit` makes of a package as it is at that moment, stored as the next version.
using Edit = std::function<Result<void>(JsonObject& package)>;
Result<JsonObject> edit_package(const Call& call, const Key& key, catalogue::DatasetId id,
                                const Edit& edit) {
  return told(call, call.parts.database.transact([&](store::Transaction& tx) {
    return call.parts.catalogue.change(
        tx, id, actor_of(key), [&](const Entry& now) -> Result<Dataset> {
          if (now.status != Status::published) return fail(Kind::not_found, "no_such_dataset");
          MINBEN_CHECK(publisher_for(call.parts, tx, key, now.dataset.publisher));
          JsonObject package = packages_of(call.parts, {&now, 1}, Told::whole).front().as_object();
          MINBEN_CHECK(edit(package));
          MINBEN_TRY(dataset, dataset_of(call, tx, key, std::move(package)));
          if (dataset.name.empty()) dataset.name = now.dataset.name;
          dataset.origin = now.dataset.origin;
          return dataset;
        });
  }));
}

Result<Json> package_create(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_CHECK(call.given.required("name"));
  if (!call.given.has("owner_org"))
    return invalid_value("owner_org", "An organization must be provided");
  JsonObject package = call.given.all();
  package.erase("id");  // ids are ours to give
  MINBEN_TRY(name, call.given.text("name"));
  if (entry_of(call.parts, name)) return invalid_value("name", "That URL is already in use.");
  MINBEN_TRY(stored,
             told(call, call.parts.database.transact([&](store::Transaction& tx) -> Result<Entry> {
               MINBEN_TRY(dataset, dataset_of(call, tx, key, package));
               MINBEN_TRY(puts, call.parts.catalogue.put(tx, {&dataset, 1}, actor_of(key)));
               MINBEN_TRY(put, std::move(puts.front()));
               return call.parts.catalogue.find(tx, put.id);
             })));
  return Json(std::move(stored));
}

Result<Entry> asked_package(const Call& call, std::string_view parameter) {
  const bool by_name = !call.given.has(parameter) && call.given.has("name");
  MINBEN_TRY(id, call.given.required(by_name ? "name" : parameter));
  return entry_of(call.parts, id);
}

Result<Json> package_update(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(asked, asked_package(call, "id"));
  const auto replace = [&](JsonObject& package) -> Result<void> {
    const Json owner = package["owner_org"];
    package = call.given.all();
    if (!package.contains("owner_org")) package["owner_org"] = owner;
    return {};
  };
  MINBEN_TRY(stored, edit_package(call, key, asked.dataset.id, replace));
  return Json(std::move(stored));
}

/// All that is given but the id takes the place of what is there.
void patch(JsonObject& object, const JsonObject& given) {
  for (const auto& member : given)
    if (member.key() != "id") object[member.key()] = member.value();
}

Result<Json> package_patch(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(asked, asked_package(call, "id"));
  MINBEN_TRY(stored,
             edit_package(call, key, asked.dataset.id, [&](JsonObject& package) -> Result<void> {
               patch(package, call.given.all());
               return {};
             }));
  return Json(std::move(stored));
}

/// What CKAN deletes is withdrawn here, so that nobody wonders where it went.
Result<Json> package_delete(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(before, asked_package(call, "id"));
  MINBEN_TRY(reason, call.given.text("reason"));
  if (reason.empty()) reason = "提供機關以介面下架 (withdrawn by its publisher)";
  MINBEN_CHECK(call.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(publisher_for(call.parts, tx, key, before.dataset.publisher));
    MINBEN_CHECK(call.parts.catalogue.withdraw(tx, before.dataset.id, before.revision, reason,
                                               actor_of(key)));
    return {};
  }));
  return Json(nullptr);
}

// ----------------------------------------------------------------------------------- resources

JsonArray::iterator find_resource(JsonArray& resources, std::string_view id) {
  return std::ranges::find_if(
      resources, [&](const Json& each) { return string_or(each.as_object(), "id") == id; });
}

Result<Json> resource_create(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(asked, asked_package(call, "package_id"));
  const auto append = [&](JsonObject& package) -> Result<void> {
    JsonObject resource = call.given.all();
    resource.erase("package_id");
    resource.erase("id");
    package["resources"].as_array().push_back(std::move(resource));
    return {};
  };
  MINBEN_TRY(stored, edit_package(call, key, asked.dataset.id, append));
  return stored["resources"].as_array().back();
}

/// The resource that a program with a key asks for, and the package that has it.
struct AskedResource {
  Key key;
  catalogue::DatasetId dataset;
  std::string id;
};
Result<AskedResource> asked_resource(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(id, call.given.required("id"));
  const auto distribution = catalogue::DistributionId::parse(id);
  if (!distribution) return fail(Kind::not_found, "no_such_resource");
  MINBEN_TRY(entry, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.find(tx, *distribution);
  }));
  return AskedResource{std::move(key), entry.dataset.id, to_string(*distribution)};
}

using ResourceEdit = std::function<void(JsonArray& resources, JsonArray::iterator asked)>;
Result<JsonObject> edit_resource(const Call& call, const AskedResource& asked,
                                 const ResourceEdit& edit) {
  return edit_package(call, asked.key, asked.dataset, [&](JsonObject& package) -> Result<void> {
    JsonArray& resources = package["resources"].as_array();
    const auto found = find_resource(resources, asked.id);
    if (found == resources.end()) return fail(Kind::not_found, "no_such_resource");
    edit(resources, found);
    return {};
  });
}

Result<Json> change_resource(const Call& call, bool whole) {
  MINBEN_TRY(asked, asked_resource(call));
  const auto replace = [&](JsonArray&, JsonArray::iterator found) {
    JsonObject& resource = found->as_object();
    if (whole) resource = JsonObject{{"id", asked.id}};
    patch(resource, call.given.all());
  };
  MINBEN_TRY(stored, edit_resource(call, asked, replace));
  return *find_resource(stored["resources"].as_array(), asked.id);
}
Result<Json> resource_update(const Call& call) { return change_resource(call, true); }
Result<Json> resource_patch(const Call& call) { return change_resource(call, false); }

Result<Json> resource_delete(const Call& call) {
  MINBEN_TRY(asked, asked_resource(call));
  MINBEN_CHECK(edit_resource(call, asked, [](JsonArray& resources, JsonArray::iterator found) {
    resources.erase(found);
  }));
  return Json(nullptr);
}

/// Those that are named come first, in that order, and then the others in theirs.
Result<void> reorder(JsonArray& resources, std::span<const std::string> order) {
  auto next = resources.begin();
  for (const std::string& id : order) {
    const auto found = find_resource(resources, id);
    if (found == resources.end())
      return invalid_value("order", fmt::format("resource_id {} can not be found", id));
    std::rotate(next, found, found + 1);
    ++next;
  }
  return {};
}

Result<Json> package_resource_reorder(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(id, call.given.required("id"));
  if (!call.given.has("order")) return invalid_value("order", "Missing value");
  if (!call.given.json("order").is_array())
    return invalid_value("order", "Must be a list of resource");
  MINBEN_TRY(order, call.given.list("order"));
  if (std::set<std::string>(order.begin(), order.end()).size() != order.size())
    return invalid_value("order", "Must supply unique resource_ids");
  MINBEN_TRY(asked, entry_of(call.parts, id));
  MINBEN_TRY(stored, edit_package(call, key, asked.dataset.id, [&](JsonObject& package) {
               return reorder(package["resources"].as_array(), order);
             }));
  JsonArray ids;
  for (const Json& each : stored["resources"].as_array()) ids.push_back(each.at("id"));
  return JsonObject{{"id", id}, {"order", std::move(ids)}};
}

// ------------------------------------------------------------------------------- organizations

Result<Json> change_organization(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(id, call.given.required("id"));
  MINBEN_TRY(title, call.given.text("title"));
  MINBEN_TRY(description, call.given.text("description"));
  MINBEN_TRY(image, call.given.text("image_url"));
  return call.parts.database.transact([&](store::Transaction& tx) -> Result<Json> {
    MINBEN_TRY(publisher, publisher_for(call.parts, tx, key, catalogue::PublisherCode{id}));
    if (!title.empty()) publisher.title.zh_hant = title;
    if (call.given.has("description")) publisher.description.zh_hant = description;
    if (call.given.has("image_url")) publisher.image_url = image;
    MINBEN_CHECK(call.parts.catalogue.save(tx, publisher));
    return interchange::write_ckan_organization(publisher, 0);
  });
}

/// Who publishes, and what it may be about, is settled by the platform's stewards.
Result<Json> not_by_key(const Call& call) {
  MINBEN_CHECK(key_of(call.parts, call.request));
  return fail(Kind::forbidden, "not_by_key",
              "organizations and groups are kept by the stewards of the platform");
}

constexpr std::array actions{
    Action{"package_create", false,
           "Create a new dataset (package).\n\nname, title, owner_org and the other members of "
           "package_show.",
           package_create},
    Action{"package_update", false,
           "Update a dataset (package): what is not given is gone.\n\nid, and the members of "
           "package_show.",
           package_update},
    Action{"package_patch", false,
           "Patch a dataset: what is not given stays.\n\nid, and the members to change.",
           package_patch},
    Action{"package_delete", false,
           "Withdraw a dataset, for ever; its page stays with the reason.\n\nid, reason.",
           package_delete},
    Action{"resource_create", false,
           "Appends a new resource to a datasets list of resources.\n\npackage_id, url, name, "
           "format …",
           resource_create},
    Action{"resource_update", false, "Update a resource: what is not given is gone.\n\nid …",
           resource_update},
    Action{"resource_patch", false, "Patch a resource: what is not given stays.\n\nid …",
           resource_patch},
    Action{"resource_delete", false, "Delete a resource from a dataset.\n\nid.", resource_delete},
    Action{"package_resource_reorder", false,
           "Reorder resources against datasets: those that are named come first.\n\nid, order (a "
           "list of resource ids).",
           package_resource_reorder},
    Action{"organization_update", false,
           "Update what an organization says of itself.\n\nid, title, description, image_url.",
           change_organization},
    Action{"organization_patch", false, "As organization_update.", change_organization},
    Action{"organization_create", false, "Organizations are kept by the stewards of the platform.",
           not_by_key},
    Action{"organization_delete", false, "Organizations are kept by the stewards of the platform.",
           not_by_key},
    Action{"dataset_purge", false,
           "What was published stays to be seen as withdrawn: package_delete.", not_by_key},
    Action{"organization_purge", false, "Organizations are kept by the stewards of the platform.",
           not_by_key},
    Action{"group_purge", false, "Groups are Taiwan's 服務分類.", not_by_key},
    Action{"group_create", false, "Groups are Taiwan's 服務分類.", not_by_key},
    Action{"group_update", false, "Groups are Taiwan's 服務分類.", not_by_key},
    Action{"group_patch", false, "Groups are Taiwan's 服務分類.", not_by_key},
    Action{"group_delete", false, "Groups are Taiwan's 服務分類.", not_by_key},
};

}  // namespace

std::span<const Action> write_actions() { return actions; }

}  // namespace minben::interop
