#include "drawing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

namespace minben::geography {

namespace {

constexpr double finest = 0.35;    ///< units that a line may be off
constexpr double coarsest = 6;     ///< beyond this a map would say nothing
constexpr std::int64_t speck = 8;  ///< tenths of a unit: islands below are left out
constexpr std::int64_t dot = 12;   ///< the side of what would vanish altogether

/// Tenths of a unit.
struct Tenths {
  std::int64_t x = 0;
  std::int64_t y = 0;
  friend bool operator==(const Tenths&, const Tenths&) = default;
};

void append_tenths(std::string& out, std::int64_t tenths, bool first) {
  if (!first && tenths >= 0) out += ' ';
  if (tenths < 0) out += '-';
  const std::int64_t size = std::abs(tenths);
  if (size >= 10 || size == 0) out += std::to_string(size / 10);
  if (size % 10 != 0) {
    out += '.';
    out += static_cast<char>('0' + size % 10);
  }
}

/// "M12.3 4l.5-1.2…": from the first place on by differences.
void append_line(std::string& path, std::span<const Tenths> places, bool closed) {
  path += 'M';
  append_tenths(path, places[0].x, true);
  append_tenths(path, places[0].y, false);
  path += 'l';
  for (std::size_t i = 1; i < places.size(); ++i) {
    append_tenths(path, places[i].x - places[i - 1].x, i == 1);
    append_tenths(path, places[i].y - places[i - 1].y, false);
  }
  if (closed) path += 'z';
}

class Pen {
 public:
  Pen(const Layer& layer, const Layout& layout, double tolerance)
      : layer_(layer), layout_(layout), tolerance_(tolerance), arcs_(layer.arcs.size()) {}

  std::string path(const Outline& outline, Region region) {
    std::string path;
    std::vector<Tenths> largest;
    std::int64_t most = -1;
    for (const auto& polygon : outline.polygons)
      for (const Ring& ring : polygon) {
        std::vector<Tenths> places = joined(ring, region);
        const std::int64_t size = extent(places);
        if (size >= speck && places.size() > 2) append_line(path, places, true);
        if (size > most) {
          most = size;
          largest = std::move(places);
        }
      }
    if (path.empty()) {  // an area never vanishes
      const Tenths at{largest[0].x - dot / 2, largest[0].y - dot / 2};
      append_line(path,
                  std::array{at, Tenths{at.x + dot, at.y}, Tenths{at.x + dot, at.y + dot},
                             Tenths{at.x, at.y + dot}},
                  true);
    }
    return path;
  }

  void border(std::string& path, std::size_t arc, Region region) {
    if (const auto& places = simplified_arc(arc, region); places.size() > 1)
      append_line(path, places, false);
  }

 private:
  /// Made once, so that neighbours share their border to the last digit.
  const std::vector<Tenths>& simplified_arc(std::size_t number, Region region) {
    std::vector<Tenths>& places = arcs_[number];
    if (!places.empty()) return places;
    for (const Tm2 place : simplified(layer_.arcs[number], tolerance_ / layout_.scale(region))) {
      const Spot spot = layout_.spot(region, place);
      const Tenths at{std::llround(spot.x * 10), std::llround(spot.y * 10)};
      if (places.empty() || places.back() != at) places.push_back(at);
    }
    return places;
  }

  std::vector<Tenths> joined(const Ring& ring, Region region) {
    std::vector<Tenths> line;
    const auto add = [&](Tenths at) {
      if (line.empty() || line.back() != at) line.push_back(at);
    };
    for (const std::int32_t number : ring) {
      const auto& arc =
          simplified_arc(static_cast<std::size_t>(number < 0 ? ~number : number), region);
      if (number < 0) std::for_each(arc.rbegin(), arc.rend(), add);
      else std::ranges::for_each(arc, add);
    }
    if (line.size() > 1 && line.front() == line.back()) line.pop_back();
    return line;
  }

  static std::int64_t extent(std::span<const Tenths> places) {
    const auto [west, east] = std::ranges::minmax(places, {}, &Tenths::x);
    const auto [north, south] = std::ranges::minmax(places, {}, &Tenths::y);
    return std::max(east.x - west.x, south.y - north.y);
  }

  const Layer& layer_;
  const Layout& layout_;
  double tolerance_;
  std::vector<std::vector<Tenths>> arcs_;
};

/// Arcs between areas that do not lie in the same county (or town, when all lie in one county).
std::map<std::size_t, Region> border_arcs(const Layer& layer,
                                          std::span<const std::uint32_t> areas) {
  if (areas.empty() || layer.areas[areas.front()].level == Level::county) return {};
  const auto one_county = std::ranges::all_of(areas, [&](std::uint32_t i) {
    return layer.areas[i].county() == layer.areas[areas.front()].county();
  });
  std::map<std::size_t, std::string_view> first;
  std::map<std::size_t, Region> borders;
  for (const std::uint32_t i : areas) {
    const Area& area = layer.areas[i];
    const std::string_view parent = one_county ? area.town() : area.county();
    for (const auto& polygon : layer.outlines[i].polygons)
      for (const Ring& ring : polygon)
        for (const std::int32_t number : ring) {
          const auto arc = static_cast<std::size_t>(number < 0 ? ~number : number);
          const auto [known, added] = first.try_emplace(arc, parent);
          if (!added && known->second != parent) borders[arc] = region_of(area.code);
        }
  }
  // Towns are drawn themselves: borders within one county say nothing more.
  if (one_county && layer.areas[areas.front()].level == Level::town) borders.clear();
  return borders;
}

}  // namespace

Ground draw(const Layer& layer, std::span<const std::uint32_t> areas, const Layout& layout,
            std::size_t bytes) {
  const auto borders = border_arcs(layer, areas);
  Ground ground;
  for (double tolerance = finest; tolerance <= coarsest; tolerance *= 1.5) {
    ground = {};
    Pen pen(layer, layout, tolerance);
    std::size_t size = 0;
    for (const std::uint32_t i : areas) {
      Shape shape{.area = &layer.areas[i],
                  .path = pen.path(layer.outlines[i], region_of(layer.areas[i].code)),
                  .value = std::nullopt};
      size += shape.path.size();
      ground.shapes.push_back(std::move(shape));
    }
    for (const auto& [arc, region] : borders) pen.border(ground.borders, arc, region);
    if (size + ground.borders.size() <= bytes) break;
  }
  return ground;
}

}  // namespace minben::geography
