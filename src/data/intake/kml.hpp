#pragma once
// KML 2.2 (OGC 07-147r2): each Placemark is a row.
#include "records.hpp"

namespace minben::intake {

Result<void> write_kml_records(std::string_view text, RecordWriter& out, const Watch& watch);

}  // namespace minben::intake
