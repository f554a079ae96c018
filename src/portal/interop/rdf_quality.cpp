// What the checks say of a dataset, as measurements of the Data Quality Vocabulary
// (https://www.w3.org/TR/vocab-dqv/) beside its DCAT.
#include "interchange/rdf.hpp"
#include "parts.hpp"

namespace minben::interop {

namespace {

#define DQV "http://www.w3.org/ns/dqv#"
constexpr std::string_view rdf_type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
constexpr std::string_view xsd_integer = "http://www.w3.org/2001/XMLSchema#integer";
constexpr std::string_view xsd_time = "http://www.w3.org/2001/XMLSchema#dateTime";

struct Measurement {
  std::string_view metric;
  std::string_view definition;
  std::string value;
  std::string_view datatype;
};

void add_measurement(interchange::Graph& graph, interchange::TermId dataset,
                     const Measurement& measured, Instant at) {
  const auto property = [&](std::string_view name) { return graph.iri(name); };
  const interchange::TermId metric = graph.iri(measured.metric), node = graph.new_blank();
  graph.add(dataset, property(DQV "hasQualityMeasurement"), node);
  graph.add(node, property(rdf_type), graph.iri(DQV "QualityMeasurement"));
  graph.add(node, property(DQV "isMeasurementOf"), metric);
  graph.add(node, property(DQV "value"), graph.literal(measured.value, {}, measured.datatype));
  graph.add(node, property("http://www.w3.org/ns/prov#generatedAtTime"),
            graph.literal(to_string(at), {}, xsd_time));
  graph.add(metric, property(rdf_type), graph.iri(DQV "Metric"));
  graph.add(metric, property("http://www.w3.org/2004/02/skos/core#definition"),
            graph.literal(measured.definition, "en"));
}
#undef DQV

}  // namespace

void add_quality(interchange::Graph& graph, const Parts& parts, const catalogue::Entry& entry) {
  const auto datasets = graph.instances("http://www.w3.org/ns/dcat#Dataset");
  if (!parts.quality || datasets.empty()) return;
  const auto report =
      parts.read([&](store::Transaction& tx) { return parts.quality->report(tx, entry); });
  if (!report) return;  // not looked at yet
  add_measurement(graph, datasets.front(),
                  {"urn:minben:metric:mqa",
                   "Points of the metadata quality assessment of data.europa.eu, 0 to 405",
                   std::to_string(report->mqa.total), xsd_integer},
                  report->assessed_at);
  if (!report->badge) return;
  add_measurement(graph, datasets.front(),
                  {"urn:minben:metric:badge",
                   "Taiwan's quality mark of open data: none, bronze, silver, gold or platinum",
                   std::string(to_string(*report->badge)),
                   {}},
                  *report->badge_since);
}

}  // namespace minben::interop
