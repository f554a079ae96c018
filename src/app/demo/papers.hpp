#pragma once
// Files that applicants of the demonstration country hand in: drawn here, so that officers see
// something, and plainly marked as samples.
#include <string>

#include "core/core.hpp"
#include "people.hpp"

namespace minben::app::demo {

std::string photo_png(const Resident& resident);  ///< 413 × 531 pixels, 35 × 45 mm at 300 dpi
Result<std::string> passport_pdf(const Resident& resident, Instant at);
Result<std::string> evidence_pdf(const Resident& resident, std::string_view what, Instant at);

}  // namespace minben::app::demo
