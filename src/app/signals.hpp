#pragma once
#include "core/core.hpp"

namespace minben::app {

/// SIGINT and SIGTERM, taken by one thread instead of interrupting all of them.
class StopSignals {
 public:
  StopSignals();  ///< before any other thread starts: they inherit the block
  /// Until one of the signals comes.
  void wait() const;
};

}  // namespace minben::app
