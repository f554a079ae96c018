// The forms of Taiwan's standard with all that they say.
#include "national.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "dcat_words.hpp"
#include "kept_json.hpp"
#include "national_forms.hpp"
#include "taiwan_words.hpp"

namespace minben::interchange {

using catalogue::Dataset;
using catalogue::Publisher;

namespace {

bool is_v2(const JsonObject& object) {
  for (const char* name : {"categoryService", "categoryDataset", "updateFrequency", "datasetId",
                           "datasetid", "coverageStartedDate", "spatialCoverage"})
    if (object.contains(name)) return true;
  return false;
}

std::string_view key(NationalVersion version) {
  return version == NationalVersion::v1 ? "v1" : "v2";
}

Dataset read_form(const JsonObject& object, NationalVersion version, Publisher& publisher,
                  Errors& faults) {
  return version == NationalVersion::v1 ? read_v1(object, publisher, faults)
                                        : read_v2(object, publisher, faults);
}
JsonObject write_form(const Dataset& dataset, const Publisher& publisher, NationalVersion version,
                      const NationalSystem& system) {
  return version == NationalVersion::v1 ? write_v1(dataset, publisher)
                                        : write_v2(dataset, publisher, system);
}

/// Of the form, and of each resource by its place.
JsonObject kept_of_form(const JsonObject& said, const JsonObject& written) {
  JsonObject kept = beyond(said, written);
  const Json* resources = said.if_contains("distribution");
  if (!resources || !resources->is_array()) return kept;
  kept.erase("distribution");
  const auto& ours = written.at("distribution").get_array();
  JsonArray list;
  bool any = false;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    list.push_back(beyond(resources->get_array()[i].get_object(), ours[i].get_object()));
    any |= !list.back().get_object().empty();
  }
  if (any) kept["distribution"] = std::move(list);
  return kept;
}

/// The kept members, resources whole: kept of each over what is written of it.
JsonObject with_resources(const JsonObject& kept, const JsonObject& written) {
  JsonObject out = kept;
  const Json* list = kept.if_contains("distribution");
  if (!list || !list->is_array()) return out;
  JsonArray resources = written.at("distribution").get_array();
  if (list->get_array().size() != resources.size()) {  // whose they are is no longer known
    out.erase("distribution");
    return out;
  }
  for (std::size_t i = 0; i < resources.size(); ++i)
    if (const auto* members = list->get_array()[i].if_object())
      for (const auto& member : *members) resources[i].get_object()[member.key()] = member.value();
  out["distribution"] = std::move(resources);
  return out;
}

std::string name_of(const Dataset& dataset) {
  const std::string from_id = slug(dataset.national_id);
  if (from_id.size() >= 2) return from_id;
  return "dataset-" + hex_encode(sha256(dataset.title.zh_hant)).substr(0, 12);
}

}  // namespace

std::expected<FoundNational, Errors> read_national(const Json& metadata) {
  const auto* object = metadata.if_object();
  if (object == nullptr)
    return std::unexpected(Errors{{Kind::invalid, "wrong_type", "expected an object", "", 0, 0}});
  FoundNational out;
  out.version = is_v2(*object) ? NationalVersion::v2 : NationalVersion::v1;
  Errors faults;
  out.dataset = read_form(*object, out.version, out.publisher, faults);
  if (!faults.empty()) return std::unexpected(std::move(faults));
  out.dataset.publisher = out.publisher.code;
  out.dataset.name = name_of(out.dataset);
  JsonObject kept = kept_of_form(*object, write_form(out.dataset, out.publisher, out.version, {}));
  if (!kept.empty()) out.dataset.kept.national[key(out.version)] = std::move(kept);
  return out;
}

JsonObject write_national(const Dataset& dataset, const Publisher& publisher,
                          NationalVersion version, const NationalSystem& system) {
  JsonObject written = write_form(dataset, publisher, version, system);
  const Json* kept = dataset.kept.national.if_contains(key(version));
  if (!kept || !kept->is_object()) return written;
  const auto read = [&](const JsonObject& object) {
    Publisher found;
    Errors faults;
    Dataset read_back = read_form(object, version, found, faults);
    return std::pair(std::move(read_back), std::tuple(found.title, found.oid, found.org_code));
  };
  JsonObject theirs = kept->get_object();  // but for what this platform says itself
  if (!system.dataset_id.empty()) theirs.erase("datasetId");
  if (!system.quality.empty()) theirs.erase("dataQuality");
  if (system.published_at) theirs.erase("publishedDate");
  if (system.changed_at) theirs.erase("modifiedDate");
  const auto before = read(written);
  bring_back(written, with_resources(theirs, written),
             [&](const JsonObject& object) { return read(object) == before; });
  return written;
}

}  // namespace minben::interchange
