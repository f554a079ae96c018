#pragma once
// Private: rows as text, in the forms in which they are answered and exported.
#include "columnar/columnar.hpp"
#include "core/core.hpp"
#include "row_file.hpp"

namespace minben::datastore {

enum class RowForm {
  object,  ///< {"name": value}
  list,    ///< [value]
  csv,     ///< RFC 4180: nothing is null, "" is an empty text; lines end in CR LF
  tsv,     ///< likewise with tabulators
  xml,     ///< <row><value name="…">…</value></row>; a null has no element
};

class RecordWriter {
 public:
  /// `spreadsheet`: texts that begin like a formula get an apostrophe in front (CSV, TSV).
  RecordWriter(RowForm form, const std::vector<std::string>& names, bool spreadsheet = false);
  /// The line of names of CSV and TSV.
  void header(std::string& out) const;
  /// Columns from `first` on are the names' ones.
  void row(std::string& out, const columnar::Chunk& chunk, std::size_t row,
           std::size_t first = 0) const;

  /// Likewise of cells that are texts or, where `quoted` says so for JSON, not.
  void row(std::string& out, std::span<const Cell> cells, const std::vector<bool>& quoted) const;

 private:
  void begin(std::string& out) const;
  void end(std::string& out) const;
  void cell(std::string& out, const columnar::Column& column, std::size_t row) const;
  void text(std::string& out, std::string_view text) const;

  RowForm form_;
  bool spreadsheet_;
  std::vector<std::string> names_;
  std::vector<std::string> before_;  ///< what stands before each value
};

void append_xml(std::string& out, std::string_view text);

}  // namespace minben::datastore
