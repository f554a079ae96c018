// What a program with a key changes: packages, their resources, and what its organization says of
// itself.
#include <algorithm>
#include <array>

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

/// A package as it was given, of this key's agency, stored as the next version.
Result<Json> store_package(const Call& call, const Key& key, JsonObject package,
                           const Entry* before) {
  settle_organization(call.parts, package);
  auto found = interchange::read_ckan_package(package, true);
  if (!found) return fail(std::move(found.error().front()));
  Dataset dataset = std::move(found->dataset);
  dataset.publisher = found->publisher.code;
  if (before) {
    dataset.id = before->dataset.id;
    if (dataset.name.empty()) dataset.name = before->dataset.name;
    dataset.origin = before->dataset.origin;
  }
  auto stored = call.parts.database.transact([&](store::Transaction& tx) -> Result<Entry> {
    MINBEN_CHECK(publisher_for(call.parts, tx, key, dataset.publisher));
    if (before) MINBEN_CHECK(publisher_for(call.parts, tx, key, before->dataset.publisher));
    MINBEN_TRY(puts, call.parts.catalogue.put(tx, {&dataset, 1}, actor_of(key)));
    MINBEN_TRY(put, std::move(puts.front()));
    return call.parts.catalogue.find(tx, put.id);
  });
  if (!stored) return fail(in_words_of_ckan(std::move(stored).error()));
  return std::move(packages_of(call.parts, {&*stored, 1}, Told::whole).front());
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
  return store_package(call, key, package, nullptr);
}

Result<Entry> asked_package(const Call& call, std::string_view parameter) {
  const bool by_name = !call.given.has(parameter) && call.given.has("name");
  MINBEN_TRY(id, call.given.required(by_name ? "name" : parameter));
  return entry_of(call.parts, id);
}

Result<Json> package_update(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(before, asked_package(call, "id"));
  JsonObject package = call.given.all();
  if (!package.contains("owner_org")) package["owner_org"] = before.dataset.publisher.value;
  return store_package(call, key, package, &before);
}

JsonObject package_of(const Call& call, const Entry& entry) {
  return packages_of(call.parts, {&entry, 1}, Told::whole).front().as_object();
}

Result<Json> package_patch(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(before, asked_package(call, "id"));
  JsonObject package = package_of(call, before);
  for (const auto& member : call.given.all())
    if (member.key() != "id") package[member.key()] = member.value();
  return store_package(call, key, package, &before);
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

Result<Json> resource_create(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(before, asked_package(call, "package_id"));
  JsonObject package = package_of(call, before);
  JsonObject resource = call.given.all();
  resource.erase("package_id");
  resource.erase("id");
  package["resources"].as_array().push_back(std::move(resource));
  MINBEN_TRY(stored, store_package(call, key, package, &before));
  return stored.at("resources").as_array().back();
}

/// The package that has the resource `id`, and its place in it.
struct Place {
  Entry entry;
  std::size_t index;
};
Result<Place> place_of_resource(const Call& call) {
  MINBEN_TRY(id, call.given.required("id"));
  const auto distribution = catalogue::DistributionId::parse(id);
  if (!distribution) return fail(Kind::not_found, "no_such_resource");
  MINBEN_TRY(entry, call.parts.read([&](store::Transaction& tx) {
    return call.parts.catalogue.find(tx, *distribution);
  }));
  const auto& all = entry.dataset.distributions;
  const auto found = std::ranges::find(all, *distribution, &catalogue::Distribution::id);
  if (entry.status != Status::published || found == all.end())
    return fail(Kind::not_found, "no_such_resource");
  const auto index = static_cast<std::size_t>(found - all.begin());  // before the list moves away
  return Place{std::move(entry), index};
}

Result<Json> change_resource(const Call& call, bool patch) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(place, place_of_resource(call));
  JsonObject package = package_of(call, place.entry);
  JsonObject& resource = package["resources"].as_array().at(place.index).as_object();
  const Json id = resource["id"];
  if (!patch) resource.clear();
  for (const auto& member : call.given.all()) resource[member.key()] = member.value();
  resource["id"] = id;
  MINBEN_TRY(stored, store_package(call, key, package, &place.entry));
  return stored.at("resources").as_array().at(place.index);
}
Result<Json> resource_update(const Call& call) { return change_resource(call, false); }
Result<Json> resource_patch(const Call& call) { return change_resource(call, true); }

Result<Json> resource_delete(const Call& call) {
  MINBEN_TRY(key, key_of(call.parts, call.request));
  MINBEN_TRY(place, place_of_resource(call));
  JsonObject package = package_of(call, place.entry);
  JsonArray& resources = package["resources"].as_array();
  resources.erase(resources.begin() + static_cast<std::ptrdiff_t>(place.index));
  MINBEN_CHECK(store_package(call, key, package, &place.entry));
  return Json(nullptr);
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
    Action{"organization_update", false,
           "Update what an organization says of itself.\n\nid, title, description, image_url.",
           change_organization},
    Action{"organization_patch", false, "As organization_update.", change_organization},
    Action{"organization_create", false, "Organizations are kept by the stewards of the platform.",
           not_by_key},
    Action{"organization_delete", false, "Organizations are kept by the stewards of the platform.",
           not_by_key},
    Action{"group_create", false, "Groups are Taiwan's 服務分類.", not_by_key},
    Action{"group_update", false, "Groups are Taiwan's 服務分類.", not_by_key},
    Action{"group_patch", false, "Groups are Taiwan's 服務分類.", not_by_key},
    Action{"group_delete", false, "Groups are Taiwan's 服務分類.", not_by_key},
};

}  // namespace

std::span<const Action> write_actions() { return actions; }

}  // namespace minben::interop
