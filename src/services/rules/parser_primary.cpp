#include <fmt/format.h>

#include "parser.hpp"
#include "temporal.hpp"

namespace minben::rules {

NodePtr Parser::primary() {
  cursor_.skip_space();
  const std::string own_name = std::exchange(entry_name_, {});
  if (cursor_.sees_digit() || (cursor_.sees(".") && !cursor_.sees(".."))) return number();
  if (cursor_.take("\"")) return string();
  if (cursor_.sees("@")) return at_literal();
  if (cursor_.sees("(")) return parenthesis();
  if (cursor_.sees("[") || cursor_.sees("]")) return list_or_range();
  if (cursor_.sees("{")) return context();
  if (cursor_.take("?")) {
    saw_input_ = true;
    NodePtr node = scope_->resolve("?", nullptr);
    return node ? node : expected("a name; '?' is only for unary tests");
  }
  std::string known;
  const std::size_t length = scope_->longest_name(cursor_, known);
  const auto keyword = [&](std::string_view word) {
    return length <= word.size() && cursor_.take_word(word);
  };
  if (keyword("if")) return if_then_else();
  if (keyword("for")) return for_loop();
  if (keyword("some")) return quantified(false);
  if (keyword("every")) return quantified(true);
  if (length <= 8 && cursor_.sees_word("function")) {
    entry_name_ = own_name;
    return function_definition();
  }
  if (cursor_.take_word("true")) return make<Constant>(true);
  if (cursor_.take_word("false")) return make<Constant>(false);
  if (length <= 4 && cursor_.take_word("null")) return make<Constant>(Value());
  return name();
}

NodePtr Parser::number() {
  const auto literal = cursor_.number_literal();
  const auto value = literal ? Decimal::parse(*literal) : std::nullopt;
  return value ? make<Constant>(Value(*value)) : expected("a number in the range of decimal128");
}

NodePtr Parser::string() {
  std::string_view problem;
  auto text = cursor_.string_literal(problem);
  if (text) return make<Constant>(Value(std::move(*text)));
  if (!error_) error_ = error_at(cursor_.position(), "feel_syntax", std::string(problem));
  return nullptr;
}

NodePtr Parser::at_literal() {
  cursor_.take("@");
  if (!cursor_.take("\"")) return expected("a string after '@'");
  const NodePtr text = string();
  return text ? make<Constant>(parse_temporal(*text->constant()->string())) : nullptr;
}

NodePtr Parser::name() {
  if (!cursor_.sees_name()) return expected("a value");
  std::string known, builtin;
  std::size_t length = scope_->longest_name(cursor_, known);
  std::size_t builtin_length = 0;
  for (const std::string& candidate : builtin_names())
    if (const std::size_t n = cursor_.length_of(candidate); n > builtin_length) {
      builtin_length = n;
      builtin = candidate;
    }
  if (builtin_length > length) {
    cursor_.advance(builtin_length);
    return scope_->resolve(builtin, make<Constant>(*find_builtin(builtin)));
  }
  if (length > 0) {
    cursor_.advance(length);
    const NodePtr hidden =
        builtin_length == length ? make<Constant>(*find_builtin(builtin)) : nullptr;
    return scope_->resolve(known, hidden);
  }
  // Nobody declared it: perhaps an entry of the item that a filter looks at.
  std::size_t property_length = 0;
  const std::size_t at = cursor_.position();
  if (input_.properties)
    for (const std::string& candidate : *input_.properties)
      if (const std::size_t n = cursor_.length_of(candidate); n > property_length) {
        property_length = n;
        known = candidate;
      }
  if (property_length > 0) cursor_.advance(property_length);
  else known = cursor_.words();
  if (is_keyword(known)) {
    cursor_.rewind(at);
    return expected("a value");
  }
  if (!scope_->inside_item() && !unknown_)
    unknown_ = error_at(at, "feel_unknown_name", fmt::format("nothing is called '{}' here", known));
  NodePtr node = scope_->resolve(known, nullptr);
  return node ? node : make<Constant>(Value());
}

NodePtr Parser::if_then_else() {
  auto node = make<If>();
  if (!(node->condition = expression()) || !require_word("then")) return nullptr;
  if (!(node->then = expression()) || !require_word("else")) return nullptr;
  return (node->otherwise = expression()) ? node : nullptr;
}

bool Parser::iterations(std::vector<Iteration>& out) {
  do {
    const std::string variable = cursor_.words();
    if (variable.empty()) return expected("a name for the items"), false;
    if (!require_word("in")) return false;
    Iteration iteration;
    if (!(iteration.domain = expression())) return false;
    if (cursor_.take("..") && !(iteration.to = expression())) return false;
    iteration.slot = scope_->declare(variable);
    out.push_back(std::move(iteration));
  } while (cursor_.take(","));
  return true;
}

NodePtr Parser::for_loop() {
  auto node = make<For>();
  const std::size_t mark = scope_->mark();
  if (!iterations(node->iterations) || !require_word("return")) return nullptr;
  node->partial_slot = scope_->declare("partial");
  node->body = expression();
  // Captures by inner functions count as uses, too: they go through the same slot.
  const auto& used = scope_->used();
  node->uses_partial = node->partial_slot < used.size() && used[node->partial_slot];
  scope_->forget_since(mark);
  return node->body ? node : nullptr;
}

NodePtr Parser::quantified(bool is_every) {
  auto node = make<Quantified>();
  node->is_every = is_every;
  const std::size_t mark = scope_->mark();
  if (!iterations(node->iterations) || !require_word("satisfies")) return nullptr;
  node->condition = expression();
  scope_->forget_since(mark);
  return node->condition ? node : nullptr;
}

NodePtr Parser::function_definition() {
  const std::string own_name = std::exchange(entry_name_, {});
  cursor_.take_word("function");
  if (!require("(")) return nullptr;
  auto code = std::make_shared<FunctionCode>();
  code->signatures.emplace_back();
  code->name = own_name.empty() ? "a function" : own_name;
  Scope inner(scope_, own_name);
  while (!cursor_.sees(")")) {
    auto& parameters = code->signatures.front();
    if (!parameters.empty() && !require(",")) return nullptr;
    const std::string parameter = cursor_.words();
    if (parameter.empty()) return expected("a parameter name");
    TypePtr parameter_type;
    if (cursor_.take(":") && !type(parameter_type)) return nullptr;
    parameters.push_back(parameter);
    code->type.parameters.push_back(parameter_type);
    inner.declare(parameter);
  }
  cursor_.take(")");
  if (cursor_.take(":") && !type(code->type.result)) return nullptr;
  if (cursor_.sees_word("external"))
    return error_ = error_at(cursor_.position(), "dmn_external_function",
                             "external functions are refused"),
           nullptr;
  Scope* const outer = std::exchange(scope_, &inner);
  code->body = expression();
  scope_ = outer;
  if (!code->body) return nullptr;
  code->slots = inner.slots();
  auto node = make<FunctionLiteral>();
  node->code = std::move(code);
  node->captures = inner.captures();
  return node;
}

bool Parser::context_entry(ContextOf& out) {
  std::string key;
  cursor_.skip_space();
  if (cursor_.take("\"")) {
    const NodePtr text = string();
    if (!text) return false;
    key = *text->constant()->string();
  } else if (auto name = cursor_.name_before(':')) {
    key = std::move(*name);
  } else {
    return expected("the name of an entry"), false;
  }
  if (!require(":")) return false;
  entry_name_ = key;
  NodePtr value = expression();
  entry_name_.clear();
  if (!value) return false;
  // A key that is no name, such as " a", can only be asked for by get value().
  const bool is_name = !key.empty() && normal_name(key) == key;
  if (is_name) own_properties_.insert(key);
  out.entries.push_back(
      {key, is_name ? scope_->declare(key) : scope_->reserve(), std::move(value)});
  return true;
}

NodePtr Parser::context() {
  cursor_.take("{");
  auto node = make<ContextOf>();
  const std::size_t mark = scope_->mark();
  const bool outer = std::exchange(in_range_end_, false);
  if (!cursor_.sees("}")) {
    do {
      if (!context_entry(*node)) return nullptr;
    } while (cursor_.take(","));
  }
  in_range_end_ = outer;
  scope_->forget_since(mark);
  return require("}") ? node : nullptr;
}

NodePtr Parser::list_or_range() {
  const std::size_t at = cursor_.position();
  const bool open = cursor_.take("]");
  if (!open) cursor_.take("[");
  auto node = make<ListOf>();
  if (!open && cursor_.take("]")) return node;
  const bool outer = std::exchange(in_range_end_, false);
  NodePtr first = expression();
  in_range_end_ = outer;
  if (!first) return nullptr;
  if (cursor_.take("..")) return range_from(std::move(first), !open, at);
  if (open) return expected("'..'");
  node->items.push_back(std::move(first));
  while (cursor_.take(",")) {
    NodePtr next = expression();
    if (!next) return nullptr;
    node->items.push_back(std::move(next));
  }
  return require("]") ? node : nullptr;
}

NodePtr Parser::parenthesis() {
  const std::size_t at = cursor_.position();
  cursor_.take("(");
  if (cursor_.sees("<") || cursor_.sees(">") || cursor_.sees("=") || cursor_.sees("!="))
    return comparison_range();
  const bool outer = std::exchange(in_range_end_, false);
  NodePtr inner = expression();
  in_range_end_ = outer;
  if (!inner) return nullptr;
  if (cursor_.take("..")) return range_from(std::move(inner), false, at);
  return require(")") ? inner : nullptr;
}

NodePtr Parser::range_end() {
  const bool outer = std::exchange(in_range_end_, true);
  NodePtr end = chain(0);
  in_range_end_ = outer;
  return end;
}

NodePtr Parser::range_from(NodePtr low, bool low_included, std::size_t at) {
  auto node = make<RangeOf>();
  node->at = static_cast<std::uint32_t>(at);
  node->low = std::move(low);
  node->low_included = low_included;
  if (!(node->high = range_end())) return nullptr;
  node->high_included = cursor_.take("]");
  if (!node->high_included && !cursor_.take(")") && !cursor_.take("["))
    return expected("']', ')' or '[' after the range");
  return node->low->constant() && node->high->constant() ? folded(std::move(node)) : node;
}

// (< 5), (>= 5), (= 5), (!= 5): ranges with one end.
NodePtr Parser::comparison_range() {
  Comparison comparison{};
  take_comparison(comparison);
  auto node = make<RangeOf>();
  NodePtr end = chain(0);
  if (!end || !require(")")) return nullptr;
  const bool fixed = end->constant() != nullptr;
  switch (comparison) {
    case Comparison::less_equal:
      node->high_included = true;
      [[fallthrough]];
    case Comparison::less:
      node->high = std::move(end);
      break;
    case Comparison::greater_equal:
      node->low_included = true;
      [[fallthrough]];
    case Comparison::greater:
      node->low = std::move(end);
      break;
    case Comparison::equal:
    case Comparison::not_equal:
      node->form = comparison == Comparison::equal ? Range::Form::equal : Range::Form::not_equal;
      node->low_included = node->high_included = true;
      node->low = node->high = std::move(end);
  }
  return fixed ? folded(std::move(node)) : node;
}

}  // namespace minben::rules
