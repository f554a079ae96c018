#include "load.hpp"

#include "formula.hpp"

namespace minben::process {

namespace {

const std::map<std::string_view, NodeKind> node_elements{
    {"startEvent", NodeKind::start_event},
    {"intermediateCatchEvent", NodeKind::catch_event},
    {"intermediateThrowEvent", NodeKind::throw_event},
    {"boundaryEvent", NodeKind::boundary_event},
    {"endEvent", NodeKind::end_event},
    {"task", NodeKind::task},
    {"userTask", NodeKind::user_task},
    {"serviceTask", NodeKind::service_task},
    {"sendTask", NodeKind::send_task},
    {"receiveTask", NodeKind::receive_task},
    {"scriptTask", NodeKind::script_task},
    {"manualTask", NodeKind::manual_task},
    {"businessRuleTask", NodeKind::business_rule_task},
    {"callActivity", NodeKind::call_activity},
    {"subProcess", NodeKind::subprocess},
    {"transaction", NodeKind::transaction},
    {"adHocSubProcess", NodeKind::ad_hoc},
    {"exclusiveGateway", NodeKind::exclusive_gateway},
    {"inclusiveGateway", NodeKind::inclusive_gateway},
    {"parallelGateway", NodeKind::parallel_gateway},
    {"eventBasedGateway", NodeKind::event_gateway},
    {"complexGateway", NodeKind::complex_gateway},
};

const std::map<std::string_view, NodeKind> global_elements{
    {"globalTask", NodeKind::task},
    {"globalUserTask", NodeKind::user_task},
    {"globalManualTask", NodeKind::manual_task},
    {"globalScriptTask", NodeKind::script_task},
    {"globalBusinessRuleTask", NodeKind::business_rule_task},
};

/// Flow elements of choreographies: never executable (BPMN 2.0.2 clause 2.1).
const std::set<std::string_view> never_executable{"choreographyTask", "subChoreography",
                                                  "callChoreography"};

bool is_true(std::string_view text) { return text == "true" || text == "1"; }

}  // namespace

Loader::Loader(const XmlFile& xml, const LoadLimits& limits)
    : xml_(xml), limits_(limits), definition_(std::make_shared<Definition>()), def_(*definition_) {
  def_.file = xml.file();
}

void Loader::fault(pugi::xml_node at, std::string_view code, std::string_view detail) {
  fault(xml_.line_of(at), attribute(at, "id"), code, detail);
}

void Loader::fault(int line, std::string_view element, std::string_view code,
                   std::string_view detail) {
  if (errors_.size() >= 500) return;
  std::string text = element.empty() ? std::string(detail) : fmt::format("{}: {}", element, detail);
  errors_.push_back({Kind::invalid, std::string(code), std::move(text), def_.file, line, 0});
}

Bilingual Loader::name_of(pugi::xml_node node) const {
  Bilingual name{std::string(attribute(node, "name")),
                 std::string(minben_attribute(node, "nameEn"))};
  if (name.zh_hant.empty()) name.zh_hant = name.en;
  if (name.zh_hant.empty()) name.zh_hant = attribute(node, "id");
  if (name.en.empty()) name.en = name.zh_hant;
  return name;
}

Expression Loader::compile(std::string_view text, int line, std::string_view element,
                           std::string_view code) {
  Expression expression{std::string(trim(text)), line, nullptr};
  if (expression.text.empty()) return expression;
  auto compiled = compile_formula(expression.text);
  if (compiled) {
    expression.compiled = std::move(*compiled);
  } else {
    const Error& error = compiled.error();
    fault(line + std::max(0, error.line - 1), element, code,
          fmt::format("'{}' is not FEEL: {} {}", expression.text, error.code, error.detail));
  }
  return expression;
}

Expression Loader::expression(pugi::xml_node owner, pugi::xml_node holder, std::string_view code) {
  if (!holder) return {};
  const std::string language = to_lower_ascii(attribute(holder, "language"));
  if (!language.empty() && language.find("feel") == std::string::npos) {
    fault(holder, "expression_language", fmt::format("expressions are FEEL, not '{}'", language));
  }
  return compile(text_of(holder), xml_.line_of(holder), attribute(owner, "id"), code);
}

Expression Loader::extension(pugi::xml_node node, std::string_view name) {
  return compile(minben_attribute(node, name), xml_.line_of(node), attribute(node, "id"),
                 "mapping_not_feel");
}

pugi::xml_node child(pugi::xml_node node, std::string_view name) {
  for (const auto candidate : node.children()) {
    if (bpmn_name(candidate) == name) return candidate;
  }
  return {};
}

bool Loader::run() {
  const auto root = xml_.root();
  if (bpmn_name(root) != "definitions") {
    fault(root, "not_bpmn",
          fmt::format("the root element is not definitions of {}", bpmn_namespace));
    return false;
  }
  for (const auto node : root.children()) read_root_element(node);
  for (const auto node : root.children()) read_callable(node);
  if (def_.processes.empty()) fault(root, "no_process", "the file has no process");
  read_participants(root);
  link();
  return errors_.empty();
}

void Loader::read_root_element(pugi::xml_node node) {
  const auto name = bpmn_name(node);
  const std::string id(attribute(node, "id"));
  const bool declares =
      name == "message" || name == "signal" || name == "error" || name == "escalation";
  if (!declares && !name.ends_with("EventDefinition")) return;
  if (!id.empty() && !declarations_.emplace(id, node).second) {
    fault(node, "duplicate_id", "this id is used twice");
  }
}

void Loader::read_callable(pugi::xml_node node) {
  const auto name = bpmn_name(node);
  if (name == "process") read_process(node);
  if (const auto global = global_elements.find(name); global != global_elements.end())
    read_global(node, global->second);
  if (name == "choreography" || name == "globalChoreographyTask") {
    fault(node, "not_executable", "choreographies are not executable (clause 2.1)");
  }
}

int Loader::new_process(pugi::xml_node node) {
  Process process;
  process.id = attribute(node, "id");
  process.line = xml_.line_of(node);
  process.name = name_of(node);
  process.executable = is_true(attribute(node, "isExecutable"));
  if (process.id.empty()) fault(node, "missing_id", "a process needs an id");
  if (def_.find_process(process.id) >= 0) fault(node, "duplicate_id", "this id is used twice");
  def_.processes.push_back(std::move(process));
  return static_cast<int>(def_.processes.size()) - 1;
}

void Loader::read_process(pugi::xml_node node) {
  const int process = new_process(node);
  read_children(node, process, -1, 0);
}

/// A global task is a process of one node (clause 10.3.6).
void Loader::read_global(pugi::xml_node node, NodeKind kind) {
  const int process = new_process(node);
  global_.insert(process);
  const int index = new_node(node, kind, process, -1);
  read_task(node, def_.nodes[static_cast<std::size_t>(index)]);
}

void Loader::read_children(pugi::xml_node container, int process, int parent, int depth) {
  if (depth > limits_.max_depth) {
    fault(container, "too_deep",
          fmt::format("more than {} nested subprocesses", limits_.max_depth));
    return;
  }
  for (const auto node : container.children()) {
    if (def_.nodes.size() + pending_flows_.size() > limits_.max_elements) {
      if (!too_many_)
        fault(node, "too_many_elements", fmt::format("more than {}", limits_.max_elements));
      too_many_ = true;
      return;
    }
    read_flow_element(node, process, parent, depth);
  }
}

void Loader::read_flow_element(pugi::xml_node node, int process, int parent, int depth) {
  const auto name = bpmn_name(node);
  if (name == "sequenceFlow") return void(pending_flows_.push_back({node, process, parent}));
  if (name == "laneSet") return read_lanes(node);
  if (name == "association") return void(associations_.push_back(node));
  if (name == "dataObject" || name == "property") return read_data(node, process, parent);
  if (never_executable.contains(name)) {
    return fault(node, "not_executable", fmt::format("{} is not executable (clause 2.1)", name));
  }
  const auto found = node_elements.find(name);
  if (found == node_elements.end()) return;
  const int index = new_node(node, found->second, process, parent);
  read_node(node, index, depth);
}

void Loader::read_data(pugi::xml_node node, int process, int parent) {
  std::string name(attribute(node, "name"));
  if (name.empty()) name = attribute(node, "id");
  if (name.empty()) return;
  auto& variables = parent >= 0 ? def_.nodes[static_cast<std::size_t>(parent)].variables
                                : def_.processes[static_cast<std::size_t>(process)].variables;
  variables.push_back(std::move(name));
}

int Loader::new_node(pugi::xml_node xml, NodeKind kind, int process, int parent) {
  Node node;
  node.id = attribute(xml, "id");
  node.line = xml_.line_of(xml);
  node.kind = kind;
  node.name = name_of(xml);
  node.process = process;
  node.parent = parent;
  if (kind == NodeKind::subprocess && is_true(attribute(xml, "triggeredByEvent"))) {
    node.kind = NodeKind::event_subprocess;
  }
  const int index = static_cast<int>(def_.nodes.size());
  if (node.id.empty()) {
    fault(xml, "missing_id", fmt::format("{} needs an id", to_string(node.kind)));
  } else if (!def_.index_.emplace(node.id, index).second) {
    fault(xml, "duplicate_id", "this id is used twice");
  }
  if (parent >= 0) {
    def_.nodes[static_cast<std::size_t>(parent)].children.push_back(index);
  } else {
    def_.processes[static_cast<std::size_t>(process)].children.push_back(index);
  }
  def_.nodes.push_back(std::move(node));
  xml_nodes_.push_back(xml);
  return index;
}

void Loader::read_node(pugi::xml_node xml, int index, int depth) {
  {
    Node& node = def_.nodes[static_cast<std::size_t>(index)];
    if (is_event(node.kind)) read_events(xml, node);
    if (is_activity(node.kind)) read_activity(xml, node);
    if (is_task(node.kind)) read_task(xml, node);
    if (is_gateway(node.kind)) read_gateway(xml, node);
    if (node.kind == NodeKind::call_activity) read_call(xml, node);
    if (node.kind == NodeKind::ad_hoc) read_ad_hoc(xml, node);
  }
  if (is_container(def_.node(index).kind)) {
    read_children(xml, def_.node(index).process, index, depth + 1);
  }
}

void Loader::read_ad_hoc(pugi::xml_node xml, Node& node) {
  node.ordering_sequential = attribute(xml, "ordering") == "Sequential";
  node.cancel_remaining = attribute(xml, "cancelRemainingInstances") != "false";
  node.completion_condition =
      expression(xml, child(xml, "completionCondition"), "condition_not_feel");
}

void Loader::read_gateway(pugi::xml_node xml, Node& node) {
  node.instantiate = is_true(attribute(xml, "instantiate"));
  node.activation_condition =
      expression(xml, child(xml, "activationCondition"), "condition_not_feel");
  const auto direction = attribute(xml, "gatewayDirection");
  if (!direction.empty()) directions_[&node - def_.nodes.data()] = direction;
}

void Loader::read_call(pugi::xml_node xml, Node& node) {
  node.called = local_part(attribute(xml, "calledElement"));
  node.input = extension(xml, "input");
  node.output = extension(xml, "output");
}

int Loader::quantity(pugi::xml_node xml, const char* name) {
  const auto text = attribute(xml, name);
  if (text.empty()) return 1;
  const auto value = parse_integer(text, 1, 1000);
  if (value) return static_cast<int>(*value);
  fault(xml, "quantity_out_of_range", fmt::format("{} must be 1 … 1000 (table 10.3)", name));
  return 1;
}

void Loader::read_activity(pugi::xml_node xml, Node& node) {
  node.for_compensation = is_true(attribute(xml, "isForCompensation"));
  node.start_quantity = quantity(xml, "startQuantity");
  node.completion_quantity = quantity(xml, "completionQuantity");
  read_loop(xml, node);
}

void Loader::read_task(pugi::xml_node xml, Node& node) {
  node.form = minben_attribute(xml, "form");
  node.role = minben_attribute(xml, "role");
  node.four_eyes = is_true(minben_attribute(xml, "fourEyes"));
  node.topic = minben_attribute(xml, "topic");
  node.decision = minben_attribute(xml, "decision");
  node.result = minben_attribute(xml, "result");
  node.input = extension(xml, "input");
  node.instantiate = is_true(attribute(xml, "instantiate"));
  if (const auto text = minben_attribute(xml, "deadlineDays"); !text.empty()) {
    const auto value = parse_integer(text, 1, 3650);
    if (!value) fault(xml, "deadline_out_of_range", "minben:deadlineDays must be 1 … 3650");
    node.deadline_days = static_cast<int>(value.value_or(0));
  }
  if (node.kind == NodeKind::script_task) read_script(xml, node);
  if (node.kind == NodeKind::send_task || node.kind == NodeKind::receive_task) {
    read_message(xml, attribute(xml, "messageRef"), node.message);
  }
}

void Loader::read_script(pugi::xml_node xml, Node& node) {
  const auto format = to_lower_ascii(attribute(xml, "scriptFormat"));
  if (!format.empty() && format.find("feel") == std::string::npos) {
    fault(xml, "expression_language", fmt::format("scripts are FEEL, not '{}'", format));
    return;
  }
  node.script = expression(xml, child(xml, "script"), "script_not_feel");
}

std::expected<DefinitionPtr, Errors> load_definition(std::string_view xml, std::string_view file,
                                                     LoadLimits limits) {
  if (xml.size() > limits.max_bytes) {
    return std::unexpected(
        Errors{{Kind::too_large, "too_large", fmt::format("more than {} bytes", limits.max_bytes),
                std::string(file), 0, 0}});
  }
  auto parsed = XmlFile::parse(xml, file);
  if (!parsed) return std::unexpected(Errors{std::move(parsed).error()});
  Loader loader(**parsed, limits);
  if (loader.run()) check_structure(loader);
  if (!loader.errors().empty()) return std::unexpected(loader.take_errors());
  return loader.take(xml);
}

std::expected<DefinitionPtr, Errors> Loader::take(std::string_view xml) {
  def_.xml = xml;
  def_.digest = sha256(xml);
  return DefinitionPtr(std::move(definition_));
}

Errors Loader::take_errors() {
  std::sort(errors_.begin(), errors_.end(), [](const Error& a, const Error& b) {
    return std::tie(a.line, a.code, a.detail) < std::tie(b.line, b.code, b.detail);
  });
  return std::move(errors_);
}

int Definition::find(std::string_view id) const {
  const auto found = index_.find(id);
  return found == index_.end() ? -1 : found->second;
}

int Definition::find_process(std::string_view id) const {
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (processes[i].id == id) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace minben::process
