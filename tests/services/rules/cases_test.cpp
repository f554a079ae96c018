#include "rules/cases.hpp"

#include <gmock/gmock.h>

#include "support.hpp"

namespace minben::rules::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Model permit() { return *Model::load(read_file(folder + "models/permit.dmn"), "permit.dmn"); }

constexpr std::string_view one_of_each = R"({"now": "2026-11-23T04:00:00Z", "cases": [
  {"name": "passport runs out", "decision": "Eligibility", "expected": "passport",
   "input": {"Person": {"monthly salary": 200000, "passport expiry": "2027-03-01"},
             "Situation": "abroad", "Years": 2}},
  {"name": "wrong on purpose", "decision": "Fee", "expected": 1,
   "input": {"Eligibility": "eligible", "Situation": "abroad", "Years": 2}}
]})";

TEST(Cases, ReadsDatesByTheDeclaredTypeAndSaysWhatDiffers) {
  const Model model = permit();
  const auto suite = read_test_suite(one_of_each, "permit.cases.json", model);
  ASSERT_TRUE(suite) << describe(suite.error().front());
  const TestReport report = run_test_suite(model, *suite);
  ASSERT_EQ(report.cases.size(), 2u);
  EXPECT_EQ(report.cases[0].difference, "");
  EXPECT_EQ(report.cases[1].difference, "expected 1, got 4700");
  EXPECT_EQ(report.cases[1].line, 5);
}

TEST(Cases, ListsTheRulesThatNoCaseReaches) {
  const Model model = permit();
  const auto suite = read_test_suite(one_of_each, "permit.cases.json", model);
  ASSERT_TRUE(suite);
  const TestReport report = run_test_suite(model, *suite);
  ASSERT_FALSE(report.tables.empty());
  const TableCoverage& table = report.tables.front();
  EXPECT_EQ(table.decision, "Eligibility");
  EXPECT_THAT(table.not_fired, testing::Not(testing::Contains(1)));
  EXPECT_EQ(static_cast<int>(table.not_fired.size()), table.rules - 1);
}

std::vector<std::string> codes(std::string_view text) {
  const auto suite = read_test_suite(text, "permit.cases.json", permit());
  std::vector<std::string> found;
  if (!suite)
    for (const Error& error : suite.error()) found.push_back(error.code);
  return found;
}

TEST(Cases, NamesEveryFaultOfASuite) {
  EXPECT_THAT(codes("{"), ElementsAre("not_json"));
  EXPECT_THAT(codes("[]"), ElementsAre("missing"));
  EXPECT_THAT(codes(R"({"cases": [{"decision": "Fee", "expected": 1}]})"), ElementsAre("missing"));
  EXPECT_THAT(codes(R"({"cases": [{"name": "a", "decision": "Fee"}]})"), ElementsAre("missing"));
  EXPECT_THAT(codes(R"({"cases": [{"name": "a", "decision": "Free", "expected": 1}]})"),
              ElementsAre("no_such_decision"));
  EXPECT_THAT(codes(R"({"cases": [{"name": "a", "decision": "Fee", "expected": 1, "is": 2}]})"),
              ElementsAre("unknown_key"));
  EXPECT_THAT(
      codes(R"({"cases": [{"name": "a", "decision": "Fee", "expected": 1, "input": {"Yrs": 1}}]})"),
      ElementsAre("unknown_input"));
  EXPECT_THAT(codes(R"({"cases": [{"name": "a", "decision": "Fee", "expected": 1,
                        "input": {"Person": {"passport expiry": "soon"}}}]})"),
              ElementsAre("wrong_type"));
  EXPECT_THAT(codes(R"({"cases": [{"name": "a", "decision": "Fee", "expected": 1},
                                  {"name": "a", "decision": "Fee", "expected": 1}]})"),
              ElementsAre("duplicate_name"));
  EXPECT_THAT(codes(one_of_each), IsEmpty());
}

}  // namespace
}  // namespace minben::rules::test
