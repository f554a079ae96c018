#include <algorithm>

#include "drawing.hpp"

namespace minben::geography {

namespace {

constexpr double margin = 4;
constexpr double inset_share = 0.27;  ///< of the width
constexpr double inset_title = 16;    ///< above its frame
constexpr double inset_gap = 10;
constexpr double tallest = 1.45;  ///< of the width
constexpr double shortest = 0.6;
constexpr double least_extent_m = 2'000;

/// A map of one small place shows something around it.
Box widened(Box box) {
  const double more_x = std::max(0.0, least_extent_m - box.width()) / 2;
  const double more_y = std::max(0.0, least_extent_m - box.height()) / 2;
  return {box.west - more_x, box.south - more_y, box.east + more_x, box.north + more_y};
}

}  // namespace

Region region_of(std::string_view county) {
  if (county.starts_with("10016")) return Region::penghu;
  if (county.starts_with("09020")) return Region::kinmen;
  if (county.starts_with("09007")) return Region::lienchiang;
  return Region::main;
}

Tm2 moved(Region region, Tm2 place) {
  constexpr double east_of_kinmen = 40'000;
  constexpr Tm2 nearer_m{80'000, 47'000};
  if (region != Region::kinmen || place.east < east_of_kinmen) return place;
  return {place.east - nearer_m.east, place.north - nearer_m.north};
}

Layout::Layout(const std::map<Region, Box>& regions, double width) : width_(width) {
  MINBEN_ASSERT(!regions.empty());
  const bool insets = regions.size() > 1;
  const double left = insets ? width * inset_share + inset_gap : 0;
  // The first region there is has the sheet; the others stand to its left.
  const auto& [main, seen] = *regions.begin();
  const Box ground = widened(seen);
  const double room = width - left;
  const double inset_side = width * inset_share;
  const double inset_height = inset_title + inset_side * 0.95 + inset_gap;
  const double needed = insets ? inset_height * static_cast<double>(regions.size() - 1) : 0;
  const double natural =
      (room - 2 * margin) * ground.height() / std::max(ground.width(), 1.0) + 2 * margin;
  height_ = std::max(std::clamp(natural, shortest * width, tallest * width), needed);
  add(main, ground, {left, 0, room, height_});
  double top = 0;
  // From north to south, as they lie.
  for (const Region region : {Region::lienchiang, Region::kinmen, Region::penghu}) {
    const auto found = regions.find(region);
    if (found == regions.end() || region == main) continue;
    const Rect frame{1, top + inset_title, inset_side - 2, inset_side * 0.95};
    add(region, widened(found->second), frame);
    insets_[region] = frame;
    top += inset_height;
  }
}

void Layout::add(Region region, const Box& ground, const Rect& frame) {
  View view{.ground = ground, .frame = frame, .scale = 1, .origin = {}};
  const double room_x = frame.width - 2 * margin;
  const double room_y = frame.height - 2 * margin;
  view.scale = std::min(room_x / ground.width(), room_y / ground.height());
  view.origin = {frame.x + margin + (room_x - ground.width() * view.scale) / 2,
                 frame.y + margin + (room_y - ground.height() * view.scale) / 2};
  views_[region] = view;
}

bool Layout::shows(Region region, Tm2 place) const {
  if (!has(region)) return false;
  const Spot at = spot(region, place);
  const Rect& frame = views_.at(region).frame;
  return at.x >= frame.x && at.x <= frame.x + frame.width && at.y >= frame.y &&
         at.y <= frame.y + frame.height;
}

Spot Layout::spot(Region region, Tm2 from) const {
  const View& view = views_.at(region);
  const Tm2 place = moved(region, from);
  return {view.origin.x + (place.east - view.ground.west) * view.scale,
          view.origin.y + (view.ground.north - place.north) * view.scale};
}

std::map<Region, Box> extent(const Layer& layer, std::span<const std::uint32_t> areas) {
  std::map<Region, Box> regions;
  for (const std::uint32_t i : areas) {
    const Region region = region_of(layer.areas[i].code);
    if (region != Region::kinmen) {
      regions[region].add(layer.outlines[i].box);
      continue;
    }
    for (const Line& ring : layer.outlines[i].rings)
      for (const Tm2 place : ring) regions[region].add(moved(region, place));
  }
  return regions;
}

std::vector<std::uint32_t> inside_of(const Layer& layer, std::span<const std::string> codes) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < layer.areas.size(); ++i)
    if (codes.empty() || std::ranges::any_of(codes, [&](const std::string& code) {
          return layer.areas[i].code.starts_with(code);
        }))
      found.push_back(i);
  return found;
}

Result<Map> blank(const Atlas& atlas, const Layer& layer, std::span<const std::uint32_t> areas,
                  const Layout& layout, std::size_t bytes) {
  Map map;
  map.width = layout.width();
  map.height = layout.height();
  map.level = layer.areas.front().level;
  for (const auto& [region, frame] : layout.insets()) {
    const std::string_view code = region == Region::penghu   ? "10016"
                                  : region == Region::kinmen ? "09020"
                                                             : "09007";
    MINBEN_TRY(county, atlas.by_code(code));
    map.insets.push_back({frame, county.area->name});
  }
  Ground ground = draw(layer, areas, layout, bytes);
  map.shapes = std::move(ground.shapes);
  map.borders = std::move(ground.borders);
  return map;
}

}  // namespace minben::geography
