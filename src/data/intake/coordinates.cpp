#include "coordinates.hpp"

#include <algorithm>
#include <charconv>

#include "names.hpp"
#include "roles.hpp"

namespace minben::intake {

namespace {

/// 'x', 'y', or 0: which coordinate a name speaks of.
char coordinate_of(std::string_view name) {
  const std::string plain = folded(name);
  const auto is = [&](std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, std::string_view(plain)) != words.end();
  };
  const bool metres = has_word(plain, {"twd97", "twd67", "tm2", "二度分帶", "tmd"});
  const auto has_letter = [&](char letter) {
    return plain.starts_with(letter) || plain.ends_with(letter);
  };
  if (is({"x", "x坐標", "x座標", "坐標x", "座標x", "x97", "橫坐標", "橫座標", "東距", "coordx",
          "xcoord", "easting", "xtm", "tmx"}) ||
      (metres && (has_letter('x') || has_word(plain, {"橫", "東"}))))
    return 'x';
  if (is({"y", "y坐標", "y座標", "坐標y", "座標y", "y97", "縱坐標", "縱座標", "北距", "coordy",
          "ycoord", "northing", "ytm", "tmy"}) ||
      (metres && (has_letter('y') || has_word(plain, {"縱", "北"}))))
    return 'y';
  return 0;
}

/// Metres east do not tell the zone or the datum: names may.
std::string system_of(std::string_view name, bool& stated) {
  const std::string plain = folded(name);
  const bool zone_119 = plain.contains("119");
  stated = has_word(plain, {"twd97", "twd67", "119", "121"});
  if (plain.contains("67")) return zone_119 ? "EPSG:3827" : "EPSG:3828";
  return zone_119 ? "EPSG:3825" : "EPSG:3826";
}

std::optional<double> number(std::string_view text) {
  const auto plain = canonical(text, Type::number);
  double value = 0;
  if (!plain) return std::nullopt;
  const auto read = std::from_chars(plain->data(), plain->data() + plain->size(), value);
  return read.ec == std::errc{} ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<MetricColumns> find_metric_columns(const std::vector<Column>& columns,
                                                 const std::vector<ColumnProfile>& profiles) {
  std::optional<std::size_t> x, y;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (column.role == Role::longitude || column.role == Role::latitude ||
        column.type == Type::geometry)
      return std::nullopt;
    if (column.type != Type::integer && column.type != Type::number) continue;
    const char which = coordinate_of(column.name);
    if (which == 'x' && !x && within(profiles[i], 90'000, 400'000)) x = i;
    if (which == 'y' && !y && within(profiles[i], 2'400'000, 2'950'000)) y = i;
  }
  if (!x || !y) return std::nullopt;
  MetricColumns found{*x, *y, {}, false};
  found.system = system_of(columns[*x].name + " " + columns[*y].name, found.stated);
  return found;
}

void add_degree_columns(std::vector<Column>& columns) {
  for (const auto& [wanted, role] :
       {std::pair{"longitude", Role::longitude}, std::pair{"latitude", Role::latitude}}) {
    std::string name = wanted;
    const auto taken = [&](const Column& column) { return to_lower_ascii(column.name) == name; };
    for (int n = 2; std::ranges::any_of(columns, taken); ++n)
      name = std::string(wanted) + "_" + std::to_string(n);
    columns.push_back({name, {}, Type::number, role, "twd97"});
  }
}

std::string degrees_of(std::string_view x, std::string_view y, ToWgs84& convert) {
  const auto east = number(x), north = number(y);
  const auto at = east && north ? convert({*east, *north}) : std::nullopt;
  if (!at) return ",";
  std::string text;
  append_degrees(text, at->x);
  text += ',';
  append_degrees(text, at->y);
  return text;
}

}  // namespace minben::intake
