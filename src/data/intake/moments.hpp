#pragma once
// Dates and times of day as people in Taiwan write them.
#include <optional>

#include "values.hpp"

namespace minben::intake {

struct Moment {
  Date date{};
  std::int64_t microseconds = 0;  ///< since midnight in Taiwan, below a day
  bool has_time = false;
  Spellings spellings = 0;  ///< 0: "2026-11-30", "2026-11-30 14:05[:00[.f]]", also with a T
};

/// ISO 8601, 2026/11/30, 20261130, 115/11/30, 115.11.30, 1151130, 民國115年11月30日; each with a
/// time of day after it: 14:05, 下午2:05:09, PM 2:05, 14時05分, with an offset or without (then
/// Taiwan's). `text` is ASCII where it can be. Years of two digits are of the Republic from 40 on,
/// those of three always; parts must exist in the calendar.
std::optional<Moment> parse_moment(std::string_view text);

/// "2026-11-30 14:05:00", with six decimals when there are any.
std::string timestamp_text(const Moment& moment);

}  // namespace minben::intake
