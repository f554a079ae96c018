#include "calendar.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "toml_reader.hpp"

namespace minben::casework {

namespace {

using std::chrono::Saturday;
using std::chrono::Sunday;
using std::chrono::sys_days;

bool is_weekend(Date date) {
  const std::chrono::weekday day{sys_days{date}};
  return day == Saturday || day == Sunday;
}

/// For years without a file: the fixed-date holidays of the Act (紀念日及節日實施條例).
bool is_fixed_holiday(Date date) {
  constexpr std::array<std::pair<unsigned, unsigned>, 8> days{
      {{1, 1}, {2, 28}, {4, 4}, {5, 1}, {9, 28}, {10, 10}, {10, 25}, {12, 25}}};
  return std::ranges::any_of(days, [&](auto day) {
    return static_cast<unsigned>(date.month()) == day.first &&
           static_cast<unsigned>(date.day()) == day.second;
  });
}

int year_of(Date date) { return static_cast<int>(date.year()); }

std::map<Date, Bilingual> read_days(TomlTable table, int year, Faults& faults) {
  std::map<Date, Bilingual> days;
  for (const auto& key : table.keys()) {
    const auto date = parse_date(key);
    auto name = table.bilingual(key);
    if (!date || year_of(*date) != year) {
      faults.add(table.line_of(key), "bad_date", fmt::format("{} is no day of {}", key, year));
    } else {
      days[*date] = std::move(name);
    }
  }
  return days;
}

std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

}  // namespace

std::expected<Calendar, Errors> Calendar::load(const std::filesystem::path& directory) {
  Errors errors;
  Calendar calendar;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    if (entry.path().extension() != ".toml") continue;
    Faults faults(entry.path().filename().string(), errors);
    auto table = read_toml(read_text(entry.path()), faults);
    if (!table) continue;
    const auto year = static_cast<int>(table->integer("year", 1912, 2911));
    table->text("source");
    Year days;
    days.holidays = read_days(table->table("holidays"), year, faults);
    for (const auto& [date, name] : read_days(table->table_or_none("working_days"), year, faults)) {
      days.make_up.insert(date);
    }
    table->unknown_keys();
    calendar.years_[year] = std::move(days);
  }
  if (failed) {
    errors.push_back({Kind::not_found, "no_calendar", failed.message(), directory.string(), 0, 0});
  } else if (calendar.years_.empty() && errors.empty()) {
    errors.push_back({Kind::not_found, "no_calendar", "no year in it", directory.string(), 0, 0});
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return calendar;
}

bool Calendar::covers(int year) const { return years_.contains(year); }

bool Calendar::is_working_day(Date date) const {
  const auto year = years_.find(year_of(date));
  if (year == years_.end()) return !is_weekend(date) && !is_fixed_holiday(date);
  if (year->second.make_up.contains(date)) return true;
  return !is_weekend(date) && !year->second.holidays.contains(date);
}

Date Calendar::next_working_day(Date date) const {
  while (!is_working_day(date)) date = add_days(date, 1);
  return date;
}

Date Calendar::add_working_days(Date from, int count) const {
  if (count <= 0) return next_working_day(from);
  while (count > 0) {
    from = add_days(from, 1);
    if (is_working_day(from)) --count;
  }
  return from;
}

Date Calendar::subtract_working_days(Date from, int count) const {
  while (count > 0) {
    from = add_days(from, -1);
    if (is_working_day(from)) --count;
  }
  return from;
}

int Calendar::working_days_between(Date from, Date to) const {
  int count = 0;
  for (auto day = add_days(from, 1); day <= to; day = add_days(day, 1)) {
    if (is_working_day(day)) ++count;
  }
  return count;
}

}  // namespace minben::casework
