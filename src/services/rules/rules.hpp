#pragma once
// Decision models: DMN 1.5 XML and FEEL. A text is parsed once into an immutable program;
// evaluating is thread-safe, bounded in depth, steps and memory, and never throws. External Java
// functions (§10.3.2.13.3) are refused by design: a rule must be readable, and must not run foreign
// code.
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "rules/value.hpp"

namespace minben::rules {

/// What one evaluation may use. Beyond it the result is the error "rules_limit", naming the bound.
struct Limits {
  std::uint64_t max_steps = 20'000'000;    ///< visited expression nodes and loop turns
  std::uint64_t max_elements = 4'000'000;  ///< list items and 16-byte pieces of text made
  int max_depth = 1'200;                   ///< nested expressions and calls
};

struct Options {
  Limits limits;
  /// What today() and now() see; without it they give null, so that a forgotten clock is noticed.
  std::optional<Instant> now;
  std::int32_t utc_offset_s = 8 * 3600;  ///< where today() and now() are; default Taiwan
  bool explain = true;  ///< record fired rules and inner decisions; without it both stay empty
};

/// One FEEL expression or list of unary tests, e.g. the condition of a sequence flow. Copies share
/// the program.
class Expression {
 public:
  /// `names` are the variables it may use, also with spaces in them. Errors: "feel_syntax" and
  /// "feel_unknown_name" with line and column in `text`; what was expected stands in the detail.
  static Result<Expression> parse(std::string_view text, std::span<const std::string> names = {});
  /// Like an input entry of a decision table (§7.3.3): `< 5, [10..20], not("a")`.
  static Result<Expression> parse_unary_tests(std::string_view text,
                                              std::span<const std::string> names = {});

  /// A FEEL error inside (wrong kinds, division by zero) gives null, as the standard says.
  [[nodiscard]] Result<Value> evaluate(const Context& variables, const Options& options = {}) const;
  /// For unary tests: does `input` satisfy them? null counts as no.
  [[nodiscard]] Result<bool> matches(const Value& input, const Context& variables = {},
                                     const Options& options = {}) const;
  /// For conditions: the value must be a boolean; error "not_boolean" otherwise (also for null).
  [[nodiscard]] Result<bool> holds(const Context& variables, const Options& options = {}) const;

  [[nodiscard]] const std::string& text() const;
  /// The variables of `names` that occur in the expression.
  [[nodiscard]] std::vector<std::string> used_names() const;

  struct Program;
  explicit Expression(std::shared_ptr<const Program> program) : program_(std::move(program)) {}

 private:
  std::shared_ptr<const Program> program_;
};

/// A rule of a decision table that fired.
struct FiredRule {
  struct Cell {
    std::string label;       ///< the input's label or expression; the output's name
    std::string test;        ///< the entry as written, e.g. ">= 160000"
    Value value;             ///< what was tested, or what came out
    std::string expression;  ///< of the input, as written; empty for outputs
  };
  struct Annotation {
    std::string name;  ///< as the table's annotation clause is called, e.g. "en", "zh-Hant", "Law"
    std::string text;
  };
  std::string decision;  ///< name of the decision or knowledge model
  std::string table_id, rule_id;
  int rule = 0;  ///< 1-based row
  std::string description;
  std::vector<Cell> inputs, outputs;
  std::vector<Annotation> annotations;
};

struct Evaluation {
  Value value;
  std::vector<FiredRule> rules;  ///< in the order the tables were evaluated
  /// Values of the decisions that were needed, inner ones first.
  Context decisions;
  /// FEEL problems met on the way, e.g. "division by zero in decision 'Fee'"; at most 100.
  std::vector<std::string> warnings;
};

/// {"value":…,"decisions":{…},"rules":[{"decision","table","rule","inputs":[{"label","expression",
/// "test","value"}],"outputs":[…],"annotations":{name:text}}],"warnings":[…]}: for people and for
/// audit.
Json explain(const Evaluation& evaluation);

/// A name and the FEEL type written in the model ("number", "tApplicant", may be empty).
struct Variable {
  std::string name;
  std::string type;
};

struct DecisionInfo {
  std::string id, name, type;
  std::vector<std::string> inputs;     ///< input data it needs, directly or through other decisions
  std::vector<std::string> decisions;  ///< decisions it requires directly
  std::string question, description;
};

/// Another file of the same package, for <import>; found by its namespace.
struct Source {
  std::string xml;
  std::string file_name;
};

struct LoadOptions {
  /// Expressions that do not parse evaluate to null and stand in errors(); for conformance tests.
  bool keep_going = false;
  std::span<const Source> imports;
};

struct ModelData;  ///< private to the room

/// An immutable DMN model. Thread-safe; copies share the data.
class Model {
 public:
  /// Every fault is listed: file in Error::field, line and column in that file, and the element's
  /// id in the detail. Codes: "dmn_xml", "dmn_structure", "dmn_reference", "dmn_type",
  /// "dmn_external_function", "feel_syntax", "feel_unknown_name".
  static std::expected<Model, Errors> load(std::string_view xml, std::string_view file_name,
                                           const LoadOptions& options = {});

