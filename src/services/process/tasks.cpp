// The open user tasks, across instances: rows that steps write, and what people do with them.
#include "impl.hpp"

namespace minben::process {

namespace {

constexpr store::Query find_task{
    "process_find_task", "select * from process.user_task where case_id = $1 and number = $2"};
constexpr store::Query tasks_of_instance{
    "process_tasks_of_instance",
    "select * from process.user_task where case_id = $1 order by number"};
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

/// Only the conditions that are asked for: a statement of its own for each combination keeps a plan
/// with the right index, and is not planned anew each time.
Result<store::Rows> find_rows(store::Transaction& tx, const TaskFilter& filter) {
  std::string name = "process_find_tasks", where;
  std::vector<store::Param> params;
  const auto add = [&](char letter, std::string_view before, store::Param value,
                       std::string_view after = {}) {
    params.push_back(std::move(value));
    name += letter;
    where +=
        fmt::format("{}{}${}{}", where.empty() ? " where " : " and ", before, params.size(), after);
  };
  if (!filter.key.empty()) add('k', "key = ", filter.key);
  else if (!filter.area.empty()) add('x', "starts_with(key, ", filter.area + "/", ")");
  if (filter.agency) add('a', "agency = ", *filter.agency);
  if (filter.roles.size() == 1) add('r', "role = ", filter.roles.front());
  else if (!filter.roles.empty()) add('s', "role = any(", filter.roles, ")");
  if (!filter.assignee.empty()) add('o', "assignee = ", filter.assignee);
  else if (filter.unassigned) add('u', "assignee = ", "");
  if (filter.due_before) add('d', "due_at < ", *filter.due_before);
  params.emplace_back(filter.limit);
  params.emplace_back(filter.offset);
  const std::string sql = fmt::format(
      "select * from process.user_task{} order by due_at nulls last, opened_at, case_id, number "
      "limit ${} offset ${}",
      where, params.size() - 1, params.size());
  return tx.run_with({name, sql}, params);
}

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
  MINBEN_TRY(rows, find_rows(tx, filter));
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
