#include "page/maps.hpp"

#include <cmath>
#include <set>

#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "gallery.hpp"
#include "page/numbers.hpp"
#include "page/plots.hpp"

namespace minben::page {
namespace {

/// Charts and maps are well-formed XML too, so that they can be looked into.
pugi::xml_document read(std::string_view html) {
  pugi::xml_document document;
  const std::string text = "<main>" + std::string(html) + "</main>";
  const auto result = document.load_string(text.c_str());
  EXPECT_TRUE(result) << result.description() << " at "
                      << text.substr(static_cast<std::size_t>(result.offset), 80);
  return document;
}

std::size_t count(const pugi::xml_node& node, const char* xpath) {
  return node.select_nodes(xpath).size();
}

TEST(Numbers, AreReadable) {
  EXPECT_EQ(value_text(Json(27.5)), "27.5");
  EXPECT_EQ(value_text(Json(205)), "205");
  EXPECT_EQ(value_text(Json("古亭")), "古亭");
  EXPECT_EQ(value_text(Json(nullptr)), "");
  EXPECT_EQ(number_text(1234567), "1,234,567");
  EXPECT_EQ(number_text(-1234.5), "-1,234.5");
  EXPECT_EQ(number_text(12.345), "12.35");
  EXPECT_EQ(number_text(0.00123456), "0.001235");
  EXPECT_EQ(number_text(-0.25), "-0.25");
  EXPECT_EQ(number_text(0.1 + 0.2), "0.3");
  EXPECT_EQ(number_text(99999.96), "100,000");
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(1e300), "1e+300");
  EXPECT_EQ(number_text(-1e-300), "-1e-300");
  EXPECT_EQ(number_text(std::nan("")), "–");
  EXPECT_EQ(short_number(1'500'000, Language::en), "1.5M");
  EXPECT_EQ(short_number(1'500'000, Language::zh_hant), "150萬");
  EXPECT_EQ(short_number(2'350'000'000, Language::zh_hant), "23.5億");
  EXPECT_EQ(short_number(-20'000, Language::en), "-20k");
  EXPECT_EQ(short_number(9'999, Language::en), "9,999");
}

TEST(Gallery, DrawsEveryChartAndMapWithNamesAndItsNumbers) {
  for (const Language language : {Language::zh_hant, Language::en}) {
    const auto page = read(gallery(language));
    const auto figures = page.select_nodes("//figure");
    ASSERT_EQ(figures.size(), 13u);
    std::set<std::string> ids;
    for (const auto& found : figures) {
      const pugi::xml_node figure = found.node();
      const auto title = figure.child_value("figcaption");
      const auto svg = figure.child("svg");
      EXPECT_STREQ(svg.attribute("role").value(), "img") << title;
      EXPECT_STREQ(svg.child_value("title"), title);
      EXPECT_GT(count(figure, ".//details//tbody/tr"), 1u) << title;
    }
    for (const auto& id : page.select_nodes("//*/@id"))
      EXPECT_TRUE(ids.insert(id.attribute().value()).second) << id.attribute().value();
  }
}

TEST(Gallery, EachShapeHasATitleAndEachFillAPattern) {
  const auto page = read(gallery(Language::en));
  EXPECT_EQ(count(page, "//g[@class='mb-map__area']/path[not(title)]"), 0u);
  EXPECT_EQ(count(page, "//circle[starts-with(@class,'mb-map__mark') and @cy!='9' and not(title)]"),
            0u);
  std::set<std::string> patterns;
  for (const auto& id : page.select_nodes("//pattern/@id"))
    patterns.insert("url(#" + std::string(id.attribute().value()) + ")");
  for (const auto& fill : page.select_nodes("//@fill"))
    EXPECT_TRUE(patterns.contains(fill.attribute().value())) << fill.attribute().value();
}

TEST(MapFigure, HasTheNumbersOfEachAreaAndEscapesWhatItWasGiven) {
  geography::Area area;
  area.name = {"臺<北>", "Tai & pei"};
  area.full_name = area.name;
  geography::Map map;
  map.width = map.height = 100;
  map.shapes.push_back({.area = &area, .path = "M0 0l1 1z", .value = 1234.5, .rows = 2});
  map.classes = geography::divide(std::vector{1234.5});
  map.unplaced = 3;
  map.examples = {"<script>"};
  Writer out;
  map_figure(out, Language::en, "m", {"A <b>", "\"quoted\"", "People"}, map);
  const auto page = read(out.text());
  EXPECT_EQ(count(page, "//script"), 0u);
  EXPECT_STREQ(page.select_node("//tbody/tr/th").node().text().get(), "Tai & pei");
  EXPECT_STREQ(page.select_node("//tbody/tr/td").node().text().get(), "1,234.5");
  EXPECT_NE(out.text().find("3 rows have no place"), std::string_view::npos);
}

TEST(Plots, HoldWithoutSpread) {
  Writer page;
  line_plot(page, Language::en, "a",
            {.text = {"t", "", "x", "y"},
             .moments = {{1, "1"}, {2, "2"}},
             .series = {{"", {std::nullopt, std::nullopt}}, {"b", {5, 5}}}});
  bars_plot(page, Language::en, "b",
            {.text = {"t", "", "x", "y"}, .labels = {"one"}, .series = {{"", {0}}}});
  bars_plot(page, Language::en, "b2",
            {.text = {"t", "", "x", "y"}, .labels = {"one", "two"}, .series = {{"", {-5, 3}}}});
  histogram(page, Language::en, "c", {.text = {"t", "", "x", "y"}, .bins = {{1, 1, 0}}});
  scatter_plot(page, Language::en, "d", {.text = {"t", "", "x", "y"}, .dots = {{0, 0, "o"}}});
  scatter_plot(page, Language::en, "e", {.text = {"t", "", "x", "y"}, .dots = {}});
  EXPECT_EQ(page.text().find("nan"), std::string_view::npos);
  EXPECT_EQ(page.text().find("inf"), std::string_view::npos);
  EXPECT_EQ(count(read(page.text()), "//figure"), 6u);
}

}  // namespace
}  // namespace minben::page
