#include <fmt/format.h>

#include "machine.hpp"
#include "parser.hpp"

namespace minben::rules {

struct Expression::Program {
  std::string text;
  std::vector<std::string> names;  ///< in slot order; "?" first for unary tests
  bool is_tests = false;
  rules::Program code;
};

namespace {
Result<Expression> parse(std::string_view text, std::span<const std::string> names, bool is_tests) {
  auto program = std::make_shared<Expression::Program>();
  program->text = text;
  program->is_tests = is_tests;
  if (is_tests) program->names.emplace_back("?");
  for (const std::string& name : names) program->names.push_back(normal_name(name));
  ParseInput input;
  input.text = program->text;
  input.names = program->names;
  MINBEN_TRY(code, is_tests ? parse_tests(input) : parse_expression(input));
  program->code = std::move(code);
  return Expression(std::move(program));
}

/// `input` is "?" of unary tests.
Result<Value> run(const Expression::Program& program, const Value* input, const Context& variables,
                  const Options& options) {
  Machine machine(options);
  Value value = run_in_frame(machine, *program.code.root, program.code.slots, [&](Value* slots) {
    const std::size_t first = input ? 1 : 0;
    if (input) slots[0] = *input;
    for (std::size_t i = first; i < program.names.size(); ++i) {
      if (!program.code.used[i]) continue;
      if (const Value* variable = variables.find(program.names[i])) slots[i] = *variable;
    }
  });
  if (machine.stopped())
    return fail(Kind::too_large, "rules_limit",
                fmt::format("the evaluation reached {}", machine.stop_reason()));
  return value;
}
}  // namespace

Result<Expression> Expression::parse(std::string_view text, std::span<const std::string> names) {
  return rules::parse(text, names, false);
}
Result<Expression> Expression::parse_unary_tests(std::string_view text,
                                                 std::span<const std::string> names) {
  return rules::parse(text, names, true);
}

Result<Value> Expression::evaluate(const Context& variables, const Options& options) const {
  return run(*program_, nullptr, variables, options);
}
Result<bool> Expression::matches(const Value& input, const Context& variables,
                                 const Options& options) const {
  if (!program_->is_tests) return fail(Kind::internal, "not_unary_tests");
  MINBEN_TRY(value, run(*program_, &input, variables, options));
  return value.is_true();
}
Result<bool> Expression::holds(const Context& variables, const Options& options) const {
  MINBEN_TRY(value, evaluate(variables, options));
  if (const bool* truth = value.boolean()) return *truth;
  return fail(Kind::invalid, "not_boolean",
              fmt::format("the condition gave a {}", name_of(value.kind())));
}

const std::string& Expression::text() const { return program_->text; }
std::vector<std::string> Expression::used_names() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < program_->names.size(); ++i)
    if (program_->code.used[i] && program_->names[i] != "?") out.push_back(program_->names[i]);
  return out;
}

}  // namespace minben::rules
