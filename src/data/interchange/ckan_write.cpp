#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "ckan_forms.hpp"
#include "dcat.hpp"
#include "dcat_words.hpp"
#include "members.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::Text;

namespace {

const std::string& shown(const Text& text) { return text.zh_hant.empty() ? text.en : text.zh_hant; }
void or_null(auto& to, std::string_view name, std::string_view text) {
  if (text.empty()) to.null(name);
  else to(name, text);
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

using Extra = std::pair<std::string_view, std::string>;  ///< key and value

class Extras {
 public:
  void add(std::string_view key, std::string value) {
    if (!value.empty()) list_.emplace_back(key, std::move(value));
  }
  /// A list is one text of JSON, as ckanext-dcat writes it.
  void add(std::string_view key, const std::vector<std::string>& values) {
    JsonArray list;
    for (const std::string& value : values) list.emplace_back(value);
    if (!list.empty()) add(key, write_json(list));
  }
  std::vector<Extra> take() { return std::move(list_); }

 private:
  std::vector<Extra> list_;
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
std::vector<Extra> extras(const Dataset& dataset, const catalogue::Publisher& publisher) {
  Extras out;
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

std::vector<std::string> tags(const Dataset& dataset) {
  std::vector<std::string> names = dataset.keywords;
  for (const std::string& word : dataset.keywords_en)
    if (std::ranges::find(names, word) == names.end()) names.push_back(word);
  return names;
}

// Below, `to` is ValueMembers or TextMembers.

void tag_members(auto& to, std::string_view name) {
  to("display_name", name);
  to("id", id_of("tag", name));
  to("name", name);
  to("state", "active");
  to.null("vocabulary_id");
}

/// The members of a group that its packages carry.
void group_members(auto& to, const vocabulary::Term& category) {
  const std::string name = to_lower_ascii(category.code);
  to("description", category.en);
  to("display_name", category.zh_hant);
  to("id", id_of("group", name));
  to("image_display_url", "");
  to("name", name);
  to("title", category.zh_hant);
}

/// Likewise of an organization.
void organization_members(auto& to, const catalogue::Publisher& publisher) {
  to("approval_status", "approved");
  to("created", ckan_time(publisher.created_at));
  to("description", shown(publisher.description));
  to("id", ckan_organization_id(publisher.code));
  to("image_url", publisher.image_url);
  to("is_organization", true);
  to("name", publisher.code.value);
  to("state", "active");
  to("title", publisher.title.empty() ? publisher.code.value : shown(publisher.title));
  to("type", "organization");
}

/// Names of ckanext-dcat, which are members of their own in CKAN's resources.
void resource_extras(auto& to, const Distribution& d) {
  const auto more = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) to(name, value);
  };
  more("access_url", d.access_url);
  more("download_url", d.download_url);
  more("encoding", d.character_encoding);
  const auto* licence = vocabulary::find_licence(d.licence);
  more("license", licence ? licence->term.uri : std::string_view(d.licence));
  if (d.issued) to("issued", to_string(*d.issued));
  if (d.modified) to("modified", to_string(*d.modified));
}

void resource_members(auto& to, const Dataset& dataset, std::size_t index, const CkanFacts& facts) {
  const Distribution& d = dataset.distributions[index];
  to.null("cache_last_updated");
  to.null("cache_url");
  to("created", ckan_time(d.issued.value_or(facts.created_at)));
  to("datastore_active", facts.has_rows != nullptr && (*facts.has_rows)(d.id));
  to("description", shown(d.description));
  to("format", d.format);
  to("hash", d.checksum ? d.checksum->algorithm + ":" + d.checksum->hex : "");
  to("id", to_string(d.id));
  or_null(to, "last_modified", d.modified ? ckan_time(*d.modified) : "");
  to("metadata_modified", ckan_time(facts.changed_at));
  or_null(to, "mimetype", d.media_type);
  to.null("mimetype_inner");
  or_null(to, "name", d.title.empty() ? d.format : shown(d.title));
  to("package_id", to_string(dataset.id));
  to("position", static_cast<std::int64_t>(index));
  or_null(to, "resource_type", d.api_description_url.empty() ? "" : "api");
  if (d.byte_size) to("size", *d.byte_size);
  else to.null("size");
  to("state", "active");
  to("url", d.download_url.empty() ? d.access_url : d.download_url);
  to.null("url_type");
  resource_extras(to, d);
}

void licence_members(auto& to, const Dataset& dataset) {
  const auto* licence = vocabulary::find_licence(dataset.licence);
  to("isopen", licence != nullptr && licence->open);
  or_null(to, "license_id", licence ? licence->ckan_id : dataset.licence);
  or_null(to, "license_title", licence ? licence->term.zh_hant : dataset.licence);
  or_null(to, "license_url", licence ? licence->term.uri : dataset.licence);
}

/// What describes the dataset itself.
void describing_members(auto& to, const Dataset& dataset, const CkanFacts& facts) {
  to.null("author");
  to.null("author_email");
  to.null("creator_user_id");
  to("id", to_string(dataset.id));
  licence_members(to, dataset);
  or_null(to, "maintainer", dataset.contact.name);
  or_null(to, "maintainer_email", dataset.contact.email);
  to("metadata_created", ckan_time(facts.created_at));
  to("metadata_modified", ckan_time(facts.changed_at));
  to("name", dataset.name);
  to("notes", shown(dataset.description));
  to("private", facts.status == catalogue::Status::draft);
  to("state", state(facts.status));
  to("title", shown(dataset.title));
  to("type", "dataset");
  or_null(to, "url", dataset.landing_page);
  or_null(to, "version", dataset.version);
}

void package_members(auto& to, const Dataset& dataset, const catalogue::Publisher& publisher,
                     const CkanFacts& facts) {
  describing_members(to, dataset, facts);
  to("owner_org", ckan_organization_id(dataset.publisher));
  to.object("organization", [&](auto& inner) { organization_members(inner, publisher); });
  to.list("extras", extras(dataset, publisher), [](auto& inner, const Extra& extra) {
    inner("key", extra.first);
    inner("value", extra.second);
  });
  std::vector<const vocabulary::Term*> groups;
  if (const auto* term =
          vocabulary::find(vocabulary::service_categories(), dataset.service_category))
    groups.push_back(term);
  to.list("groups", groups, [](auto& inner, const auto* term) { group_members(inner, *term); });
  const std::vector<std::string> names = tags(dataset);
  to("num_tags", std::ssize(names));
  to.list("tags", names, [](auto& inner, const std::string& name) { tag_members(inner, name); });
  to("num_resources", std::ssize(dataset.distributions));
  to.list("resources", std::views::iota(std::size_t{0}, dataset.distributions.size()),
          [&](auto& inner, std::size_t i) { resource_members(inner, dataset, i, facts); });
  constexpr std::span<const Extra> none;
  for (const std::string_view name : {"relationships_as_object", "relationships_as_subject"})
    to.list(name, none, [](auto&, const Extra&) {});
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

JsonObject write_ckan_tag(std::string_view name) {
  ValueMembers to;
  tag_members(to, name);
  return std::move(to.out);
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

JsonObject ckan_resource(const Dataset& dataset, std::size_t index, const CkanFacts& facts) {
  ValueMembers to;
  resource_members(to, dataset, index, facts);
  return std::move(to.out);
}

JsonObject ckan_package(const Dataset& dataset, const catalogue::Publisher& publisher,
                        const CkanFacts& facts) {
  ValueMembers to;
  package_members(to, dataset, publisher, facts);
  return std::move(to.out);
}

void append_ckan_package(std::string& out, const Dataset& dataset,
                         const catalogue::Publisher& publisher, const CkanFacts& facts) {
  if (facts.complete || !dataset.kept.ckan.empty()) {
    out += write_json(write_ckan_package(dataset, publisher, facts));
    return;
  }
  TextMembers to(out);
  package_members(to, dataset, publisher, facts);
}

}  // namespace minben::interchange
