#include "columnar.hpp"

namespace minben::columnar {

namespace {

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

}  // namespace

std::string quote_text(std::string_view text) { return quoted(text, '\''); }
std::string quote_name(std::string_view name) { return quoted(name, '"'); }

std::string copy_to_parquet(std::string_view select, const std::filesystem::path& file,
                            const ParquetOptions& options) {
  return fmt::format("copy ({}) to {} (format parquet, compression zstd, row_group_size {})",
                     select, quote_text(file.string()), options.row_group_rows);
}

std::string read_csv(const CsvSource& source) {
  std::string columns;
  for (const auto& field : source.fields) {
    if (!columns.empty()) columns += ", ";
    columns += quote_text(field.name) + ": " + quote_text(field.sql_type);
  }
  // The engine's buffers are a multiple of the longest line that it has to expect.
  const std::size_t longest = std::max<std::size_t>(2u << 20, source.longest_row_bytes + 16);
  return fmt::format(
      "read_csv({}, auto_detect = false, header = false, skip = {}, delim = {}, quote = {}, "
      "escape = {}, new_line = {}, nullstr = '', allow_quoted_nulls = false, max_line_size = {}, "
      "columns = {{{}}})",
      quote_text(source.file.string()), source.skip_lines,
      quote_text(std::string_view(&source.separator, 1)), source.quoted ? "'\"'" : "''",
      source.quoted ? "'\"'" : "''", source.crlf ? "'\\r\\n'" : "'\\n'", longest, columns);
}

}  // namespace minben::columnar
