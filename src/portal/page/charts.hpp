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

struct UprightBar {
  std::string label;
  double value = 0;  ///< >= 0
  double part = 0;   ///< of the value, at most all of it; hatched as well as coloured
  std::string text;  ///< the numbers in words
  std::string part_text;
};

struct UprightChart {
  std::string title;
  std::string description;  ///< what to see in it, one sentence
  std::string label_title;  ///< headers of the table's columns
  std::string value_title;
  std::string part_title;
  bool part_is_good = false;     ///< what is hatched is to be praised, not warned of
  std::vector<UprightBar> bars;  ///< in their order, e.g. of hours
  std::string highest_text;      ///< the highest value in words, at the axis
  std::size_t label_every = 1;   ///< below the bars, counted from the last one
};

/// Bars side by side, legible at the width of a phone; `id` is unique on the page.
void upright_chart(Writer& page, Language language, std::string_view id, const UprightChart& chart);

/// A bar beside the number that says the same: hidden from screen readers. `share`: 0 … 1.
void meter(Writer& page, double share, bool emphasised = false);

}  // namespace minben::page
