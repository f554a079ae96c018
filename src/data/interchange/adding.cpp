// What readers of graphs add, within their limits.
#include <fmt/format.h>

#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

Result<void> add_within(Graph& graph, const RdfLimits& limits, TermId subject, TermId predicate,
                        TermId object) {
  graph.add(subject, predicate, object);
  if (graph.size() > limits.max_triples)
    return fail(Kind::too_large, "rdf_too_large",
                fmt::format("more than {} triples", limits.max_triples));
  return {};
}

Result<TermId> add_list_within(Graph& graph, const RdfLimits& limits,
                               const std::vector<TermId>& items) {
  TermId tail = graph.iri(ns::rdf_nil);
  for (std::size_t i = items.size(); i-- > 0;) {
    const TermId cell = graph.new_blank();
    MINBEN_CHECK(add_within(graph, limits, cell, graph.iri(ns::rdf_first), items[i]));
    MINBEN_CHECK(add_within(graph, limits, cell, graph.iri(ns::rdf_rest), tail));
    tail = cell;
  }
  return tail;
}

}  // namespace minben::interchange
