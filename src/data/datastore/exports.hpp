#pragma once
// Whole tables, without a limit, as files.
#include "datastore/datastore.hpp"

namespace minben::datastore {

enum class ExportFormat { csv, tsv, json, ndjson, geojson, xml };

struct Export {
  std::optional<int> version;
  ExportFormat format = ExportFormat::csv;
  Json filters = JsonObject{};
  std::vector<std::string> fields;  ///< empty: all, without `_id`
  std::string sort;
  bool bom = false;  ///< of CSV and TSV: spreadsheets then take it for UTF-8
  /// Of CSV and TSV: texts that a spreadsheet would take for a formula begin with an apostrophe.
  /// Then the file is no longer exactly the data.
  bool spreadsheet = false;
};

/// RFC 4180, GeoJSON (RFC 7946) …: the media type.
std::string_view media_type(ExportFormat format);

}  // namespace minben::datastore
