#pragma once
// `minben quality …`: the checks of what is published, for operators; docs/quality.md.
#include "command_line.hpp"

namespace minben::app {

void add_quality_tools(CLI::App& cli, Action& action);

}  // namespace minben::app
