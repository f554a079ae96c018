#include "impl.hpp"

namespace minben::process {

std::string to_string(const TaskId& id) {
  return fmt::format("{}.{}", to_string(id.instance), id.number);
}

Result<TaskId> TaskId::parse(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos)
    return fail(Kind::invalid, "not_a_task", "expected <uuid>.<number>");
  MINBEN_TRY(instance, InstanceId::parse(text.substr(0, dot)));
  const auto number = parse_integer(text.substr(dot + 1), 1);
  if (!number) return fail(Kind::invalid, "not_a_task", "expected <uuid>.<number>");
  return TaskId{instance, *number};
}

Processes::Impl::Impl(const Clock& a_clock, Ports a_ports, ProcessesConfig a_config)
    : clock(a_clock), ports(a_ports), config(a_config) {}

Processes::Processes(const Clock& clock, Ports ports, ProcessesConfig config)
    : impl_(std::make_unique<Impl>(clock, ports, config)) {}
Processes::~Processes() = default;

Result<Step> Processes::start(store::Transaction& tx, const NewInstance& instance,
                              std::string_view actor) {
  MINBEN_TRY(newest, latest(tx, instance.key));
  Loaded fresh;
  fresh.id = instance.id;
  fresh.key = instance.key;
  fresh.version = newest.version;
  fresh.digest = newest.digest;
  fresh.fresh = true;
  if (!instance.digest.empty() && instance.digest != newest.digest) {
    MINBEN_TRY(all, deployments(tx, instance.key));
    const auto chosen = std::find_if(all.begin(), all.end(), [&](const Deployment& each) {
      return each.digest == instance.digest;
    });
    if (chosen == all.end()) return fail(Kind::not_found, "no_such_definition", instance.digest);
    fresh.version = chosen->version;
    fresh.digest = chosen->digest;
  }
  MINBEN_TRY(model, impl_->definition(tx, fresh.digest));
  fresh.definition = std::move(model);
  const StartInstance command{instance.process, instance.start_event, instance.business_key,
                              instance.variables};
  return impl_->advance(tx, std::move(fresh), command, actor);
}

Result<Step> Processes::command(store::Transaction& tx, const InstanceId& instance,
                                const Command& command, std::string_view actor) {
  if (std::holds_alternative<StartInstance>(command))
    return fail(Kind::conflict, "already_started", "use start()");
  return impl_->command(tx, instance, command, actor);
}

Result<Step> Processes::complete_task(store::Transaction& tx, const TaskId& task,
                                      const JsonObject& variables, std::string_view actor) {
  return impl_->command(tx, task.instance, CompleteUserTask{task.number, variables}, actor);
}

Result<Step> Processes::complete_service(store::Transaction& tx, const TaskId& call,
                                         const JsonObject& variables, std::string_view actor) {
  return impl_->command(tx, call.instance, CompleteService{call.number, variables}, actor);
}

Result<Step> Processes::fail_service(store::Transaction& tx, const TaskId& call,
                                     std::string_view code, std::string_view detail,
                                     std::string_view actor) {
  return impl_->command(tx, call.instance,
                        FailService{call.number, std::string(code), std::string(detail)}, actor);
}

Result<Step> Processes::throw_error(store::Transaction& tx, const TaskId& call,
                                    std::string_view code, const JsonObject& variables,
                                    std::string_view actor) {
  return impl_->command(tx, call.instance, ThrowError{call.number, std::string(code), variables},
                        actor);
}

Result<Step> Processes::suspend(store::Transaction& tx, const InstanceId& instance,
                                std::string_view actor) {
  return impl_->command(tx, instance, Suspend{}, actor);
}

Result<Step> Processes::resume(store::Transaction& tx, const InstanceId& instance,
                               std::string_view actor) {
  return impl_->command(tx, instance, Resume{}, actor);
}

Result<Step> Processes::cancel(store::Transaction& tx, const InstanceId& instance,
                               std::string_view reason, std::string_view actor) {
  return impl_->command(tx, instance, Cancel{std::string(reason)}, actor);
}

Result<Step> Processes::set_variables(store::Transaction& tx, const InstanceId& instance,
                                      const JsonObject& variables, std::string_view actor) {
  return impl_->command(tx, instance, SetVariables{variables}, actor);
}

Result<void> Processes::before_command(store::Transaction& tx, const InstanceId& instance) {
  return impl_->ports.observer ? impl_->ports.observer->before_job(tx, instance) : Result<void>{};
}

Result<Step> Processes::message(store::Transaction& tx, const InstanceId& instance,
                                std::string_view name, const JsonObject& variables,
                                std::string_view actor) {
  return impl_->command(tx, instance, DeliverMessage{std::string(name), "", variables}, actor);
}

Result<InstanceId> Processes::correlate(store::Transaction& tx, std::string_view name,
                                        std::string_view key, const JsonObject& variables,
                                        std::string_view actor, std::string_view area) {
  return impl_->correlate(tx, name, key, variables, actor, area);
}

Result<int> Processes::signal(store::Transaction& tx, std::string_view name,
                              const JsonObject& variables, std::string_view actor,
                              std::string_view area) {
  const std::string source = fmt::format("{}:{}", actor, impl_->random().token(12));
  return impl_->signal(tx, name, variables, source, InstanceId{}, area);
}

void Processes::on_outside(ServiceHandler handler) {
  MINBEN_ASSERT(!impl_->outside);
  impl_->outside = std::move(handler);
}

void Processes::on_topic(std::string topic, ServiceHandler handler) {
  const bool fresh = impl_->handlers.emplace(std::move(topic), std::move(handler)).second;
  MINBEN_ASSERT(fresh);
}

}  // namespace minben::process
