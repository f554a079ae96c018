#pragma once
// What readers and writers of several syntaxes share.
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "rdf.hpp"

namespace minben::interchange {

/// Percent-encodes what RFC 3987 forbids in an IRI.
std::string writable_iri(std::string_view iri);
/// One term in N-Triples.
std::string term_ntriples(const Term& term);
/// "dcat:Dataset" when a known prefix fits and the rest is a plain local name, else "".
std::string prefixed(std::string_view iri, bool xml = false);
/// Splits an IRI before the longest XML name at its end; the name is empty when there is none.
std::pair<std::string_view, std::string_view> split_xml_name(std::string_view iri);

/// Of terms and triples: equal where blank nodes say the same.
class Signatures {
 public:
  explicit Signatures(const Graph& graph);
  std::string of(TermId id);
  std::string of(const Triple& triple);

 private:
  const Graph& graph_;
  std::unordered_map<TermId, std::string> known_;
  std::set<TermId> open_;
  bool circle_ = false;
  std::size_t budget_ = 500'000;  ///< blank nodes looked into
};

/// Which blank nodes are written inside the one node that refers to them. What is deeper than 40
/// nodes, in a circle or referred to twice is written by label.
class Layout {
 public:
  explicit Layout(const Graph& graph);
  [[nodiscard]] bool nested(TermId id) const { return nested_.contains(id); }
  /// The items when `head` is a list that can be written as one (it is nested, or rdf:nil).
  [[nodiscard]] std::optional<std::vector<TermId>> list(TermId head) const;
  /// The blank nodes that make the list.
  [[nodiscard]] std::vector<TermId> cells(TermId head) const;
  /// Subjects that stand by themselves, in the order of the graph.
  [[nodiscard]] const std::vector<TermId>& subjects() const { return subjects_; }

 private:
  [[nodiscard]] bool is_list_node(TermId id) const;

  const Graph& graph_;
  std::optional<TermId> first_, rest_, nil_;
  std::unordered_set<TermId> nested_;
  std::unordered_set<TermId> list_nodes_;  ///< nested ones of lists that end with rdf:nil
  std::vector<TermId> subjects_;
};

/// Of readers: too_large "rdf_too_large" past the limit.
Result<void> add_within(Graph& graph, const RdfLimits& limits, TermId subject, TermId predicate,
                        TermId object);
/// A list (rdf:first, rdf:rest); where it begins.
Result<TermId> add_list_within(Graph& graph, const RdfLimits& limits,
                               const std::vector<TermId>& items);

}  // namespace minben::interchange
