#include "maps.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "components.hpp"
#include "figure.hpp"
#include "messages/charts.hpp"
#include "numbers.hpp"

namespace minben::page {

namespace {

using geography::Division;
using geography::Map;
using geography::Mark;
using geography::Shape;

bool has_values(const Map& map) { return !map.classes.classes.empty(); }

std::string count_text(std::int64_t count) { return number_text(static_cast<double>(count)); }

std::string place_of(const Mark& mark, Language language) {
  if (!mark.label.empty()) return mark.label;
  return msg::map_place_at(language, fmt::format("{:.4f}", mark.position.latitude),
                           fmt::format("{:.4f}", mark.position.longitude));
}

// ---------------------------------------------------------------------------------- drawing

void shape(Writer& page, const Shape& area, Language language) {
  page << "<path d=\"" << area.path << "\"><title>" << area.area->name.in(language);
  if (area.value) page << " " << number_text(*area.value);
  page << "</title></path>";
}

/// Shapes of a class share its fill.
void shapes(Writer& page, std::string_view id, const Map& map, Language language) {
  const auto group = [&](auto&& belongs, std::string_view fill) {
    page << "<g class=\"mb-map__area\" fill=\"url(#" << id << "-" << fill << ")\">";
    for (const Shape& area : map.shapes)
      if (belongs(area)) shape(page, area, language);
    page << "</g>";
  };
  if (!map.marks.empty()) {
    page << "<g class=\"mb-map__ground\">";
    for (const Shape& area : map.shapes) shape(page, area, language);
    page << "</g>";
    return;
  }
  group([](const Shape& area) { return !area.value; }, "none");
  for (std::size_t i = 0; i < map.classes.classes.size(); ++i)
    group([&](const Shape& area) { return area.value && area.of_class == i; },
          fmt::format("f{}", i));
}

void mark(Writer& page, const Mark& mark, Language language) {
  page << "<circle class=\"mb-map__mark mb-map__mark--" << (mark.value ? mark.of_class : 3)
       << "\" cx=\"" << px(mark.x) << "\" cy=\"" << px(mark.y) << "\" r=\"" << px(mark.radius)
       << "\"><title>";
  if (!mark.label.empty()) page << mark.label;
  if (mark.value) page << " " << number_text(*mark.value);
  if (mark.rows > 1) page << " " << msg::map_rows_here(language, mark.rows);
  page << "</title></circle>";
}

void drawing(Writer& page, Language language, std::string_view id, const MapText& text,
             const Map& map) {
  page << "<svg class=\"mb-map\" role=\"img\" viewBox=\"0 0 " << px(map.width) << " "
       << px(map.height) << "\"";
  drawing_names(page, id, text.title, text.description);
  fill_patterns(page, id, Fill::sequence);
  for (const geography::Inset& inset : map.insets)
    page << "<text class=\"mb-map__inset\" x=\"" << px(inset.frame.x + 1) << "\" y=\""
         << px(inset.frame.y - 4) << "\">" << inset.name.in(language)
         << "</text><rect class=\"mb-map__frame\" x=\"" << px(inset.frame.x) << "\" y=\""
         << px(inset.frame.y) << "\" width=\"" << px(inset.frame.width) << "\" height=\""
         << px(inset.frame.height) << "\"/>";
  shapes(page, id, map, language);
  if (!map.borders.empty()) page << "<path class=\"mb-map__border\" d=\"" << map.borders << "\"/>";
  for (const Mark& one : map.marks) mark(page, one, language);
  page << "</svg>";
}

// ----------------------------------------------------------------------------------- legend

std::string class_text(const geography::Classes& classes, std::size_t i, Language language) {
  const auto& [from, to, members] = classes.classes[i];
  if (from == to) return number_text(from);
  if (classes.division != Division::equal_steps &&
      classes.classes.size() > 1) {  // its ends are no round numbers
    if (i == 0) return msg::map_class_under(language, number_text(to));
    if (i + 1 == classes.classes.size()) return msg::map_class_from(language, number_text(from));
  }
  return i + 1 < classes.classes.size()
             ? msg::map_class_below(language, number_text(from), number_text(to))
             : msg::map_class_to(language, number_text(from), number_text(to));
}

std::string_view division_text(Division division, Language language) {
  switch (division) {
    case Division::equal_steps:
      return msg::map_equal_steps(language);
    case Division::natural_breaks:
      return msg::map_natural_breaks(language);
    case Division::quantiles:
      return msg::map_quantiles(language);
    case Division::categories:
      return {};
  }
  return {};
}

/// Circles as they are on the map: of points that stand alone each class is larger.
void mark_legend(Writer& page, const std::vector<LegendEntry>& entries, bool alike) {
  page << "<ul class=\"mb-legend\">";
  for (std::size_t i = 0; i < entries.size(); ++i)
    page << "<li class=\"mb-legend__entry\"><svg class=\"mb-legend__swatch\" viewBox=\"0 0 30 "
            "18\" aria-hidden=\"true\" focusable=\"false\"><circle class=\"mb-map__mark "
            "mb-map__mark--"
         << i << "\" cx=\"15\" cy=\"9\" r=\"" << px(alike ? 7 : 3.4 + 1.1 * static_cast<double>(i))
         << "\"/></svg><span>" << entries[i].text << "</span></li>";
  page << "</ul>";
}

void map_legend(Writer& page, Language language, std::string_view id, const MapText& text,
                const Map& map) {
  if (!has_values(map)) return;
  std::vector<LegendEntry> entries;
  for (std::size_t i = 0; i < map.classes.classes.size(); ++i)
    entries.push_back({fmt::format("{}-f{}", id, i), class_text(map.classes, i, language)});
  if (map.marks.empty() &&
      std::ranges::any_of(map.shapes, [](const Shape& area) { return !area.value; }))
    entries.push_back({fmt::format("{}-none", id), std::string(msg::map_no_data(language))});
  page << "<p class=\"mb-legend__title\">" << text.value_title << "</p>";
  if (map.marks.empty()) legend(page, entries);
  else mark_legend(page, entries, map.gathered);
  if (const std::string_view how = division_text(map.classes.division, language); !how.empty())
    page << "<p class=\"mb-legend__note\">" << how << "</p>";
}

// ------------------------------------------------------------------------------------ notes

void notes(Writer& page, Language language, const Map& map) {
  const auto note = [&](std::string_view text) { page << "<li>" << text << "</li>"; };
  page << "<ul class=\"mb-map__notes\">";
  if (map.coarser)
    note(map.level == geography::Level::town ? msg::map_by_town(language)
                                             : msg::map_by_county(language));
  if (map.assumed != nullptr) note(msg::map_assumed(language, map.assumed->name.in(language)));
  if (map.gathered) note(msg::map_gathered(language));
  if (map.turned > 0) note(msg::map_turned(language, map.turned));
  if (map.unplaced > 0)
    note(map.examples.empty()
             ? msg::map_unplaced(language, map.unplaced)
             : msg::map_unplaced_such_as(language, map.unplaced,
                                         fmt::format("{}", fmt::join(map.examples, "、"))));
  note(msg::map_credit(language));
  page << "</ul>";
}

// ------------------------------------------------------------------------------------ table

void area_rows(Writer& rows, Language language, const Map& map) {
  std::vector<const Shape*> areas;
  for (const Shape& area : map.shapes)
    if (area.value) areas.push_back(&area);
  std::ranges::sort(areas, [](const Shape* a, const Shape* b) {
    return std::tie(*b->value, a->area->code) < std::tie(*a->value, b->area->code);
  });
  for (const Shape* area : areas)
    row(rows, [&](Writer& cells) {
      head_cell(cells, area->area->full_name.in(language));
      cell(cells, number_text(*area->value), true);
      cell(cells, count_text(area->rows), true);
    });
}

void mark_rows(Writer& rows, Language language, const Map& map) {
  for (const Mark& one : map.marks)
    row(rows, [&](Writer& cells) {
      head_cell(cells, place_of(one, language));
      if (has_values(map)) cell(cells, one.value ? number_text(*one.value) : "–", true);
      cell(cells, count_text(one.rows), true);
    });
}

void numbers(Writer& page, Language language, const MapText& text, const Map& map) {
  std::vector<Column> columns{{std::string(msg::map_place(language))}};
  if (has_values(map)) columns.push_back({text.value_title, true});
  columns.push_back({std::string(msg::map_rows(language)), true});
  details(page, msg::map_data(language), [&](Writer& p) {
    table(p, text.title, columns, [&](Writer& rows) {
      if (map.marks.empty()) area_rows(rows, language, map);
      else mark_rows(rows, language, map);
    });
  });
}

}  // namespace

void map_figure(Writer& page, Language language, std::string_view id, const MapText& text,
                const Map& map) {
  figure(page, text.title, text.description, [&](Writer& p) {
    drawing(p, language, id, text, map);
    map_legend(p, language, id, text, map);
    notes(p, language, map);
    numbers(p, language, text, map);
  });
}

}  // namespace minben::page
