#include "dcat_read.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "dcat_words.hpp"
#include "names.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::AccessRights;
using catalogue::Dataset;
using catalogue::Distribution;

namespace {

void add_once(std::vector<std::string>& list, std::string value) {
  if (!value.empty() && std::ranges::find(list, value) == list.end())
    list.push_back(std::move(value));
}

std::string code_by_uri(std::span<const vocabulary::Term> list, std::string_view uri) {
  const auto it = std::ranges::find(list, uri, &vocabulary::Term::uri);
  return it == list.end() || uri.empty() ? "" : std::string(it->code);
}

std::string after(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? percent_decoded(text.substr(prefix.size())) : "";
}

catalogue::ContactPoint read_contact(const Look& look, TermId node) {
  const auto card = look.first(node, dcat::contact_point);
  if (!card) return {};
  const auto value_of =
      [&](std::string_view property) {  // <tel:…>, [ vcard:hasValue <tel:…> ], "…"
        const auto id = look.first(*card, property);
        if (!id) return std::string();
        return look.graph().term(*id).kind == Term::Kind::blank ? look.word(*id, words::has_value)
                                                                : look.word(*card, property);
      };
  const auto bare = [&](std::string_view property, std::string_view scheme) {
    const std::string value = value_of(property);
    return to_lower_ascii(value.substr(0, scheme.size())) == scheme
               ? percent_decoded(value.substr(scheme.size()))
               : value;
  };
  catalogue::ContactPoint contact;
  contact.name = look.literal(*card, words::fn);
  contact.email = bare(words::has_email, "mailto:");
  contact.phone = bare(words::has_telephone, "tel:");
  contact.url = look.address(*card, words::has_url);
  return contact;
}

void read_keywords(const Look& look, TermId node, Dataset& dataset) {
  for (const TermId id : look.all(node, dcat::keyword)) {
    const Term& term = look.graph().term(id);
    if (term.kind != Term::Kind::literal) continue;
    const std::string language = to_lower_ascii(term.language);
    const bool zh = language.empty() ? has_han(term.value) : language.starts_with("zh");
    if (zh) add_once(dataset.keywords, term.value);
    else if (language.empty() || language.starts_with("en"))
      add_once(dataset.keywords_en, term.value);
  }
}

void read_categories(const Look& look, TermId node, Dataset& dataset) {
  for (const TermId id : look.all(node, dcat::theme)) {
    const std::string& iri = look.graph().term(id).value;
    add_once(dataset.themes, code_by_uri(vocabulary::themes(), iri));
    const std::string high_value = after(iri, words::own_high_value_theme);
    if (vocabulary::find(vocabulary::high_value_themes(), high_value))
      add_once(dataset.high_value_themes, high_value);
    const std::string service = after(iri, words::own_service_category);
    if (dataset.service_category.empty() &&
        vocabulary::find(vocabulary::service_categories(), service))
      dataset.service_category = service;
  }
  for (const TermId id : look.all(node, words::hvd_category))
    add_once(dataset.hvd_categories,
             code_by_uri(vocabulary::hvd_categories(), look.graph().term(id).value));
  for (const TermId id : look.all(node, words::applicable_legislation))
    if (is_web_address(look.graph().term(id).value))
      add_once(dataset.legislation, look.graph().term(id).value);
}

void read_coverage(const Look& look, TermId node, Dataset& dataset) {
  dataset.frequency = read_frequency(look, node);
  if (const auto period = look.first(node, dct::temporal)) {
    const auto day = [&](std::string_view own, std::string_view older, bool last) {
      std::string text = look.literal(*period, own);
      if (text.empty()) text = look.literal(*period, older);
      return read_day(text, last);
    };
    dataset.temporal.from = day(dcat::start_date, "http://schema.org/startDate", false);
    dataset.temporal.to = day(dcat::end_date, "http://schema.org/endDate", true);
  }
  for (const TermId id : look.all(node, dct::spatial)) {
    const Term& term = look.graph().term(id);
    if (term.kind == Term::Kind::iri && is_web_address(term.value))
      add_once(dataset.spatial, term.value);
    else add_once(dataset.spatial, look.label(id));
  }
  dataset.languages = read_languages(look, node);
}

void read_terms_of_use(const Look& look, TermId node, Dataset& dataset) {
  dataset.licence = read_licence(look, node);
  const std::string access = look.word(node, dct::access_rights);
  const std::string code = after(access, words::eu_access_right);
  if (code == "RESTRICTED") dataset.access_rights = AccessRights::restricted;
  if (code == "NON_PUBLIC" || code == "CONFIDENTIAL" || code == "SENSITIVE")
    dataset.access_rights = AccessRights::closed;
  if (const auto rights = look.first(node, dct::rights)) {
    dataset.rights = look.text(*rights, words::label);
    if (dataset.rights.empty()) dataset.rights = look.text(node, dct::rights);
  }
  dataset.cost = look.text(node, words::own_cost);
  dataset.cost_url = look.address(node, words::own_cost_url);
  dataset.cost_law = look.literal(node, words::own_cost_law);
}

std::vector<catalogue::FieldDescription> read_columns(const Look& look, TermId node) {
  std::vector<catalogue::FieldDescription> out;
  const auto schema = look.first(node, words::table_schema);
  auto cell = schema ? look.first(*schema, words::column) : std::nullopt;
  while (cell && out.size() < 2000) {
    if (const auto column = look.first(*cell, ns::rdf_first)) {
      const std::string name = look.literal(*column, words::column_name);
      if (!name.empty())
        out.push_back({name, look.text(*column, dct::description),
                       look.literal(*column, words::datatype),
                       look.literal(*column, words::unit_text)});
    }
    cell = look.first(*cell, ns::rdf_rest);
  }
  return out;
}

void read_format(const Look& look, TermId node, Distribution& distribution) {
  if (const auto id = look.first(node, dct::format)) {
    const std::string& iri = look.graph().term(*id).value;
    const auto formats = vocabulary::file_formats();
    const auto known = std::ranges::find(formats, iri, &vocabulary::FileFormat::eu_uri);
    distribution.format = known != formats.end() ? std::string(known->label) : look.label(*id);
    if (known == formats.end() && distribution.format.empty() && iri.starts_with(eu_authority))
      distribution.format = iri.substr(iri.rfind('/') + 1);
  }
  if (const auto id = look.first(node, dcat::media_type)) {
    const Term& term = look.graph().term(*id);
    distribution.media_type = look.label(*id);
    std::string_view iri = term.value;
    if (iri.starts_with("https:")) iri.remove_prefix(6);
    else if (iri.starts_with("http:")) iri.remove_prefix(5);
    if (term.kind == Term::Kind::iri && iri.starts_with(media_types.substr(5)))
      distribution.media_type = iri.substr(media_types.size() - 5);
  }
  if (distribution.format.empty() && !distribution.media_type.empty())
    if (const auto* format = vocabulary::find_format(distribution.media_type))
      distribution.format = format->label;
}

std::optional<catalogue::Checksum> read_checksum(const Look& look, TermId node) {
  const auto id = look.first(node, words::checksum);
  if (!id) return std::nullopt;
  std::string algorithm = after(look.iri(*id, words::algorithm), words::algorithm_of);
  std::ranges::replace(algorithm, '_', '-');
  const std::string hex = to_lower_ascii(look.literal(*id, words::checksum_value));
  if (algorithm.empty() || hex.empty() || hex.size() > 128 || !hex_decode(hex)) return std::nullopt;
  return catalogue::Checksum{algorithm, hex};
}

Distribution read_distribution(const Look& look, TermId node, bool own) {
  Distribution out;
  out.national_id = look.literal(node, dct::identifier);
  out.title = look.text(node, dct::title);
  out.description = look.text(node, dct::description);
  out.fields = read_columns(look, node);
  read_format(look, node, out);
  out.character_encoding = look.literal(node, words::character_encoding);
  out.access_url = look.address(node, dcat::access_url);
  out.download_url = look.address(node, dcat::download_url);
  for (const TermId service : look.all(node, dcat::access_service)) {
    if (out.api_description_url.empty())
      out.api_description_url = look.address(service, dcat::endpoint_description);
    if (out.access_url.empty() && !own) out.access_url = look.address(service, dcat::endpoint_url);
  }
  if (out.access_url == (out.download_url.empty() ? out.api_description_url : out.download_url))
    out.access_url.clear();
  out.byte_size = look.count(node, dcat::byte_size);
  out.rows = look.count(node, words::own_rows);
  out.checksum = read_checksum(look, node);
  out.issued = look.instant(node, dct::issued);
  out.modified = look.instant(node, dct::modified);
  out.licence = read_licence(look, node);
  out.notes = look.text(node, words::comment);
  return out;
}

std::string name_for(const Dataset& dataset, std::string_view iri) {
  std::string name = slug(dataset.title.en);
  if (name.size() < 2) {
    while (iri.ends_with('/')) iri.remove_suffix(1);
    const std::string last =
        percent_decoded(iri.substr(std::min(iri.find_last_of("/#:") + 1, iri.size())));
    if (last.size() <= 60) name = slug(last);
  }
  return name.size() >= 2 ? name : "dataset-" + to_string(dataset.id).substr(0, 13);
}

// Ids and names: ours from our addresses, those of others always the same for the same IRI.
void identify(const Look& look, TermId node, const ReadOptions& options, Members& out) {
  const Term& term = look.graph().term(node);
  Dataset& dataset = out.dataset;
  const bool own = !options.own_base.empty() && term.value.starts_with(options.own_base + "/");
  std::string iri = term.kind == Term::Kind::iri ? term.value : "";
  if (iri.empty())
    iri = "blank:" + look.literal(node, dct::identifier) + dataset.title.zh_hant + dataset.title.en;
  dataset.id = {uuid_of(iri)};
  if (const auto uuid = own ? uuid_at_end(iri) : std::nullopt) dataset.id = {*uuid};
  dataset.name = own ? look.literal(node, words::own_name) : "";
  if (dataset.name.empty() && !own) dataset.name = name_for(dataset, iri);
  for (std::size_t i = 0; i < out.distributions.size(); ++i) {
    const Term& place = look.graph().term(out.distributions[i]);
    Distribution& distribution = dataset.distributions[i];
    const bool named = place.kind == Term::Kind::iri;
    distribution.id = {uuid_of(named ? place.value
                                     : fmt::format("{} {} {} {}", iri, i, distribution.access_url,
                                                   distribution.download_url))};
    const auto uuid = own && named ? uuid_at_end(place.value) : std::nullopt;
    if (uuid) distribution.id = {*uuid};
  }
}

// A licence is the distribution's in DCAT-AP and the dataset's for us.
void share_licence(Dataset& dataset, bool own) {
  auto& all = dataset.distributions;
  if (!own && dataset.licence.empty() && !all.empty() &&
      std::ranges::all_of(all,
                          [&](const Distribution& d) { return d.licence == all.front().licence; }))
    dataset.licence = all.front().licence;
  for (Distribution& distribution : all)
    if (distribution.licence == dataset.licence) distribution.licence.clear();
}

}  // namespace

