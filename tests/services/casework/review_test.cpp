// The way of an application through the agencies.
#include <thread>

#include "world.hpp"

namespace minben::casework {

using Review = CaseworkTest;

TEST_F(Review, FromSubmissionToTheDocument) {
  const auto id = in_review();
  EXPECT_EQ(view(id).timeline[2].progress, TimelineStep::Progress::current);
  decide("nia", id, "pass");
  EXPECT_EQ(view(id).summary.held_by, (std::vector{agency("moda"), agency("wda")}));
  decide("moda", id, "qualified");
  decide("wda", id, "approve");
  const auto found = view(id);
  EXPECT_EQ(found.summary.state, State::approved);
  ASSERT_TRUE(found.decision.has_value());
  EXPECT_TRUE(found.decision->approved);
  EXPECT_EQ(found.decision->agency, agency("wda"));
  EXPECT_FALSE(found.decision->appeal_until.has_value());
  ASSERT_EQ(found.documents.size(), 3u);
  const auto issued = std::ranges::find(found.documents, "permit", &CaseDocument::kind);
  ASSERT_NE(issued, found.documents.end());
  EXPECT_EQ(issued->valid_until, date("2028-03-02"));
  const auto pdf = must(casework().document_content(applicant_, id, issued->id));
  EXPECT_EQ(pdf.substr(0, 5), "%PDF-");
  EXPECT_TRUE(found.active_elements.empty());
  EXPECT_EQ(found.passed_elements.back(), "issued");
}

TEST_F(Review, HistoryIsGaplessAndCommitted) {
  const auto id = in_review();
  decide("nia", id, "pass");
  decide("moda", id, "qualified");
  decide("wda", id, "approve");
  const auto rows = must(
      world_->database().run(store::Query{"test_history",
                                          "select sequence, ledger_entry from casework.history "
                                          "where case_id = $1 order by sequence"},
                             id));
  ASSERT_GT(rows.size(), 10);
  for (int at = 0; at < rows.size(); ++at) {
    EXPECT_EQ(rows[at].integer("sequence"), at + 1);
    EXPECT_FALSE(rows[at].is_null("ledger_entry"));
  }
  const auto events_published = must(world_->database().run(
      store::Query{"test_events",
                   "select count(*) as n from store.event where topic = 'case' and key = $1"
                   " and payload ? 'sequence'"},
      to_string(id)));
  EXPECT_EQ(events_published.front().integer("n"), rows.size());
}

TEST_F(Review, EveryOpeningIsAUsageThePersonSees) {
  const auto id = in_review();
  const auto opened = must(casework().open_case(officer("nia"), id));
  EXPECT_EQ(opened.person, applicant_.person);
  ASSERT_TRUE(opened.task.has_value());
  EXPECT_EQ(opened.task->step, "check");
  const auto usages = must(world_->database().transact(
      [&](store::Transaction& tx) { return world_->mydata().usages_of(tx, applicant_.person); }));
  ASSERT_FALSE(usages.empty());
  EXPECT_EQ(usages.front().agency, agency("nia"));
  EXPECT_EQ(usages.front().kind, mydata::UsageKind::viewed);
  EXPECT_EQ(usages.front().fields.size(), opened.view.answers.size());
}

TEST_F(Review, OnlyAgenciesThatTakePartMaySee) {
  const auto id = in_review();
  for (const auto* outsider : {"wda", "moda", "nstc"}) {
    EXPECT_EQ(code_of(casework().open_case(officer(outsider), id)), "case_not_found") << outsider;
    EXPECT_EQ(code_of(casework().may_see(officer(outsider), id)), "case_not_found");
    EXPECT_EQ(code_of(casework().find_by_number(officer(outsider), view(id).summary.number)),
              "case_not_found");
    EXPECT_TRUE(must(casework().find_by_name(officer(outsider), "doe jane")).empty());
  }
  EXPECT_EQ(must(casework().find_by_number(officer("nia"), view(id).summary.number)), id);
  const auto named = must(casework().find_by_name(officer("nia"), " ＤＯＥ， Jane"));
  ASSERT_EQ(named.size(), 1u);
  EXPECT_EQ(named[0].id, id);
  EXPECT_EQ(code_of(casework().find_by_number(officer("nia"), "115000000000")), "bad_number");
  auto without_roles = officer("nia");
  without_roles.roles.clear();
  EXPECT_EQ(code_of(casework().open_case(without_roles, id)), "case_not_found");
  EXPECT_TRUE(must(casework().queue(without_roles, {.service = {}, .step = {}})).tasks.empty());
  const auto other = must(world_->new_applicant("SMITH, JOHN"));
  EXPECT_EQ(code_of(casework().my_case(other, id)), "case_not_found");
  EXPECT_EQ(code_of(casework().withdraw(other, id, "")), "case_not_found");
}

TEST_F(Review, DataIsFetchedUnderConsent) {
  const auto id = in_review();
  const auto opened = must(casework().open_case(officer("nia"), id));
  ASSERT_EQ(opened.data.size(), 2u);
  EXPECT_EQ(opened.data[1].item, "residence");
  EXPECT_EQ(opened.data[1].status, FetchedData::Status::fetched);
  EXPECT_EQ(opened.data[1].values, Json(JsonObject{{"status", "none"}}));
  EXPECT_EQ(opened.data[1].from, agency("nia"));
}

TEST_F(Review, WithoutConsentTheReviewGoesOnWithoutData) {
  const auto id = submitted("digital", false);
  answer_consents(applicant_, id, false);
  must(world_->pay(id));
  const auto opened = must(casework().open_case(officer("nia"), id));
  ASSERT_EQ(opened.data.size(), 2u);
  EXPECT_EQ(opened.data[0].status, FetchedData::Status::no_consent);
  EXPECT_TRUE(opened.data[0].values.is_null());
}

TEST_F(Review, AFetchWaitsForTheAnswerButNotForEver) {
  const auto id = submitted("digital", false);
  must(world_->pay(id));
  EXPECT_EQ(view(id).active_elements, std::vector<std::string>{"fetch_residence"});
  EXPECT_EQ(view(id).consents_wanted.size(), 2u);
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("nia")});
  answer_consents(applicant_, id, true);
  EXPECT_EQ(view(id).active_elements, std::vector<std::string>{"check"});

  const auto silent = must(world_->new_applicant("SILENT, SAM"));
  const auto other = submitted_by(silent, "science", false);
  must(world_->pay(other));
  must(world_->advance_to(date("2026-03-05")));  // two working days, then the step gives up
  EXPECT_EQ(must(casework().my_case(silent, other)).active_elements,
            std::vector<std::string>{"check"});
}

