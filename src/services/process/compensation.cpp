// Compensation (clause 13.5.5): completed activities are undone in reverse order, one after
// another, in a scope of their own.
#include "machine.hpp"

namespace minben::process {

int Machine::compensation_subprocess(int container) const {
  for (const int child : def_.node(container).children) {
    if (def_.node(child).kind != NodeKind::event_subprocess) continue;
    for (const int start : def_.node(child).children) {
      const auto& events = def_.node(start).events;
      const bool compensates = def_.node(start).kind == NodeKind::start_event && !events.empty() &&
                               events.front().kind == EventKind::compensation;
      if (compensates) return start;
    }
  }
  return -1;
}

/// Where the completed activities meant by the event ran: around the token, or further out when the
/// token runs in an event subprocess or names an activity.
Number Machine::compensation_scope(Number token_id, const EventDefinition& event) {
  Number at = token(token_id).scope;
  const Number own = at;
  while (at != 0) {
    const bool here = std::any_of(
        state_.compensables.begin(), state_.compensables.end(), [&](const Compensable& item) {
          return item.scope == at && (event.activity < 0 || item.node == event.activity);
        });
    if (here) return at;
    const Scope& around = scope(at);
    if (event.activity < 0 && around.kind != Scope::Kind::event_subprocess) return own;
    at = around.parent;
  }
  return own;
}

std::vector<Compensable> Machine::take_compensables(Number scope_id, int activity) {
  std::vector<Compensable> taken, kept;
  for (auto& item : state_.compensables) {
    const bool meant = item.scope == scope_id && (activity < 0 || item.node == activity);
    (meant ? taken : kept).push_back(std::move(item));
  }
  state_.compensables = std::move(kept);
  return taken;
}

/// Latest first. A container without a handler of its own is undone by undoing its inside.
void Machine::plan(std::vector<Compensable>& queue, std::vector<Compensable> done) {
  for (auto item = done.rbegin(); item != done.rend(); ++item) {
    const Node& node = def_.node(item->node);
    const bool has_handler =
        std::any_of(node.boundary.begin(), node.boundary.end(),
                    [&](int boundary) { return def_.node(boundary).compensation_handler >= 0; });
    if (has_handler || compensation_subprocess(item->node) >= 0) {
      queue.push_back(std::move(*item));
    } else {
      plan(queue, std::move(item->inside));
    }
  }
}

/// True when the thrower goes on at once.
bool Machine::compensate(Number token_id, const EventDefinition& event) {
  const Number at = compensation_scope(token_id, event);
  std::vector<Compensable> queue;
  plan(queue, take_compensables(at, event.activity));
  note("compensation_thrown", token(token_id).node, token_id);
  if (queue.empty()) return true;
  start_compensation(event.wait_for_completion ? token_id : 0, at, std::move(queue),
                     event.wait_for_completion);
  return !event.wait_for_completion;
}

void Machine::start_compensation(Number thrower, Number parent, std::vector<Compensable> queue,
                                 bool wait) {
  const Number inside = open_scope(Scope::Kind::compensation, parent, -1, -1, wait ? thrower : 0);
  if (wait) token(thrower).waiting = Waiting::compensation;
  scope(inside).queue = std::move(queue);
  next_compensation(inside);
}

/// False when all is undone.
bool Machine::next_compensation(Number scope_id) {
  if (scope(scope_id).queue.empty()) return false;
  Compensable item = std::move(scope(scope_id).queue.front());
  scope(scope_id).queue.erase(scope(scope_id).queue.begin());
  const Node& node = def_.node(item.node);
  note("compensating", item.node, 0);
  for (const int boundary : node.boundary) {
    if (const int handler = def_.node(boundary).compensation_handler; handler >= 0) {
      enter(handler, scope_id, -1);
      return true;
    }
  }
  const int start = compensation_subprocess(item.node);
  const Number inside =
      open_scope(Scope::Kind::event_subprocess, scope_id, def_.node(start).parent, -1, 0);
  scope(inside).variables = std::move(item.variables);
  for (auto& inner : item.inside) {
    inner.scope = inside;
    state_.compensables.push_back(std::move(inner));
  }
  enter(start, inside, -1);
  return true;
}

void Machine::compensation_done(Number thrower) {
  Token& here = token(thrower);
  here.inside = 0;
  here.waiting = Waiting::nothing;
  const Node& node = def_.node(here.node);
  const bool cancels =
      std::any_of(node.events.begin(), node.events.end(),
                  [](const EventDefinition& event) { return event.kind == EventKind::cancel; });
  if (cancels) return transaction_cancelled(thrower);
  if (node.kind == NodeKind::end_event) return leave_by(thrower, {}, 1);
  leave(thrower);
}

}  // namespace minben::process
