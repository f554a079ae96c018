#pragma once
// FEEL text → program (DMN 1.5 §10.3.1.2). One pass: names are resolved while they are read,
// because only what is in scope says where a name with spaces ends.
#include <set>
#include <span>
#include <string>
#include <vector>

#include "scope.hpp"

namespace minben::rules {

struct Program {
  NodePtr root;
  std::size_t slots = 0;   ///< of the frame it runs in; the given names come first, in order
  std::vector<bool> used;  ///< which of the given names occur
};

struct ParseInput {
  std::string_view text;
  std::span<const std::string> names;  ///< visible variables, slot 0 onwards; "?" is the input
  const TypeNames* types = nullptr;    ///< item definitions
  const std::set<std::string>* properties =
      nullptr;  ///< names that may follow a point, with spaces
  bool unknown_names_are_errors = true;
};

Result<Program> parse_expression(const ParseInput& input);
/// Tests of the variable "?", which must be among the names.
Result<Program> parse_tests(const ParseInput& input);
/// The same inside a bigger program: boxed expressions share the scope of their decision.
Result<NodePtr> parse_in(Scope& scope, const ParseInput& input, bool tests = false);
/// A type reference as in typeRef, "list<number>"; nullptr is Any.
Result<TypePtr> parse_type(std::string_view text, const TypeNames* types);

/// The built-in function of that name as a value; null when there is none.
const Value* find_builtin(std::string_view name);
std::span<const std::string> builtin_names();

class Parser {
 public:
  explicit Parser(const ParseInput& input);
  Parser(const ParseInput& input, Scope& scope)
      : input_(input), cursor_(input.text), scope_(&scope) {}
  Result<NodePtr> in_scope(bool tests);
  Result<Program> whole_expression();
  Result<Program> whole_tests();
  Result<TypePtr> whole_type();

 private:
  class Nest;
  struct Saved {
    std::size_t position, mark, errors;
  };

  // parser.cpp: operators, from loose to tight
  NodePtr expression();
  NodePtr logic(bool is_and);
  NodePtr comparison();
  NodePtr comparison_tail(NodePtr left);
  NodePtr in_tests(NodePtr value);
  NodePtr chain(int level);
  NodePtr operand(int level);
  NodePtr unary();
  NodePtr postfix();
  NodePtr postfix_step(NodePtr base, bool& more);
  NodePtr path(NodePtr base);
  NodePtr filter(NodePtr base);
  NodePtr call(NodePtr function);
  NodePtr instance_of(NodePtr value);
  NodePtr folded(NodePtr node);

  // parser_primary.cpp: what stands by itself
  NodePtr primary();
  NodePtr number();
  NodePtr string();
  NodePtr at_literal();
  NodePtr name();
  NodePtr if_then_else();
  NodePtr for_loop();
  NodePtr quantified(bool is_every);
  bool iterations(std::vector<Iteration>& out);
  NodePtr function_definition();
  NodePtr context();
  bool context_entry(ContextOf& out);
  NodePtr list_or_range();
  NodePtr parenthesis();
  NodePtr range_from(NodePtr low, bool low_included, std::size_t at);
  NodePtr range_end();
  NodePtr comparison_range();

  // parser_tests.cpp: unary tests and types
  NodePtr unary_tests();
  NodePtr test_list(std::string_view end);
  NodePtr test(bool in_operand = false);  ///< in_operand: after `in`, where `and` ends the test
  bool take_comparison(Comparison& out);
  bool type(TypePtr& out);
  bool type_arguments(TypePtr& out);
  bool context_type(TypePtr& out);
  bool function_type(TypePtr& out);

  // Failing: the first error wins; every function returns null or false after it.
  NodePtr expected(std::string_view what);
  [[nodiscard]] Error error_at(std::size_t position, std::string_view code,
                               std::string detail) const;
  bool require(std::string_view symbol);
  bool require_word(std::string_view word);
  Result<NodePtr> finish(NodePtr root);
  Result<Program> program(Result<NodePtr> root);
  /// Tries one reading; on failure everything is as before, and the result is null.
  template <class Reading>
  NodePtr attempt(Reading&& reading);

  template <class T, class... Arguments>
  std::shared_ptr<T> make(Arguments&&... arguments) {
    auto node = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    node->at = static_cast<std::uint32_t>(cursor_.position());
    return node;
  }

  ParseInput input_;
  Cursor cursor_;
  Scope top_;
  Scope* scope_ = &top_;
  int depth_ = 0;
  int attempts_ = 0;
  bool in_range_end_ = false;
  bool saw_input_ = false;
  std::string entry_name_;  ///< the context entry whose value comes next, for recursive functions
  std::set<std::string> own_properties_;
  std::optional<Error> error_;
  std::optional<Error> unknown_;
};

/// Bounds nesting: `const Nest nest(*this); if (!nest.ok) return nullptr;`
class Parser::Nest {
 public:
  explicit Nest(Parser& parser) : parser_(parser) {
    constexpr int deepest = 150;
    ok = ++parser_.depth_ <= deepest;
    if (!ok) parser_.expected("less nesting");
  }
  ~Nest() { --parser_.depth_; }
  Nest(const Nest&) = delete;
  Nest& operator=(const Nest&) = delete;
  bool ok;

 private:
  Parser& parser_;
};

template <class Reading>
NodePtr Parser::attempt(Reading&& reading) {
  // Attempts nest, so a hostile text could double the work at each level: the number is bounded.
  constexpr int most = 5'000;
  if (error_ || ++attempts_ > most) return error_ ? nullptr : expected("a simpler expression");
  const std::size_t position = cursor_.position(), mark = scope_->mark();
  const auto unknown = unknown_;
  const bool saw = saw_input_, range_end = in_range_end_;
  NodePtr node = reading();
  if (node) return node;
  const bool hopeless = attempts_ > most || depth_ > 149;
  if (!hopeless) error_.reset();
  unknown_ = unknown;
  saw_input_ = saw;
  in_range_end_ = range_end;
  scope_->forget_since(mark);
  cursor_.rewind(position);
  return nullptr;
}

}  // namespace minben::rules
