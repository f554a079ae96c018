// Resolving references between elements: flows, lanes, boundary events, compensation, calls.
#include "load.hpp"

namespace minben::process {

namespace {

Node& at(Definition& definition, int index) {
  return definition.nodes[static_cast<std::size_t>(index)];
}

}  // namespace

std::string_view Loader::direction(int node) const {
  const auto found = directions_.find(node);
  return found == directions_.end() ? std::string_view{} : std::string_view(found->second);
}

void Loader::read_participants(pugi::xml_node root) {
  std::vector<pugi::xml_node> message_flows;
  for (const auto collaboration : root.children()) {
    if (bpmn_name(collaboration) != "collaboration") continue;
    for (const auto part : collaboration.children()) {
      const auto name = bpmn_name(part);
      if (name == "messageFlow") message_flows.push_back(part);
      if (name != "participant") continue;
      participants_.emplace(attribute(part, "id"));
      const auto process = local_part(attribute(part, "processRef"));
      if (!process.empty() && def_.find_process(process) < 0) {
        fault(part, "dangling_reference", fmt::format("there is no process '{}'", process));
      }
    }
  }
  for (const auto flow : message_flows) {
    int pools[2] = {-1, -1};
    int side = 0;
    for (const char* name : {"sourceRef", "targetRef"}) {
      const auto reference = local_part(attribute(flow, name));
      const int node = def_.find(reference);
      if (node >= 0) pools[side] = def_.node(node).process;
      if (node < 0 && !participants_.contains(std::string(reference))) {
        fault(flow, "dangling_reference", fmt::format("there is no element '{}'", reference));
      }
      ++side;
    }
    if (pools[0] >= 0 && pools[0] == pools[1]) {
      fault(flow, "message_flow_inside_pool", "message flows connect two pools (clause 7.6.2)");
    }
  }
}

void Loader::read_lanes(pugi::xml_node lane_set) {
  for (const auto lane : lane_set.children()) {
    if (bpmn_name(lane) != "lane") continue;
    LaneInfo info{std::string(attribute(lane, "id")), xml_.line_of(lane), name_of(lane), {}};
    const auto written = minben_attribute(lane, "agency");
    if (auto code = AgencyCode::parse(written.empty() ? std::string_view(info.id) : written)) {
      info.agency = std::move(*code);
    } else if (!written.empty()) {
      fault(lane, "agency_code", fmt::format("'{}' is not an agency code", written));
    }
    const int index = static_cast<int>(def_.lanes.size());
    def_.lanes.push_back(std::move(info));
    for (const auto part : lane.children()) {
      if (bpmn_name(part) == "flowNodeRef") lane_members_.emplace_back(part, index);
      if (bpmn_name(part) == "childLaneSet") read_lanes(part);
    }
  }
}

void Loader::link() {
  link_flows();
  link_lanes();
  for (std::size_t i = 0; i < def_.nodes.size(); ++i) link_node(static_cast<int>(i));
  link_compensation();
  link_activity_references();
  choose_main();
}

int Loader::endpoint(const PendingFlow& pending, const char* attribute_name) {
  const auto reference = local_part(attribute(pending.xml, attribute_name));
  const int index = def_.find(reference);
  if (index < 0) {
    fault(pending.xml, "dangling_reference",
          fmt::format("{} '{}' is no flow node of this file", attribute_name, reference));
    return -1;
  }
  const Node& node = def_.node(index);
  if (node.process != pending.process) {
    fault(pending.xml, "flow_across_pools",
          fmt::format("{} '{}' is in another pool (clause 7.6.1)", attribute_name, node.id));
    return -1;
  }
  if (node.parent != pending.parent) {
    fault(pending.xml, "flow_across_subprocess",
          fmt::format("{} '{}' is not at the level of the flow (clause 7.6.1)", attribute_name,
                      node.id));
    return -1;
  }
  return index;
}

void Loader::link_flow(const PendingFlow& pending) {
  Flow flow;
  flow.id = attribute(pending.xml, "id");
  flow.line = xml_.line_of(pending.xml);
  flow.name = name_of(pending.xml);
  flow.source = endpoint(pending, "sourceRef");
  flow.target = endpoint(pending, "targetRef");
  flow.condition =
      expression(pending.xml, child(pending.xml, "conditionExpression"), "condition_not_feel");
  if (flow.id.empty()) fault(pending.xml, "missing_id", "a sequence flow needs an id");
  if (flow.source < 0 || flow.target < 0) return;
  const int index = static_cast<int>(def_.flows.size());
  if (!flow_index_.emplace(flow.id, index).second || def_.find(flow.id) >= 0) {
    fault(pending.xml, "duplicate_id", "this id is used twice");
  }
  at(def_, flow.source).outgoing.push_back(index);
  at(def_, flow.target).incoming.push_back(index);
  def_.flows.push_back(std::move(flow));
}

void Loader::link_flows() {
  for (const auto& pending : pending_flows_) link_flow(pending);
}

void Loader::link_lanes() {
  for (const auto& [reference, lane] : lane_members_) {
    const int node = def_.find(local_part(text_of(reference)));
    if (node < 0) {
      const auto lane_xml = reference.parent();
      fault(xml_.line_of(reference), attribute(lane_xml, "id"), "dangling_reference",
            fmt::format("there is no flow node '{}'", text_of(reference)));
      continue;
    }
    const LaneInfo& info = def_.lanes[static_cast<std::size_t>(lane)];
    at(def_, node).lane = info.id;
    at(def_, node).agency = info.agency;
  }
  // Nodes of a container, and boundary events, are where the container or activity is; parents come
  // first.
  for (Node& node : def_.nodes) {
    if (!node.lane.empty() || node.parent < 0) continue;
    node.lane = def_.node(node.parent).lane;
    node.agency = def_.node(node.parent).agency;
  }
}

void Loader::link_boundary(pugi::xml_node xml, int index) {
  const auto reference = local_part(attribute(xml, "attachedToRef"));
  const int host = def_.find(reference);
  if (host < 0 || !is_activity(def_.node(host).kind)) {
    fault(xml, "boundary_not_attached",
          fmt::format("attachedToRef '{}' is no activity (clause 10.5.4)", reference));
    return;
  }
  Node& node = at(def_, index);
  if (def_.node(host).parent != node.parent || def_.node(host).process != node.process) {
    fault(xml, "boundary_not_attached", fmt::format("'{}' is at another level", reference));
    return;
  }
  node.attached_to = host;
  at(def_, host).boundary.push_back(index);
  if (node.lane.empty()) {
    node.lane = def_.node(host).lane;
    node.agency = def_.node(host).agency;
  }
}

void Loader::link_default(pugi::xml_node xml, Node& node) {
  const auto reference = local_part(attribute(xml, "default"));
  if (reference.empty()) return;
  const auto found = flow_index_.find(reference);
  if (found == flow_index_.end() || def_.flow(found->second).source != def_.find(node.id)) {
    fault(xml, "default_flow",
          fmt::format("default flow '{}' does not leave this element", reference));
    return;
  }
  node.default_flow = found->second;
}

void Loader::link_node(int index) {
  const auto xml = xml_of(index);
  Node& node = at(def_, index);
  if (node.kind == NodeKind::boundary_event) link_boundary(xml, index);
  link_default(xml, node);
  for (const auto part : xml.children()) {
    const auto name = bpmn_name(part);
    if (name != "incoming" && name != "outgoing") continue;
    const auto found = flow_index_.find(local_part(text_of(part)));
    const bool good = found != flow_index_.end() &&
                      (name == "incoming" ? def_.flow(found->second).target
                                          : def_.flow(found->second).source) == index;
    if (!good) {
      fault(xml_.line_of(part), node.id, "dangling_reference",
            fmt::format("{} '{}' is no flow of this element", name, text_of(part)));
    }
  }
  if (node.kind != NodeKind::call_activity) return;
  node.called_process = def_.find_process(node.called);
  if (node.called_process < 0) {
    fault(xml, "dangling_reference",
          fmt::format("calledElement '{}' is no process or global task here", node.called));
  }
}

/// An association from a compensation boundary event to its handler (clause 10.7.2).
void Loader::link_compensation() {
  for (const auto association : associations_) {
    const int source = def_.find(local_part(attribute(association, "sourceRef")));
    const int target = def_.find(local_part(attribute(association, "targetRef")));
    if (source < 0 || target < 0) continue;  // to an annotation or data object
    if (def_.node(source).kind == NodeKind::boundary_event && is_activity(def_.node(target).kind)) {
      at(def_, source).compensation_handler = target;
    }
  }
}

void Loader::link_activity_references() {
  for (Node& node : def_.nodes) {
    for (EventDefinition& event : node.events) {
      if (event.kind != EventKind::compensation || event.name.empty()) continue;
      event.activity = def_.find(event.name);
      if (event.activity < 0 || !is_activity(def_.node(event.activity).kind)) {
        fault(node.line, node.id, "dangling_reference",
              fmt::format("activityRef '{}' is no activity", event.name));
      }
      event.name.clear();
    }
  }
}

void Loader::choose_main() {
  std::set<int> called;
  for (const Node& node : def_.nodes) called.insert(node.called_process);
  int fallback = -1;
  for (int i = 0; i < static_cast<int>(def_.processes.size()); ++i) {
    if (global_.contains(i)) continue;
    if (fallback < 0) fallback = i;
    if (def_.main_process_ < 0 && def_.processes[static_cast<std::size_t>(i)].executable &&
        !called.contains(i)) {
      def_.main_process_ = i;
    }
  }
  if (def_.main_process_ < 0) def_.main_process_ = fallback;
}

}  // namespace minben::process
