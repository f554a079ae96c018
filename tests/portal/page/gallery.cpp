#include "gallery.hpp"

#include <cmath>
#include <fstream>

#include "geography/maps.hpp"
#include "page/maps.hpp"
#include "page/plots.hpp"
#include "support/shared.hpp"

namespace minben::page {

namespace {

using geography::Level;

const geography::Atlas& atlas() {
  static const geography::Atlas all(std::string(MINBEN_BINARY_DIR) + "/share/boundaries");
  return all;
}

/// Numbers of areas that look like those of people: a few large, many small.
geography::AreaData areas(Level level, std::string_view within, geography::Statistic statistic) {
  geography::AreaData data{.level = level, .statistic = statistic, .values = {}};
  double number = 17;
  for (const geography::Area& area : *atlas().inside(level, within)) {
    number = std::fmod(number * 7919, 10007);
    data.values.push_back({area.code, std::exp(number / 1800) * 100, 1 + area.code.back() % 3});
  }
  return data;
}

void area_maps(Writer& page, Language language) {
  const auto draw = [&](std::string_view id, const MapText& text, geography::AreaData data) {
    data.values.push_back({"東京都", 1, 2});
    map_figure(page, language, id, text, *geography::choropleth(atlas(), data));
  };
  auto towns = areas(Level::town, "", geography::Statistic::sum);
  towns.values.resize(350);  // some have no data
  draw("towns", {"各鄉鎮市區人口數", "Where people live.", "人口數"}, towns);
  draw("counties", {"各縣市平均", "", "平均"},
       areas(Level::county, "", geography::Statistic::mean));
  draw("villages", {"臺北市各里", "", "人口數"},
       areas(Level::village, "63000", geography::Statistic::sum));
  draw("all-villages", {"全國村里", "", "人口數"},
       areas(Level::village, "", geography::Statistic::sum));
  draw("kinmen", {"金門縣", "", "人口數"}, areas(Level::town, "09020", geography::Statistic::sum));
}

void point_maps(Writer& page, Language language) {
  std::vector<geography::Point> few;
  std::vector<geography::Point> many;
  for (const geography::Area& area : *atlas().areas(Level::village)) {
    many.push_back({area.inside, area.full_name.in(language)});
    if (area.county() == "63000" && area.code.ends_with('1'))
      few.push_back(
          {area.inside, area.full_name.in(language), std::fmod(area.inside.longitude * 1e4, 97)});
  }
  few.push_back({{25.04, 121.53}, "turned", 12});
  many.push_back({{0, 0}});
  map_figure(page, language, "few", {"監測站", "", "濃度"}, *geography::point_map(atlas(), few));
  map_figure(page, language, "many", {"全國據點", "", "筆數"},
             *geography::point_map(atlas(), many));
}

void plots(Writer& page, Language language) {
  LinePlot lines{
      .text = {"每月人數", "Three of them.", "月份", "人數"}, .moments = {}, .series = {}};
  for (int month = 0; month < 36; ++month)
    lines.moments.push_back(
        {month * 30.4, std::to_string(2023 + month / 12) + "-" + std::to_string(1 + month % 12)});
  for (const std::string name : {"新北市", "臺北市", "桃園市", "臺中市", "臺南市", "高雄市"}) {
    Series series{name, {}};
    for (std::size_t i = 0; i < lines.moments.size(); ++i)
      series.values.emplace_back(
          4e6 - 3e5 * static_cast<double>(lines.series.size()) +
          2e5 * std::sin(static_cast<double>(i) / 4 + static_cast<double>(lines.series.size())));
    series.values[7 + lines.series.size()] = std::nullopt;
    lines.series.push_back(series);
  }
  line_plot(page, language, "lines", lines);
  lines.series.resize(1);
  line_plot(page, language, "one-line", lines);

  BarsPlot bars{.text = {"各類件數", "", "類別", "件數"},
                .labels = {"交通事故", "竊盜", "詐欺（含網路購物、假投資、假冒公務員等）", "其他"},
                .series = {{"2023", {1200, 800, 9000, 10}},
                           {"2024", {1100, std::nullopt, 12000, 20}},
                           {"2025", {1000, 600, 15000, 0}}}};
  bars_plot(page, language, "grouped", bars);
  bars.stacked = true;
  bars_plot(page, language, "stacked", bars);

  Histogram counts{.text = {"房價分布", "", "每坪單價（元）", "筆數"}, .bins = {}};
  for (int i = 0; i < 14; ++i)
    counts.bins.push_back({i * 5e4, (i + 1) * 5e4,
                           static_cast<std::int64_t>(900 * std::exp(-(i - 5) * (i - 5) / 9.0))});
  histogram(page, language, "histogram", counts);

  ScatterPlot dots{.text = {"所得與教育", "", "教育年數", "所得（元）"}, .dots = {}};
  for (int i = 0; i < 200; ++i)
    dots.dots.push_back(
        {6 + std::fmod(i * 0.77, 12), 3e5 + 5e4 * std::fmod(i * 0.77, 12) + 2e5 * std::sin(i), ""});
  scatter_plot(page, language, "scatter", dots);
}

}  // namespace

std::string gallery(Language language) {
  Writer page;
  area_maps(page, language);
  point_maps(page, language);
  plots(page, language);
  return std::move(page).take();
}

}  // namespace minben::page
