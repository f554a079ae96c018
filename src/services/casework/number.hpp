#pragma once
// Application numbers: twelve digits, the last one a check digit.
#include <string>

#include "core/core.hpp"

namespace minben::casework {

/// Year of the Republic of the day in Taiwan (3 digits), serial (8), check digit. 0 ≤ serial < 10⁸.
std::string application_number(Date submitted, std::int64_t serial);

}  // namespace minben::casework
