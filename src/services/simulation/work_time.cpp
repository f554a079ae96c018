#include "work_time.hpp"

#include <algorithm>

namespace minben::simulation {

WorkTime::WorkTime(const casework::Calendar& calendar, Hours hours, Date start)
    : calendar_(calendar),
      hours_(std::move(hours)),
      start_(start),
      origin_(taiwan_midnight(start)) {
  for (const auto& span : hours_) per_day_ += minutes(span.to - span.from);
  MINBEN_ASSERT(per_day_.count() > 0);
}

void WorkTime::grow_to(std::size_t day) const {
  while (before_.size() <= day + 1) {
    const auto date = add_days(start_, static_cast<int>(before_.size()) - 1);
    before_.push_back(before_.back() +
                      (calendar_.is_working_day(date) ? per_day_ : microseconds{0}));
  }
}

std::size_t WorkTime::day_of(Instant at) const {
  MINBEN_ASSERT(at >= origin_);
  const auto day = static_cast<std::size_t>((at - origin_) / days(1));
  grow_to(day);
  return day;
}

microseconds WorkTime::position(Instant at) const {
  const auto day = day_of(at);
  auto sum = before_[day];
  if (!works(day)) return sum;
  const auto into = std::chrono::duration_cast<microseconds>(at - begin_of(day));
  for (const auto& span : hours_) {
    const auto done = std::min<microseconds>(into, minutes(span.to)) - minutes(span.from);
    sum += std::max(done, microseconds{0});
  }
  return sum;
}

Instant WorkTime::at(microseconds position) const {
  while (before_.back() < position) grow_to(before_.size());
  const auto after = std::ranges::lower_bound(before_, position);
  if (after == before_.begin()) return origin_;
  const auto day = static_cast<std::size_t>(after - before_.begin()) - 1;
  auto left = position - before_[day];
  for (const auto& span : hours_) {
    const microseconds length = minutes(span.to - span.from);
    if (left <= length) return begin_of(day) + minutes(span.from) + left;
    left -= length;
  }
  return begin_of(day + 1);
}

Instant WorkTime::next_open(Instant at) const {
  auto day = day_of(at);
  const auto into = at - begin_of(day);
  if (works(day)) {
    for (const auto& span : hours_) {
      if (into < minutes(span.to))
        return begin_of(day) + std::max(into, microseconds(minutes(span.from)));
    }
  }
  do {
    grow_to(++day);
  } while (!works(day));
  return begin_of(day) + minutes(hours_.front().from);
}

}  // namespace minben::simulation
