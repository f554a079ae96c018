// The statutory clock in working days of Taiwan's calendar.
//
// Working day d counts when clock_from < d, and no stop covers it: a stop from day a to day b takes
// the working days d with a < d ≤ b out (the day of the request counts, the day of the answer not).
// So used = days(clock_from, today) − days stopped, and both parts simply add up.
//
// The case's period counts by the calendar of the agency that owns the service, a step's by that of
// the agency that holds it. Last days are stored for lists and searches, but counted anew whenever
// one is acted on, so that a day on which the office was closed after all is never held against
// anybody (Administrative Procedure Act §48).
#include <algorithm>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query set_stopped{
    "casework_set_stopped_days",
    "update casework.task set stopped_days = $3 where case_id = $1 and task_id = $2"};
constexpr Query set_due{"casework_set_due",
                        "update casework.task set due = $3, reminded = null where case_id = $1 and "
                        "task_id = $2"};

}  // namespace

Instant ProcessCalendar::after_working_days(const AgencyCode& agency, Instant from,
                                            int days) const {
  const auto last = calendar_.of(agency).add_working_days(taiwan_date(from), days);
  return taiwan_midnight(add_days(last, 1));
}

Date Casework::Impl::due_of(const CaseRow& row, const Package& package) const {
  MINBEN_ASSERT(row.clock_from);
  return parts.calendar.of(package.owner)
      .add_working_days(*row.clock_from, row.statutory_days + row.stopped_days);
}

Date Casework::Impl::due_of(const TaskRecord& task, const Package& package) const {
  const auto* step = package.step(task.row.step);
  const int allowed = task.row.kind == TaskKind::confirmation ? confirmation_working_days
                      : step                                  ? step->working_days
                                                              : 0;
  if (allowed == 0) return task.row.due;  // of a step that a newer package no longer has
  return parts.calendar.of(task.row.agency)
      .add_working_days(taiwan_date(task.row.created), allowed + task.stopped_days);
}

Result<bool> Casework::Impl::recount(Transaction& tx, CaseRow& row, const Package& package) const {
  const auto due = due_of(row, package);
  const bool moved = row.due != due;
  row.due = due;
  MINBEN_CHECK(plan_case(tx, row, package));
  MINBEN_TRY(tasks, tasks_of(tx, row.id));
  for (auto& task : tasks) {
    const auto last = due_of(task, package);
    if (last != task.row.due) MINBEN_CHECK(tx.run(set_due, row.id, task.row.id, last));
    task.row.due = last;
    MINBEN_CHECK(plan_task(tx, row, package, task));
  }
  return moved;
}

Result<void> Casework::Impl::start_clock(Transaction& tx, CaseRow& row) const {
  MINBEN_TRY(package, package_of(row));
  row.clock_from = today();
  row.due = due_of(row, *package);
  return plan_case(tx, row, *package);
}

void Casework::Impl::stop_clock(CaseRow& row) const {
  if (row.stopped_from) return;
  row.stopped_from = today();
  row.due = std::nullopt;
}

Result<void> Casework::Impl::resume_clock(Transaction& tx, CaseRow& row) const {
  if (!row.stopped_from || !row.clock_from) return {};
  MINBEN_TRY(package, package_of(row));
  const auto from = *row.stopped_from;
  row.stopped_days += parts.calendar.of(package->owner).working_days_between(from, today());
  row.stopped_from = std::nullopt;
  MINBEN_TRY(tasks, tasks_of(tx, row.id));
  for (const auto& task : tasks) {
    // A task that was created meanwhile stood still only from then on.
    const auto since = std::max(from, taiwan_date(task.row.created));
    const int stopped = parts.calendar.of(task.row.agency).working_days_between(since, today());
    MINBEN_CHECK(tx.run(set_stopped, row.id, task.row.id, task.stopped_days + stopped));
  }
  MINBEN_CHECK(recount(tx, row, *package));
  return {};
}

ClockView Casework::Impl::clock_view(const CaseRow& row, const Package& package) const {
  ClockView view;
  view.allowed = row.statutory_days;
  view.stopped = !row.clock_from || row.stopped_from || is_final(row.state);
  if (!row.clock_from) return view;
  auto until = row.ended ? taiwan_date(*row.ended) : today();
  if (row.stopped_from) until = std::min(until, *row.stopped_from);
  view.used =
      std::max(0, parts.calendar.of(package.owner).working_days_between(*row.clock_from, until) -
                      row.stopped_days);
  view.overdue = view.used > view.allowed;
  if (!view.stopped) view.due = row.due;
  return view;
}

}  // namespace minben::casework
