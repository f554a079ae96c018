// Boxed expressions (DMN 1.5 §10.2) become the same nodes as FEEL text.
#include <algorithm>

#include <fmt/format.h>

#include "loader.hpp"

namespace minben::rules {

namespace {
constexpr std::string_view expression_tags[] = {
    "literalExpression",  "context",     "decisionTable", "invocation", "relation", "list",
    "functionDefinition", "conditional", "filter",        "for",        "some",     "every",
    "unaryTests"};
bool is_expression(Xml node) {
  return std::ranges::find(expression_tags, local_name(node)) != std::end(expression_tags);
}

NodePtr null_node() { return std::make_shared<Constant>(Value()); }
}  // namespace

NodePtr Loader::logic_of(Xml parent, Scope& scope) {
  for (const Xml node : elements(parent))
    if (is_expression(node)) return boxed(node, scope);
  return nullptr;
}

NodePtr Loader::boxed(Xml node, Scope& scope) {
  constexpr int deepest = 60;
  if (++depth_ > deepest) {
    --depth_;
    fault(node, "dmn_structure", "expressions are nested too deeply");
    return null_node();
  }
  NodePtr inner = untyped(node, scope);
  --depth_;
  if (!inner) return null_node();
  const std::string type_text = attribute(node, "typeRef");
  if (type_text.empty() || local_name(node) == "functionDefinition") return inner;
  const TypePtr type = type_named(type_text, node);
  return type ? std::make_shared<Typed>(std::move(inner), type, "an expression") : inner;
}

NodePtr Loader::untyped(Xml node, Scope& scope) {
  const std::string_view tag = local_name(node);
  if (tag == "literalExpression") return literal(node, scope);
  if (tag == "context") return context(node, scope);
  if (tag == "decisionTable") return table(node, scope);
  if (tag == "invocation") return invocation(node, scope);
  if (tag == "relation") return relation(node, scope);
  if (tag == "list") return list(node, scope);
  if (tag == "functionDefinition") return function(node, scope, {}, nullptr);
  if (tag == "conditional") return conditional(node, scope);
  if (tag == "filter") return filter(node, scope);
  if (tag == "for") return iteration(node, scope);
  if (tag == "some" || tag == "every") return quantifier(node, scope, tag == "every");
  fault(node, "dmn_structure", fmt::format("<{}> is not an expression", tag));
  return nullptr;
}

NodePtr Loader::text_node(Xml node, Scope& scope, const std::string& text, bool tests) {
  ParseInput input;
  input.text = text;
  input.types = &file().types;
  input.properties = &file().properties;
  input.unknown_names_are_errors = !options_.keep_going;
  auto parsed = parse_in(scope, input, tests);
  if (parsed) return std::move(*parsed);
  fault(node, std::move(parsed).error());
  return null_node();
}

NodePtr Loader::literal(Xml node, Scope& scope) {
  const std::string language = attribute(node, "expressionLanguage");
  if (!language.empty() && language.find("FEEL") == language.npos &&
      language.find("feel") == language.npos)
    fault(node, "dmn_structure", fmt::format("the expression language '{}' is not FEEL", language));
  const std::string text = text_of(node);
  if (text.find_first_not_of(" \t\r\n") == text.npos) return null_node();
  import_types();
  return text_node(node, scope, text);
}

NodePtr Loader::context(Xml node, Scope& scope) {
  auto made = std::make_shared<ContextOf>();
  const std::size_t mark = scope.mark();
  NodePtr result;
  for (const Xml entry : children(node, "contextEntry")) {
    const Xml variable = child(entry, "variable");
    const std::string name = normal_name(attribute(variable, "name"));
    NodePtr value;
    if (const Xml inner = child(entry, "functionDefinition"))
      value = function(inner, scope, name, nullptr);
    else value = logic_of(entry, scope);
    if (!value) value = null_node();
    if (const std::string type_text = attribute(variable, "typeRef"); !type_text.empty())
      if (const TypePtr type = type_named(type_text, variable);
          type && type->base != Type::Base::function)
        value = std::make_shared<Typed>(std::move(value), type, name);
    if (!variable) result = std::move(value);
    else made->entries.push_back({name, scope.declare(name), std::move(value)});
  }
  scope.forget_since(mark);
  if (!result) return made;
  // The entry without a name is the value of the whole; the context only lends its names.
  struct Final final : Node {
    Final(NodePtr e, NodePtr r) : entries(std::move(e)), result(std::move(r)) {}
    [[nodiscard]] Value eval(Machine& machine) const override {
      entries->run(machine);
      return result->run(machine);
    }
    NodePtr entries, result;
  };
  return std::make_shared<Final>(std::move(made), std::move(result));
}

NodePtr Loader::list(Xml node, Scope& scope) {
  auto made = std::make_shared<ListOf>();
  for (const Xml item : elements(node))
    if (is_expression(item)) made->items.push_back(boxed(item, scope));
  return made;
}

NodePtr Loader::relation(Xml node, Scope& scope) {
  auto rows = std::make_shared<ListOf>();
  const auto columns = children(node, "column");
  for (const Xml row : children(node, "row")) {
    auto made = std::make_shared<ContextOf>();
    std::size_t i = 0;
    for (const Xml cell : elements(row)) {
      if (!is_expression(cell)) continue;
      if (i == columns.size()) {
        fault(row, "dmn_structure", "a row has more cells than the relation has columns");
        break;
      }
      made->entries.push_back(
          {normal_name(attribute(columns[i++], "name")), scope.reserve(), boxed(cell, scope)});
    }
    if (i < columns.size())
      fault(row, "dmn_structure", "a row has fewer cells than the relation has columns");
    rows->items.push_back(std::move(made));
  }
  return rows;
}

NodePtr Loader::invocation(Xml node, Scope& scope) {
  auto made = std::make_shared<Call>();
  made->function = logic_of(node, scope);
  if (!made->function) {
    fault(node, "dmn_structure", "an invocation needs the name of a function");
    return nullptr;
  }
  for (const Xml binding : children(node, "binding")) {
    const Xml parameter = child(binding, "parameter");
    NodePtr argument = logic_of(binding, scope);
    made->names.push_back(normal_name(attribute(parameter, "name")));
    made->arguments.push_back(argument ? std::move(argument) : null_node());
  }
  return made;
}

NodePtr Loader::function(Xml node, Scope& scope, const std::string& own_name, TypePtr result) {
  const std::string kind = attribute(node, "kind");
  if (!kind.empty() && kind != "FEEL") {
    fault(node, "dmn_external_function", fmt::format("functions in {} are refused", kind));
    return null_node();
  }
  auto code = std::make_shared<FunctionCode>();
  code->name = own_name.empty() ? "a function" : own_name;
  code->signatures.emplace_back();
  code->type.result = std::move(result);
  Scope inner(&scope, own_name);
  for (const Xml parameter : children(node, "formalParameter")) {
    const std::string name = normal_name(attribute(parameter, "name"));
    const std::string type_text = attribute(parameter, "typeRef");
    code->signatures.front().push_back(name);
    code->type.parameters.push_back(type_text.empty() ? nullptr : type_named(type_text, parameter));
    inner.declare(name);
  }
  code->body = logic_of(node, inner);
  if (!code->body) code->body = null_node();
  code->slots = inner.slots();
  auto made = std::make_shared<FunctionLiteral>();
  made->code = std::move(code);
  made->captures = inner.captures();
  return made;
}

NodePtr Loader::conditional(Xml node, Scope& scope) {
  auto made = std::make_shared<If>();
  made->condition = logic_of(child(node, "if"), scope);
  made->then = logic_of(child(node, "then"), scope);
  made->otherwise = logic_of(child(node, "else"), scope);
  if (made->condition && made->then && made->otherwise) return made;
  fault(node, "dmn_structure", "a conditional needs if, then and else");
  return nullptr;
}

NodePtr Loader::filter(Xml node, Scope& scope) {
  auto made = std::make_shared<Filter>();
  made->strict = true;
  made->base = logic_of(child(node, "in"), scope);
  const std::size_t mark = scope.mark();
  made->item_slot = scope.declare_item();
  made->condition = logic_of(child(node, "match"), scope);
  scope.forget_since(mark);
  if (made->base && made->condition) return made;
  fault(node, "dmn_structure", "a filter needs in and match");
  return nullptr;
}

NodePtr Loader::iteration(Xml node, Scope& scope) {
  auto made = std::make_shared<For>();
  const std::size_t mark = scope.mark();
  NodePtr domain = logic_of(child(node, "in"), scope);
  made->iterations.push_back({scope.declare(normal_name(attribute(node, "iteratorVariable"))),
                              std::move(domain), nullptr});
  made->partial_slot = scope.declare("partial");
  made->uses_partial = true;
  made->body = logic_of(child(node, "return"), scope);
  scope.forget_since(mark);
  if (made->iterations.front().domain && made->body) return made;
  fault(node, "dmn_structure", "a for needs in and return");
  return nullptr;
}

NodePtr Loader::quantifier(Xml node, Scope& scope, bool is_every) {
  auto made = std::make_shared<Quantified>();
  made->is_every = is_every;
  const std::size_t mark = scope.mark();
  NodePtr domain = logic_of(child(node, "in"), scope);
  made->iterations.push_back({scope.declare(normal_name(attribute(node, "iteratorVariable"))),
                              std::move(domain), nullptr});
  made->condition = logic_of(child(node, "satisfies"), scope);
  scope.forget_since(mark);
  if (made->iterations.front().domain && made->condition) return made;
  fault(node, "dmn_structure", "some and every need in and satisfies");
  return nullptr;
}

}  // namespace minben::rules
