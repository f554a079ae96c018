#pragma once
// What stops a reading: time, the caller, or a bound.
#include "intake.hpp"

namespace minben::intake {

class Watch {
 public:
  Watch(const Clock& clock, const Limits& limits, const std::function<bool()>& cancelled)
      : clock_(clock),
        limits_(limits),
        cancelled_(cancelled),
        deadline_(clock.now() + limits.max_time_s) {}

  [[nodiscard]] const Limits& limits() const { return limits_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }

  /// Cheap enough for every few thousand rows or every megabyte.
  [[nodiscard]] Result<void> check() const {
    if (cancelled_ && cancelled_()) return fail(Kind::unavailable, "cancelled");
    if (clock_.now() >= deadline_)
      return fail(Kind::too_large, "took_too_long", "Limits::max_time_s");
    return {};
  }

 private:
  const Clock& clock_;
  const Limits& limits_;
  const std::function<bool()>& cancelled_;
  Instant deadline_;
};

/// Counts repairs by code.
class Repairs {
 public:
  void add(std::string_view code, std::int64_t first = 0, std::int64_t count = 1) {
    if (count == 0) return;
    for (Repair& repair : list_)
      if (repair.code == code) {
        repair.count += count;
        return;
      }
    list_.push_back({std::string(code), count, first});
  }
  [[nodiscard]] bool has(std::string_view code) const {
    for (const Repair& repair : list_)
      if (repair.code == code) return true;
    return false;
  }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] std::vector<Repair> sorted() const;
  void add(const Repairs& more) {
    for (const Repair& repair : more.list_) add(repair.code, repair.first, repair.count);
  }

 private:
  std::vector<Repair> list_;  // a handful
};

inline std::unexpected<Error> not_a_table(std::string_view what) {
  return fail(Kind::invalid, "not_a_table", what);
}

}  // namespace minben::intake
