#include "quality/conformance.hpp"

#include <algorithm>
#include <array>

#include "interchange/dcat.hpp"

namespace minben::quality {

using interchange::Graph;
using interchange::Term;
using interchange::TermId;

namespace {

enum class Node { literal, resource };

/// One property of one class. `least` and `most` are counts; `most` = 0: as many as there are.
struct Rule {
  std::string_view of;
  std::string_view property;
  int least = 0;
  int most = 0;
  Node node = Node::resource;
  std::string_view range{};  ///< class of resources, datatype of literals; "" = any
};

constexpr std::array rules{
    Rule{"dcat:Dataset", "dct:title", 1, 0, Node::literal},
    Rule{"dcat:Dataset", "dct:description", 1, 0, Node::literal},
    Rule{"dcat:Dataset", "dct:identifier", 0, 0, Node::literal},
    Rule{"dcat:Dataset", "dcat:keyword", 0, 0, Node::literal},
    Rule{"dcat:Dataset", "dcat:version", 0, 1, Node::literal},
    Rule{"dcat:Dataset", "dct:issued", 0, 1, Node::literal},
    Rule{"dcat:Dataset", "dct:modified", 0, 1, Node::literal},
    Rule{"dcat:Dataset", "dct:publisher", 0, 1, Node::resource, "foaf:Agent"},
    Rule{"dcat:Dataset", "dct:creator", 0, 0, Node::resource, "foaf:Agent"},
    Rule{"dcat:Dataset", "dcat:contactPoint", 0, 0, Node::resource, "vcard:Kind"},
    Rule{"dcat:Dataset", "dcat:theme", 0, 0, Node::resource, "skos:Concept"},
    Rule{"dcat:Dataset", "dct:type", 0, 0, Node::resource, "skos:Concept"},
    Rule{"dcat:Dataset", "dct:accessRights", 0, 1, Node::resource, "dct:RightsStatement"},
    Rule{"dcat:Dataset", "dct:accrualPeriodicity", 0, 1, Node::resource, "dct:Frequency"},
    Rule{"dcat:Dataset", "dct:spatial", 0, 0, Node::resource, "dct:Location"},
    Rule{"dcat:Dataset", "dct:temporal", 0, 0, Node::resource, "dct:PeriodOfTime"},
    Rule{"dcat:Dataset", "dct:language", 0, 0, Node::resource, "dct:LinguisticSystem"},
    Rule{"dcat:Dataset", "dct:conformsTo", 0, 0, Node::resource, "dct:Standard"},
    Rule{"dcat:Dataset", "dct:provenance", 0, 0, Node::resource, "dct:ProvenanceStatement"},
    Rule{"dcat:Dataset", "dct:relation"},
    Rule{"dcat:Dataset", "dcat:landingPage", 0, 0, Node::resource, "foaf:Document"},
    Rule{"dcat:Dataset", "foaf:page", 0, 0, Node::resource, "foaf:Document"},
    Rule{"dcat:Dataset", "adms:identifier", 0, 0, Node::resource, "adms:Identifier"},
    Rule{"dcat:Dataset", "dcatap:applicableLegislation", 0, 0, Node::resource, "eli:LegalResource"},
    Rule{"dcat:Dataset", "dcat:distribution", 0, 0, Node::resource, "dcat:Distribution"},
    Rule{"dcat:Distribution", "dcat:accessURL", 1},
    Rule{"dcat:Distribution", "dcat:downloadURL"},
    Rule{"dcat:Distribution", "dct:title", 0, 0, Node::literal},
    Rule{"dcat:Distribution", "dct:description", 0, 0, Node::literal},
    Rule{"dcat:Distribution", "dct:format", 0, 1, Node::resource, "dct:MediaTypeOrExtent"},
    Rule{"dcat:Distribution", "dcat:mediaType", 0, 1, Node::resource, "dct:MediaType"},
    Rule{"dcat:Distribution", "dct:license", 0, 1, Node::resource, "dct:LicenseDocument"},
    Rule{"dcat:Distribution", "dct:rights", 0, 0, Node::resource, "dct:RightsStatement"},
    Rule{"dcat:Distribution", "dct:issued", 0, 1, Node::literal},
    Rule{"dcat:Distribution", "dct:modified", 0, 1, Node::literal},
    Rule{"dcat:Distribution", "dcat:byteSize", 0, 1, Node::literal, "xsd:nonNegativeInteger"},
    Rule{"dcat:Distribution", "spdx:checksum", 0, 1, Node::resource, "spdx:Checksum"},
    Rule{"dcat:Distribution", "dct:language", 0, 0, Node::resource, "dct:LinguisticSystem"},
    Rule{"dcat:Distribution", "dct:conformsTo", 0, 0, Node::resource, "dct:Standard"},
    Rule{"dcat:Distribution", "foaf:page", 0, 0, Node::resource, "foaf:Document"},
    Rule{"dcat:Distribution", "adms:status", 0, 1, Node::resource, "skos:Concept"},
    Rule{"dcat:Distribution", "dcatap:availability", 0, 1, Node::resource, "skos:Concept"},
    Rule{"dcat:Distribution", "dcat:accessService", 0, 0, Node::resource, "dcat:DataService"},
    Rule{"dcat:Distribution", "dcatap:applicableLegislation", 0, 0, Node::resource,
         "eli:LegalResource"},
    Rule{"dcat:DataService", "dct:title", 1, 0, Node::literal},
    Rule{"dcat:DataService", "dcat:endpointURL", 1},
    Rule{"dcat:DataService", "dcat:endpointDescription"},
    Rule{"dcat:DataService", "dct:publisher", 0, 1, Node::resource, "foaf:Agent"},
    Rule{"dcat:DataService", "dct:license", 0, 1, Node::resource, "dct:LicenseDocument"},
    Rule{"dcat:DataService", "dct:accessRights", 0, 1, Node::resource, "dct:RightsStatement"},
    Rule{"dcat:DataService", "dcat:servesDataset", 0, 0, Node::resource, "dcat:Dataset"},
    Rule{"foaf:Agent", "foaf:name", 1, 0, Node::literal},
    Rule{"foaf:Agent", "dct:type", 0, 1, Node::resource, "skos:Concept"},
    Rule{"dct:PeriodOfTime", "dcat:startDate", 0, 1, Node::literal},
    Rule{"dct:PeriodOfTime", "dcat:endDate", 0, 1, Node::literal},
    Rule{"spdx:Checksum", "spdx:algorithm", 1, 1, Node::resource, "spdx:ChecksumAlgorithm"},
    Rule{"spdx:Checksum", "spdx:checksumValue", 1, 1, Node::literal, "xsd:hexBinary"},
    Rule{"adms:Identifier", "skos:notation", 1, 1, Node::literal},
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 11> prefixes{{
    {"dcat:", "http://www.w3.org/ns/dcat#"},
    {"dct:", "http://purl.org/dc/terms/"},
    {"foaf:", "http://xmlns.com/foaf/0.1/"},
    {"vcard:", "http://www.w3.org/2006/vcard/ns#"},
    {"skos:", "http://www.w3.org/2004/02/skos/core#"},
    {"adms:", "http://www.w3.org/ns/adms#"},
    {"spdx:", "http://spdx.org/rdf/terms#"},
    {"xsd:", "http://www.w3.org/2001/XMLSchema#"},
    {"dcatap:", "http://data.europa.eu/r5r/"},
    {"eli:", "http://data.europa.eu/eli/ontology#"},
    {"rdf:", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
}};

std::string iri_of(std::string_view name) {
  for (const auto& [prefix, base] : prefixes)
    if (name.starts_with(prefix))
      return std::string(base) + std::string(name.substr(prefix.size()));
  return std::string(name);
}

bool is_a(const Graph& graph, TermId node, std::string_view type) {
  const auto wanted = graph.find_iri(type);
  if (!wanted) return false;
  const std::vector<TermId> types = graph.objects(node, iri_of("rdf:type"));
  return std::ranges::find(types, *wanted) != types.end();
}

class Checking {
 public:
  explicit Checking(const Graph& graph) : graph_(graph) {}
  std::vector<ConformanceFault> run() && {
    for (const Rule& rule : rules)
      for (const TermId node : graph_.instances(iri_of(rule.of))) check(rule, node);
    return std::move(faults_);
  }

 private:
  void check(const Rule& rule, TermId node) {
    const std::vector<TermId> values = graph_.objects(node, iri_of(rule.property));
    const int count = static_cast<int>(values.size());
    if (count < rule.least) fault(rule, node, "missing");
    if (rule.most > 0 && count > rule.most) fault(rule, node, "too_many");
    for (const TermId value : values) check_value(rule, node, value);
  }

  void check_value(const Rule& rule, TermId node, TermId value) {
    const Term& term = graph_.term(value);
    const bool literal = term.kind == Term::Kind::literal;
    if (literal != (rule.node == Node::literal))
      return fault(rule, node, literal ? "not_a_node" : "not_a_literal");
    if (rule.range.empty()) return;
    const std::string range = iri_of(rule.range);
    if (literal && term.datatype != range) fault(rule, node, "wrong_datatype");
    if (!literal && !is_a(graph_, value, range)) fault(rule, node, "wrong_class");
  }

  void fault(const Rule& rule, TermId node, std::string_view what) {
    const Term& term = graph_.term(node);
    ConformanceFault made{term.kind == Term::Kind::iri ? term.value : std::string(rule.of),
                          std::string(rule.property), std::string(what)};
    if (std::ranges::find(faults_, made) == faults_.end()) faults_.push_back(std::move(made));
  }

  const Graph& graph_;
  std::vector<ConformanceFault> faults_;
};

}  // namespace

std::vector<ConformanceFault> conformance(const catalogue::Dataset& dataset,
                                          const catalogue::Publisher* publisher,
                                          const std::string& origin) {
  Graph graph;
  interchange::write_dcat(graph, dataset, {origin},
                          [&](const catalogue::PublisherCode& code) -> const catalogue::Publisher* {
                            return publisher && publisher->code == code ? publisher : nullptr;
                          });
  return Checking(graph).run();
}

}  // namespace minben::quality
