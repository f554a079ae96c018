#include "machine.hpp"

namespace minben::process {

namespace {

template <class T>
T* by_id(std::vector<T>& list, Number id) {
  const auto found = std::lower_bound(
      list.begin(), list.end(), id, [](const T& item, Number wanted) { return item.id < wanted; });
  return found != list.end() && found->id == id ? &*found : nullptr;
}

}  // namespace

Token* Machine::find(Number id) { return by_id(state_.tokens, id); }
Scope* Machine::find_scope(Number id) { return by_id(state_.scopes, id); }
Subscription* Machine::subscription(Number id) { return by_id(state_.subscriptions, id); }

Token& Machine::token(Number id) {
  Token* found = find(id);
  MINBEN_ASSERT(found != nullptr);
  return *found;
}

Scope& Machine::scope(Number id) {
  Scope* found = find_scope(id);
  MINBEN_ASSERT(found != nullptr);
  return *found;
}

void Machine::note(std::string_view what, int node, Number token_id, std::string_view detail) {
  HistoryEntry entry;
  entry.number = ++state_.entries;
  entry.at = now_;
  entry.what = what;
  if (node >= 0) entry.element = def_.node(node).id;
  entry.token = token_id;
  entry.detail = detail;
  history.push_back(std::move(entry));
}

Number Machine::enter(int node, Number scope_id, int via, Number loop, int iteration) {
  Token token;
  token.id = state_.next++;
  token.node = node;
  token.scope = scope_id;
  token.via = via;
  token.since = now_;
  token.loop = loop;
  token.iteration = iteration;
  state_.tokens.push_back(std::move(token));
  ready_.push_back(state_.tokens.back().id);
  return state_.tokens.back().id;
}

void Machine::erase(Number token_id) {
  std::erase_if(state_.tokens, [&](const Token& token) { return token.id == token_id; });
}

/// Ways out of an activity or event: all without condition, those whose condition holds, and the
/// default when no condition held (clause 13.3.1).
Result<std::vector<int>> Machine::activity_ways(const Node& node, Number scope_id) {
  std::vector<int> ways;
  bool any_condition = false;
  for (const int index : node.outgoing) {
    const Flow& flow = def_.flow(index);
    if (index == node.default_flow) continue;
    if (flow.condition.empty()) {
      ways.push_back(index);
      continue;
    }
    MINBEN_TRY(open, holds(flow.condition, scope_id));
    if (open) ways.push_back(index);
    any_condition |= open;
  }
  if (!any_condition && node.default_flow >= 0) ways.push_back(node.default_flow);
  if (ways.empty() && !node.outgoing.empty()) {
    return fail(Kind::invalid, "no_flow_chosen", "no condition holds and there is no default flow");
  }
  return ways;
}

void Machine::leave(Number token_id) {
  const Node& node = node_of(token_id);
  const auto ways = activity_ways(node, token(token_id).scope);
  if (!ways) return incident(token_id, ways.error(), Waiting::leaving);
  leave_by(token_id, *ways, node.completion_quantity);
}

void Machine::leave_by(Number token_id, std::span<const int> flows, int quantity) {
  const Number scope_id = token(token_id).scope;
  erase(token_id);
  for (const int flow : flows) {
    for (int i = 0; i < quantity; ++i) enter(def_.flow(flow).target, scope_id, flow);
  }
  check_scope(scope_id);
}

void Machine::kill(Number token_id) {
  const Token* found = find(token_id);
  if (!found) return;
  const Token gone = *found;
  if (gone.waiting == Waiting::user) effects.push_back(CloseUserTask{gone.id, gone.node, false});
  if (gone.waiting == Waiting::service) effects.push_back(StopService{gone.id});
  if (gone.inside != 0) kill_scope(gone.inside);
  disarm(token_id);
  if (is_activity(def_.node(gone.node).kind)) note("cancelled", gone.node, gone.id);
  erase(token_id);
}

void Machine::clear_scope(Number scope_id) {
  std::vector<Number> tokens, scopes;
  for (const Token& token : state_.tokens) {
    if (token.scope == scope_id) tokens.push_back(token.id);
  }
  for (const Number id : tokens) kill(id);
  for (const Scope& inner : state_.scopes) {
    if (inner.parent == scope_id) scopes.push_back(inner.id);
  }
  for (const Number id : scopes) kill_scope(id);
  disarm_scope(scope_id);
}

void Machine::kill_scope(Number scope_id) {
  if (!find_scope(scope_id)) return;
  clear_scope(scope_id);
  std::erase_if(state_.compensables,
                [&](const Compensable& item) { return item.scope == scope_id; });
  std::erase_if(state_.scopes, [&](const Scope& item) { return item.id == scope_id; });
}

void Machine::incident(Number token_id, const Error& error, Waiting waiting) {
  Token& stuck = token(token_id);
  stuck.waiting = waiting;
  stuck.incident = Incident{error.code, error.detail, now_};
  effects.push_back(RaiseIncident{token_id, stuck.node, *stuck.incident});
  note("incident", stuck.node, token_id, error.code);
}

}  // namespace minben::process
