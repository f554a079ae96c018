#pragma once
// Private: which charts and maps of a table say something, from what its columns are. Pure.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/core.hpp"
#include "geography/geography.hpp"
#include "intake/intake.hpp"

namespace minben::open {

struct ViewColumn {
  std::string name;
  std::string label;  ///< may be empty
  intake::Type type = intake::Type::text;
  intake::Role role = intake::Role::none;
  std::int64_t distinct = 0;  ///< different values, about
};

enum class ViewKind { points, areas, lines, bars, histogram, scatter };

/// What is drawn; columns by name.
struct View {
  ViewKind kind = ViewKind::bars;
  Bilingual title;
  std::string across;   ///< longitude, area, time, category, or what is counted or compared
  std::string up;       ///< latitude; of a scatter plot: what goes up
  std::string measure;  ///< empty: rows are counted
  bool mean = false;    ///< of the measure; otherwise its sum
  std::string series;   ///< a line for each value of this column; may be empty
  std::string label;    ///< what points are called; may be empty
  std::string around;   ///< the column of the county in which the areas lie; may be empty
  geography::Level level = geography::Level::county;
};

/// The best first; none when nothing would be learnt from a drawing. Of several alike only the
/// first columns are used, so that a wide table does not become a wall of charts.
std::vector<View> choose_views(std::span<const ViewColumn> columns, std::int64_t rows,
                               std::size_t at_most = 6);

/// As people call a column: in that language where its name or label is.
std::string column_name(const ViewColumn& column, Language language);

}  // namespace minben::open
