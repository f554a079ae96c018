// Gateways by clause 13.4. A token that waits at a join says by which flow it came.
#include "machine.hpp"

namespace minben::process {

void Machine::arrive_gateway(Number token_id) {
  const Node& node = node_of(token_id);
  const bool merges = node.incoming.size() > 1;
  switch (node.kind) {
    case NodeKind::parallel_gateway:
      return merges ? try_parallel(token_id) : split(token_id);
    case NodeKind::inclusive_gateway:
      if (!merges) return split(token_id);
      token(token_id).waiting = Waiting::join;  // settled when nothing else moves
      return;
    case NodeKind::complex_gateway:
      return merges ? try_complex(token_id) : split(token_id);
    case NodeKind::event_gateway: {
      note("entered", token(token_id).node, token_id);
      for (const int flow : node.outgoing) {
        const auto armed = arm_all(token_id, token(token_id).scope, def_.flow(flow).target);
        if (armed) continue;
        disarm(token_id);
        return incident(token_id, armed.error(), Waiting::nothing);
      }
      token(token_id).waiting = Waiting::event;
      return;
    }
    default:
      return split(token_id);
  }
}

void Machine::split(Number token_id) {
  const Node& node = node_of(token_id);
  const Number scope_id = token(token_id).scope;
  Result<std::vector<int>> ways = node.outgoing;
  if (node.outgoing.size() > 1 || node.kind == NodeKind::exclusive_gateway) {
    if (node.kind == NodeKind::exclusive_gateway) ways = exclusive_way(node, scope_id);
    if (node.kind == NodeKind::inclusive_gateway || node.kind == NodeKind::complex_gateway) {
      ways = inclusive_ways(node, scope_id);
    }
  }
  if (!ways) return incident(token_id, ways.error(), Waiting::leaving);
  note("passed", token(token_id).node, token_id);
  leave_by(token_id, *ways, 1);
}

Result<std::vector<int>> Machine::exclusive_way(const Node& node, Number scope_id) {
  for (const int index : node.outgoing) {
    if (index == node.default_flow) continue;
    const Flow& flow = def_.flow(index);
    if (flow.condition.empty()) return std::vector{index};
    MINBEN_TRY(open, holds(flow.condition, scope_id));
    if (open) return std::vector{index};
  }
  if (node.default_flow >= 0) return std::vector{node.default_flow};
  if (node.outgoing.empty()) return std::vector<int>{};
  return fail(Kind::invalid, "no_flow_chosen", "no condition holds and there is no default flow");
}

Result<std::vector<int>> Machine::inclusive_ways(const Node& node, Number scope_id) {
  std::vector<int> ways;
  for (const int index : node.outgoing) {
    if (index == node.default_flow) continue;
    const Flow& flow = def_.flow(index);
    bool open = true;
    if (!flow.condition.empty()) {
      MINBEN_TRY(holding, holds(flow.condition, scope_id));
      open = holding;
    }
    if (open) ways.push_back(index);
  }
  if (ways.empty() && node.default_flow >= 0) ways.push_back(node.default_flow);
  if (ways.empty())
    return fail(Kind::invalid, "no_flow_chosen", "no condition holds and there is no default flow");
  return ways;
}

/// The first token waiting at the gateway for each incoming flow.
std::map<int, Number> Machine::waiting_by_flow(int node, Number scope_id) {
  std::map<int, Number> waiting;
  for (const Token& item : state_.tokens) {
    const bool here = item.node == node && item.scope == scope_id &&
                      item.waiting == Waiting::join && !item.incident;
    if (here) waiting.emplace(item.via, item.id);
  }
  return waiting;
}

void Machine::merge(const std::map<int, Number>& tokens, Number survivor) {
  for (const auto& [flow, id] : tokens) {
    if (id != survivor) erase(id);
  }
  token(survivor).waiting = Waiting::nothing;
}

void Machine::try_parallel(Number token_id) {
  Token& here = token(token_id);
  here.waiting = Waiting::join;
  const auto waiting = waiting_by_flow(here.node, here.scope);
  if (waiting.size() < def_.node(here.node).incoming.size()) return;
  merge(waiting, token_id);
  split(token_id);
}

/// First phase of a complex gateway (clause 13.4.5): fires as soon as its condition holds.
void Machine::try_complex(Number token_id) {
  Token& here = token(token_id);
  here.waiting = Waiting::join;
  const int index = here.node;
  const Number scope_id = here.scope;
  const Node& node = def_.node(index);
  if (scope(scope_id).resets.contains(index)) return;  // waits for the reset
  const auto waiting = waiting_by_flow(index, scope_id);
  bool fires = waiting.size() == node.incoming.size();
  if (!node.activation_condition.empty()) {
    complex_count_ = static_cast<Number>(waiting.size());
    const auto holding = holds(node.activation_condition, scope_id);
    complex_count_ = -1;
    if (!holding) return incident(token_id, holding.error(), Waiting::join);
    fires = *holding;
  }
  if (!fires) return;
  std::vector<int> used;
  for (const auto& [flow, id] : waiting) used.push_back(flow);
  const Number survivor = waiting.rbegin()->second;
  merge(waiting, survivor);
  if (used.size() < node.incoming.size()) scope(scope_id).resets[index] = used;
  complex_count_ = static_cast<Number>(used.size());
  split(survivor);
  complex_count_ = -1;
}

/// Called when nothing else moves: joins that depend on what can still come.
bool Machine::settle_joins() {
  std::set<std::pair<int, Number>> inclusive;
  for (const Token& item : state_.tokens) {
    const bool waits =
        item.waiting == Waiting::join && def_.node(item.node).kind == NodeKind::inclusive_gateway;
    if (waits && !item.incident) inclusive.emplace(item.node, item.scope);
  }
  for (const auto& [node, scope_id] : inclusive) {
    if (settle_inclusive(node, scope_id)) return true;
  }
  std::set<std::pair<int, Number>> resets;
  for (const Scope& item : state_.scopes) {
    for (const auto& [node, used] : item.resets) resets.emplace(node, item.id);
  }
  for (const auto& [node, scope_id] : resets) {
    if (settle_reset(node, scope_id)) return true;
  }
  return false;
}

bool Machine::settle_inclusive(int node, Number scope_id) {
  const auto waiting = waiting_by_flow(node, scope_id);
  std::set<int> empty, occupied;
  for (const int flow : def_.node(node).incoming)
    (waiting.contains(flow) ? occupied : empty).insert(flow);
  if (still_coming(node, scope_id, empty, occupied)) return false;
  const Number survivor = waiting.rbegin()->second;
  merge(waiting, survivor);
  split(survivor);
  return true;
}

/// Second phase of a complex gateway: late tokens are swallowed, and only flows whose condition
/// holds get one (clause 13.4.5).
bool Machine::settle_reset(int node, Number scope_id) {
  const auto used = scope(scope_id).resets.at(node);
  const auto waiting = waiting_by_flow(node, scope_id);
  std::set<int> empty, occupied;
  for (const int flow : def_.node(node).incoming) {
    if (std::find(used.begin(), used.end(), flow) != used.end()) continue;
    (waiting.contains(flow) ? occupied : empty).insert(flow);
  }
  if (still_coming(node, scope_id, empty, occupied)) return false;
  std::vector<int> ways;
  complex_start_ = false;
  complex_count_ = static_cast<Number>(waiting.size());
  for (const int index : def_.node(node).outgoing) {
    const Flow& flow = def_.flow(index);
    if (flow.condition.empty()) continue;
    const auto open = holds(flow.condition, scope_id);
    if (open && *open) ways.push_back(index);
  }
  complex_start_ = true;
  complex_count_ = -1;
  for (const int flow : occupied) erase(waiting.at(flow));
  scope(scope_id).resets.erase(node);
  for (const int flow : ways) enter(def_.flow(flow).target, scope_id, flow);
  // A token of the next round may have been waiting on a flow that was used already.
  for (const auto& [flow, id] : waiting) {
    Token* next = find(id);
    if (!next) continue;
    next->waiting = Waiting::nothing;
    ready_.push_back(id);
  }
  check_scope(scope_id);
  return true;
}

/// Clause 13.4.3: some token can still reach an empty incoming flow, and no occupied one.
bool Machine::still_coming(int node, Number scope_id, const std::set<int>& empty,
                           const std::set<int>& occupied) {
  if (empty.empty()) return false;
  for (const Token& item : state_.tokens) {
    if (item.scope != scope_id || item.node == node) continue;
    const auto inputs = reachable_inputs(item.node, node);
    const auto hits = [&](const std::set<int>& flows) {
      return std::any_of(flows.begin(), flows.end(),
                         [&](int flow) { return inputs.contains(flow); });
    };
    if (hits(empty) && !hits(occupied)) return true;
  }
  return false;
}

/// The incoming flows of `gateway` to which a path leads from `from` without passing the gateway.
std::set<int> Machine::reachable_inputs(int from, int gateway) const {
  std::set<int> inputs, seen{from};
  std::vector<int> open{from};
  const auto visit = [&](int node) {
    if (node != gateway && seen.insert(node).second) open.push_back(node);
  };
  while (!open.empty()) {
    const Node& node = def_.node(open.back());
    open.pop_back();
    for (const int index : node.outgoing) {
      if (def_.flow(index).target == gateway) inputs.insert(index);
      visit(def_.flow(index).target);
    }
    for (const int boundary : node.boundary) visit(boundary);
    if (node.kind != NodeKind::throw_event) continue;
    for (const auto& event : node.events) {
      if (event.kind != EventKind::link) continue;
      for (std::size_t i = 0; i < def_.nodes.size(); ++i) {
        const Node& target = def_.nodes[i];
        const bool linked = target.kind == NodeKind::catch_event && target.parent == node.parent &&
                            target.process == node.process && !target.events.empty() &&
                            target.events.front().kind == EventKind::link &&
                            target.events.front().name == event.name;
        if (linked) visit(static_cast<int>(i));
      }
    }
  }
  return inputs;
}

}  // namespace minben::process
