#include "schema_org.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "dcat_words.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::Dataset;
using catalogue::Distribution;

namespace {

constexpr std::size_t shortest_description = 50, longest_description = 5000;  // characters

void put(JsonObject& object, std::string_view name, std::string_view value) {
  if (!value.empty()) object[name] = value;
}
void put(JsonObject& object, std::string_view name, JsonArray list) {
  if (list.size() == 1) object[name] = std::move(list.front());
  else if (!list.empty()) object[name] = std::move(list);
}
JsonArray texts(const std::vector<std::string>& list) {
  JsonArray out;
  for (const std::string& each : list) out.emplace_back(each);
  return out;
}

std::string cut(std::string text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80 && ++seen > characters) {
      text.resize(i);
      break;
    }
  return text;
}

std::string description(const Dataset& dataset, const catalogue::Publisher& publisher,
                        Language language) {
  std::string text = dataset.description.in(language);
  const auto complete = [&](const std::string& more) {
    if (length_in_characters(text) < shortest_description && !more.empty())
      text += (text.empty() ? "" : "\n") + more;
  };
  complete(dataset.title.in(language) + " — " + publisher.title.in(language));
  for (const Distribution& distribution : dataset.distributions) {
    std::string columns;
    for (const auto& field : distribution.fields)
      columns += (columns.empty() ? "" : ", ") + field.name;
    complete(columns);
  }
  complete(vocabulary::frequency_text(dataset.frequency, language));
  return cut(std::move(text), longest_description);
}

std::string licence_address(const std::string& licence) {
  const auto* known = vocabulary::find_licence(licence);
  return known ? std::string(known->term.uri) : licence;
}

JsonObject organization(const catalogue::Publisher& publisher, const Addresses& addresses,
                        Language language) {
  const std::string& name =
      publisher.title.empty() ? publisher.code.value : publisher.title.in(language);
  JsonObject out{{"@type", "GovernmentOrganization"},
                 {"@id", addresses.publisher(publisher.code)},
                 {"name", name}};
  put(out, "url", publisher.url);
  return out;
}

std::string coverage(const catalogue::Period& period) {
  if (!period.from && !period.to) return {};
  return (period.from ? to_string(*period.from) : "..") + "/" +
         (period.to ? to_string(*period.to) : "..");
}

JsonObject download(const Dataset& dataset, const Distribution& d, const Addresses& addresses,
                    Language language) {
  JsonObject out{{"@type", "DataDownload"}, {"@id", addresses.distribution(dataset.id, d.id)}};
  put(out, "name", d.title.in(language));
  put(out, "description", d.description.in(language));
  put(out, "encodingFormat", d.media_type.empty() ? d.format : d.media_type);
  put(out, "contentUrl", d.download_url.empty() ? d.access_url : d.download_url);
  if (d.byte_size) out["contentSize"] = fmt::format("{} B", *d.byte_size);
  if (d.checksum && d.checksum->algorithm == "sha256") out["sha256"] = d.checksum->hex;
  if (d.modified) out["dateModified"] = to_string(*d.modified);
  put(out, "license", licence_address(d.licence));
  return out;
}

JsonArray keywords(const Dataset& dataset, Language language) {
  std::vector<std::string> out;
  const bool zh = language == Language::zh_hant;
  const auto& own = zh || dataset.keywords_en.empty() ? dataset.keywords : dataset.keywords_en;
  out.insert(out.end(), own.begin(), own.end());
  for (const std::string& code : dataset.themes)
    if (const auto* term = vocabulary::find(vocabulary::themes(), code))
      out.emplace_back(term->in(language));
  return texts(out);
}

JsonArray variables(const Dataset& dataset, Language language) {
  JsonArray out;
  std::vector<std::string> seen;
  for (const Distribution& distribution : dataset.distributions)
    for (const auto& field : distribution.fields) {
      if (out.size() >= 100 || std::ranges::find(seen, field.name) != seen.end()) continue;
      seen.push_back(field.name);
      JsonObject variable{{"@type", "PropertyValue"}, {"name", field.name}};
      put(variable, "description", field.description.in(language));
      put(variable, "unitText", field.unit);
      out.push_back(std::move(variable));
    }
  return out;
}

// https://docs.mlcommons.org/croissant: the prefixes that every such document begins with.
JsonObject croissant_context() {
  JsonObject out{{"@language", "zh-Hant"},
                 {"@vocab", "https://schema.org/"},
                 {"sc", "https://schema.org/"},
                 {"cr", "http://mlcommons.org/croissant/"},
                 {"dct", "http://purl.org/dc/terms/"},
                 {"conformsTo", "dct:conformsTo"}};
  for (const char* name : {"column", "extract", "field", "fileProperty", "format", "includes",
                           "md5", "recordSet", "references", "regex", "repeated", "replace",
                           "separator", "source", "subField", "transform", "fileObject", "fileSet"})
    out[name] = fmt::format("cr:{}", name);
  out["dataType"] = JsonObject{{"@id", "cr:dataType"}, {"@type", "@vocab"}};
  out["data"] = JsonObject{{"@id", "cr:data"}, {"@type", "@json"}};
  return out;
}

