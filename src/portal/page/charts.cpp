#include "charts.hpp"

#include <fmt/format.h>

#include "components.hpp"
#include "messages/common.hpp"

namespace minben::page {

namespace {

constexpr int label_width = 190;
constexpr int plot_width = 400;
constexpr int value_width = 110;
constexpr int row_height = 34;
constexpr int bar_height = 20;
constexpr int total_width = label_width + plot_width + value_width;

std::string px(double value) { return fmt::format("{:.1f}", value); }

double highest(const BarChart& chart) {
  double top = chart.mark.value_or(0);
  for (const Bar& bar : chart.bars) top = std::max(top, bar.value);
  return top > 0 ? top : 1;
}

void one_bar(Writer& page, const Bar& bar, double scale, int y, std::string_view hatch_id) {
  const double width = bar.value * scale;
  page << "<text class=\"mb-chart__label\" text-anchor=\"end\" x=\"" << label_width - 10
       << "\" y=\"" << y + 15 << "\">" << bar.label << "</text><rect class=\"mb-chart__bar"
       << when(bar.emphasised, " mb-chart__bar--emphasised") << "\" x=\"" << label_width
       << "\" y=\"" << y << "\" width=\"" << px(width) << "\" height=\"" << bar_height << "\"/>";
  if (bar.emphasised)
    page << "<rect fill=\"url(#" << hatch_id << ")\" x=\"" << label_width << "\" y=\"" << y
         << "\" width=\"" << px(width) << "\" height=\"" << bar_height << "\"/>";
  page << "<text class=\"mb-chart__value\" x=\"" << px(label_width + width + 8) << "\" y=\""
       << y + 15 << "\">" << bar.text << "</text>";
}

void mark_line(Writer& page, const BarChart& chart, double scale, int height) {
  if (!chart.mark) return;
  const std::string x = px(label_width + *chart.mark * scale);
  page << "<line class=\"mb-chart__mark\" x1=\"" << x << "\" x2=\"" << x << "\" y1=\"16\" y2=\""
       << height - 4 << "\"/><text class=\"mb-chart__mark-text\" text-anchor=\"middle\" x=\"" << x
       << "\" y=\"12\">" << chart.mark_text << "</text>";
}

void drawing(Writer& page, std::string_view id, const BarChart& chart) {
  const int top = chart.mark ? 22 : 6;
  const int height = top + static_cast<int>(chart.bars.size()) * row_height;
  const double scale = plot_width / highest(chart);
  const std::string hatch_id = std::string(id) + "-hatch";
  page << "<svg class=\"mb-chart\" role=\"img\" viewBox=\"0 0 " << total_width << " " << height
       << "\" aria-labelledby=\"" << id << "-title " << id << "-desc\"><title id=\"" << id
       << "-title\">" << chart.title << "</title><desc id=\"" << id << "-desc\">"
       << chart.description << "</desc><defs><pattern id=\"" << hatch_id
       << "\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
          "patternTransform=\"rotate(45)\"><rect class=\"mb-chart__hatch\" width=\"2\" "
          "height=\"6\"/>"
          "</pattern></defs>";
  for (std::size_t i = 0; i < chart.bars.size(); ++i)
    one_bar(page, chart.bars[i], scale, top + static_cast<int>(i) * row_height, hatch_id);
  mark_line(page, chart, scale, height);
  page << "</svg>";
}

}  // namespace

void bar_chart(Writer& page, Language language, std::string_view id, const BarChart& chart) {
  page << "<figure class=\"mb-figure\"><figcaption class=\"govuk-heading-s\">" << chart.title
       << "</figcaption><p class=\"govuk-body-s\">" << chart.description << "</p>";
  drawing(page, id, chart);
  details(page, msg::chart_data(language), [&](Writer& p) {
    const Column columns[] = {{chart.label_title}, {chart.value_title, true}};
    table(p, chart.title, columns, [&](Writer& rows) {
      for (const Bar& bar : chart.bars)
        row(rows, [&](Writer& cells) {
          head_cell(cells, bar.label);
          cell(cells, bar.text, true);
        });
    });
  });
  page << "</figure>";
}

}  // namespace minben::page
