#pragma once
// minben harvest: catalogues of others, by hand. docs/harvest.md.
#include <functional>

#include "command_line.hpp"

namespace minben::app {

void add_harvest_tools(CLI::App& cli, Action& action);

}  // namespace minben::app
