#include <algorithm>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "dcat_words.hpp"
#include "national_forms.hpp"
#include "taiwan_words.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::Publisher;
using catalogue::Text;

namespace {

const std::string& chinese(const Text& text) {
  return text.zh_hant.empty() ? text.en : text.zh_hant;
}
std::string time_or_nothing(const std::optional<Instant>& instant) {
  return instant ? taiwan_time(*instant) : "";
}
std::string date_or_nothing(const std::optional<Date>& date) {
  return date ? to_string(*date) : "";
}

std::string frequency(const catalogue::Frequency& frequency) {
  return frequency.kind == catalogue::Frequency::Kind::unknown
             ? ""
             : vocabulary::frequency_text(frequency, Language::zh_hant);
}

std::string languages(const Dataset& dataset) {
  std::string out;
  for (const std::string& tag : dataset.languages)
    out += (out.empty() ? "" : ",") + (tag == "zh-Hant" ? std::string("zh") : tag);
  return out;
}

JsonArray keywords(const Dataset& dataset) {
  JsonArray out;
  for (const auto* list : {&dataset.keywords, &dataset.keywords_en})
    for (const std::string& word : *list) out.emplace_back(word);
  return out;
}

std::string description(const Distribution& distribution) {
  return chinese(distribution.title.empty() ? distribution.description : distribution.title);
}

std::string oid(const Publisher& publisher) {
  if (publisher.oid.empty()) return chinese(publisher.title);
  const std::string& name = chinese(publisher.title);
  return name.empty() ? publisher.oid : publisher.oid + " | " + name;
}

std::string join(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& each : list) out += (out.empty() ? "" : " ") + each;
  return out;
}

}  // namespace

JsonObject write_v2(const Dataset& dataset, const Publisher& publisher,
                    const NationalSystem& system) {
  const auto* licence = vocabulary::find_licence(dataset.licence);
  JsonObject out;
  if (!system.dataset_id.empty()) out["datasetId"] = system.dataset_id;
  out["categoryTheme"] = "";
  out["categoryService"] = dataset.service_category;
  out["categoryDataset"] = dataset.kind;
  out["identifier"] = dataset.national_id;
  out["title"] = chinese(dataset.title);
  out["description"] = chinese(dataset.description);
  out["license"] = licence && !licence->national_id.empty() ? std::string(licence->national_id)
                                                            : dataset.licence;
  out["cost"] = dataset.cost.empty() ? "free" : chinese(dataset.cost);
  out["publisherOID"] = oid(publisher);
  out["publisherContactName"] = dataset.contact.name;
  out["publisherContactPhone"] = dataset.contact.phone;
  out["publisherContactEmail"] = dataset.contact.email;
  out["updateFrequency"] = frequency(dataset.frequency);
  out["coverageStartedDate"] = date_or_nothing(dataset.temporal.from);
  out["coverageEndedDate"] = date_or_nothing(dataset.temporal.to);
  out["spatialCoverage"] = dataset.spatial.empty() ? "" : dataset.spatial.front();
  out["language"] = languages(dataset);
  out["relatedUrl"] = join(dataset.related_urls);
  out["keyword"] = keywords(dataset);
  out["notes"] = chinese(dataset.notes);
  if (!system.quality.empty()) out["dataQuality"] = system.quality;
  const auto published = system.published_at ? system.published_at : dataset.issued;
  const auto changed = system.changed_at ? system.changed_at : dataset.modified;
  if (published) out["publishedDate"] = taiwan_time(*published);
  if (changed) out["modifiedDate"] = taiwan_time(*changed);
  JsonArray resources;
  for (const Distribution& distribution : dataset.distributions) {
    JsonArray columns;
    for (const catalogue::FieldDescription& field : distribution.fields)
      columns.push_back(
          JsonObject{{"name", field.name}, {"description", chinese(field.description)}});
    JsonObject resource;
    if (!distribution.national_id.empty()) resource["resourceID"] = distribution.national_id;
    resource["resourceDescription"] = description(distribution);
    resource["resourceField"] = std::move(columns);
    resource["resourceFormat"] = distribution.format;
    resource["resourceCharacterEncoding"] = distribution.character_encoding;
    resource["resourceDownloadUrl"] =
        distribution.download_url.empty() ? distribution.access_url : distribution.download_url;
    resource["resourceAmount"] = distribution.rows ? std::to_string(*distribution.rows) : "";
    resource["resourceNotes"] = chinese(distribution.notes);
    if (distribution.modified)
      resource["resourceModifiedDate"] = taiwan_time(*distribution.modified);
    resources.push_back(std::move(resource));
  }
  out["distribution"] = std::move(resources);
  return out;
}

JsonObject write_v1(const Dataset& dataset, const Publisher& publisher) {
  const auto* licence = vocabulary::find_licence(dataset.licence);
  const std::string name = chinese(publisher.title);
  JsonObject out;
  out["categoryCode"] = dataset.service_category;
  out["identifier"] = dataset.national_id;
  out["title"] = chinese(dataset.title);
  out["description"] = chinese(dataset.description);
  out["fieldDescription"] =
      dataset.distributions.empty() ? "" : write_field_list(dataset.distributions.front().fields);
  out["type"] = dataset.kind == "A"   ? "rawData"
                : dataset.kind == "B" ? "webService"
                : dataset.kind == "C" ? "tool"
                                      : "";
  out["license"] = licence ? std::string(licence->term.zh_hant) : dataset.licence;
  out["licenseURL"] = licence ? std::string(licence->term.uri) : dataset.licence;
  out["cost"] = dataset.cost.empty() ? "免費" : chinese(dataset.cost);
  out["costURL"] = dataset.cost_url;
  out["costLaw"] = dataset.cost_law;
  out["organization"] = name;
  out["publisher"] = name;
  out["publisherContactName"] = dataset.contact.name;
  out["publisherContactPhone"] = dataset.contact.phone;
  out["publisherContactEmail"] = dataset.contact.email;
  out["publisherOID"] = publisher.oid;
  out["publisherOrgCode"] = publisher.org_code;
  out["accrualPeriodicity"] = frequency(dataset.frequency);
  out["temporalCoverageFrom"] = date_or_nothing(dataset.temporal.from);
  out["temporalCoverageTo"] = date_or_nothing(dataset.temporal.to);
  out["issued"] = time_or_nothing(dataset.issued);
  out["modified"] = time_or_nothing(dataset.modified);
  out["spatial"] = dataset.spatial.empty() ? "" : dataset.spatial.front();
  out["language"] = languages(dataset);
  out["landingPage"] = dataset.landing_page;
  out["keyword"] = keywords(dataset);
  const bool counted = dataset.distributions.size() == 1 && dataset.distributions.front().rows;
  out["numberOfData"] = counted ? Json(*dataset.distributions.front().rows) : Json("");
  out["notes"] = chinese(dataset.notes);
  JsonArray resources;
  for (const Distribution& distribution : dataset.distributions) {
    JsonObject resource;
    resource["resourceID"] = distribution.national_id;
    resource["resourceDescription"] = description(distribution);
    resource["format"] = distribution.format;
    resource["resourceModified"] = time_or_nothing(distribution.modified);
    if (!distribution.download_url.empty() || distribution.access_url.empty())
      resource["downloadURL"] = distribution.download_url;
    if (!distribution.access_url.empty()) resource["accessURL"] = distribution.access_url;
    resource["characterSetCode"] = distribution.character_encoding;
    resources.push_back(std::move(resource));
  }
  out["distribution"] = std::move(resources);
  return out;
}

}  // namespace minben::interchange
