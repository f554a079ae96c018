#include "process/engine.hpp"

namespace minben::process {

namespace {

struct KindName {
  NodeKind kind;
  std::string_view name;
};
constexpr std::array<KindName, 23> kind_names{{
    {NodeKind::start_event, "startEvent"},
    {NodeKind::catch_event, "intermediateCatchEvent"},
    {NodeKind::throw_event, "intermediateThrowEvent"},
    {NodeKind::boundary_event, "boundaryEvent"},
    {NodeKind::end_event, "endEvent"},
    {NodeKind::task, "task"},
    {NodeKind::user_task, "userTask"},
    {NodeKind::service_task, "serviceTask"},
    {NodeKind::send_task, "sendTask"},
    {NodeKind::receive_task, "receiveTask"},
    {NodeKind::script_task, "scriptTask"},
    {NodeKind::manual_task, "manualTask"},
    {NodeKind::business_rule_task, "businessRuleTask"},
    {NodeKind::call_activity, "callActivity"},
    {NodeKind::subprocess, "subProcess"},
    {NodeKind::event_subprocess, "eventSubProcess"},
    {NodeKind::transaction, "transaction"},
    {NodeKind::ad_hoc, "adHocSubProcess"},
    {NodeKind::exclusive_gateway, "exclusiveGateway"},
    {NodeKind::inclusive_gateway, "inclusiveGateway"},
    {NodeKind::parallel_gateway, "parallelGateway"},
    {NodeKind::event_gateway, "eventBasedGateway"},
    {NodeKind::complex_gateway, "complexGateway"},
}};

constexpr std::array<std::string_view, 10> event_names{
    "message",     "timer",        "signal", "error",  "escalation",
    "conditional", "compensation", "link",   "cancel", "terminate"};
constexpr std::array<std::string_view, 5> status_names{"running", "suspended", "completed",
                                                       "terminated", "cancelled"};
constexpr std::array<std::string_view, 10> waiting_names{
    "nothing", "user",     "service",      "decision", "event",
    "join",    "children", "compensation", "ad_hoc",   "leaving"};

bool within(NodeKind kind, NodeKind first, NodeKind last) { return kind >= first && kind <= last; }

}  // namespace

std::string_view to_string(NodeKind kind) {
  return kind_names[static_cast<std::size_t>(kind)].name;
}
std::string_view to_string(EventKind kind) { return event_names[static_cast<std::size_t>(kind)]; }
std::string_view to_string(Status status) { return status_names[static_cast<std::size_t>(status)]; }
std::string_view to_string(Waiting waiting) {
  return waiting_names[static_cast<std::size_t>(waiting)];
}

bool is_event(NodeKind kind) { return within(kind, NodeKind::start_event, NodeKind::end_event); }
bool is_task(NodeKind kind) { return within(kind, NodeKind::task, NodeKind::business_rule_task); }
bool is_gateway(NodeKind kind) {
  return within(kind, NodeKind::exclusive_gateway, NodeKind::complex_gateway);
}
bool is_activity(NodeKind kind) { return within(kind, NodeKind::task, NodeKind::ad_hoc); }
bool is_container(NodeKind kind) { return within(kind, NodeKind::subprocess, NodeKind::ad_hoc); }

Result<Status> parse_status(std::string_view text) {
  const auto found = std::find(status_names.begin(), status_names.end(), text);
  if (found == status_names.end()) return fail(Kind::invalid, "no_such_status", text);
  return static_cast<Status>(found - status_names.begin());
}

}  // namespace minben::process
