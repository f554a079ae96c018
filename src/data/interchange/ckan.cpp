// Packages with all that they say: what CKAN has no place for, and what we have none for.
#include "ckan.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "ckan_forms.hpp"
#include "dcat_words.hpp"
#include "kept_json.hpp"

namespace minben::interchange {

using catalogue::Dataset;
using catalogue::Publisher;

namespace {

constexpr std::array<std::string_view, 6> not_overlaid{
    "id", "name", "publisher", "distributions", "origin", "kept"};
constexpr std::string_view extra_prefix{"minben:"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

/// Members in which two objects differ; null where the first has none.
JsonObject changes(const JsonObject& wanted, const JsonObject& got) {
  JsonObject out = beyond(wanted, got);
  for (const auto& member : got)
    if (!wanted.contains(member.key())) out[member.key()] = nullptr;
  return out;
}

void overlay(JsonObject& object, const JsonObject& with) {
  for (const auto& member : with) {
    if (member.value().is_null()) object.erase(member.key());
    else object[member.key()] = member.value();
  }
}

JsonArray* list_in(JsonObject& object, std::string_view name) {
  Json* value = object.if_contains(name);
  return value && value->is_array() ? &value->get_array() : nullptr;
}
const JsonArray* list_in(const JsonObject& object, std::string_view name) {
  const Json* value = object.if_contains(name);
  return value && value->is_array() ? &value->get_array() : nullptr;
}

/// What is kept of a package: its own words, the extras that mean nothing here, and of each
/// resource.
JsonObject kept_of_package(const JsonObject& said, const JsonObject& written) {
  const auto worth = [](JsonObject kept) {
    for (const std::string_view name : ckan_platform) kept.erase(name);
    for (const std::string_view name : {"name", "tags", "groups", "resources", "extras"})
      kept.erase(name);
    return kept;
  };
  JsonObject kept = worth(beyond(said, written));
  std::set<std::string> ours;
  if (const JsonArray* list = list_in(written, "extras"))
    for (const Json& extra : *list)
      ours.insert(string_or(extra, "key") + "\n" + string_or(extra, "value"));
  JsonArray extras;
  if (const JsonArray* list = list_in(said, "extras"))
    for (const Json& extra : *list) {
      const std::string key = string_or(extra, "key");
      if (!key.starts_with(extra_prefix) && !ours.contains(key + "\n" + string_or(extra, "value")))
        extras.push_back(JsonObject{{"key", key}, {"value", string_or(extra, "value")}});
    }
  if (!extras.empty()) kept["extras"] = std::move(extras);
  JsonArray resources;
  bool any = false;
  const JsonArray* theirs = list_in(said, "resources");
  const JsonArray* own = list_in(written, "resources");
  for (std::size_t i = 0; theirs && own && i < own->size(); ++i) {
    JsonObject one = worth(beyond((*theirs)[i].get_object(), (*own)[i].get_object()));
    if (const Json* name = (*theirs)[i].get_object().if_contains("name");
        name && *name != (*own)[i].get_object().at("name"))
      one["name"] = *name;
    one.erase("metadata_modified");
    one.erase(ckan_own_key);
    any |= !one.empty();
    resources.push_back(std::move(one));
  }
  if (any) kept["resources"] = std::move(resources);
  return kept;
}

/// Members of the whole package that `kept` says otherwise than `written`.
JsonObject brought_back(const JsonObject& kept, const JsonObject& written) {
  JsonObject out = kept;
  if (const JsonArray* extras = list_in(kept, "extras")) {
    std::set<std::string> theirs;
    for (const Json& extra : *extras) theirs.insert(string_or(extra, "key"));
    JsonArray all;
    if (const JsonArray* ours = list_in(written, "extras"))
      for (const Json& extra : *ours)
        if (!theirs.contains(string_or(extra, "key"))) all.push_back(extra);
    for (const Json& extra : *extras) all.push_back(extra);
    out["extras"] = std::move(all);
  }
  if (const JsonArray* resources = list_in(kept, "resources")) {
    JsonArray all = *list_in(written, "resources");
    if (all.size() == resources->size())
      for (std::size_t i = 0; i < all.size(); ++i)
        if (const auto* members = (*resources)[i].if_object())
          for (const auto& member : *members) all[i].get_object()[member.key()] = member.value();
    out["resources"] = std::move(all);
  }
  return out;
}

Dataset read_again(const JsonObject& package) {
  Publisher publisher;
  Errors faults;
  return read_ckan_members(package, publisher, faults);
}

}  // namespace

Result<Dataset> overlaid(const Dataset& dataset, const JsonObject& package) {
  JsonObject document = catalogue::to_json(dataset).get_object();
  bool any = false;
  if (const JsonArray* extras = list_in(package, "extras"))
    for (const Json& extra : *extras) {
      const std::string key = string_or(extra, "key");
      if (!key.starts_with(extra_prefix) ||
          among(not_overlaid, std::string_view(key).substr(extra_prefix.size())))
        continue;
      MINBEN_TRY(value, parse_json(string_or(extra, "value")));
      JsonObject one;
      one[key.substr(extra_prefix.size())] = std::move(value);
      overlay(document, one);
      any = true;
    }
  JsonArray* distributions = list_in(document, "distributions");
  const JsonArray* resources = list_in(package, "resources");
  for (std::size_t i = 0;
       distributions && resources && i < distributions->size() && i < resources->size(); ++i)
    if (const Json* own = find((*resources)[i], ckan_own_key); own && own->is_object()) {
      JsonObject members = own->get_object();
      members.erase("id");
      overlay((*distributions)[i].get_object(), members);
      any = true;
    }
  if (!any) return dataset;
  MINBEN_TRY(out, catalogue::dataset_from_json(document));
  return out;
}

void complete_ckan(JsonObject& package, const Dataset& dataset) {
  const JsonObject wanted = catalogue::to_json(dataset).get_object();
  const JsonObject got = catalogue::to_json(read_again(package)).get_object();
  JsonArray& extras = package["extras"].get_array();
  for (const auto& member : changes(wanted, got))
    if (!among(not_overlaid, member.key()))
      extras.push_back(JsonObject{{"key", std::string(extra_prefix) + std::string(member.key())},
                                  {"value", write_json(member.value())}});
  const JsonArray* all = list_in(wanted, "distributions");
  const JsonArray* read = list_in(got, "distributions");
  JsonArray& resources = package["resources"].get_array();
  for (std::size_t i = 0; all && read && i < all->size() && i < read->size(); ++i) {
    JsonObject own = changes((*all)[i].get_object(), (*read)[i].get_object());
    own.erase("id");
    if (!own.empty()) resources[i].get_object()[ckan_own_key] = std::move(own);
  }
}

JsonObject write_ckan_resource(const Dataset& dataset, std::size_t index, const CkanFacts& facts) {
  return ckan_resource(dataset, index, facts);
}

JsonObject write_ckan_package(const Dataset& dataset, const Publisher& publisher,
                              const CkanFacts& facts) {
  JsonObject package = ckan_package(dataset, publisher, facts);
  if (!dataset.kept.ckan.empty()) {
    const Dataset before = read_again(package);
    bring_back(package, brought_back(dataset.kept.ckan, package),
               [&](const JsonObject& object) { return read_again(object) == before; });
  }
  if (facts.complete) complete_ckan(package, dataset);
  return package;
}

std::expected<FoundCkan, Errors> read_ckan_package(const Json& json, bool own) {
  const auto* package = json.if_object();
  if (package == nullptr)
    return std::unexpected(Errors{{Kind::invalid, "wrong_type", "expected an object", "", 0, 0}});
  FoundCkan out;
  Errors faults;
  Dataset dataset = read_ckan_members(*package, out.publisher, faults);
  if (faults.empty()) {
    auto whole = overlaid(dataset, *package);
    if (whole) dataset = std::move(*whole);
    else faults.push_back(std::move(whole.error()));
  }
  if (!faults.empty()) return std::unexpected(std::move(faults));
  out.id = string_or(json, "id");
  const Json* hidden = package->if_contains("private");
  out.active = string_or(json, "state", "active") == "active" &&
               !(hidden && hidden->is_bool() && hidden->get_bool());
  const JsonObject written = ckan_package(dataset, out.publisher, {});
  dataset.kept.ckan = kept_of_package(*package, written);
  if (own) {
    if (const auto id = catalogue::DatasetId::parse(out.id)) dataset.id = *id;
    const JsonArray* resources = list_in(*package, "resources");
    for (std::size_t i = 0; resources && i < dataset.distributions.size(); ++i)
      if (const auto id = catalogue::DistributionId::parse(string_or((*resources)[i], "id")))
        dataset.distributions[i].id = *id;
  }
  out.dataset = std::move(dataset);
  return out;
}

}  // namespace minben::interchange
