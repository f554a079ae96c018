#pragma once
// The rules of BPMN 2.0.2 that an executable model must keep. Each has a code; the clause stands in
// the detail.
#include "load.hpp"

namespace minben::process {

class Checker {
 public:
  explicit Checker(Loader& loader) : loader_(loader), def_(loader.definition()) {}

  // check_events.cpp
  void event(int index);
  void links(std::span<const int> level);
  // check_activities.cpp
  void activity(int index);
  void task(const Node& node);
  void container(int index);
  // check_flow.cpp
  void gateway(int index);
  void event_gateway(const Node& node);
  void flows_of(const Node& node);
  void level(std::span<const int> nodes, int line, std::string_view id, bool ad_hoc);
  void lanes();
  void reachability(std::span<const int> nodes);

 private:
  void fault(const Node& node, std::string_view code, std::string_view detail) {
    loader_.fault(node.line, node.id, code, detail);
  }
  void warn(const Node& node, std::string_view code, std::string_view detail);
  void start_event(const Node& node);
  void end_event(const Node& node);
  void boundary_event(const Node& node);
  void intermediate_event(const Node& node);
  void event_names(const Node& node);
  void event_kinds(const Node& node, std::span<const EventKind> allowed, std::string_view where);
  void direction(int index);
  void branch_conditions(const Node& node);
  void dead_ends(std::span<const int> nodes);
  bool needs_incoming(const Node& node) const;
  bool is_start(const Node& node) const { return node.kind == NodeKind::start_event; }

  Loader& loader_;
  Definition& def_;
};

bool has_event(const Node& node, EventKind kind);

}  // namespace minben::process
