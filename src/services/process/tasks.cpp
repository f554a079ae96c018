// The open user tasks, across instances: rows that steps write, and what people do with them.
#include "impl.hpp"

namespace minben::process {

namespace {

constexpr store::Query find_task{
    "process_find_task", "select * from process.user_task where case_id = $1 and number = $2"};
constexpr store::Query tasks_of_instance{
    "process_tasks_of_instance",
    "select * from process.user_task where case_id = $1 order by number"};
// A shape of its own for each way in, so that the plan that is kept for it uses the right index.
#define MINBEN_TASKS_WHERE(first)                                                               \
  "select * from process.user_task where " first                                                \
  " and ($2::text is null or agency = $2) and (cardinality($3::text[]) = 0 or role = any($3)) " \
  "and ($4::text = '' or assignee = $4) and (not $5::boolean or assignee = '') "                \
  "and ($6::timestamptz is null or due_at < $6) "                                               \
  "order by due_at nulls last, opened_at, case_id, number limit $7 offset $8"
constexpr store::Query find_tasks_by_key{"process_find_tasks_by_key",
                                         MINBEN_TASKS_WHERE("key = $1")};
constexpr store::Query find_tasks_in_area{"process_find_tasks_in_area",
                                          MINBEN_TASKS_WHERE("starts_with(key, $1 || '/')")};
constexpr store::Query find_tasks{"process_find_tasks", MINBEN_TASKS_WHERE("$1::text is not null")};
#undef MINBEN_TASKS_WHERE
constexpr store::Query claim_task{"process_claim_task",
                                  "update process.user_task set assignee = $3 where case_id = $1 "
                                  "and number = $2 and assignee in ('', $3) "
                                  "and ($4::text = '' or starts_with(key, $4 || '/'))"};
constexpr store::Query release_task{"process_release_task",
                                    "update process.user_task set assignee = '' where case_id = $1 "
                                    "and number = $2 and assignee = $3 "
                                    "and ($4::text = '' or starts_with(key, $4 || '/'))"};
constexpr store::Query assign_task{
    "process_assign_task",
    "update process.user_task set assignee = $3 where case_id = $1 and number = $2"};
constexpr store::Query due_task{
    "process_due_task",
    "update process.user_task set due_at = $3 where case_id = $1 and number = $2"};

constexpr int max_page = 500;

std::unexpected<Error> not_open(const TaskId& task) {
  return fail(Kind::conflict, "task_not_open", to_string(task));
}

}  // namespace

Result<UserTask> Processes::Impl::read_task(store::Transaction& tx, const store::Row& row) {
  MINBEN_TRY(model, definition(tx, row.text("digest")));
  UserTask task;
  task.id = {row.id<InstanceId>("case_id"), row.integer("number")};
  task.key = row.text("key");
  task.element = row.text("element");
  const int index = model->find(task.element);
  if (index < 0)
    return fail(Kind::internal, "state_unreadable", fmt::format("no element '{}'", task.element));
  const Node& node = model->node(index);
  task.name = node.name;
  task.form = node.form;
  task.four_eyes = node.four_eyes;
  task.deadline_days = node.deadline_days;
  task.agency = AgencyCode{row.text("agency")};
  task.role = row.text("role");
  task.opened = row.instant("opened_at");
  task.due = row.optional_instant("due_at");
  task.assignee = row.text("assignee");
  if (const Json input = row.json("input"); input.is_object()) task.input = input.as_object();
  task.business_key = row.text("business_key");
  return task;
}

Result<UserTask> Processes::task(store::Transaction& tx, const TaskId& task) {
  MINBEN_TRY(rows, tx.run(find_task, task.instance, task.number));
  if (rows.empty()) return fail(Kind::not_found, "task_not_open", to_string(task));
  return impl_->read_task(tx, rows.front());
}

Result<std::vector<UserTask>> Processes::tasks(store::Transaction& tx, const InstanceId& instance) {
  MINBEN_TRY(rows, tx.run(tasks_of_instance, instance));
  std::vector<UserTask> tasks;
  for (const auto row : rows) {
    MINBEN_TRY(task, impl_->read_task(tx, row));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Result<std::vector<UserTask>> Processes::tasks(store::Transaction& tx, const TaskFilter& filter) {
  if (filter.limit < 1 || filter.limit > max_page || filter.offset < 0) {
    return fail(Kind::invalid, "page_out_of_range", fmt::format("limit is 1 … {}", max_page));
  }
  const bool by_key = !filter.key.empty();
  const auto& query = by_key                ? find_tasks_by_key
                      : filter.area.empty() ? find_tasks
                                            : find_tasks_in_area;
  MINBEN_TRY(rows, tx.run(query, by_key ? filter.key : filter.area, filter.agency, filter.roles,
                          filter.assignee, filter.unassigned, filter.due_before, filter.limit,
                          filter.offset));
  std::vector<UserTask> tasks;
  for (const auto row : rows) {
    MINBEN_TRY(task, impl_->read_task(tx, row));
    tasks.push_back(std::move(task));
  }
  return tasks;
}

namespace {
bool lies_in(std::string_view area, const std::string& key) {
  return area.empty() || (key.starts_with(area) && key.substr(area.size()).starts_with('/'));
}
}  // namespace

Result<void> Processes::claim(store::Transaction& tx, const TaskId& task, std::string_view actor,
                              std::string_view area) {
  MINBEN_TRY(rows, tx.run(claim_task, task.instance, task.number, actor, area));
  if (rows.affected() == 1) return {};
  MINBEN_TRY(found, tx.run(find_task, task.instance, task.number));
  if (found.empty() || !lies_in(area, found.front().text("key"))) return not_open(task);
  return fail(Kind::conflict, "already_claimed", to_string(task));
}

Result<void> Processes::release(store::Transaction& tx, const TaskId& task, std::string_view actor,
                                std::string_view area) {
  MINBEN_TRY(rows, tx.run(release_task, task.instance, task.number, actor, area));
  if (rows.affected() == 1) return {};
  MINBEN_TRY(found, tx.run(find_task, task.instance, task.number));
  if (found.empty() || !lies_in(area, found.front().text("key"))) return not_open(task);
  return fail(Kind::forbidden, "not_claimed_by_you", to_string(task));
}

Result<void> Processes::assign(store::Transaction& tx, const TaskId& task, std::string_view actor) {
  MINBEN_TRY(rows, tx.run(assign_task, task.instance, task.number, actor));
  if (rows.affected() == 1) return {};
  return not_open(task);
}

Result<void> Processes::set_due(store::Transaction& tx, const TaskId& task,
                                std::optional<Instant> due) {
  MINBEN_TRY(rows, tx.run(due_task, task.instance, task.number, due));
  if (rows.affected() == 1) return {};
  return not_open(task);
}

}  // namespace minben::process
