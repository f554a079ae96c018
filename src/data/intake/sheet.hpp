#pragma once
// Workbooks: one sheet becomes rows of CSV with the values as the sheet has them.
#include "archive.hpp"

namespace minben::intake {

/// Office Open XML (ECMA-376). Writes the largest visible sheet, its name as the layer.
Result<void> write_xlsx_rows(Archive& archive, const std::filesystem::path& to,
                             Inspection& inspection, Repairs& repairs, const Watch& watch);
/// Open Document (ISO/IEC 26300). Writes the table with most rows.
Result<void> write_ods_rows(Archive& archive, const std::filesystem::path& to,
                            Inspection& inspection, Repairs& repairs, const Watch& watch);

/// Rows of equal width, without those that are empty.
class SheetWriter {
 public:
  SheetWriter(OutputFile& out, std::size_t width) : out_(out), width_(width) {}
  Result<void> row(const std::vector<std::string>& cells);

 private:
  OutputFile& out_;
  std::size_t width_;
};

}  // namespace minben::intake
