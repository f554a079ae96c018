// Jobs: timers, service calls, messages and signals between instances, starts by event.
#include "impl.hpp"
#include "iso8601.hpp"

namespace minben::process {

namespace {

constexpr store::Query who_waits{
    "process_who_waits",
    "select case_id, number from process.awaiting w where kind = $1 and name = $2 and key = $3 and "
    "($4::text = '' or exists (select from process.instance i where i.case_id = w.case_id and "
    "starts_with(i.key, $4 || '/'))) limit 2"};
constexpr store::Query who_hears{
    "process_who_hears",
    "select distinct case_id from process.awaiting w where kind = 'signal' and name = $1 and "
    "case_id <> $2 and ($3::text = '' or exists (select from process.instance i where i.case_id = "
    "w.case_id and starts_with(i.key, $3 || '/')))"};
constexpr store::Query who_starts{
    "process_who_starts",
    "select key, element, process from process.start_trigger where kind = $1 and name = $2 and "
    "($3::text = '' or starts_with(key, $3 || '/')) order by key, element"};
constexpr std::string_view system_actor = "process";

/// The timer, or what it belonged to, is gone: nothing to do, and no failure.
bool is_over(const Error& error) {
  return error.code == "timer_gone" || error.code == "already_ended" ||
         error.code == "call_not_open" || error.code == "no_such_instance";
}

Result<void> ignore_over(const Result<Step>& outcome) {
  if (outcome || is_over(outcome.error())) return {};
  return std::unexpected(outcome.error());
}

JsonObject object_of(const Json& from, std::string_view name) {
  const Json* found = find(from, name);
  return found && found->is_object() ? found->as_object() : JsonObject{};
}

Command command_for(const TaskId& id, ServiceOutcome outcome) {
  if (auto* error = std::get_if<ServiceError>(&outcome)) {
    return ThrowError{id.number, std::move(error->code), std::move(error->variables)};
  }
  return CompleteService{id.number, std::move(std::get<ServiceDone>(outcome).variables)};
}

}  // namespace

void Processes::attach(store::Workers& workers) {
  const auto on = [&](std::string_view kind,
                      Result<void> (Impl::*handler)(store::Transaction&, const store::Job&)) {
    workers.on(std::string(kind),
               [impl = impl_.get(), handler](store::Transaction& tx, const store::Job& job) {
                 return (impl->*handler)(tx, job);
               });
  };
  on(job_timer, &Impl::run_timer);
  on(job_service, &Impl::run_service);
  on(job_message, &Impl::run_message);
  on(job_signal, &Impl::run_signal);
  on(job_start, &Impl::run_start);
}

Result<void> Processes::Impl::run_timer(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, TaskId::parse(job.key));
  return ignore_over(job_command(tx, id.instance, FireTimer{id.number}, "timer", Lock::if_free));
}

const ServiceHandler* Processes::Impl::handler_of(const ServiceCall& call) const {
  if (call.key.contains('/')) return outside ? &outside : nullptr;
  const auto found = handlers.find(call.topic);
  return found == handlers.end() ? nullptr : &found->second;
}

