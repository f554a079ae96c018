#pragma once
// Charts as values, and their drawing as SVG.
#include "simulation.hpp"

namespace minben::simulation {

struct Chart {
  struct Row {
    Bilingual label;
    std::vector<std::optional<double>> values;  ///< one a series; none: not measured
    std::vector<std::string> texts;             ///< the same in words
  };
  std::string name;  ///< of the file
  Bilingual title;
  Bilingual about;  ///< what a row is
  std::vector<Bilingual> series;
  std::vector<Row> rows;
  double full = 0;       ///< value of a whole bar; 0: the largest
  bool upright = false;  ///< columns side by side; labels are short and the same in both languages
};

/// `reports`: one, or two to compare.
std::vector<Chart> charts_of(std::span<const Report* const> reports);

std::string draw(const Chart& chart);
/// For text and attribute values in HTML and XML.
std::string escape(std::string_view text);

}  // namespace minben::simulation
