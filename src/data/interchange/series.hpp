#pragma once
// A series of datasets as linked data.
#include "interchange/dcat.hpp"

namespace minben::interchange {

/// A dcat:DatasetSeries; its members say themselves that they are in it.
void write_series(Graph& graph, const catalogue::Series& series, const Addresses& addresses,
                  const PublisherOf& publisher_of);

}  // namespace minben::interchange
