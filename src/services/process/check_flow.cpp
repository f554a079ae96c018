// Gateways, conditions, what starts and ends a level, lanes, reachability.
#include "check.hpp"

namespace minben::process {

void Checker::warn(const Node& node, std::string_view code, std::string_view detail) {
  def_.warnings.push_back({Kind::invalid, std::string(code), fmt::format("{}: {}", node.id, detail),
                           def_.file, node.line, 0});
}

void Checker::direction(int index) {
  const Node& node = def_.node(index);
  const auto direction = loader_.direction(index);
  const bool merges = node.incoming.size() > 1;
  const bool splits = node.outgoing.size() > 1;
  const bool wrong = (direction == "Diverging" && (merges || !splits)) ||
                     (direction == "Converging" && (!merges || splits)) ||
                     (direction == "Mixed" && !(merges && splits));
  if (wrong)
    fault(node, "gateway_direction", fmt::format("its flows are not {} (table 10.103)", direction));
  if (!merges && !splits) {
    fault(node, "gateway_without_branches",
          "a gateway splits or merges: more than one flow in or out (clause 10.6)");
  }
}

void Checker::gateway(int index) {
  const Node& node = def_.node(index);
  direction(index);
  if (node.kind == NodeKind::event_gateway) return event_gateway(node);
  branch_conditions(node);
}

void Checker::branch_conditions(const Node& node) {
  if (node.outgoing.size() < 2) return;
  const bool parallel = node.kind == NodeKind::parallel_gateway;
  for (const int index : node.outgoing) {
    const Flow& flow = def_.flow(index);
    if (parallel && !flow.condition.empty()) {
      warn(node, "condition_ignored",
           fmt::format("the condition of '{}' is not used (clause 10.6.4)", flow.id));
    }
    if (!parallel && flow.condition.empty() && index != node.default_flow &&
        node.kind != NodeKind::complex_gateway) {
      loader_.fault(
          flow.line, flow.id, "flow_without_condition",
          fmt::format("leaves '{}' without a condition and is not its default (clause 10.6.2)",
                      node.id));
    }
  }
}

void Checker::event_gateway(const Node& node) {
  if (node.outgoing.size() < 2) {
    fault(node, "event_gateway_branches", "needs two or more outgoing flows (clause 10.6.6)");
  }
  if (node.instantiate && !node.incoming.empty()) {
    fault(node, "instantiate_incoming",
          "an instantiating gateway has no incoming flow (clause 10.6.6)");
  }
  bool messages = false, receives = false;
  for (const int index : node.outgoing) {
    const Flow& flow = def_.flow(index);
    const Node& target = def_.node(flow.target);
    if (!flow.condition.empty()) {
      loader_.fault(flow.line, flow.id, "event_gateway_condition",
                    "no conditions here (clause 10.6.6)");
    }
    messages |= has_event(target, EventKind::message);
    receives |= target.kind == NodeKind::receive_task;
    const bool catches =
        target.kind == NodeKind::catch_event && !has_event(target, EventKind::link);
    if (!catches && target.kind != NodeKind::receive_task) {
      fault(node, "event_gateway_target",
            fmt::format("'{}' is neither a catch event nor a receive task (clause 10.6.6)",
                        target.id));
    }
    if (target.incoming.size() > 1) {
      fault(target, "event_gateway_target_incoming",
            "has another incoming flow than its gateway's (clause 10.6.6)");
    }
    if (target.kind == NodeKind::receive_task && !target.boundary.empty()) {
      fault(target, "event_gateway_receive_boundary",
            "has boundary events behind an event gateway (clause 10.6.6)");
    }
  }
  if (messages && receives) {
    fault(node, "event_gateway_mixed",
          "message events and receive tasks are not mixed (clause 10.6.6)");
  }
}

void Checker::flows_of(const Node& node) {
  const bool can_branch = is_activity(node.kind) || node.kind == NodeKind::exclusive_gateway ||
                          node.kind == NodeKind::inclusive_gateway ||
                          node.kind == NodeKind::complex_gateway;
  if (node.default_flow >= 0 && !can_branch) {
    fault(node, "default_not_allowed", "has no default flow (table 8.60)");
  }
  if (node.default_flow >= 0 && !def_.flow(node.default_flow).condition.empty()) {
    const Flow& flow = def_.flow(node.default_flow);
    loader_.fault(flow.line, flow.id, "default_with_condition",
                  "a default flow has no condition (clause 8.4.13)");
  }
  if (!is_event(node.kind)) return;
  for (const int index : node.outgoing) {
    const Flow& flow = def_.flow(index);
    if (flow.condition.empty()) continue;
    loader_.fault(flow.line, flow.id, "condition_not_allowed",
                  "a flow from an event has no condition (clause 8.4.13)");
  }
}

bool Checker::needs_incoming(const Node& node) const {
  if (node.kind == NodeKind::start_event || node.kind == NodeKind::boundary_event) return false;
  if (node.kind == NodeKind::event_subprocess || node.for_compensation || node.instantiate)
    return false;
  return !is_event(node.kind);  // intermediate and end events have their own rule
}

void Checker::dead_ends(std::span<const int> nodes) {
  for (const int index : nodes) {
    const Node& node = def_.node(index);
    if (!needs_incoming(node) || !node.outgoing.empty()) continue;
    fault(node, "no_outgoing", "with end events in use everything else leads on (clause 10.5.3)");
  }
}

void Checker::level(std::span<const int> nodes, int line, std::string_view id, bool ad_hoc) {
  int starts = 0, none_starts = 0, ends = 0, sources = 0;
  for (const int index : nodes) {
    const Node& node = def_.node(index);
    starts += is_start(node) || node.instantiate;
    none_starts += is_start(node) && node.events.empty();
    ends += node.kind == NodeKind::end_event;
    sources +=
        is_start(node) || node.instantiate || (needs_incoming(node) && node.incoming.empty());
  }
  links(nodes);
  reachability(nodes);
  if (ad_hoc) return;
  if (sources == 0)
    loader_.fault(line, id, "nothing_starts", "no element can be the first (clause 10.5.2)");
  if (none_starts > 1)
    loader_.fault(line, id, "several_starts", "more than one start event without a trigger");
  if (starts > 0 && ends == 0)
    loader_.fault(line, id, "start_without_end",
                  "a start event needs an end event (clause 10.5.3)");
  if (starts == 0 && ends > 0)
    loader_.fault(line, id, "end_without_start",
                  "an end event needs a start event (clause 10.5.2)");
  if (ends > 0) dead_ends(nodes);
  if (starts == 0) return;
  for (const int index : nodes) {
    const Node& node = def_.node(index);
    if (needs_incoming(node) && node.incoming.empty()) {
      fault(node, "no_incoming",
            "with start events in use everything else has an incoming flow (clause 10.5.2)");
    }
  }
}

/// Warns of what no token can reach.
void Checker::reachability(std::span<const int> nodes) {
  std::set<int> reached;
  std::vector<int> open;
  const auto visit = [&](int index) {
    if (reached.insert(index).second) open.push_back(index);
  };
  for (const int index : nodes) {
    const Node& node = def_.node(index);
    const bool first = is_start(node) || node.instantiate ||
                       node.kind == NodeKind::event_subprocess || node.for_compensation ||
                       (needs_incoming(node) && node.incoming.empty());
    if (first) visit(index);
  }
  while (!open.empty()) {
    const Node& node = def_.node(open.back());
    open.pop_back();
    for (const int flow : node.outgoing) visit(def_.flow(flow).target);
    for (const int boundary : node.boundary) visit(boundary);
    if (node.kind != NodeKind::throw_event) continue;
    for (const int other : nodes) {
      const Node& target = def_.node(other);
      if (target.kind == NodeKind::catch_event && has_event(target, EventKind::link)) visit(other);
    }
  }
  for (const int index : nodes) {
    if (!reached.contains(index)) warn(def_.node(index), "unreachable", "no path leads here");
  }
}

void Checker::lanes() {
  std::set<int> with_lanes;
  for (const Node& node : def_.nodes) {
    if (!node.lane.empty()) with_lanes.insert(node.process);
  }
  for (const Node& node : def_.nodes) {
    if (with_lanes.contains(node.process) && node.lane.empty() && node.parent < 0) {
      fault(node, "no_lane", "the process has lanes, but this element is in none (clause 10.8)");
    }
  }
}

void check_structure(Loader& loader) {
  Checker checker(loader);
  const Definition& def = loader.definition();
  for (std::size_t i = 0; i < def.nodes.size(); ++i) {
    const int index = static_cast<int>(i);
    const Node& node = def.node(index);
    if (is_event(node.kind)) checker.event(index);
    if (is_activity(node.kind)) checker.activity(index);
    if (is_gateway(node.kind)) checker.gateway(index);
    checker.flows_of(node);
  }
  for (std::size_t i = 0; i < def.processes.size(); ++i) {
    const Process& process = def.processes[i];
    if (loader.global_tasks().contains(static_cast<int>(i))) continue;
    if (process.children.empty())
      loader.fault(process.line, process.id, "process_empty", "has no flow nodes");
    else checker.level(process.children, process.line, process.id, false);
  }
  checker.lanes();
}

Needs needs_of(const Definition& definition) {
  Needs needs;
  const auto add = [](std::vector<Needs::Need>& list, const std::string& name,
                      const std::string& element, int line) {
    if (!name.empty()) list.push_back({name, element, line});
  };
  for (const Node& node : definition.nodes) {
    add(needs.forms, node.form, node.id, node.line);
    add(needs.roles, node.role, node.id, node.line);
    add(needs.topics, node.topic, node.id, node.line);
    add(needs.decisions, node.decision, node.id, node.line);
    if (node.kind == NodeKind::receive_task)
      add(needs.messages, node.message.name, node.id, node.line);
    if (node.kind == NodeKind::throw_event || node.kind == NodeKind::end_event) continue;
    for (const auto& event : node.events) {
      if (event.kind == EventKind::message) add(needs.messages, event.name, node.id, node.line);
    }
  }
  for (const LaneInfo& lane : definition.lanes)
    add(needs.agencies, lane.agency.value, lane.id, lane.line);
  return needs;
}

}  // namespace minben::process
