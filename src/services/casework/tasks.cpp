// Officers' work: queues, claiming, and the check that nobody was faster.
#include <algorithm>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query select_task{
    "casework_find_task",
    "select t.*, a.state = 'awaiting_applicant' as waiting, a.choices from casework.task t"
    " join casework.application a using (case_id) where t.task_id = $1"};
constexpr Query select_open{
    "casework_tasks_of",
    "select t.*, a.state = 'awaiting_applicant' as waiting, a.choices from casework.task t"
    " join casework.application a using (case_id) where t.case_id = $1"
    " and t.status in ('open', 'proposed') order by t.created, t.task_id"};
constexpr Query count_urgent{
    "casework_urgent",
    "select count(*) filter (where t.claimed_by = $4) as mine,"
    " count(*) filter (where t.claimed_by is null) as unclaimed,"
    " count(*) filter (where t.escalated is not null) as escalated"
    " from casework.task t join casework.application a using (case_id)"
    " where t.status = 'open' and t.agency = $1 and (t.role = any($2) or $3)"
    " and a.state <> 'awaiting_applicant'"
    " and (t.reminded is not null or t.escalated is not null or t.due < $5)"};
constexpr Query insert_task{
    "casework_insert_task",
    "insert into casework.task (case_id, task_id, process_task, parent, kind, service, number, "
    "step, agency,"
    " role, status, version, created, due)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open', 1, $11, $12)"};
constexpr Query close_task{"casework_close_task",
                           "update casework.task set status = 'done', version = version + 1, "
                           "done_by = $3, done = $4, outcome = $5"
                           " where case_id = $1 and task_id = $2"};
constexpr Query bump_task{
    "casework_bump_task",
    "update casework.task set version = version + 1 where case_id = $1 and task_id = $2"};
constexpr Query set_claim{
    "casework_set_claim",
    "update casework.task set claimed_by = $4, version = version + 1"
    " where case_id = $1 and task_id = $2 and version = $3 and status = 'open'"};
constexpr Query own_proposal{
    "casework_own_proposal",
    "select 1 from casework.proposal where case_id = $1 and task_id = $2 and status = 'open'"
    " and officer_id = $3"};
// An approver never sees the confirmation of what they proposed themselves.
constexpr Query list_tasks{
    "casework_queue",
    "select t.*, a.state = 'awaiting_applicant' as waiting, a.choices, count(*) over () as total"
    " from casework.task t join casework.application a using (case_id)"
    " where t.status = 'open' and t.agency = $1 and (t.role = any($2) or $3)"
    " and ($4::text is null or t.service = $4) and ($5::text is null or t.step = $5)"
    " and ($6 = 'any' or ($6 = 'mine' and t.claimed_by = $7) or ($6 = 'nobody' and t.claimed_by is "
    "null)"
    "  or ($6 = 'others' and t.claimed_by <> $7))"
    " and (not $8 or (t.due < $9 and a.state <> 'awaiting_applicant'))"
    " and (not $10 or a.state <> 'awaiting_applicant')"
    " and ($13::date is null or t.due < $13) and ($14::text is null or t.role = $14)"
    " and a.choices @> $15"
    " and (not $16 or (a.state <> 'awaiting_applicant' and"
    "  (t.reminded is not null or t.escalated is not null or t.due < $9)))"
    " and not (t.kind = 'confirmation' and exists (select 1 from casework.proposal p"
    "  where p.case_id = t.case_id and p.task_id = t.parent and p.status = 'open' and p.officer_id "
    "= $7))"
    " order by t.due, t.created, t.task_id limit $11 offset $12"};

TaskRecord read_task(const store::Row& row, Date today) {
  TaskRecord task;
  auto& view = task.row;
  view.id = row.id<TaskId>("task_id");
  view.version = static_cast<int>(row.integer("version"));
  view.kind = parse_task_kind(row.text("kind")).value_or(TaskKind::review);
  view.case_id = row.id<CaseId>("case_id");
  view.number = row.text("number");
  view.service = row.id<ServiceCode>("service");
  view.step = row.text("step");
  view.agency = row.id<AgencyCode>("agency");
  view.created = row.instant("created");
  view.due = row.date("due");
  view.waiting_for_applicant = row.boolean("waiting");
  view.overdue = !view.waiting_for_applicant && view.due < today;
  view.reminded = row.optional_instant("reminded");
  view.escalated = row.optional_instant("escalated");
  view.choices = row.json("choices").as_object();
  if (!row.is_null("claimed_by")) view.claimed_by = row.id<OfficerId>("claimed_by");
  task.process_task = row.integer("process_task");
  task.parent = row.id<TaskId>("parent");
  task.role = row.text("role");
  task.status = row.text("status");
  task.stopped_days = static_cast<int>(row.integer("stopped_days"));
  return task;
}

