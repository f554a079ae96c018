#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "dcat.hpp"
#include "dcat_words.hpp"
#include "national_forms.hpp"
#include "taiwan_words.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::Publisher;

// Published examples have names with a blank at the end ("resourceAmount ").
const Json* NationalFields::find(std::string_view name) const {
  const Json* value = object_.if_contains(name);
  if (value == nullptr) value = object_.if_contains(std::string(name) + " ");
  return value && value->is_null() ? nullptr : value;
}

void NationalFields::fault(std::string_view code, std::string_view name, std::string detail) const {
  if (faults_.size() < 100)
    faults_.push_back({Kind::invalid, std::string(code), std::move(detail),
                       pointer_ + "/" + std::string(name), 0, 0});
}

std::string NationalFields::text(std::string_view name) const {
  const Json* value = find(name);
  if (value == nullptr) return {};
  if (value->is_string()) return tidy(std::string_view(value->get_string()));
  if (value->is_int64() || value->is_uint64()) return write_json(*value);
  fault("wrong_type", name, "expected a text");
  return {};
}

std::string NationalFields::address(std::string_view name) const {
  const std::string value = text(name);
  if (value.empty() || value == "無" || is_web_address(value)) return value == "無" ? "" : value;
  fault("not_an_address", name, "an address begins with http://, https:// or ftp://");
  return {};
}

std::optional<Instant> NationalFields::time(std::string_view name) const {
  const std::string value = text(name);
  const auto instant = read_taiwan_time(value);
  if (!value.empty() && !instant) fault("not_a_time", name, "expected YYYY-MM-DD HH:MM:SS");
  return instant;
}

std::optional<Date> NationalFields::date(std::string_view name) const {
  const std::string value = text(name);
  const auto day = read_taiwan_date(value);
  if (!value.empty() && !day) fault("not_a_date", name, "expected YYYY-MM-DD");
  return day;
}

std::vector<std::string> NationalFields::texts(std::string_view name) const {
  std::vector<std::string> out;
  const auto add = [&](std::string_view each) {
    std::string word = tidy(each);
    if (!word.empty() && std::ranges::find(out, word) == out.end()) out.push_back(std::move(word));
  };
  const Json* value = find(name);
  if (value == nullptr) return out;
  if (const auto* list = value->if_array()) {
    for (const Json& each : *list) {
      if (each.is_string()) add(std::string_view(each.get_string()));
      else fault("wrong_type", name, "expected texts");
    }
  } else if (value->is_string()) {
    for (const std::string_view each : split(std::string_view(value->get_string()), ',')) add(each);
  } else {
    fault("wrong_type", name, "expected a list of texts");
  }
  return out;
}

