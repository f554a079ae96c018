#pragma once
// Maps as values; a page writes them as SVG (page/maps.hpp). Lengths are in units of about a pixel
// on a phone; y grows downwards. The ground is drawn on Taiwan's grid (TWD97 / TM2), 澎湖, 金門 and
// 連江 in frames of their own beside the main island. Thread-safe.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "geography/geography.hpp"

namespace minben::geography {

// ---------------------------------------------------------------------------------- classes

enum class Division {
  categories,      ///< so few different values that each is a class
  equal_steps,     ///< between round numbers: values lie evenly
  natural_breaks,  ///< least variance within classes (Fisher 1958): values lie in clusters
  quantiles        ///< as many values in each: nothing else would tell values apart
};

/// from <= value < to; of the last class, and of categories, value <= to.
struct Class {
  double from = 0;
  double to = 0;
  std::size_t members = 0;
};

struct Classes {
  Division division = Division::categories;
  std::vector<Class> classes;  ///< ascending
  [[nodiscard]] std::size_t of(double value) const;
};

/// At most `at_most` classes, with borders as round as they can be without moving a value to
/// another class. Values that are no numbers do not count.
Classes divide(std::span<const double> values, std::size_t at_most = 5);

// ------------------------------------------------------------------------------------- maps

struct Rect {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

struct Shape {
  const Area* area = nullptr;
  std::string path;  ///< of SVG 2, §9.3: letters, digits, signs, points
  std::optional<double> value;
  std::int64_t rows = 0;
  std::size_t of_class = 0;  ///< where there is a value
};

struct Mark {
  double x = 0;
  double y = 0;
  double radius = 0;
  Position position;  ///< the mean where several stand together
  std::string label;  ///< of one that stands alone; may be empty
  std::optional<double> value;
  std::int64_t rows = 1;
  std::size_t of_class = 0;  ///< where there is a value
};

struct Inset {
  Rect frame;
  Bilingual name;
};

struct Map {
  double width = 0;
  double height = 0;
  Level level = Level::county;  ///< of the shapes
  std::vector<Inset> insets;
  std::vector<Shape> shapes;  ///< by code of area
  std::string borders;        ///< path between the counties, or towns, in which the shapes lie
  std::vector<Mark> marks;    ///< larger ones first
  Classes classes;            ///< of the values of shapes or marks
  bool coarser = false;       ///< too many areas: shown by the level above
  bool gathered = false;      ///< too many points: those that are near each other as one mark
  std::int64_t placed = 0;    ///< rows
  std::int64_t unplaced = 0;  ///< rows whose area or place was not found
  /// Names that several counties have were taken for this one's, where all other names lie.
  const Area* assumed = nullptr;
  std::int64_t turned = 0;    ///< rows with latitude and longitude the wrong way round, placed
  std::vector<std::string> examples;  ///< of what was not found, at most five, 40 bytes each
};

enum class Statistic { sum, mean };

/// What is known of one area. Several of one area are taken together.
struct AreaValue {
  std::string area;  ///< code or name
  double sum = 0;    ///< over `rows`
  std::int64_t rows = 1;
};

struct AreaData {
  Level level = Level::county;
  Statistic statistic = Statistic::sum;
  std::vector<AreaValue> values;
};

/// Shapes of the counties in which the values lie, of all of Taiwan when these are many. Errors:
/// invalid "nothing_to_map" when no area was found; those of the atlas. `width`: 200 … 2000.
Result<Map> choropleth(const Atlas& atlas, const AreaData& data, double width = 360);

/// One place, or the mean place of several rows.
struct Point {
  Position position;
  std::string label = {};
  std::optional<double> value = std::nullopt;  ///< the mean of the rows
  std::int64_t rows = 1;
};

/// Marks on the towns of the counties in which they lie, on all counties when these are many; more
/// than 1,000 are gathered. Errors as above.
Result<Map> point_map(const Atlas& atlas, std::span<const Point> points, double width = 360);

}  // namespace minben::geography