bool may_do(const Officer& officer, const TaskRecord& task) {
  return officer.active && officer.agency == task.row.agency &&
         (officer.has_role(task.role) || officer.has_role(identity::role::team_lead));
}

std::string_view to_string(QueueFilter::Claim claim) {
  switch (claim) {
    case QueueFilter::Claim::mine:
      return "mine";
    case QueueFilter::Claim::nobody:
      return "nobody";
    case QueueFilter::Claim::others:
      return "others";
    case QueueFilter::Claim::any:
      break;
  }
  return "any";
}

/// Sets or clears the holder if the task is still as the caller saw it.
Result<TaskRow> change_holder(const Casework::Impl& impl, Transaction& tx, TaskRecord task,
                              int version, std::optional<OfficerId> holder) {
  if (task.status != "open" || task.row.version != version)
    return fail(Kind::conflict, "task_changed");
  MINBEN_TRY(changed, tx.run(set_claim, task.row.case_id, task.row.id, version, holder));
  if (changed.affected() == 0) return fail(Kind::conflict, "task_changed");
  MINBEN_CHECK(
      store::publish(tx, "case", minben::to_string(task.row.case_id),
                     Json(JsonObject{{"case", minben::to_string(task.row.case_id)},
                                     {"number", task.row.number},
                                     {"service", task.row.service.value},
                                     {"event", holder ? "task_claimed" : "task_released"}})));
  task.row.version = version + 1;
  task.row.claimed_by = holder;
  (void)impl;
  return task.row;
}

Result<void> refuse_own_proposal(Transaction& tx, const TaskRecord& task, OfficerId officer) {
  if (task.row.kind != TaskKind::confirmation) return {};
  MINBEN_TRY(own, tx.run(own_proposal, task.row.case_id, task.parent, officer));
  if (!own.empty()) return fail(Kind::forbidden, "own_proposal");
  return {};
}

}  // namespace

Result<std::optional<TaskRecord>> Casework::Impl::task_of(Transaction& tx, TaskId id) const {
  MINBEN_TRY(rows, tx.run(select_task, id));
  if (rows.empty()) return std::nullopt;
  return read_task(rows.front(), today());
}

Result<TaskRecord> Casework::Impl::find_task(Transaction& tx, TaskId id,
                                             const Officer& officer) const {
  MINBEN_TRY(task, task_of(tx, id));
  if (!task || !may_do(officer, *task)) return fail(Kind::not_found, "task_not_found");
  return std::move(*task);
}

Result<std::pair<CaseRow, TaskRecord>> Casework::Impl::begin_work(
    Transaction& tx, const Officer& officer, TaskId id, std::optional<int> version) const {
  MINBEN_TRY(seen, find_task(tx, id, officer));
  MINBEN_TRY(row, lock_case(tx, seen.row.case_id));
  MINBEN_TRY(task, find_task(tx, id, officer));  // as it is now that nobody else can change it
  if (task.status != "open") return fail(Kind::conflict, "task_changed");
  if (version && task.row.version != *version) return fail(Kind::conflict, "task_changed");
  if (task.row.claimed_by != officer.id) {
    return fail(Kind::conflict, task.row.claimed_by ? "task_claimed" : "task_not_claimed");
  }
  if (!officer.has_role(task.role)) return fail(Kind::forbidden, "role_missing", task.role);
  return std::pair(std::move(row), std::move(task));
}

Result<std::vector<TaskRecord>> Casework::Impl::tasks_of(Transaction& tx, CaseId id) const {
  MINBEN_TRY(rows, tx.run(select_open, id));
  std::vector<TaskRecord> tasks;
  for (const auto row : rows) tasks.push_back(read_task(row, today()));
  return tasks;
}

Result<void> Casework::Impl::finish_task(Transaction& tx, const TaskRecord& task,
                                         std::optional<OfficerId> by,
                                         std::string_view outcome) const {
  MINBEN_CHECK(tx.run(close_task, task.row.case_id, task.row.id, by, now(), outcome));
  return {};
}

