#include <thread>

#include "world.hpp"

namespace minben::casework {

using Submit = CaseworkTest;

TEST_F(Submit, NumbersRoutesPricesAndPins) {
  const auto id = submitted();
  const auto found = view(id);
  EXPECT_TRUE(is_application_number(found.summary.number));
  EXPECT_EQ(found.summary.number.substr(0, 3), "115");
  EXPECT_EQ(found.summary.state, State::awaiting_payment);
  EXPECT_EQ(found.ministry, agency("moda"));
  EXPECT_EQ(found.fee.amount_twd, 2700);
  EXPECT_EQ(found.fee.pay_until, date("2026-03-16"));
  EXPECT_EQ(found.package_digest, must(world_->packages().newest(permit()))->digest);
  EXPECT_TRUE(found.clock.stopped);
  EXPECT_EQ(found.active_elements, std::vector<std::string>{"pay_fee"});
  EXPECT_EQ(found.documents.size(), 2u);
  ASSERT_FALSE(world_->mails().empty());
  EXPECT_NE(world_->mails().back().text.find(found.summary.number), std::string::npos);
}

TEST_F(Submit, TwiceGivesTheSameCase) {
  const auto draft = filled_draft(applicant_);
  const auto first = must(casework().submit(applicant_, draft.id, draft.version, "token", true));
  const auto again = must(casework().submit(applicant_, draft.id, draft.version, "token", true));
  const auto other_token =
      must(casework().submit(applicant_, draft.id, draft.version, "other", true));
  EXPECT_EQ(first.id, again.id);
  EXPECT_EQ(first.id, other_token.id);
  EXPECT_EQ(must(casework().my_cases(applicant_)).size(), 1u);
}

TEST_F(Submit, AtTheSameMomentGivesOneCase) {
  const auto draft = filled_draft(applicant_);
  std::vector<Result<CaseSummary>> results(6, Result<CaseSummary>(std::unexpected(Error{})));
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) {
      threads.emplace_back(
          [&] { result = casework().submit(applicant_, draft.id, draft.version, "token", true); });
    }
  }
  for (const auto& result : results) {
    ASSERT_TRUE(result.has_value()) << describe(result.error());
    EXPECT_EQ(result->id, results[0]->id);
  }
  const auto payments = must(world_->database().transact(
      [&](store::Transaction& tx) { return world_->payments().of_case(tx, results[0]->id); }));
  EXPECT_EQ(payments.size(), 1u);
}

TEST_F(Submit, RefusesWhatIsNotComplete) {
  const auto empty = must(casework().start_draft(applicant_, permit()));
  EXPECT_EQ(code_of(casework().submit(applicant_, empty.id, empty.version, "t1", true)),
            "answers_incomplete");
  const auto draft = filled_draft(applicant_);
  EXPECT_EQ(code_of(casework().submit(applicant_, draft.id, draft.version, "t2", false)),
            "declaration_missing");
  EXPECT_EQ(code_of(casework().submit(applicant_, draft.id, draft.version - 1, "t3", true)),
            "draft_changed");
  EXPECT_EQ(code_of(casework().submit(applicant_, draft.id, draft.version, "", true)), "bad_token");
  const auto poor =
      save(applicant_, draft, "what", {{"field", "digital"}, {"years", "2"}, {"salary_twd", "1"}});
  EXPECT_EQ(code_of(casework().submit(applicant_, poor.id, poor.version, "t4", true)),
            "not_eligible");
  EXPECT_TRUE(must(casework().my_cases(applicant_)).empty());
}

TEST_F(Submit, OneOpenApplicationOfAService) {
  const auto id = submitted();
  const auto second = filled_draft(applicant_, "science");
  EXPECT_EQ(code_of(casework().submit(applicant_, second.id, second.version, "t2", true)),
            "case_open");
  must(casework().withdraw(applicant_, id, ""));
  EXPECT_TRUE(casework().submit(applicant_, second.id, second.version, "t2", true).has_value());
}

TEST_F(Submit, SomebodyElsesDocumentIsRefused) {
  const auto other = must(world_->new_applicant("SMITH, JOHN"));
  const auto stolen = must(world_->upload(other, "passport_copy", "pdf", "theirs"));
  auto draft = filled_draft(applicant_);
  draft = save(applicant_, draft, "files", {{"passport_copy", stolen}, {"evidence", stolen}});
  EXPECT_EQ(code_of(casework().submit(applicant_, draft.id, draft.version, "token", true)),
            "document_not_found");
}

TEST_F(Submit, NobodyReviewsBeforeTheFeeArrives) {
  const auto id = submitted();
  EXPECT_TRUE(must(casework().queue(officer("nia"), {.service = {}, .step = {}})).tasks.empty());
  EXPECT_EQ(code_of(casework().open_case(officer("nia"), id)), "case_not_found");
  must(world_->pay(id));
  EXPECT_EQ(view(id).summary.state, State::in_review);
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("nia")});
}

TEST_F(Submit, TheFeeMayArriveBeforeTheProcessAsksForIt) {
  const auto draft = filled_draft(applicant_);
  const auto id = must(casework().submit(applicant_, draft.id, draft.version, "token", true)).id;
  must(world_->pay(id));  // nothing has run since the submission
  answer_consents(applicant_, id, true);
  EXPECT_EQ(view(id).active_elements, std::vector<std::string>{"check"});
  const auto seen = events(view(id));
  EXPECT_EQ(std::ranges::count(seen, "paid"), 1);
  EXPECT_EQ(code_of(world_->pay(id)), "payment_not_open");
}

TEST_F(Submit, UnpaidIsClosedAfterTheDeadline) {
  const auto id = submitted();
  must(world_->advance_to(date("2026-03-30")));
  const auto found = view(id);
  EXPECT_EQ(found.summary.state, State::closed);
  EXPECT_EQ(string_or(found.history.back().detail, "reason"), "payment_lapsed");
  EXPECT_EQ(code_of(casework().withdraw(applicant_, id, "")), "case_is_final");
}

}  // namespace minben::casework
