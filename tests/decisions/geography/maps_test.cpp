#include "geography/maps.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "atlas.hpp"

namespace minben::geography {
namespace {

AreaData all_of(Level level, std::string_view within = "") {
  AreaData data{.level = level, .statistic = Statistic::sum, .values = {}};
  for (const Area& area : *atlas().inside(level, within))
    data.values.push_back({area.code, std::stod(area.code.substr(area.code.size() - 3)) + 1, 1});
  return data;
}

/// About what the elements and titles take as well.
std::size_t bytes(const Map& map) {
  std::size_t sum = map.borders.size();
  for (const Shape& shape : map.shapes)
    sum += shape.path.size() + shape.area->name.zh_hant.size() + 60;
  for (const Mark& mark : map.marks) sum += mark.label.size() + 90;
  return sum;
}

void expect_drawable(const Map& map) {
  for (const Shape& shape : map.shapes) {
    EXPECT_TRUE(shape.path.starts_with('M') && shape.path.ends_with('z'))
        << shape.area->full_name.zh_hant;
    EXPECT_EQ(shape.path.find_first_not_of("Mlz-. 0123456789"), std::string::npos);
  }
  for (const Mark& mark : map.marks) {
    EXPECT_GE(mark.x, 0);
    EXPECT_LE(mark.x, map.width);
    EXPECT_GE(mark.y, 0);
    EXPECT_LE(mark.y, map.height);
  }
  EXPECT_LE(bytes(map), 150'000u);
}

TEST(Choropleth, OfAllTownsFitsAPage) {
  const auto map = choropleth(atlas(), all_of(Level::town));
  ASSERT_TRUE(map) << describe(map.error());
  EXPECT_EQ(map->shapes.size(), 368u);
  EXPECT_EQ(map->insets.size(), 3u);
  EXPECT_EQ(map->placed, 368);
  EXPECT_EQ(map->unplaced, 0);
  EXPECT_FALSE(map->borders.empty());
  EXPECT_GT(map->height, map->width) << "Taiwan is higher than wide";
  expect_drawable(*map);
}

TEST(Choropleth, OfAllCountiesAndOfTheVillagesOfEachCounty) {
  expect_drawable(*choropleth(atlas(), all_of(Level::county)));
  for (const Area& county : *atlas().areas(Level::county)) {
    const auto map = choropleth(atlas(), all_of(Level::village, county.code));
    ASSERT_TRUE(map) << county.name.zh_hant;
    EXPECT_FALSE(map->coarser) << county.name.zh_hant;
    EXPECT_EQ(map->shapes.size(), atlas().inside(Level::village, county.code)->size());
    EXPECT_TRUE(map->insets.empty());
    expect_drawable(*map);
  }
}

TEST(Choropleth, TooManyVillagesAreAddedUpToTowns) {
  const AreaData villages = all_of(Level::village);
  const auto map = choropleth(atlas(), villages);
  ASSERT_TRUE(map);
  EXPECT_TRUE(map->coarser);
  EXPECT_EQ(map->level, Level::town);
  double before = 0;
  for (const AreaValue& value : villages.values) before += value.sum;
  double after = 0;
  for (const Shape& shape : map->shapes) after += shape.value.value_or(0);
  EXPECT_DOUBLE_EQ(after, before);
  expect_drawable(*map);
}

TEST(Choropleth, TakesSeveralRowsOfAnAreaTogether) {
  AreaData data{
      .level = Level::county,
      .statistic = Statistic::mean,
      .values = {{"台北市", 10, 2}, {"臺北市", 20, 1}, {"63000", 0, 1}, {"桃園縣", 5, 1}}};
  const auto value = [&](const Map& map, std::string_view code) {
    return std::ranges::find(map.shapes, code, [](const Shape& s) { return s.area->code; })->value;
  };
  auto map = choropleth(atlas(), data);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->shapes.size(), 22u);
  EXPECT_DOUBLE_EQ(*value(*map, "63000"), 7.5);
  EXPECT_DOUBLE_EQ(*value(*map, "68000"), 5);
  EXPECT_FALSE(value(*map, "65000"));
  data.statistic = Statistic::sum;
  map = choropleth(atlas(), data);
  EXPECT_DOUBLE_EQ(*value(*map, "63000"), 30);
}

TEST(Choropleth, SaysWhatWasNotPlaced) {
  const AreaData data{.level = Level::town,
                      .statistic = Statistic::sum,
                      .values = {{"臺北市大安區", 1, 1},
                                 {"中正", 1, 3},
                                 {"南竿鄉", 1, 1},
                                 {"東京都", 1, 2},
                                 {"臺北市信義區", std::numeric_limits<double>::quiet_NaN(), 1},
                                 {std::string(100, 'x'), 1, 1},
                                 {"", 1, 1}}};
  const auto map = choropleth(atlas(), data);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->placed, 2);
  EXPECT_EQ(map->unplaced, 8);
  EXPECT_EQ(map->examples,
            (std::vector<std::string>{"東京都", "臺北市信義區", std::string(40, 'x'), "中正"}));
  EXPECT_EQ(map->shapes.size(), 16u) << "the towns of both counties";
  const auto nothing = choropleth(atlas(), {.level = Level::county, .values = {{"東京", 1, 1}}});
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, "nothing_to_map");
}

