#pragma once
// Namespaces, their usual prefixes, and the terms used most.
#include <array>
#include <string_view>

namespace minben::interchange::ns {

struct Prefix {
  std::string_view name;
  std::string_view iri;
};
#define MINBEN_NS(name, iri)                         \
  inline constexpr std::string_view name##_iri{iri}; \
  inline constexpr Prefix name { #name, iri }
MINBEN_NS(rdf, "http://www.w3.org/1999/02/22-rdf-syntax-ns#");
MINBEN_NS(rdfs, "http://www.w3.org/2000/01/rdf-schema#");
MINBEN_NS(xsd, "http://www.w3.org/2001/XMLSchema#");
MINBEN_NS(owl, "http://www.w3.org/2002/07/owl#");
MINBEN_NS(dcat, "http://www.w3.org/ns/dcat#");
MINBEN_NS(dct, "http://purl.org/dc/terms/");
MINBEN_NS(dcatap, "http://data.europa.eu/r5r/");
MINBEN_NS(foaf, "http://xmlns.com/foaf/0.1/");
MINBEN_NS(vcard, "http://www.w3.org/2006/vcard/ns#");
MINBEN_NS(skos, "http://www.w3.org/2004/02/skos/core#");
MINBEN_NS(adms, "http://www.w3.org/ns/adms#");
MINBEN_NS(spdx, "http://spdx.org/rdf/terms#");
MINBEN_NS(prov, "http://www.w3.org/ns/prov#");
MINBEN_NS(schema, "http://schema.org/");
MINBEN_NS(locn, "http://www.w3.org/ns/locn#");
MINBEN_NS(eli, "http://data.europa.eu/eli/ontology#");
MINBEN_NS(hydra, "http://www.w3.org/ns/hydra/core#");
MINBEN_NS(csvw, "http://www.w3.org/ns/csvw#");
MINBEN_NS(cnt, "http://www.w3.org/2011/content#");
MINBEN_NS(time, "http://www.w3.org/2006/time#");
MINBEN_NS(odrl, "http://www.w3.org/ns/odrl/2/");
MINBEN_NS(geo, "http://www.opengis.net/ont/geosparql#");
MINBEN_NS(dqv, "http://www.w3.org/ns/dqv#");
/// What no vocabulary above has a word for; said in docs/interchange.md.
MINBEN_NS(minben, "urn:minben:terms:");
#undef MINBEN_NS

inline constexpr std::array prefixes{rdf,   rdfs, xsd,  owl,  dcat, dct,    dcatap, foaf,
                                     vcard, skos, adms, spdx, prov, schema, locn,   eli,
                                     hydra, csvw, cnt,  time, odrl, geo,    dqv,    minben};

inline constexpr std::string_view rdf_type{"http://www.w3.org/1999/02/22-rdf-syntax-ns#type"};
inline constexpr std::string_view rdf_first{"http://www.w3.org/1999/02/22-rdf-syntax-ns#first"};
inline constexpr std::string_view rdf_rest{"http://www.w3.org/1999/02/22-rdf-syntax-ns#rest"};
inline constexpr std::string_view rdf_nil{"http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"};
inline constexpr std::string_view rdf_json{"http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON"};
inline constexpr std::string_view xsd_string{"http://www.w3.org/2001/XMLSchema#string"};

}  // namespace minben::interchange::ns
