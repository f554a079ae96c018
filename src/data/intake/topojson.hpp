#pragma once
// TopoJSON: shared borders become geometries again.
#include "records.hpp"

namespace minben::intake {

/// The geometries of the object that has most of them, with its name as the layer.
Result<void> write_topojson_records(std::string_view text, RecordWriter& out,
                                    Inspection& inspection, Repairs& repairs, const Watch& watch);

}  // namespace minben::intake