namespace {

// "regularupdate" says whether there is a rhythm; the other two which.
catalogue::Frequency read_update_frequency(const NationalFields& fields, std::string_view name) {
  const Json* value = fields.find(name);
  if (value == nullptr) return {};
  const auto* object = value->if_object();
  if (object == nullptr) return vocabulary::read_frequency(fields.text(name));
  const auto part = [&](std::string_view key) {
    const Json* member = object->if_contains(key);
    if (member == nullptr || member->is_null()) return std::string();
    return member->is_string() ? tidy(std::string_view(member->get_string())) : write_json(*member);
  };
  const std::string regular = to_lower_ascii(part("regularupdate"));
  if (regular == "0" || regular == "n" || regular == "false" || regular == "否")
    return {catalogue::Frequency::Kind::irregular};
  return vocabulary::read_frequency("每" + part("Frequency") + part("unittime"));
}

std::vector<std::string> read_language(const std::string& text) {
  std::vector<std::string> out;
  for (const std::string_view part : split(text, ',')) {
    std::string tag(trim(part));
    const std::string bare = to_lower_ascii(tag);
    if (bare == "zh" || bare == "zh-tw" || bare == "zh-hant" || bare == "中文" ||
        bare == "繁體中文")
      tag = "zh-Hant";
    if (bare == "英文" || bare == "en-us") tag = "en";
    if (!tag.empty() && tag.size() <= 35 && std::ranges::find(out, tag) == out.end())
      out.push_back(tag);
  }
  return out;
}

void read_keywords(const NationalFields& fields, Dataset& dataset) {
  for (std::string& word : fields.texts("keyword"))
    (has_han(word) ? dataset.keywords : dataset.keywords_en).push_back(std::move(word));
}

std::string read_licence_field(const NationalFields& fields) {
  const std::string text = fields.text("license"), url = fields.text("licenseURL");
  if (const auto* known = vocabulary::find_licence(text)) return std::string(known->term.code);
  if (const auto* known = vocabulary::find_licence(url)) return std::string(known->term.code);
  for (const std::string& address : {text, url})
    if (is_web_address(address)) return address;
  if (!text.empty()) fields.fault("unknown_code", "license", fmt::format("license={}", text));
  return {};
}

void read_common(const NationalFields& fields, Dataset& dataset) {
  dataset.title.zh_hant = fields.text("title");
  const Json* title = fields.find("title");
  if (dataset.title.empty() && (title == nullptr || title->is_string()))
    fields.fault("missing", "title", "a dataset has a title");
  dataset.description.zh_hant = fields.text("description");
  dataset.licence = read_licence_field(fields);
  if (const std::string cost = fields.text("cost"); !is_free(cost)) dataset.cost.zh_hant = cost;
  dataset.contact.name = fields.text("publisherContactName");
  dataset.contact.phone = fields.text("publisherContactPhone");
  dataset.contact.email = fields.text("publisherContactEmail");
  read_keywords(fields, dataset);
  dataset.languages = read_language(fields.text("language"));
  dataset.notes.zh_hant = fields.text("notes");
}

void read_category(const NationalFields& fields, std::string_view name, Dataset& dataset) {
  const std::string text = fields.text(name);
  dataset.service_category = read_service_category(text);
  if (!text.empty() && dataset.service_category.empty())
    fields.fault("unknown_code", name, fmt::format("無此分類{}={}", name, text));
  for (const std::string_view theme : vocabulary::themes_of(dataset.service_category))
    dataset.themes.emplace_back(theme);
}

void read_kind(const NationalFields& fields, std::string_view name, Dataset& dataset) {
  const std::string text = fields.text(name);
  if (text.empty()) return;
  dataset.kind = read_dataset_kind(text);
  if (dataset.kind.empty())
    fields.fault("unknown_code", name, fmt::format("無此類型{}={}", name, text));
}

// A resource has one text; a short one is its title.
void set_description(Distribution& distribution, std::string text) {
  const bool is_title = length_in_characters(text) <= 255 && text.find('\n') == std::string::npos;
  (is_title ? distribution.title : distribution.description).zh_hant = std::move(text);
}

std::vector<catalogue::FieldDescription> read_fields(const NationalFields& fields,
                                                     std::string_view name) {
  const Json* value = fields.find(name);
  if (value == nullptr) return {};
  const auto* list = value->if_array();
  if (list == nullptr) return read_field_list(fields.text(name));
  std::vector<catalogue::FieldDescription> out;
  for (const Json& each : *list) {
    const std::string column = tidy(string_or(each, "name"));
    const bool twice =
        std::ranges::find(out, column, &catalogue::FieldDescription::name) != out.end();
    if (column.empty() || twice) continue;
    out.push_back({column, {tidy(string_or(each, "description")), ""}, "", ""});
  }
  return out;
}

template <class Read>
void read_distributions(const JsonObject& object, Errors& faults, Dataset& dataset, Read&& read) {
  const Json* value = object.if_contains("distribution");
  if (value == nullptr || value->is_null()) return;
  const auto* list = value->if_array();
  if (list == nullptr || list->size() > 1000) {
    faults.push_back({Kind::invalid, list ? "too_many" : "wrong_type",
                      "expected a list of at most 1,000", "/distribution", 0, 0});
    return;
  }
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string at = fmt::format("/distribution/{}", i);
    const auto* each = (*list)[i].if_object();
    if (each == nullptr) {
      faults.push_back({Kind::invalid, "wrong_type", "expected an object", at, 0, 0});
      continue;
    }
    dataset.distributions.push_back(read(NationalFields(*each, at, faults)));
  }
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

Dataset read_v1(const JsonObject& object, Publisher& publisher, Errors& faults) {
  const NationalFields fields(object, "", faults);
  Dataset dataset;
  read_common(fields, dataset);
  read_category(fields, "categoryCode", dataset);
  read_kind(fields, "type", dataset);
  dataset.national_id = fields.text("identifier");
  dataset.cost_url = fields.address("costURL");
  dataset.cost_law = fields.text("costLaw");
  publisher = read_publisher_name(fields.text("publisher").empty() ? fields.text("organization")
                                                                   : fields.text("publisher"));
  publisher.oid = fields.text("publisherOID");
  publisher.org_code = fields.text("publisherOrgCode");
  dataset.frequency = vocabulary::read_frequency(fields.text("accrualPeriodicity"));
  dataset.temporal = {fields.date("temporalCoverageFrom"), fields.date("temporalCoverageTo")};
  dataset.issued = fields.time("issued");
  dataset.modified = fields.time("modified");
  if (const std::string place = fields.text("spatial"); !place.empty()) dataset.spatial = {place};
  dataset.landing_page = fields.text("landingPage");
  if (!is_web_address(dataset.landing_page)) dataset.landing_page.clear();
  const auto columns = read_fields(fields, "fieldDescription");
  read_distributions(object, faults, dataset, [&](const NationalFields& resource) {
    Distribution out;
    out.national_id = resource.text("resourceID");
    set_description(out, resource.text("resourceDescription"));
    out.fields = columns;
    out.format = upper(resource.text("format"));
    out.character_encoding = read_encoding(resource.text("characterSetCode"));
    out.download_url = resource.address("downloadURL");
    out.access_url = resource.address("accessURL");
    if (out.access_url == out.download_url) out.access_url.clear();
    out.modified = resource.time("resourceModified");
    return out;
  });
  if (dataset.distributions.size() == 1)
    dataset.distributions.front().rows = read_amount(fields.text("numberOfData"));
  return dataset;
}

Dataset read_v2(const JsonObject& object, Publisher& publisher, Errors& faults) {
  const NationalFields fields(object, "", faults);
  Dataset dataset;
  read_common(fields, dataset);
  read_category(fields, "categoryService", dataset);
  read_kind(fields, "categoryDataset", dataset);
  const std::string theme = fields.text("categoryTheme");
  if (!theme.empty() && (theme.size() != 3 || !parse_integer(theme, 0)))
    fields.fault("unknown_code", "categoryTheme",
                 fmt::format("無此主題分類categoryTheme={}", theme));
  dataset.national_id = fields.text("identifier");
  if (dataset.national_id.empty())
    dataset.national_id = fields.text(fields.has("datasetId") ? "datasetId" : "datasetid");
  publisher = read_publisher_name(fields.text("publisherOID"));
  if (publisher.oid.empty() && publisher.title.empty())
    fields.fault("missing", "publisherOID", "an agency has an OID");
  dataset.frequency = read_update_frequency(fields, "updateFrequency");
  dataset.temporal = {fields.date("coverageStartedDate"), fields.date("coverageEndedDate")};
  if (const std::string place = fields.text("spatialCoverage"); !place.empty())
    dataset.spatial = {place};
  for (const std::string_view part : split(fields.text("relatedUrl"), ' '))
    if (is_web_address(part)) dataset.related_urls.emplace_back(part);
  dataset.issued = fields.time("publishedDate");
  dataset.modified = fields.time("modifiedDate");
  read_distributions(object, faults, dataset, [](const NationalFields& resource) {
    Distribution out;
    out.national_id = resource.text("resourceID");
    set_description(out, resource.text("resourceDescription"));
    out.fields = read_fields(resource, "resourceField");
    out.format = upper(resource.text("resourceFormat"));
    out.character_encoding = read_encoding(resource.text("resourceCharacterEncoding"));
    out.download_url = resource.address("resourceDownloadUrl");
    out.rows = read_amount(resource.text("resourceAmount"));
    out.modified = resource.time("resourceModifiedDate");
    out.notes.zh_hant = resource.text("resourceNotes");
    return out;
  });
  return dataset;
}

NationalError national_error(const Error& fault) {
  const bool theme = fault.field == "/categoryTheme";
  const std::string field = fault.field.starts_with('/') ? fault.field.substr(1) : fault.field;
  std::string message = fault.detail;
  if (fault.code == "missing") message = fmt::format("缺少欄位{}", field);
  else if (fault.code == "wrong_type") message = fmt::format("欄位{}的型別錯誤", field);
  else if (fault.code == "not_an_address") message = fmt::format("欄位{}不是網址", field);
  else if (fault.code == "not_a_time" || fault.code == "not_a_date")
    message = fmt::format("欄位{}的日期格式錯誤", field);
  else if (message.find(field) == std::string::npos)
    message = fmt::format("欄位{}的內容錯誤", field);
  return {theme ? "ER0032:資料集主題分類錯誤" : "ER0031:資料集屬性錯誤", message};
}

}  // namespace minben::interchange
