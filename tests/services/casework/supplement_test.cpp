#include "world.hpp"

namespace minben::casework {

using Supplements = CaseworkTest;

TEST_F(Supplements, OnlyTheMarkedFieldsComeAgainAndOldValuesAreKept) {
  const auto id = in_review();
  const auto before = view(id).answers.at("passport_copy");
  const auto supplement = ask(id);
  auto found = view(id);
  EXPECT_EQ(found.summary.state, State::awaiting_applicant);
  EXPECT_TRUE(found.summary.held_by.empty());
  ASSERT_TRUE(found.supplement.has_value());
  EXPECT_EQ(found.supplement->due, date("2026-03-16"));
  EXPECT_EQ(found.supplement->fields[0].note, "blurred");
  EXPECT_EQ(found.supplement->text, "Please scan again.");

  EXPECT_EQ(code_of(casework().answer_supplement(applicant_, id, supplement,
                                                 {{"passport_no", "X7654321"}})),
            "not_asked_for");
  EXPECT_EQ(code_of(casework().answer_supplement(applicant_, id, supplement, {})),
            "missing_answer");
  answer(id, supplement);
  found = view(id);
  EXPECT_EQ(found.summary.state, State::in_review);
  EXPECT_NE(found.answers.at("passport_copy"), before);
  const auto all = must(casework().open_case(officer("nia"), id)).supplements;
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].status, SupplementView::Status::answered);
  EXPECT_EQ(all[0].old_values.at("/passport_copy"), before);
}

TEST_F(Supplements, TheSameAnswerTwiceIsOneAnswer) {
  const auto id = in_review();
  const auto supplement = ask(id);
  const JsonObject values{
      {"passport_copy", must(world_->upload(applicant_, "passport_copy", "pdf", "x"))}};
  must(casework().answer_supplement(applicant_, id, supplement, values));
  must(casework().answer_supplement(applicant_, id, supplement, values));
  const JsonObject other{
      {"passport_copy", must(world_->upload(applicant_, "passport_copy", "pdf", "y"))}};
  EXPECT_EQ(code_of(casework().answer_supplement(applicant_, id, supplement, other)),
            "supplement_not_open");
  const auto seen = events(view(id));
  EXPECT_EQ(std::ranges::count(seen, "supplement_answered"), 1);
}

TEST_F(Supplements, ReminderThenLapseRefuses) {
  const auto id = in_review();
  const auto supplement = ask(id);  // due on Monday 16 March
  must(world_->advance_to(date("2026-03-10")));
  EXPECT_EQ(events(view(id)).back(), "supplement_requested");
  must(world_->advance_to(date("2026-03-11")));
  EXPECT_EQ(events(view(id)).back(), "supplement_reminded");
  must(world_->advance_to(date("2026-03-16")));
  EXPECT_EQ(view(id).summary.state, State::awaiting_applicant);
  must(world_->advance_to(date("2026-03-17")));
  const auto found = view(id);
  EXPECT_EQ(found.summary.state, State::refused);
  ASSERT_TRUE(found.decision.has_value());
  EXPECT_EQ(found.decision->grounds, std::vector<std::string>{"supplement_lapsed"});
  EXPECT_EQ(found.decision->appeal_until, date("2026-04-16"));
  EXPECT_EQ(code_of(casework().answer_supplement(applicant_, id, supplement, {})),
            "supplement_not_open");
  EXPECT_TRUE(must(casework().queue(officer("nia"), {.service = {}, .step = {}})).tasks.empty());
}

TEST_F(Supplements, AnAnswerAfterTheLastDayIsTooLateEvenBeforeTheLapseIsBooked) {
  const auto id = in_review();
  const auto supplement = ask(id);
  const JsonObject values{
      {"passport_copy", must(world_->upload(applicant_, "passport_copy", "pdf", "late"))}};
  world_->clock().set(instant("2026-03-17T00:00:00+08:00"));
  EXPECT_EQ(code_of(casework().answer_supplement(applicant_, id, supplement, values)),
            "supplement_not_open");
  world_->clock().set(instant("2026-03-16T23:59:59+08:00"));
  EXPECT_EQ(code_of(casework().answer_supplement(applicant_, id, supplement, values)), "none");
}

TEST_F(Supplements, LapseClosesWhereThePackageSaysSo) {
  replace_in(package_folder() / "service.toml",
             "on_lapse = \"refused\"\nlapse_ground = \"supplement_lapsed\"",
             "on_lapse = \"closed\"");
  ASSERT_TRUE(world_->packages().reload().empty());
  const auto id = in_review();
  ask(id);
  must(world_->advance_to(date("2026-03-17")));
  EXPECT_EQ(view(id).summary.state, State::closed);
  EXPECT_FALSE(view(id).decision.has_value());
}