std::string read_licence(const Look& look, TermId node) {
  for (const TermId id : look.all(node, dct::licence)) {
    const Term& term = look.graph().term(id);
    std::string text = term.value;
    if (term.kind == Term::Kind::blank) text = look.literal(id, dct::identifier);
    if (const auto* known = vocabulary::find_licence(text)) return std::string(known->term.code);
    if (is_web_address(text)) return text;
  }
  return {};
}

std::vector<std::string> read_languages(const Look& look, TermId node) {
  std::vector<std::string> out;
  for (const TermId id : look.all(node, dct::language)) {
    const Term& term = look.graph().term(id);
    std::string tag = term.kind == Term::Kind::iri ? language_of(term.value) : look.label(id);
    if (tag.size() <= 35) add_once(out, std::move(tag));
  }
  return out;
}

catalogue::Frequency read_frequency(const Look& look, TermId node) {
  const std::string interval = look.literal(node, words::own_interval);
  if (!interval.empty()) return vocabulary::read_frequency(interval);
  return vocabulary::read_frequency(look.word(node, dct::accrual_periodicity));
}

std::optional<catalogue::Publisher> read_publisher(const Look& look, TermId node,
                                                   const ReadOptions& options) {
  const auto id = look.first(node, dct::publisher);
  if (!id) return std::nullopt;
  const Term& term = look.graph().term(*id);
  catalogue::Publisher out;
  out.title = look.text(*id, words::foaf_name);
  out.url = look.address(*id, words::homepage);
  std::string name = out.title.zh_hant.empty() ? out.title.en : out.title.zh_hant;
  if (name.empty()) name = term.kind == Term::Kind::blank ? look.label(*id) : term.value;
  const std::string own =
      options.own_base.empty() ? "" : after(term.value, options.own_base + "/organization/");
  out.code = own.empty() || !is_code(own) ? publisher_code(name) : catalogue::PublisherCode{own};
  if (out.title.empty()) (has_han(name) ? out.title.zh_hant : out.title.en) = name;
  return out;
}

