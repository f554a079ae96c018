#include "shapefile.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "encoding.hpp"
#include "geometry.hpp"
#include "json_records.hpp"
#include "program.hpp"

namespace minben::intake {

namespace fs = std::filesystem;

namespace {

constexpr const char* ogr2ogr = "/usr/bin/ogr2ogr";
constexpr std::array<std::string_view, 5> parts{".shp", ".shx", ".dbf", ".prj", ".cpg"};

std::string_view stem(std::string_view name) { return name.substr(0, name.size() - 4); }

/// Only the drivers that are needed: GDAL guesses by content, and has more than a hundred.
Result<std::string> other_drivers(const fs::path& directory, const Watch& watch) {
  MINBEN_CHECK(run({{ogr2ogr, "--formats"}, {"LC_ALL=C.UTF-8"}, directory}, watch));
  MINBEN_TRY(said, MappedFile::open(directory / "said", 1u << 20));
  std::string names;
  for (std::string_view line : split(said.text(), '\n')) {
    line = trim(line);
    const std::size_t end = line.find(" -");
    if (end == std::string_view::npos || !line.contains("): ")) continue;
    const std::string_view name = line.substr(0, end);
    if (name == "ESRI Shapefile" || name == "GeoJSONSeq") continue;
    names.append(names.empty() ? "" : ",").append(name);
  }
  return names;
}

std::uint32_t little(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value |= static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  return value;
}

/// Names of fields and values of a dBASE table, for its encoding: what it says of that itself is
/// rarely true. dBASE III: 32 bytes of header, 32 a field, then the records.
std::string texts_of_table(std::string_view table) {
  if (table.size() < 65) return {};
  const std::size_t records = little(table, 8, 2);
  std::string texts;
  for (std::size_t at = 32; at + 32 <= std::min(records, table.size()) && table[at] != '\r';
       at += 32) {
    const std::string_view name = table.substr(at, 11);
    texts.append(name.substr(0, name.find('\0'))).push_back('\n');
  }
  if (records < table.size()) texts.append(table.substr(records, 8u << 20));
  std::ranges::replace(texts, '\0', ' ');
  return texts;
}

/// The name of the encoding for iconv.
std::string encoding_of_table(const fs::path& file, Inspection& inspection, const Watch& watch) {
  const auto table = MappedFile::open(file, watch.limits().max_bytes);
  if (!table) return "UTF-8";
  const std::string texts = texts_of_table(table->text());
  inspection.encoding = detect_encoding(texts).encoding == "Big5" ? "Big5" : "UTF-8";
  if (inspection.encoding == "UTF-8") return "UTF-8";
  Repairs ignored;
  std::string decoded;
  std::int64_t hkscs = 0;
  to_utf8(texts, "Big5", decoded, ignored, hkscs);
  if (hkscs == 0) return "CP950";
  inspection.encoding = "Big5-HKSCS";
  return "BIG5-HKSCS";
}

/// The box in the header of the main file (ESRI white paper, July 1998, table 1).
bool is_in_metres_of_taiwan(const fs::path& file) {
  const auto shapes = MappedFile::open(file, UINT64_MAX);
  if (!shapes || shapes->text().size() < 100) return false;
  Extent extent;
  for (const std::size_t at : {36u, 52u}) {
    std::array<double, 2> corner;
    std::memcpy(corner.data(), shapes->text().data() + at, sizeof corner);
    extent.add({corner[0], corner[1]});
  }
  static_assert(std::endian::native == std::endian::little);
  return extent.is_twd97();
}

Result<void> extract(Archive& archive, std::string_view name, const fs::path& directory) {
  const std::string wanted = to_lower_ascii(stem(name));
  for (const ArchiveEntry& entry : archive.entries()) {
    const std::string lower = to_lower_ascii(entry.name);
    for (const std::string_view part : parts)
      if (lower.size() > 4 && lower.ends_with(part) && stem(lower) == wanted)
        MINBEN_CHECK(archive.extract(entry, directory / ("layer" + std::string(part))));
  }
  return {};
}

}  // namespace

const ArchiveEntry* find_shapefile(const Archive& archive) {
  const ArchiveEntry* largest = nullptr;
  for (const ArchiveEntry& entry : archive.entries())
    if (entry.name.size() > 4 && to_lower_ascii(entry.name).ends_with(".shp") &&
        (largest == nullptr || entry.bytes > largest->bytes))
      largest = &entry;
  return largest;
}

Result<void> write_shapefile_records(Archive& archive, const fs::path& directory, RecordWriter& out,
                                     Inspection& inspection, Repairs& repairs, const Watch& watch) {
  const ArchiveEntry* shapes = find_shapefile(archive);
  inspection.layer = shapes->name;
  repairs.add("other_layers", 0,
              std::ranges::count_if(archive.entries(), [](const ArchiveEntry& entry) {
                return to_lower_ascii(entry.name).ends_with(".shp");
              }) - 1);
  std::error_code error;
  fs::create_directory(directory, error);
  if (error) return fail(Kind::internal, "cannot_write", directory.string());
  MINBEN_CHECK(extract(archive, shapes->name, directory));
  MINBEN_TRY(skipped, other_drivers(directory, watch));
  const std::string encoding = encoding_of_table(directory / "layer.dbf", inspection, watch);
  std::vector<std::string> arguments{ogr2ogr,
                                     "-f",
                                     "GeoJSONSeq",
                                     "-dim",
                                     "XY",
                                     "-lco",
                                     "COORDINATE_PRECISION=7",
                                     "-oo",
                                     "ENCODING=" + encoding};
  if (fs::exists(directory / "layer.prj")) {
    arguments.insert(arguments.end(), {"-t_srs", "EPSG:4326"});
    repairs.add("coordinates_converted");
  } else if (is_in_metres_of_taiwan(directory / "layer.shp")) {
    arguments.insert(arguments.end(), {"-s_srs", "EPSG:3826", "-t_srs", "EPSG:4326"});
    repairs.add("twd97_assumed");
  }
  arguments.insert(arguments.end(), {"rows.geojsonl", "layer.shp"});
  const auto converted =
      run({arguments,
           {"LC_ALL=C.UTF-8", "OGR_SKIP=" + skipped, "PROJ_NETWORK=OFF", "SHAPE_RESTORE_SHX=YES"},
           directory},
          watch);
  if (!converted && converted.error().code == "program_failed")
    return not_a_table("a shapefile that cannot be read: " + converted.error().detail);
  MINBEN_CHECK(converted);
  MINBEN_TRY(rows, MappedFile::open(directory / "rows.geojsonl", watch.limits().max_bytes));
  return write_ndjson_records(rows.text(), true, out, repairs, watch);
}

}  // namespace minben::intake
