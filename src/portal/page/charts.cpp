#include "charts.hpp"

#include "axes.hpp"
#include "components.hpp"
#include "figure.hpp"
#include "messages/common.hpp"

namespace minben::page {

namespace {

// Units are about a pixel on a phone: wider drawings would shrink their letters there.
constexpr double drawing_width = 360;
constexpr int row_height = 36;
constexpr int bar_below = 20;  ///< of its label
constexpr int bar_height = 12;
constexpr double letters = 14;  ///< their size, as in the style sheet

double highest(const BarChart& chart) {
  double top = chart.mark.value_or(0);
  for (const Bar& bar : chart.bars) top = std::max(top, bar.value);
  return top > 0 ? top : 1;
}

/// The label and the value in a line, the bar below them. A long label is cut: the table has all
/// of it.
void one_bar(Writer& page, const Bar& bar, double scale, int y, std::string_view hatch_id) {
  const auto rect = [&] {
    page << " y=\"" << y + bar_below << "\" width=\"" << px(bar.value * scale) << "\" height=\""
         << bar_height << "\"/>";
  };
  const double room = drawing_width - text_width(bar.text, letters) - letters;
  page << "<text class=\"mb-chart__label\" y=\"" << y + 15 << "\">"
       << fitted(bar.label, room, letters)
       << "</text><text class=\"mb-chart__value\" text-anchor=\"end\" x=\"" << px(drawing_width)
       << "\" y=\"" << y + 15 << "\">" << bar.text << "</text><rect class=\"mb-chart__bar"
       << when(bar.emphasised, " mb-chart__bar--emphasised") << "\"";
  rect();
  if (!bar.emphasised) return;
  page << "<rect fill=\"url(#" << hatch_id << ")\"";
  rect();
}

/// Across each bar, and not through the words above it.
void mark_lines(Writer& page, const BarChart& chart, double scale, int top) {
  if (!chart.mark) return;
  const double at = *chart.mark * scale;
  const std::string x = px(std::min(at, drawing_width - 1));
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const int y = top + static_cast<int>(i) * row_height + bar_below;
    page << "<line class=\"mb-chart__mark\" x1=\"" << x << "\" x2=\"" << x << "\" y1=\"" << y - 2
         << "\" y2=\"" << y + bar_height + 2 << "\"/>";
  }
  page << "<text class=\"mb-chart__mark-text\" text-anchor=\""
       << when(at > drawing_width / 2, "end") << when(at <= drawing_width / 2, "start") << "\" x=\""
       << x << "\" y=\"12\">" << chart.mark_text << "</text>";
}

/// What it is called, and the pattern of hatched bars.
void names(Writer& page, std::string_view id, std::string_view title,
           std::string_view description) {
  page << "\"";
  drawing_names(page, id, title, description);
  page << "<defs><pattern id=\"" << id
       << "-hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
          "patternTransform=\"rotate(45)\"><rect class=\"mb-chart__hatch\" width=\"2\" "
          "height=\"6\"/>"
          "</pattern></defs>";
}

void drawing(Writer& page, std::string_view id, const BarChart& chart) {
  const int top = chart.mark ? 16 : 0;
  const int height = top + static_cast<int>(chart.bars.size()) * row_height;
  const double scale = drawing_width / highest(chart);
  const std::string hatch_id = std::string(id) + "-hatch";
  page << "<svg class=\"mb-chart mb-chart--bars\" role=\"img\" viewBox=\"0 0 " << px(drawing_width)
       << " " << height;
  names(page, id, chart.title, chart.description);
  for (std::size_t i = 0; i < chart.bars.size(); ++i)
    one_bar(page, chart.bars[i], scale, top + static_cast<int>(i) * row_height, hatch_id);
  mark_lines(page, chart, scale, top);
  page << "</svg>";
}

constexpr double upright_width = drawing_width;
constexpr double upright_height = 168;
constexpr double plot_left = 38;
constexpr double widest_pitch = 64;  ///< of few bars, which else were blocks
constexpr double plot_top = 10;
constexpr double plot_bottom = 142;

void upright_bar(Writer& page, const UprightBar& bar, double x, double width, double scale,
                 bool part_is_good, std::string_view hatch_id) {
  const auto rect = [&](double value, double from) {
    page << "x=\"" << px(x) << "\" y=\"" << px(plot_bottom - (from + value) * scale)
         << "\" width=\"" << px(width) << "\" height=\"" << px(value * scale) << "\"/>";
  };
  page << "<rect class=\"mb-chart__bar\" ";
  rect(bar.value - bar.part, 0);
  if (bar.part <= 0) return;
  page << "<rect class=\"mb-chart__bar mb-chart__bar--" << when(part_is_good, "good")
       << when(!part_is_good, "emphasised") << "\" ";
  rect(bar.part, bar.value - bar.part);
  page << "<rect fill=\"url(#" << hatch_id << ")\" ";
  rect(bar.part, bar.value - bar.part);
}

void upright_drawing(Writer& page, std::string_view id, const UprightChart& chart) {
  double highest = 0;
  for (const UprightBar& bar : chart.bars) highest = std::max(highest, bar.value);
  const double scale = (plot_bottom - plot_top) / (highest > 0 ? highest : 1);
  const double pitch =
      std::min((upright_width - plot_left) / static_cast<double>(chart.bars.size()), widest_pitch);
  page << "<svg class=\"mb-chart mb-chart--upright\" role=\"img\" viewBox=\"0 0 "
       << px(upright_width) << " " << px(upright_height);
  names(page, id, chart.title, chart.description);
  for (const double y : {plot_top, plot_bottom})
    page << "<line class=\"mb-chart__axis\" x1=\"" << px(plot_left) << "\" x2=\""
         << px(upright_width) << "\" y1=\"" << px(y) << "\" y2=\"" << px(y) << "\"/>";
  page << "<text class=\"mb-chart__label\" text-anchor=\"end\" x=\"" << px(plot_left - 5)
       << "\" y=\"" << px(plot_top + 5) << "\">" << chart.highest_text
       << "</text><text class=\"mb-chart__label\" text-anchor=\"end\" x=\"" << px(plot_left - 5)
       << "\" y=\"" << px(plot_bottom + 2) << "\">0</text>";
  for (std::size_t i = 0; i < chart.bars.size(); ++i) {
    const double x = plot_left + pitch * static_cast<double>(i);
    upright_bar(page, chart.bars[i], x + pitch * 0.12, pitch * 0.76, scale, chart.part_is_good,
                std::string(id) + "-hatch");
    if ((chart.bars.size() - 1 - i) % chart.label_every == 0)
      page << "<text class=\"mb-chart__label\" text-anchor=\"end\" x=\"" << px(x + pitch)
           << "\" y=\"" << px(plot_bottom + 18) << "\">" << chart.bars[i].label << "</text>";
  }
  page << "</svg>";
}

}  // namespace

