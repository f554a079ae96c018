#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "names.hpp"
#include "outlines.hpp"

namespace minben::geography {

namespace {

struct Keys {
  std::string_view code, name, english;
};
constexpr Keys county_keys{"COUNTYCODE", "COUNTYNAME", "COUNTYENG"};
constexpr Keys town_keys{"TOWNCODE", "TOWNNAME", "TOWNENG"};
constexpr Keys village_keys{"VILLCODE", "VILLNAME", "VILLENG"};

std::size_t digits(Level level) {
  return level == Level::county ? 5 : level == Level::town ? 8 : 11;
}

std::string in_full(std::string english) {
  for (const auto& [ending, whole] : {std::pair{" Vil.", " Village"}, {" Dist.", " District"}})
    if (english.ends_with(ending))
      english.replace(english.size() - std::string_view(ending).size(), std::string::npos, whole);
  return english;
}

Result<Bilingual> name_of(const JsonObject& properties, const Keys& keys) {
  const Json object(properties);
  MINBEN_TRY(chinese, get_string(object, keys.name));
  // Some villages have no English name.
  const std::string english = string_or(object, keys.english, chinese);
  // The names of villages are as they are registered; some are written with 台.
  return Bilingual{&keys == &village_keys ? chinese : with_formal_tai(chinese), in_full(english)};
}

Result<Area> read_area(Level level, const JsonObject& properties) {
  const Keys& keys = level == Level::county ? county_keys
                     : level == Level::town ? town_keys
                                            : village_keys;
  Area area;
  area.level = level;
  MINBEN_TRY(code, get_string(Json(properties), keys.code));
  if (code.size() != digits(level) || !parse_integer(code, 0))
    return fail(Kind::invalid, "not_topojson", "a code has other than its digits", code);
  area.code = code;
  MINBEN_TRY(name, name_of(properties, keys));
  area.name = name;
  area.full_name = name;
  const auto lies_in = [&](const Keys& parent) -> Result<void> {
    MINBEN_TRY(around, name_of(properties, parent));
    area.full_name = {area.full_name.zh_hant.insert(0, around.zh_hant),
                      area.full_name.en + ", " + around.en};
    return {};
  };
  if (level == Level::village) MINBEN_CHECK(lies_in(town_keys));
  if (level != Level::county) MINBEN_CHECK(lies_in(county_keys));
  return area;
}

Line joined(const Ring& ring, const std::vector<Line>& arcs) {
  Line line;
  for (const std::int32_t number : ring) {
    const Line& arc = arcs[static_cast<std::size_t>(number < 0 ? ~number : number)];
    // The first place of an arc is the last of the one before.
    const std::ptrdiff_t skipped = line.empty() ? 0 : 1;
    if (number < 0) line.insert(line.end(), arc.rbegin() + skipped, arc.rend());
    else line.insert(line.end(), arc.begin() + skipped, arc.end());
  }
  if (line.front() != line.back()) line.push_back(line.front());
  return line;
}

Result<Outline> make_outline(const Feature& feature, const std::vector<Line>& arcs) {
  Outline outline;
  outline.polygons = feature.polygons;
  for (const auto& polygon : feature.polygons)
    for (const Ring& ring : polygon) outline.rings.push_back(joined(ring, arcs));
  if (outline.rings.empty())
    return fail(Kind::invalid, "not_topojson", "an area without an outline");
  for (const Line& ring : outline.rings)
    for (const Tm2 place : ring) outline.box.add(place);
  return outline;
}

void index_names(Layer& layer) {
  for (std::uint32_t i = 0; i < layer.areas.size(); ++i) {
    std::set<std::string> keys;
    for (const std::string& name : {layer.areas[i].name.zh_hant, layer.areas[i].name.en}) {
      const std::string key = name_key(name);
      keys.emplace(stem(key));
      keys.insert(key);
    }
    for (const std::string& key : keys) layer.names[key].push_back(i);
  }
}

}  // namespace

Result<Layer> make_layer(Level level, const Topology& topology) {
  Layer layer;
  for (const auto& arc : topology.arcs) {
    Line& line = layer.arcs.emplace_back();
    for (const Position position : arc) line.push_back(*to_tm2(position));
  }
  std::vector<std::pair<Area, Outline>> read;
  for (const Feature& feature : topology.features) {
    MINBEN_TRY(area, read_area(level, feature.properties));
    MINBEN_TRY(outline, make_outline(feature, layer.arcs));
    area.inside = to_position(place_inside(outline)).value_or(Position{});
    read.emplace_back(std::move(area), std::move(outline));
  }
  std::ranges::sort(read, {}, [](const auto& entry) { return entry.first.code; });
  for (auto& [area, outline] : read) {
    layer.areas.push_back(std::move(area));
    layer.outlines.push_back(std::move(outline));
  }
  layer.grid.build(layer.outlines);
  index_names(layer);
  return layer;
}

}  // namespace minben::geography
