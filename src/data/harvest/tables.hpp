#pragma once
// Private: rows of a file, one object each, whatever the file's form.
#include "reader.hpp"

namespace minben::harvest {

/// Takes a row; an error ends the reading with it.
using RowSink = std::function<Result<void>(JsonObject&& row)>;

/// JSON lines, a JSON list (also inside an object), XML or CSV with a header; told by the content.
/// CSV may be Big5. Errors: invalid "not_rows", "not_json" with the line, "not_xml", "not_csv",
/// too_large "file_too_large".
Result<void> read_rows(const std::filesystem::path& file, const RowSink& sink);
/// RFC 4180; cells beyond the header are left out.
Result<void> read_csv_rows(std::string_view text, const RowSink& sink);
Result<void> read_xml_rows(std::string_view text, const RowSink& sink);
Result<void> read_json_rows(std::string_view text, const RowSink& sink);

}  // namespace minben::harvest
