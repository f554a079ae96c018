// Scopes: the process, subprocesses, called processes and event subprocesses.
#include "machine.hpp"

namespace minben::process {

Number Machine::open_scope(Scope::Kind kind, Number parent, int node, int process,
                           Number token_id) {
  Scope inside;
  inside.id = state_.next++;
  inside.kind = kind;
  inside.parent = parent;
  inside.node = node;
  inside.process = process;
  inside.token = token_id;
  state_.scopes.push_back(std::move(inside));
  const Number id = state_.scopes.back().id;
  if (token_id != 0) {
    token(token_id).inside = id;
    token(token_id).waiting = Waiting::children;
  }
  return id;
}

/// `only`: the one start event that was triggered; otherwise all without trigger, or, when there is
/// no start event, everything without an incoming flow (clause 13.3.4).
void Machine::start_inside(Number scope_id, std::span<const int> nodes, int only) {
  arm_event_subprocesses(scope_id, nodes);
  if (!find_scope(scope_id)) return;
  if (only >= 0) return void(enter(only, scope_id, -1));
  const bool has_start = std::any_of(nodes.begin(), nodes.end(), [&](int index) {
    return def_.node(index).kind == NodeKind::start_event;
  });
  for (const int index : nodes) {
    const Node& node = def_.node(index);
    const bool never_first =
        node.kind == NodeKind::boundary_event || node.kind == NodeKind::event_subprocess ||
        node.kind == NodeKind::catch_event || node.for_compensation || node.instantiate;
    const bool first = has_start ? node.kind == NodeKind::start_event && node.events.empty()
                                 : !never_first && node.incoming.empty();
    if (first) enter(index, scope_id, -1);
  }
  check_scope(scope_id);
}

void Machine::arm_event_subprocesses(Number scope_id, std::span<const int> nodes) {
  for (const int index : nodes) {
    if (def_.node(index).kind != NodeKind::event_subprocess) continue;
    for (const int child : def_.node(index).children) {
      if (def_.node(child).kind != NodeKind::start_event) continue;
      const auto armed = arm_all(0, scope_id, child);
      if (armed) continue;
      // There is no token to hold the incident yet, so it stands at the start event.
      const Number stuck = enter(child, scope_id, -1);
      incident(stuck, armed.error(), Waiting::leaving);
    }
  }
}

bool Machine::is_empty(Number scope_id) const {
  const bool tokens = std::any_of(state_.tokens.begin(), state_.tokens.end(),
                                  [&](const Token& t) { return t.scope == scope_id; });
  const bool scopes = std::any_of(state_.scopes.begin(), state_.scopes.end(),
                                  [&](const Scope& s) { return s.parent == scope_id; });
  return !tokens && !scopes;
}

void Machine::check_scope(Number scope_id) {
  const Scope* around = find_scope(scope_id);
  if (!around) return;
  if (around->kind == Scope::Kind::container && def_.node(around->node).kind == NodeKind::ad_hoc &&
      ad_hoc_goes_on(scope_id)) {
    return;
  }
  if (is_empty(scope_id)) scope_done(scope_id);
}

/// Something inside an ad hoc subprocess ended: is it complete, or whose turn is it?
bool Machine::ad_hoc_goes_on(Number scope_id) {
  const Node& node = def_.node(scope(scope_id).node);
  if (!node.completion_condition.empty() && !is_empty(scope_id)) {
    const auto done = holds(node.completion_condition, scope_id);
    if (done && *done) {
      if (node.cancel_remaining) {
        clear_scope(scope_id);
        return false;
      }
      std::vector<Number> unstarted;
      for (const Token& item : state_.tokens) {
        if (item.scope == scope_id && item.waiting == Waiting::ad_hoc) unstarted.push_back(item.id);
      }
      for (const Number id : unstarted) erase(id);
      return false;
    }
  }
  const bool busy = std::any_of(state_.tokens.begin(), state_.tokens.end(), [&](const Token& item) {
    return item.scope == scope_id && item.waiting != Waiting::ad_hoc;
  });
  if (busy) return true;
  for (Token& item : state_.tokens) {
    if (item.scope != scope_id || item.waiting != Waiting::ad_hoc) continue;
    item.waiting = Waiting::nothing;
    ready_.push_back(item.id);
    return true;
  }
  return false;
}

void Machine::scope_done(Number scope_id) {
  const Scope done = scope(scope_id);
  switch (done.kind) {
    case Scope::Kind::process:
      return finish_instance(Status::completed, {});
    case Scope::Kind::container:
      return container_done(scope_id);
    case Scope::Kind::called:
      return call_done(scope_id);
    case Scope::Kind::loop:
      return;  // decides for itself when it is done
    case Scope::Kind::instance:
      return;  // ends with its token
    case Scope::Kind::event_subprocess:
      note("left", done.node, 0);
      kill_scope(scope_id);
      return check_scope(done.parent);
    case Scope::Kind::compensation:
      if (next_compensation(scope_id)) return;
      kill_scope(scope_id);
      if (done.token != 0) return compensation_done(done.token);
      return check_scope(done.parent);
  }
}

void Machine::container_done(Number scope_id) {
  const Scope done = scope(scope_id);
  std::vector<Compensable> inside;
  for (auto& item : state_.compensables) {
    if (item.scope == scope_id) inside.push_back(std::move(item));
  }
  std::erase_if(state_.compensables,
                [&](const Compensable& item) { return item.scope == scope_id; });
  kill_scope(scope_id);
  token(done.token).inside = 0;
  complete(done.token, std::move(inside), done.variables);
}

void Machine::call_done(Number scope_id) {
  const Scope done = scope(scope_id);
  const Node& node = def_.node(done.node);
  JsonObject back = done.variables;
  if (!node.output.empty()) {
    const auto value = evaluate(node.output, scope_id);
    const bool good = value && value->is_object();
    if (!good) {
      kill_scope(scope_id);
      token(done.token).inside = 0;
      disarm(done.token);
      return incident(
          done.token,
          value ? Error{Kind::invalid, "expression_failed", "minben:output is no context", "", 0, 0}
                : value.error(),
          Waiting::nothing);
    }
    back = value->as_object();
  }
  kill_scope(scope_id);
  token(done.token).inside = 0;
  deliver(done.token, back);
  complete(done.token);
}

/// Triggered from the scope in which the event subprocess stands (clause 13.5.4).
void Machine::start_event_subprocess(Number scope_id, int start_event,
                                     const JsonObject& variables) {
  const Node& start = def_.node(start_event);
  if (start.interrupting) clear_scope(scope_id);
  const Node& container = def_.node(start.parent);
  const Number inside = open_scope(Scope::Kind::event_subprocess, scope_id, start.parent, -1, 0);
  for (const auto& name : container.variables) scope(inside).variables.emplace(name, nullptr);
  set_variables(inside, variables);
  note("entered", start.parent, 0);
  start_inside(inside, container.children, start_event);
}

/// A terminate end event stops everything in its process or subprocess (clause 13.5.6).
void Machine::terminate(Number scope_id) {
  while (scope(scope_id).kind == Scope::Kind::event_subprocess ||
         scope(scope_id).kind == Scope::Kind::compensation) {
    scope_id = scope(scope_id).parent;
  }
  if (scope(scope_id).kind == Scope::Kind::process) return finish_instance(Status::terminated, {});
  clear_scope(scope_id);
  scope_done(scope_id);
}

}  // namespace minben::process