std::string_view croissant_type(std::string_view type) {
  if (type == "integer") return "sc:Integer";
  if (type == "number") return "sc:Float";
  if (type == "boolean") return "sc:Boolean";
  if (type == "date") return "sc:Date";
  return type == "timestamp" ? "sc:DateTime" : "sc:Text";
}

}  // namespace

JsonObject write_schema_org(const Dataset& dataset, const catalogue::Publisher& publisher,
                            const Addresses& addresses, Language language) {
  JsonObject out{{"@context", "https://schema.org/"},
                 {"@type", "Dataset"},
                 {"@id", addresses.dataset(dataset.id)},
                 {"url", addresses.dataset(dataset.id)},
                 {"name", dataset.title.in(language)},
                 {"description", description(dataset, publisher, language)},
                 {"isAccessibleForFree", dataset.cost.empty()}};
  std::vector<std::string> identifiers{to_string(dataset.id)};
  if (!dataset.national_id.empty()) identifiers.push_back(dataset.national_id);
  put(out, "identifier", texts(identifiers));
  const std::string& other =
      dataset.title.in(language == Language::en ? Language::zh_hant : Language::en);
  if (other != dataset.title.in(language)) put(out, "alternateName", other);
  put(out, "keywords", keywords(dataset, language));
  put(out, "license", licence_address(dataset.licence));
  put(out, "inLanguage", texts(dataset.languages));
  put(out, "version", dataset.version);
  if (dataset.issued) out["datePublished"] = to_string(*dataset.issued);
  if (dataset.modified) out["dateModified"] = to_string(*dataset.modified);
  put(out, "temporalCoverage", coverage(dataset.temporal));
  JsonArray places;
  for (const std::string& place : dataset.spatial)
    places.push_back(
        JsonObject{{"@type", "Place"}, {is_web_address(place) ? "url" : "name", place}});
  put(out, "spatialCoverage", std::move(places));
  put(out, "sameAs", dataset.landing_page);
  JsonObject creator = organization(publisher, addresses, language);
  if (!dataset.contact.email.empty() || !dataset.contact.phone.empty()) {
    JsonObject contact{{"@type", "ContactPoint"}, {"contactType", "customer service"}};
    put(contact, "email", dataset.contact.email);
    put(contact, "telephone", dataset.contact.phone);
    creator["contactPoint"] = std::move(contact);
  }
  out["creator"] = creator;
  out["publisher"] = std::move(creator);
  out["includedInDataCatalog"] = JsonObject{
      {"@type", "DataCatalog"}, {"@id", addresses.catalogue()}, {"url", addresses.base + "/"}};
  JsonArray downloads;
  for (const Distribution& distribution : dataset.distributions)
    downloads.push_back(download(dataset, distribution, addresses, language));
  if (!downloads.empty()) out["distribution"] = std::move(downloads);
  JsonArray measured = variables(dataset, language);
  if (!measured.empty()) out["variableMeasured"] = std::move(measured);
  return out;
}

std::string for_script(const JsonObject& object) {
  std::string out;
  for (const char c : write_json(object)) {
    if (c == '<' || c == '>' || c == '&')
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else out += c;
  }
  return out;
}

JsonObject write_croissant(const Dataset& dataset, const catalogue::Publisher& publisher,
                           const Addresses& addresses, Language language) {
  JsonObject out = write_schema_org(dataset, publisher, addresses, language);
  JsonObject context = croissant_context();
  context["@language"] = language_tag(language);
  out["@context"] = std::move(context);
  out["@type"] = "sc:Dataset";
  out["conformsTo"] = "http://mlcommons.org/croissant/1.0";
  out.erase("variableMeasured");
  JsonArray files, records;
  for (const Distribution& d : dataset.distributions) {
    if (!d.checksum || d.checksum->algorithm != "sha256" || d.download_url.empty()) continue;
    JsonObject file = download(dataset, d, addresses, language);
    file["@type"] = "cr:FileObject";
    const std::string id = to_string(d.id);
    file["@id"] = id;
    if (!file.contains("name")) file["name"] = d.format.empty() ? id : d.format;
    if (!file.contains("encodingFormat")) file["encodingFormat"] = "application/octet-stream";
    files.push_back(std::move(file));
    JsonArray fields;
    for (std::size_t i = 0; i < d.fields.size(); ++i) {
      JsonObject field{
          {"@type", "cr:Field"},
          {"@id", fmt::format("{}/{}", id, i)},
          {"name", d.fields[i].name},
          {"dataType", croissant_type(d.fields[i].type)},
          {"source", JsonObject{{"fileObject", JsonObject{{"@id", id}}},
                                {"extract", JsonObject{{"column", d.fields[i].name}}}}}};
      put(field, "description", d.fields[i].description.in(language));
      fields.push_back(std::move(field));
    }
    if (!fields.empty())
      records.push_back(JsonObject{{"@type", "cr:RecordSet"},
                                   {"@id", id + "/rows"},
                                   {"name", id + "/rows"},
                                   {"field", std::move(fields)}});
  }
  out["distribution"] = std::move(files);
  if (!records.empty()) out["recordSet"] = std::move(records);
  return out;
}

}  // namespace minben::interchange