Result<void> Processes::Impl::run_service(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, TaskId::parse(job.key));
  MINBEN_TRY(instance, load(tx, id.instance, Lock::none));
  const Token* token = instance.state.token(id.number);
  if (!token || token->waiting != Waiting::service || token->incident) return {};
  if (instance.state.status == Status::suspended) return {};  // resume calls again
  ServiceCall call;
  call.id = id;
  call.key = instance.key;
  call.topic = string_or(job.payload, "topic");
  call.element = instance.definition->node(token->node).id;
  call.business_key = instance.state.business_key;
  call.idempotency_key = job.key;
  call.input = object_of(job.payload, "input");
  call.variables = visible_variables(instance.state, token->scope);
  call.attempt = job.attempt;
  const auto give_up = [&](std::string_view code, std::string_view detail) {
    return ignore_over(job_command(tx, id.instance,
                                   FailService{id.number, std::string(code), std::string(detail)},
                                   call.topic, Lock::wait));
  };
  const ServiceHandler* handler = handler_of(call);
  if (!handler) return give_up("no_handler", fmt::format("nothing handles topic '{}'", call.topic));
  if (job.attempt > config.service_attempts) return give_up("service_failed", "tries are used up");
  const bool last = job.attempt == config.service_attempts;
  // A handler that failed at its last try leaves nothing but the incident.
  if (last) MINBEN_CHECK(tx.run(savepoint::set));
  auto outcome = (*handler)(tx, call);
  if (!outcome && !last) return std::unexpected(std::move(outcome).error());
  if (!outcome) {
    MINBEN_CHECK(tx.run(savepoint::undo));
    return give_up(outcome.error().code, outcome.error().detail);
  }
  if (std::holds_alternative<ServiceLater>(*outcome)) return {};
  return ignore_over(
      job_command(tx, id.instance, command_for(id, std::move(*outcome)), call.topic, Lock::wait));
}

Result<InstanceId> Processes::Impl::start_by_event(store::Transaction& tx, std::string_view key,
                                                   std::string_view process,
                                                   std::string_view element,
                                                   std::string_view business_key,
                                                   const JsonObject& variables,
                                                   std::string_view actor) {
  static constexpr store::Query newest{"process_newest",
                                       "select version, digest from process.deployment where key = "
                                       "$1 order by version desc limit 1"};
  MINBEN_TRY(rows, tx.run(newest, key));
  if (rows.empty()) return fail(Kind::not_found, "no_such_process", key);
  Loaded fresh;
  fresh.id = InstanceId::make(clock, random());
  fresh.key = key;
  fresh.version = static_cast<int>(rows.front().integer("version"));
  fresh.digest = rows.front().text("digest");
  fresh.fresh = true;
  MINBEN_TRY(model, definition(tx, fresh.digest));
  fresh.definition = std::move(model);
  const InstanceId id = fresh.id;
  const StartInstance command{std::string(process), std::string(element), std::string(business_key),
                              variables};
  MINBEN_CHECK(advance(tx, std::move(fresh), command, actor));
  return id;
}

Result<InstanceId> Processes::Impl::correlate(store::Transaction& tx, std::string_view name,
                                              std::string_view key, const JsonObject& variables,
                                              std::string_view actor, std::string_view area) {
  MINBEN_TRY(waiting, tx.run(who_waits, "message", name, key, area));
  if (waiting.size() > 1)
    return fail(Kind::conflict, "several_wait", fmt::format("for message '{}'", name));
  if (!waiting.empty()) {
    const auto id = waiting.front().id<InstanceId>("case_id");
    MINBEN_CHECK(job_command(tx, id, DeliverMessage{std::string(name), std::string(key), variables},
                             actor, Lock::wait));
    return id;
  }
  MINBEN_TRY(starts, tx.run(who_starts, "message", name, area));
  if (starts.empty())
    return fail(Kind::not_found, "nobody_waits", fmt::format("for message '{}'", name));
  if (starts.size() > 1)
    return fail(Kind::conflict, "several_wait",
                fmt::format("message '{}' starts several processes", name));
  const auto row = starts.front();
  return start_by_event(tx, row.text("key"), row.text("process"), row.text("element"), key,
                        variables, actor);
}

/// Nobody waits yet: the job is tried again, so a message may be sent before its receiver gets
/// there.
Result<void> Processes::Impl::run_message(store::Transaction& tx, const store::Job& job) {
  MINBEN_CHECK(correlate(tx, string_or(job.payload, "name"), string_or(job.payload, "key"),
                         object_of(job.payload, "variables"), system_actor));
  return {};
}