void bar_chart(Writer& page, Language language, std::string_view id, const BarChart& chart) {
  figure(page, chart.title, chart.description, [&](Writer& content) {
    drawing(content, id, chart);
    details(content, msg::chart_data(language), [&](Writer& p) {
      const Column columns[] = {{chart.label_title}, {chart.value_title, true}};
      table(p, chart.title, columns, [&](Writer& rows) {
        for (const Bar& bar : chart.bars)
          row(rows, [&](Writer& cells) {
            head_cell(cells, bar.label);
            cell(cells, bar.text, true);
          });
      });
    });
  });
}

void upright_chart(Writer& page, Language language, std::string_view id,
                   const UprightChart& chart) {
  figure(page, chart.title, chart.description, [&](Writer& content) {
    upright_drawing(content, id, chart);
    details(content, msg::chart_data(language), [&](Writer& p) {
      const Column columns[] = {
          {chart.label_title}, {chart.value_title, true}, {chart.part_title, true}};
      table(p, chart.title, columns, [&](Writer& rows) {
        for (const UprightBar& bar : chart.bars)
          row(rows, [&](Writer& cells) {
            head_cell(cells, bar.label);
            cell(cells, bar.text, true);
            cell(cells, bar.part_text, true);
          });
      });
    });
  });
}

void meter(Writer& page, double share, bool emphasised) {
  page << "<svg class=\"mb-meter\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
          "aria-hidden=\"true\" focusable=\"false\"><rect class=\"mb-meter__ground\" "
          "width=\"100\" height=\"8\"/><rect class=\"mb-chart__bar"
       << when(emphasised, " mb-chart__bar--emphasised") << "\" width=\""
       << px(100 * std::clamp(share, 0.0, 1.0)) << "\" height=\"8\"/></svg>";
}

}  // namespace minben::page
