#include "support.hpp"

namespace minben::rules::test {
namespace {

std::vector<Finding> findings_of(const std::string& name) {
  const auto model = Model::load(read_file(folder + "models/" + name + ".dmn"), name + ".dmn");
  EXPECT_TRUE(model) << (model ? "" : describe(model.error().front()));
  return model ? check(*model) : std::vector<Finding>();
}
bool has(const std::vector<Finding>& findings, std::string_view code, std::vector<int> rules) {
  return std::ranges::any_of(findings,
                             [&](const Finding& f) { return f.code == code && f.rules == rules; });
}
std::string show(const std::vector<Finding>& findings) {
  std::string out;
  for (const Finding& finding : findings) out += write_json(to_json(finding)) + "\n";
  return out;
}

TEST(Analysis, a_clean_model_has_no_findings) { EXPECT_EQ(show(findings_of("permit")), ""); }

TEST(Analysis, finds_overlaps_with_an_example) {
  const auto findings = findings_of("overlap");
  ASSERT_EQ(findings.size(), 1u) << show(findings);
  EXPECT_EQ(findings[0].code, "table_overlap");
  EXPECT_EQ(findings[0].rules, (std::vector<int>{2, 3}));
  EXPECT_EQ(to_text(*findings[0].example.find("Age")), "65");
  EXPECT_EQ(to_text(*findings[0].example.find("Kind")), "a");
  EXPECT_EQ(findings[0].line, 15);
  EXPECT_EQ(findings[0].severity, Finding::Severity::error);
}

TEST(Analysis, finds_gaps_and_the_example_really_matches_nothing) {
  const auto findings = findings_of("gap");
  ASSERT_EQ(findings.size(), 1u) << show(findings);
  EXPECT_EQ(findings[0].code, "table_gap");
  const auto model = Model::load(read_file(folder + "models/gap.dmn"), "gap.dmn");
  const auto value = model->evaluate("D", findings[0].example);
  EXPECT_TRUE(value->value.is_null());
  EXPECT_TRUE(value->rules.empty());
}

TEST(Analysis, finds_rules_that_never_decide) {
  const auto shadowed = findings_of("shadowed");
  EXPECT_TRUE(has(shadowed, "table_unreachable", {3})) << show(shadowed);
  EXPECT_EQ(shadowed.size(), 1u) << show(shadowed);
  const auto empty = findings_of("unreachable");
  EXPECT_TRUE(has(empty, "table_unreachable", {3})) << show(empty);
}

TEST(Analysis, priorities_must_be_listed) {
  const auto findings = findings_of("priority");
  EXPECT_TRUE(has(findings, "table_priority_unlisted", {3})) << show(findings);
  EXPECT_TRUE(has(findings, "table_gap", {})) << show(findings);
}

TEST(Analysis, says_when_it_cannot_tell) {
  const auto findings = findings_of("variable");
  ASSERT_EQ(findings.size(), 1u) << show(findings);
  EXPECT_EQ(findings[0].code, "table_not_analysed");
}

}  // namespace
}  // namespace minben::rules::test
