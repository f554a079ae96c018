#pragma once
// What must hold for any graph, wherever it came from.
#include "interchange/dcat.hpp"

namespace minben::interchange {

inline void dcat_round(const Graph& graph) {
  const RdfLimits limits{.max_depth = 5000};
  const auto nt = read_ntriples(write_ntriples(graph));
  MINBEN_ASSERT(nt && nt->size() == graph.size());
  const auto turtle = read_turtle(write_turtle(graph), "", limits);
  MINBEN_ASSERT(turtle && turtle->size() == graph.size());
  const auto json = read_json_ld(write_json_ld(graph), "", limits);
  MINBEN_ASSERT(json && json->size() == graph.size());
  if (const auto xml = write_rdf_xml(graph)) {
    const auto again = read_rdf_xml(*xml, "", limits);
    MINBEN_ASSERT(again && again->size() <= graph.size());
  }
  for (const FoundDataset& found : read_dcat(graph).datasets) {
    Graph written;
    write_dcat(written, found.dataset, Addresses{"https://data.example.tw"}, nullptr);
    MINBEN_ASSERT(!written.instances("http://www.w3.org/ns/dcat#Dataset").empty());
    static_cast<void>(catalogue::check(found.dataset));
  }
}

}  // namespace minben::interchange
