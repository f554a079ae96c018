#include "check.hpp"

namespace minben::process {

void Checker::task(const Node& node) {
  if (node.kind == NodeKind::service_task && node.topic.empty()) {
    fault(node, "service_topic", "a service task needs minben:topic");
  }
  if (node.kind == NodeKind::send_task && node.topic.empty() && node.message.name.empty()) {
    fault(node, "message_missing",
          "a send task needs a messageRef or minben:topic (clause 10.3.3)");
  }
  if (node.kind == NodeKind::receive_task && node.message.name.empty()) {
    fault(node, "message_missing", "a receive task needs a messageRef (clause 10.3.3)");
  }
  if (node.kind == NodeKind::receive_task && node.instantiate && !node.incoming.empty()) {
    fault(node, "instantiate_incoming",
          "an instantiating receive task has no incoming flow (clause 10.3.3)");
  }
  if (node.kind == NodeKind::business_rule_task && node.decision.empty()) {
    fault(node, "decision_missing", "a business rule task needs minben:decision");
  }
  if (node.kind == NodeKind::script_task && node.script.empty()) {
    fault(node, "script_missing", "a script task needs a script (clause 10.3.3)");
  }
}

void Checker::activity(int index) {
  const Node& node = def_.node(index);
  if (is_task(node.kind)) task(node);
  if (is_container(node.kind)) container(index);
  if (node.loop && !node.loop->multi_instance && node.loop->condition.empty() &&
      node.loop->maximum == 0) {
    fault(node, "loop_without_end", "a loop needs a loopCondition or a loopMaximum");
  }
  const bool has_flow = !node.incoming.empty() || !node.outgoing.empty();
  if (node.for_compensation && has_flow) {
    fault(node, "compensation_activity_flow",
          "a compensation activity has no sequence flow (clause 10.7.2)");
  }
  if (node.kind == NodeKind::event_subprocess && has_flow) {
    fault(node, "event_subprocess_flow",
          "an event subprocess has no sequence flow (clause 10.3.5)");
  }
  if (node.kind == NodeKind::event_subprocess && node.loop) {
    fault(node, "event_subprocess_loop", "an event subprocess has no loop (clause 10.3.5)");
  }
  for (const int boundary : node.boundary) {
    const int handler = def_.node(boundary).compensation_handler;
    if (handler >= 0 && !def_.node(handler).for_compensation) {
      fault(def_.node(handler), "handler_not_for_compensation",
            "a handler is marked isForCompensation (clause 10.7.2)");
    }
  }
}

void Checker::container(int index) {
  const Node& node = def_.node(index);
  int starts = 0, ends = 0, activities = 0;
  for (const int child : node.children) {
    const Node& inner = def_.node(child);
    starts += inner.kind == NodeKind::start_event;
    ends += inner.kind == NodeKind::end_event;
    activities += is_activity(inner.kind);
  }
  if (node.kind == NodeKind::event_subprocess && starts != 1) {
    fault(node, "event_subprocess_start",
          "an event subprocess has exactly one start event (clause 10.3.5)");
  }
  if (node.kind == NodeKind::ad_hoc) {
    if (starts + ends > 0)
      fault(node, "ad_hoc_event", "an ad hoc subprocess has no start or end event (clause 10.3.5)");
    if (activities == 0)
      fault(node, "ad_hoc_empty", "an ad hoc subprocess needs an activity (clause 10.3.5)");
  }
  level(node.children, node.line, node.id, node.kind == NodeKind::ad_hoc);
}

}  // namespace minben::process
