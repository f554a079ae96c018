#include "dcat_write.hpp"

#include <algorithm>

#include "dcat_words.hpp"
#include "names.hpp"
#include "terms.hpp"

namespace minben::interchange {

namespace vocabulary = catalogue::vocabulary;
using catalogue::AccessRights;
using catalogue::Dataset;
using catalogue::Distribution;
using catalogue::Text;

std::string Addresses::dataset(catalogue::DatasetId id) const {
  return base + "/dataset/" + to_string(id);
}
std::string Addresses::distribution(catalogue::DatasetId dataset_id,
                                    catalogue::DistributionId id) const {
  return dataset(dataset_id) + "/resource/" + to_string(id);
}
std::string Addresses::series(catalogue::SeriesId id) const {
  return base + "/series/" + to_string(id);
}
std::string Addresses::publisher(const catalogue::PublisherCode& code) const {
  return base + "/organization/" + code.value;
}
std::string Addresses::record(catalogue::DatasetId id) const {
  return catalogue() + "/record/" + to_string(id);
}

namespace {

Text guessed(const std::string& text) { return has_han(text) ? Text{text, ""} : Text{"", text}; }

Text label_of(std::span<const vocabulary::Term> list, std::string_view code) {
  const vocabulary::Term* term = vocabulary::find(list, code);
  if (term == nullptr) return {"", std::string(code)};
  return {std::string(term->zh_hant), std::string(term->en)};
}

void write_contact(Statements& about, const catalogue::ContactPoint& contact) {
  if (contact == catalogue::ContactPoint{}) return;
  Statements card(about.graph(), about.graph().new_blank());
  card.type(words::Kind).type(words::Organization).plain(words::fn, contact.name);
  if (!contact.email.empty())
    card.link(words::has_email, "mailto:" + percent_encoded(contact.email, "@+!$'*"));
  if (!contact.phone.empty())
    card.link(words::has_telephone, "tel:" + percent_encoded(contact.phone, "+()"));
  card.link(words::has_url, contact.url);
  about.add(dcat::contact_point, card.subject());
}

// What a dataset is about: a theme in DCAT, from several lists.
void write_categories(Statements& about, const Dataset& dataset) {
  const auto concepts = [&](std::string_view property, const std::vector<std::string>& codes,
                            std::span<const vocabulary::Term> list, std::string_view otherwise) {
    for (const std::string& code : codes) {
      const vocabulary::Term* term = vocabulary::find(list, code);
      const std::string iri = term && !term->uri.empty()
                                  ? std::string(term->uri)
                                  : std::string(otherwise) + percent_encoded(code);
      about.concept_link(property, iri, label_of(list, code));
    }
  };
  concepts(dcat::theme, dataset.themes, vocabulary::themes(), "urn:minben:theme:");
  concepts(dcat::theme, dataset.high_value_themes, vocabulary::high_value_themes(),
           words::own_high_value_theme);
  concepts(words::hvd_category, dataset.hvd_categories, vocabulary::hvd_categories(),
           "urn:minben:hvd-category:");
  if (!dataset.service_category.empty())
    concepts(dcat::theme, {dataset.service_category}, vocabulary::service_categories(),
             words::own_service_category);
  if (!dataset.kind.empty())
    concepts(dct::type, {dataset.kind}, vocabulary::dataset_kinds(), words::own_dataset_kind);
}

void write_legislation(Statements& about, const Dataset& dataset) {
  for (const std::string& law : dataset.legislation)
    about.link(words::applicable_legislation, law, words::LegalResource);
}

void write_coverage(Statements& about, const Dataset& dataset) {
  write_frequency(about, dataset.frequency);
  if (dataset.temporal.from || dataset.temporal.to) {
    Statements period(about.graph(), about.graph().new_blank());
    period.type(dct::PeriodOfTime);
    if (dataset.temporal.from)
      period.typed(dcat::start_date, to_string(*dataset.temporal.from), "date");
    if (dataset.temporal.to) period.typed(dcat::end_date, to_string(*dataset.temporal.to), "date");
    about.add(dct::temporal, period.subject());
  }
  for (const std::string& place : dataset.spatial) {
    if (is_web_address(place)) about.link(dct::spatial, place, dct::Location);
    else about.labelled(dct::spatial, dct::Location, words::pref_label, guessed(place));
  }
  write_languages(about, dataset.languages);
}

void write_terms_of_use(Statements& about, const Dataset& dataset) {
  write_licence(about, dataset.licence);
  const std::string_view access = dataset.access_rights == AccessRights::open ? "PUBLIC"
                                  : dataset.access_rights == AccessRights::restricted
                                      ? "RESTRICTED"
                                      : "NON_PUBLIC";
  about.link(dct::access_rights, std::string(words::eu_access_right) + std::string(access),
             dct::RightsStatement);
  about.labelled(dct::rights, dct::RightsStatement, words::label, dataset.rights);
  about.text(words::own_cost, dataset.cost).link(words::own_cost_url, dataset.cost_url);
  about.plain(words::own_cost_law, dataset.cost_law);
}

void write_columns(Statements& about, const Distribution& distribution) {
  if (distribution.fields.empty()) return;
  Graph& graph = about.graph();
  Statements schema(graph, graph.new_blank());
  schema.type(words::Schema);
  std::vector<TermId> columns;
  for (const catalogue::FieldDescription& field : distribution.fields) {
    Statements column(graph, graph.new_blank());
    column.type(words::Column)
        .add(words::column_name, graph.literal(field.name))
        .text(dct::description, field.description)
        .plain(words::datatype, field.type)
        .plain(words::unit_text, field.unit);
    columns.push_back(column.subject());
  }
  TermId tail = graph.iri(ns::rdf_nil);
  for (std::size_t i = columns.size(); i-- > 0;) {
    Statements cell(graph, graph.new_blank());
    cell.add(ns::rdf_first, columns[i]).add(ns::rdf_rest, tail);
    tail = cell.subject();
  }
  schema.add(words::column, tail);
  about.add(words::table_schema, schema.subject());
}

void write_format(Statements& about, const Distribution& distribution) {
  const vocabulary::FileFormat* format = vocabulary::find_format(distribution.format);
  if (format && format->label == distribution.format && !format->eu_uri.empty())
    about.link(dct::format, format->eu_uri, dct::MediaTypeOrExtent);
  else
    about.labelled(dct::format, dct::MediaTypeOrExtent, words::label, guessed(distribution.format));
  const std::string& type = distribution.media_type;
  if (type.empty()) return;
  if (percent_encoded(type, "/+") == type) {
    about.link(dcat::media_type, std::string(media_types) + type, dct::MediaType);
    return;
  }
  Statements node(about.graph(), about.graph().new_blank());
  node.type(dct::MediaType).plain(words::label, type);
  about.add(dcat::media_type, node.subject());
}

// DCAT-AP wants an access address always; a file without a page is its own.
std::string_view access_of(const Distribution& distribution) {
  if (!distribution.access_url.empty()) return distribution.access_url;
  return distribution.download_url.empty() ? distribution.api_description_url
                                           : distribution.download_url;
}

void write_service(Statements& about, const Dataset& dataset, const Distribution& distribution,
                   const DatasetNodes& nodes, const std::string& iri, const Addresses& addresses,
                   const PublisherOf& publisher_of) {
  if (distribution.api_description_url.empty()) return;
  about.link(dcat::access_service, iri, dcat::DataService);
  Statements service(about.graph(), iri);
  service.text(dct::title, distribution.title.empty() ? dataset.title : distribution.title)
      .link(dcat::endpoint_url, access_of(distribution))
      .link(dcat::endpoint_description, distribution.api_description_url)
      .link(dcat::serves_dataset, nodes.dataset)
      .link(words::foaf_page,
            dataset.landing_page.empty() ? distribution.api_description_url : dataset.landing_page,
            words::Document);
  write_publisher(service, dataset.publisher, addresses, publisher_of);
  write_contact(service, dataset.contact);
  write_licence(service, distribution.licence.empty() ? dataset.licence : distribution.licence);
  write_legislation(service, dataset);
  for (const std::string& code : dataset.hvd_categories)
    if (const vocabulary::Term* term = vocabulary::find(vocabulary::hvd_categories(), code))
      service.concept_link(words::hvd_category, term->uri,
                           label_of(vocabulary::hvd_categories(), code));
}

void write_distribution(Statements about, const Dataset& dataset,
                        const Distribution& distribution) {
  about.type(dcat::Distribution)
      .plain(dct::identifier, distribution.national_id)
      .text(dct::title, distribution.title)
      .text(dct::description, distribution.description)
      .link(dcat::access_url, access_of(distribution))
      .link(dcat::download_url, distribution.download_url);
  write_format(about, distribution);
  about.plain(words::character_encoding, distribution.character_encoding);
  if (distribution.byte_size)
    about.typed(dcat::byte_size, std::to_string(*distribution.byte_size), "nonNegativeInteger");
  if (distribution.rows)
    about.typed(words::own_rows, std::to_string(*distribution.rows), "nonNegativeInteger");
  if (distribution.checksum) {
    std::string name = distribution.checksum->algorithm;
    std::ranges::replace(name, '-', '_');
    Statements checksum(about.graph(), about.graph().new_blank());
    checksum.type(words::Checksum)
        .link(words::algorithm, std::string(words::algorithm_of) + name, words::ChecksumAlgorithm)
        .typed(words::checksum_value, distribution.checksum->hex, "hexBinary");
    about.add(words::checksum, checksum.subject());
  }
  write_columns(about, distribution);
  about.instant(dct::issued, distribution.issued).instant(dct::modified, distribution.modified);
  write_licence(about, distribution.licence.empty() ? dataset.licence : distribution.licence);
  write_legislation(about, dataset);
  about.text(words::comment, distribution.notes);
}

}  // namespace

void write_members(Graph& graph, const Dataset& dataset, const DatasetNodes& nodes,
                   const Addresses& addresses, const PublisherOf& publisher_of) {
  Statements about(graph, nodes.dataset);
  about.type(dcat::Dataset)
      .plain(dct::identifier, to_string(dataset.id))
      .plain(words::own_name, dataset.name)
      .text(dct::title, dataset.title)
      .text(dct::description, dataset.description);
  if (!dataset.national_id.empty()) {
    Statements identifier(graph, graph.new_blank());
    identifier.type(words::AdmsIdentifier)
        .plain(words::notation, dataset.national_id)
        .plain(words::schema_agency, "data.gov.tw");
    about.add(words::adms_identifier, identifier.subject());
  }
  write_publisher(about, dataset.publisher, addresses, publisher_of);
  write_contact(about, dataset.contact);
  for (const std::string& word : dataset.keywords)
    about.add(dcat::keyword, graph.literal(word, "zh-Hant"));
  for (const std::string& word : dataset.keywords_en)
    about.add(dcat::keyword, graph.literal(word, "en"));
  write_categories(about, dataset);
  write_legislation(about, dataset);
  write_terms_of_use(about, dataset);
  write_coverage(about, dataset);
  about.link(dcat::landing_page, dataset.landing_page, words::Document);
  for (const std::string& url : dataset.related_urls) about.link(dct::relation, url);
  for (const std::string& url : dataset.conforms_to)
    about.link(dct::conforms_to, url, dct::Standard);
  about.labelled(dct::provenance, dct::ProvenanceStatement, words::label,
                 guessed(dataset.provenance));
  about.text(words::comment, dataset.notes);
  if (dataset.series) about.link(dcat::in_series, addresses.series(*dataset.series));
  about.plain(dcat::version, dataset.version)
      .instant(dct::issued, dataset.issued)
      .instant(dct::modified, dataset.modified);
  for (std::size_t i = 0; i < dataset.distributions.size(); ++i) {
    const std::string& iri = nodes.distributions[i];
    about.link(dcat::distribution, iri);
    Statements distribution(graph, iri);
    write_distribution(distribution, dataset, dataset.distributions[i]);
    write_service(distribution, dataset, dataset.distributions[i], nodes, iri + "#service",
                  addresses, publisher_of);
  }
}

}  // namespace minben::interchange
