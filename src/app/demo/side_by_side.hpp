#pragma once
// Work of many people at once.
#include <functional>

#include "core/core.hpp"

namespace minben::app::demo {

/// Calls `work(item, luck)` for the items 0 … count-1, a few at a time. Each has luck of its own,
/// drawn from `luck` in their order, so that nothing depends on who is faster. After an error no
/// more are begun; the first error is returned.
Result<void> side_by_side(std::size_t count, Random& luck,
                          const std::function<Result<void>(std::size_t item, Random& luck)>& work);

}  // namespace minben::app::demo
