#pragma once
// What a room does now and then.
#include <functional>
#include <string_view>

#include "store/store.hpp"

namespace minben::store {

/// `work` becomes a job of this kind, first due `every` from now and planned anew in the
/// transaction of each run. A plan that is there already and due earlier stays: what runs once a
/// day runs, too, where somebody starts anew every few hours. Before workers.start(). That it could
/// not be planned goes to the log: the next start plans it.
void repeat(Workers& workers, Database& database, std::string_view kind, milliseconds every,
            std::function<Result<void>(Transaction&)> work);

}  // namespace minben::store
