#include <algorithm>

#include <fmt/format.h>

#include "ckan_forms.hpp"
#include "dcat.hpp"
#include "dcat_words.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::Text;

namespace {

const std::string& shown(const Text& text) { return text.zh_hant.empty() ? text.en : text.zh_hant; }
Json or_null(std::string_view text, const JsonMemory& memory) {
  return text.empty() ? Json(nullptr, memory) : Json(text, memory);
}
Json time_or_null(const std::optional<Instant>& instant, const JsonMemory& memory) {
  return instant ? Json(ckan_time(*instant), memory) : Json(nullptr, memory);
}
std::string id_of(std::string_view kind, std::string_view name) {
  return to_string(uuid_of(fmt::format("ckan {} {}", kind, name)));
}

std::string_view state(catalogue::Status status) {
  switch (status) {
    case catalogue::Status::draft:
      return "draft";
    case catalogue::Status::published:
      return "active";
    case catalogue::Status::withdrawn:
      return "deleted";
  }
  return "deleted";
}

class Extras {
 public:
  explicit Extras(const JsonMemory& memory) : list_(memory) {}
  void add(std::string_view key, std::string_view value) {
    if (!value.empty())
      list_.push_back(JsonObject({{"key", key}, {"value", value}}, list_.storage()));
  }
  /// A list is one text of JSON, as ckanext-dcat writes it.
  void add(std::string_view key, const std::vector<std::string>& values) {
    JsonArray list;
    for (const std::string& value : values) list.emplace_back(value);
    if (!list.empty()) add(key, std::string_view(write_json(list)));
  }
  JsonArray take() { return std::move(list_); }

 private:
  JsonArray list_;
};

std::vector<std::string> uris(const std::vector<std::string>& codes,
                              std::span<const vocabulary::Term> list) {
  std::vector<std::string> out;
  for (const std::string& code : codes)
    if (const auto* term = vocabulary::find(list, code); term && !term->uri.empty())
      out.emplace_back(term->uri);
  return out;
}

// The keys of ckanext-dcat, which harvesters of CKAN know.
JsonArray extras(const Dataset& dataset, const catalogue::Publisher& publisher,
                 const JsonMemory& memory) {
  Extras out(memory);
  const auto time = [](const std::optional<Instant>& at) {
    return at ? to_string(*at) : std::string();
  };
  const auto date = [](const std::optional<Date>& at) {
    return at ? to_string(*at) : std::string();
  };
  out.add("identifier", dataset.national_id);
  out.add("issued", time(dataset.issued));
  out.add("modified", time(dataset.modified));
  if (dataset.frequency.kind != catalogue::Frequency::Kind::unknown)
    out.add("frequency", std::string(words::eu_frequency) +
                             std::string(vocabulary::eu_frequency(dataset.frequency)));
  out.add("language", dataset.languages);
  out.add("theme", uris(dataset.themes, vocabulary::themes()));
  out.add("hvd_category", uris(dataset.hvd_categories, vocabulary::hvd_categories()));
  out.add("applicable_legislation", dataset.legislation);
  out.add("temporal_start", date(dataset.temporal.from));
  out.add("temporal_end", date(dataset.temporal.to));
  const std::string place = dataset.spatial.size() == 1 ? dataset.spatial.front() : "";
  out.add(is_web_address(place) ? "spatial_uri" : "spatial_text", place);
  out.add("publisher_name", shown(publisher.title));
  out.add("contact_name", dataset.contact.name);
  out.add("contact_email", dataset.contact.email);
  out.add("contact_uri", dataset.contact.url);
  const std::string_view access = dataset.access_rights == catalogue::AccessRights::open ? "PUBLIC"
                                  : dataset.access_rights == catalogue::AccessRights::restricted
                                      ? "RESTRICTED"
                                      : "NON_PUBLIC";
  out.add("access_rights", std::string(words::eu_access_right) + std::string(access));
  out.add("provenance", dataset.provenance);
  out.add("conforms_to", dataset.conforms_to);
  out.add("documentation", dataset.related_urls);
  return out.take();
}

JsonArray tags(const Dataset& dataset, const JsonMemory& memory) {
  std::vector<std::string> names = dataset.keywords;
  for (const std::string& word : dataset.keywords_en)
    if (std::ranges::find(names, word) == names.end()) names.push_back(word);
  JsonArray out(memory);
  for (const std::string& name : names) out.push_back(write_ckan_tag(name, memory));
  return out;
}

JsonArray groups(const Dataset& dataset, const CkanFacts& facts) {
  JsonArray out(facts.memory);
  if (const auto* term =
          vocabulary::find(vocabulary::service_categories(), dataset.service_category)) {
    JsonObject group(facts.memory);
    for (const auto& member : write_ckan_group(*term, 0, facts))
      for (const std::string_view kept :
           {"description", "display_name", "id", "image_display_url", "name", "title"})
        if (member.key() == kept) group[kept] = member.value();
    out.push_back(std::move(group));
  }
  return out;
}

}  // namespace

