#pragma once
// Working time of a team: a line on which only office hours of working days have length.
#include <chrono>
#include <vector>

#include "casework/calendar.hpp"
#include "core/core.hpp"
#include "simulation/simulation.hpp"

namespace minben::simulation {

/// Not thread-safe: it grows with the dates asked for.
class WorkTime {
 public:
  /// `start`: no earlier day will be asked for.
  WorkTime(const casework::Calendar& calendar, Hours hours, Date start);

  /// Working time from the start to `at`.
  [[nodiscard]] microseconds position(Instant at) const;
  /// The first instant with that position.
  [[nodiscard]] Instant at(microseconds position) const;
  /// The next instant at which it is open; `at` itself when it is.
  [[nodiscard]] Instant next_open(Instant at) const;

 private:
  void grow_to(std::size_t day) const;
  [[nodiscard]] std::size_t day_of(Instant at) const;
  [[nodiscard]] Instant begin_of(std::size_t day) const { return origin_ + days(day); }
  [[nodiscard]] bool works(std::size_t day) const { return before_[day + 1] > before_[day]; }

  const casework::Calendar& calendar_;
  Hours hours_;
  Date start_;
  Instant origin_;
  microseconds per_day_{0};
  mutable std::vector<microseconds> before_{microseconds{0}};  ///< position at begin of each day
};

}  // namespace minben::simulation
