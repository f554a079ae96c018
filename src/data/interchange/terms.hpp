#pragma once
// Terms of DCAT-AP and their neighbours, so that a misspelt one does not compile.
#include <string_view>

namespace minben::interchange {

namespace dcat {
#define T(name, word) \
  inline constexpr std::string_view name { "http://www.w3.org/ns/dcat#" word }
T(Catalog, "Catalog");
T(CatalogRecord, "CatalogRecord");
T(Dataset, "Dataset");
T(DatasetSeries, "DatasetSeries");
T(Distribution, "Distribution");
T(DataService, "DataService");
T(access_service, "accessService");
T(access_url, "accessURL");
T(byte_size, "byteSize");
T(contact_point, "contactPoint");
T(dataset, "dataset");
T(distribution, "distribution");
T(download_url, "downloadURL");
T(end_date, "endDate");
T(endpoint_description, "endpointDescription");
T(endpoint_url, "endpointURL");
T(in_series, "inSeries");
T(keyword, "keyword");
T(landing_page, "landingPage");
T(media_type, "mediaType");
T(record, "record");
T(serves_dataset, "servesDataset");
T(service, "service");
T(start_date, "startDate");
T(theme, "theme");
T(theme_taxonomy, "themeTaxonomy");
T(version, "version");
#undef T
}  // namespace dcat
namespace dct {
#define T(name, word) \
  inline constexpr std::string_view name { "http://purl.org/dc/terms/" word }
T(access_rights, "accessRights");
T(accrual_periodicity, "accrualPeriodicity");
T(conforms_to, "conformsTo");
T(description, "description");
T(format, "format");
T(Frequency, "Frequency");
T(identifier, "identifier");
T(issued, "issued");
T(language, "language");
T(licence, "license");
T(LicenceDocument, "LicenseDocument");
T(LinguisticSystem, "LinguisticSystem");
T(Location, "Location");
T(MediaType, "MediaType");
T(MediaTypeOrExtent, "MediaTypeOrExtent");
T(modified, "modified");
T(PeriodOfTime, "PeriodOfTime");
T(provenance, "provenance");
T(ProvenanceStatement, "ProvenanceStatement");
T(publisher, "publisher");
T(relation, "relation");
T(rights, "rights");
T(RightsStatement, "RightsStatement");
T(spatial, "spatial");
T(Standard, "Standard");
T(temporal, "temporal");
T(title, "title");
T(type, "type");
#undef T
}  // namespace dct
namespace words {
#define T(name, iri) \
  inline constexpr std::string_view name { iri }
T(applicable_legislation, "http://data.europa.eu/r5r/applicableLegislation");
T(hvd_category, "http://data.europa.eu/r5r/hvdCategory");
T(LegalResource, "http://data.europa.eu/eli/ontology#LegalResource");
T(Agent, "http://xmlns.com/foaf/0.1/Agent");
T(Document, "http://xmlns.com/foaf/0.1/Document");
T(foaf_name, "http://xmlns.com/foaf/0.1/name");
T(foaf_page, "http://xmlns.com/foaf/0.1/page");
T(homepage, "http://xmlns.com/foaf/0.1/homepage");
T(primary_topic, "http://xmlns.com/foaf/0.1/primaryTopic");
T(adms_identifier, "http://www.w3.org/ns/adms#identifier");
T(AdmsIdentifier, "http://www.w3.org/ns/adms#Identifier");
T(schema_agency, "http://www.w3.org/ns/adms#schemaAgency");
T(notation, "http://www.w3.org/2004/02/skos/core#notation");
T(Concept, "http://www.w3.org/2004/02/skos/core#Concept");
T(ConceptScheme, "http://www.w3.org/2004/02/skos/core#ConceptScheme");
T(pref_label, "http://www.w3.org/2004/02/skos/core#prefLabel");
T(label, "http://www.w3.org/2000/01/rdf-schema#label");
T(comment, "http://www.w3.org/2000/01/rdf-schema#comment");
T(rdf_value, "http://www.w3.org/1999/02/22-rdf-syntax-ns#value");
T(checksum, "http://spdx.org/rdf/terms#checksum");
T(Checksum, "http://spdx.org/rdf/terms#Checksum");
T(ChecksumAlgorithm, "http://spdx.org/rdf/terms#ChecksumAlgorithm");
T(algorithm, "http://spdx.org/rdf/terms#algorithm");
T(algorithm_of, "http://spdx.org/rdf/terms#checksumAlgorithm_");
T(checksum_value, "http://spdx.org/rdf/terms#checksumValue");
T(character_encoding, "http://www.w3.org/2011/content#characterEncoding");
T(version_info, "http://www.w3.org/2002/07/owl#versionInfo");
T(Kind, "http://www.w3.org/2006/vcard/ns#Kind");
T(Organization, "http://www.w3.org/2006/vcard/ns#Organization");
T(fn, "http://www.w3.org/2006/vcard/ns#fn");
T(has_email, "http://www.w3.org/2006/vcard/ns#hasEmail");
T(has_telephone, "http://www.w3.org/2006/vcard/ns#hasTelephone");
T(has_url, "http://www.w3.org/2006/vcard/ns#hasURL");
T(has_value, "http://www.w3.org/2006/vcard/ns#hasValue");
T(table_schema, "http://www.w3.org/ns/csvw#tableSchema");
T(Schema, "http://www.w3.org/ns/csvw#Schema");
T(Column, "http://www.w3.org/ns/csvw#Column");
T(column, "http://www.w3.org/ns/csvw#column");
T(column_name, "http://www.w3.org/ns/csvw#name");
T(datatype, "http://www.w3.org/ns/csvw#datatype");
T(unit_text, "http://schema.org/unitText");
T(PagedCollection, "http://www.w3.org/ns/hydra/core#PagedCollection");
T(PartialCollectionView, "http://www.w3.org/ns/hydra/core#PartialCollectionView");
T(hydra_view, "http://www.w3.org/ns/hydra/core#view");
T(hydra_first, "http://www.w3.org/ns/hydra/core#first");
T(hydra_previous, "http://www.w3.org/ns/hydra/core#previous");
T(hydra_next, "http://www.w3.org/ns/hydra/core#next");
T(hydra_last, "http://www.w3.org/ns/hydra/core#last");
T(first_page, "http://www.w3.org/ns/hydra/core#firstPage");
T(previous_page, "http://www.w3.org/ns/hydra/core#previousPage");
T(next_page, "http://www.w3.org/ns/hydra/core#nextPage");
T(last_page, "http://www.w3.org/ns/hydra/core#lastPage");
T(total_items, "http://www.w3.org/ns/hydra/core#totalItems");
T(items_per_page, "http://www.w3.org/ns/hydra/core#itemsPerPage");
T(eu_access_right, "http://publications.europa.eu/resource/authority/access-right/");
T(eu_frequency, "http://publications.europa.eu/resource/authority/frequency/");
T(eu_themes, "http://publications.europa.eu/resource/authority/data-theme");
// Ours, for what those do not say.
T(own_name, "urn:minben:terms:name");
T(own_cost, "urn:minben:terms:cost");
T(own_cost_url, "urn:minben:terms:costUrl");
T(own_cost_law, "urn:minben:terms:costLaw");
T(own_interval, "urn:minben:terms:updateInterval");
T(own_rows, "urn:minben:terms:rows");
T(own_iri, "urn:minben:terms:iri");
T(own_service_category, "urn:minben:service-category:");
T(own_dataset_kind, "urn:minben:dataset-kind:");
T(own_high_value_theme, "urn:minben:high-value-theme:");
#undef T
}  // namespace words

}  // namespace minben::interchange
