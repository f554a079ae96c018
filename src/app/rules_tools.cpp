// minben rules check, eval, explain and test: for the people who write rules.
#include <iostream>
#include <sstream>

#include <fmt/format.h>

#include "commands.hpp"
#include "files.hpp"
#include "rules/cases.hpp"
#include "rules/rules.hpp"

namespace minben::app::command {

namespace fs = std::filesystem;

namespace {

std::string file_text(const fs::path& path) { return read_file(path).value_or(std::string()); }

/// Other models of the folder, which this one may import.
std::vector<rules::Source> beside(const fs::path& model) {
  std::vector<rules::Source> others;
  for (const auto& entry : fs::directory_iterator(fs::absolute(model).parent_path()))
    if (entry.path().extension() == ".dmn" && entry.path().filename() != model.filename())
      others.push_back({file_text(entry.path()), entry.path().filename().string()});
  return others;
}

std::expected<rules::Model, Errors> load(const fs::path& path) {
  const auto others = beside(path);
  rules::LoadOptions options;
  options.imports = others;
  return rules::Model::load(file_text(path), path.string(), options);
}

int refuse(const Errors& errors) {
  for (const Error& error : errors) fmt::print(stderr, "{}\n", describe(error));
  return 1;
}

Result<Json> input_of(const RulesOptions& options) {
  if (options.input.empty()) return Json(JsonObject());
  if (options.input != "-") return parse_json(file_text(options.input));
  std::ostringstream text;
  text << std::cin.rdbuf();
  return parse_json(text.str());
}

Result<rules::Evaluation> evaluate(const rules::Model& model, const RulesOptions& options,
                                   const Clock& clock) {
  MINBEN_TRY(json, input_of(options));
  MINBEN_TRY(inputs, model.inputs_from_json(json));
  rules::Options how;
  how.now = clock.now();
  return model.evaluate(options.decision, inputs, how);
}

std::string_view name_of(rules::Finding::Severity severity) {
  using enum rules::Finding::Severity;
  return severity == error ? "error" : severity == warning ? "warning" : "note";
}

void print(const rules::Finding& finding) {
  fmt::print("{}:{}: {}: {}: {}", finding.file, finding.line, name_of(finding.severity),
             finding.code, finding.detail);
  if (!finding.example.entries().empty())
    fmt::print(" (for example {})", write_json(rules::to_json(rules::Value(finding.example))));
  fmt::print("\n");
}

void print(const rules::TableCoverage& table) {
  fmt::print("{} ({}): {} of {} rules fired", table.decision,
             table.table_id.empty() ? "table" : table.table_id, table.fired(), table.rules);
  if (!table.not_fired.empty()) fmt::print("; never: {}", fmt::join(table.not_fired, ", "));
  fmt::print("\n");
}

}  // namespace

int check_rules(const RulesOptions& options) {
  const auto model = load(options.model);
  if (!model) return refuse(model.error());
  const auto findings = rules::check(*model);
  for (rules::Finding finding : findings) {
    if (finding.file.empty()) finding.file = options.model.string();
    print(finding);
  }
  if (findings.empty()) fmt::print("{}: no faults\n", options.model.string());
  const bool sound = std::ranges::none_of(findings, [](const rules::Finding& finding) {
    return finding.severity == rules::Finding::Severity::error;
  });
  return sound ? 0 : 1;
}

int evaluate_rules(const RulesOptions& options, const Clock& clock) {
  const auto model = load(options.model);
  if (!model) return refuse(model.error());
  const auto result = evaluate(*model, options, clock);
  if (!result) return refuse({result.error()});
  for (const std::string& warning : result->warnings) fmt::print(stderr, "warning: {}\n", warning);
  const Json answer = options.explain ? rules::explain(*result) : rules::to_json(result->value);
  fmt::print("{}\n", write_json_pretty(answer));
  return 0;
}

int test_rules(const RulesOptions& options) {
  const auto model = load(options.model);
  if (!model) return refuse(model.error());
  const fs::path file = fs::path(options.model).replace_extension(".cases.json");
  const auto text = read_file(file);
  if (!text) return refuse({text.error()});
  const auto suite = rules::read_test_suite(*text, file.string(), *model);
  if (!suite) return refuse(suite.error());
  const rules::TestReport report = rules::run_test_suite(*model, *suite);
  std::size_t passed = 0;
  for (const rules::CaseOutcome& outcome : report.cases) {
    passed += outcome.difference.empty();
    if (outcome.difference.empty()) fmt::print("pass  {}\n", outcome.name);
    else
      fmt::print("FAIL  {}\n      {}:{}: {}\n", outcome.name, file.string(), outcome.line,
                 outcome.difference);
  }
  for (const rules::TableCoverage& table : report.tables) print(table);
  fmt::print("passed {} of {}\n", passed, report.cases.size());
  return passed == report.cases.size() && passed > 0 ? 0 : 1;
}

}  // namespace minben::app::command
