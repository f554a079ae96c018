#pragma once
// Private: the numbers of charts and maps, asked of the datastore, of just the rows that a visitor
// asked for.
#include <optional>
#include <variant>

#include "datastore/datastore.hpp"
#include "geography/maps.hpp"
#include "page/plots.hpp"
#include "parts.hpp"
#include "views.hpp"

namespace minben::open {

/// Which rows, of which table.
struct RowsOf {
  datastore::Datastore& store;
  const geography::Atlas& atlas;
  datastore::TableId table;
  int version;
  std::span<const datastore::Field> fields;
  Json filters;
  Json q;
};

struct MapDrawing {
  geography::Map map;
  std::string value_title;
  std::string description;
};
using Drawing =
    std::variant<MapDrawing, page::LinePlot, page::BarsPlot, page::Histogram, page::ScatterPlot>;

/// Nothing when these rows have nothing to draw. Errors: those of the datastore and the atlas.
Result<std::optional<Drawing>> draw_view(const RowsOf& rows, const View& view, Language language);

/// `id` is unique on the page.
void write_drawing(Writer& page, Language language, std::string_view id, const View& view,
                   const Drawing& drawing);

/// The views of a table, by its data dictionary.
std::vector<View> views_of(const datastore::Version& version);

}  // namespace minben::open
