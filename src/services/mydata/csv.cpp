#include "csv.hpp"

#include <string_view>

namespace minben::mydata {

std::string csv_cell(std::string text) {
  // The last four are full-width forms, which spreadsheets of East Asia read alike.
  constexpr std::string_view formulas[] = {"=",  "+",  "-",  "@",  "\t", "\r",
                                           "\n", "＝", "＋", "－", "＠"};
  for (const std::string_view sign : formulas)
    if (text.starts_with(sign)) {
      text.insert(text.begin(), '\'');
      break;
    }
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_line(std::span<const std::string> cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != cells.data()) line += ',';
    line += csv_cell(cell);
  }
  return line + "\r\n";
}

}  // namespace minben::mydata
