#include "check.hpp"

namespace minben::process {

namespace {

// Table 10.93: which trigger may stand where.
constexpr std::array process_start{EventKind::message, EventKind::timer, EventKind::signal,
                                   EventKind::conditional};
constexpr std::array event_subprocess_start{
    EventKind::message,    EventKind::timer,       EventKind::signal,      EventKind::error,
    EventKind::escalation, EventKind::conditional, EventKind::compensation};
constexpr std::array catching{EventKind::message, EventKind::timer, EventKind::signal,
                              EventKind::conditional, EventKind::link};
constexpr std::array throwing{EventKind::message, EventKind::escalation, EventKind::compensation,
                              EventKind::link, EventKind::signal};
constexpr std::array ending{EventKind::message,  EventKind::escalation, EventKind::error,
                            EventKind::cancel,   EventKind::signal,     EventKind::compensation,
                            EventKind::terminate};
constexpr std::array on_boundary{EventKind::message,     EventKind::timer,  EventKind::escalation,
                                 EventKind::error,       EventKind::cancel, EventKind::compensation,
                                 EventKind::conditional, EventKind::signal};

}  // namespace

bool has_event(const Node& node, EventKind kind) {
  return std::any_of(node.events.begin(), node.events.end(),
                     [&](const auto& event) { return event.kind == kind; });
}

void Checker::event(int index) {
  const Node& node = def_.node(index);
  if (node.kind == NodeKind::start_event) start_event(node);
  if (node.kind == NodeKind::end_event) end_event(node);
  if (node.kind == NodeKind::boundary_event) boundary_event(node);
  if (node.kind == NodeKind::catch_event || node.kind == NodeKind::throw_event)
    intermediate_event(node);
  if (node.parallel_multiple && node.events.size() < 2) {
    fault(node, "parallel_multiple",
          "a parallel multiple event needs two or more triggers (table 10.84)");
  }
  event_names(node);
}

void Checker::event_kinds(const Node& node, std::span<const EventKind> allowed,
                          std::string_view where) {
  for (const auto& event : node.events) {
    if (std::find(allowed.begin(), allowed.end(), event.kind) != allowed.end()) continue;
    fault(node, "event_kind",
          fmt::format("a {} event may not be {} (table 10.93)", to_string(event.kind), where));
  }
}

void Checker::start_event(const Node& node) {
  if (!node.incoming.empty())
    fault(node, "start_event_incoming", "a start event has no incoming flow (clause 10.5.2)");
  if (node.outgoing.empty())
    fault(node, "start_event_outgoing", "a start event needs an outgoing flow (clause 10.5.2)");
  const NodeKind inside = node.parent < 0 ? NodeKind::task : def_.node(node.parent).kind;
  if (inside == NodeKind::event_subprocess) {
    event_kinds(node, event_subprocess_start, "the start of an event subprocess");
    if (node.events.empty())
      fault(node, "event_subprocess_trigger", "needs a trigger (clause 10.5.2)");
    const bool always =
        has_event(node, EventKind::error) || has_event(node, EventKind::compensation);
    if (always && !node.interrupting) {
      fault(node, "must_interrupt",
            "error and compensation starts always interrupt (clause 10.5.2)");
    }
  } else if (node.parent >= 0) {
    if (!node.events.empty()) {
      fault(node, "subprocess_trigger", "the start of a subprocess has no trigger (clause 10.5.2)");
    }
  } else {
    event_kinds(node, process_start, "the start of a process");
  }
}

void Checker::end_event(const Node& node) {
  if (!node.outgoing.empty())
    fault(node, "end_event_outgoing", "an end event has no outgoing flow (clause 10.5.3)");
  if (node.incoming.empty())
    fault(node, "end_event_incoming", "an end event needs an incoming flow (clause 10.5.3)");
  event_kinds(node, ending, "an end");
  if (!has_event(node, EventKind::cancel)) return;
  if (node.parent < 0 || def_.node(node.parent).kind != NodeKind::transaction) {
    fault(node, "cancel_outside_transaction",
          "a cancel end stands inside a transaction (table 10.88)");
  }
}

void Checker::boundary_event(const Node& node) {
  if (!node.incoming.empty()) {
    fault(node, "boundary_event_incoming", "a boundary event has no incoming flow (clause 10.5.4)");
  }
  if (node.events.empty())
    fault(node, "boundary_event_trigger", "a boundary event needs a trigger (clause 10.5.4)");
  event_kinds(node, on_boundary, "on a boundary");
  if (has_event(node, EventKind::compensation)) {
    if (!node.outgoing.empty()) {
      fault(node, "compensation_event_outgoing",
            "a compensation boundary event has no outgoing flow (clause 10.7.2)");
    }
    if (node.compensation_handler < 0) {
      fault(node, "compensation_without_handler",
            "needs an association to its handler (clause 10.7.2)");
    }
  } else if (node.outgoing.empty()) {
    fault(node, "boundary_event_outgoing",
          "a boundary event needs an outgoing flow (clause 10.5.4)");
  }
  const bool always = has_event(node, EventKind::error) || has_event(node, EventKind::cancel);
  if (always && !node.interrupting)
    fault(node, "must_interrupt", "error and cancel always interrupt (table 10.91)");
  if (node.attached_to < 0) return;
  const NodeKind host = def_.node(node.attached_to).kind;
  if (has_event(node, EventKind::cancel) && host != NodeKind::transaction) {
    fault(node, "cancel_outside_transaction",
          "a cancel event is attached to a transaction (table 10.91)");
  }
  if (host == NodeKind::event_subprocess) {
    fault(node, "event_subprocess_boundary",
          "an event subprocess has no boundary events (clause 10.3.5)");
  }
}

void Checker::intermediate_event(const Node& node) {
  const bool is_catch = node.kind == NodeKind::catch_event;
  const bool link = has_event(node, EventKind::link);
  if (is_catch && node.events.empty())
    fault(node, "catch_event_trigger", "a catch event needs a trigger (table 10.93)");
  event_kinds(node, is_catch ? std::span<const EventKind>(catching) : throwing,
              is_catch ? "an intermediate catch" : "an intermediate throw");
  if (link && is_catch && !node.incoming.empty()) {
    fault(node, "link_incoming", "a target link has no incoming flow (clause 10.5.4)");
  }
  if (link && !is_catch && !node.outgoing.empty()) {
    fault(node, "link_outgoing", "a source link has no outgoing flow (clause 10.5.4)");
  }
  if (!(link && is_catch) && node.incoming.empty()) {
    fault(node, "intermediate_event_incoming", "needs an incoming flow (clause 10.5.4)");
  }
  if (!(link && !is_catch) && node.outgoing.empty()) {
    fault(node, "intermediate_event_outgoing", "needs an outgoing flow (clause 10.5.4)");
  }
}

void Checker::event_names(const Node& node) {
  const bool throws = node.kind == NodeKind::throw_event || node.kind == NodeKind::end_event;
  for (const auto& event : node.events) {
    if (!event.name.empty()) continue;
    if (event.kind == EventKind::message)
      fault(node, "message_missing", "needs a messageRef (table 10.96)");
    if (event.kind == EventKind::signal)
      fault(node, "signal_missing", "needs a signalRef (table 10.100)");
    if (event.kind == EventKind::link)
      fault(node, "link_name", "a link needs a name (table 10.95)");
    if (event.kind == EventKind::error && throws)
      fault(node, "error_code", "needs an errorCode (table 8.42)");
    if (event.kind == EventKind::escalation && throws) {
      fault(node, "escalation_code", "needs an escalationCode (table 8.43)");
    }
  }
}

/// Within one level each source link has exactly one target (clause 10.5.4).
void Checker::links(std::span<const int> level) {
  std::map<std::string, int> targets;
  for (const int index : level) {
    const Node& node = def_.node(index);
    if (node.kind != NodeKind::catch_event) continue;
    for (const auto& event : node.events) {
      if (event.kind != EventKind::link) continue;
      if (!targets.emplace(event.name, index).second) {
        fault(node, "link_target_twice", fmt::format("link '{}' has two targets", event.name));
      }
    }
  }
  for (const int index : level) {
    const Node& node = def_.node(index);
    if (node.kind != NodeKind::throw_event) continue;
    for (const auto& event : node.events) {
      if (event.kind == EventKind::link && !targets.contains(event.name)) {
        fault(node, "link_without_target",
              fmt::format("link '{}' has no target at this level", event.name));
      }
    }
  }
}

}  // namespace minben::process
