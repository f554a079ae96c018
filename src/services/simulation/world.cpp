#include "world.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "answers.hpp"

namespace minben::simulation {

namespace {

constexpr std::int64_t most_cases = 2'000'000;
constexpr int days_to_run_out = 730;

microseconds of_days(double amount) {
  return microseconds(static_cast<std::int64_t>(amount * 24 * 3600 * 1e6));
}
double in_days(microseconds amount) {
  return static_cast<double>(amount.count()) / (24 * 3600 * 1e6);
}

}  // namespace

World::World(const Variant& variant, const Arrivals& arrivals, const casework::Calendar& calendar,
             std::uint64_t key)
    : package_(*variant.package),
      staff_(variant.staff),
      arrivals_(arrivals),
      calendar_(calendar),
      definition_(casework::process_of(package_)),
      luck_(key),
      now_(taiwan_midnight(arrivals.start)),
      window_from_(now_ + days(arrivals.warm_up_days)),
      window_to_(window_from_ + days(arrivals.measure_days)),
      tally_(package_.statutory_working_days) {
  for (const auto& team : staff_.teams) {
    desks_.emplace_back(team, calendar.of(team.agency), arrivals.start);
    const auto& time = desks_.back().time;
    tally_.add_team(team, {time.position(window_from_), time.position(window_to_)});
  }
}

void World::plan(Instant at, Happening what, std::int64_t subject, std::int64_t detail) {
  events_.push({at, planned_++, what, subject, detail});
}

Result<RunOutcome> World::run() {
  const auto last = window_to_ + days(days_to_run_out);
  plan(now_, Happening::day, 0);
  while (!events_.empty()) {
    const auto event = events_.top();
    const bool over = event.at >= window_to_ && open_measured_ == 0;
    if (over || event.at > last) break;
    events_.pop();
    now_ = event.at;
    MINBEN_CHECK(happen(event));
  }
  tally_.totals.unfinished = open_measured_;
  tally_.totals.all_cases = arrived_;
  return tally_.finish();
}

Result<void> World::happen(const Event& event) {
  using enum Happening;
  switch (event.what) {
    case day:
      begin_day(event.subject);
      return {};
    case arrival:
      return arrive(event.subject);
    case paid:
      return pay(event.subject);
    case payment_lapsed:
      finish(event.subject, "payment_lapsed", false);
      return {};
    case service_done:
      if (auto* one = find_case(event.subject); one && one->calls.erase(event.detail) > 0) {
        return advance(event.subject, process::CompleteService{event.detail, {}});
      }
      return {};
    case timer:
      if (auto* one = find_case(event.subject); one && one->timers.erase(event.detail) > 0) {
        return advance(event.subject, process::FireTimer{event.detail});
      }
      return {};
    case task_ready:
      if (auto* task = find_task(event.subject)) enqueue(*task);
      return {};
    case worked:
      return work_done(event.subject, static_cast<std::size_t>(event.detail));
    case answered:
      return applicant_answered(event.subject);
    case supplement_lapsed:
      finish(event.subject, "supplement_lapsed", false);
      return {};
    case silent_step:
      return step_ended(event.subject);
    case silent_case:
      period_ended(event.subject);
      return {};
    case desk_opens:
      dispatch(static_cast<std::size_t>(event.subject));
      return {};
  }
  return {};
}

// ------------------------------------------------------------------------------------ arrivals

/// Cases are numbered in the order of their days, whatever the variant does with them.
void World::begin_day(std::int64_t day) {
  const auto date = add_days(arrivals_.start, static_cast<int>(day));
  const auto subject = -1 - day;
  int count = 0;
  if (arrivals_.on_dates.empty()) {
    const double rate =
        calendar_.is_working_day(date) ? arrivals_.per_working_day : arrivals_.per_day_off;
    count = poisson(rate, luck_.draw(subject, "count"));
  } else if (const auto found = arrivals_.on_dates.find(date); found != arrivals_.on_dates.end()) {
    count = found->second;
  }
  std::vector<Instant> moments;
  for (int i = 0; i < count; ++i) {
    moments.push_back(moment_of_day(date, arrivals_.hours, luck_.draw(subject, "moment", i)));
  }
  std::ranges::sort(moments);
  for (const auto moment : moments) plan(moment, Happening::arrival, arrived_++);
  plan(taiwan_midnight(add_days(date, 1)), Happening::day, day + 1);
}

Instant World::moment_of_day(Date date, const Hours& hours, double luck) {
  double length = 0;
  for (const auto& span : hours) length += span.to - span.from;
  double left = luck * length;
  for (const auto& span : hours) {
    if (left <= span.to - span.from) {
      return taiwan_midnight(date) + of_days((span.from + left) / (24 * 60));
    }
    left -= span.to - span.from;
  }
  return taiwan_midnight(date) + minutes(hours.back().to);
}

JsonObject World::answers_of(std::int64_t number) const {
  JsonObject answers;
  for (const auto& answer : arrivals_.answers) {
    const auto& [text, weight] =
        answer.values[pick(answer.values, luck_.draw(number, "answer:" + answer.name))];
    const auto value = value_of(*package_.application_form->field("/" + answer.name), text);
    MINBEN_ASSERT(value);  // check_inputs saw to it
    answers[answer.name] = *value;
  }
  return answers;
}

Result<void> World::arrive(std::int64_t number) {
  if (number >= most_cases) {
    return fail(Kind::too_large, "too_many_cases", "over 2 million in one run", arrivals_.file);
  }
  const auto answers = answers_of(number);
  auto submission = casework::dry_submission(package_, answers, now_);
  if (!submission) {
    auto error = submission.error();
    error.field = arrivals_.file;
    error.detail += fmt::format(" for answers {}", write_json(answers));
    return fail(std::move(error));
  }
  Case& one = cases_[number];
  one.number = number;
  one.submitted = now_;
  one.measured = now_ >= window_from_ && now_ < window_to_;
  one.ministry = submission->ministry;
  one.paid = submission->fee_twd == 0;
  if (one.measured) {
    ++open_measured_;
    ++tally_.totals.cases;
  }
  if (one.paid) start_clock(one);
  else await_payment(one);
  return advance(number, process::StartInstance{"", "", std::to_string(number),
                                                std::move(submission->variables)});
}

// --------------------------------------------------------------------------- paying and fetching

Instant World::lapse_after(int working_days) const {
  return taiwan_midnight(add_days(calendar_.add_working_days(today(), working_days), 1));
}

void World::await_payment(Case& one) {
  const auto step =
      std::ranges::find(package_.steps, casework::StepKind::payment, &casework::Step::kind);
  if (step == package_.steps.end()) return;
  const double after =
      staff_.delays.find(step->id)->second.days.at(luck_.draw(one.number, step->id));
  const auto lapse = lapse_after(package_.payment_days);
  if (now_ + of_days(after) >= lapse) return plan(lapse, Happening::payment_lapsed, one.number);
  one.times.applicant_days += after;
  plan(now_ + of_days(after), Happening::paid, one.number);
}

Result<void> World::pay(std::int64_t number) {
  auto* one = find_case(number);
  if (!one) return {};
  one->paid = true;
  start_clock(*one);
  if (!one->payment_call) return {};  // the step has not asked yet; it will find the fee paid
  return advance(number, process::CompleteService{*one->payment_call, {}});
}

Result<void> World::run_service(Case& one, const process::RunService& call) {
  const auto& id = definition_->node(call.node).id;
  const auto* step = package_.step(id);
  if (!step) return fail(Kind::internal, "step_missing", id);
  if (step->kind == casework::StepKind::payment && !one.paid) {
    one.payment_call = call.call;
    return {};
  }
  double after = 0;
  if (step->kind != casework::StepKind::payment) {
    after = staff_.delays.find(id)->second.days.at(luck_.draw(one.number, id, one.turns[id]++));
  }
  one.calls.insert(call.call);
  plan(now_ + of_days(after), Happening::service_done, one.number, call.call);
  return {};
}

void World::arm(Case& one, const process::ArmTimer& timer) {
  one.timers.insert(timer.subscription);
  plan(std::max(now_, timer.due.value_or(lapse_after(timer.working_days))), Happening::timer,
       one.number, timer.subscription);
}

// ------------------------------------------------------------------------------------ the process

Case* World::find_case(std::int64_t number) {
  const auto found = cases_.find(number);
  return found == cases_.end() ? nullptr : &found->second;
}

Task* World::find_task(std::int64_t id) {
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : &found->second;
}

/// After it the case may be gone.
Result<void> World::advance(std::int64_t number, const process::Command& command) {
  Case& one = *find_case(number);
  ++tally_.totals.commands;
  MINBEN_TRY(step, process::apply(*definition_, std::move(one.state), command, now_));
  one.state = std::move(step.state);
  MINBEN_CHECK(take(one, step.effects));
  for (const auto& effect : step.effects) {
    if (const auto* stuck = std::get_if<process::RaiseIncident>(&effect)) {
      if (tally_.totals.incident.empty()) {
        tally_.totals.incident = fmt::format("{}: {} {}", definition_->node(stuck->node).id,
                                             stuck->incident.code, stuck->incident.detail);
      }
      if (one.measured) ++tally_.totals.stuck;
      finish(number, "stuck", false);
      return {};
    }
  }
  if (one.state.status != process::Status::running) finish(number, ending_of(step.history), true);
  return {};
}

Result<void> World::take(Case& one, const std::vector<process::Effect>& effects) {
  for (const auto& effect : effects) {
    if (const auto* opened = std::get_if<process::OpenUserTask>(&effect)) {
      MINBEN_CHECK(open_task(one, *opened));
    } else if (const auto* closed = std::get_if<process::CloseUserTask>(&effect)) {
      for (const auto id : std::set(one.tasks)) {
        if (!closed->completed && tasks_.at(id).number == closed->task) drop_task(id);
      }
    } else if (const auto* call = std::get_if<process::RunService>(&effect)) {
      MINBEN_CHECK(run_service(one, *call));
    } else if (const auto* stopped = std::get_if<process::StopService>(&effect)) {
      one.calls.erase(stopped->call);
    } else if (const auto* timer = std::get_if<process::ArmTimer>(&effect)) {
      arm(one, *timer);
    } else if (const auto* cancelled = std::get_if<process::CancelTimer>(&effect)) {
      one.timers.erase(cancelled->subscription);
    }
  }
  return {};
}

std::string World::ending_of(const std::vector<process::HistoryEntry>& history) const {
  for (auto entry = history.rbegin(); entry != history.rend(); ++entry) {
    const auto found = std::ranges::find(package_.endings, entry->element, &casework::Ending::id);
    if (found != package_.endings.end()) return found->id;
  }
  return "ended";
}

void World::finish(std::int64_t number, const std::string& outcome, bool decided) {
  auto* one = find_case(number);
  if (!one) return;
  for (const auto id : std::set(one->tasks)) drop_task(id);
  if (one->measured) {
    --open_measured_;
    EndedCase ended;
    ended.days = in_days(now_ - one->submitted);
    ended.working_days = calendar_.working_days_between(taiwan_date(one->submitted), today());
    if (one->clock_from) {
      const int ran = calendar_.of(package_.owner).working_days_between(*one->clock_from, today());
      ended.clock_days = std::max(0, ran - one->stopped_days);
    }
    ended.decided = decided;
    ended.outcome = outcome;
    ended.times = one->times;
    tally_.case_ended(ended);
  }
  cases_.erase(number);
}

}  // namespace minben::simulation
