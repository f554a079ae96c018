#pragma once
#include <string_view>

namespace minben::app {

/// One JSON object a line on standard error: time, level, process, message. Call once.
void set_up_logging(std::string_view process);

}  // namespace minben::app
