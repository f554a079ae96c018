// Update frequencies as people and vocabularies write them.
#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"

namespace minben::catalogue::vocabulary {

namespace {

using Kind = Frequency::Kind;
using Unit = Frequency::Unit;

constexpr Frequency regular(Unit unit, int every) { return {Kind::regular, unit, every}; }

struct EuFrequency {
  std::string_view code;
  Frequency frequency;
};
// Of two codes for one interval the first is written. "Twice a week" has no interval of its own:
// the longest gap that keeps the promise is read.
constexpr std::array<EuFrequency, 37> eu_table{{
    {"1MIN", regular(Unit::minute, 1)},
    {"5MIN", regular(Unit::minute, 5)},
    {"10MIN", regular(Unit::minute, 10)},
    {"15MIN", regular(Unit::minute, 15)},
    {"30MIN", regular(Unit::minute, 30)},
    {"HOURLY", regular(Unit::hour, 1)},
    {"BIHOURLY", regular(Unit::hour, 2)},
    {"TRIHOURLY", regular(Unit::hour, 3)},
    {"12HRS", regular(Unit::hour, 12)},
    {"DAILY_2", regular(Unit::hour, 12)},
    {"DAILY", regular(Unit::day, 1)},
    {"WEEKLY", regular(Unit::week, 1)},
    {"WEEKLY_2", regular(Unit::day, 4)},
    {"WEEKLY_3", regular(Unit::day, 3)},
    {"BIWEEKLY", regular(Unit::week, 2)},
    {"MONTHLY_2", regular(Unit::day, 16)},
    {"MONTHLY_3", regular(Unit::day, 11)},
    {"MONTHLY", regular(Unit::month, 1)},
    {"BIMONTHLY", regular(Unit::month, 2)},
    {"QUARTERLY", regular(Unit::month, 3)},
    {"ANNUAL_3", regular(Unit::month, 4)},
    {"ANNUAL_2", regular(Unit::month, 6)},
    {"ANNUAL", regular(Unit::year, 1)},
    {"BIENNIAL", regular(Unit::year, 2)},
    {"TRIENNIAL", regular(Unit::year, 3)},
    {"QUADRENNIAL", regular(Unit::year, 4)},
    {"QUINQUENNIAL", regular(Unit::year, 5)},
    {"DECENNIAL", regular(Unit::year, 10)},
    {"BIDECENNIAL", regular(Unit::year, 20)},
    {"TRIDECENNIAL", regular(Unit::year, 30)},
    {"UPDATE_CONT", {Kind::continuous}},
    {"CONT", {Kind::continuous}},
    {"IRREG", {Kind::irregular}},
    {"AS_NEEDED", {Kind::irregular}},
    {"NOT_PLANNED", {Kind::irregular}},
    {"NEVER", {Kind::once}},
    {"UNKNOWN", {Kind::unknown}},
}};

struct Word {
  std::string_view word;
  Frequency frequency;
};
constexpr std::array<Word, 49> words{{
    {"即時", {Kind::continuous}},
    {"不定期", {Kind::irregular}},
    {"不定時", {Kind::irregular}},
    {"非固定", {Kind::irregular}},
    {"依需要", {Kind::irregular}},
    {"視需要", {Kind::irregular}},
    {"隨時", {Kind::irregular}},
    {"不更新", {Kind::once}},
    {"停止更新", {Kind::once}},
    {"一次性", {Kind::once}},
    {"單次", {Kind::once}},
    {"僅一次", {Kind::once}},
    {"半年", regular(Unit::month, 6)},
    {"雙月", regular(Unit::month, 2)},
    {"雙週", regular(Unit::week, 2)},
    {"雙周", regular(Unit::week, 2)},
    {"半月", regular(Unit::day, 16)},
    {"每旬", regular(Unit::day, 11)},
    {"real-time", {Kind::continuous}},
    {"realtime", {Kind::continuous}},
    {"in real time", {Kind::continuous}},
    {"continuous", {Kind::continuous}},
    {"continuously updated", {Kind::continuous}},
    {"irregular", {Kind::irregular}},
    {"irregularly", {Kind::irregular}},
    {"as needed", {Kind::irregular}},
    {"asneeded", {Kind::irregular}},
    {"not planned", {Kind::irregular}},
    {"never", {Kind::once}},
    {"once", {Kind::once}},
    {"one-off", {Kind::once}},
    {"not updated", {Kind::once}},
    {"hourly", regular(Unit::hour, 1)},
    {"daily", regular(Unit::day, 1)},
    {"weekly", regular(Unit::week, 1)},
    {"biweekly", regular(Unit::week, 2)},
    {"fortnightly", regular(Unit::week, 2)},
    {"semimonthly", regular(Unit::day, 16)},
    {"monthly", regular(Unit::month, 1)},
    {"bimonthly", regular(Unit::month, 2)},
    {"quarterly", regular(Unit::month, 3)},
    {"semiannual", regular(Unit::month, 6)},
    {"biannual", regular(Unit::month, 6)},
    {"biannually", regular(Unit::month, 6)},
    {"half-yearly", regular(Unit::month, 6)},
    {"annual", regular(Unit::year, 1)},
    {"annually", regular(Unit::year, 1)},
    {"yearly", regular(Unit::year, 1)},
    {"biennial", regular(Unit::year, 2)},
}};

struct UnitWord {
  std::string_view word;
  Unit unit;
  int times = 1;  ///< a quarter is three months
};
constexpr std::array<UnitWord, 18> unit_words{{
    {"分鐘", Unit::minute},
    {"分", Unit::minute},
    {"小時", Unit::hour},
    {"時", Unit::hour},
    {"天", Unit::day},
    {"日", Unit::day},
    {"星期", Unit::week},
    {"週", Unit::week},
    {"周", Unit::week},
    {"個月", Unit::month},
    {"月", Unit::month},
    {"季", Unit::month, 3},
    {"年", Unit::year},
    {"minute", Unit::minute},
    {"hour", Unit::hour},
    {"day", Unit::day},
    {"week", Unit::week},
    {"month", Unit::month},
}};

struct Digit {
  std::string_view word;
  int value;
};
constexpr std::array<Digit, 11> digits{{{"一", 1},
                                        {"二", 2},
                                        {"兩", 2},
                                        {"三", 3},
                                        {"四", 4},
                                        {"五", 5},
                                        {"六", 6},
                                        {"七", 7},
                                        {"八", 8},
                                        {"九", 9},
                                        {"十", 10}}};

std::string_view skip_spaces(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

// A number from 1 to 999 at the beginning, in ASCII digits or as one Chinese digit.
std::optional<int> take_number(std::string_view& text) {
  std::size_t length = 0;
  while (length < text.size() && text[length] >= '0' && text[length] <= '9') ++length;
  if (length > 0) {
    const auto value = parse_integer(text.substr(0, length), 1, 999);
    if (!value) return std::nullopt;
    text = skip_spaces(text.substr(length));
    return static_cast<int>(*value);
  }
  for (const Digit& digit : digits)
    if (text.starts_with(digit.word)) {
      text = skip_spaces(text.substr(digit.word.size()));
      return digit.value;
    }
  return std::nullopt;
}

// Twice a day is every 12 hours: the longest gap, rounded up to whole smaller units.
Frequency times_per(Unit unit, int every, int times) {
  if (times == 1) return regular(unit, every);
  const auto parts = [&](Unit smaller, int count) {
    return regular(smaller, std::clamp((count * every + times - 1) / times, 1, 999));
  };
  switch (unit) {
    case Unit::year:
      return parts(Unit::month, 12);
    case Unit::month:
      return parts(Unit::day, 31);
    case Unit::week:
      return parts(Unit::day, 7);
    case Unit::day:
      return parts(Unit::hour, 24);
    case Unit::hour:
    case Unit::minute:
      return parts(Unit::minute, 60);
  }
  return {};
}

// "3個月", "月(每月5日前)", "年1次", "3 months": what follows 每 or "every".
std::optional<Frequency> read_interval(std::string_view text) {
  text = skip_spaces(text);
  const int every = take_number(text).value_or(1);
  for (const UnitWord& word : unit_words) {
    if (!text.starts_with(word.word)) continue;
    text = skip_spaces(text.substr(word.word.size()));
    const int count = std::min(every * word.times, 999);
    if (const auto times = take_number(text); times && text.starts_with("次"))
      return times_per(word.unit, count, *times);
    return regular(word.unit, count);
  }
  if (text.starts_with("year")) return regular(Unit::year, every);
  if (text.starts_with("quarter")) return regular(Unit::month, std::min(every * 3, 999));
  return std::nullopt;
}

// ISO 8601 repeating interval or duration of one unit: R/P1M, P3M, PT1H. R/PT1S, which other
// catalogues write for what never rests, is continuous.
std::optional<Frequency> read_iso(std::string_view text) {
  if (text.starts_with("R/")) text.remove_prefix(2);
  if (!text.starts_with('P')) return std::nullopt;
  text.remove_prefix(1);
  const bool time = text.starts_with('T');
  if (time) text.remove_prefix(1);
  const auto count = take_number(text);
  if (!count || text.size() != 1) return std::nullopt;
  switch (text.front()) {
    case 'Y':
      return time ? std::nullopt : std::optional(regular(Unit::year, *count));
    case 'M':
      return regular(time ? Unit::minute : Unit::month, *count);
    case 'W':
      return time ? std::nullopt : std::optional(regular(Unit::week, *count));
    case 'D':
      return time ? std::nullopt : std::optional(regular(Unit::day, *count));
    case 'H':
      return time ? std::optional(regular(Unit::hour, *count)) : std::nullopt;
    case 'S':
      return time ? std::optional(Frequency{Kind::continuous}) : std::nullopt;
    default:
      return std::nullopt;
  }
}

Frequency in_largest_unit(Frequency frequency) {
  const auto lift = [&](Unit from, int count, Unit to) {
    if (frequency.unit == from && frequency.every % count == 0) {
      frequency.unit = to;
      frequency.every /= count;
    }
  };
  lift(Unit::minute, 60, Unit::hour);
  lift(Unit::hour, 24, Unit::day);
  lift(Unit::day, 7, Unit::week);
  lift(Unit::month, 12, Unit::year);
  return frequency;
}

struct UnitNames {
  std::string_view each_zh, many_zh, each_en, many_en;
};
constexpr std::array<UnitNames, 6> unit_names{{{"分鐘", "分鐘", "every minute", "minutes"},
                                               {"小時", "小時", "hourly", "hours"},
                                               {"日", "日", "daily", "days"},
                                               {"週", "週", "weekly", "weeks"},
                                               {"月", "個月", "monthly", "months"},
                                               {"年", "年", "yearly", "years"}}};

}  // namespace

Frequency read_frequency(std::string_view text) {
  text = trim(text);
  if (text.empty() || text.size() > 500) return {};
  if (const auto iso = read_iso(text)) return *iso;
  const auto slash = text.rfind("/frequency/");
  const auto hash = text.rfind("/freq/");  // purl.org/cld/freq/ of Dublin Core's collections
  std::string_view code = text;
  if (slash != std::string_view::npos) code = text.substr(slash + 11);
  if (hash != std::string_view::npos) code = text.substr(hash + 6);
  for (const EuFrequency& eu : eu_table)
    if (code == eu.code) return eu.frequency;

  const std::string lower = to_lower_ascii(code);
  std::string_view rest = lower;
  const bool each = rest.starts_with("每") || rest.starts_with("every");
  if (each) rest.remove_prefix(rest.starts_with("每") ? std::string_view("每").size() : 5);
  rest = skip_spaces(rest);
  for (const Word& word : words) {
    const bool chinese = static_cast<unsigned char>(word.word.front()) >= 0x80;
    if (chinese ? rest.starts_with(word.word) : rest == word.word) return word.frequency;
  }
  // "年" alone and "每年(每年3月底前)" are intervals; "3月" alone is a month of the year.
  const bool number_first = !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
  if (each || !number_first)
    if (const auto interval = read_interval(rest)) return *interval;
  return {};
}

std::string_view eu_frequency(const Frequency& frequency) {
  const Frequency wanted =
      frequency.kind == Kind::regular ? in_largest_unit(frequency) : Frequency{frequency.kind};
  for (const EuFrequency& eu : eu_table)
    if (eu.frequency == wanted) return eu.code;
  return "OTHER";
}

std::string frequency_text(const Frequency& frequency, Language language) {
  const bool zh = language == Language::zh_hant;
  switch (frequency.kind) {
    case Kind::unknown:
      return zh ? "未說明" : "not stated";
    case Kind::irregular:
      return zh ? "不定期" : "irregularly";
    case Kind::once:
      return zh ? "不更新" : "not updated";
    case Kind::continuous:
      return zh ? "即時" : "in real time";
    case Kind::regular:
      break;
  }
  const UnitNames& names = unit_names[static_cast<std::size_t>(frequency.unit)];
  if (frequency.every == 1)
    return zh ? fmt::format("每{}", names.each_zh) : std::string(names.each_en);
  return zh ? fmt::format("每{}{}", frequency.every, names.many_zh)
            : fmt::format("every {} {}", frequency.every, names.many_en);
}

}  // namespace minben::catalogue::vocabulary
