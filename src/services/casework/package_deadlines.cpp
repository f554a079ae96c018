// service.toml: what happens when a period is about to end, and when it has ended.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

constexpr std::string_view manifest = "service.toml";

constexpr std::array<std::pair<std::string_view, Deadline::Breach>, 4> of_the_whole{{
    {"nothing", Deadline::Breach::nothing},
    {"escalate", Deadline::Breach::escalate},
    {"approved", Deadline::Breach::approved},
    {"refused", Deadline::Breach::refused},
}};
constexpr std::array<std::pair<std::string_view, StepDeadline::Breach>, 3> of_a_step{{
    {"nothing", StepDeadline::Breach::nothing},
    {"escalate", StepDeadline::Breach::escalate},
    {"advance", StepDeadline::Breach::advance},
}};

template <class Breach, std::size_t size>
Breach read_breach(Building& building, TomlTable& table,
                   const std::array<std::pair<std::string_view, Breach>, size>& words) {
  const auto word = table.text_or("on_breach", "nothing");
  const auto* found =
      std::ranges::find(words, std::string_view(word), &std::pair<std::string_view, Breach>::first);
  if (found != words.end()) return found->second;
  std::string known;
  for (const auto& [name, breach] : words) known += (known.empty() ? "" : ", ") + std::string(name);
  building.fault(manifest, table.line_of("on_breach"), "unknown_breach", "expected " + known);
  return words.front().second;
}

/// Whole working days before the end of a period of `allowed` working days, the earliest first.
std::vector<int> read_reminders(Building& building, TomlTable& table, int allowed) {
  std::vector<int> reminders;
  if (!table.has("reminders")) return reminders;
  for (const double days : table.numbers("reminders", 1, 999)) {
    if (std::floor(days) != days || static_cast<int>(days) >= allowed) {
      building.fault(manifest, table.line_of("reminders"), "out_of_range",
                     fmt::format("whole working days, fewer than the period's {}", allowed));
    } else {
      reminders.push_back(static_cast<int>(days));
    }
  }
  std::ranges::sort(reminders, std::greater());
  const auto twice = std::ranges::unique(reminders);
  reminders.erase(twice.begin(), twice.end());
  return reminders;
}

void check_taken_outcome(Building& building, int line, const Step& step) {
  const auto& code = step.deadline.outcome;
  const auto found = std::ranges::find(step.outcomes, code, &Outcome::code);
  if (found == step.outcomes.end()) {
    building.fault(manifest, line, "unknown_outcome",
                   fmt::format("{} has no outcome \"{}\"", step.id, code));
  } else if (found->refuses) {
    building.fault(manifest, line, "advance_refuses",
                   "a refusal needs two officers; silence of a step cannot refuse");
  }
}

bool ends_as(const Building& building, State state) {
  return std::ranges::any_of(building.package.endings,
                             [&](const Ending& ending) { return ending.state == state; });
}

}  // namespace

void read_step_deadline(Building& building, TomlTable& step_table, Step& step) {
  auto table = step_table.table_or_none("deadline");
  if (!table.present()) return;
  if (step.kind != StepKind::review && step.kind != StepKind::opinion) {
    building.fault(manifest, table.line(), "deadline_without_officer",
                   "only review and opinion have officers to remind");
  }
  step.deadline.reminders = read_reminders(building, table, step.working_days);
  step.deadline.on_breach = read_breach(building, table, of_a_step);
  if (step.deadline.on_breach != StepDeadline::Breach::advance) return;
  step.deadline.outcome = table.text("outcome");
  check_taken_outcome(building, table.line_of("outcome"), step);
}

void read_deadline(Building& building, TomlTable& root) {
  auto table = root.table_or_none("deadline");
  if (!table.present()) return;
  auto& deadline = building.package.deadline;
  deadline.reminders = read_reminders(building, table, building.package.statutory_working_days);
  deadline.on_breach = read_breach(building, table, of_the_whole);
  if (deadline.on_breach == Deadline::Breach::approved) {
    deadline.law = table.bilingual("law");
    if (!ends_as(building, State::approved))
      building.fault(manifest, table.line(), "no_approved_ending", "no ending is approved");
  } else if (deadline.on_breach == Deadline::Breach::refused) {
    const int line = table.line_of("ground");
    deadline.ground = table.text("ground");
    if (!deadline.ground.empty() && !building.package.ground(deadline.ground)) {
      building.fault(manifest, line, "unknown_ground",
                     fmt::format("no [refusal.{}]", deadline.ground));
    }
    if (!ends_as(building, State::refused))
      building.fault(manifest, table.line(), "no_refused_ending", "no ending is refused");
  }
}

}  // namespace minben::casework
