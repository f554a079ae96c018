// Officers take the task due first, work in their hours, decide, ask for supplements.
#include <algorithm>

#include <fmt/format.h>

#include "world.hpp"

namespace minben::simulation {

namespace {

constexpr int confirmation_working_days = 3;  // as in casework
constexpr std::string_view approver = "approver";

microseconds of_minutes(double amount) {
  return microseconds(static_cast<std::int64_t>(amount * 60 * 1e6));
}
double in_days(microseconds amount) {
  return static_cast<double>(amount.count()) / (24 * 3600 * 1e6);
}
double in_hours(microseconds amount) { return static_cast<double>(amount.count()) / (3600 * 1e6); }

std::string line_of(const Task& task) {
  return (task.confirmation ? "confirm." : "step.") + task.step->id;
}

}  // namespace

double World::luck(const Task& task, std::string_view what, int turn) const {
  return luck_.draw(task.case_number, fmt::format("{}:{}", task.step->id, what), turn);
}

Result<std::size_t> World::team_for(const AgencyCode& agency, const casework::Step& step) const {
  for (std::size_t i = 0; i < staff_.teams.size(); ++i) {
    const auto& team = staff_.teams[i];
    if (team.agency == agency && team.role == step.role && team.steps.contains(step.id)) return i;
  }
  return fail(Kind::invalid, "no_staff",
              fmt::format("no team of {} with role \"{}\" has [team.steps.{}]", agency.value,
                          step.role, step.id),
              staff_.file);
}

Result<void> World::open_task(Case& one, const process::OpenUserTask& opened) {
  const auto& id = definition_->node(opened.node).id;
  const auto* step = package_.step(id);
  if (!step) return fail(Kind::internal, "step_missing", id);
  MINBEN_TRY(agency, casework::holder_of(*step, one.ministry));
  MINBEN_TRY(team, team_for(agency, *step));
  Task& task = tasks_[opened_];
  task.id = opened_++;
  task.case_number = one.number;
  task.number = opened.task;
  task.step = step;
  task.team = team;
  task.work = &staff_.teams[team].steps.find(id)->second;
  task.turn = one.turns[id]++;
  task.created = today();
  task.due = calendar_.of(agency).add_working_days(task.created, step->working_days);
  task.opened = now_;
  plan_end(task);
  one.tasks.insert(task.id);
  const auto ready = ready_at(one, task);
  if (ready > now_) plan(ready, Happening::task_ready, task.id);
  else enqueue(task);
  return {};
}

/// First the applicant comes to the counter, then what else must pass has passed.
Instant World::ready_at(Case& one, const Task& task) {
  auto ready = now_;
  const auto& time = desks_[task.team].time;
  if (task.work->counter_days) {
    const double after = task.work->counter_days->at(luck(task, "counter", task.turn));
    const auto day = calendar_.of(desks_[task.team].team->agency)
                         .next_working_day(taiwan_date(
                             now_ + microseconds(static_cast<std::int64_t>(after * 86'400e6))));
    const auto moment =
        moment_of_day(day, desks_[task.team].team->hours, luck(task, "moment", task.turn));
    ready = std::max(time.next_open(now_), moment);
    ++one.times.counter_visits;
    one.times.applicant_days += in_days(ready - now_);
  }
  if (task.work->lead_working_days) {
    const double lead = task.work->lead_working_days->at(luck(task, "lead", task.turn));
    int per_day = 0;
    for (const auto& span : desks_[task.team].team->hours) per_day += span.to - span.from;
    ready = std::max(ready, time.at(time.position(ready) + of_minutes(lead * per_day)));
  }
  return ready;
}

void World::enqueue(Task& task) {
  if (find_case(task.case_number)->awaits_applicant()) {
    task.stage = Task::Stage::held;
    return;
  }
  auto& desk = desks_[task.team];
  task.stage = Task::Stage::queued;
  task.queued = now_;
  desk.queue.insert({task.due, task.opened, task.id});
  tally_.queue(task.team, line_of(task), desk.time.position(now_), +1);
  wake(task.team);
}

void World::leave_queue(Task& task) {
  auto& desk = desks_[task.team];
  const auto position = desk.time.position(now_);
  desk.queue.erase({task.due, task.opened, task.id});
  tally_.queue(task.team, line_of(task), position, -1);
  task.times.wait_days += in_days(now_ - task.queued);
  task.times.wait_hours += in_hours(position - desk.time.position(task.queued));
}

/// At the next moment of work; at once means after all else of this instant, so that of two tasks
/// opened together the one due first is taken.
void World::wake(std::size_t team) {
  auto& desk = desks_[team];
  if (desk.busy == desk.team->officers || desk.queue.empty()) return;
  const auto opens = desk.time.next_open(now_);
  if (desk.wakes && *desk.wakes <= opens) return;
  desk.wakes = opens;
  plan(opens, Happening::desk_opens, static_cast<std::int64_t>(team));
}

void World::dispatch(std::size_t team) {
  auto& desk = desks_[team];
  desk.wakes = std::nullopt;
  while (desk.busy < desk.team->officers && !desk.queue.empty()) {
    begin_work(tasks_.at(desk.queue.begin()->task));
  }
}

void World::begin_work(Task& task) {
  auto& desk = desks_[task.team];
  leave_queue(task);
  task.stage = Task::Stage::working;
  const auto& amount = task.confirmation ? *desk.team->confirm_minutes : task.work->minutes;
  const auto* what = task.confirmation ? "confirm" : "work";
  constexpr int looks = 16;  // apart from those of the step's next turn
  const double minutes = amount.at(luck(task, what, task.turn * looks + task.look++));
  task.times.work_minutes += minutes;
  const auto begin = desk.time.position(now_);
  const auto end = begin + of_minutes(minutes);
  tally_.worked(task.team, begin, end);
  ++desk.busy;
  plan(std::max(now_, desk.time.at(end)), Happening::worked, task.id,
       static_cast<std::int64_t>(task.team));
}

/// The officer is free again, whatever became of the task meanwhile.
Result<void> World::work_done(std::int64_t id, std::size_t team) {
  --desks_[team].busy;
  if (auto* task = find_task(id)) MINBEN_CHECK(decide(*task));
  wake(team);
  return {};
}

/// After it the task and the case may be gone.
Result<void> World::decide(Task& task) {
  const auto number = task.case_number;
  Case& one = *find_case(number);
  if (one.awaits_applicant()) {
    task.stage = Task::Stage::deferred;
    return {};
  }
  if (!task.confirmation) {
    const bool asks = !task.asked && luck(task, "supplement", task.turn) < task.work->supplement;
    if (asks) {
      ask_applicant(task);
      return {};
    }
    const auto& outcomes = task.work->outcomes;
    task.outcome = outcomes[pick(outcomes, luck(task, "outcome", task.turn))].first;
  }
  if (one.measured) tally_.task_done(line_of(task), task.times, in_days(now_ - task.opened));
  const auto outcome =
      std::ranges::find(task.step->outcomes, task.outcome, &casework::Outcome::code);
  if (outcome->refuses && !task.confirmation) {
    propose_refusal(task);
    return {};
  }
  const process::CompleteUserTask command{task.number,
                                          JsonObject{{task.step->id + "_outcome", task.outcome}}};
  drop_task(task.id);
  return advance(number, command);
}

void World::propose_refusal(Task& task) {
  task.confirmation = true;
  task.times = {};
  task.opened = now_;
  task.created = today();
  const auto& agency = staff_.teams[task.team].agency;
  task.due = calendar_.of(agency).add_working_days(task.created, confirmation_working_days);
  const auto found = std::ranges::find_if(staff_.teams, [&](const Team& team) {
    return team.agency == agency && team.role == approver && team.confirm_minutes;
  });
  MINBEN_ASSERT(found != staff_.teams.end());  // check_inputs saw to it
  task.team = static_cast<std::size_t>(found - staff_.teams.begin());
  enqueue(task);
}

/// The statutory clock stands still, and nobody decides anything in the case meanwhile.
void World::ask_applicant(Task& task) {
  Case& one = *find_case(task.case_number);
  task.asked = true;
  task.stage = Task::Stage::asked;
  one.stopped_from = today();
  ++one.times.supplements;
  for (const auto id : one.tasks) {
    auto& other = tasks_.at(id);
    if (other.stage != Task::Stage::queued) continue;
    leave_queue(other);
    other.stage = Task::Stage::held;
  }
  const double after = task.work->answer_days->at(luck(task, "answer", task.turn));
  const auto answer = now_ + microseconds(static_cast<std::int64_t>(after * 86'400e6));
  const auto lapse = lapse_after(package_.supplements.working_days);
  if (answer >= lapse) return plan(lapse, Happening::supplement_lapsed, one.number);
  one.times.applicant_days += after;
  plan(answer, Happening::answered, one.number);
}

Result<void> World::applicant_answered(std::int64_t number) {
  auto* one = find_case(number);
  if (!one) return {};
  const auto from = *one->stopped_from;
  one->stopped_from = std::nullopt;
  one->stopped_days += calendar_.of(package_.owner).working_days_between(from, today());
  plan_end(*one);
  const auto tasks = one->tasks;
  for (const auto id : tasks) {  // a task created meanwhile stood still only from then on
    auto& task = tasks_.at(id);
    const auto& calendar = calendar_.of(staff_.teams[task.team].agency);
    const int stopped = calendar.working_days_between(std::max(from, task.created), today());
    if (stopped > 0) task.due = calendar.add_working_days(task.due, stopped);
    plan_end(task);
  }
  for (const auto id : tasks) {
    auto* task = find_task(id);
    if (!task) continue;
    if (task->stage == Task::Stage::asked || task->stage == Task::Stage::held) enqueue(*task);
    else if (task->stage == Task::Stage::deferred) MINBEN_CHECK(decide(*task));
  }
  return {};
}

void World::drop_task(std::int64_t id) {
  auto& task = tasks_.at(id);
  if (task.stage == Task::Stage::queued) leave_queue(task);
  if (auto* one = find_case(task.case_number)) one->tasks.erase(id);
  tasks_.erase(id);
}

}  // namespace minben::simulation