TEST_F(Review, ARegisterThatIsDownIsTriedAgainAndThenDoneWithout) {
  world_->set_register("nia/register/residence", fail(Kind::unavailable, "register_down"));
  const auto id = submitted();
  must(world_->pay(id));
  for (int pause = 0; pause < 3; ++pause) {
    EXPECT_EQ(view(id).active_elements, std::vector<std::string>{"fetch_residence"}) << pause;
    world_->clock().advance(minutes{1});
    must(world_->run_due());
  }
  EXPECT_EQ(view(id).active_elements, std::vector<std::string>{"check"});
  const auto data = must(casework().open_case(officer("nia"), id)).data;
  EXPECT_EQ(data[0].status, FetchedData::Status::fetched);
  EXPECT_EQ(data[1].status, FetchedData::Status::unavailable);
  // What came at the first try was kept, not fetched again with every try of the other one.
  const auto consents = must(world_->database().transact([&](store::Transaction& tx) {
    return world_->mydata().consents_of(tx, applicant_.person, id);
  }));
  for (const auto& consent : consents)
    EXPECT_EQ(consent.fetches, consent.terms.service == "employment" ? 1 : 0);
}

TEST_F(Review, ARegisterThatComesBackIsFetched) {
  world_->set_register("nia/register/residence", fail(Kind::unavailable, "register_down"));
  const auto id = submitted();
  must(world_->pay(id));
  world_->set_register("nia/register/residence", Json(JsonObject{{"status", "resident"}}));
  world_->clock().advance(minutes{1});
  must(world_->run_due());
  EXPECT_EQ(must(casework().open_case(officer("nia"), id)).data[1].values,
            Json(JsonObject{{"status", "resident"}}));
}

