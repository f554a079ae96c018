#include "machine.hpp"

namespace minben::process {

void Machine::arrive_activity(Number token_id) {
  if (!gathered(token_id) || must_wait_for_others(token_id)) return;
  const Node& node = node_of(token_id);
  if (node.loop && token(token_id).loop == 0) return start_loop(token_id);
  activate(token_id);
}

/// startQuantity (clause 10.3.2): the last of the tokens goes on for all.
bool Machine::gathered(Number token_id) {
  const Node& node = node_of(token_id);
  Token& last = token(token_id);
  if (node.start_quantity <= 1 || last.loop != 0) return true;
  std::vector<Number> others;
  for (const Token& other : state_.tokens) {
    const bool waits =
        other.node == last.node && other.scope == last.scope && other.waiting == Waiting::join;
    if (waits && other.id != token_id) others.push_back(other.id);
  }
  if (others.size() + 1 < static_cast<std::size_t>(node.start_quantity)) {
    last.waiting = Waiting::join;
    return false;
  }
  for (const Number id : others) erase(id);
  return true;
}

/// Sequential ad hoc subprocesses do one thing at a time (clause 10.3.5).
bool Machine::must_wait_for_others(Number token_id) {
  Token& here = token(token_id);
  const Scope& around = scope(here.scope);
  if (around.kind != Scope::Kind::container || here.loop != 0) return false;
  const Node& container = def_.node(around.node);
  if (container.kind != NodeKind::ad_hoc || !container.ordering_sequential) return false;
  const bool busy =
      std::any_of(state_.tokens.begin(), state_.tokens.end(), [&](const Token& other) {
        return other.scope == here.scope && other.id != here.id &&
               other.waiting != Waiting::ad_hoc &&
               (other.waiting != Waiting::nothing || other.id < here.id);
      });
  if (busy) here.waiting = Waiting::ad_hoc;
  return busy;
}

void Machine::activate(Number token_id) {
  const Token here = token(token_id);
  const Node& node = def_.node(here.node);
  note("entered", here.node, token_id, here.via >= 0 ? def_.flow(here.via).id : "");
  const bool at_once = node.kind == NodeKind::task || node.kind == NodeKind::manual_task ||
                       node.kind == NodeKind::script_task;
  if (here.loop == 0 && !at_once && !arm_boundary(token_id)) return;
  switch (node.kind) {
    case NodeKind::user_task:
      return open_user_task(token_id);
    case NodeKind::service_task:
      return call_service(token_id);
    case NodeKind::send_task:
      return send(token_id);
    case NodeKind::receive_task:
      return receive(token_id);
    case NodeKind::script_task:
      return run_script(token_id);
    case NodeKind::business_rule_task:
      return ask_decision(token_id);
    case NodeKind::call_activity:
      return call(token_id);
    case NodeKind::subprocess:
    case NodeKind::transaction:
    case NodeKind::ad_hoc:
      return open_container(token_id);
    default:
      return complete(token_id);
  }
}

void Machine::open_user_task(Number token_id) {
  Token& here = token(token_id);
  auto input = input_of(def_.node(here.node), here.scope);
  if (!input) {
    disarm(token_id);
    return incident(token_id, input.error(), Waiting::nothing);
  }
  here.waiting = Waiting::user;
  effects.push_back(OpenUserTask{token_id, here.node, std::move(*input)});
  note("task_opened", here.node, token_id);
}

void Machine::call_service(Number token_id) {
  Token& here = token(token_id);
  const Node& node = def_.node(here.node);
  auto input = input_of(node, here.scope);
  if (!input) {
    disarm(token_id);
    return incident(token_id, input.error(), Waiting::nothing);
  }
  here.waiting = Waiting::service;
  effects.push_back(RunService{token_id, here.node, node.topic, std::move(*input)});
  note("service_called", here.node, token_id, node.topic);
}

void Machine::send(Number token_id) {
  const Node& node = node_of(token_id);
  if (!node.topic.empty()) return call_service(token_id);
  throw_message(token_id, node.message);
  if (!token(token_id).incident) complete(token_id);
}

void Machine::receive(Number token_id) {
  const int node = token(token_id).node;
  if (const auto armed = arm(token_id, token(token_id).scope, node, -1); !armed) {
    disarm(token_id);
    return incident(token_id, armed.error(), Waiting::nothing);
  }
  token(token_id).waiting = Waiting::event;
}

void Machine::run_script(Number token_id) {
  const auto value = evaluate(node_of(token_id).script, token(token_id).scope);
  if (!value) return incident(token_id, value.error(), Waiting::nothing);
  take_result(token_id, *value);
  complete(token_id);
}

void Machine::ask_decision(Number token_id) {
  Token& here = token(token_id);
  const Node& node = def_.node(here.node);
  auto input = input_of(node, here.scope);
  if (!input) {
    disarm(token_id);
    return incident(token_id, input.error(), Waiting::nothing);
  }
  if (node.input.empty()) *input = visible(here.scope);
  here.waiting = Waiting::decision;
  effects.push_back(Decide{token_id, here.node, node.decision, std::move(*input)});
}

void Machine::open_container(Number token_id) {
  const Token here = token(token_id);
  const Node& node = def_.node(here.node);
  const Number inside = open_scope(Scope::Kind::container, here.scope, here.node, -1, token_id);
  for (const auto& name : node.variables) scope(inside).variables.emplace(name, nullptr);
  start_inside(inside, node.children);
}

void Machine::call(Number token_id) {
  const Token here = token(token_id);
  const Node& node = def_.node(here.node);
  auto input = input_of(node, here.scope);
  if (!input) {
    disarm(token_id);
    return incident(token_id, input.error(), Waiting::nothing);
  }
  if (node.input.empty()) *input = visible(here.scope);
  const Process& process = def_.processes[static_cast<std::size_t>(node.called_process)];
  const Number inside =
      open_scope(Scope::Kind::called, here.scope, here.node, node.called_process, token_id);
  scope(inside).variables = std::move(*input);
  for (const auto& name : process.variables) scope(inside).variables.emplace(name, nullptr);
  start_inside(inside, process.children);
}

/// The work of one activity instance is done.
void Machine::complete(Number token_id, std::vector<Compensable> inside, JsonObject variables) {
  const Token here = token(token_id);
  const Node& node = def_.node(here.node);
  Number at = here.scope;
  if (here.loop != 0) at = token(scope(here.loop).token).scope;
  remember(node, at, std::move(inside), std::move(variables));
  if (here.loop != 0) return instance_done(token_id);
  finish(token_id);
}

/// The activity as a whole is done: boundary events go, the token moves on.
void Machine::finish(Number token_id) {
  disarm(token_id);
  note("left", token(token_id).node, token_id);
  leave(token_id);
}

/// Keeps what a compensation may need later (clause 10.7.3).
void Machine::remember(const Node& node, Number scope_id, std::vector<Compensable> inside,
                       JsonObject variables) {
  const bool has_handler =
      std::any_of(node.boundary.begin(), node.boundary.end(),
                  [&](int boundary) { return def_.node(boundary).compensation_handler >= 0; });
  const int index = def_.find(node.id);
  if (!has_handler && inside.empty() && compensation_subprocess(index) < 0) return;
  state_.compensables.push_back({scope_id, index, std::move(variables), std::move(inside)});
}

}  // namespace minben::process
