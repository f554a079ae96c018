#include <algorithm>

#include <fmt/format.h>

#include "ckan_forms.hpp"
#include "dcat.hpp"
#include "dcat_words.hpp"
#include "national.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;

namespace {

/// Members of a package or resource, and of the extras, as texts.
class CkanMembers {
 public:
  CkanMembers(const JsonObject& object, std::string pointer, Errors& faults)
      : object_(object), pointer_(std::move(pointer)), faults_(faults) {
    if (const Json* extras = object.if_contains("extras"); extras && extras->is_array())
      for (const Json& extra : extras->get_array())
        if (const Json* value = find(extra, "value"))
          extras_.emplace(string_or(extra, "key"), value);
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    return as_text(object_.if_contains(name), name);
  }
  /// From the extras, or from the package itself where a schema flattens them.
  [[nodiscard]] std::string extra(std::string_view name) const {
    const auto it = extras_.find(name);
    return as_text(it != extras_.end() ? it->second : object_.if_contains(name), name);
  }
  /// A JSON list as text, a list, or one value.
  [[nodiscard]] std::vector<std::string> extra_list(std::string_view name) const {
    const auto it = extras_.find(name);
    const Json* value = it != extras_.end() ? it->second : object_.if_contains(name);
    std::vector<std::string> out;
    if (value == nullptr) return out;
    Json parsed = *value;
    if (value->is_string()) {
      const auto list = parse_json(value->get_string(), {1u << 20, 8});
      parsed = list && list->is_array() ? *list : Json(JsonArray{*value});
    }
    if (parsed.is_array())
      for (const Json& each : parsed.get_array())
        if (each.is_string() && !each.get_string().empty()) {
          std::string one(each.get_string());
          if (std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
        }
    return out;
  }
  [[nodiscard]] const JsonArray* list(std::string_view name) const {
    const Json* value = object_.if_contains(name);
    if (value == nullptr || value->is_null()) return nullptr;
    if (value->is_array()) return &value->get_array();
    fault("wrong_type", name, "expected a list");
    return nullptr;
  }
  void fault(std::string_view code, std::string_view name, std::string detail) const {
    if (faults_.size() < 100)
      faults_.push_back({Kind::invalid, std::string(code), std::move(detail),
                         pointer_ + "/" + std::string(name), 0, 0});
  }

 private:
  [[nodiscard]] std::string as_text(const Json* value, std::string_view name) const {
    if (value == nullptr || value->is_null()) return {};
    if (value->is_number() || value->is_bool()) return write_json(*value);
    if (!value->is_string()) {
      if (name == "title" || name == "name" || name == "url")
        fault("wrong_type", name, "expected a text");
      return {};
    }
    std::string out;
    for (const char c : value->get_string())
      if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' || c == '\r') out += c;
    return out;
  }

  const JsonObject& object_;
  std::string pointer_;
  Errors& faults_;
  std::map<std::string, const Json*, std::less<>> extras_;
};

void put_text(catalogue::Text& text, std::string value) {
  (has_han(value) || value.empty() ? text.zh_hant : text.en) = std::move(value);
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::optional<catalogue::Checksum> read_hash(const std::string& hash) {
  const auto colon = hash.find(':');
  std::string algorithm = colon == std::string::npos ? "" : hash.substr(0, colon);
  const std::string hex =
      to_lower_ascii(colon == std::string::npos ? hash : hash.substr(colon + 1));
  if (algorithm.empty())
    algorithm = hex.size() == 32   ? "md5"
                : hex.size() == 40 ? "sha1"
                : hex.size() == 64 ? "sha256"
                                   : "";
  if (algorithm.empty() || hex.empty() || hex.size() > 128 || !hex_decode(hex)) return std::nullopt;
  return catalogue::Checksum{algorithm, hex};
}

// CKAN has one address of a resource; whether it is the file its kind must tell.
void read_addresses(const CkanMembers& members, Distribution& out) {
  out.download_url = members.text("download_url");
  out.access_url = members.text("access_url");
  const std::string url = members.text("url"), kind = to_lower_ascii(members.text("resource_type"));
  if (out.download_url.empty() && out.access_url.empty()) {
    const auto* format = vocabulary::find_format(out.format);
    const bool page =
        out.format == "HTML" || out.format == "API" || kind == "api" || kind == "documentation" ||
        (format && (format->label == "WMS" || format->label == "WFS" || format->label == "WMTS" ||
                    format->label == "WCS" || format->label == "REST"));
    const bool file = members.text("url_type") == "upload" || (!page && format != nullptr);
    (file ? out.download_url : out.access_url) = url;
  }
  if (out.access_url == out.download_url) out.access_url.clear();
  for (std::string* address : {&out.download_url, &out.access_url})
    if (!is_web_address(*address)) address->clear();
}

Distribution read_resource(const CkanMembers& members) {
  Distribution out;
  out.format = upper(members.text("format"));
  const std::string name = members.text("name");
  if (name != members.text("format")) put_text(out.title, name);
  put_text(out.description, members.text("description"));
  out.media_type = members.text("mimetype");
  out.character_encoding = members.extra("encoding");
  read_addresses(members, out);
  out.byte_size = parse_integer(members.text("size"), 0);
  out.checksum = read_hash(members.text("hash"));
  const auto time = [&](std::string_view own, std::string_view ckan) {
    const std::string text = members.text(own);
    return read_time(text.empty() ? members.text(ckan) : text);
  };
  out.issued = time("issued", "created");
  out.modified = time("modified", "last_modified");
  const std::string licence = members.text("license");
  if (const auto* known = vocabulary::find_licence(licence)) out.licence = known->term.code;
  else if (is_web_address(licence)) out.licence = licence;
  return out;
}

std::string read_licence(const CkanMembers& members) {
  for (const std::string_view name : {"license_url", "license_id", "license_title"}) {
    const std::string text = members.text(name);
    // "cc-by" says no version when the address does: of two names the address is better.
    if (const auto* known = vocabulary::find_licence(text)) return std::string(known->term.code);
    if (name == "license_url" && is_web_address(text)) return text;
  }
  return {};
}

std::vector<std::string> codes_of(const std::vector<std::string>& names,
                                  std::span<const vocabulary::Term> list) {
  std::vector<std::string> out;
  for (const std::string& name : names)
    for (const vocabulary::Term& term : list)
      if ((name == term.uri || name == term.code) && std::ranges::find(out, term.code) == out.end())
        out.emplace_back(term.code);
  return out;
}

void read_words(const CkanMembers& members, Dataset& dataset) {
  if (const JsonArray* tags = members.list("tags"))
    for (const Json& tag : *tags) {
      const std::string word =
          tag.is_string() ? std::string(tag.get_string()) : string_or(tag, "name");
      auto& list = has_han(word) ? dataset.keywords : dataset.keywords_en;
      if (!trim(word).empty() && std::ranges::find(list, word) == list.end()) list.push_back(word);
    }
  if (const JsonArray* groups = members.list("groups"))
    for (const Json& group : *groups)
      for (const vocabulary::Term& term : vocabulary::service_categories())
        if (dataset.service_category.empty() &&
            string_or(group, "name") == to_lower_ascii(term.code))
          dataset.service_category = term.code;
  dataset.themes = codes_of(members.extra_list("theme"), vocabulary::themes());
  dataset.hvd_categories =
      codes_of(members.extra_list("hvd_category"), vocabulary::hvd_categories());
}

void read_extras(const CkanMembers& members, Dataset& dataset) {
  dataset.national_id = members.extra("identifier").substr(0, 200);
  dataset.issued = read_time(members.extra("issued"));
  dataset.modified = read_time(members.extra("modified"));
  dataset.frequency = vocabulary::read_frequency(members.extra("frequency"));
  dataset.languages = members.extra_list("language");
  std::erase_if(dataset.languages, [](const std::string& tag) { return tag.size() > 35; });
  dataset.temporal = {read_day(members.extra("temporal_start"), false),
                      read_day(members.extra("temporal_end"), true)};
  for (const std::string_view key : {"spatial_uri", "spatial_text"})
    if (const std::string place = members.extra(key); !place.empty() && dataset.spatial.empty())
      dataset.spatial = {place};
  const std::string access = members.extra("access_rights");
  if (access.ends_with("/RESTRICTED")) dataset.access_rights = catalogue::AccessRights::restricted;
  if (access.ends_with("/NON_PUBLIC")) dataset.access_rights = catalogue::AccessRights::closed;
  dataset.provenance = members.extra("provenance");
  const auto addresses = [&](std::string_view key) {
    auto list = members.extra_list(key);
    std::erase_if(list, [](const std::string& each) { return !is_web_address(each); });
    return list;
  };
  dataset.legislation = addresses("applicable_legislation");
  dataset.conforms_to = addresses("conforms_to");
  dataset.related_urls = addresses("documentation");
}

catalogue::Publisher read_organization(const CkanMembers& members, const JsonObject& package) {
  catalogue::Publisher out;
  const Json* organization = package.if_contains("organization");
  std::string title = members.extra("publisher_name");
  std::string code;
  if (organization && organization->is_object()) {
    if (title.empty()) title = string_or(*organization, "title");
    code = string_or(*organization, "name");
    put_text(out.description, string_or(*organization, "description"));
  }
  if (title.empty()) title = code.empty() ? members.text("author") : code;
  put_text(out.title, title);
  out.code = is_code(code) ? catalogue::PublisherCode{code} : publisher_code(title);
  return out;
}

}  // namespace

Dataset read_ckan_members(const JsonObject& package, catalogue::Publisher& publisher,
                          Errors& faults) {
  const CkanMembers members(package, "", faults);
  Dataset dataset;
  dataset.name = members.text("name");
  put_text(dataset.title, members.text("title"));
  if (dataset.title.empty()) put_text(dataset.title, dataset.name);  // CKAN shows the name then
  put_text(dataset.description, members.text("notes"));
  publisher = read_organization(members, package);
  dataset.publisher = publisher.code;
  dataset.contact.name = members.extra("contact_name");
  dataset.contact.email = members.extra("contact_email");
  dataset.contact.url = members.extra("contact_uri");
  if (!is_web_address(dataset.contact.url)) dataset.contact.url.clear();
  for (const auto& [name, email] :
       {std::pair{"maintainer", "maintainer_email"}, std::pair{"author", "author_email"}})
    if (dataset.contact.name.empty() && dataset.contact.email.empty()) {
      dataset.contact.name = members.text(name);
      dataset.contact.email = members.text(email);
    }
  read_words(members, dataset);
  read_extras(members, dataset);
  dataset.licence = read_licence(members);
  dataset.landing_page = members.text("url");
  if (!is_web_address(dataset.landing_page)) dataset.landing_page.clear();
  dataset.version = members.text("version");
  if (const JsonArray* resources = members.list("resources"))
    for (std::size_t i = 0; i < resources->size(); ++i) {
      const std::string at = fmt::format("/resources/{}", i);
      if (const auto* resource = (*resources)[i].if_object())
        dataset.distributions.push_back(read_resource(CkanMembers(*resource, at, faults)));
      else faults.push_back({Kind::invalid, "wrong_type", "expected an object", at, 0, 0});
    }
  for (Distribution& distribution : dataset.distributions)
    if (distribution.licence == dataset.licence) distribution.licence.clear();
  return dataset;
}

}  // namespace minben::interchange
