#include <fmt/format.h>

#include "core/text.hpp"
#include "loader.hpp"

namespace minben::rules {

namespace {
bool is_dash(std::string_view text) {
  text = trim(text);
  return text.empty() || text == "-";
}
std::string shown(std::string_view text) { return std::string(trim(text)); }
}  // namespace

void Loader::table_policy(Xml node, Table& table) {
  const std::string policy = attribute(node, "hitPolicy"),
                    aggregation = attribute(node, "aggregation");
  constexpr std::pair<std::string_view, HitPolicy> policies[] = {
      {"", HitPolicy::unique},
      {"UNIQUE", HitPolicy::unique},
      {"ANY", HitPolicy::any},
      {"PRIORITY", HitPolicy::priority},
      {"FIRST", HitPolicy::first},
      {"RULE ORDER", HitPolicy::rule_order},
      {"OUTPUT ORDER", HitPolicy::output_order},
      {"COLLECT", HitPolicy::collect}};
  constexpr std::pair<std::string_view, Aggregation> aggregations[] = {
      {"", Aggregation::none},
      {"SUM", Aggregation::sum},
      {"COUNT", Aggregation::count},
      {"MIN", Aggregation::min},
      {"MAX", Aggregation::max}};
  bool known = false, known_aggregation = false;
  for (const auto& [name, value] : policies)
    if (name == policy) table.policy = value, known = true;
  for (const auto& [name, value] : aggregations)
    if (name == aggregation) table.aggregation = value, known_aggregation = true;
  if (!known) fault(node, "dmn_structure", fmt::format("there is no hit policy '{}'", policy));
  if (!known_aggregation)
    fault(node, "dmn_structure", fmt::format("there is no aggregation '{}'", aggregation));
}

void Loader::table_inputs(Xml node, Scope& scope, Table& table) {
  for (const Xml clause : children(node, "input")) {
    Table::Input input;
    const Xml expression = child(clause, "inputExpression");
    input.expression = shown(text_of(expression));
    input.label = attribute(clause, "label");
    if (input.label.empty()) input.label = input.expression;
    input.type = attribute(expression, "typeRef");
    if (!input.type.empty()) input.value_type = type_named(input.type, expression);
    input.value = input.expression.empty() ? std::make_shared<Constant>(Value())
                                           : text_node(expression, scope, text_of(expression));
    const std::size_t mark = scope.mark();
    input.slot = scope.declare("?");
    if (const Xml allowed = child(clause, "inputValues"); allowed && !is_dash(text_of(allowed))) {
      input.allowed_text = shown(text_of(allowed));
      input.allowed = text_node(allowed, scope, text_of(allowed), true);
    }
    scope.forget_since(mark);
    table.inputs.push_back(std::move(input));
  }
}

std::vector<NodePtr> Loader::listed_values(Xml tests, Scope& scope) {
  const NodePtr whole = text_node(tests, scope, text_of(tests), true);
  if (const auto* list = dynamic_cast<const TestList*>(whole.get()); list && !list->negated)
    return list->tests;
  return {whole};
}

void Loader::table_outputs(Xml node, Scope& scope, Table& table) {
  const auto clauses = children(node, "output");
  for (const Xml clause : clauses) {
    Table::Output output;
    output.name = normal_name(attribute(clause, "name"));
    output.label = attribute(clause, "label");
    if (output.label.empty()) output.label = output.name;
    if (output.label.empty()) output.label = attribute(node, "outputLabel");
    if (output.label.empty()) output.label = table.owner;
    if (const std::string type = attribute(clause, "typeRef"); !type.empty())
      output.type = type_named(type, clause);
    if (const Xml values = child(clause, "outputValues"); values && !is_dash(text_of(values)))
      output.order = listed_values(values, scope);
    if (const Xml otherwise = child(clause, "defaultOutputEntry");
        otherwise && !is_dash(text_of(otherwise)))
      output.otherwise = text_node(otherwise, scope, text_of(otherwise));
    if (output.name.empty() && clauses.size() > 1)
      fault(clause, "dmn_structure", "an output of several needs a name");
    table.outputs.push_back(std::move(output));
  }
  if (table.outputs.empty()) fault(node, "dmn_structure", "a decision table needs an output");
}

void Loader::table_rules(Xml node, Scope& scope, Table& table) {
  std::vector<std::string> annotation_names;
  for (const Xml clause : children(node, "annotation"))
    annotation_names.push_back(attribute(clause, "name"));
  for (const Xml row : children(node, "rule")) {
    Table::Rule rule;
    rule.id = attribute(row, "id");
    rule.description = text_of(child(row, "description"));
    rule.line = position(row).first;
    for (const Xml cell : children(row, "inputEntry")) {
      const std::string text = text_of(cell);
      const std::size_t mark = scope.mark();
      if (rule.inputs.size() < table.inputs.size())  // more are a fault below
        scope.name_slot("?", table.inputs[rule.inputs.size()].slot);
      rule.inputs.push_back({shown(text),
                             is_dash(text) ? nullptr : text_node(cell, scope, text, true),
                             position(cell).first});
      scope.forget_since(mark);
    }
    for (const Xml cell : children(row, "outputEntry")) {
      const std::string text = text_of(cell);
      rule.outputs.push_back({shown(text), is_dash(text) ? nullptr : text_node(cell, scope, text),
                              position(cell).first});
    }
    std::size_t i = 0;
    for (const Xml cell : children(row, "annotationEntry")) {
      rule.annotations.push_back(
          {i < annotation_names.size() ? annotation_names[i] : "", shown(text_of(cell))});
      ++i;
    }
    if (rule.inputs.size() != table.inputs.size() || rule.outputs.size() != table.outputs.size()) {
      fault(row, "dmn_structure",
            fmt::format("the rule has {} input and {} output entries, the table {} and {}",
                        rule.inputs.size(), rule.outputs.size(), table.inputs.size(),
                        table.outputs.size()));
      continue;
    }
    table.rules.push_back(std::move(rule));
  }
}

NodePtr Loader::table(Xml node, Scope& scope) {
  auto made = std::make_shared<Table>();
  made->id = attribute(node, "id");
  made->owner = out_.elements[compiling_].name;
  made->line = position(node).first;
  import_types();
  table_policy(node, *made);
  const std::size_t mark = scope.mark();
  made->output_slot = scope.declare("?");
  table_inputs(node, scope, *made);
  table_outputs(node, scope, *made);
  table_rules(node, scope, *made);
  scope.forget_since(mark);
  if (made->outputs.empty()) return nullptr;
  if (made->aggregation != Aggregation::none &&
      (made->policy != HitPolicy::collect || made->outputs.size() != 1))
    fault(node, "dmn_structure", "an aggregation needs COLLECT and one output");
  made->index = TableIndex::build(*made);
  out_.tables.emplace_back(compiling_, made);
  return made;
}

}  // namespace minben::rules
