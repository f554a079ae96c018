#include "cases.hpp"

#include <algorithm>
#include <set>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "model.hpp"
#include "typed_json.hpp"

namespace minben::rules {

namespace {

/// JSON values have no lines of their own: a case is where its name stands first.
int line_of(std::string_view text, std::string_view name) {
  const auto at = text.find(write_json(Json(name)));
  if (at == text.npos) return 0;
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + at, '\n'));
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view file_name, const Model& model)
      : text_(text), model_(model) {
    suite_.file_name = file_name;
  }

  std::expected<TestSuite, Errors> read() {
    const auto json = parse_json(text_);
    if (!json) {
      Error error = json.error();
      error.field = suite_.file_name;
      return std::unexpected(Errors{std::move(error)});
    }
    read_root(*json);
    if (!errors_.empty()) return std::unexpected(std::move(errors_));
    return std::move(suite_);
  }

 private:
  void fault(int line, std::string_view code, std::string_view detail) {
    errors_.push_back(
        {Kind::invalid, std::string(code), std::string(detail), suite_.file_name, line, 0});
  }

  void read_root(const Json& root) {
    const Json* cases = find(root, "cases");
    if (cases == nullptr || !cases->is_array())
      return fault(1, "missing", "expected {\"cases\": [ … ]}");
    check_keys(root.get_object(), {"now", "cases"}, 1);
    if (find(root, "now") != nullptr) {
      if (const auto now = parse_instant(string_or(root, "now"))) suite_.now = *now;
      else fault(1, "wrong_type", "now must be an RFC 3339 instant");
    }
    for (const Json& one : cases->get_array()) read_case(one);
  }

  void check_keys(const JsonObject& object, const std::set<std::string_view>& known, int line) {
    for (const auto& entry : object)
      if (!known.contains(std::string_view(entry.key())))
        fault(line, "unknown_key", std::string_view(entry.key()));
  }

  void read_case(const Json& json) {
    TestCase test{string_or(json, "name"), string_or(json, "decision"), {}, {}, 0};
    test.line = line_of(text_, test.name);
    if (test.name.empty() || !json.is_object())
      return fault(test.line, "missing", "every case is an object with a name");
    check_keys(json.get_object(), {"name", "decision", "input", "expected"}, test.line);
    if (!names_.insert(test.name).second) fault(test.line, "duplicate_name", test.name);
    const auto& data = model_.data();
    const auto* index = data.find(ElementKind::decision, test.decision);
    if (index == nullptr)
      return fault(test.line, "no_such_decision",
                   fmt::format("\"{}\" in case \"{}\"", test.decision, test.name));
    const Json* expected = find(json, "expected");
    if (expected == nullptr)
      return fault(test.line, "missing", fmt::format("expected, in case \"{}\"", test.name));
    take(test, find(json, "input"), *expected, data.elements[*index].type.get());
    suite_.cases.push_back(std::move(test));
  }

  void take(TestCase& test, const Json* input, const Json& expected, const Type* type) {
    auto inputs = model_.inputs_from_json(input ? *input : Json(JsonObject()));
    if (inputs) test.inputs = std::move(*inputs);
    else add(test, inputs.error());
    auto value = typed_from_json(expected, type, "/expected");
    if (value) test.expected = std::move(*value);
    else add(test, value.error());
  }

  void add(const TestCase& test, const Error& error) {
    fault(test.line, error.code,
          fmt::format("{} {} in case \"{}\"", error.field, error.detail, test.name));
  }

  std::string_view text_;
  const Model& model_;
  TestSuite suite_;
  Errors errors_;
  std::set<std::string> names_;
};

/// A result without a declared type is compared by what it looks like as JSON.
bool agrees(const Value& expected, const Value& actual) {
  return same(expected, actual) || same(expected, from_json(to_json(actual)));
}

std::string difference(const TestCase& test, const Result<Evaluation>& result) {
  if (!result) return describe(result.error());
  if (agrees(test.expected, result->value)) return {};
  std::string text = fmt::format("expected {}, got {}", write_json(to_json(test.expected)),
                                 write_json(to_json(result->value)));
  for (const std::string& warning : result->warnings) text += "; " + warning;
  return text;
}

}  // namespace

std::expected<TestSuite, Errors> read_test_suite(std::string_view json, std::string_view file_name,
                                                 const Model& model) {
  return Reader(json, file_name, model).read();
}

TestReport run_test_suite(const Model& model, const TestSuite& suite) {
  TestReport report;
  Options options;
  options.now = suite.now;
  std::set<std::tuple<std::string, std::string, int>> fired;  // decision, table, row
  for (const TestCase& test : suite.cases) {
    const auto result = model.evaluate(test.decision, test.inputs, options);
    if (result)
      for (const FiredRule& rule : result->rules)
        fired.emplace(rule.decision, rule.table_id, rule.rule);
    report.cases.push_back({test.name, test.decision, test.line, difference(test, result)});
  }
  for (const auto& [element, table] : model.data().tables) {
    if (model.data().elements[element].file != 0) continue;
    TableCoverage coverage{
        table->owner, table->id, table->line, static_cast<int>(table->rules.size()), {}};
    for (int row = 1; row <= coverage.rules; ++row)
      if (!fired.contains({table->owner, table->id, row})) coverage.not_fired.push_back(row);
    report.tables.push_back(std::move(coverage));
  }
  return report;
}

}  // namespace minben::rules
