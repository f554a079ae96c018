#pragma once
// Tables of places in metres get their degrees.
#include <optional>

#include "geometry.hpp"
#include "profile.hpp"

namespace minben::intake {

/// Two columns of metres east and north, as surveyors' tables in Taiwan have them.
struct MetricColumns {
  std::size_t x = 0;
  std::size_t y = 0;
  std::string system;   ///< "EPSG:3826"
  bool stated = false;  ///< a name says which system
};

/// By names, types and the values of the sample; nullopt when there is no such pair, or when the
/// table has degrees.
std::optional<MetricColumns> find_metric_columns(const std::vector<Column>& columns,
                                                 const std::vector<ColumnProfile>& profiles);

/// The two columns of degrees that are put after `columns`.
void add_degree_columns(std::vector<Column>& columns);

/// "121.5170,25.0478", or "," when either value is none.
std::string degrees_of(std::string_view x, std::string_view y, ToWgs84& convert);

}  // namespace minben::intake
