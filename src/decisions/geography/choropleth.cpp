#include <algorithm>
#include <cmath>
#include <set>

#include "drawing.hpp"

namespace minben::geography {

namespace {

constexpr std::size_t most_shapes = 1'100;  ///< more are shown by the level above
constexpr std::size_t most_counties = 4;    ///< more are shown among all of Taiwan
constexpr std::size_t map_bytes = 140'000;
constexpr std::size_t bytes_around_shape = 85;  ///< its element and title

struct Total {
  double sum = 0;
  std::int64_t rows = 0;
};
/// By code of area.
using Totals = std::map<std::string, Total, std::less<>>;

std::size_t digits(Level level) {
  return level == Level::county ? 5 : level == Level::town ? 8 : 11;
}

class Placing {
 public:
  Placing(const Atlas& atlas, const AreaData& data, Map& map)
      : atlas_(atlas), data_(data), map_(map) {}

  Result<Totals> all() {
    std::vector<const AreaValue*> ambiguous;
    for (const AreaValue& value : data_.values) {
      const auto found = atlas_.find(data_.level, value.area);
      if (!found && found.error().kind == Kind::unavailable) return fail(found.error());
      if (!found && found.error().code == "ambiguous_area") ambiguous.push_back(&value);
      else add(value, found);
    }
    const std::string county = only_county();
    for (const AreaValue* value : ambiguous)
      add(*value, atlas_.find(data_.level, value->area, county.empty() ? "none" : county));
    if (!ambiguous.empty() && !county.empty()) map_.assumed = atlas_.by_code(county)->area;
    return std::move(totals_);
  }

 private:
  void add(const AreaValue& value, const Result<Found>& found) {
    if (!found || !std::isfinite(value.sum)) {
      map_.unplaced += value.rows;
      note_example(map_, value.area);
      return;
    }
    map_.placed += value.rows;
    Total& total = totals_[found->area->code];
    total.sum += value.sum;
    total.rows += value.rows;
  }

  /// In which all that was placed lies; empty when these are several.
  [[nodiscard]] std::string only_county() const {
    if (totals_.empty()) return {};
    const std::string first = totals_.begin()->first.substr(0, 5);
    return totals_.rbegin()->first.starts_with(first) ? first : std::string();
  }

  const Atlas& atlas_;
  const AreaData& data_;
  Map& map_;
  Totals totals_;
};

Totals by_level(const Totals& totals, Level level) {
  Totals coarser;
  for (const auto& [code, total] : totals) {
    Total& into = coarser[code.substr(0, digits(level))];
    into.sum += total.sum;
    into.rows += total.rows;
  }
  return coarser;
}

/// The town or counties in which the values lie; none: all of Taiwan.
std::vector<std::string> scope(const Totals& totals, Level level) {
  std::set<std::string> counties;
  std::set<std::string> towns;
  for (const auto& [code, total] : totals) {
    counties.insert(code.substr(0, 5));
    towns.insert(code.substr(0, 8));
  }
  if (level == Level::county || counties.size() > most_counties) return {};
  if (level == Level::village && towns.size() == 1) return {towns.begin(), towns.end()};
  return {counties.begin(), counties.end()};
}

void fill(Map& map, const Totals& totals, Statistic statistic) {
  std::vector<double> values;
  for (Shape& shape : map.shapes) {
    const auto found = totals.find(shape.area->code);
    if (found == totals.end() || found->second.rows <= 0) continue;
    const auto& [sum, rows] = found->second;
    shape.rows = rows;
    shape.value = statistic == Statistic::sum ? sum : sum / static_cast<double>(rows);
    values.push_back(*shape.value);
  }
  map.classes = divide(values);
  for (Shape& shape : map.shapes)
    if (shape.value) shape.of_class = map.classes.of(*shape.value);
}

}  // namespace

void note_example(Map& map, std::string_view what) {
  constexpr std::size_t most_examples = 5;
  constexpr std::size_t longest = 40;
  std::size_t size = std::min(what.size(), longest);
  while (size < what.size() && size > 0 && (what[size] & 0xC0) == 0x80) --size;
  std::string example(what.substr(0, size));
  if (map.examples.size() < most_examples && !example.empty() &&
      std::ranges::find(map.examples, example) == map.examples.end())
    map.examples.push_back(std::move(example));
}

Result<Map> choropleth(const Atlas& atlas, const AreaData& data, double width) {
  Map found;
  MINBEN_TRY(totals, Placing(atlas, data, found).all());
  if (totals.empty())
    return fail(Kind::invalid, "nothing_to_map", "no row names an area that is known");
  Level level = data.level;
  MINBEN_TRY(layer, atlas.impl().layer(level));
  std::vector<std::uint32_t> areas = inside_of(*layer, scope(totals, level));
  while (areas.size() > most_shapes && level != Level::county) {
    level = level == Level::village ? Level::town : Level::county;
    totals = by_level(totals, level);
    MINBEN_TRY(above, atlas.impl().layer(level));
    layer = above;
    areas = inside_of(*layer, scope(totals, level));
  }
  const Layout layout(extent(*layer, areas), std::clamp(width, 200.0, 2000.0));
  MINBEN_TRY(map, blank(atlas, *layer, areas, layout,
                        map_bytes - std::min(map_bytes / 2, areas.size() * bytes_around_shape)));
  map.coarser = level != data.level;
  map.placed = found.placed;
  map.unplaced = found.unplaced;
  map.assumed = found.assumed;
  map.examples = std::move(found.examples);
  fill(map, totals, data.statistic);
  return map;
}

}  // namespace minben::geography
