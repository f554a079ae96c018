// What a step means outside the state: rows of tasks and waits, jobs for timers, services,
// messages.
#include "impl.hpp"

namespace minben::process {

namespace {

constexpr store::Query insert_task{"process_insert_task",
                                   "insert into process.user_task (case_id, number, key, digest, "
                                   "element, agency, role, input, business_key, opened_at, "
                                   "due_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"};
constexpr store::Query delete_task{
    "process_delete_task", "delete from process.user_task where case_id = $1 and number = $2"};
constexpr store::Query insert_awaiting{
    "process_insert_awaiting",
    "insert into process.awaiting (case_id, number, kind, name, key) values ($1, $2, $3, $4, $5)"};
constexpr store::Query delete_awaiting{
    "process_delete_awaiting", "delete from process.awaiting where case_id = $1 and number = $2"};

constexpr int friday = 5;

/// Writes one effect; an overload each.
class Carrier {
 public:
  Carrier(Processes::Impl& impl, store::Transaction& tx, const Loaded& instance, Step& step)
      : impl_(impl), tx_(tx), instance_(instance), step_(step) {}

  Result<void> operator()(const OpenUserTask& effect) {
    UserTask task = impl_.user_task(instance_, effect, step_.at);
    tx_.queue(insert_task, instance_.id, effect.task, instance_.key, instance_.digest, task.element,
              task.agency, task.role, Json(task.input), instance_.state.business_key, step_.at,
              task.due);
    step_.opened.push_back(std::move(task));
    return {};
  }
  Result<void> operator()(const CloseUserTask& effect) {
    tx_.queue(delete_task, instance_.id, effect.task);
    std::erase_if(step_.opened,
                  [&](const UserTask& task) { return task.id.number == effect.task; });
    return {};
  }
  Result<void> operator()(const RunService& effect) {
    const JsonObject payload{{"topic", effect.topic}, {"input", effect.input}};
    return enqueue(tx_, {std::string(job_service), key(effect.call), payload, step_.at});
  }
  /// The job is left alone: it may be running, and finds out by itself that nobody waits.
  Result<void> operator()(const StopService&) { return {}; }
  Result<void> operator()(const ArmTimer& effect) {
    const Instant due =
        effect.due ? *effect.due : impl_.due_after(effect.agency, step_.at, effect.working_days);
    return enqueue(tx_, {std::string(job_timer), key(effect.subscription), JsonObject{}, due});
  }
  Result<void> operator()(const CancelTimer& effect) {
    return cancel_job(tx_, job_timer, key(effect.subscription));
  }
  Result<void> operator()(const AwaitMessage& effect) {
    const std::string& by = effect.key.empty() ? instance_.state.business_key : effect.key;
    tx_.queue(insert_awaiting, instance_.id, effect.subscription, "message", effect.name, by);
    return {};
  }
  Result<void> operator()(const AwaitSignal& effect) {
    tx_.queue(insert_awaiting, instance_.id, effect.subscription, "signal", effect.name, "");
    return {};
  }
  Result<void> operator()(const StopAwaiting& effect) {
    tx_.queue(delete_awaiting, instance_.id, effect.subscription);
    return {};
  }
  Result<void> operator()(const SendMessage& effect) {
    const std::string& by = effect.key.empty() ? instance_.state.business_key : effect.key;
    const JsonObject payload{{"name", effect.name}, {"key", by}, {"variables", effect.variables}};
    const std::string job = fmt::format("{}.{}.{}", to_string(instance_.id), step_.number, ++sent_);
    return enqueue(tx_, {std::string(job_message), job, payload, step_.at});
  }
  Result<void> operator()(const BroadcastSignal& effect) {
    const std::string source =
        fmt::format("{}.{}.{}", to_string(instance_.id), step_.number, ++sent_);
    MINBEN_CHECK(impl_.signal(tx_, effect.name, effect.variables, source, instance_.id));
    return {};
  }
  Result<void> operator()(const Decide&) { return {}; }         // answered already
  Result<void> operator()(const RaiseIncident&) { return {}; }  // counted in the instance's row
  Result<void> operator()(const ClearIncident&) { return {}; }
  Result<void> operator()(const Ended&) { return {}; }

 private:
  [[nodiscard]] std::string key(Number number) const {
    return to_string(TaskId{instance_.id, number});
  }

  Processes::Impl& impl_;
  store::Transaction& tx_;
  const Loaded& instance_;
  Step& step_;
  int sent_ = 0;
};

}  // namespace

Result<void> Processes::Impl::carry_out(store::Transaction& tx, const Loaded& instance,
                                        Step& step) {
  Carrier carrier(*this, tx, instance, step);
  for (const auto& effect : step.effects) MINBEN_CHECK(std::visit(carrier, effect));
  return {};
}

/// Without a calendar: Monday to Friday, up to midnight in Taiwan.
Instant Processes::Impl::due_after(const AgencyCode& agency, Instant from, int days_count) const {
  if (ports.calendar) return ports.calendar->after_working_days(agency, from, days_count);
  Date date = taiwan_date(from);
  for (int left = days_count; left > 0;) {
    date = add_days(date, 1);
    const std::chrono::weekday weekday{std::chrono::sys_days(date)};
    if (weekday.iso_encoding() <= friday) --left;
  }
  return taiwan_midnight(add_days(date, 1));
}

UserTask Processes::Impl::user_task(const Loaded& instance, const OpenUserTask& effect,
                                    Instant now) const {
  const Node& node = instance.definition->node(effect.node);
  UserTask task;
  task.id = {instance.id, effect.task};
  task.key = instance.key;
  task.element = node.id;
  task.name = node.name;
  task.agency = node.agency;
  task.role = node.role;
  task.form = node.form;
  task.four_eyes = node.four_eyes;
  task.deadline_days = node.deadline_days;
  task.opened = now;
  if (node.deadline_days > 0) task.due = due_after(node.agency, now, node.deadline_days);
  task.input = effect.input;
  task.business_key = instance.state.business_key;
  return task;
}

}  // namespace minben::process
