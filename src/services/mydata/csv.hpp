#pragma once
// Private: cells of tables that people open in spreadsheets.
#include <span>
#include <string>

namespace minben::mydata {

/// In quotation marks; an apostrophe before what a spreadsheet would take for a formula.
std::string csv_cell(std::string text);
/// With its end, CR LF (RFC 4180).
std::string csv_line(std::span<const std::string> cells);

}  // namespace minben::mydata
