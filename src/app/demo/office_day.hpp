#pragma once
// What the officers of all agencies get done on one working day.
#include "casework/casework.hpp"
#include "staff.hpp"

namespace minben::app::demo {

/// Chances decide who takes what and what comes of it, so that queues, delays, supplements and
/// refusals spread as in offices. Agencies work side by side.
Result<void> office_day(casework::Casework& casework, const Staff& staff, Random& luck);

}  // namespace minben::app::demo
