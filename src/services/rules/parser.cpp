#include "parser.hpp"

#include <fmt/format.h>

namespace minben::rules {

Parser::Parser(const ParseInput& input) : input_(input), cursor_(input.text) {
  for (const std::string& name : input.names) top_.declare(name);
}

Error Parser::error_at(std::size_t position, std::string_view code, std::string detail) const {
  Error error{Kind::invalid, std::string(code), std::move(detail), {}, 1, 1};
  for (const char c : input_.text.substr(0, position)) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0) == 0x80;  // of a UTF-8 character
    if (c == '\n') {
      ++error.line;
      error.column = 1;
    } else if (!continues) {
      ++error.column;
    }
  }
  return error;
}

NodePtr Parser::expected(std::string_view what) {
  cursor_.skip_space();
  const std::size_t at = cursor_.position();
  if (error_) return nullptr;
  const bool at_end = at >= input_.text.size();
  std::string_view seen = input_.text.substr(std::min(at, input_.text.size()), 20);
  seen = seen.substr(0, seen.find('\n'));
  while (!seen.empty() && !is_utf8(seen)) seen.remove_suffix(1);
  error_ = error_at(at, "feel_syntax",
                    at_end ? fmt::format("expected {} at the end", what)
                           : fmt::format("expected {} before '{}'", what, seen));
  return nullptr;
}
bool Parser::require(std::string_view symbol) {
  if (cursor_.take(symbol)) return true;
  expected(fmt::format("'{}'", symbol));
  return false;
}
bool Parser::require_word(std::string_view word) {
  if (cursor_.take_word(word)) return true;
  expected(fmt::format("'{}'", word));
  return false;
}

Result<NodePtr> Parser::finish(NodePtr root) {
  if (root && !cursor_.done()) root = expected("the end of the expression or an operator");
  if (!root) return fail(*error_);
  if (unknown_ && input_.unknown_names_are_errors) return fail(*unknown_);
  return root;
}
Result<Program> Parser::program(Result<NodePtr> root) {
  if (!root) return fail(std::move(root).error());
  Program out{std::move(*root), top_.slots(), top_.used()};
  out.used.resize(input_.names.size());
  return out;
}
Result<Program> Parser::whole_expression() { return program(finish(expression())); }
Result<Program> Parser::whole_tests() { return program(finish(unary_tests())); }
Result<NodePtr> Parser::in_scope(bool tests) {
  return finish(tests ? unary_tests() : expression());
}

Result<Program> parse_expression(const ParseInput& input) {
  return Parser(input).whole_expression();
}
Result<Program> parse_tests(const ParseInput& input) { return Parser(input).whole_tests(); }
Result<NodePtr> parse_in(Scope& scope, const ParseInput& input, bool tests) {
  return Parser(input, scope).in_scope(tests);
}

NodePtr Parser::expression() {
  const Nest nest(*this);
  return nest.ok ? logic(false) : nullptr;
}

NodePtr Parser::logic(bool is_and) {
  const auto operand_of = [&] { return is_and ? comparison() : logic(true); };
  const std::string_view word = is_and ? "and" : "or";
  NodePtr first = operand_of();
  if (!first || !cursor_.sees_word(word)) return first;
  auto node = make<Logic>();
  node->is_and = is_and;
  node->operands.push_back(std::move(first));
  while (cursor_.take_word(word)) {
    NodePtr next = operand_of();
    if (!next) return nullptr;
    node->operands.push_back(std::move(next));
  }
  return node;
}

bool Parser::take_comparison(Comparison& out) {
  struct Symbol {
    std::string_view text;
    Comparison comparison;
  };
  for (const auto& [text, comparison] : {Symbol{"<=", Comparison::less_equal},
                                         {">=", Comparison::greater_equal},
                                         {"!=", Comparison::not_equal},
                                         {"<", Comparison::less},
                                         {">", Comparison::greater},
                                         {"=", Comparison::equal}})
    if (cursor_.take(text)) {
      out = comparison;
      return true;
    }
  return false;
}

NodePtr Parser::comparison() {
  NodePtr node = chain(0);
  constexpr int longest = 16;
  for (int i = 0; node && i < longest; ++i) {
    NodePtr next = comparison_tail(node);
    if (next == node) return node;
    node = std::move(next);
  }
  return node ? expected("fewer comparisons in a row") : nullptr;
}

NodePtr Parser::comparison_tail(NodePtr left) {
  Comparison comparison{};
  if (take_comparison(comparison)) {
    auto node = make<Compare>();
    node->comparison = comparison;
    node->left = std::move(left);
    node->right = chain(0);
    return node->right ? node : nullptr;
  }
  if (cursor_.take_word("between")) {
    auto node = make<Between>();
    node->value = std::move(left);
    if (!(node->low = chain(0)) || !require_word("and") || !(node->high = chain(0))) return nullptr;
    return node;
  }
  return cursor_.take_word("in") ? in_tests(std::move(left)) : left;
}

NodePtr Parser::in_tests(NodePtr value) {
  auto node = make<In>();
  node->value = std::move(value);
  const std::size_t mark = scope_->mark();
  node->slot = scope_->declare("?");
  if (cursor_.sees("("))
    node->tests = attempt([&]() -> NodePtr {
      cursor_.take("(");
      NodePtr tests = test_list(")");
      return tests && cursor_.take(")") ? tests : nullptr;
    });
  if (!node->tests && !error_) node->tests = test(true);
  scope_->forget_since(mark);
  return node->tests ? node : nullptr;
}