std::string ckan_time(Instant instant) {
  std::string text = to_string(instant);
  text.pop_back();  // Z
  if (text.find('.') == std::string::npos) text += ".000000";
  return text;
}

std::string ckan_organization_id(const catalogue::PublisherCode& code) {
  return id_of("organization", code.value);
}

JsonObject write_ckan_tag(std::string_view name, const JsonMemory& memory) {
  return JsonObject({{"display_name", name},
                     {"id", id_of("tag", name)},
                     {"name", name},
                     {"state", "active"},
                     {"vocabulary_id", nullptr}},
                    memory);
}

JsonObject write_ckan_licence(const vocabulary::Licence& licence) {
  return {{"domain_content", licence.open},
          {"domain_data", licence.open},
          {"domain_software", false},
          {"family", ""},
          {"id", licence.ckan_id},
          {"is_generic", licence.term.uri.empty()},
          {"is_okd_compliant", licence.open},
          {"is_osi_compliant", false},
          {"maintainer", ""},
          {"od_conformance", licence.open ? "approved" : "rejected"},
          {"osd_conformance", "not reviewed"},
          {"status", "active"},
          {"title", licence.term.zh_hant},
          {"url", licence.term.uri}};
}

JsonObject write_ckan_organization(const catalogue::Publisher& publisher, std::int64_t packages) {
  const std::string& title =
      publisher.title.empty() ? publisher.code.value : shown(publisher.title);
  return {{"approval_status", "approved"},
          {"created", ckan_time(publisher.created_at)},
          {"description", shown(publisher.description)},
          {"display_name", title},
          {"extras", JsonArray{}},
          {"groups", JsonArray{}},
          {"id", ckan_organization_id(publisher.code)},
          {"image_display_url", publisher.image_url},
          {"image_url", publisher.image_url},
          {"is_organization", true},
          {"name", publisher.code.value},
          {"num_followers", 0},
          {"package_count", packages},
          {"state", "active"},
          {"tags", JsonArray{}},
          {"title", title},
          {"type", "organization"},
          {"users", JsonArray{}}};
}

JsonObject write_ckan_group(const vocabulary::Term& category, std::int64_t packages,
                            const CkanFacts& facts) {
  const std::string name = to_lower_ascii(category.code);
  return {{"approval_status", "approved"},
          {"created", ckan_time(facts.created_at)},
          {"description", category.en},
          {"display_name", category.zh_hant},
          {"extras", JsonArray{}},
          {"groups", JsonArray{}},
          {"id", id_of("group", name)},
          {"image_display_url", ""},
          {"image_url", ""},
          {"is_organization", false},
          {"name", name},
          {"num_followers", 0},
          {"package_count", packages},
          {"state", "active"},
          {"tags", JsonArray{}},
          {"title", category.zh_hant},
          {"type", "group"},
          {"users", JsonArray{}}};
}

namespace {
/// The members of an organization that its packages carry.
JsonObject organization_of(const catalogue::Publisher& publisher, const JsonMemory& memory) {
  const std::string& title =
      publisher.title.empty() ? publisher.code.value : shown(publisher.title);
  return JsonObject({{"approval_status", "approved"},
                     {"created", ckan_time(publisher.created_at)},
                     {"description", shown(publisher.description)},
                     {"id", ckan_organization_id(publisher.code)},
                     {"image_url", publisher.image_url},
                     {"is_organization", true},
                     {"name", publisher.code.value},
                     {"state", "active"},
                     {"title", title},
                     {"type", "organization"}},
                    memory);
}
}  // namespace

