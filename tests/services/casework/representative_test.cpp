// Somebody acts for the applicant: within the mandate's services, and named in every record.
#include <algorithm>

#include "ledger/commitments.hpp"
#include "ledger/ledger.hpp"
#include "world.hpp"

namespace minben::casework {

struct Representative : CaseworkTest {
  /// Who acts for the applicant, under a mandate for `only` (empty: all services).
  Applicant acting_in(std::vector<ServiceCode> only,
                      identity::MandateKind kind = identity::MandateKind::granted) {
    Applicant who = applicant_;
    const auto actor = must(world_->new_applicant("HELPER, HAL")).person;
    who.act = identity::Act{actor, identity::MandateId::make(clock_, random_), kind};
    who.powers = {true, true, std::move(only)};
    return who;
  }
  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(Representative, AppliesAndIsNamedInHistoryLedgerAndConsents) {
  const auto who = acting_in({permit()});
  const auto id = in_review_of(who);
  const auto seen = view(id);
  const auto submitted = std::ranges::find(seen.history, "submitted", &HistoryEntry::event);
  ASSERT_NE(submitted, seen.history.end());
  EXPECT_EQ(submitted->act, who.act);
  EXPECT_EQ(submitted->actor_name, "HELPER, HAL");
  const auto officers = must(casework().open_case(officer("nia"), id));
  EXPECT_EQ(officers.view.history.front().act, who.act);

  ledger::Sequencer sequencer(world_->database(), world_->logs());
  must(sequencer.run_once());
  const auto receipt = must(casework().history_receipt(applicant_, id, submitted->sequence));
  const auto verified = ledger::verify_receipt(receipt, world_->logs().newest().vkey());
  ASSERT_TRUE(verified.has_value()) << describe(verified.error());
  const auto* act = find(verified->claim.content, "act");
  ASSERT_NE(act, nullptr);
  EXPECT_EQ(string_or(*act, "sub"), to_string(who.act->actor));
}

TEST_F(Representative, SeesAndDoesNothingOutsideTheMandate) {
  const auto id = in_review();
  const auto draft_of_applicant = must(casework().start_draft(applicant_, permit()));
  const auto who = acting_in({ServiceCode{"another"}});
  EXPECT_EQ(code_of(casework().start_draft(who, permit())), "mandate_not_for_this");
  EXPECT_EQ(code_of(casework().draft(who, draft_of_applicant.id)), "mandate_not_for_this");
  EXPECT_EQ(code_of(casework().discard_draft(who, draft_of_applicant.id)), "mandate_not_for_this");
  EXPECT_EQ(code_of(casework().may_see(who, id)), "case_not_found");
  EXPECT_EQ(code_of(casework().my_case(who, id)), "case_not_found");
  EXPECT_EQ(code_of(casework().withdraw(who, id, "")), "case_not_found");
  EXPECT_EQ(code_of(casework().send_message(who, id, AgencyCode{}, "hello")), "case_not_found");
  EXPECT_EQ(code_of(casework().messages(who, id)), "case_not_found");
  EXPECT_TRUE(must(casework().my_cases(who)).empty());
  EXPECT_TRUE(must(casework().drafts(who)).empty());
  EXPECT_EQ(must(casework().drafts(applicant_)).size(), 1u);
}

TEST_F(Representative, OfACompanyAppliesOnlyWhereCompaniesMay) {
  const auto who = acting_in({}, identity::MandateKind::company);
  EXPECT_EQ(code_of(casework().start_draft(who, permit())), "not_for_companies");
  replace_in(package_folder() / "service.toml", "assurance =", "for_companies = true\nassurance =");
  EXPECT_TRUE(world_->packages().reload().empty());
  EXPECT_EQ(code_of(casework().start_draft(who, permit())), "none");
}

}  // namespace minben::casework
