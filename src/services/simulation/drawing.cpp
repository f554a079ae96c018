// SVG that stands alone: no script, no font or picture from elsewhere. Colours differ in lightness,
// so that the series are told apart in grey, too.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "charts.hpp"
#include "labels.hpp"

namespace minben::simulation {

namespace {

constexpr std::array<std::string_view, 2> colours{"#8fb4d9", "#12436d"};
constexpr int width = 720;

double top_of(const Chart& chart) {
  double top = chart.full;
  for (const auto& row : chart.rows) {
    for (const auto& value : row.values) top = std::max(top, value.value_or(0));
  }
  return top > 0 ? top : 1;
}

std::string text(double x, double y, std::string_view extra, std::string_view words) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\"{}>{}</text>\n", x, y, extra, escape(words));
}

std::string bar(double x, double y, double w, double h, std::size_t series) {
  return fmt::format(
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", x, y, w,
      h, colours[series % colours.size()]);
}

std::string in_both(const Bilingual& words) {
  return words.zh_hant == words.en ? words.en : words.zh_hant + " " + words.en;
}

/// Title and, with more than one series, what their colours mean. Moves `y` below itself.
std::string head(const Chart& chart, double& y) {
  auto drawing = text(16, y + 22, " font-size=\"17\" font-weight=\"bold\"", chart.title.zh_hant);
  drawing += text(16, y + 42, " font-size=\"14\"", chart.title.en);
  y += 56;
  if (chart.series.size() > 1) {
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
      drawing += bar(16, y, 14, 14, i);
      drawing += text(36, y + 12, "", in_both(chart.series[i]));
      y += 20;
    }
  }
  y += 8;
  return drawing;
}

std::string bar_rows(const Chart& chart, double& y) {
  constexpr double left = 250, plot = 390;
  const double scale = plot / top_of(chart);
  const double thick = chart.series.size() > 1 ? 14 : 20;
  std::string drawing;
  for (const auto& row : chart.rows) {
    const bool twice = row.label.zh_hant != row.label.en;
    drawing +=
        text(left - 10, y + (twice ? 11 : 15), " text-anchor=\"end\"", cut(row.label.en, 38));
    if (twice) {
      drawing += text(left - 10, y + 27, " text-anchor=\"end\"", cut(row.label.zh_hant, 17));
    }
    double at = y;
    for (std::size_t i = 0; i < row.values.size(); ++i, at += thick + 2) {
      const double length = row.values[i].value_or(0) * scale;
      drawing += bar(left, at, length, thick, i);
      drawing += text(left + length + 6, at + thick / 2 + 4.5, "", row.texts[i]);
    }
    y = std::max(at, y + 32) + 8;
  }
  return drawing;
}

std::string columns(const Chart& chart, double& y) {
  constexpr double left = 60, plot_width = 640, plot_height = 220;
  const double scale = plot_height / top_of(chart);
  const double step = plot_width / static_cast<double>(std::max<std::size_t>(1, chart.rows.size()));
  const double thick = step * 0.84 / static_cast<double>(chart.series.size());
  const double ground = y + plot_height;
  const std::size_t labelled = chart.rows.size() / 13 + 1;  // as many labels as have room
  std::string drawing;
  for (int i = 0; i <= 4; ++i) {
    const double value = top_of(chart) * i / 4, at = ground - value * scale;
    drawing +=
        fmt::format("<line x1=\"{}\" x2=\"{}\" y1=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"#b1b4b6\"/>\n",
                    left, left + plot_width, at, at);
    drawing += text(left - 6, at + 4, " text-anchor=\"end\"", fmt::format("{:.0f} %", value * 100));
  }
  for (std::size_t i = 0; i < chart.rows.size(); ++i) {
    const double x = left + step * (static_cast<double>(i) + 0.08);
    for (std::size_t j = 0; j < chart.rows[i].values.size(); ++j) {
      const double height = chart.rows[i].values[j].value_or(0) * scale;
      drawing += bar(x + thick * static_cast<double>(j), ground - height, thick, height, j);
    }
    if (i % labelled == 0) {
      drawing += text(x + step * 0.42, ground + 15, " text-anchor=\"middle\" font-size=\"11\"",
                      chart.rows[i].label.en);
    }
  }
  y = ground + 22;
  drawing += text(left + plot_width, y + 12, " text-anchor=\"end\"", in_both(chart.about));
  y += 20;
  return drawing;
}

std::string description(const Chart& chart) {
  std::string words;
  for (const auto& row : chart.rows) {
    words += fmt::format("{}: {}; ", in_both(row.label), fmt::join(row.texts, ", "));
  }
  return words;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&') safe += "&amp;";
    else if (c == '<') safe += "&lt;";
    else if (c == '>') safe += "&gt;";
    else if (c == '"') safe += "&quot;";
    else if (c == '\'') safe += "&#39;";
    else safe += c;
  }
  return safe;
}

std::string draw(const Chart& chart) {
  double y = 0;
  auto drawing = head(chart, y);
  drawing += chart.upright ? columns(chart, y) : bar_rows(chart, y);
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {0} {1:.0f}\" "
      "width=\"{0}\" height=\"{1:.0f}\" font-family=\"Noto Sans TC, Noto Sans CJK TC, "
      "sans-serif\" font-size=\"13\" fill=\"#0b0c0c\">\n<title>{2}</title>\n<desc>{3}</desc>\n"
      "<rect width=\"{0}\" height=\"{1:.0f}\" fill=\"#ffffff\"/>\n{4}</svg>\n",
      width, y + 10, escape(in_both(chart.title)), escape(description(chart)), drawing);
}

}  // namespace minben::simulation
