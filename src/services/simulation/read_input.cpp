// The TOML files of a simulation; docs/simulation.md describes them key by key.
#include <fmt/format.h>

#include "casework/toml_reader.hpp"
#include "simulation.hpp"

namespace minben::simulation {

namespace {

using casework::Faults;
using casework::TomlTable;
constexpr std::string_view described_in = "docs/simulation.md";
constexpr double most = 1e6;  ///< days, minutes, weights: beyond it somebody mistyped

std::optional<int> parse_time(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 2 || parts[0].size() != 2 || parts[1].size() != 2) return std::nullopt;
  const auto hour = parse_integer(parts[0], 0, 24);
  const auto minute = parse_integer(parts[1], 0, 59);
  if (!hour || !minute || (*hour == 24 && *minute != 0)) return std::nullopt;
  return static_cast<int>(*hour * 60 + *minute);
}

Hours read_hours(TomlTable& table, std::string_view key, Hours otherwise) {
  if (!table.has(key)) return otherwise;
  Hours hours;
  int before = 0;
  for (const auto& text : table.texts(key)) {
    const auto parts = split(text, '-');
    const auto from = parse_time(parts.front());
    const auto to = parse_time(parts.back());
    if (parts.size() != 2 || !from || !to || *from < before || *to <= *from) {
      table.fault(table.line_of(key), "bad_hours",
                  fmt::format("{}: \"{}\" is no \"HH:MM-HH:MM\" after the one before", key, text));
      return otherwise;
    }
    hours.push_back({*from, *to});
    before = *to;
  }
  if (hours.empty()) table.fault(table.line_of(key), "bad_hours", "no hours at all");
  return hours.empty() ? otherwise : hours;
}

/// `{ triangular = [10, 20, 60] }`
Quantity read_quantity(TomlTable& table, std::string_view key, double unit = 1) {
  const auto none = Quantity::fixed(0);
  auto shapes = table.table(key);
  if (!shapes.present()) return none;
  const auto names = shapes.keys();
  const auto shape = names.size() == 1 ? Quantity::parse_shape(names.front()) : std::nullopt;
  if (!shape) {
    table.fault(
        table.line_of(key), "bad_amount",
        fmt::format("{} takes one of fixed, uniform, exponential, triangular, lognormal", key));
    return none;
  }
  const auto numbers = shapes.numbers(names.front(), 0, most);
  const auto wanted = static_cast<std::size_t>(Quantity::parameters_of(*shape));
  std::array<double, 3> parameters{};
  for (std::size_t i = 0; i < std::min(wanted, numbers.size()); ++i)
    parameters[i] = numbers[i] * unit;
  const auto made = numbers.size() == wanted ? Quantity::make(*shape, parameters) : std::nullopt;
  if (!made) {
    table.fault(table.line_of(key), "bad_amount",
                fmt::format("{}.{} takes {} ascending number{}", key, names.front(), wanted,
                            wanted == 1 ? "" : "s"));
  }
  return made.value_or(none);
}

std::optional<Quantity> read_optional(TomlTable& table, std::string_view key) {
  if (!table.has(key)) return std::nullopt;
  return read_quantity(table, key);
}

/// Weights of codes: at least one above 0.
std::vector<std::pair<std::string, double>> read_weights(TomlTable table) {
  std::vector<std::pair<std::string, double>> weights;
  double sum = 0;
  for (const auto& name : table.keys()) {
    weights.emplace_back(name, table.number(name, 0, most));
    sum += weights.back().second;
  }
  if (table.present() && sum <= 0) {
    table.fault(table.line(), "bad_weights", "at least one weight must be above 0");
  }
  return weights;
}

Date read_date(TomlTable& table, std::string_view key) {
  const auto text = table.text(key);
  const auto date = parse_date(text);
  if (!date && !text.empty()) {
    table.fault(table.line_of(key), "bad_date",
                fmt::format("{} must be a day as \"YYYY-MM-DD\"", key));
  }
  return date.value_or(Date{std::chrono::year{2026}, std::chrono::January, std::chrono::day{1}});
}

void read_counts(TomlTable table, Arrivals& arrivals) {
  for (const auto& key : table.keys()) {
    const auto date = parse_date(key);
    const auto count = static_cast<int>(table.integer(key, 0, 100'000));
    if (!date || *date < arrivals.start) {
      table.fault(table.line_of(key), "bad_date",
                  fmt::format("on_dates: {} is no day from the start on", key));
    } else {
      arrivals.on_dates[*date] = count;
    }
  }
}

void read_rates(TomlTable& table, Arrivals& arrivals) {
  arrivals.per_working_day = table.number_or("per_working_day", 0, 0, 100'000);
  arrivals.per_day_off = table.number_or("per_day_off", 0, 0, 100'000);
  read_counts(table.table_or_none("on_dates"), arrivals);
  const bool rates = arrivals.per_working_day > 0 || arrivals.per_day_off > 0;
  if (rates == !arrivals.on_dates.empty()) {
    table.fault(table.line_of(rates ? "on_dates" : "per_working_day"), "rate_or_dates",
                "either per_working_day (and per_day_off) or on_dates says how many come");
  }
}

StepWork read_work(TomlTable table) {
  StepWork work;
  work.line = table.line();
  work.minutes = read_quantity(table, "minutes");
  work.outcomes = read_weights(table.table("outcomes"));
  work.supplement = table.number_or("supplement", 0, 0, 1);
  work.answer_days = read_optional(table, "answer_days");
  work.counter_days = read_optional(table, "counter_days");
  work.lead_working_days = read_optional(table, "lead_working_days");
  if (work.supplement > 0 && !work.answer_days) {
    table.fault(table.line(), "missing", "answer_days must say when a supplement is answered");
  }
  return work;
}

Team read_team(TomlTable table) {
  Team team;
  team.line = table.line();
  team.agency = table.agency("agency").value_or(AgencyCode{});
  team.role = table.text("role");
  team.officers = static_cast<int>(table.integer("officers", 1, 10'000));
  team.hours =
      read_hours(table, "hours", {{8 * 60 + 30, 12 * 60 + 30}, {13 * 60 + 30, 17 * 60 + 30}});
  team.confirm_minutes = read_optional(table, "confirm_minutes");
  auto steps = table.table_or_none("steps");
  for (const auto& id : steps.keys()) team.steps.emplace(id, read_work(steps.table(id)));
  return team;
}

void check_twins(const Staff& staff, Faults& faults) {
  for (std::size_t i = 0; i < staff.teams.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto &one = staff.teams[i], &other = staff.teams[j];
      if (one.agency == other.agency && one.role == other.role) {
        faults.add(
            one.line, "team_twice",
            fmt::format("{} {} stands in line {} already", one.agency.value, one.role, other.line));
      }
    }
  }
}

Delay read_delay(TomlTable table) {
  Delay delay;
  delay.line = table.line();
  const auto names = table.keys();
  const bool known =
      names.size() == 1 && (names[0] == "minutes" || names[0] == "hours" || names[0] == "days");
  if (!known) {
    table.fault(table.line(), "bad_amount", "a delay takes one of minutes, hours, days");
    return delay;
  }
  const double unit = names[0] == "days" ? 1 : names[0] == "hours" ? 1.0 / 24 : 1.0 / (24 * 60);
  delay.days = read_quantity(table, names[0], unit);
  return delay;
}

}  // namespace

std::expected<Arrivals, Errors> read_arrivals(std::string_view text, const std::string& file) {
  Errors errors;
  Faults faults(file, errors);
  Arrivals arrivals;
  arrivals.file = file;
  if (auto table = casework::read_toml(text, faults)) {
    arrivals.start = read_date(*table, "start");
    arrivals.warm_up_days = static_cast<int>(table->integer("warm_up_days", 0, 3650));
    arrivals.measure_days = static_cast<int>(table->integer("measure_days", 1, 3650));
    arrivals.hours = read_hours(*table, "hours", {{0, 24 * 60}});
    read_rates(*table, arrivals);
    auto answers = table->table_or_none("answers");
    for (const auto& name : answers.keys()) {
      const int line = answers.line_of(name);
      arrivals.answers.push_back({name, read_weights(answers.table(name)), line});
    }
    table->unknown_keys(described_in);
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return arrivals;
}

std::expected<Staff, Errors> read_staff(std::string_view text, const std::string& file) {
  Errors errors;
  Faults faults(file, errors);
  Staff staff;
  staff.file = file;
  if (auto table = casework::read_toml(text, faults)) {
    for (auto& team : table->tables("team")) staff.teams.push_back(read_team(team));
    if (staff.teams.empty()) faults.add(1, "missing", "no [[team]]");
    auto delays = table->table_or_none("delays");
    for (const auto& step : delays.keys()) {
      staff.delays.emplace(step, read_delay(delays.table(step)));
    }
    check_twins(staff, faults);
    table->unknown_keys(described_in);
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return staff;
}

}  // namespace minben::simulation