Result<void> Casework::Impl::touch_task(Transaction& tx, const TaskRecord& task) const {
  MINBEN_CHECK(tx.run(bump_task, task.row.case_id, task.row.id));
  return {};
}

Result<TaskId> Casework::Impl::add_task(Transaction& tx, const CaseRow& row,
                                        const TaskRecord& task) const {
  const auto id = TaskId::make(parts.clock, parts.random);
  const auto parent = task.parent.is_nil() ? std::nullopt : std::optional(task.parent);
  MINBEN_CHECK(tx.run(insert_task, row.id, id, task.process_task, parent,
                      casework::to_string(task.row.kind), row.service, row.number, task.row.step,
                      task.row.agency, task.role, now(), task.row.due));
  return id;
}

namespace {

/// What a case's choices must contain; nothing asked is contained in all.
Json wanted_choices(const QueueFilter& filter) {
  JsonObject wanted;
  for (const auto& [pointer, value] : filter.choices) wanted[pointer] = value;
  return wanted;
}

}  // namespace

Result<Queue> Casework::queue(const Officer& officer, const QueueFilter& filter) {
  if (!officer.active) return Queue{};
  const bool lead = officer.has_role(identity::role::team_lead);
  const int limit = std::clamp(filter.limit, 1, 200);
  MINBEN_TRY(rows, impl_->parts.database.run(
                       list_tasks, officer.agency, officer.roles, lead, filter.service, filter.step,
                       to_string(filter.claim), officer.id, filter.overdue_only, impl_->today(),
                       filter.hide_waiting, limit, std::max(0, filter.offset), filter.due_before,
                       filter.role, wanted_choices(filter), filter.urgent_only));
  Queue queue;
  for (const auto row : rows) {
    queue.total = static_cast<int>(row.integer("total"));
    queue.tasks.push_back(read_task(row, impl_->today()).row);
  }
  return queue;
}

Result<Urgent> Casework::urgent(const Officer& officer) {
  if (!officer.active) return Urgent{};
  const bool lead = officer.has_role(identity::role::team_lead);
  MINBEN_TRY(rows, impl_->parts.database.run(count_urgent, officer.agency, officer.roles, lead,
                                             officer.id, impl_->today()));
  const auto row = rows.front();
  const auto number = [&](std::string_view column) {
    return static_cast<int>(row.integer(column));
  };
  return Urgent{number("mine"), number("unclaimed"), lead ? number("escalated") : 0};
}

Result<TaskRow> Casework::claim(const Officer& officer, TaskId id, int version) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<TaskRow> {
    MINBEN_TRY(task, impl_->find_task(tx, id, officer));
    if (!officer.has_role(task.role)) return fail(Kind::forbidden, "role_missing", task.role);
    if (task.row.claimed_by == officer.id) return task.row;
    if (task.row.claimed_by) return fail(Kind::conflict, "task_claimed");
    MINBEN_CHECK(refuse_own_proposal(tx, task, officer.id));
    return change_holder(*impl_, tx, std::move(task), version, officer.id);
  });
}

Result<TaskRow> Casework::release(const Officer& officer, TaskId id, int version) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<TaskRow> {
    MINBEN_TRY(task, impl_->find_task(tx, id, officer));
    const bool may =
        task.row.claimed_by == officer.id || officer.has_role(identity::role::team_lead);
    if (!may)
      return fail(Kind::conflict, task.row.claimed_by ? "task_claimed" : "task_not_claimed");
    return change_holder(*impl_, tx, std::move(task), version, std::nullopt);
  });
}

Result<TaskRow> Casework::assign(const Officer& officer, TaskId id, int version,
                                 const Officer& to) {
  if (!officer.has_role(identity::role::team_lead))
    return fail(Kind::forbidden, "role_missing", "team_lead");
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<TaskRow> {
    MINBEN_TRY(task, impl_->find_task(tx, id, officer));
    const bool fits = to.active && to.agency == task.row.agency && to.has_role(task.role);
    if (!fits) return fail(Kind::invalid, "officer_does_not_fit");
    MINBEN_CHECK(refuse_own_proposal(tx, task, to.id));
    return change_holder(*impl_, tx, std::move(task), version, to.id);
  });
}

}  // namespace minben::casework
