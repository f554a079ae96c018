#pragma once
// Reading BPMN XML into a Definition, in two passes: elements first, then the references between
// them; check.cpp then holds the whole against the rules of the standard.
#include "process/definition.hpp"
#include "xml.hpp"

namespace minben::process {

class Loader {
 public:
  Loader(const XmlFile& xml, const LoadLimits& limits);
  /// False when there were faults.
  bool run();
  void fault(pugi::xml_node at, std::string_view code, std::string_view detail);
  void fault(int line, std::string_view element, std::string_view code, std::string_view detail);

  [[nodiscard]] Definition& definition() { return def_; }
  [[nodiscard]] const Errors& errors() const { return errors_; }
  [[nodiscard]] const std::set<int>& global_tasks() const { return global_; }
  /// gatewayDirection of a gateway, or "".
  [[nodiscard]] std::string_view direction(int node) const;
  /// Timers, conditions: element of a node, for lines.
  [[nodiscard]] pugi::xml_node xml_of(int node) const {
    return xml_nodes_[static_cast<std::size_t>(node)];
  }
  std::expected<DefinitionPtr, Errors> take(std::string_view xml);
  Errors take_errors();

 private:
  struct PendingFlow {
    pugi::xml_node xml;
    int process;
    int parent;
  };

  // load.cpp: elements
  void read_root_element(pugi::xml_node node);
  void read_callable(pugi::xml_node node);
  int new_process(pugi::xml_node node);
  void read_process(pugi::xml_node node);
  void read_global(pugi::xml_node node, NodeKind kind);
  void read_children(pugi::xml_node container, int process, int parent, int depth);
  void read_flow_element(pugi::xml_node node, int process, int parent, int depth);
  void read_data(pugi::xml_node node, int process, int parent);
  int new_node(pugi::xml_node xml, NodeKind kind, int process, int parent);
  void read_node(pugi::xml_node xml, int index, int depth);
  void read_ad_hoc(pugi::xml_node xml, Node& node);
  void read_gateway(pugi::xml_node xml, Node& node);
  void read_call(pugi::xml_node xml, Node& node);
  int quantity(pugi::xml_node xml, const char* name);
  void read_activity(pugi::xml_node xml, Node& node);
  void read_task(pugi::xml_node xml, Node& node);
  void read_script(pugi::xml_node xml, Node& node);

  // load_events.cpp: events and loops
  void read_events(pugi::xml_node xml, Node& node);
  std::optional<EventDefinition> read_event_definition(pugi::xml_node xml);
  pugi::xml_node declaration(pugi::xml_node at, std::string_view reference, std::string_view kind);
  void read_message(pugi::xml_node at, std::string_view reference, EventDefinition& event);
  void read_timer(pugi::xml_node xml, TimerSpec& timer);
  void read_loop(pugi::xml_node xml, Node& node);
  void read_multi_instance(pugi::xml_node owner, pugi::xml_node xml, Loop& loop);
  int behavior_event(pugi::xml_node at, std::string_view reference);

  // load_links.cpp: references
  void read_participants(pugi::xml_node root);
  void read_lanes(pugi::xml_node lane_set);
  void link();
  void link_flows();
  void link_flow(const PendingFlow& pending);
  int endpoint(const PendingFlow& pending, const char* attribute_name);
  void link_lanes();
  void link_node(int index);
  void link_boundary(pugi::xml_node xml, int index);
  void link_default(pugi::xml_node xml, Node& node);
  void link_compensation();
  void link_activity_references();
  void choose_main();

  Expression compile(std::string_view text, int line, std::string_view element,
                     std::string_view code);
  Expression expression(pugi::xml_node owner, pugi::xml_node holder, std::string_view code);
  Expression extension(pugi::xml_node node, std::string_view name);
  Bilingual name_of(pugi::xml_node node) const;

  const XmlFile& xml_;
  LoadLimits limits_;
  std::shared_ptr<Definition> definition_;
  Definition& def_;
  Errors errors_;
  bool too_many_ = false;
  std::map<std::string, pugi::xml_node, std::less<>> declarations_;  ///< messages … by id
  std::vector<pugi::xml_node> xml_nodes_;                            ///< parallel to def_.nodes
  std::vector<PendingFlow> pending_flows_;
  std::vector<pugi::xml_node> associations_;
  std::set<int> global_;
  std::set<std::string> participants_;
  std::map<std::ptrdiff_t, std::string> directions_;
  std::vector<std::pair<pugi::xml_node, int>> lane_members_;  ///< flowNodeRef → index of lane
  std::map<std::string, int, std::less<>> flow_index_;
};

/// The first child element of that BPMN name, or an empty node.
pugi::xml_node child(pugi::xml_node node, std::string_view name);

/// The rules of the standard that hold between elements; adds faults and warnings.
void check_structure(Loader& loader);

}  // namespace minben::process
