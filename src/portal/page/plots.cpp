#include "plots.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "axes.hpp"
#include "components.hpp"
#include "messages/charts.hpp"
#include "messages/common.hpp"
#include "numbers.hpp"

namespace minben::page {

namespace {

constexpr double label_size = 11;
constexpr double letter_gap = 12;  ///< between letters at the ends of lines

// ------------------------------------------------------------------------------------ lines

/// A path for each run without gaps; a value between two gaps is a dot.
void line(Writer& page, const Series& series, std::size_t number, const std::vector<double>& across,
          const Scale& up) {
  std::string path;
  bool down = false;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    const auto& value = series.values[i];
    if (!value) {
      down = false;
      continue;
    }
    path += fmt::format("{}{} {}", down ? 'L' : 'M', px(across[i]), px(up(*value)));
    const bool alone = !down && (i + 1 == series.values.size() || !series.values[i + 1]);
    if (alone) path += "h0";
    down = true;
  }
  page << "<path class=\"mb-plot__line mb-plot__line--" << number << "\" d=\"" << path << "\"/>";
}

struct End {
  std::size_t series;
  double y;
};

/// Letters at the right ends, moved apart where lines end together.
void letters(Writer& page, const LinePlot& plot, const Sheet& sheet, double x) {
  if (plot.series.size() < 2) return;
  std::vector<End> ends;
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    const auto& values = plot.series[i].values;
    const auto last = std::find_if(values.rbegin(), values.rend(),
                                   [](const auto& value) { return value.has_value(); });
    if (last != values.rend()) ends.push_back({i, sheet.up(**last)});
  }
  std::ranges::sort(ends, {}, &End::y);
  for (std::size_t i = 1; i < ends.size(); ++i)
    ends[i].y = std::max(ends[i].y, ends[i - 1].y + letter_gap);
  double lowest = sheet.bottom;
  for (auto end = ends.rbegin(); end != ends.rend(); ++end, lowest -= letter_gap)
    end->y = std::min(end->y, lowest);
  for (const End& end : ends)
    page << "<text class=\"mb-plot__letter\" x=\"" << px(x) << "\" y=\"" << px(end.y + 4) << "\">"
         << letter(end.series) << "</text>";
}

/// The first, the last, and as many between as have room.
void moments(Writer& page, const LinePlot& plot, const Sheet& sheet,
             const std::vector<double>& across) {
  double widest = 0;
  for (const Moment& moment : plot.moments)
    widest = std::max(widest, text_width(moment.label, label_size));
  const double last = across.back();
  below_axis(page, sheet, across.front(), 0, plot.moments.front().label);
  below_axis(page, sheet, last, 2, plot.moments.back().label);
  double next = across.front() + 1.6 * widest + 10;
  for (std::size_t i = 1; i + 1 < across.size(); ++i) {
    if (across[i] < next || across[i] > last - 1.6 * widest - 10) continue;
    below_axis(page, sheet, across[i], 1, plot.moments[i].label);
    next = across[i] + widest + 12;
  }
}

void line_legend(Writer& page, const LinePlot& plot) {
  if (plot.series.size() < 2) return;
  page << "<ul class=\"mb-legend\">";
  for (std::size_t i = 0; i < plot.series.size(); ++i)
    page << "<li class=\"mb-legend__entry\"><svg class=\"mb-legend__swatch\" viewBox=\"0 0 30 "
            "18\" aria-hidden=\"true\" focusable=\"false\"><path class=\"mb-plot__line "
            "mb-plot__line--"
         << i << "\" d=\"M1 9H29\"/></svg><span><strong>" << letter(i) << "</strong> "
         << plot.series[i].name << "</span></li>";
  page << "</ul>";
}

// ------------------------------------------------------------------------------------- bars

constexpr double bar_label_height = 17;
constexpr double bar_height = 14;
constexpr double bar_gap = 9;
constexpr double bar_room = sheet_width - 74;  ///< the rest is for the number at its end

void bar(Writer& page, std::string_view id, std::size_t fill, double x, double y, double width,
         const std::string& name, double value) {
  page << "<rect class=\"mb-plot__bar\" fill=\"url(#" << id << "-f" << fill << ")\" x=\"" << px(x)
       << "\" y=\"" << px(y) << "\" width=\"" << px(width) << "\" height=\"" << px(bar_height)
       << "\"><title>" << name << " " << number_text(value) << "</title></rect>";
}

/// In full where there is room; the table has all digits.
void number_at(Writer& page, Language language, double x, double y, double value) {
  std::string text = number_text(value);
  if (text_width(text, label_size) > sheet_width - bar_room - 6)
    text = short_number(value, language);
  page << "<text class=\"mb-chart__value\" x=\"" << px(x + 5) << "\" y=\"" << px(y + bar_height - 3)
       << "\">" << text << "</text>";
}

