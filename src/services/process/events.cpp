// Events: throwing, catching, subscriptions, timers (clause 13.5).
#include "iso8601.hpp"
#include "machine.hpp"

namespace minben::process {

void Machine::arrive_event(Number token_id) {
  const Token here = token(token_id);
  const Node& node = def_.node(here.node);
  if (node.kind == NodeKind::throw_event) return throw_all(token_id);
  if (node.kind == NodeKind::end_event) return end(token_id);
  const bool target_of_link = !node.events.empty() && node.events.front().kind == EventKind::link;
  if (node.kind == NodeKind::catch_event && !target_of_link) {
    note("entered", here.node, token_id);
    if (const auto armed = arm_all(token_id, here.scope, here.node); !armed) {
      disarm(token_id);
      return incident(token_id, armed.error(), Waiting::nothing);
    }
    token(token_id).waiting = Waiting::event;
    return;
  }
  note("passed", here.node, token_id);  // start and boundary events have been triggered already
  leave(token_id);
}

void Machine::throw_all(Number token_id) {
  const Token here = token(token_id);
  note("passed", here.node, token_id);
  for (const auto& event : def_.node(here.node).events) {
    if (event.kind == EventKind::link) return jump(token_id, event);
    if (!throw_one(token_id, event)) return;
  }
  leave(token_id);
}

/// False: the token is gone, stuck, or waits for a compensation.
bool Machine::throw_one(Number token_id, const EventDefinition& event) {
  switch (event.kind) {
    case EventKind::message:
      throw_message(token_id, event);
      break;
    case EventKind::signal:
      throw_signal(token_id, event);
      break;
    case EventKind::escalation:
      raise(token_id, EventKind::escalation, event.name, {});
      break;
    case EventKind::compensation:
      return compensate(token_id, event);
    default:
      break;
  }
  const Token* still = find(token_id);
  return still && !still->incident;
}

void Machine::jump(Number token_id, const EventDefinition& link) {
  const Token here = token(token_id);
  const Node& node = def_.node(here.node);
  const auto& level = node.parent >= 0
                          ? def_.node(node.parent).children
                          : def_.processes[static_cast<std::size_t>(node.process)].children;
  for (const int index : level) {
    const Node& target = def_.node(index);
    const bool linked = target.kind == NodeKind::catch_event && !target.events.empty() &&
                        target.events.front().kind == EventKind::link &&
                        target.events.front().name == link.name;
    if (!linked) continue;
    enter(index, here.scope, -1);
    erase(token_id);
    return;
  }
}

void Machine::end(Number token_id) {
  const Token here = token(token_id);
  note("passed", here.node, token_id);
  for (const auto& event : def_.node(here.node).events) {
    if (event.kind == EventKind::terminate) return terminate(here.scope);
    if (event.kind == EventKind::cancel) return cancel_transaction(token_id);
    if (event.kind == EventKind::error) {
      if (!raise(token_id, EventKind::error, event.name, {}))
        finish_instance(Status::terminated, event.name);
      return;
    }
    if (!throw_one(token_id, event)) return;
  }
  leave_by(token_id, {}, 1);
}

void Machine::throw_message(Number token_id, const EventDefinition& event) {
  const Token here = token(token_id);
  std::string key;
  if (!event.key.empty()) {
    const auto value = evaluate(event.key, here.scope);
    if (!value) return incident(token_id, value.error(), Waiting::nothing);
    key = value->is_string() ? std::string(value->as_string()) : write_json(*value);
  }
  note("message_sent", here.node, token_id, event.name);
  effects.push_back(SendMessage{event.name, key, here.node, {}});
}

/// Tokens that have reached a catching element hear what is thrown now, though their turn comes
/// later: the order of parallel branches must not decide whether a signal is missed.
void Machine::arm_arrived() {
  for (const Number id : std::deque<Number>(ready_)) {
    const Token* item = find(id);
    if (!item) continue;
    const NodeKind kind = def_.node(item->node).kind;
    const bool catches = kind == NodeKind::catch_event || kind == NodeKind::event_gateway ||
                         kind == NodeKind::receive_task;
    if (!catches) continue;
    std::erase(ready_, id);
    step(id);
  }
}

void Machine::throw_signal(Number token_id, const EventDefinition& event) {
  arm_arrived();
  const int node = token(token_id).node;
  note("signal_sent", node, token_id, event.name);
  effects.push_back(BroadcastSignal{event.name, node, {}});
  deliver_signal(event.name, {});
}

void Machine::deliver_signal(std::string_view name, const JsonObject& variables) {
  std::vector<Number> waiting;
  for (const auto& item : state_.subscriptions) {
    if (item.kind == EventKind::signal && item.name == name) waiting.push_back(item.id);
  }
  for (const Number id : waiting) trigger(id, variables);
}

// -------------------------------------------------------------------------- subscriptions

/// `event` −1: the message of a receive task.
Result<void> Machine::arm(Number token_id, Number scope_id, int node, int event) {
  const EventDefinition& wanted =
      event < 0 ? def_.node(node).message : def_.node(node).events[static_cast<std::size_t>(event)];
  Subscription item;
  item.token = token_id;
  item.scope = scope_id;
  item.node = node;
  item.event = event;
  item.kind = wanted.kind;
  item.name = wanted.name;
  switch (wanted.kind) {
    case EventKind::message:
      if (!wanted.key.empty()) {
        MINBEN_TRY(key, evaluate(wanted.key, scope_id));
        item.key = key.is_string() ? std::string(key.as_string()) : write_json(key);
      }
      break;
    case EventKind::timer:
      MINBEN_CHECK(set_timer(item, wanted.timer, scope_id));
      break;
    case EventKind::signal:
      break;
    case EventKind::conditional:
      dirty_ = true;
      break;
    default:
      return {};  // errors, escalations, compensation, cancel: found when they are thrown
  }
  item.id = state_.next++;
  announce(item);
  state_.subscriptions.push_back(std::move(item));
  return {};
}

Result<void> Machine::arm_all(Number token_id, Number scope_id, int node) {
  if (def_.node(node).kind == NodeKind::receive_task) return arm(token_id, scope_id, node, -1);
  for (std::size_t i = 0; i < def_.node(node).events.size(); ++i) {
    MINBEN_CHECK(arm(token_id, scope_id, node, static_cast<int>(i)));
  }
  return {};
}

/// False: a condition held already and interrupted the activity, or an expression failed.
bool Machine::arm_boundary(Number token_id) {
  const Token here = token(token_id);
  for (const int boundary : def_.node(here.node).boundary) {
    const auto armed = arm_all(token_id, here.scope, boundary);
    if (armed) continue;
    disarm(token_id);
    incident(token_id, armed.error(), Waiting::nothing);
    return false;
  }
  if (dirty_) check_conditions();
  return find(token_id) != nullptr;
}

Result<void> Machine::set_timer(Subscription& item, const TimerSpec& timer, Number scope_id) {
  if (timer.kind == TimerKind::working_days) return {};
  std::string text = timer.literal;
  if (!timer.expression.empty()) {
    MINBEN_TRY(value, evaluate(timer.expression, scope_id));
    if (!value.is_string())
      return fail(Kind::invalid, "expression_failed", "the timer's expression gives no text");
    text = value.as_string();
  }
  if (timer.kind == TimerKind::date) {
    MINBEN_TRY(due, parse_instant(text));
    item.due = due;
  } else if (timer.kind == TimerKind::duration) {
    MINBEN_TRY(duration, parse_duration(text));
    item.due = add(now_, duration);
  } else {
    MINBEN_TRY(cycle, parse_cycle(text));
    if (cycle.repeats == 0) return fail(Kind::invalid, "expression_failed", "R0 never fires");
    item.due = cycle.start ? *cycle.start : add(now_, cycle.interval);
    item.repeats = cycle.repeats < 0 ? -1 : cycle.repeats - 1;
  }
  return {};
}

void Machine::announce(const Subscription& item) {
  if (item.kind == EventKind::message)
    effects.push_back(AwaitMessage{item.id, item.name, item.key});
  if (item.kind == EventKind::signal) effects.push_back(AwaitSignal{item.id, item.name});
  if (item.kind != EventKind::timer) return;
  const Node& node = def_.node(item.node);
  const TimerSpec& timer = node.events[static_cast<std::size_t>(item.event)].timer;
  effects.push_back(ArmTimer{item.id, item.node, item.due, timer.working_days, node.agency});
}

void Machine::drop(Number id) {
  const Subscription* item = subscription(id);
  if (!item) return;
  if (item->kind == EventKind::timer) effects.push_back(CancelTimer{id});
  if (item->kind == EventKind::message || item->kind == EventKind::signal)
    effects.push_back(StopAwaiting{id});
  std::erase_if(state_.subscriptions, [&](const Subscription& each) { return each.id == id; });
}

void Machine::disarm(Number token_id) {
  std::vector<Number> gone;
  for (const auto& item : state_.subscriptions) {
    if (item.token == token_id) gone.push_back(item.id);
  }
  for (const Number id : gone) drop(id);
}

void Machine::disarm_scope(Number scope_id) {
  std::vector<Number> gone;
  for (const auto& item : state_.subscriptions) {
    if (item.scope == scope_id && item.token == 0) gone.push_back(item.id);
  }
  for (const Number id : gone) drop(id);
}

void Machine::trigger(Number subscription_id, const JsonObject& variables) {
  const Subscription* found = subscription(subscription_id);
  if (!found) return;
  const Subscription item = *found;
  const Node& node = def_.node(item.node);
  if (node.parallel_multiple) {
    drop(item.id);
    const bool more = std::any_of(
        state_.subscriptions.begin(), state_.subscriptions.end(), [&](const Subscription& each) {
          return each.token == item.token && each.scope == item.scope && each.node == item.node;
        });
    if (more) return set_variables(item.scope, variables);
  }
  note(fmt::format("{}_caught", to_string(item.kind)), item.node, item.token, item.name);
  if (node.kind == NodeKind::boundary_event || node.kind == NodeKind::start_event) {
    if (!node.interrupting && !node.parallel_multiple) rearm(item.id);
    if (node.kind == NodeKind::boundary_event)
      return trigger_boundary(item.token, item.node, variables);
    return start_event_subprocess(item.scope, item.node, variables);
  }
  caught(item.token, item.node, variables);
}

/// What does not interrupt stays armed: messages and signals always, timers by their repetition.
void Machine::rearm(Number id) {
  Subscription* item = subscription(id);
  if (!item || item->kind != EventKind::timer) return;
  const Node& node = def_.node(item->node);
  const TimerSpec& timer = node.events[static_cast<std::size_t>(item->event)].timer;
  if (item->repeats == 0 || timer.kind != TimerKind::cycle) return drop(id);
  std::string text = timer.literal;
  if (!timer.expression.empty()) {
    const auto value = evaluate(timer.expression, item->scope);
    if (value && value->is_string()) text = value->as_string();
  }
  const auto cycle = parse_cycle(text);
  if (!cycle) return drop(id);
  Subscription next = *item;
  drop(id);
  next.id = state_.next++;
  next.due = add(*next.due, cycle->interval);
  if (next.repeats > 0) --next.repeats;
  announce(next);
  state_.subscriptions.push_back(std::move(next));
}

void Machine::trigger_boundary(Number host, int boundary, const JsonObject& variables) {
  const Number scope_id = token(host).scope;
  set_variables(scope_id, variables);
  enter(boundary, scope_id, -1);
  if (def_.node(boundary).interrupting) kill(host);
}

/// A catch event, a receive task, or one of the events behind an event-based gateway.
void Machine::caught(Number token_id, int node, const JsonObject& variables) {
  const Token here = token(token_id);
  deliver(token_id, variables);
  disarm(token_id);
  if (here.node == node && def_.node(node).kind == NodeKind::receive_task) {
    token(token_id).waiting = Waiting::nothing;
    return complete(token_id);
  }
  if (here.node == node) {
    token(token_id).waiting = Waiting::nothing;
    return leave(token_id);
  }
  const Number next = enter(node, here.scope, -1);
  std::erase(ready_, next);
  erase(token_id);
  note("passed", node, next);
  leave(next);
}

/// Conditional events fire when their condition turns true (clause 10.5.5); `repeats` remembers
/// that it was true, so that a non-interrupting one fires once each time.
void Machine::check_conditions() {
  dirty_ = false;
  std::vector<Number> conditions;
  for (const auto& item : state_.subscriptions) {
    if (item.kind == EventKind::conditional) conditions.push_back(item.id);
  }
  for (const Number id : conditions) {
    Subscription* item = subscription(id);
    if (!item) continue;
    const auto& event = def_.node(item->node).events[static_cast<std::size_t>(item->event)];
    const auto value = holds(event.condition, item->scope);
    const bool now_true =
        value && *value;  // a condition over variables that are not there yet is not true
    item = subscription(id);
    const bool was_true = item->repeats == 1;
    item->repeats = now_true ? 1 : 0;
    if (now_true && !was_true) trigger(id, {});
  }
}

}  // namespace minben::process
