#pragma once
// Private: the sheet of a chart with two axes, and its scales.
#include <optional>
#include <string>
#include <vector>

#include "figure.hpp"
#include "plots.hpp"

namespace minben::page {

/// In units of about a pixel on a phone.
inline constexpr double sheet_width = 360;
inline constexpr double sheet_height = 230;

struct Scale {
  std::vector<double> ticks;
  double from = 0;  ///< on the sheet, of the first tick
  double to = 1;    ///< of the last
  [[nodiscard]] double operator()(double value) const {
    return from + (value - ticks.front()) / (ticks.back() - ticks.front()) * (to - from);
  }
};

struct Range {
  double low = 0;
  double high = 0;
  bool any = false;
  void add(double value);
};
/// Zero belongs to it when values lie near it, as seen from how far they lie apart.
Range with_zero_if_near(Range range);

/// From the bottom up, with room for its numbers on the left.
struct Sheet {
  Scale up;
  double left = 0;
  double right = sheet_width - 6;
  double top = 22;
  double bottom = sheet_height - 26;
};
Sheet make_sheet(Language language, Range range);
void open_sheet(Writer& page, std::string_view id, const PlotText& text, const Sheet& sheet,
                Language language);
/// A word below the axis; `anchor`: 0 start, 1 middle, 2 end.
void below_axis(Writer& page, const Sheet& sheet, double x, int anchor, std::string_view text);
/// What a screen-wide text of this size takes, roughly.
double text_width(std::string_view text, double size);
/// As much of it as fits into the room, with "…" when that is not all.
std::string fitted(std::string_view text, double room, double size);

/// "A" … for the series' letters.
std::string letter(std::size_t number);

/// Folded below a chart: a row for each label.
void series_table(Writer& page, Language language, const PlotText& text,
                  const std::vector<std::string>& labels, const std::vector<Series>& series);

}  // namespace minben::page