TEST(Choropleth, TakesNamesOfSeveralCountiesForThoseOfTheOnlyOneThatOthersName) {
  AreaData data{.level = Level::town, .statistic = Statistic::sum, .values = {}};
  for (const std::string name : {"大安區", "信義區", "中正區", "文山區", "士林區"})
    data.values.push_back({name, 1, 1});
  const auto map = choropleth(atlas(), data);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->placed, 5);
  ASSERT_NE(map->assumed, nullptr);
  EXPECT_EQ(map->assumed->code, "63000");
}

TEST(PointMap, FewPointsStandOnTheTownsOfTheirCounty) {
  const std::vector<Point> points{{{121.5645, 25.0336}, "Taipei 101", 35},
                                  {{25.0400, 121.5118}, "總統府", 20},  // the wrong way round
                                  {{0, 0}, "null island", 1},
                                  {{139.7, 35.7}, "東京", 1}};
  const auto map = point_map(atlas(), points);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->level, Level::town);
  EXPECT_EQ(map->shapes.size(), 12u);
  EXPECT_EQ(map->marks.size(), 2u);
  EXPECT_EQ(map->placed, 2);
  EXPECT_EQ(map->turned, 1);
  EXPECT_EQ(map->unplaced, 2);
  EXPECT_EQ(map->examples, (std::vector<std::string>{"0, 0", "139.7, 35.7"}));
  const auto mark = std::ranges::find(map->marks, "Taipei 101", &Mark::label);
  EXPECT_GT(mark->x, std::ranges::find(map->marks, "總統府", &Mark::label)->x);
  expect_drawable(*map);
}

TEST(PointMap, ManyPointsAreGatheredAndNoneIsLost) {
  std::vector<Point> points;
  for (const Area& village : *atlas().areas(Level::village))
    for (int i = 0; i < 3; ++i)
      points.push_back(
          {{village.inside.longitude + i * 1e-4, village.inside.latitude}, "", i * 1.0});
  const auto map = point_map(atlas(), points);
  ASSERT_TRUE(map);
  EXPECT_TRUE(map->gathered);
  EXPECT_LE(map->marks.size(), 1000u);
  EXPECT_EQ(map->insets.size(), 3u);
  std::int64_t rows = 0;
  for (const Mark& mark : map->marks) rows += mark.rows;
  EXPECT_EQ(rows, static_cast<std::int64_t>(points.size()));
  EXPECT_EQ(map->placed, rows);
  expect_drawable(*map);
}

TEST(PointMap, WeightsCountAndSamePlacesAreOneMark) {
  const auto map = point_map(
      atlas(), std::vector<Point>{{{121.5, 25.05}, "", 10, 90}, {{121.5, 25.05}, "", 20, 10}});
  ASSERT_TRUE(map);
  ASSERT_EQ(map->marks.size(), 1u);
  EXPECT_EQ(map->marks[0].rows, 100);
  EXPECT_DOUBLE_EQ(*map->marks[0].value, 11);
}

TEST(PointMap, AcceptsNoHostileCoordinate) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double endless = std::numeric_limits<double>::infinity();
  std::vector<Point> points{{{121, 24}}};
  for (const double a : {nan, endless, -endless, 1e308, -1e-308, 180.0, 114.0, 126.0, 18.0, 28.0})
    for (const double b : {nan, endless, 0.0, 90.0, 18.0, 28.0, 114.0}) {
      points.push_back({{a, b}, "", nan});
      points.push_back({{b, a}, "", endless});
    }
  const auto map = point_map(atlas(), points);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->placed + map->unplaced, static_cast<std::int64_t>(points.size()));
  expect_drawable(*map);
  EXPECT_FALSE(point_map(atlas(), {}));
}

}  // namespace
}  // namespace minben::geography