Members read_members(const Graph& graph, TermId node, const ReadOptions& options) {
  const Look look(graph);
  const bool own = !options.own_base.empty();
  Members out;
  Dataset& dataset = out.dataset;
  dataset.title = look.text(node, dct::title);
  dataset.description = look.text(node, dct::description);
  for (const TermId id : look.all(node, words::adms_identifier))
    if (look.literal(id, words::schema_agency) == "data.gov.tw" && dataset.national_id.empty())
      dataset.national_id = look.literal(id, words::notation);
  out.publisher = read_publisher(look, node, options);
  if (out.publisher) dataset.publisher = out.publisher->code;
  dataset.contact = read_contact(look, node);
  read_keywords(look, node, dataset);
  read_categories(look, node, dataset);
  read_terms_of_use(look, node, dataset);
  read_coverage(look, node, dataset);
  const std::string kind = after(look.iri(node, dct::type), words::own_dataset_kind);
  dataset.kind = kind.empty() && !own ? "A" : kind;
  dataset.landing_page = look.address(node, dcat::landing_page);
  for (const TermId id : look.all(node, dct::relation))
    if (is_web_address(graph.term(id).value)) add_once(dataset.related_urls, graph.term(id).value);
  for (const TermId id : look.all(node, dct::conforms_to))
    if (is_web_address(graph.term(id).value)) add_once(dataset.conforms_to, graph.term(id).value);
  if (const auto provenance = look.first(node, dct::provenance))
    dataset.provenance = look.label(*provenance);
  dataset.notes = look.text(node, words::comment);
  dataset.version = look.literal(node, dcat::version);
  if (dataset.version.empty() && !own) dataset.version = look.literal(node, words::version_info);
  dataset.issued = look.instant(node, dct::issued);
  dataset.modified = look.instant(node, dct::modified);
  out.series_iri = look.iri(node, dcat::in_series);
  if (!out.series_iri.empty()) {
    const auto uuid = own ? uuid_at_end(out.series_iri) : std::nullopt;
    dataset.series = catalogue::SeriesId{uuid ? *uuid : uuid_of(out.series_iri)};
  }
  for (const TermId id : look.all(node, dcat::distribution)) {
    if (graph.term(id).kind == Term::Kind::literal) continue;
    out.distributions.push_back(id);
    dataset.distributions.push_back(read_distribution(look, id, own));
  }
  share_licence(dataset, own);
  identify(look, node, options, out);
  return out;
}

}  // namespace minben::interchange
