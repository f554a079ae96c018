#pragma once
// Charts as SVG with the same numbers in a table beside them: readable without colour, without
// script and by a screen reader.
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "page/html.hpp"

namespace minben::page {

struct Bar {
  std::string label;
  double value = 0;         ///< >= 0
  std::string text;         ///< the value in words: "12 days"
  bool emphasised = false;  ///< e.g. over the limit: hatched as well as coloured
};

struct BarChart {
  std::string title;
  std::string description;  ///< what to see in it, one sentence
  std::string label_title;  ///< header of the table's first column
  std::string value_title;  ///< header of its second
  std::vector<Bar> bars;
  std::optional<double> mark = std::nullopt;  ///< a line across, e.g. the statutory limit
  std::string mark_text = {};
};

/// Horizontal bars, one below another; `id` is unique on the page.
void bar_chart(Writer& page, Language language, std::string_view id, const BarChart& chart);

}  // namespace minben::page
