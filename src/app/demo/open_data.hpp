#pragma once
// The open data of the demonstration country: a few datasets of its own making, with their tables.
#include "../open_data.hpp"

namespace minben::app::demo {

/// From packages/open-data: publishers, datasets, and files that become tables.
Result<void> publish_open_data(const Config& config, OpenData& open_data, store::Database& database,
                               const Clock& clock, Random& random);

}  // namespace minben::app::demo
