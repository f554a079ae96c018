#pragma once
// Every chart and map with real data, on one page.
#include <string>

#include "core/core.hpp"

namespace minben::page {

std::string gallery(Language language);

}  // namespace minben::page
