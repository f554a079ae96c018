#pragma once
// Working days of Taiwan's government offices (行政院人事行政總處 calendar) and counting in them.
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/core.hpp"

namespace minben::casework {

/// Immutable once loaded; thread-safe.
class Calendar {
 public:
  /// Reads every <year>.toml of the folder (packages/calendar), and of its folder `agencies` every
  /// <agency code>.toml: days on which that agency is closed or open unlike the others, as when a
  /// county stops work for a typhoon (天然災害停止上班). Faults name file and line.
  static std::expected<Calendar, Errors> load(const std::filesystem::path& directory);

  /// The working days of one agency; these ones when it has none of its own. Lives as long as this.
  [[nodiscard]] const Calendar& of(const AgencyCode& agency) const;
  /// The agencies that have days of their own, by code.
  [[nodiscard]] std::set<AgencyCode> agencies() const;
  /// SHA-256 over all that was read, hex: changes when a day does.
  [[nodiscard]] const std::string& digest() const { return digest_; }

  /// Monday to Friday without the year's holidays, plus its make-up working days. In a year for
  /// which there is no file only weekends and the fixed-date national holidays are free.
  [[nodiscard]] bool is_working_day(Date date) const;
  /// The `count`-th working day after `from` (Administrative Procedure Act §48: the first day does
  /// not count). count ≥ 0; 0 gives `from` itself if it is a working day, else the next one.
  [[nodiscard]] Date add_working_days(Date from, int count) const;
  /// Working days d with from < d ≤ to; 0 when to ≤ from.
  [[nodiscard]] int working_days_between(Date from, Date to) const;
  /// The last `count`-th working day before `from`; for reminders.
  [[nodiscard]] Date subtract_working_days(Date from, int count) const;
  /// `date`, or the next working day when it is none (§48 (4): a period that would end on a day off
  /// ends on the next working day).
  [[nodiscard]] Date next_working_day(Date date) const;
  [[nodiscard]] bool covers(int year) const;  ///< a file of that year was loaded

 private:
  void read_agency(const std::string& name, const std::string& text, Errors& errors);

  struct Year {
    std::map<Date, Bilingual> holidays;
    std::set<Date> make_up;
  };
  /// What one agency does unlike the others.
  struct Office {
    std::set<Date> closed;
    std::set<Date> open;
  };

  std::map<int, Year> years_;
  Office office_;  ///< of an agency's own calendar
  std::map<AgencyCode, std::shared_ptr<const Calendar>> agencies_;
  std::string digest_;
};

}  // namespace minben::casework
