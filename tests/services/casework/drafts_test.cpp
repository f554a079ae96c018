#include "world.hpp"

namespace minben::casework {

using Drafts = CaseworkTest;

TEST_F(Drafts, EligibilityBeforeSignIn) {
  const auto low = must(casework().check_eligibility(permit(), {{"salary_twd", 100000}}));
  EXPECT_FALSE(low.eligible);
  EXPECT_EQ(low.reasons, std::vector<std::string>{"salary_low"});
  EXPECT_TRUE(must(casework().check_eligibility(permit(), {{"salary_twd", 160000}})).eligible);
  const auto incomplete = must(casework().check_eligibility(permit(), {}));
  EXPECT_FALSE(incomplete.eligible);
  ASSERT_EQ(incomplete.problems.size(), 1u);
  EXPECT_EQ(incomplete.problems[0].code, "required");
  EXPECT_EQ(code_of(casework().check_eligibility({"nothing"}, {})), "unknown_service");
}

TEST_F(Drafts, SaveResumeAndTakeOverEligibilityAnswers) {
  const auto started =
      must(casework().start_draft(applicant_, permit(), {{"salary_twd", 170000}, {"unknown", 1}}));
  EXPECT_EQ(started.answers, (JsonObject{{"salary_twd", 170000}}));
  const auto saved =
      save(applicant_, started, "who", {{"name_latin", "DOE, JANE"}, {"passport_no", "X1234567"}});
  EXPECT_EQ(saved.pages_done, std::vector<std::string>{"who"});
  const auto resumed = must(casework().draft(applicant_, started.id));
  EXPECT_EQ(resumed.version, saved.version);
  EXPECT_EQ(resumed.answers.at("passport_no"), "X1234567");
  EXPECT_EQ(must(casework().drafts(applicant_)).size(), 1u);
}

TEST_F(Drafts, NothingTypedIsLostWhenAPageHasProblems) {
  const auto draft = must(casework().start_draft(applicant_, permit()));
  const std::vector<forms::Input> inputs{{"name_latin", "DOE, JANE"}, {"passport_no", "X1"}};
  const auto saved = must(casework().save_page(applicant_, draft.id, draft.version, "who", inputs));
  ASSERT_EQ(saved.problems.size(), 1u);
  EXPECT_EQ(saved.problems[0].pointer, "/passport_no");
  EXPECT_EQ(saved.problems[0].code, "too_short");
  EXPECT_EQ(saved.inputs, inputs);
  EXPECT_TRUE(saved.draft.pages_done.empty());
  EXPECT_EQ(must(casework().draft(applicant_, draft.id)).answers.at("name_latin"), "DOE, JANE");
}

TEST_F(Drafts, TwoTabsDoNotOverwriteEachOther) {
  const auto draft = must(casework().start_draft(applicant_, permit()));
  save(applicant_, draft, "who", {{"name_latin", "A"}, {"passport_no", "X1234567"}});
  const std::vector<forms::Input> late{{"name_latin", "B"}, {"passport_no", "X1234567"}};
  EXPECT_EQ(code_of(casework().save_page(applicant_, draft.id, draft.version, "who", late)),
            "draft_changed");
  EXPECT_EQ(must(casework().draft(applicant_, draft.id)).answers.at("name_latin"), "A");
}

TEST_F(Drafts, BelongToOnePersonAndNeedTheAssurance) {
  const auto draft = must(casework().start_draft(applicant_, permit()));
  const auto other = must(world_->new_applicant("SMITH, JOHN"));
  EXPECT_EQ(code_of(casework().draft(other, draft.id)), "draft_not_found");
  EXPECT_EQ(code_of(casework().discard_draft(other, draft.id)), "draft_not_found");
  const Applicant weak{applicant_.person, identity::Assurance::low};
  EXPECT_EQ(code_of(casework().start_draft(weak, permit())), "assurance_too_low");
  EXPECT_EQ(code_of(casework().draft(weak, draft.id)), "assurance_too_low");
}

TEST_F(Drafts, AreForgottenAfterTheirTime) {
  const auto draft = must(casework().start_draft(applicant_, permit()));
  must(world_->advance_to(date("2026-04-01")));
  EXPECT_EQ(must(casework().draft(applicant_, draft.id)).id,
            draft.id);  // 30 days, the last one whole
  must(world_->advance_to(date("2026-04-02")));
  EXPECT_EQ(code_of(casework().draft(applicant_, draft.id)), "draft_not_found");
  const auto left =
      must(world_->database().run(store::Query{"test_drafts", "select 1 from casework.draft"}));
  EXPECT_TRUE(left.empty());
}

TEST_F(Drafts, AreBounded) {
  for (int count = 0; count < 20; ++count) must(casework().start_draft(applicant_, permit()));
  EXPECT_EQ(code_of(casework().start_draft(applicant_, permit())), "too_many_drafts");
}

TEST_F(Drafts, AnswersAreSealedAtRest) {
  filled_draft(applicant_);
  const auto rows = must(world_->database().run(store::Query{
      "test_draft_bytes", "select encode(answers, 'escape') as answers from casework.draft"}));
  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows.front().text("answers").find("X1234567"), std::string::npos);
}

TEST_F(Drafts, CheckAnswersShowsFeeMinistryAndDate) {
  const auto draft = filled_draft(applicant_, "science");
  const auto preview = must(casework().check_answers(applicant_, draft.id));
  EXPECT_TRUE(preview.problems.empty());
  EXPECT_TRUE(preview.eligibility_reasons.empty());
  EXPECT_EQ(preview.fee_twd, 2700);
  EXPECT_EQ(preview.ministry, agency("nstc"));
  EXPECT_EQ(preview.expected_by, date("2026-03-30"));  // 20 working days
}

}  // namespace minben::casework
