#pragma once
// Who writes a table's rows waits for others who do.
#include <array>
#include <mutex>

#include "datastore.hpp"

namespace minben::datastore {

/// Every call makes a version of the whole of the one before it: of several that begin with the
/// same version, all but one would be made again. One process sees to it here; between nodes
/// versions are compared when they are published. Thread-safe.
class Turns {
 public:
  /// Held until it is destroyed. too_many "table_busy" when the others are not done in time.
  Result<std::unique_lock<std::timed_mutex>> take(TableId table, milliseconds patience) {
    std::timed_mutex& turn = turns_[std::hash<TableId>{}(table) % turns_.size()];
    std::unique_lock lock(turn, std::defer_lock);
    if (!lock.try_lock_for(patience))
      return fail(Kind::too_many, "table_busy", "others write rows of this table; try again later");
    return lock;
  }

 private:
  std::array<std::timed_mutex, 64>
      turns_;  ///< tables share them, which costs them no more than time
};

}  // namespace minben::datastore
