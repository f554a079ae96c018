// rules/*.cases.json: cases of one decision model each, read with the package, played by `service
// test` together with which rules they reach.
#include "rules/cases.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

constexpr std::string_view ending = ".cases.json";

/// "rules/fees.cases.json" → "rules/fees.dmn"
std::string model_name(std::string_view file) {
  return fmt::format("{}.dmn", file.substr(0, file.size() - ending.size()));
}

const rules::Model* model_beside(const Package::Compiled& compiled, std::string_view file) {
  const auto found = std::ranges::find(compiled.models, model_name(file), &rules::Model::file_name);
  return found == compiled.models.end() ? nullptr : &*found;
}

/// "12 cases; Fee: 17 of 18 rules fired, never 4"
std::string summary(const rules::TestReport& report) {
  std::string text = fmt::format("{} cases", report.cases.size());
  for (const rules::TableCoverage& table : report.tables) {
    text += fmt::format("; {}: {} of {} rules fired", table.decision, table.fired(), table.rules);
    if (!table.not_fired.empty())
      text += fmt::format(", never {}", fmt::join(table.not_fired, ", "));
  }
  return text;
}

ExampleResult play(const rules::Model& model, const std::string& file, std::string_view json) {
  const auto suite = rules::read_test_suite(json, file, model);
  if (!suite) return {file, "", suite.error()};
  const rules::TestReport report = rules::run_test_suite(model, *suite);
  ExampleResult result{file, summary(report), {}};
  for (const rules::CaseOutcome& outcome : report.cases) {
    if (outcome.difference.empty()) continue;
    result.failures.push_back({Kind::invalid, "expected",
                               fmt::format("{}: {}", outcome.name, outcome.difference), file,
                               outcome.line, 0});
  }
  return result;
}

}  // namespace

void check_rule_cases(Building& building) {
  for (const auto& file : files_in(building.files, "rules/", ending)) {
    const rules::Model* model = model_beside(building.compiled, file);
    if (model == nullptr) {  // its faults are told already when it is there
      if (!building.files.contains(model_name(file)))
        building.fault(file, 0, "unknown_model", "no model of this name beside it");
      continue;
    }
    const auto suite = rules::read_test_suite(building.files.at(file), file, *model);
    if (!suite)
      building.errors.insert(building.errors.end(), suite.error().begin(), suite.error().end());
  }
}

std::vector<ExampleResult> play_rule_cases(const Package::Compiled& compiled) {
  std::vector<ExampleResult> results;
  for (const auto& file : files_in(compiled.files, "rules/", ending))
    if (const rules::Model* model = model_beside(compiled, file))
      results.push_back(play(*model, file, compiled.files.at(file)));
  return results;
}

}  // namespace minben::casework
