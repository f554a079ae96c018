#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "names.hpp"
#include "outlines.hpp"

namespace minben::geography {

namespace {

std::string_view object_name(Level level) {
  return level == Level::county ? "counties" : level == Level::town ? "towns" : "villages";
}

std::unexpected<Error> no_such_area(std::string_view what) {
  return fail(Kind::not_found, "no_such_area", "no area has this code or name", what);
}

/// The areas whose codes begin with `code`.
std::span<const Area> below(std::span<const Area> areas, std::string_view code) {
  const auto found = std::ranges::equal_range(areas, code, {}, [&](const Area& area) {
    return std::string_view(area.code).substr(0, code.size());
  });
  return {found.begin(), found.end()};
}

/// What stands before the name: the county, and for villages the town.
struct Rest {
  std::string key;
  std::string within;
  Note note = Note::none;
};

/// How much of the key an area's name takes: all of it ("林園區"), or with another kind ("林園鄉").
std::size_t length_of(const Area& area, std::string_view key, bool& otherwise) {
  const std::string& name = area.name.zh_hant;
  const std::string_view kindless = stem(name);
  otherwise = !key.starts_with(name);
  if (otherwise && (kindless == name || !key.starts_with(kindless) ||
                    stem(key.substr(0, name.size())) != kindless))
    return 0;
  return key.size() > name.size() ? name.size() : 0;
}

/// Takes the longest of the names with which the key begins off it, if something remains.
void take_prefix(Rest& rest, std::span<const Area> areas, bool of_other_kinds) {
  const Area* best = nullptr;
  std::size_t length = 0;
  bool otherwise = false;
  for (const Area& area : areas) {
    bool differs = false;
    const std::size_t taken = length_of(area, rest.key, differs);
    if (taken == 0 || taken < length || (differs && (!of_other_kinds || taken == length))) continue;
    best = &area;
    length = taken;
    otherwise = differs;
  }
  if (best == nullptr) return;
  rest.key.erase(0, length);
  rest.within = best->code;
  if (otherwise) rest.note = Note::old_name;
}

void take_county(Rest& rest, std::span<const Area> counties) {
  const FormerCounty* former = former_county(rest.key);
  if (former == nullptr || former->name.size() == rest.key.size())
    return take_prefix(rest, counties, false);
  rest.key.erase(0, former->name.size());
  rest.within = former->code;
  rest.note = Note::old_name;
}

}  // namespace

std::string_view to_string(Level level) {
  return level == Level::county ? "county" : level == Level::town ? "town" : "village";
}

Result<const Layer*> Atlas::Impl::layer(Level level) {
  const auto at = static_cast<std::size_t>(level);
  const std::scoped_lock lock(mutex[at]);
  if (layers[at]) return layers[at].get();
  const auto file = directory / fmt::format("{}-10t.json", object_name(level));
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto unreadable = [&](std::string_view why) {
    return fail(Kind::unavailable, "boundaries_unreadable", why, file.string());
  };
  if (!in) return unreadable("the file cannot be read");
  const auto topology = read_topology(text, object_name(level));
  if (!topology) return unreadable(describe(topology.error()));
  auto made = make_layer(level, *topology);
  if (!made) return unreadable(describe(made.error()));
  layers[at] = std::make_unique<const Layer>(std::move(*made));
  return layers[at].get();
}

Atlas::Atlas(std::filesystem::path directory) : impl_(std::make_unique<Impl>()) {
  impl_->directory = std::move(directory);
}
Atlas::~Atlas() = default;

Result<std::span<const Area>> Atlas::areas(Level level) const {
  MINBEN_TRY(layer, impl_->layer(level));
  return std::span(layer->areas);
}

Result<std::span<const Area>> Atlas::inside(Level level, std::string_view code) const {
  MINBEN_TRY(all, areas(level));
  return below(all, todays_code(code).code.empty() ? code : todays_code(code).code);
}

Result<Found> Atlas::by_code(std::string_view text) const {
  const TodaysCode code = todays_code(text);
  if (code.code.empty()) return no_such_area(text);
  const Level level = code.code.size() == 5   ? Level::county
                      : code.code.size() == 8 ? Level::town
                                              : Level::village;
  MINBEN_TRY(all, areas(level));
  const auto found = below(all, code.code);
  if (found.empty()) return no_such_area(text);
  return Found{found.data(), code.note};
}

Result<Found> Atlas::by_name(Level level, std::string_view name, std::string_view within) const {
  if (const std::size_t comma = name.rfind(','); comma != name.npos && level != Level::county) {
    // "Da'an District, Taipei City": what it lies in comes last.
    for (const Level outer : {Level::county, Level::town})
      if (const auto around = by_name(outer, name.substr(comma + 1), within);
          around && outer < level)
        return by_name(level, name.substr(0, comma), around->area->code);
    return no_such_area(name);
  }
  Rest rest{.key = name_key(name), .within = std::string(within)};
  MINBEN_TRY(layer, impl_->layer(level));
  if (level == Level::county) {
    if (const FormerCounty* former = former_county(rest.key);
        former != nullptr && former->name == rest.key)
      return Found{below(layer->areas, former->code).data(), Note::old_name};
  } else {
    if (const auto code = former_town(rest.key); level == Level::town && !code.empty())
      return Found{below(layer->areas, code).data(), Note::old_name};
    MINBEN_TRY(counties, areas(Level::county));
    take_county(rest, counties);
  }
  if (level == Level::village) {
    MINBEN_TRY(towns, inside(Level::town, rest.within));
    take_prefix(rest, towns, true);
  }
  return impl_->named(*layer, rest.key, rest.within, rest.note);
}

Result<Found> Atlas::Impl::named(const Layer& layer, std::string_view key, std::string_view within,
                                 Note note) {
  const auto candidates = [&](std::string_view wanted) {
    std::vector<const Area*> found;
    if (const auto entry = layer.names.find(std::string(wanted)); entry != layer.names.end())
      for (const std::uint32_t i : entry->second)
        if (layer.areas[i].code.starts_with(within)) found.push_back(&layer.areas[i]);
    return found;
  };
  std::vector<const Area*> found = candidates(key);
  if (found.empty() && stem(key) != key) {
    found = candidates(stem(key));
    if (!is_latin(key)) note = Note::old_name;  // 員林鎮 became 員林市; "Dist." is but short
  }
  if (found.empty()) return no_such_area(key);
  if (found.size() > 1)
    return fail(Kind::invalid, "ambiguous_area", "several areas have this name", key);
  return Found{found.front(), note};
}

Result<Found> Atlas::find(Level level, std::string_view text, std::string_view within) const {
  const std::string_view trimmed = trim(text);
  if (trimmed.empty() || trimmed.front() < '0' || trimmed.front() > '9')
    return by_name(level, trimmed, within);
  MINBEN_TRY(found, by_code(trimmed));
  if (found.area->level != level || !found.area->code.starts_with(within))
    return no_such_area(text);
  return found;
}

Result<const Area*> Atlas::at(Level level, Position position) const {
  MINBEN_TRY(layer, impl_->layer(level));
  return layer->at(position);
}

const Area* Layer::at(Position position) const {
  const auto place = to_tm2(position);
  if (!place) return nullptr;
  for (const std::uint32_t i : grid.near(*place))
    if (outlines[i].holds(*place)) return &areas[i];
  return nullptr;
}

}  // namespace minben::geography