/// `source` makes the jobs' keys unique; `except` has heard it already.
Result<int> Processes::Impl::signal(store::Transaction& tx, std::string_view name,
                                    const JsonObject& variables, std::string_view source,
                                    const InstanceId& except, std::string_view area) {
  MINBEN_TRY(rows, tx.run(who_hears, name, except, area));
  const JsonObject payload{{"name", name}, {"variables", variables}};
  for (const auto row : rows) {
    const std::string key = fmt::format("{}|{}", row.text("case_id"), source);
    MINBEN_CHECK(enqueue(tx, {std::string(job_signal), key, payload, clock.now()}));
  }
  MINBEN_TRY(starts, tx.run(who_starts, "signal", name, area));
  for (const auto row : starts) {
    MINBEN_CHECK(start_by_event(tx, row.text("key"), row.text("process"), row.text("element"), "",
                                variables, system_actor));
  }
  return rows.size() + starts.size();
}

Result<void> Processes::Impl::run_signal(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, InstanceId::parse(job.key.substr(0, job.key.find('|'))));
  const DeliverSignal heard{string_or(job.payload, "name"), object_of(job.payload, "variables")};
  return ignore_over(job_command(tx, id, heard, system_actor, Lock::if_free));
}

/// Timer start events of the version that was deployed last; the jobs of the version before find
/// that they are not the latest any more.
Result<void> Processes::Impl::plan_timer_starts(store::Transaction& tx, std::string_view key,
                                                const Definition& def) {
  for (const Node& node : def.nodes) {
    if (node.kind != NodeKind::start_event || node.parent >= 0 || node.events.empty()) continue;
    const EventDefinition& event = node.events.front();
    if (event.kind != EventKind::timer || !event.timer.expression.empty()) continue;
    const Instant now = clock.now();
    Instant due = now;
    std::int64_t left = 0;
    if (event.timer.kind == TimerKind::working_days)
      due = due_after(node.agency, now, event.timer.working_days);
    if (event.timer.kind == TimerKind::date) {
      MINBEN_TRY(at, parse_instant(event.timer.literal));
      due = at;
    }
    if (event.timer.kind == TimerKind::duration) {
      MINBEN_TRY(duration, parse_duration(event.timer.literal));
      due = add(now, duration);
    }
    if (event.timer.kind == TimerKind::cycle) {
      MINBEN_TRY(cycle, parse_cycle(event.timer.literal));
      due = cycle.start.value_or(add(now, cycle.interval));
      left = cycle.repeats < 0 ? -1 : cycle.repeats - 1;
    }
    const JsonObject payload{{"key", key},
                             {"element", node.id},
                             {"digest", hex_encode(def.digest)},
                             {"left", left},
                             {"due", minben::to_string(due)}};
    MINBEN_CHECK(
        enqueue(tx, {std::string(job_start), fmt::format("{}.{}", key, node.id), payload, due}));
  }
  return {};
}

Result<void> Processes::Impl::run_start(store::Transaction& tx, const store::Job& job) {
  static constexpr store::Query newest_digest{
      "process_newest_digest",
      "select digest from process.deployment where key = $1 order by version desc limit 1"};
  const std::string key = string_or(job.payload, "key");
  const std::string digest = string_or(job.payload, "digest");
  MINBEN_TRY(rows, tx.run(newest_digest, key));
  if (rows.empty() || rows.front().text("digest") != digest) return {};
  MINBEN_TRY(model, definition(tx, digest));
  const int index = model->find(string_or(job.payload, "element"));
  if (index < 0) return {};
  const Node& node = model->node(index);
  const auto& process = model->processes[static_cast<std::size_t>(node.process)].id;
  MINBEN_CHECK(start_by_event(tx, key, process, node.id, "", {}, "timer"));
  MINBEN_TRY(left, get_integer(job.payload, "left"));
  if (left == 0) return {};
  MINBEN_TRY(cycle, parse_cycle(node.events.front().timer.literal));
  MINBEN_TRY(due, parse_instant(string_or(job.payload, "due")));
  const Instant next = add(due, cycle.interval);
  JsonObject payload = job.payload.as_object();
  payload["left"] = left < 0 ? left : left - 1;
  payload["due"] = minben::to_string(next);
  return enqueue(tx, {std::string(job_start), job.key, payload, next});
}

}  // namespace minben::process
