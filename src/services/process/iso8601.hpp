#pragma once
// ISO 8601 durations and repetitions as BPMN timers write them.
#include "core/core.hpp"

namespace minben::process {

/// Years and months move by the calendar (UTC), the rest by time.
struct IsoDuration {
  int months = 0;
  microseconds time{};
};
/// P[nY][nM][nW][nD][T[nH][nM][n[.n]S]]; not negative, at most 200 years.
Result<IsoDuration> parse_duration(std::string_view text);
Instant add(Instant from, const IsoDuration& duration);

struct IsoCycle {
  std::int64_t repeats = -1;  ///< -1: without end
  std::optional<Instant> start;
  IsoDuration interval;
};
/// R[n]/[start/]duration; the interval must not be zero.
Result<IsoCycle> parse_cycle(std::string_view text);

}  // namespace minben::process