JsonObject ckan_resource(const Dataset& dataset, std::size_t index, const CkanFacts& facts) {
  const Distribution& d = dataset.distributions[index];
  const bool rows = facts.has_rows && (*facts.has_rows)(d.id);
  const JsonMemory& memory = facts.memory;
  JsonObject out(
      {{"cache_last_updated", nullptr},
       {"cache_url", nullptr},
       {"created", ckan_time(d.issued.value_or(facts.created_at))},
       {"datastore_active", rows},
       {"description", shown(d.description)},
       {"format", d.format},
       {"hash", d.checksum ? d.checksum->algorithm + ":" + d.checksum->hex : ""},
       {"id", to_string(d.id)},
       {"last_modified", time_or_null(d.modified, memory)},
       {"metadata_modified", ckan_time(facts.changed_at)},
       {"mimetype", or_null(d.media_type, memory)},
       {"mimetype_inner", nullptr},
       {"name", d.title.empty() ? or_null(d.format, memory) : Json(shown(d.title), memory)},
       {"package_id", to_string(dataset.id)},
       {"position", index},
       {"resource_type", d.api_description_url.empty() ? Json(nullptr) : Json("api")},
       {"size", d.byte_size ? Json(*d.byte_size) : Json(nullptr)},
       {"state", "active"},
       {"url", d.download_url.empty() ? d.access_url : d.download_url},
       {"url_type", nullptr}},
      memory);
  // Names of ckanext-dcat, which are members of their own in CKAN's resources.
  const auto more = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  more("access_url", d.access_url);
  more("download_url", d.download_url);
  more("encoding", d.character_encoding);
  if (const auto* licence = vocabulary::find_licence(d.licence))
    more("license", std::string(licence->term.uri));
  else more("license", d.licence);
  if (d.issued) out["issued"] = to_string(*d.issued);
  if (d.modified) out["modified"] = to_string(*d.modified);
  return out;
}

JsonObject ckan_package(const Dataset& dataset, const catalogue::Publisher& publisher,
                        const CkanFacts& facts) {
  const auto* licence = vocabulary::find_licence(dataset.licence);
  const JsonMemory& memory = facts.memory;
  JsonArray resources(memory);
  resources.reserve(dataset.distributions.size());
  for (std::size_t i = 0; i < dataset.distributions.size(); ++i)
    resources.push_back(ckan_resource(dataset, i, facts));
  JsonArray words_of = tags(dataset, memory);
  const std::size_t count = words_of.size();
  return JsonObject(
      {{"author", nullptr},
       {"author_email", nullptr},
       {"creator_user_id", nullptr},
       {"extras", extras(dataset, publisher, memory)},
       {"groups", groups(dataset, facts)},
       {"id", to_string(dataset.id)},
       {"isopen", licence != nullptr && licence->open},
       {"license_id", licence ? Json(licence->ckan_id, memory) : or_null(dataset.licence, memory)},
       {"license_title",
        licence ? Json(licence->term.zh_hant, memory) : or_null(dataset.licence, memory)},
       {"license_url",
        licence ? Json(licence->term.uri, memory) : or_null(dataset.licence, memory)},
       {"maintainer", or_null(dataset.contact.name, memory)},
       {"maintainer_email", or_null(dataset.contact.email, memory)},
       {"metadata_created", ckan_time(facts.created_at)},
       {"metadata_modified", ckan_time(facts.changed_at)},
       {"name", dataset.name},
       {"notes", shown(dataset.description)},
       {"num_resources", dataset.distributions.size()},
       {"num_tags", count},
       {"organization", organization_of(publisher, memory)},
       {"owner_org", ckan_organization_id(dataset.publisher)},
       {"private", facts.status == catalogue::Status::draft},
       {"relationships_as_object", JsonArray{}},
       {"relationships_as_subject", JsonArray{}},
       {"resources", std::move(resources)},
       {"state", state(facts.status)},
       {"tags", std::move(words_of)},
       {"title", shown(dataset.title)},
       {"type", "dataset"},
       {"url", or_null(dataset.landing_page, memory)},
       {"version", or_null(dataset.version, memory)}},
      memory);
}

}  // namespace minben::interchange
