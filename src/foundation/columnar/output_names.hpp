#pragma once
// Private: what PostgreSQL would call the columns of a query.
#include <string>
#include <vector>

#include "core/json.hpp"

namespace minben::columnar {

/// One for each column of the checked statement `query`: what PostgreSQL (FigureColname) calls a
/// function, CASE or COALESCE without AS. Empty text: as the engine calls it. Empty: the columns
/// cannot be counted before the query runs (`*`).
std::vector<std::string> output_names(const Json& query);

}  // namespace minben::columnar
