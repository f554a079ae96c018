// Errors, escalations and the cancellation of transactions: who catches (clause 13.5.3, 13.5.5).
#include "machine.hpp"

namespace minben::process {

/// The handler of that very code, or one that catches any.
int Machine::best_handler(std::span<const int> nodes, EventKind kind, std::string_view code) const {
  int any = -1;
  for (const int index : nodes) {
    for (const auto& event : def_.node(index).events) {
      if (event.kind != kind) continue;
      if (event.name == code) return index;
      if (event.name.empty()) any = index;
    }
  }
  return any;
}

int Machine::handler_inside(Number scope_id, EventKind kind, std::string_view code) {
  const Scope& around = scope(scope_id);
  std::span<const int> level;
  if (around.process >= 0)
    level = def_.processes[static_cast<std::size_t>(around.process)].children;
  if (around.kind == Scope::Kind::container || around.kind == Scope::Kind::event_subprocess) {
    level = def_.node(around.node).children;
  }
  std::vector<int> starts;
  for (const int index : level) {
    if (def_.node(index).kind != NodeKind::event_subprocess) continue;
    for (const int child : def_.node(index).children) {
      if (def_.node(child).kind == NodeKind::start_event) starts.push_back(child);
    }
  }
  return best_handler(starts, kind, code);
}

int Machine::handler_on(Number token_id, EventKind kind, std::string_view code) {
  const Token& host = token(token_id);
  if (host.loop != 0) return -1;  // boundary events stand on the loop as a whole
  return best_handler(def_.node(host.node).boundary, kind, code);
}

/// From the token outwards: its own boundary, then for each scope its event subprocesses and the
/// boundary of the activity that holds it.
std::optional<Machine::Catcher> Machine::find_catcher(Number token_id, EventKind kind,
                                                      std::string_view code) {
  if (is_activity(node_of(token_id).kind)) {
    if (const int node = handler_on(token_id, kind, code); node >= 0)
      return Catcher{token_id, 0, node};
  }
  Number at = token(token_id).scope;
  bool skip_inside = false;  // an event subprocess does not catch for itself or its siblings
  while (at != 0) {
    const Scope& around = scope(at);
    const bool may_catch = around.kind != Scope::Kind::loop &&
                           around.kind != Scope::Kind::instance &&
                           around.kind != Scope::Kind::compensation;
    if (may_catch && !skip_inside) {
      if (const int node = handler_inside(at, kind, code); node >= 0) return Catcher{0, at, node};
    }
    skip_inside = around.kind == Scope::Kind::event_subprocess;
    const bool owned = around.token != 0 && around.kind != Scope::Kind::compensation;
    if (owned) {
      if (const int node = handler_on(around.token, kind, code); node >= 0)
        return Catcher{around.token, 0, node};
    }
    at = around.parent;
  }
  return std::nullopt;
}

/// True when somebody caught it. The throwing token may be gone afterwards; an end event's token
/// that was not interrupted stays for its caller.
bool Machine::raise(Number token_id, EventKind kind, std::string_view code,
                    const JsonObject& variables) {
  const auto catcher = find_catcher(token_id, kind, code);
  note(fmt::format("{}_thrown", to_string(kind)), token(token_id).node, token_id, code);
  if (!catcher) return false;
  note(fmt::format("{}_caught", to_string(kind)), catcher->node, catcher->host, code);
  if (catcher->host != 0) {
    trigger_boundary(catcher->host, catcher->node, variables);
  } else {
    start_event_subprocess(catcher->scope, catcher->node, variables);
  }
  return true;
}

/// A cancel end event: everything else inside stops, what was completed is compensated, then the
/// transaction leaves by its cancel boundary event (clause 13.5.5).
void Machine::cancel_transaction(Number token_id) {
  const Number scope_id = token(token_id).scope;
  std::vector<Number> others, inner;
  for (const Token& item : state_.tokens) {
    if (item.scope == scope_id && item.id != token_id) others.push_back(item.id);
  }
  for (const Number id : others) kill(id);
  for (const Scope& item : state_.scopes) {
    if (item.parent == scope_id) inner.push_back(item.id);
  }
  for (const Number id : inner) kill_scope(id);
  auto done = take_compensables(scope_id, -1);
  if (done.empty()) return transaction_cancelled(token_id);
  std::vector<Compensable> queue;
  plan(queue, std::move(done));
  start_compensation(token_id, scope_id, std::move(queue), true);
}

void Machine::transaction_cancelled(Number token_id) {
  const Number host = scope(token(token_id).scope).token;
  const Token outer = token(host);
  const int handler = handler_on(host, EventKind::cancel, "");
  note("transaction_cancelled", outer.node, host);
  if (handler >= 0) return trigger_boundary(host, handler, {});
  kill(host);
  check_scope(outer.scope);
}

}  // namespace minben::process