/// Where values lie across the sheet; both kinds of bars begin at zero.
Scale bar_scale(const BarsPlot& plot) {
  Range range;
  range.add(0);
  for (std::size_t i = 0; i < plot.labels.size(); ++i) {
    double sum = 0;
    for (const Series& series : plot.series) {
      const double value = series.values[i].value_or(0);
      sum += value;
      if (!plot.stacked) range.add(value);
    }
    if (plot.stacked) range.add(sum);
  }
  if (range.high == range.low) range.high = range.low + 1;
  return {.ticks = {range.low, range.high}, .from = 0, .to = bar_room};
}

/// What belongs to one label, from `y` down; how much of the sheet it took.
double bar_group(Writer& page, Language language, std::string_view id, const BarsPlot& plot,
                 std::size_t i, double y, const Scale& across) {
  page << "<text class=\"mb-chart__label\" x=\"0\" y=\"" << px(y + 12) << "\">" << plot.labels[i]
       << "</text>";
  double at = y + bar_label_height;
  double sum = 0;
  for (std::size_t s = 0; s < plot.series.size(); ++s) {
    const auto& value = plot.series[s].values[i];
    const double from = plot.stacked ? sum : 0;
    const double low = std::min(from, from + value.value_or(0));
    const double width = std::abs(across(value.value_or(0)) - across(0));
    if (value) bar(page, id, s, across(low), at, width, plot.series[s].name, *value);
    sum += value.value_or(0);
    if (plot.stacked) continue;
    if (value) number_at(page, language, across(low) + width, at, *value);
    at += bar_height;
  }
  if (!plot.stacked) return at - y;
  number_at(page, language, across(sum), at, sum);
  return at + bar_height - y;
}

void bars_drawing(Writer& page, Language language, std::string_view id, const BarsPlot& plot) {
  const Scale across = bar_scale(plot);
  const double bars = plot.stacked ? 1 : static_cast<double>(plot.series.size());
  const double height =
      (bar_label_height + bars * bar_height + bar_gap) * static_cast<double>(plot.labels.size());
  page << "<svg class=\"mb-chart mb-plot\" role=\"img\" viewBox=\"0 0 " << px(sheet_width) << " "
       << px(height) << "\"";
  drawing_names(page, id, plot.text.title, plot.text.description);
  fill_patterns(page, id, Fill::kinds);
  double y = 0;
  for (std::size_t i = 0; i < plot.labels.size(); ++i)
    y += bar_group(page, language, id, plot, i, y, across) + bar_gap;
  page << "</svg>";
}

// ---------------------------------------------------------------------- histogram, scatter

void bin_labels(Writer& page, Language language, const Sheet& sheet, const Histogram& plot,
                double pitch) {
  const auto label = [&](std::size_t border) {
    return short_number(border < plot.bins.size() ? plot.bins[border].from : plot.bins.back().to,
                        language);
  };
  double next = 0;
  for (std::size_t border = 0; border <= plot.bins.size(); ++border) {
    const double x = sheet.left + pitch * static_cast<double>(border);
    const double half = text_width(label(border), label_size) / 2;
    if (x - half < next || x + half > sheet_width) continue;
    below_axis(page, sheet, x, 1, label(border));
    next = x + half + 8;
  }
}

void across_ticks(Writer& page, Language language, const Sheet& sheet, const Scale& across) {
  double next = 0;
  for (const double tick : across.ticks) {
    const double half = text_width(short_number(tick, language), label_size) / 2;
    if (across(tick) - half < next || across(tick) + half > sheet_width) continue;
    below_axis(page, sheet, across(tick), 1, short_number(tick, language));
    next = across(tick) + half + 8;
  }
}

void axis_name(Writer& page, std::string_view text) {
  page << "<p class=\"mb-plot__axis-name\">" << text << "</p>";
}

}  // namespace

void line_plot(Writer& page, Language language, std::string_view id, const LinePlot& plot) {
  MINBEN_ASSERT(plot.moments.size() > 1 && plot.series.size() <= most_series);
  Range range;
  for (const Series& series : plot.series)
    for (const auto& value : series.values)
      if (value) range.add(*value);
  Sheet sheet = make_sheet(language, with_zero_if_near(range));
  const double end = plot.series.size() > 1 ? sheet.right - 12 : sheet.right;
  const Scale scale{.ticks = {plot.moments.front().at, plot.moments.back().at},
                    .from = sheet.left + 3,
                    .to = end};
  std::vector<double> across;
  std::vector<std::string> labels;
  for (const Moment& moment : plot.moments) {
    across.push_back(scale(moment.at));
    labels.push_back(moment.label);
  }
  figure(page, plot.text.title, plot.text.description, [&](Writer& p) {
    open_sheet(p, id, plot.text, sheet, language);
    for (std::size_t i = 0; i < plot.series.size(); ++i)
      line(p, plot.series[i], i, across, sheet.up);
    letters(p, plot, sheet, end + 4);
    moments(p, plot, sheet, across);
    p << "</svg>";
    line_legend(p, plot);
    series_table(p, language, plot.text, labels, plot.series);
  });
}

