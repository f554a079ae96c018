#pragma once
// Where in a JSON text the records are.
#include "geometry.hpp"

namespace minben::intake {

struct JsonPlace {
  enum Shape {
    objects,  ///< an array of objects
    keyed,    ///< an object whose members are the records; their names are a column
    arrays,   ///< an array of arrays: rows
    scalars,  ///< an array of single values
    single    ///< an object that is the one record
  };
  Shape shape = single;
  std::vector<std::string> path;  ///< names of members from the root
  std::int64_t count = 0;
  std::int64_t others = 0;  ///< other arrays of objects beside it
};

struct JsonFound {
  JsonPlace place;
  std::string type;    ///< the root's member "type": "FeatureCollection", "Topology"
  std::string system;  ///< of coordinates, when the root's "crs" states one: "EPSG:3826"
  Extent extent;       ///< of all "coordinates"
};

Result<JsonFound> find_records(std::string_view text, const Watch& watch);

}  // namespace minben::intake
