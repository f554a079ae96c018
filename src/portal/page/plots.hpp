#pragma once
// Charts with two axes, as SVG with the same numbers in a table beside them. All are drawn for the
// width of a phone. Series are told apart by dash or pattern and by a letter, not by colour alone.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "page/html.hpp"

namespace minben::page {

/// What stands around a chart.
struct PlotText {
  std::string title;
  std::string description;  ///< what to see in it, one sentence; may be empty
  std::string label_title;  ///< of what goes to the right: the table's first column
  std::string value_title;  ///< of what goes up
};

inline constexpr std::size_t most_series = 6;

struct Series {
  std::string name;                           ///< may be empty when it is the only one
  std::vector<std::optional<double>> values;  ///< one for each label; nothing: a gap
};

struct Moment {
  double at = 0;      ///< where on the axis, in any unit, ascending: days, years
  std::string label;  ///< "2026-05"
};
struct LinePlot {
  PlotText text;
  std::vector<Moment> moments;  ///< at least two
  std::vector<Series> series;   ///< at most most_series
};
void line_plot(Writer& page, Language language, std::string_view id, const LinePlot& plot);

/// Bars of categories, the label above each group: side by side, or one after another as parts of a
/// whole. Parts of a whole are not negative.
struct BarsPlot {
  PlotText text;
  std::vector<std::string> labels;
  std::vector<Series> series;  ///< at most five
  bool stacked = false;
};
void bars_plot(Writer& page, Language language, std::string_view id, const BarsPlot& plot);

struct Bin {
  double from = 0;
  double to = 0;  ///< of the last bin inclusive
  std::int64_t count = 0;
};
/// text.value_title is what is counted; label_title what is measured.
struct Histogram {
  PlotText text;
  std::vector<Bin> bins;  ///< next to each other, of equal width
};
void histogram(Writer& page, Language language, std::string_view id, const Histogram& plot);

struct Dot {
  double x = 0;
  double y = 0;
  std::string label = {};
};
struct ScatterPlot {
  PlotText text;
  std::vector<Dot> dots;  ///< finite
};
void scatter_plot(Writer& page, Language language, std::string_view id, const ScatterPlot& plot);

}  // namespace minben::page
