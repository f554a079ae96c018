#pragma once
// Cases that a decision model must satisfy, as a rule's author writes them beside it, and which
// rules they reach: fees.dmn is tested by fees.cases.json.
//
//   { "now": "2026-11-25T00:00:00Z",                     optional: what today() and now() see
//     "cases": [ { "name": "…", "decision": "Fee",
//                  "input": { "years": 2 }, "expected": 4700 } ] }
//
// Dates, times and durations are their ISO 8601 texts where the model declares such a type.
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "rules/rules.hpp"

namespace minben::rules {

struct TestCase {
  std::string name, decision;
  Context inputs;
  Value expected;
  int line = 0;  ///< of its name in the file
};
struct TestSuite {
  std::string file_name;
  std::optional<Instant> now;
  std::vector<TestCase> cases;
};

/// Every fault: file in Error::field, and line. Codes: "not_json", "wrong_type", "missing",
/// "unknown_key", "duplicate_name", "no_such_decision", "unknown_input".
std::expected<TestSuite, Errors> read_test_suite(std::string_view json, std::string_view file_name,
                                                 const Model& model);

struct CaseOutcome {
  std::string name, decision;
  int line = 0;
  std::string difference;  ///< "" = passed
};
/// Of one decision table of the model: what no case made fire.
struct TableCoverage {
  std::string decision, table_id;
  int line = 0;
  int rules = 0;
  std::vector<int> not_fired;  ///< 1-based rows
  [[nodiscard]] int fired() const { return rules - static_cast<int>(not_fired.size()); }
};
struct TestReport {
  std::vector<CaseOutcome> cases;
  std::vector<TableCoverage> tables;
};

/// Numbers must agree exactly, contexts in all entries.
TestReport run_test_suite(const Model& model, const TestSuite& suite);

}  // namespace minben::rules
