#pragma once
// Files as agencies publish them, read as tables: which format, which encoding, where the header
// is, what each column holds, and what had to be repaired. Knows nothing of databases.
//
// Everything here is thread-safe: no shared state.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

namespace minben::intake {

enum class Format { csv, json, ndjson, xml, xlsx, ods, geojson, topojson, shapefile, kml };
std::string_view to_string(Format format);

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
  std::string name;   ///< as published, made unique and not empty; what queries call it
  std::string label;  ///< e.g. the second line of a double header; may be empty
  Type type = Type::text;
  Role role = Role::none;
  std::string
      note;  ///< how values were read when not as they stand: "roc_date", "thousands"; "" = as is
};

/// Something that was not as it should be, and what was done about it.
struct Repair {
  std::string code;  ///< stable: "ragged_row", "bad_bytes", "empty_header", "duplicate_name" …
  std::int64_t count = 0;  ///< rows or places
  std::int64_t first = 0;  ///< 1-based line or record of the first
};

/// What a file turned out to be.
struct Inspection {
  Format format = Format::csv;
  std::string encoding =
      "UTF-8";  ///< "UTF-8", "Big5", "Big5-HKSCS" (WHATWG Encoding names), "UTF-16LE" …
  char separator = ',';
  int header_lines = 1;  ///< 0, 1 or 2
  std::vector<Column> columns;
  std::vector<Repair> repairs;
  std::string layer;  ///< of archives and workbooks: which file or sheet was read
};

/// Bounds; more is too_large naming the bound.
struct Limits {
  std::uint64_t max_bytes = 8ull << 30;  ///< of the file, and of what an archive unpacks to
  std::uint32_t max_ratio = 200;         ///< unpacked to packed
  std::size_t max_columns = 2000;
  std::size_t max_cell_bytes = 1u << 20;
  seconds max_time_s{900};
};

/// What the publisher says about a file; all may be empty.
struct Hints {
  std::string file_name;
  std::string format;    ///< as the metadata says: "CSV"
  std::string encoding;  ///< likewise: "BIG5"
};

enum class Care {
  optimistic,  ///< looks at a sample; a regular file is used as it stands, its types unproven
  careful      ///< reads everything; what differs is rewritten
};

/// A CSV file (RFC 4180, UTF-8) that a columnar engine can read as it stands.
struct Prepared {
  std::filesystem::path file;
  bool original = false;  ///< `file` is the file that was given, not one in `work`
  char separator = ',';
  int skip_lines = 0;  ///< before the first row
  bool proven =
      false;  ///< every value was read with these types; otherwise the engine has to prove them
  std::int64_t rows = -1;  ///< -1: not counted
  Inspection inspection;   ///< with the columns
};

/// `work` is an empty directory of the caller's. Errors: invalid "not_a_table" with what was found
/// instead, too_large with the bound, unavailable "cancelled".
Result<Prepared> prepare(const std::filesystem::path& file, const Hints& hints,
                         const std::filesystem::path& work, Care care, const Limits& limits = {},
                         const std::function<bool()>& cancelled = {});

}  // namespace minben::intake
