#pragma once
// Where in a CSV text the table is: separator, titles above it, its header.
#include "csv.hpp"

namespace minben::intake {

struct Layout {
  CsvShape shape;
  int skip_records = 0;              ///< titles and comments before the header
  int header_lines = 1;              ///< 0, 1 or 2
  std::vector<std::string> names;    ///< as written; may be empty or repeat
  std::vector<std::string> written;  ///< the first header line, for lines that repeat it
  std::vector<std::string> labels;   ///< of a second header line; as many as names, or none
};

/// Looks at the first rows only.
Layout find_layout(std::string_view text, const Hints& hints, const Limits& limits,
                   Repairs& repairs);

/// Names that are not empty, and unique without regard to ASCII case; white space in one line.
std::vector<std::string> usable_names(const std::vector<std::string>& written, Repairs& repairs);

}  // namespace minben::intake
