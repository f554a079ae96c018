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

std::map<Date, Bilingual> read_days(TomlTable table, std::optional<int> year, Faults& faults) {
  std::map<Date, Bilingual> days;
  for (const auto& key : table.keys()) {
    const auto date = parse_date(key);
    auto name = table.bilingual(key);
    if (!date) {
      faults.add(table.line_of(key), "bad_date", fmt::format("{} is no day", key));
    } else if (year && year_of(*date) != *year) {
      faults.add(table.line_of(key), "bad_date", fmt::format("{} is no day of {}", key, *year));
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

std::set<Date> dates_of(const std::map<Date, Bilingual>& days) {
  std::set<Date> dates;
  for (const auto& [date, name] : days) dates.insert(date);
  return dates;
}

/// name → text, so that the order of the folder does not matter.
std::map<std::string, std::string> toml_files(const std::filesystem::path& directory,
                                              std::error_code& failed) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    if (entry.path().extension() == ".toml")
      files[entry.path().filename().string()] = read_text(entry.path());
  }
  return files;
}

}  // namespace

std::expected<Calendar, Errors> Calendar::load(const std::filesystem::path& directory) {
  Errors errors;
  Calendar calendar;
  std::string all;
  std::error_code failed;
  for (const auto& [name, text] : toml_files(directory, failed)) {
    all += fmt::format("{}\n{}\n", name, text);
    Faults faults(name, errors);
    auto table = read_toml(text, faults);
    if (!table) continue;
    const auto year = static_cast<int>(table->integer("year", 1912, 2911));
    table->text("source");
    Year days;
    days.holidays = read_days(table->table("holidays"), year, faults);
    days.make_up = dates_of(read_days(table->table_or_none("working_days"), year, faults));
    table->unknown_keys();
    calendar.years_[year] = std::move(days);
  }
  if (failed) {
    errors.push_back({Kind::not_found, "no_calendar", failed.message(), directory.string(), 0, 0});
  } else if (calendar.years_.empty() && errors.empty()) {
    errors.push_back({Kind::not_found, "no_calendar", "no year in it", directory.string(), 0, 0});
  }
  const auto folder = directory / "agencies";
  std::error_code none;  // most countries of tests have no such folder
  for (const auto& [name, text] : toml_files(folder, none)) {
    all += fmt::format("{}\n{}\n", name, text);
    calendar.read_agency(name, text, errors);
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  calendar.digest_ = hex_encode(sha256(all));
  return calendar;
}

void Calendar::read_agency(const std::string& name, const std::string& text, Errors& errors) {
  Faults faults("agencies/" + name, errors);
  const auto code = AgencyCode::parse(std::filesystem::path(name).stem().string());
  if (!code) return faults.add(0, "not_a_code", "the file's name is the agency's code");
  auto table = read_toml(text, faults);
  if (!table) return;
  table->text("source");
  auto own = std::make_shared<Calendar>();
  own->years_ = years_;
  own->office_.closed = dates_of(read_days(table->table_or_none("closed"), {}, faults));
  own->office_.open = dates_of(read_days(table->table_or_none("open"), {}, faults));
  for (const auto& date : own->office_.open) {
    if (own->office_.closed.contains(date))
      faults.add(0, "bad_date", fmt::format("{} is both closed and open", to_string(date)));
  }
  table->unknown_keys();
  agencies_[*code] = std::move(own);
}

const Calendar& Calendar::of(const AgencyCode& agency) const {
  const auto found = agencies_.find(agency);
  return found == agencies_.end() ? *this : *found->second;
}

std::set<AgencyCode> Calendar::agencies() const {
  std::set<AgencyCode> all;
  for (const auto& [agency, calendar] : agencies_) all.insert(agency);
  return all;
}

bool Calendar::covers(int year) const { return years_.contains(year); }

bool Calendar::is_working_day(Date date) const {
  if (office_.closed.contains(date)) return false;
  if (office_.open.contains(date)) return true;
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
