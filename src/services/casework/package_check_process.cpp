// Does process.bpmn fit what service.toml says of its steps and endings?
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

using process::Definition;
using process::Node;
using process::NodeKind;
constexpr std::string_view diagram = "process.bpmn";
constexpr std::string_view manifest = "service.toml";

bool is_officers_work(StepKind kind) {
  return kind == StepKind::review || kind == StepKind::opinion;
}

void check_user_task(Building& building, const Node& node) {
  const auto* step = building.package.step(node.id);
  if (!step) {
    building.fault(diagram, node.line, "step_missing",
                   fmt::format("service.toml has no [steps.{}]", node.id));
  } else if (!is_officers_work(step->kind)) {
    building.fault(manifest, step->line, "step_kind_differs",
                   fmt::format("{} is a user task: review or opinion", node.id));
  }
}

void check_service_task(Building& building, const Node& node) {
  const auto* step = building.package.step(node.id);
  if (!step) {
    building.fault(diagram, node.line, "step_missing",
                   fmt::format("service.toml has no [steps.{}]", node.id));
    return;
  }
  const auto expected = step->kind == StepKind::payment ? "payment"
                        : step->kind == StepKind::fetch ? "fetch"
                                                        : "";
  if (node.topic != expected) {
    building.fault(
        diagram, node.line, "step_kind_differs",
        fmt::format("{}: minben:topic \"{}\" does not fit the step's kind", node.id, node.topic));
  }
}

void check_end(Building& building, const Node& node) {
  const bool inner = node.parent >= 0;
  if (!inner && !building.ending_lines.contains(node.id)) {
    building.fault(diagram, node.line, "ending_missing",
                   fmt::format("service.toml has no [endings.{}]", node.id));
  }
}

void check_node(Building& building, const Node& node) {
  switch (node.kind) {
    case NodeKind::user_task:
      return check_user_task(building, node);
    case NodeKind::service_task:
      return check_service_task(building, node);
    case NodeKind::end_event:
      return check_end(building, node);
    case NodeKind::business_rule_task:
    case NodeKind::send_task:
    case NodeKind::receive_task:
    case NodeKind::manual_task:
      building.fault(
          diagram, node.line, "element_not_supported",
          fmt::format("{}: casework has no part for a {}", node.id, to_string(node.kind)));
      return;
    default:
      return;
  }
}

/// Variables that conditions may name, as docs/packages.md lists them.
std::vector<std::string> variables(const Building& building) {
  std::vector<std::string> names{"ministry", "fee_twd"};
  for (const auto& step : building.package.steps) {
    if (is_officers_work(step.kind)) names.push_back(step.id + "_outcome");
  }
  for (const auto& answer : building.process_answers) names.push_back(answer.name);
  return names;
}

void check_conditions(Building& building, const Definition& definition) {
  const auto names = variables(building);
  for (const auto& flow : definition.flows) {
    if (flow.condition.empty()) continue;
    std::string_view text = flow.condition.text;
    if (text.starts_with('=')) text.remove_prefix(1);
    const auto parsed = rules::Expression::parse(text, names);
    if (!parsed) {
      building.fault(diagram, flow.condition.line ? flow.condition.line : flow.line,
                     parsed.error().code, fmt::format("{}: {}", flow.id, parsed.error().detail));
    }
  }
}

void check_elements_of_steps(Building& building, const Definition& definition) {
  for (const auto& step : building.package.steps) {
    const int index = definition.find(step.id);
    if (index < 0) {
      building.fault(manifest, step.line, "unknown_element",
                     fmt::format("process.bpmn has no \"{}\"", step.id));
    }
  }
  for (const auto& [id, line] : building.ending_lines) {
    const int index = definition.find(id);
    if (index < 0 || definition.node(index).kind != NodeKind::end_event) {
      building.fault(manifest, line, "unknown_element",
                     fmt::format("process.bpmn has no end event \"{}\"", id));
    }
  }
}

/// With a fee, no officer may start before it has arrived.
void check_payment_first(Building& building, const Definition& definition) {
  std::vector<int> open;
  std::set<int> seen;
  for (int index = 0; index < static_cast<int>(definition.nodes.size()); ++index) {
    if (definition.node(index).kind == NodeKind::start_event) open.push_back(index);
  }
  while (!open.empty()) {
    const int index = open.back();
    open.pop_back();
    if (!seen.insert(index).second) continue;
    const auto& node = definition.node(index);
    const auto* step = building.package.step(node.id);
    if (step && step->kind == StepKind::payment) continue;
    if (step && is_officers_work(step->kind)) {
      building.fault(diagram, node.line, "review_before_payment",
                     fmt::format("{} can be reached before the fee is paid", node.id));
      continue;
    }
    for (const int flow : node.outgoing) open.push_back(definition.flow(flow).target);
    open.insert(open.end(), node.children.begin(), node.children.end());
  }
}

void check_payment(Building& building, const Definition& definition) {
  const auto count = std::ranges::count(building.package.steps, StepKind::payment, &Step::kind);
  if (count > 1)
    building.fault(manifest, 0, "several_payments", "one step of kind payment is the most");
  if (!building.has_fee) {
    if (count > 0) building.fault(manifest, 0, "no_fee", "a payment step needs [fee]");
    return;
  }
  if (count == 0)
    building.fault(manifest, building.fee.line, "no_payment_step",
                   "[fee] needs a step of kind payment");
  check_payment_first(building, definition);
}

void check_refusals(Building& building) {
  const bool refuses = std::ranges::any_of(building.package.steps, [](const Step& step) {
    return std::ranges::any_of(step.outcomes, &Outcome::refuses);
  });
  const bool ends = std::ranges::any_of(building.package.endings, [](const Ending& ending) {
    return ending.state == State::refused;
  });
  if (refuses && !ends) {
    building.fault(manifest, 0, "no_refused_ending", "a step may refuse, but no ending is refused");
  }
}

}  // namespace

void check_process(Building& building) {
  check_refusals(building);
  if (!building.compiled.process) return;
  const auto& definition = *building.compiled.process;
  for (const auto& node : definition.nodes) check_node(building, node);
  for (const auto& lane : definition.lanes) {
    if (!lane.agency.value.empty()) building.check_agency(diagram, 0, lane.agency);
  }
  check_conditions(building, definition);
  check_elements_of_steps(building, definition);
  check_payment(building, definition);
}

}  // namespace minben::casework
