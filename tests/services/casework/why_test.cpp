// Why a result: the rules that fired, with what they saw, for the applicant and for officers.
#include <boost/json/array.hpp>

#include "world.hpp"

namespace minben::casework {

using About = Explanation::About;

class Why : public CaseworkTest {
 protected:
  std::vector<Explanation> why(CaseId id) { return must(casework().why(applicant_, id)); }

  static const Explanation& about(const std::vector<Explanation>& list, About what) {
    const auto found = std::ranges::find(list, what, &Explanation::about);
    if (found == list.end()) throw std::runtime_error("not explained");
    return *found;
  }

  void refuse(CaseId id) {
    const auto reviewer = officer("nia");
    const auto task = claimed(reviewer, id);
    must(casework().decide(reviewer, task.id, task.version,
                           {"refuse", {"not_qualified"}, "The records differ."}));
    const auto approver = officer("nia", 2);
    const auto second = claimed(approver, id);
    must(casework().confirm_refusal(approver, second.id, second.version, true, ""));
    must(world_->run_due());
  }
};

TEST_F(Why, IsKeptFromTheSubmission) {
  const auto id = submitted("science");
  const auto list = why(id);
  EXPECT_TRUE(about(list, About::eligibility).rules.empty());
  const auto& routing = about(list, About::routing);
  ASSERT_EQ(routing.rules.size(), 1);
  EXPECT_EQ(routing.rules[0].code, "nstc");
  EXPECT_EQ(routing.rules[0].number, 2);
  ASSERT_EQ(routing.rules[0].tests.size(), 1);
  const auto& test = routing.rules[0].tests[0];
  EXPECT_EQ(test.what.en, "Field") << "the form's title, for want of a label";
  EXPECT_EQ(test.asked, test.found) << "the label of the choice, in either language";
  EXPECT_NE(test.found.en, "science");
  EXPECT_EQ(routing.at, instant("2026-03-02T09:00:00+08:00"));
}

TEST_F(Why, ARefusalTellsWhatTheRegisterSaid) {
  const auto id = in_review();
  must(world_->run_due());
  const auto seen = must(casework().open_case(officer("nia"), id));
  ASSERT_TRUE(seen.grounds.has_value());
  ASSERT_EQ(seen.grounds->rules.size(), 1) << "the officer sees it before deciding";
  EXPECT_EQ(seen.grounds->rules[0].code, "not_qualified");
  refuse(id);
  world_->set_register("wda/register/employment", Json(JsonObject{{"employer", "OTHER"}}));

  const auto list = why(id);
  const auto& grounds = about(list, About::grounds);
  ASSERT_EQ(grounds.rules.size(), 1);
  const auto& rule = grounds.rules[0];
  EXPECT_EQ(rule.text.en, "The registered employer is not the one given");
  EXPECT_EQ(rule.text.zh_hant, "登記之雇主與所填不符");
  ASSERT_EQ(rule.tests.size(), 2) << "an entry that asks for nothing is left out";
  EXPECT_EQ(rule.tests[0].what, (Bilingual{"登記雇主不符", "Not the registered employer"}));
  EXPECT_EQ(rule.tests[0].found, (Bilingual{"是", "Yes"}));
  ASSERT_EQ(rule.tests[0].facts.size(), 2);
  EXPECT_EQ(rule.tests[0].facts[0].name.en, "Work permits held: Employer");
  EXPECT_EQ(rule.tests[0].facts[0].value.en, "ACME");
  EXPECT_EQ(rule.tests[0].facts[1].value.en, "200,000");
  const Json& record = grounds.record;
  EXPECT_EQ(record.at("inputs").at("employment").at("employer"), "ACME");
  EXPECT_EQ(record.at("evaluation").at("value").as_array().size(), 1);
}

TEST_F(Why, ALapseIsExplainedByItsDeadline) {
  const auto id = in_review();
  ask(id, "nia", 5);
  const auto due = view(id).supplement->due;
  must(world_->advance_to(add_days(due, 1)));
  ASSERT_EQ(view(id).summary.state, State::refused);
  const auto list = why(id);
  const auto& rules = about(list, About::grounds).rules;
  const auto lapse = std::ranges::find(rules, "supplement_lapsed", &Explanation::Rule::code);
  ASSERT_NE(lapse, rules.end());
  EXPECT_EQ(lapse->tests[0].facts[0].value.en, long_date(due, Language::en));
}

TEST_F(Why, IsForTheApplicantAlone) {
  const auto id = in_review();
  const auto other = must(world_->new_applicant("ROE, RICHARD"));
  EXPECT_EQ(code_of(casework().why(other, id)), "case_not_found");
}

TEST_F(Why, EligibilityIsExplainedBeforeSigningIn) {
  const auto found = must(casework().check_eligibility(permit(), {{"salary_twd", 100'000}}));
  ASSERT_TRUE(found.problems.empty());
  ASSERT_TRUE(found.why.has_value());
  ASSERT_EQ(found.why->rules.size(), 1);
  EXPECT_EQ(found.why->rules[0].tests[0].asked.en, "< 160000");
  EXPECT_EQ(found.why->rules[0].tests[0].found.en, "100,000");
}

}  // namespace minben::casework
