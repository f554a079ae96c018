#pragma once
// JSON of any shape as records: objects flattened with dots, arrays as their text; GeoJSON's
// features by their properties.
#include "json_find.hpp"
#include "records.hpp"

namespace minben::intake {

/// Whether lines of `text` are JSON values of their own (ndjson, GeoJSON text sequences).
bool is_ndjson(std::string_view text);

struct WrittenJson {
  Format format = Format::json;
  bool rows = false;  ///< arrays of values, of which the first may be the header
};
/// Writes the records of `text` and says what it is.
Result<WrittenJson> write_json_records(std::string_view text, RecordWriter& out,
                                       Inspection& inspection, Repairs& repairs,
                                       const Watch& watch);
/// Of each line one; lines that cannot be read are left out and counted. `features`: GeoJSON.
Result<void> write_ndjson_records(std::string_view text, bool features, RecordWriter& out,
                                  Repairs& repairs, const Watch& watch);

}  // namespace minben::intake