TEST_F(Review, OfTwoOfficersAtOnceOneDecides) {
  const auto id = in_review();
  const auto first = officer("nia", 1);
  const auto second = officer("nia", 2);
  const auto task = task_of(first, id);
  Result<TaskRow> one = std::unexpected(Error{}), two = std::unexpected(Error{});
  {
    std::jthread a([&] { one = casework().claim(first, task.id, task.version); });
    std::jthread b([&] { two = casework().claim(second, task.id, task.version); });
  }
  ASSERT_NE(one.has_value(), two.has_value());
  const auto& winner = one ? first : second;
  const auto& loser = one ? second : first;
  const auto version = one ? one->version : two->version;
  EXPECT_EQ(code_of(casework().decide(loser, task.id, version, {"pass", {}, ""})), "task_claimed");

  // The winner in two windows.
  Result<void> left, right;
  {
    std::jthread a([&] { left = casework().decide(winner, task.id, version, {"pass", {}, ""}); });
    std::jthread b([&] { right = casework().decide(winner, task.id, version, {"pass", {}, ""}); });
  }
  EXPECT_NE(left.has_value(), right.has_value());
  EXPECT_EQ(code_of(left.has_value() ? right : left), "task_changed");
  const auto done = events(view(id));
  EXPECT_EQ(std::ranges::count(done, "step_done"), 3);  // payment, fetch, check: once each
}

TEST_F(Review, OfficersFilterByTheAnswersThatThePackageNames) {
  const auto digital = in_review();
  const auto science = in_review_of(must(world_->new_applicant("SMITH, JOHN")), "science");
  const auto who = officer("nia");
  const auto found = [&](std::map<std::string, std::string> choices) {
    QueueFilter filter;
    filter.choices = std::move(choices);
    std::set<CaseId> cases;
    for (const auto& task : must(casework().queue(who, filter)).tasks) cases.insert(task.case_id);
    return cases;
  };
  EXPECT_EQ(found({}), (std::set{digital, science}));
  EXPECT_EQ(found({{"/field", "digital"}}), std::set{digital});
  EXPECT_EQ(found({{"/field", "science"}}), std::set{science});
  EXPECT_TRUE(found({{"/field", "law"}}).empty());
  EXPECT_TRUE(found({{"/years", "2"}}).empty());  // an answer, but none to filter by
  EXPECT_EQ(task_of(who, science).choices, (JsonObject{{"/field", "science"}}));
}

TEST_F(Review, TheAnswerToFilterByFollowsItsCorrection) {
  const auto id = in_review();
  const auto who = officer("nia");
  const auto task = claimed(who, id);
  const auto supplement = must(casework().request_supplement(
      who, task.id, task.version, {"unreadable", "", {{"/field", "Which one?"}}, 0}));
  must(casework().answer_supplement(applicant_, id, supplement, {{"field", "science"}}));
  EXPECT_EQ(task_of(who, id).choices, (JsonObject{{"/field", "science"}}));
}

TEST_F(Review, TheTimelineCountsOnWhatWillCome) {
  const auto steps = [&](CaseId id) {
    std::string text;
    for (const auto& step : view(id).timeline) {
      const bool ahead = step.progress == TimelineStep::Progress::ahead;
      text += (text.empty() ? "" : " ") + step.step + (ahead ? step.perhaps ? "?" : "+" : "");
    }
    return text;
  };
  const auto id = submitted();
  EXPECT_EQ(steps(id), "pay_fee fetch_residence+ check+ opinion+ decision+");
  must(world_->pay(id));
  decide("nia", id, "pass");
  EXPECT_EQ(steps(id), "pay_fee fetch_residence check opinion decision");
}