void bars_plot(Writer& page, Language language, std::string_view id, const BarsPlot& plot) {
  MINBEN_ASSERT(plot.series.size() <= fills);
  figure(page, plot.text.title, plot.text.description, [&](Writer& p) {
    if (plot.series.size() > 1) {
      std::vector<LegendEntry> entries;
      for (std::size_t i = 0; i < plot.series.size(); ++i)
        entries.push_back({fmt::format("{}-f{}", id, i), plot.series[i].name});
      legend(p, entries);
    }
    bars_drawing(p, language, id, plot);
    axis_name(p, plot.text.value_title);
    series_table(p, language, plot.text, plot.labels, plot.series);
  });
}

void histogram(Writer& page, Language language, std::string_view id, const Histogram& plot) {
  MINBEN_ASSERT(!plot.bins.empty());
  Range range{.low = 0, .high = 1, .any = true};
  for (const Bin& bin : plot.bins) range.add(static_cast<double>(bin.count));
  Sheet sheet = make_sheet(language, range);
  sheet.right -= 8;
  const double pitch = (sheet.right - sheet.left) / static_cast<double>(plot.bins.size());
  const auto name = [&](const Bin& bin) {
    return &bin == &plot.bins.back()
               ? msg::map_class_to(language, number_text(bin.from), number_text(bin.to))
               : msg::map_class_below(language, number_text(bin.from), number_text(bin.to));
  };
  std::vector<std::string> labels;
  Series counts;
  figure(page, plot.text.title, plot.text.description, [&](Writer& p) {
    open_sheet(p, id, plot.text, sheet, language);
    for (std::size_t i = 0; i < plot.bins.size(); ++i) {
      const auto count = static_cast<double>(plot.bins[i].count);
      labels.push_back(name(plot.bins[i]));
      counts.values.emplace_back(count);
      p << "<rect class=\"mb-plot__bin\" x=\""
        << px(sheet.left + pitch * static_cast<double>(i) + 0.5) << "\" y=\"" << px(sheet.up(count))
        << "\" width=\"" << px(pitch - 1) << "\" height=\"" << px(sheet.bottom - sheet.up(count))
        << "\"><title>" << labels.back() << " " << number_text(count) << "</title></rect>";
    }
    bin_labels(p, language, sheet, plot, pitch);
    p << "</svg>";
    axis_name(p, plot.text.label_title);
    series_table(p, language, plot.text, labels, {counts});
  });
}

void scatter_plot(Writer& page, Language language, std::string_view id, const ScatterPlot& plot) {
  Range right;
  Range up;
  for (const Dot& dot : plot.dots) {
    right.add(dot.x);
    up.add(dot.y);
  }
  const Sheet sheet = make_sheet(language, with_zero_if_near(up));
  const Range wide = with_zero_if_near(right);
  const Scale across{
      .ticks = round_ticks(wide.low, wide.high, 5), .from = sheet.left + 4, .to = sheet.right - 10};
  figure(page, plot.text.title, plot.text.description, [&](Writer& p) {
    open_sheet(p, id, plot.text, sheet, language);
    for (const Dot& dot : plot.dots)
      p << "<circle class=\"mb-plot__dot\" cx=\"" << px(across(dot.x)) << "\" cy=\""
        << px(sheet.up(dot.y)) << "\" r=\"2.6\"><title>" << dot.label << " " << number_text(dot.x)
        << ", " << number_text(dot.y) << "</title></circle>";
    across_ticks(p, language, sheet, across);
    p << "</svg>";
    axis_name(p, plot.text.label_title);
    const bool labelled =
        std::ranges::any_of(plot.dots, [](const Dot& dot) { return !dot.label.empty(); });
    details(p, msg::chart_data(language), [&](Writer& inner) {
      std::vector<Column> columns;
      if (labelled) columns.push_back({std::string(msg::chart_row(language))});
      columns.push_back({plot.text.label_title, true});
      columns.push_back({plot.text.value_title, true});
      table(inner, plot.text.title, columns, [&](Writer& rows) {
        for (const Dot& dot : plot.dots)
          row(rows, [&](Writer& cells) {
            if (labelled) head_cell(cells, dot.label);
            cell(cells, number_text(dot.x), true);
            cell(cells, number_text(dot.y), true);
          });
      });
    });
  });
}

}  // namespace minben::page
