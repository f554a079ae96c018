// Periods that are about to end, or have ended: reminders, escalation, and what silence decides.
//
// One job a reminder and one for the end, each replaced when the last day moves. What a job finds
// is always counted anew: a job that comes too early, because an office was closed, plans itself
// again.
#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/json/object.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr std::string_view deadline_job = "casework.deadline";
constexpr std::string_view count_job = "casework.count_on";
constexpr std::string_view of_the_calendar = "calendar";
constexpr int cases_at_once = 100;

constexpr Query mark_reminded{
    "casework_mark_reminded",
    "update casework.task set reminded = $3 where case_id = $1 and status = 'open'"
    " and ($2::uuid is null or task_id = $2)"};
constexpr Query mark_escalated{
    "casework_mark_escalated",
    "update casework.task set escalated = $3 where case_id = $1"
    " and status in ('open', 'proposed') and escalated is null and ($2::uuid is null or task_id = "
    "$2)"};
constexpr Query last_calendar{
    "casework_last_calendar",
    "select digest from casework.office_calendar order by counted desc limit 1"};
constexpr Query keep_calendar{
    "casework_keep_calendar",
    "insert into casework.office_calendar (digest, counted) values ($1, $2)"
    " on conflict (digest) do update set counted = $2"};
constexpr Query running_cases{
    "casework_running_cases",
    "select case_id from casework.application where state = 'in_review' and case_id > $1"
    " order by case_id limit $2"};

/// Whose period it is, and its last day.
struct Period {
  CaseId of_case;
  std::optional<TaskId> task;
  Date due;
  const Calendar& calendar;
};

/// `days` working days before its end; 0 = once it has ended.
Result<void> plan_one(Transaction& tx, const Period& period, int days) {
  JsonObject payload{{"case", to_string(period.of_case)}, {"days", days}};
  auto key = to_string(period.of_case);
  if (period.task) {
    key = to_string(*period.task);
    payload["task"] = key;
  }
  const auto at =
      days == 0
          ? taiwan_midnight(add_days(period.due, 1))
          : taiwan_midnight(period.calendar.subtract_working_days(period.due, days)) + hours{8};
  return store::enqueue(
      tx, {std::string(deadline_job), fmt::format("{}:{}", key, days), Json(payload), at});
}

/// What has gone by already is not planned again.
Result<void> plan_all(Transaction& tx, const Period& period, const std::vector<int>& reminders,
                      bool ends, Date today) {
  if (period.due < today) return {};
  for (const int days : reminders) {
    const auto day = period.calendar.subtract_working_days(period.due, days);
    if (day > today) MINBEN_CHECK(plan_one(tx, period, days));
  }
  return ends ? plan_one(tx, period, 0) : Result<void>{};
}

/// The same job again, when the last day is further away than it was when the job was planned.
bool too_early(const Period& period, int days, Date today) {
  if (days == 0) return today <= period.due;
  return today < period.calendar.subtract_working_days(period.due, days);
}

Result<void> remind_of(const Casework::Impl& impl, Transaction& tx, CaseRow& row,
                       const Period& period, const Entry& who, int days) {
  MINBEN_CHECK(tx.run(mark_reminded, row.id, period.task, impl.now()));
  Entry entry = who;
  entry.event = "deadline_reminded";
  entry.detail = {{"working_days", days}, {"due", minben::to_string(period.due)}};
  return impl.record(tx, row, entry);
}

Result<void> escalate(const Casework::Impl& impl, Transaction& tx, CaseRow& row,
                      const Period& period, const Entry& who) {
  MINBEN_CHECK(tx.run(mark_escalated, row.id, period.task, impl.now()));
  Entry entry = who;
  entry.event = "deadline_passed";
  entry.detail = {{"due", minben::to_string(period.due)}};
  return impl.record(tx, row, entry);
}

/// The law decides where the agency did not.
Result<void> decide_by_silence(Casework::Impl& impl, Transaction& tx, CaseRow& row,
                               const Package& package) {
  const bool approved = package.deadline.on_breach == Deadline::Breach::approved;
  Casework::Impl::Verdict verdict{approved, package.owner, {}, "", true};
  if (!approved) verdict.grounds = {package.deadline.ground};
  MINBEN_CHECK(impl.store_decision(tx, row, verdict));
  const auto state = approved ? State::approved : State::refused;
  return impl.break_off(
      tx, row, state,
      {.event = to_string(state), .agency = package.owner, .detail = {{"deemed", true}}});
}

