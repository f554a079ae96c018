#include "axes.hpp"

#include <algorithm>
#include <cmath>

#include "components.hpp"
#include "messages/common.hpp"
#include "numbers.hpp"

namespace minben::page {

void Range::add(double value) {
  if (!std::isfinite(value)) return;
  low = any ? std::min(low, value) : value;
  high = any ? std::max(high, value) : value;
  any = true;
}

Range with_zero_if_near(Range range) {
  if (range.low > 0 && range.low < range.high - range.low) range.low = 0;
  if (range.high < 0 && -range.high < range.high - range.low) range.high = 0;
  if (range.low == range.high) (range.low > 0 ? range.low : range.high) = 0;
  return range;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) width += 0.58 * size;
    else if (byte >= 0xE0)  // Han, and what is as wide
      width += size;
    else if (byte >= 0xC0) width += 0.6 * size;
  }
  return width;
}

std::string fitted(std::string_view text, double room, double size) {
  if (text_width(text, size) <= room) return std::string(text);
  std::size_t end = 0;
  double width = size;  // of the "…"
  for (std::size_t i = 0; i < text.size() && width <= room; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) end = i;  // a character begins
    width += text_width(text.substr(i, 1), size);
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string letter(std::size_t number) { return std::string(1, static_cast<char>('A' + number)); }

Sheet make_sheet(Language language, Range range) {
  Sheet sheet;
  sheet.up.ticks = round_ticks(range.low, range.high, 5);
  for (const double tick : sheet.up.ticks)
    sheet.left = std::max(sheet.left, text_width(short_number(tick, language), 11) + 8);
  sheet.up.from = sheet.bottom;
  sheet.up.to = sheet.top;
  return sheet;
}

void open_sheet(Writer& page, std::string_view id, const PlotText& text, const Sheet& sheet,
                Language language) {
  page << "<svg class=\"mb-chart mb-plot\" role=\"img\" viewBox=\"0 0 " << px(sheet_width) << " "
       << px(sheet_height) << "\"";
  drawing_names(page, id, text.title, text.description);
  page << "<text class=\"mb-chart__label\" x=\"2\" y=\"11\">" << text.value_title << "</text>";
  for (const double tick : sheet.up.ticks)
    page << "<line class=\"mb-chart__axis" << when(tick == 0, " mb-plot__zero") << "\" x1=\""
         << px(sheet.left) << "\" x2=\"" << px(sheet.right) << "\" y1=\"" << px(sheet.up(tick))
         << "\" y2=\"" << px(sheet.up(tick))
         << "\"/><text class=\"mb-chart__label\" text-anchor=\"end\" x=\"" << px(sheet.left - 4)
         << "\" y=\"" << px(sheet.up(tick) + 4) << "\">" << short_number(tick, language)
         << "</text>";
}

void below_axis(Writer& page, const Sheet& sheet, double x, int anchor, std::string_view text) {
  page << "<text class=\"mb-chart__label\" text-anchor=\""
       << (anchor == 0   ? Markup("start")
           : anchor == 1 ? Markup("middle")
                         : Markup("end"))
       << "\" x=\"" << px(x) << "\" y=\"" << px(sheet.bottom + 16) << "\">" << text << "</text>";
}

void series_table(Writer& page, Language language, const PlotText& text,
                  const std::vector<std::string>& labels, const std::vector<Series>& series) {
  std::vector<Column> columns{{text.label_title}};
  for (const Series& one : series)
    columns.push_back({one.name.empty() ? text.value_title : one.name, true});
  details(page, msg::chart_data(language), [&](Writer& p) {
    table(p, text.title, columns, [&](Writer& rows) {
      for (std::size_t i = 0; i < labels.size(); ++i)
        row(rows, [&](Writer& cells) {
          head_cell(cells, labels[i]);
          for (const Series& one : series)
            cell(cells, one.values[i] ? number_text(*one.values[i]) : "–", true);
        });
    });
  });
}

}  // namespace minben::page
