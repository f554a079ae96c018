// The statutory clock in working days of Taiwan's calendar.
//
// Working day d counts when clock_from < d, and no stop covers it: a stop from day a to day b takes
// the working days d with a < d ≤ b out (the day of the request counts, the day of the answer not).
// So used = days(clock_from, today) − days stopped, and both parts simply add up.
#include <algorithm>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query open_tasks{
    "casework_open_tasks_for_clock",
    "select task_id, created, due from casework.task where case_id = $1 and status = 'open'"};
constexpr Query shift_task{"casework_shift_task",
                           "update casework.task set due = $3, stopped_days = stopped_days + $4 "
                           "where case_id = $1 and task_id = $2"};

}  // namespace

Instant ProcessCalendar::after_working_days(const AgencyCode&, Instant from, int days) const {
  const auto last = calendar_.add_working_days(taiwan_date(from), days);
  return taiwan_midnight(add_days(last, 1));
}

void Casework::Impl::start_clock(CaseRow& row) const {
  row.clock_from = today();
  row.due = parts.calendar.add_working_days(*row.clock_from, row.statutory_days);
}

void Casework::Impl::stop_clock(CaseRow& row) const {
  if (row.stopped_from) return;
  row.stopped_from = today();
  row.due = std::nullopt;
}

Result<void> Casework::Impl::resume_clock(Transaction& tx, CaseRow& row) const {
  if (!row.stopped_from || !row.clock_from) return {};
  const auto from = *row.stopped_from;
  row.stopped_days += parts.calendar.working_days_between(from, today());
  row.stopped_from = std::nullopt;
  row.due = parts.calendar.add_working_days(*row.clock_from, row.statutory_days + row.stopped_days);
  MINBEN_TRY(tasks, tx.run(open_tasks, row.id));
  for (const auto task : tasks) {
    // A task that was created meanwhile stood still only from then on.
    const auto since = std::max(from, taiwan_date(task.instant("created")));
    const int stopped = parts.calendar.working_days_between(since, today());
    const auto due = stopped == 0 ? task.date("due")
                                  : parts.calendar.add_working_days(task.date("due"), stopped);
    MINBEN_CHECK(tx.run(shift_task, row.id, task.id<TaskId>("task_id"), due, stopped));
  }
  return {};
}

ClockView Casework::Impl::clock_view(const CaseRow& row) const {
  ClockView view;
  view.allowed = row.statutory_days;
  view.stopped = !row.clock_from || row.stopped_from || is_final(row.state);
  if (!row.clock_from) return view;
  auto until = row.ended ? taiwan_date(*row.ended) : today();
  if (row.stopped_from) until = std::min(until, *row.stopped_from);
  view.used =
      std::max(0, parts.calendar.working_days_between(*row.clock_from, until) - row.stopped_days);
  view.overdue = view.used > view.allowed;
  if (!view.stopped) view.due = row.due;
  return view;
}

}  // namespace minben::casework
