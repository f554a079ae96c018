#pragma once
// Files as agencies publish them, read as tables: which format, which encoding, where the header
// is, what each column holds, and what had to be repaired. Knows nothing of databases.
// What is recognised and repaired, for data stewards: docs/intake.md.
//
// Everything here is thread-safe: no shared state but tables that are made once.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::intake {

enum class Format { csv, json, ndjson, xml, xlsx, ods, geojson, topojson, shapefile, kml };
std::string_view to_string(Format format);

/// How values are written in a prepared file:
/// integer within 64 bits, "-12"; number "0.5", ".5", "-1e3"; boolean "true" without regard to
/// case; date "2026-11-30"; timestamp "2026-11-30 14:05[:00[.ffffff]]", also with a T between, in
/// Taiwan's time of day; geometry is GeoJSON (RFC 7946), WGS 84.
enum class Type { text, integer, number, boolean, date, timestamp, geometry };
std::string_view to_string(Type type);

/// What the values of a column stand for, as far as they show it: for charts and maps.
enum class Role {
  none,
  longitude,     ///< degrees, WGS 84
  latitude,      ///< degrees, WGS 84
  county_code,   ///< 縣市代碼, 5 digits
  town_code,     ///< 鄉鎮市區代碼, 8 digits
  village_code,  ///< 村里代碼, 11 digits, also with a hyphen
  county_name,   ///< 臺/台 alike
  town_name,     ///< with or without its county
  identifier,    ///< different in every row
  category,      ///< few different values
  measure,       ///< a number that may be added up or averaged
  year           ///< also of the Republic (民國)
};
std::string_view to_string(Role role);

struct Column {
  std::string name;   ///< as published, not empty, unique without regard to ASCII case
  std::string label;  ///< second line of a double header, or from the dictionary; may be empty
  Type type = Type::text;
  Role role = Role::none;
  /// How values were read when not as they stand: "roc_date", "thousands", "full_width",
  /// "taiwan_time", "twd97" …; empty: as is.
  std::string note;
};

/// Something that was not as it should be, and what was done about it; all codes are in
/// docs/intake.md. Codes ending in "_mismatch" say that the publisher's word was not followed.
struct Repair {
  std::string code;        ///< stable: "ragged_row", "bad_bytes", "empty_header" …
  std::int64_t count = 0;  ///< rows or places
  std::int64_t first = 0;  ///< 1-based record of the first, header lines counted; 0: of the file
  friend bool operator==(const Repair&, const Repair&) = default;
};

/// What a file turned out to be.
struct Inspection {
  Format format = Format::csv;
  /// Of the file, by the names of the WHATWG Encoding Standard: "UTF-8", "Big5", "UTF-16LE",
  /// "UTF-16BE"; "Big5-HKSCS" where characters of that extension occur.
  std::string encoding = "UTF-8";
  char separator = ',';  ///< of the file, when CSV
  int header_lines = 1;  ///< 0, 1 or 2
  std::vector<Column> columns;
  std::vector<Repair> repairs;  ///< by code
  std::string layer;            ///< of archives, workbooks and topologies: which part was read
};

/// Bounds; more is too_large naming the bound.
struct Limits {
  std::uint64_t max_bytes = 8ull << 30;  ///< of the file, and of what it unpacks or rewrites to
  std::uint32_t max_ratio = 200;         ///< unpacked to packed, beyond the first MiB
  std::size_t max_columns = 2000;
  std::size_t max_cell_bytes = 1u << 20;  ///< of text; a geometry may have max_geometry_bytes
  std::size_t max_geometry_bytes = 64u << 20;
  std::size_t max_depth = 64;                   ///< of JSON and XML
  std::uint64_t max_memory_bytes = 1ull << 30;  ///< of a child process, of texts of a workbook
  seconds max_time_s{900};
};

/// A field as the publisher's metadata describes it.
struct Described {
  std::string name;
  std::string description;  ///< becomes the column's label when the file has none
};

/// What the publisher says about a file; all may be empty. None of it is believed: the content
/// decides, and what differs is said as a repair.
struct Hints {
  std::string file_name;
  std::string format;    ///< as the metadata says: "CSV"
  std::string encoding;  ///< likewise: "BIG5"
  std::vector<Described> dictionary;
};

enum class Care {
  /// Looks at a sample. A regular UTF-8 CSV file is used as it stands with types unproven; any
  /// other is read as `careful` does.
  optimistic,
  careful  ///< reads everything; what differs is rewritten
};

/// A CSV file (RFC 4180, UTF-8) that a columnar engine reads as it stands: nothing between quotes
/// is an empty text, nothing at all is null, `"` is doubled inside quotes, lines end alike.
struct Prepared {
  std::filesystem::path file;
  bool original = false;  ///< `file` is the file that was given, not one in `work`
  char separator = ',';   ///< of `file`
  bool crlf = false;      ///< lines of `file` end in CR LF
  bool quoted = true;     ///< quotes may occur; false is certain only when `proven`
  int skip_lines = 0;     ///< before the first row
  /// Every value was read and has its column's type. Otherwise the engine has to prove types and
  /// UTF-8 while reading, and Care::careful is the way when it cannot.
  bool proven = false;
  std::int64_t rows = -1;             ///< -1: not counted
  std::size_t longest_row_bytes = 0;  ///< with its line end; 0: not known
  Inspection inspection;              ///< with the columns
};

/// `work` is an empty directory of the caller's, on a disk with room for twice the content; files
/// that are no longer needed are gone from it when this returns.
/// Errors: invalid "not_a_table" with what was found instead, too_large "file_too_large",
/// "archive_too_large", "too_many_columns", "cell_too_large", "too_deep", "took_too_long",
/// unavailable "cancelled", internal "cannot_read" / "cannot_write".
/// `cancelled` is asked many times a second, from this thread.
Result<Prepared> prepare(const std::filesystem::path& file, const Hints& hints,
                         const std::filesystem::path& work, Care care, const Clock& clock,
                         const Limits& limits = {}, const std::function<bool()>& cancelled = {});

}  // namespace minben::intake
