#include "machine.hpp"

namespace minben::process {

namespace {

/// Effects that begin something and effects that end it, by number.
struct Begins {
  Number operator()(const OpenUserTask& effect) const { return effect.task; }
  Number operator()(const RunService& effect) const { return effect.call; }
  Number operator()(const ArmTimer& effect) const { return effect.subscription; }
  Number operator()(const AwaitMessage& effect) const { return effect.subscription; }
  Number operator()(const AwaitSignal& effect) const { return effect.subscription; }
  template <class Other>
  Number operator()(const Other&) const {
    return 0;
  }
};
struct Ends {
  Number operator()(const CloseUserTask& effect) const { return effect.task; }
  Number operator()(const StopService& effect) const { return effect.call; }
  Number operator()(const CancelTimer& effect) const { return effect.subscription; }
  Number operator()(const StopAwaiting& effect) const { return effect.subscription; }
  template <class Other>
  Number operator()(const Other&) const {
    return 0;
  }
};

}  // namespace

Result<StepResult> apply(const Definition& definition, State state, const Command& command,
                         Instant now, const EngineLimits& limits) {
  StepResult result;
  result.state = std::move(state);
  Machine machine(definition, result.state, now, limits);
  MINBEN_CHECK(machine.execute(command));
  ++result.state.steps;
  result.effects = std::move(machine.effects);
  result.history = std::move(machine.history);
  return result;
}

Result<void> Machine::execute(const Command& command) {
  MINBEN_CHECK(check_status(command));
  MINBEN_CHECK(std::visit([this](const auto& each) { return on(each); }, command));
  run();
  drop_opposites();
  return {};
}

Result<void> Machine::check_status(const Command& command) const {
  const bool starts = std::holds_alternative<StartInstance>(command);
  if (starts != (state_.steps == 0))
    return fail(Kind::conflict, starts ? "already_started" : "not_started");
  if (state_.status == Status::running) return {};
  if (state_.status != Status::suspended)
    return fail(Kind::conflict, "already_ended", to_string(state_.status));
  const bool allowed =
      std::holds_alternative<Resume>(command) || std::holds_alternative<Cancel>(command) ||
      std::holds_alternative<FireTimer>(command) || std::holds_alternative<Migrate>(command);
  if (!allowed) return fail(Kind::conflict, "suspended", "the instance is suspended");
  return {};
}

void Machine::run() {
  while (state_.status == Status::running) {
    if (dirty_) check_conditions();
    if (ready_.empty()) {
      if (dirty_ || settle_joins()) continue;
      return;
    }
    if (++moves_ > limits_.max_moves || state_.tokens.size() > limits_.max_tokens)
      return out_of_moves();
    const Number next = ready_.front();
    ready_.pop_front();
    step(next);
  }
}

void Machine::step(Number token_id) {
  const Token* here = find(token_id);
  if (!here || here->waiting != Waiting::nothing || here->incident) return;
  const NodeKind kind = def_.node(here->node).kind;
  if (is_activity(kind)) return arrive_activity(token_id);
  if (is_gateway(kind)) return arrive_gateway(token_id);
  arrive_event(token_id);
}

/// A model that goes round without ever waiting: everything that still moves stands still for an
/// operator.
void Machine::out_of_moves() {
  for (const Number id : std::exchange(ready_, {})) {
    const Token* here = find(id);
    if (!here || here->incident) continue;
    incident(id,
             {Kind::too_many, "endless_loop",
              fmt::format("more than {} moves in one step", limits_.max_moves), "", 0, 0},
             here->waiting);
  }
}

void Machine::finish_instance(Status status, std::string_view error) {
  clear_scope(state_.scopes.front().id);
  ready_.clear();
  state_.compensables.clear();
  state_.status = status;
  note("ended", -1, 0, error.empty() ? to_string(status) : error);
  effects.push_back(Ended{status, std::string(error)});
}

/// What began and ended within this step never happened for the world outside.
void Machine::drop_opposites() {
  std::set<Number> begun, gone;
  for (const auto& effect : effects) {
    if (const Number number = std::visit(Begins{}, effect)) begun.insert(number);
    if (const Number number = std::visit(Ends{}, effect); begun.contains(number))
      gone.insert(number);
  }
  if (gone.empty()) return;
  std::erase_if(effects, [&](const Effect& effect) {
    return gone.contains(std::visit(Begins{}, effect)) || gone.contains(std::visit(Ends{}, effect));
  });
}

Result<Number> Machine::waiting_token(Number id, Waiting waiting, std::string_view code) {
  const Token* found = find(id);
  if (found && found->waiting == waiting) return id;
  return fail(Kind::conflict, code, fmt::format("number {} does not wait for this", id));
}

/// A conditional start event starts nothing while its condition does not hold.
Result<void> Machine::check_start_condition(const Node& start, const JsonObject& variables) const {
  for (const auto& event : start.events) {
    if (event.kind != EventKind::conditional) continue;
    const Formula::Lookup among = [&](std::string_view name) {
      return variables.if_contains(name);
    };
    const auto holding = event.condition.compiled->holds(among, now_);
    if (!holding || !*holding)
      return fail(Kind::conflict, "condition_not_met", event.condition.text);
  }
  return {};
}

Result<void> Machine::on(const StartInstance& command) {
  const int process =
      command.process.empty() ? def_.main_process() : def_.find_process(command.process);
  if (process < 0) return fail(Kind::not_found, "no_such_process", command.process);
  const Process& started = def_.processes[static_cast<std::size_t>(process)];
  int only = -1;
  if (!command.start_event.empty()) {
    only = def_.find(command.start_event);
    if (only < 0 || def_.node(only).process != process)
      return fail(Kind::not_found, "no_such_element", command.start_event);
  }
  if (only >= 0) MINBEN_CHECK(check_start_condition(def_.node(only), command.variables));
  const auto begins = [&](int index) {
    const Node& node = def_.node(index);
    if (node.kind == NodeKind::start_event) return node.events.empty();
    return node.incoming.empty() && !node.instantiate && !is_event(node.kind) &&
           !node.for_compensation && node.kind != NodeKind::event_subprocess;
  };
  if (only < 0 && std::none_of(started.children.begin(), started.children.end(), begins)) {
    return fail(Kind::invalid, "no_none_start", "the process starts by an event only");
  }
  state_.business_key = command.business_key;
  note("started", -1, 0, started.id);
  const Number root = open_scope(Scope::Kind::process, 0, -1, process, 0);
  for (const auto& name : started.variables) scope(root).variables.emplace(name, nullptr);
  for (const auto& [name, value] : command.variables) scope(root).variables[name] = value;
  if (only >= 0 &&
      def_.node(only).kind != NodeKind::start_event) {  // instantiating receive task or gateway
    arm_event_subprocesses(root, started.children);
    const Number first = enter(only, root, -1);
    ready_.clear();
    note("passed", only, first);
    leave(first);
    return {};
  }
  start_inside(root, started.children, only);
  return {};
}

Result<void> Machine::on(const CompleteUserTask& command) {
  MINBEN_TRY(id, waiting_token(command.task, Waiting::user, "task_not_open"));
  effects.push_back(CloseUserTask{id, token(id).node, true});
  note("task_completed", token(id).node, id);
  token(id).waiting = Waiting::nothing;
  deliver(id, command.variables);
  complete(id);
  return {};
}

Result<void> Machine::on(const CompleteService& command) {
  MINBEN_TRY(id, waiting_token(command.call, Waiting::service, "call_not_open"));
  if (token(id).incident) effects.push_back(ClearIncident{id});
  Token& here = token(id);
  here.incident.reset();
  here.waiting = Waiting::nothing;
  note("service_done", here.node, id);
  const Node& node = def_.node(here.node);
  if (node.result.empty()) deliver(id, command.variables);
  else deliver(id, JsonObject{{node.result, command.variables}});
  complete(id);
  return {};
}

Result<void> Machine::on(const FailService& command) {
  MINBEN_TRY(id, waiting_token(command.call, Waiting::service, "call_not_open"));
  incident(id,
           {Kind::unavailable, command.code.empty() ? "service_failed" : command.code,
            command.detail, "", 0, 0},
           Waiting::service);
  return {};
}

Result<void> Machine::on(const ThrowError& command) {
  Token* here = find(command.token);
  const bool works = here && (here->waiting == Waiting::user || here->waiting == Waiting::service);
  if (!works)
    return fail(Kind::conflict, "call_not_open",
                fmt::format("number {} is not at work", command.token));
  if (here->incident) effects.push_back(ClearIncident{here->id});
  here->incident.reset();
  if (raise(command.token, EventKind::error, command.code, command.variables)) return {};
  const Waiting waiting = token(command.token).waiting;
  incident(
      command.token,
      {Kind::invalid, "uncaught_error", fmt::format("nobody catches '{}'", command.code), "", 0, 0},
      waiting);
  return {};
}

Result<void> Machine::on(const ThrowEscalation& command) {
  const Token* here = find(command.token);
  const bool works = here && (here->waiting == Waiting::user || here->waiting == Waiting::service);
  if (!works)
    return fail(Kind::conflict, "call_not_open",
                fmt::format("number {} is not at work", command.token));
  raise(command.token, EventKind::escalation, command.code, command.variables);
  return {};
}

Result<void> Machine::on(const DecisionMade& command) {
  MINBEN_TRY(id, waiting_token(command.token, Waiting::decision, "decision_not_asked"));
  token(id).waiting = Waiting::nothing;
  note("decision_made", token(id).node, id, node_of(id).decision);
  take_result(id, command.value);
  complete(id);
  return {};
}

Result<void> Machine::on(const DecisionFailed& command) {
  MINBEN_TRY(id, waiting_token(command.token, Waiting::decision, "decision_not_asked"));
  incident(id, {Kind::invalid, command.code, command.detail, "", 0, 0}, Waiting::decision);
  return {};
}

Result<void> Machine::on(const FireTimer& command) {
  Subscription* item = subscription(command.subscription);
  if (!item || item->kind != EventKind::timer) return fail(Kind::conflict, "timer_gone");
  if (state_.status == Status::suspended) {
    item->missed = true;
    return {};
  }
  trigger(command.subscription, {});
  return {};
}

Result<void> Machine::on(const DeliverMessage& command) {
  for (const auto& item : state_.subscriptions) {
    const bool wanted = item.kind == EventKind::message && item.name == command.name &&
                        (item.key == command.key || item.key.empty() || command.key.empty());
    if (!wanted) continue;
    trigger(item.id, command.variables);
    return {};
  }
  return fail(Kind::not_found, "nobody_waits",
              fmt::format("the instance does not wait for message '{}'", command.name));
}

Result<void> Machine::on(const DeliverSignal& command) {
  deliver_signal(command.name, command.variables);
  return {};
}

Result<void> Machine::on(const SetVariables& command) {
  for (const auto& [name, value] : command.variables) state_.scopes.front().variables[name] = value;
  dirty_ = true;
  note("variables_set", -1, 0);
  return {};
}

Result<void> Machine::on(const Retry& command) {
  Token* here = find(command.token);
  if (!here || !here->incident)
    return fail(Kind::conflict, "no_incident", fmt::format("number {}", command.token));
  here->incident.reset();
  here->since = now_;
  effects.push_back(ClearIncident{here->id});
  note("retried", here->node, here->id);
  const Number id = here->id;
  switch (here->waiting) {
    case Waiting::service:
      call_service(id);
      return {};
    case Waiting::decision:
      ask_decision(id);
      return {};
    case Waiting::user:
      return {};
    case Waiting::leaving:
      is_gateway(node_of(id).kind) ? split(id) : leave(id);
      return {};
    default:
      break;
  }
  if (here->inside != 0) kill_scope(here->inside);
  disarm(id);
  token(id).inside = 0;
  token(id).waiting = Waiting::nothing;
  ready_.push_back(id);
  return {};
}

Result<void> Machine::on(const Suspend&) {
  state_.status = Status::suspended;
  note("suspended", -1, 0);
  return {};
}

/// Calls whose turn came during a suspension were not made.
void Machine::call_services_again() {
  std::vector<Number> waiting;
  for (const Token& item : state_.tokens) {
    if (item.waiting == Waiting::service && !item.incident) waiting.push_back(item.id);
  }
  for (const Number id : waiting) call_service(id);
}

Result<void> Machine::on(const Resume&) {
  if (state_.status != Status::suspended) return fail(Kind::conflict, "not_suspended");
  state_.status = Status::running;
  note("resumed", -1, 0);
  std::vector<Subscription> missed;
  for (auto& item : state_.subscriptions) {
    if (item.missed) missed.push_back(item);
    item.missed = false;
  }
  std::sort(missed.begin(), missed.end(), [](const Subscription& a, const Subscription& b) {
    return std::tie(a.due, a.id) < std::tie(b.due, b.id);
  });
  for (const auto& item : missed) {
    trigger(item.id, {});
    run();
  }
  call_services_again();
  return {};
}

Result<void> Machine::on(const Cancel& command) {
  finish_instance(Status::cancelled, command.reason);
  return {};
}

Result<void> Machine::on(const Migrate& command) {
  note("migrated", -1, 0, std::string_view(command.digest).substr(0, 12));
  return {};
}

Result<void> Machine::on(const Modify& command) {
  for (const Number id : command.remove) {
    if (!find(id)) return fail(Kind::not_found, "no_such_token", fmt::format("number {}", id));
  }
  std::vector<std::pair<int, Number>> starts;
  for (const auto& element : command.start_before) {
    const int node = def_.find(element);
    if (node < 0) return fail(Kind::not_found, "no_such_element", element);
    Number home = 0;
    for (const Scope& item : state_.scopes) {
      const bool holds_it = def_.node(node).parent < 0 ? item.process == def_.node(node).process
                                                       : item.node == def_.node(node).parent &&
                                                             item.kind != Scope::Kind::loop;
      if (home == 0 && holds_it) home = item.id;
    }
    if (home == 0)
      return fail(Kind::conflict, "scope_not_running",
                  fmt::format("what holds '{}' is not running", element));
    starts.emplace_back(node, home);
  }
  note("modified", -1, 0);
  std::set<Number> touched;
  for (const auto& [node, home] : starts) {
    if (find_scope(home)) enter(node, home, -1);
  }
  for (const Number id : command.remove) {
    if (const Token* gone = find(id)) touched.insert(gone->scope);
    kill(id);
  }
  for (const Number home : touched) check_scope(home);
  return {};
}

}  // namespace minben::process
