#include "machine.hpp"

namespace minben::process {

namespace {

bool is_border(const Scope& scope) {
  return scope.kind == Scope::Kind::process || scope.kind == Scope::Kind::called;
}

}  // namespace

/// The nearest scope outwards that has the variable; a called process does not see its caller.
const Json* Machine::variable(Number scope_id, std::string_view name) {
  for (Scope* at = find_scope(scope_id); at; at = find_scope(at->parent)) {
    if (const Json* found = at->variables.if_contains(name)) return found;
    if (is_border(*at)) break;
  }
  return nullptr;
}

Formula::Lookup Machine::lookup(Number scope_id) {
  return [this, scope_id, count = Json(complex_count_),
          start = Json(complex_start_)](std::string_view name) -> const Json* {
    if (complex_count_ >= 0 && name == "activationCount") return &count;
    if (complex_count_ >= 0 && name == "waitingForStart") return &start;
    return variable(scope_id, name);
  };
}

void Machine::set_variable(Number scope_id, std::string_view name, const Json& value) {
  dirty_ = true;
  Scope* at = find_scope(scope_id);
  MINBEN_ASSERT(at != nullptr);
  while (!at->variables.contains(name) && !is_border(*at)) {
    at = find_scope(at->parent);
    MINBEN_ASSERT(at != nullptr);
  }
  at->variables[name] = value;
}

void Machine::set_variables(Number scope_id, const JsonObject& values) {
  for (const auto& [name, value] : values) set_variable(scope_id, name, value);
}

JsonObject Machine::visible(Number scope_id) { return visible_variables(state_, scope_id); }

JsonObject visible_variables(const State& state, Number scope) {
  JsonObject all;
  for (const Scope* at = state.scope(scope); at; at = state.scope(at->parent)) {
    for (const auto& [name, value] : at->variables)
      all.emplace(name, value);  // the inner one stays
    if (is_border(*at)) break;
  }
  return all;
}

Result<Json> Machine::evaluate(const Expression& expression, Number scope_id) {
  MINBEN_ASSERT(expression.compiled != nullptr);
  auto value = expression.compiled->evaluate(lookup(scope_id), now_);
  if (value) return value;
  return fail(Kind::invalid, "expression_failed",
              fmt::format("'{}': {}", expression.text, describe(value.error())));
}

Result<bool> Machine::holds(const Expression& expression, Number scope_id) {
  MINBEN_ASSERT(expression.compiled != nullptr);
  auto value = expression.compiled->holds(lookup(scope_id), now_);
  if (value) return value;
  return fail(Kind::invalid, "expression_failed",
              fmt::format("'{}': {}", expression.text, describe(value.error())));
}

Result<JsonObject> Machine::input_of(const Node& node, Number scope_id) {
  if (node.input.empty()) return JsonObject{};
  MINBEN_TRY(value, evaluate(node.input, scope_id));
  if (value.is_object()) return std::move(value.as_object());
  return fail(Kind::invalid, "expression_failed",
              fmt::format("minben:input '{}' is no context", node.input.text));
}

/// An instance of a multi-instance that collects outputs keeps its results to itself: the collected
/// list is what the others see.
void Machine::deliver(Number token_id, const JsonObject& values) {
  const Token& at = token(token_id);
  const Node& node = def_.node(at.node);
  const bool keeps = at.loop != 0 && node.loop && !node.loop->output.empty();
  if (!keeps) return set_variables(at.scope, values);
  dirty_ = true;
  for (const auto& [name, value] : values) scope(at.scope).variables[name] = value;
}

void Machine::take_result(Number token_id, const Json& value) {
  const Node& node = node_of(token_id);
  if (!node.result.empty()) {
    deliver(token_id, JsonObject{{node.result, value}});
  } else if (value.is_object()) {
    deliver(token_id, value.as_object());
  }
}

}  // namespace minben::process