namespace {
struct Symbol {
  std::string_view text;
  Operator op;
};
constexpr int levels = 3;
constexpr Symbol symbols[levels][2] = {{{"+", Operator::add}, {"-", Operator::subtract}},
                                       {{"*", Operator::multiply}, {"/", Operator::divide}},
                                       {{"**", Operator::power}, {"**", Operator::power}}};
}  // namespace

NodePtr Parser::operand(int level) { return level + 1 < levels ? chain(level + 1) : unary(); }

// + -, then * /, then **, all from the left.
NodePtr Parser::chain(int level) {
  NodePtr first = operand(level);
  if (!first) return nullptr;
  std::shared_ptr<Arithmetic> node;
  while (true) {
    const Symbol* taken = nullptr;
    for (const Symbol& symbol : symbols[level])
      if (!taken && !(level == 1 && cursor_.sees("**")) && cursor_.take(symbol.text))
        taken = &symbol;
    if (!taken) break;
    if (!node) {
      node = make<Arithmetic>();
      node->first = std::move(first);
    }
    NodePtr next = operand(level);
    if (!next) return nullptr;
    node->rest.emplace_back(taken->op, std::move(next));
  }
  return node ? node : first;
}

NodePtr Parser::unary() {
  const Nest nest(*this);
  if (!nest.ok) return nullptr;
  if (!cursor_.take("-")) return postfix();
  auto node = make<Negation>();
  node->operand = unary();
  if (!node->operand) return nullptr;
  if (const Value* value = node->operand->constant(); value && value->number())
    return make<Constant>(Value(negate(*value->number())));
  return node;
}

NodePtr Parser::postfix() {
  NodePtr node = primary();
  constexpr int longest = 60;
  bool more = true;
  for (int i = 0; node && more; ++i) {
    if (i == longest) return expected("fewer steps in a path");
    node = postfix_step(std::move(node), more);
  }
  return node;
}

NodePtr Parser::postfix_step(NodePtr base, bool& more) {
  if (cursor_.sees(".") && !cursor_.sees("..")) return path(std::move(base));
  if (cursor_.sees("(") && !(base->constant() && !base->constant()->function()))
    return call(std::move(base));
  if (cursor_.sees("[")) {
    if (!in_range_end_) return filter(std::move(base));
    // In `]1..5[` the bracket closes the range; in `[1..list[1]]` it begins a filter.
    if (NodePtr filtered = attempt([&]() -> NodePtr {
          NodePtr node = filter(base);
          return node && (cursor_.sees("]") || cursor_.sees(")") || cursor_.sees("[")) ? node
                                                                                       : nullptr;
        }))
      return filtered;
  } else if (cursor_.sees_word("instance")) {
    return instance_of(std::move(base));
  }
  more = false;
  return error_ ? nullptr : base;
}

NodePtr Parser::path(NodePtr base) {
  cursor_.take(".");
  cursor_.skip_space();
  auto node = make<Path>();
  node->base = std::move(base);
  std::size_t longest = 0;
  const auto consider = [&](const std::set<std::string>& names) {
    for (const std::string& candidate : names)
      if (const std::size_t length = cursor_.length_of(candidate); length > longest) {
        longest = length;
        node->name = candidate;
      }
  };
  consider(own_properties_);
  if (input_.properties) consider(*input_.properties);
  if (longest > 0) cursor_.advance(longest);
  else node->name = cursor_.words();
  return node->name.empty() ? expected("a name after '.'") : node;
}

NodePtr Parser::filter(NodePtr base) {
  cursor_.take("[");
  auto node = make<Filter>();
  node->base = std::move(base);
  const std::size_t mark = scope_->mark();
  node->item_slot = scope_->declare_item();
  const bool outer = std::exchange(in_range_end_, false);
  node->condition = expression();
  in_range_end_ = outer;
  scope_->forget_since(mark);
  return node->condition && require("]") ? node : nullptr;
}

NodePtr Parser::call(NodePtr function) {
  cursor_.take("(");
  auto node = make<Call>();
  node->function = std::move(function);
  const bool outer = std::exchange(in_range_end_, false);
  while (!cursor_.sees(")")) {
    if (!node->arguments.empty() && !require(",")) return nullptr;
    if (auto parameter = cursor_.name_before(':')) {
      cursor_.take(":");
      node->names.push_back(std::move(*parameter));
    }
    NodePtr argument = expression();
    if (!argument) return nullptr;
    node->arguments.push_back(std::move(argument));
    if (!node->names.empty() && node->names.size() != node->arguments.size())
      return expected("a name for every argument, or for none");
  }
  in_range_end_ = outer;
  if (!require(")")) return nullptr;
  const Value* callee = node->function->constant();
  const Function* known = callee ? callee->function() : nullptr;
  if (known && node->names.empty() && takes(*known, node->arguments.size())) node->fixed = known;
  const bool timeless = callee && callee->function() && callee->function()->name() != "now" &&
                        callee->function()->name() != "today";
  const bool fixed = timeless && std::ranges::all_of(node->arguments, [](const NodePtr& argument) {
                       return argument->constant() != nullptr;
                     });
  return fixed ? folded(std::move(node)) : node;
}

/// The value instead of the node, when it has one: date("2026-01-01") is computed once. What gives
/// null stays, so that its warning comes with every evaluation.
NodePtr Parser::folded(NodePtr node) {
  const Options plain;
  Machine machine(plain);
  Value value = node->run(machine);
  if (value.is_null() || machine.stopped()) return node;
  auto constant = make<Constant>(std::move(value));
  constant->at = node->at;
  return constant;
}

NodePtr Parser::instance_of(NodePtr value) {
  cursor_.take_word("instance");
  auto node = make<InstanceOf>();
  node->value = std::move(value);
  return require_word("of") && type(node->type) ? node : nullptr;
}

}  // namespace minben::rules