TEST_F(Review, ClaimReleaseAssignAndFilters) {
  const auto id = in_review();
  const auto first = officer("nia", 1);
  const auto second = officer("nia", 2);
  auto task = claimed(first, id);
  EXPECT_EQ(task.claimed_by, first.id);
  EXPECT_EQ(
      must(casework().queue(first, {.service = {}, .step = {}, .claim = QueueFilter::Claim::mine}))
          .total,
      1);
  EXPECT_EQ(
      must(casework().queue(second, {.service = {}, .step = {}, .claim = QueueFilter::Claim::mine}))
          .total,
      0);
  EXPECT_EQ(must(casework().queue(second,
                                  {.service = {}, .step = {}, .claim = QueueFilter::Claim::others}))
                .total,
            1);
  EXPECT_EQ(must(casework().queue(second, {.service = ServiceCode{"other"}, .step = {}})).total, 0);
  EXPECT_EQ(must(casework().queue(second, {.service = {}, .step = "check"})).total, 1);
  EXPECT_EQ(code_of(casework().claim(second, task.id, task.version)), "task_claimed");
  task = must(casework().release(first, task.id, task.version));
  EXPECT_FALSE(task.claimed_by.has_value());
  EXPECT_EQ(code_of(casework().claim(second, task.id, task.version - 1)), "task_changed");
  task = must(casework().assign(first, task.id, task.version, second));
  EXPECT_EQ(task.claimed_by, second.id);
  auto plain = first;
  plain.roles = {"caseworker"};
  EXPECT_EQ(code_of(casework().assign(plain, task.id, task.version, first)), "role_missing");
  EXPECT_EQ(code_of(casework().assign(first, task.id, task.version, officer("wda"))),
            "officer_does_not_fit");
  EXPECT_EQ(must(casework().queue(first, {.service = {}, .step = {}, .overdue_only = true})).total,
            0);
  must(world_->advance_to(date("2026-03-10")));  // five working days end on the 9th
  EXPECT_EQ(must(casework().queue(first, {.service = {}, .step = {}, .overdue_only = true})).total,
            1);
}

TEST_F(Review, MarksPerField) {
  const auto id = in_review();
  const auto who = officer("nia");
  const auto task = claimed(who, id);
  must(casework().mark(who, task.id, "/passport_copy", MarkValue::wrong, "blurred"));
  must(casework().mark(who, task.id, "/passport_no", MarkValue::ok, ""));
  must(casework().mark(who, task.id, "/passport_copy", MarkValue::unclear, "perhaps"));
  EXPECT_EQ(code_of(casework().mark(who, task.id, "/nothing", MarkValue::ok, "")), "unknown_field");
  EXPECT_EQ(code_of(casework().mark(officer("nia", 2), task.id, "/passport_no", MarkValue::ok, "")),
            "task_claimed");
  const auto marks = must(casework().open_case(who, id)).marks;
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].field, "/passport_copy");
  EXPECT_EQ(marks[0].value, MarkValue::unclear);
  EXPECT_EQ(marks[0].note, "perhaps");
  const auto seen = events(view(id));
  EXPECT_EQ(std::ranges::count(seen, "field_marked"), 0);  // not the applicant's to see
}

TEST_F(Review, MessagesGoBothWays) {
  const auto id = in_review();
  must(casework().send_message(applicant_, id, AgencyCode{}, "When will it be done?"));
  EXPECT_EQ(must(casework().my_cases(applicant_))[0].unread_messages, 0);
  const auto who = officer("nia");
  EXPECT_EQ(must(casework().open_case(who, id)).view.summary.unread_messages, 1);
  must(casework().send_message(who, id, AgencyCode{}, "Within two weeks."));
  must(world_->run_due());
  EXPECT_EQ(must(casework().my_cases(applicant_))[0].unread_messages, 1);
  const auto read = must(casework().messages(applicant_, id));
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].text, "When will it be done?");
  EXPECT_EQ(read[0].agency, agency("nia"));
  EXPECT_EQ(must(casework().my_cases(applicant_))[0].unread_messages, 0);
  EXPECT_EQ(code_of(casework().send_message(officer("wda"), id, AgencyCode{}, "hello")),
            "case_not_found");
  EXPECT_EQ(code_of(casework().send_message(applicant_, id, AgencyCode{}, "  ")), "text_missing");
  EXPECT_NE(world_->mails().back().text.find("新訊息"), std::string::npos);
}

TEST_F(Review, FiguresOfTheTeam) {
  const auto id = in_review();
  must(world_->advance_to(date("2026-03-05")));
  decide("nia", id, "pass");
  const auto other = must(world_->new_applicant("SMITH, JOHN"));
  in_review_of(other);
  const auto figures = must(casework().figures(officer("nia")));
  const auto check = std::ranges::find(figures, "check", &StepFigures::step);
  ASSERT_NE(check, figures.end());
  EXPECT_EQ(check->open, 1);
  EXPECT_EQ(check->unclaimed, 1);
  EXPECT_EQ(check->finished, 1);
  EXPECT_EQ(check->median_working_days, 3);
  EXPECT_NE(std::ranges::find(figures, agency("moda"), &StepFigures::agency),
            figures.end());  // nia owns the service
  auto plain = officer("moda");
  plain.roles = {"consultant"};
  EXPECT_EQ(code_of(casework().figures(plain)), "role_missing");
}

}  // namespace minben::casework
