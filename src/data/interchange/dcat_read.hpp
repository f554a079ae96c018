#pragma once
// Reading a dataset's members at a node, and which triples belong to it.
#include "dcat.hpp"

namespace minben::interchange {

/// Values of properties at nodes, in the forms that catalogues use.
class Look {
 public:
  explicit Look(const Graph& graph) : graph_(graph) {}
  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] std::vector<TermId> all(TermId node, std::string_view property) const {
    return graph_.objects(node, property);
  }
  [[nodiscard]] std::optional<TermId> first(TermId node, std::string_view property) const;
  /// The first literal or IRI; "".
  [[nodiscard]] std::string word(TermId node, std::string_view property) const;
  [[nodiscard]] std::string literal(TermId node, std::string_view property) const;
  [[nodiscard]] std::string iri(TermId node, std::string_view property) const;
  /// The first IRI that is a web address; "".
  [[nodiscard]] std::string address(TermId node, std::string_view property) const;
  [[nodiscard]] catalogue::Text text(TermId node, std::string_view property) const;
  /// What a node is called: a literal itself, or its label; "" for an IRI without one.
  [[nodiscard]] std::string label(TermId node) const;
  [[nodiscard]] std::optional<Instant> instant(TermId node, std::string_view property) const;
  [[nodiscard]] std::optional<std::int64_t> count(TermId node, std::string_view property) const;
  [[nodiscard]] bool is(TermId node, std::string_view type) const;

 private:
  const Graph& graph_;
};

struct Members {
  catalogue::Dataset dataset;
  std::vector<TermId> distributions;
  std::optional<catalogue::Publisher> publisher;
  std::string series_iri;
};
Members read_members(const Graph& graph, TermId node, const ReadOptions& options);
std::string read_licence(const Look& look, TermId node);
std::vector<std::string> read_languages(const Look& look, TermId node);
catalogue::Frequency read_frequency(const Look& look, TermId node);
std::optional<catalogue::Publisher> read_publisher(const Look& look, TermId node,
                                                   const ReadOptions& options);

/// What of the graph belongs to the dataset and would not be written from its members, as
/// Kept::rdf.
std::string kept_of(const Graph& graph, TermId node, const Members& members,
                    const ReadOptions& options);

}  // namespace minben::interchange
