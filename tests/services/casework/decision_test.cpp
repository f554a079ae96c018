// Refusals: reasons, four eyes, appeal.
#include "world.hpp"

namespace minben::casework {

class Refusal : public CaseworkTest {
 protected:
  /// The review task with the refusal proposed by officer 1 of nia.
  CaseId proposed() {
    const auto id = in_review();
    const auto who = officer("nia");
    const auto task = claimed(who, id);
    must(casework().decide(who, task.id, task.version,
                           {"refuse", {"not_qualified"}, "The diploma is not his."}));
    must(world_->run_due());
    return id;
  }
};

TEST_F(Refusal, NeedsGroundsAndWords) {
  const auto id = in_review();
  const auto who = officer("nia");
  const auto task = claimed(who, id);
  const auto code = [&](const Decision& decision) {
    return code_of(casework().decide(who, task.id, task.version, decision));
  };
  EXPECT_EQ(code({"refuse", {}, "because"}), "grounds_missing");
  EXPECT_EQ(code({"refuse", {"not_qualified"}, " "}), "text_missing");
  EXPECT_EQ(code({"refuse", {"no_such"}, "because"}), "unknown_ground");
  EXPECT_EQ(code({"refuse", {"supplement_lapsed"}, "because"}),
            "unknown_ground");  // the platform's only
  EXPECT_EQ(code({"pass", {"not_qualified"}, ""}), "grounds_not_expected");
  EXPECT_EQ(code({"perhaps", {}, ""}), "unknown_outcome");
  EXPECT_EQ(view(id).summary.state, State::in_review);
}

TEST_F(Refusal, TakesASecondPairOfEyes) {
  const auto id = proposed();
  EXPECT_EQ(view(id).summary.state, State::in_review);
  EXPECT_FALSE(view(id).decision.has_value());
  EXPECT_EQ(events(view(id)).back(), "step_started");  // the proposal is not the applicant's to see
  const auto proposer = officer("nia", 1);
  const auto approver = officer("nia", 2);
  EXPECT_TRUE(must(casework().queue(proposer, {.service = {}, .step = {}})).tasks.empty());
  const auto task = task_of(approver, id);
  EXPECT_EQ(task.kind, TaskKind::confirmation);
  EXPECT_EQ(code_of(casework().claim(proposer, task.id, task.version)), "own_proposal");
  EXPECT_EQ(code_of(casework().assign(approver, task.id, task.version, proposer)), "own_proposal");
  auto no_approver = approver;
  no_approver.roles = {"caseworker", "team_lead"};
  EXPECT_EQ(code_of(casework().claim(no_approver, task.id, task.version)), "role_missing");
  const auto opened = must(casework().open_case(approver, id));
  ASSERT_TRUE(opened.proposed.has_value());
  EXPECT_TRUE(opened.may_confirm);
  EXPECT_FALSE(must(casework().open_case(proposer, id)).may_confirm);
  EXPECT_EQ(opened.proposed->text, "The diploma is not his.");

  const auto mine = must(casework().claim(approver, task.id, task.version));
  must(casework().confirm_refusal(approver, mine.id, mine.version, true, ""));
  must(world_->run_due());
  const auto found = view(id);
  EXPECT_EQ(found.summary.state, State::refused);
  ASSERT_TRUE(found.decision.has_value());
  EXPECT_FALSE(found.decision->approved);
  EXPECT_EQ(found.decision->grounds, std::vector<std::string>{"not_qualified"});
  EXPECT_EQ(found.decision->text, "The diploma is not his.");
  EXPECT_EQ(found.decision->appeal_until, date("2026-04-01"));
  const auto letter = std::ranges::find(found.documents, "refusal", &CaseDocument::kind);
  EXPECT_NE(letter, found.documents.end());
}

TEST_F(Refusal, CanBeSentBack) {
  const auto id = proposed();
  const auto approver = officer("nia", 2);
  const auto task = claimed(approver, id);
  EXPECT_EQ(code_of(casework().confirm_refusal(approver, task.id, task.version, false, "")),
            "text_missing");
  must(casework().confirm_refusal(approver, task.id, task.version, false,
                                  "Ask the applicant first."));
  const auto proposer = officer("nia", 1);
  const auto again = task_of(proposer, id);
  EXPECT_EQ(again.kind, TaskKind::review);
  EXPECT_EQ(again.claimed_by, proposer.id);
  EXPECT_EQ(must(casework().open_case(proposer, id)).opinions.back().text,
            "Ask the applicant first.");
  must(casework().decide(proposer, again.id, again.version, {"pass", {}, ""}));
  EXPECT_EQ(view(id).summary.held_by, (std::vector{agency("moda"), agency("wda")}));
}

TEST_F(Refusal, AppealPeriodEndsOnAWorkingDay) {
  world_->clock().set(instant("2026-03-05T09:00:00+08:00"));
  const auto id = proposed();
  const auto approver = officer("nia", 2);
  const auto task = claimed(approver, id);
  must(casework().confirm_refusal(approver, task.id, task.version, true, ""));
  // Thirty days end on Saturday 4 April; Monday the 6th is a day off.
  EXPECT_EQ(view(id).decision->appeal_until, date("2026-04-07"));
}

TEST_F(Refusal, WithdrawalBeforeTheConfirmation) {
  const auto id = proposed();
  must(casework().withdraw(applicant_, id, ""));
  EXPECT_EQ(view(id).summary.state, State::withdrawn);
  EXPECT_THROW(task_of(officer("nia", 2), id), std::runtime_error);
  EXPECT_FALSE(view(id).decision.has_value());
}

TEST_F(Refusal, AnOpinionRefusesNothing) {
  const auto id = in_review();
  decide("nia", id, "pass");
  decide("moda", id, "not_qualified");
  EXPECT_EQ(view(id).summary.state, State::in_review);
  const auto opened = must(casework().open_case(officer("wda"), id));
  const auto opinion = std::ranges::find(opened.opinions, agency("moda"), &Opinion::agency);
  ASSERT_NE(opinion, opened.opinions.end());
  EXPECT_EQ(opinion->outcome, "not_qualified");
}

TEST_F(Refusal, ApprovalExpiresWithItsDocument) {
  const auto id = in_review();
  decide("nia", id, "pass");
  decide("moda", id, "qualified");
  decide("wda", id, "approve");
  world_->clock().set(instant("2028-03-02T23:00:00+08:00"));
  must(world_->run_due());
  EXPECT_EQ(view(id).summary.state, State::approved);
  world_->clock().set(instant("2028-03-03T00:01:00+08:00"));
  must(world_->run_due());
  EXPECT_EQ(view(id).summary.state, State::expired);
  EXPECT_EQ(events(view(id)).back(), "expired");
}

}  // namespace minben::casework
