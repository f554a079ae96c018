// Periods that end with nothing done, as casework lets them end.
#include <algorithm>

#include "world.hpp"

namespace minben::simulation {

namespace {
using StepBreach = casework::StepDeadline::Breach;
using Breach = casework::Deadline::Breach;
}  // namespace

void World::start_clock(Case& one) {
  one.clock_from = today();
  plan_end(one);
}

void World::plan_end(const Task& task) {
  if (task.step->deadline.on_breach != StepBreach::advance) return;
  plan(std::max(now_, taiwan_midnight(add_days(task.due, 1))), Happening::silent_step, task.id);
}

void World::plan_end(const Case& one) {
  const auto breach = package_.deadline.on_breach;
  if (breach != Breach::approved && breach != Breach::refused) return;
  const auto due =
      calendar_.of(package_.owner)
          .add_working_days(*one.clock_from, package_.statutory_working_days + one.stopped_days);
  plan(std::max(now_, taiwan_midnight(add_days(due, 1))), Happening::silent_case, one.number);
}

/// An end that was planned before the clock stood still comes too early and means nothing: another
/// one was planned when it ran on.
Result<void> World::step_ended(std::int64_t id) {
  auto* task = find_task(id);
  if (!task || task->confirmation || today() <= task->due) return {};
  const auto number = task->case_number;
  const Case& one = *find_case(number);
  if (one.awaits_applicant()) return {};
  const auto& step = *task->step;
  const process::CompleteUserTask command{
      task->number, JsonObject{{step.id + "_outcome", step.deadline.outcome}}};
  drop_task(id);
  return advance(number, command);
}

void World::period_ended(std::int64_t number) {
  auto* one = find_case(number);
  if (!one || one->awaits_applicant()) return;
  const int ran = calendar_.of(package_.owner).working_days_between(*one->clock_from, today());
  if (ran - one->stopped_days <= package_.statutory_working_days) return;
  finish(number,
         package_.deadline.on_breach == Breach::approved ? "silence_approved" : "silence_refused",
         true);
}

}  // namespace minben::simulation
