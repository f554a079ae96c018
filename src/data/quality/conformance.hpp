#pragma once
// Whether a dataset, written as DCAT as everybody gets it, keeps what DCAT-AP 3.0.1 asks of it: the
// cardinalities, kinds of nodes, classes and datatypes of the properties of dcat:Dataset,
// dcat:Distribution, dcat:DataService, foaf:Agent, dct:PeriodOfTime, spdx:Checksum and
// adms:Identifier. Not looked at: whether values are in the EU's controlled vocabularies, which the
// assessment counts on their own, and what the profile only recommends. Thread-safe.
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"

namespace minben::quality {

struct ConformanceFault {
  std::string node;      ///< IRI, or the class of a blank node
  std::string property;  ///< as prefixed name: "dcat:accessURL"
  std::string rule;      ///< "missing", "too_many", "not_a_literal", "not_a_node", "wrong_class",
                         ///< "wrong_datatype"
  friend bool operator==(const ConformanceFault&, const ConformanceFault&) = default;
};

/// All faults. `origin` is that of the addresses; without a publisher its code stands for it.
std::vector<ConformanceFault> conformance(const catalogue::Dataset& dataset,
                                          const catalogue::Publisher* publisher,
                                          const std::string& origin);

}  // namespace minben::quality
