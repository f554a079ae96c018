#include <algorithm>
#include <cmath>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "drawing.hpp"

namespace minben::geography {

namespace {

constexpr std::size_t most_marks = 1'000;
constexpr std::size_t most_counties = 4;
constexpr std::size_t ground_bytes = 40'000;
constexpr double sole_radius = 2.6;
constexpr double largest_radius = 11;
constexpr double class_growth = 0.55;  ///< a radius more for each class, for who sees no colour

/// A point that is somewhere in Taiwan.
struct Located {
  const Point* point;
  Position position;
  Tm2 place;
  Region region;
  std::string county;  ///< empty at sea
};

/// Between the islands: by where the counties with a frame of their own lie.
Region region_at_sea(Position p) {
  if (p.longitude < 119) return Region::kinmen;
  if (p.latitude > 25.6 && p.longitude < 120.9) return Region::lienchiang;
  if (p.longitude < 119.85 && p.latitude < 24) return Region::penghu;
  return Region::main;
}

std::vector<Located> locate(const Layer& counties, std::span<const Point> points, Map& map) {
  std::vector<Located> found;
  for (const Point& point : points) {
    Position position = point.position;
    if (!near_taiwan(position) && near_taiwan({position.latitude, position.longitude})) {
      position = {position.latitude, position.longitude};
      map.turned += point.rows;
    }
    const auto place = to_tm2(position);
    if (!place) {
      map.unplaced += point.rows;
      note_example(map, fmt::format("{}, {}", point.position.longitude, point.position.latitude));
      continue;
    }
    const Area* county = counties.at(position);
    found.push_back(
        {.point = &point,
         .position = position,
         .place = *place,
         .region = county == nullptr ? region_at_sea(position) : region_of(county->code),
         .county = county == nullptr ? "" : county->code});
  }
  return found;
}

/// Those around one mark.
struct Heap {
  double x = 0, y = 0, longitude = 0, latitude = 0;  ///< sums over rows
  double value = 0;
  std::int64_t rows = 0;
  std::int64_t valued = 0;
  std::size_t points = 0;
  const std::string* label = nullptr;

  void add(const Located& one, Spot at) {
    const auto weight = static_cast<double>(one.point->rows);
    x += at.x * weight;
    y += at.y * weight;
    longitude += one.position.longitude * weight;
    latitude += one.position.latitude * weight;
    rows += one.point->rows;
    ++points;
    label = &one.point->label;
    if (!one.point->value || !std::isfinite(*one.point->value)) return;
    value += *one.point->value * weight;
    valued += one.point->rows;
  }

  [[nodiscard]] Mark mark() const {
    const auto weight = static_cast<double>(rows);
    Mark made{.x = x / weight,
              .y = y / weight,
              .radius = sole_radius,
              .position = {longitude / weight, latitude / weight},
              .label = points == 1 ? *label : std::string(),
              .value = std::nullopt,
              .rows = rows};
    if (valued > 0) made.value = value / static_cast<double>(valued);
    return made;
  }
};

/// Points in one cell of so many units become one mark; 0: only those at one spot.
std::vector<Mark> gather(std::span<const Located> points, const Layout& layout, double cell) {
  std::unordered_map<std::string, Heap> heaps;
  for (const Located& one : points) {
    const Spot at = layout.spot(one.region, one.place);
    const double side = cell > 0 ? cell : 0.1;
    heaps[fmt::format("{}/{}/{}", static_cast<int>(one.region), std::floor(at.x / side),
                      std::floor(at.y / side))]
        .add(one, at);
  }
  std::vector<Mark> marks;
  marks.reserve(heaps.size());
  for (const auto& [key, heap] : heaps) marks.push_back(heap.mark());
  return marks;
}

/// The area of a mark grows with its rows where points were gathered, else with its class.
void size_marks(Map& map) {
  std::int64_t most = 1;
  for (const Mark& mark : map.marks) most = std::max(most, mark.rows);
  std::vector<double> values;
  for (const Mark& mark : map.marks)
    if (mark.value) values.push_back(*mark.value);
  map.classes = divide(values);
  for (Mark& mark : map.marks) {
    if (mark.value) mark.of_class = map.classes.of(*mark.value);
    if (map.gathered)
      mark.radius = std::max(1.2, largest_radius * std::sqrt(static_cast<double>(mark.rows) /
                                                             static_cast<double>(most)));
    else mark.radius += class_growth * static_cast<double>(mark.of_class);
  }
  // Small ones stay visible on top; equal ones from the north, so that two runs agree.
  std::ranges::sort(map.marks, [](const Mark& a, const Mark& b) {
    return std::tie(b.radius, a.y, a.x) < std::tie(a.radius, b.y, b.x);
  });
}

struct Sheet {
  const Layer* layer;
  std::vector<std::uint32_t> areas;
};

/// Towns of few counties, else all counties.
Result<Sheet> sheet(const Atlas& atlas, std::span<const Located> points) {
  std::set<std::string> counties;
  for (const Located& one : points)
    if (!one.county.empty()) counties.insert(one.county);
  const bool few = !counties.empty() && counties.size() <= most_counties;
  MINBEN_TRY(layer, atlas.impl().layer(few ? Level::town : Level::county));
  const std::vector<std::string> codes =
      few ? std::vector<std::string>(counties.begin(), counties.end()) : std::vector<std::string>();
  return Sheet{layer, inside_of(*layer, codes)};
}

}  // namespace

Result<Map> point_map(const Atlas& atlas, std::span<const Point> points, double width) {
  MINBEN_TRY(counties, atlas.impl().layer(Level::county));
  Map found;
  std::vector<Located> located = locate(*counties, points, found);
  if (located.empty())
    return fail(Kind::invalid, "nothing_to_map", "no row has coordinates in or near Taiwan");
  MINBEN_TRY(ground, sheet(atlas, located));
  const Layout layout(extent(*ground.layer, ground.areas), std::clamp(width, 200.0, 2000.0));
  MINBEN_TRY(map, blank(atlas, *ground.layer, ground.areas, layout, ground_bytes));
  map.unplaced = found.unplaced;
  map.turned = found.turned;
  map.examples = std::move(found.examples);
  std::erase_if(located, [&](const Located& one) {
    const bool off = !layout.shows(one.region, one.place);
    (off ? map.unplaced : map.placed) += one.point->rows;
    if (off)
      note_example(map, fmt::format("{}, {}", one.position.longitude, one.position.latitude));
    return off;
  });
  map.marks = gather(located, layout, 0);
  for (double cell = 9; map.marks.size() > most_marks; cell *= 1.5) {
    map.gathered = true;
    map.marks = gather(located, layout, cell);
  }
  size_marks(map);
  return map;
}

}  // namespace minben::geography