Result<void> on_case(Casework::Impl& impl, Transaction& tx, CaseRow& row, const Package& package,
                     int days) {
  const Period period{row.id, {}, impl.due_of(row, package), impl.parts.calendar.of(package.owner)};
  if (row.due != period.due) {
    row.due = period.due;
    MINBEN_CHECK(impl.save_case(tx, row));
  }
  if (too_early(period, days, impl.today())) return plan_one(tx, period, days);
  const Entry owner{.event = {}, .agency = package.owner};
  if (days > 0) return remind_of(impl, tx, row, period, owner, days);
  if (package.deadline.on_breach == Deadline::Breach::nothing) return {};
  if (package.deadline.on_breach == Deadline::Breach::escalate)
    return escalate(impl, tx, row, period, owner);
  return decide_by_silence(impl, tx, row, package);
}

Result<void> on_task(Casework::Impl& impl, Transaction& tx, CaseRow& row, const Package& package,
                     const TaskRecord& task, int days) {
  const auto* step = package.step(task.row.step);
  if (!step) return {};
  const Period period{row.id, task.row.id, impl.due_of(task, package),
                      impl.parts.calendar.of(task.row.agency)};
  if (too_early(period, days, impl.today())) return plan_one(tx, period, days);
  const Entry holder{.event = {}, .agency = task.row.agency, .step = task.row.step};
  const bool open = task.status == "open";  // else a colleague has a refusal before them
  if (days > 0) {
    return open ? remind_of(impl, tx, row, period, holder, days) : Result<void>{};
  }
  switch (step->deadline.on_breach) {
    case StepDeadline::Breach::nothing:
      return {};
    case StepDeadline::Breach::escalate:
      return escalate(impl, tx, row, period, holder);
    case StepDeadline::Breach::advance:
      return open ? impl.take_as_given(tx, row, task, step->deadline.outcome) : Result<void>{};
  }
  return {};
}

}  // namespace

Result<void> Casework::Impl::plan_case(Transaction& tx, const CaseRow& row,
                                       const Package& package) const {
  if (!row.due) return {};
  return plan_all(tx, {row.id, {}, *row.due, parts.calendar.of(package.owner)},
                  package.deadline.reminders,
                  package.deadline.on_breach != Deadline::Breach::nothing, today());
}

Result<void> Casework::Impl::plan_task(Transaction& tx, const CaseRow& row, const Package& package,
                                       const TaskRecord& task) const {
  const auto* step = package.step(task.row.step);
  if (!step || task.row.kind == TaskKind::confirmation) return {};
  return plan_all(tx, {row.id, task.row.id, task.row.due, parts.calendar.of(task.row.agency)},
                  step->deadline.reminders,
                  step->deadline.on_breach != StepDeadline::Breach::nothing, today());
}

Result<void> Casework::Impl::on_deadline(Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, CaseId::parse(string_or(job.payload, "case")));
  MINBEN_TRY(row, lock_case(tx, id));
  // A clock that stands still plans anew when it runs on.
  if (is_final(row.state) || row.stopped_from || !row.clock_from) return {};
  MINBEN_TRY(package, package_of(row));
  MINBEN_TRY(days, get_integer(job.payload, "days"));
  const auto task_id = TaskId::parse(string_or(job.payload, "task"));
  if (!task_id) return on_case(*this, tx, row, *package, static_cast<int>(days));
  MINBEN_TRY(task, task_of(tx, *task_id));
  if (!task || (task->status != "open" && task->status != "proposed")) return {};
  return on_task(*this, tx, row, *package, *task, static_cast<int>(days));
}

Result<void> Casework::Impl::follow_calendar() const {
  return parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(rows, tx.run(last_calendar));
    const auto& digest = parts.calendar.digest();
    if (!rows.empty() && rows.front().text("digest") == digest) return {};
    MINBEN_CHECK(tx.run(keep_calendar, digest, now()));
    if (rows.empty()) return {};  // the first start: nothing was counted by another one
    spdlog::info("casework.calendar_changed");
    return store::enqueue(tx, {std::string(count_job), std::string(of_the_calendar),
                               Json(JsonObject{{"after", to_string(CaseId{})}}), now()});
  });
}

Result<void> Casework::Impl::count_on(Transaction& tx, const store::Job& job) const {
  MINBEN_TRY(after, CaseId::parse(string_or(job.payload, "after")));
  MINBEN_TRY(rows, tx.run(running_cases, after, cases_at_once));
  for (const auto found : rows) {
    after = found.id<CaseId>("case_id");
    MINBEN_TRY(row, lock_case(tx, after));
    if (row.state != State::in_review || !row.clock_from) continue;
    MINBEN_TRY(package, package_of(row));
    MINBEN_TRY(moved, recount(tx, row, *package));
    if (!moved) continue;
    MINBEN_CHECK(save_case(tx, row));
    MINBEN_CHECK(record(tx, row,
                        {.event = "due_moved",
                         .agency = package->owner,
                         .detail = {{"due", minben::to_string(*row.due)}}}));
  }
  if (rows.size() < cases_at_once) return {};
  return store::enqueue(tx, {std::string(count_job), std::string(of_the_calendar),
                             Json(JsonObject{{"after", to_string(after)}}), now()});
}

}  // namespace minben::casework
