#pragma once
// Maps as SVG with the same numbers in a table beside them: readable without colour, without
// script and by a screen reader.
#include <functional>
#include <string>

#include "core/core.hpp"
#include "geography/maps.hpp"
#include "page/html.hpp"

namespace minben::page {

struct MapText {
  std::string title;
  std::string description;  ///< what to see in it, one sentence; may be empty
  std::string value_title;  ///< of what areas or marks have: header of the table, legend
};

/// `id` is unique on the page. What could not be placed, and how areas or points were taken
/// together, is said below.
void map_figure(Writer& page, Language language, std::string_view id, const MapText& text,
                const geography::Map& map);

}  // namespace minben::page