  /// `decision` is a name or an element id. Input data missing from `inputs` is null; a context
  /// entry named like a decision replaces that decision (useful in tests and what-ifs).
  /// Errors: "no_such_decision", "rules_limit".
  [[nodiscard]] Result<Evaluation> evaluate(std::string_view decision, const Context& inputs,
                                            const Options& options = {}) const;
  /// A decision service (§6.3.9), by name or id, with its inputs by name. "no_such_service".
  [[nodiscard]] Result<Evaluation> evaluate_service(std::string_view service, const Context& inputs,
                                                    const Options& options = {}) const;
  /// A business knowledge model with its parameters by name. "no_such_function".
  [[nodiscard]] Result<Evaluation> invoke(std::string_view knowledge_model,
                                          const Context& arguments,
                                          const Options& options = {}) const;

  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const std::string& file_name() const;
  [[nodiscard]] std::vector<DecisionInfo> decisions() const;
  [[nodiscard]] std::vector<Variable> inputs() const;
  /// Input data (or decisions to replace) of a JSON object; texts become dates, times and durations
  /// where the model declares such a type. Errors: "unknown_input", "wrong_type", with the JSON
  /// pointer in Error::field.
  [[nodiscard]] Result<Context> inputs_from_json(const Json& object) const;
  [[nodiscard]] std::vector<std::string> services() const;
  [[nodiscard]] const Errors& errors() const;  ///< not empty only after keep_going

  explicit Model(std::shared_ptr<const ModelData> data) : data_(std::move(data)) {}
  [[nodiscard]] const ModelData& data() const { return *data_; }

 private:
  std::shared_ptr<const ModelData> data_;
};

/// What static analysis found in a decision table. Codes: "table_overlap" (UNIQUE: any; ANY,
/// PRIORITY and FIRST: with different outputs where the policy forbids it), "table_gap",
/// "table_unreachable" (a rule that can never decide), "table_output_not_allowed",
/// "table_priority_unlisted", "table_not_analysed".
struct Finding {
  enum class Severity { error, warning, note };
  Severity severity = Severity::warning;
  std::string code, detail;  ///< English, for authors of packages
  std::string file, element_id, decision;
  int line = 0;
  std::vector<int> rules;  ///< 1-based rows concerned
  Context example;         ///< one input that shows it, by input label; empty when there is none
};

/// Overlaps, gaps and unreachable rules of every table with constant unary tests over numbers,
/// strings, booleans, dates and durations; sorted by line. Bounded: a table whose analysis would
/// take more than about a million boxes gets one "table_not_analysed" note.
std::vector<Finding> check(const Model& model);
Json to_json(const Finding& finding);

}  // namespace minben::rules
