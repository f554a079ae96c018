#include <fmt/format.h>

#include "parser.hpp"

namespace minben::rules {

NodePtr Parser::unary_tests() {
  if (cursor_.done()) return make<AnyTest>();
  const std::size_t start = cursor_.position();
  if (cursor_.take("-")) {
    if (cursor_.done()) return make<AnyTest>();
    cursor_.rewind(start);
  }
  if (cursor_.sees_word("not"))
    if (NodePtr negated = attempt([&]() -> NodePtr {
          cursor_.take_word("not");
          if (!cursor_.take("(")) return nullptr;
          NodePtr tests = test_list(")");
          if (!tests || !cursor_.take(")") || !cursor_.done()) return nullptr;
          auto node = make<TestList>();
          node->tests.push_back(std::move(tests));
          node->negated = true;
          return node;
        }))
      return negated;
  return error_ ? nullptr : test_list({});
}

NodePtr Parser::test_list(std::string_view end) {
  auto node = make<TestList>();
  do {
    NodePtr one = test();
    if (!one) return nullptr;
    node->tests.push_back(std::move(one));
  } while (cursor_.take(","));
  if (!end.empty() && !cursor_.sees(end)) return expected(fmt::format("',' or '{}'", end));
  return node->tests.size() == 1 ? node->tests.front() : node;
}

NodePtr Parser::test(bool in_operand) {
  const NodePtr input = scope_->resolve("?", nullptr);
  const auto* variable = dynamic_cast<const VariableNode*>(input.get());
  if (!variable || variable->reference.place != Reference::Place::slot)
    return expected("a value to test");
  const std::size_t slot = variable->reference.index;
  Comparison comparison{};
  if (take_comparison(comparison)) {
    auto node = make<CompareTest>();
    node->slot = slot;
    node->comparison = comparison;
    return (node->end = chain(0)) ? node : nullptr;
  }
  auto node = make<ValueTest>();
  node->slot = slot;
  const bool outer = std::exchange(saw_input_, false);
  node->value = in_operand ? chain(0) : expression();
  node->uses_input = saw_input_;
  saw_input_ = saw_input_ || outer;
  return node->value ? node : nullptr;
}

Result<TypePtr> Parser::whole_type() {
  TypePtr out;
  if (type(out) && !cursor_.done()) expected("the end of the type");
  if (error_) return fail(*error_);
  return out;
}
Result<TypePtr> parse_type(std::string_view text, const TypeNames* types) {
  ParseInput input{text, {}, types};
  return Parser(input).whole_type();
}

namespace {
constexpr std::string_view builtin_types[] = {"Any",
                                              "Null",
                                              "boolean",
                                              "number",
                                              "string",
                                              "date and time",
                                              "dateTime",
                                              "date",
                                              "time",
                                              "years and months duration",
                                              "yearMonthDuration",
                                              "days and time duration",
                                              "dayTimeDuration",
                                              "list",
                                              "context",
                                              "range",
                                              "function"};
}

bool Parser::type(TypePtr& out) {
  const Nest nest(*this);
  if (!nest.ok) return false;
  cursor_.skip_space();
  std::size_t longest = 0;
  std::string found;
  const auto consider = [&](std::string_view candidate) {
    if (const std::size_t length = cursor_.length_of(candidate); length > longest) {
      longest = length;
      found = candidate;
    }
  };
  for (const std::string_view candidate : builtin_types) consider(candidate);
  if (input_.types)
    for (const auto& [candidate, ignored] : *input_.types) consider(candidate);
  if (longest == 0) {
    const std::size_t at = cursor_.position();
    const std::string unknown = cursor_.words();
    if (unknown.empty()) return expected("a type"), false;
    // Unlike a variable, a type cannot turn up at run time.
    if (!error_)
      error_ = error_at(at, "feel_unknown_name", fmt::format("there is no type '{}'", unknown));
    return false;
  }
  cursor_.advance(longest);
  const auto own = input_.types ? input_.types->find(found) : TypeNames::const_iterator{};
  if (input_.types && own != input_.types->end()) {
    out = own->second;
    return true;
  }
  find_builtin_type(found, out);
  return type_arguments(out);
}

bool Parser::type_arguments(TypePtr& out) {
  if (!out) return true;
  using Base = Type::Base;
  if (out->base == Base::context) return !cursor_.sees("<") || context_type(out);
  if (out->base == Base::function) return !cursor_.sees("<") || function_type(out);
  if ((out->base != Base::list && out->base != Base::range) || !cursor_.take("<")) return true;
  Type whole = *out;
  if (!type(whole.element) || !require(">")) return false;
  whole.name += fmt::format("<{}>", whole.element ? whole.element->name : "Any");
  out = std::make_shared<const Type>(std::move(whole));
  return true;
}

bool Parser::context_type(TypePtr& out) {
  cursor_.take("<");
  Type whole = *out;
  if (cursor_.take(">")) return true;
  do {
    auto field = cursor_.name_before(':');
    if (!field) return expected("the name of an entry"), false;
    cursor_.take(":");
    TypePtr field_type;
    if (!type(field_type)) return false;
    whole.fields.push_back({std::move(*field), std::move(field_type)});
  } while (cursor_.take(","));
  out = std::make_shared<const Type>(std::move(whole));
  return require(">");
}

bool Parser::function_type(TypePtr& out) {
  cursor_.take("<");
  Type whole = *out;
  while (!cursor_.sees(">")) {
    if (!whole.fields.empty() && !require(",")) return false;
    TypePtr parameter;
    if (!type(parameter)) return false;
    whole.fields.push_back({{}, std::move(parameter)});
  }
  cursor_.take(">");
  if (!require("->") || !type(whole.element)) return false;
  out = std::make_shared<const Type>(std::move(whole));
  return true;
}

}  // namespace minben::rules
