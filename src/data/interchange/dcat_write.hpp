#pragma once
// Writing a dataset's own members, before what was kept comes in.
#include "dcat.hpp"

namespace minben::interchange {

/// The IRIs under which a dataset and its distributions, in their order, are written.
struct DatasetNodes {
  std::string dataset;
  std::vector<std::string> distributions;
};

void write_members(Graph& graph, const catalogue::Dataset& dataset, const DatasetNodes& nodes,
                   const Addresses& addresses, const PublisherOf& publisher_of);

/// What datasets, series, services and catalogues are said to be with.
class Statements {
 public:
  explicit Statements(Graph& graph, std::string_view subject)
      : Statements(graph, graph.iri(subject)) {}
  Statements(Graph& graph, TermId subject) : graph_(graph), subject_(subject) {}

  Statements& type(std::string_view type);
  Statements& add(std::string_view property, TermId object);
  /// The literals do nothing when they are empty.
  Statements& plain(std::string_view property, std::string_view value);
  Statements& text(std::string_view property, const catalogue::Text& text);
  Statements& typed(std::string_view property, std::string_view value, std::string_view xsd_type);
  Statements& instant(std::string_view property, const std::optional<Instant>& instant);
  /// An IRI that is said to be of the class, so that validators need no other graph. Nothing when
  /// it is no absolute IRI.
  Statements& link(std::string_view property, std::string_view iri, std::string_view type = {});
  Statements& concept_link(std::string_view property, std::string_view iri,
                           const catalogue::Text& label);
  /// A blank node of the class, with its label.
  Statements& labelled(std::string_view property, std::string_view type,
                       std::string_view label_property, const catalogue::Text& label);
  [[nodiscard]] TermId subject() const { return subject_; }
  [[nodiscard]] Graph& graph() { return graph_; }

 private:
  Graph& graph_;
  TermId subject_;
};

void write_publisher(Statements& about, const catalogue::PublisherCode& code,
                     const Addresses& addresses, const PublisherOf& publisher_of);
void write_licence(Statements& about, const std::string& licence);
void write_languages(Statements& about, const std::vector<std::string>& languages);
void write_frequency(Statements& about, const catalogue::Frequency& frequency);

}  // namespace minben::interchange
