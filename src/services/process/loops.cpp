// Standard loops and multi-instance (clauses 13.3.6 and 13.3.7). A looped activity is one outer
// token that waits for a loop scope; each round or instance is a token inside it.
#include "machine.hpp"

namespace minben::process {

void Machine::start_loop(Number token_id) {
  const Token here = token(token_id);
  note("entered", here.node, token_id, here.via >= 0 ? def_.flow(here.via).id : "");
  if (!arm_boundary(token_id)) return;
  if (def_.node(here.node).loop->multi_instance) return start_multiple(token_id);
  start_standard(token_id);
}

void Machine::start_standard(Number token_id) {
  const Token here = token(token_id);
  const Loop& loop = *def_.node(here.node).loop;
  if (loop.test_before && !loop.condition.empty()) {
    const auto go = holds(loop.condition, here.scope);
    if (!go) {
      disarm(token_id);
      return incident(token_id, go.error(), Waiting::nothing);
    }
    if (!*go) return finish(token_id);
  }
  spawn(open_scope(Scope::Kind::loop, here.scope, here.node, -1, token_id));
}

Result<JsonArray> Machine::plan_instances(const Loop& loop, Number scope_id) {
  const Expression& source = loop.collection.empty() ? loop.cardinality : loop.collection;
  MINBEN_TRY(value, evaluate(source, scope_id));
  if (!loop.collection.empty()) {
    if (value.is_array() && value.as_array().size() <= static_cast<std::size_t>(limits_.max_loop)) {
      return std::move(value.as_array());
    }
    return fail(Kind::invalid, "expression_failed",
                fmt::format("'{}' gives no list of at most {}", source.text, limits_.max_loop));
  }
  if (!value.is_int64() || value.as_int64() < 0 || value.as_int64() > limits_.max_loop) {
    return fail(Kind::invalid, "expression_failed",
                fmt::format("'{}' gives no number from 0 to {}", source.text, limits_.max_loop));
  }
  return JsonArray(static_cast<std::size_t>(value.as_int64()), nullptr);
}

void Machine::start_multiple(Number token_id) {
  const Token here = token(token_id);
  const Loop& loop = *def_.node(here.node).loop;
  auto items = plan_instances(loop, here.scope);
  if (!items) {
    disarm(token_id);
    return incident(token_id, items.error(), Waiting::nothing);
  }
  const Number loop_scope = open_scope(Scope::Kind::loop, here.scope, here.node, -1, token_id);
  Scope& loops = scope(loop_scope);
  loops.total = static_cast<std::int64_t>(items->size());
  if (!loop.output.empty()) loops.outputs = JsonArray(items->size(), nullptr);
  if (!loop.collection.empty()) loops.items = std::move(*items);
  if (loops.total == 0) return loop_done(loop_scope);
  const std::int64_t first = loop.sequential ? 1 : loops.total;
  for (std::int64_t i = 0; i < first; ++i) spawn(loop_scope);
}

/// One more round or instance. loopCounter counts from 1 (table 10.29).
void Machine::spawn(Number loop_scope) {
  const int node = scope(loop_scope).node;
  const Loop& loop = *def_.node(node).loop;
  const int iteration = static_cast<int>(scope(loop_scope).started++);
  Number home = loop_scope;
  if (loop.multi_instance) {
    home = open_scope(Scope::Kind::instance, loop_scope, node, -1, 0);
    const Scope& loops = scope(loop_scope);
    const auto at = static_cast<std::size_t>(iteration);
    if (!loop.element.empty() && at < loops.items.size())
      scope(home).variables[loop.element] = loops.items[at];
  }
  scope(home).variables["loopCounter"] = iteration + 1;
  count_instances(loop_scope);
  enter(node, home, -1, loop_scope, iteration);
}

/// The runtime attributes of table 10.30, for completion conditions.
void Machine::count_instances(Number loop_scope) {
  Scope& loops = scope(loop_scope);
  if (!def_.node(loops.node).loop->multi_instance) return;
  loops.variables["numberOfInstances"] = loops.total;
  loops.variables["numberOfActiveInstances"] = loops.started - loops.finished;
  loops.variables["numberOfCompletedInstances"] = loops.finished;
  loops.variables["numberOfTerminatedInstances"] = 0;
}

void Machine::instance_done(Number token_id) {
  const Token done = token(token_id);
  const Number loop_scope = done.loop;
  ++scope(loop_scope).finished;
  const bool multiple = def_.node(done.node).loop->multi_instance;
  note("instance_done", done.node, token_id);
  if (multiple) collect_output(loop_scope, done.scope, done.iteration);
  erase(token_id);
  if (multiple) kill_scope(done.scope);
  if (multiple) return one_of_many_done(loop_scope);
  round_done(loop_scope);
}

void Machine::collect_output(Number loop_scope, Number instance_scope, int iteration) {
  const Loop& loop = *def_.node(scope(loop_scope).node).loop;
  if (loop.output.empty()) return;
  const auto value = evaluate(loop.output_element, instance_scope);
  scope(loop_scope).outputs[static_cast<std::size_t>(iteration)] = value ? *value : Json(nullptr);
}

void Machine::round_done(Number loop_scope) {
  const Scope loops = scope(loop_scope);
  const Loop& loop = *def_.node(loops.node).loop;
  if (loop.maximum > 0 && loops.finished >= loop.maximum) return loop_done(loop_scope);
  if (loops.finished >= limits_.max_loop) {
    return incident(loops.token,
                    {Kind::too_many, "endless_loop",
                     fmt::format("more than {} rounds", limits_.max_loop), "", 0, 0},
                    Waiting::children);
  }
  bool again = true;
  if (!loop.condition.empty()) {
    const auto go = holds(loop.condition, loop_scope);
    if (!go) {
      kill_scope(loop_scope);
      token(loops.token).inside = 0;
      disarm(loops.token);
      return incident(loops.token, go.error(), Waiting::nothing);
    }
    again = *go;
  }
  again ? spawn(loop_scope) : loop_done(loop_scope);
}

void Machine::one_of_many_done(Number loop_scope) {
  count_instances(loop_scope);
  if (throw_behavior(loop_scope)) return loop_done(loop_scope);
  if (!find_scope(loop_scope)) return;
  const Scope loops = scope(loop_scope);
  const Loop& loop = *def_.node(loops.node).loop;
  if (loops.finished >= loops.total) return loop_done(loop_scope);
  if (!loop.condition.empty()) {
    const auto enough = holds(loop.condition, loop_scope);
    if (enough && *enough) return loop_done(loop_scope);
  }
  if (loop.sequential) spawn(loop_scope);
}

/// Events that a completed instance throws to the activity's own boundary (table 10.30). True: the
/// remaining instances are to stop.
bool Machine::throw_behavior(Number loop_scope) {
  const Scope loops = scope(loop_scope);
  const Loop& loop = *def_.node(loops.node).loop;
  if (loop.behavior == MultiBehavior::none) return behave(loops.token, loop.none_event, false);
  if (loop.behavior == MultiBehavior::one && loops.finished == 1)
    return behave(loops.token, loop.one_event, false);
  if (loop.behavior != MultiBehavior::complex) return false;
  for (const auto& complex : loop.complex) {
    const auto thrown =
        complex.condition.empty() ? Result<bool>(true) : holds(complex.condition, loop_scope);
    if (!thrown || !*thrown) continue;
    if (behave(loops.token, complex.event, true)) return true;
    if (!find_scope(loop_scope)) return false;
  }
  return false;
}

/// The boundary flow starts beside the activity. An interrupting boundary event stops the instances
/// that have not run yet under behaviour "complex" only: under "none" and "one" each, or the first,
/// completion is announced while the activity goes on.
bool Machine::behave(Number outer, int event, bool may_stop) {
  if (event < 0) return false;
  const EventDefinition& thrown = def_.throws[static_cast<std::size_t>(event)];
  const Token host = token(outer);
  for (const int boundary : def_.node(host.node).boundary) {
    const Node& catcher = def_.node(boundary);
    const bool catches = std::any_of(
        catcher.events.begin(), catcher.events.end(), [&](const EventDefinition& caught) {
          return caught.kind == thrown.kind && (caught.name == thrown.name || caught.name.empty());
        });
    if (!catches) continue;
    enter(boundary, host.scope, -1);
    return may_stop && catcher.interrupting;
  }
  if (thrown.kind == EventKind::signal) throw_signal(outer, thrown);
  return false;
}

void Machine::loop_done(Number loop_scope) {
  const Scope loops = scope(loop_scope);
  const Loop& loop = *def_.node(loops.node).loop;
  kill_scope(loop_scope);
  token(loops.token).inside = 0;
  if (loop.multi_instance && !loop.output.empty()) {
    set_variable(token(loops.token).scope, loop.output, loops.outputs);
  }
  finish(loops.token);
}

}  // namespace minben::process
