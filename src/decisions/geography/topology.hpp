#pragma once
// Private: TopoJSON (the TopoJSON Format Specification 1.0) as the atlas has it.
#include <cstdint>
#include <string_view>
#include <vector>

#include "coordinates.hpp"
#include "core/core.hpp"

namespace minben::geography {

/// Numbers of arcs (§2.1.4); ~n is arc n from its end to its beginning.
using Ring = std::vector<std::int32_t>;

struct Feature {
  JsonObject properties;
  std::vector<std::vector<Ring>> polygons;  ///< rings of each: the outer one, then holes
};

struct Topology {
  std::vector<std::vector<Position>> arcs;
  std::vector<Feature> features;
};

/// The polygons of one object of a topology. Errors: not_json, invalid "not_topojson" saying where.
/// Bounded: 32 MB, and rings that repeat arcs to more than 4 million places are refused.
Result<Topology> read_topology(std::string_view text, std::string_view object);

}  // namespace minben::geography