TEST_F(Supplements, CanBeTakenBack) {
  const auto id = in_review();
  const auto supplement = ask(id);
  const auto who = officer("nia");
  must(casework().cancel_supplement(who, task_of(who, id).id, supplement));
  EXPECT_EQ(view(id).summary.state, State::in_review);
  EXPECT_FALSE(view(id).supplement.has_value());
  must(world_->advance_to(date("2026-03-17")));
  EXPECT_EQ(view(id).summary.state, State::in_review);
}

TEST_F(Supplements, AreCheckedAndOneAtATime) {
  const auto id = in_review();
  const auto who = officer("nia");
  const auto task = claimed(who, id);
  const auto refused = [&](const SupplementRequest& request) {
    return code_of(casework().request_supplement(who, task.id, task.version, request));
  };
  EXPECT_EQ(refused({"nonsense", "", {{"/passport_copy", ""}}, 0}), "unknown_reason");
  EXPECT_EQ(refused({"unreadable", "", {}, 0}), "fields_missing");
  EXPECT_EQ(refused({"unreadable", "", {{"/nothing", ""}}, 0}), "unknown_field");
  EXPECT_EQ(refused({"unreadable", "", {{"/passport_copy", ""}}, 31}), "days_out_of_range");
  EXPECT_EQ(refused({"unreadable", "", {{"/passport_copy", ""}, {"/passport_copy", ""}}, 0}),
            "field_twice");
  const auto supplement = must(casework().request_supplement(
      who, task.id, task.version, {"unreadable", "", {{"/passport_copy", ""}}, 5}));
  const auto version = task_of(who, id).version;
  EXPECT_EQ(code_of(casework().request_supplement(who, task.id, version,
                                                  {"unreadable", "", {{"/evidence", ""}}, 0})),
            "supplement_open");
  EXPECT_EQ(code_of(casework().decide(who, task.id, version, {"pass", {}, ""})), "supplement_open");
  EXPECT_EQ(view(id).supplement->due, date("2026-03-09"));
  EXPECT_EQ(view(id).supplement->id, supplement);
}

TEST_F(Supplements, TheClockStandsStillOverLunarNewYear) {
  world_->clock().set(instant("2026-02-09T09:00:00+08:00"));  // Monday
  const auto id = in_review();
  EXPECT_EQ(view(id).clock.due, date("2026-03-17"));  // 20 working days, six days off between
  EXPECT_EQ(task_of(officer("nia"), id).due, date("2026-02-23"));
  must(world_->advance_to(date("2026-02-11")));
  EXPECT_EQ(view(id).clock.used, 2);
  const auto supplement = ask(id);
  EXPECT_TRUE(view(id).clock.stopped);
  EXPECT_FALSE(view(id).clock.due.has_value());
  EXPECT_TRUE(task_of(officer("nia"), id).waiting_for_applicant);
  must(world_->advance_to(date("2026-02-24")));
  EXPECT_EQ(view(id).clock.used, 2);
  EXPECT_FALSE(task_of(officer("nia"), id).overdue);
  answer(id, supplement);
  // Stopped: 12, 13, 23 and 24 February.
  const auto clock = view(id).clock;
  EXPECT_FALSE(clock.stopped);
  EXPECT_EQ(clock.used, 2);
  EXPECT_EQ(clock.due, test_calendar().add_working_days(date("2026-03-17"), 4));
  EXPECT_EQ(task_of(officer("nia"), id).due,
            test_calendar().add_working_days(date("2026-02-23"), 4));
  must(world_->advance_to(date("2026-02-25")));
  EXPECT_EQ(view(id).clock.used, 3);
  decide("nia", id, "pass");
  const auto figures = must(casework().figures(officer("nia")));
  const auto check = std::ranges::find(figures, "check", &StepFigures::step);
  ASSERT_NE(check, figures.end());
  EXPECT_EQ(check->median_stopped_days, 4);
  EXPECT_EQ(check->median_working_days, 3);
}

TEST_F(Supplements, WithdrawalEndsEverythingAtOnce) {
  const auto id = in_review();
  ask(id);
  must(casework().withdraw(applicant_, id, "I found another way."));
  must(world_->advance_to(date("2026-03-20")));
  const auto found = view(id);
  EXPECT_EQ(found.summary.state, State::withdrawn);
  EXPECT_EQ(events(found).back(), "withdrawn");
  EXPECT_FALSE(found.supplement.has_value());
  EXPECT_TRUE(found.active_elements.empty());
  EXPECT_EQ(must(casework().messages(applicant_, id))[0].text, "I found another way.");
  EXPECT_EQ(code_of(casework().withdraw(applicant_, id, "")), "case_is_final");
  EXPECT_TRUE(must(casework().queue(officer("nia"), {.service = {}, .step = {}})).tasks.empty());
}

}  // namespace minben::casework
