#pragma once
// ESRI shapefiles in a ZIP archive, through GDAL's ogr2ogr as a child process.
#include "archive.hpp"
#include "records.hpp"

namespace minben::intake {

/// The largest .shp of the archive, or nullptr.
const ArchiveEntry* find_shapefile(const Archive& archive);

/// `directory` is an own, empty one. Coordinates become WGS 84.
Result<void> write_shapefile_records(Archive& archive, const std::filesystem::path& directory,
                                     RecordWriter& out, Inspection& inspection, Repairs& repairs,
                                     const Watch& watch);

}  // namespace minben::intake
