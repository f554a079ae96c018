// Last days: reminders, escalation, what silence decides, and the days of one agency.
#include "world.hpp"

namespace minben::casework {
namespace {

constexpr std::string_view last_section = "[refusal.not_qualified]";

class Deadlines : public CaseworkTest {
 protected:
  /// The package with a section more; cases from now on are pinned to it.
  void with(const std::string& section) {
    replace_in(package_folder() / "service.toml", last_section,
               section + "\n" + std::string(last_section));
    for (const auto& fault : world_->packages().reload()) ADD_FAILURE() << describe(fault);
  }
  void advance(std::string_view day) { must(world_->advance_to(date(day))); }
  std::vector<std::string> officers_events(CaseId id, std::string_view code = "nia") {
    return events(must(casework().open_case(officer(code), id)).view);
  }
  static bool has(const std::vector<std::string>& list, std::string_view event) {
    return std::ranges::find(list, event) != list.end();
  }
  /// The same country with other working days, as after a restart.
  void restart_with(const Calendar& calendar) {
    calendar_ = calendar;
    must(casework().follow_calendar());
    must(world_->run_due());
  }
  /// The country's calendar, in which one agency is closed on one day.
  Calendar closed_on(const std::string& code, const std::string& day) {
    const auto folder = scratch_.path() / "calendar";
    std::filesystem::remove_all(folder);
    std::filesystem::copy(std::filesystem::path(MINBEN_SOURCE_DIR) / "packages/calendar", folder,
                          std::filesystem::copy_options::recursive);
    write_text(folder / "agencies" / (code + ".toml"),
               "source = \"test\"\n[closed]\n" + day +
                   " = { zh-Hant = \"颱風停止上班\", en = \"Typhoon\" }\n");
    auto calendar = Calendar::load(folder);
    if (!calendar) throw std::runtime_error(describe(calendar.error().front()));
    return std::move(*calendar);
  }
};

TEST_F(Deadlines, AStepRemindsItsOfficersAndThenTellsTeamLeads) {
  with("[steps.check.deadline]\nreminders = [2]\non_breach = \"escalate\"");
  const auto id = in_review();  // Monday 2 March; five working days end on Monday 9
  const auto nia = officer("nia");
  advance("2026-03-04");
  EXPECT_FALSE(task_of(nia, id).reminded.has_value());
  EXPECT_EQ(must(casework().urgent(nia)).unclaimed, 0);
  advance("2026-03-05");
  EXPECT_TRUE(task_of(nia, id).reminded.has_value());
  EXPECT_TRUE(has(officers_events(id), "deadline_reminded"));
  EXPECT_FALSE(has(events(view(id)), "deadline_reminded"));  // the officers' own affair
  EXPECT_EQ(must(casework().urgent(nia)).unclaimed, 1);
  EXPECT_EQ(must(casework().queue(nia, {.urgent_only = true})).total, 1);

  const auto task = claimed(nia, id);
  EXPECT_EQ(must(casework().urgent(nia)).mine, 1);
  advance("2026-03-09");
  EXPECT_FALSE(task_of(nia, id).escalated.has_value());
  advance("2026-03-10");
  EXPECT_TRUE(task_of(nia, id).escalated.has_value());
  EXPECT_TRUE(has(events(view(id)), "deadline_passed"));
  EXPECT_EQ(must(casework().urgent(nia)).escalated, 1);
  advance("2026-03-20");
  EXPECT_EQ(std::ranges::count(officers_events(id), "deadline_passed"), 1);
}

TEST_F(Deadlines, NothingHappensToWhatWasDoneInTime) {
  with("[steps.check.deadline]\nreminders = [2]\non_breach = \"escalate\"");
  const auto id = in_review();
  decide("nia", id, "pass");
  advance("2026-03-12");
  EXPECT_FALSE(has(officers_events(id, "wda"), "deadline_reminded"));
  EXPECT_FALSE(has(events(view(id)), "deadline_passed"));
}

TEST_F(Deadlines, AnOpinionThatNobodyGaveIsTakenAsGiven) {
  with("[steps.opinion.deadline]\non_breach = \"advance\"\noutcome = \"qualified\"");
  const auto id = in_review();
  decide("nia", id, "pass");  // the ministry has ten working days, until Monday 16 March
  advance("2026-03-16");
  EXPECT_FALSE(has(events(view(id)), "opinion_given"));
  EXPECT_EQ(view(id).summary.held_by, (std::vector{agency("moda"), agency("wda")}));
  advance("2026-03-17");
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("wda")});
  const auto seen = must(casework().open_case(officer("wda"), id));
  ASSERT_EQ(seen.opinions.size(), 2u);  // nia's word on its check, and the silence
  const auto& opinion = seen.opinions.back();
  EXPECT_TRUE(opinion.deemed);
  EXPECT_EQ(opinion.outcome, "qualified");
  EXPECT_EQ(opinion.agency, agency("moda"));
  EXPECT_FALSE(seen.opinions.front().deemed);
  decide("wda", id, "approve");
  EXPECT_EQ(view(id).summary.state, State::approved);
  EXPECT_FALSE(view(id).decision->deemed);
}

TEST_F(Deadlines, AProposedRefusalIsNotPassedOver) {
  with("[steps.check.deadline]\non_breach = \"advance\"\noutcome = \"pass\"");
  const auto id = in_review();
  const auto nia = officer("nia");
  const auto task = claimed(nia, id);
  must(casework().decide(nia, task.id, task.version, {"refuse", {"not_qualified"}, "No."}));
  advance("2026-03-12");
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("nia")});
  const auto second = officer("nia", 2);
  const auto confirmation = claimed(second, id);
  must(casework().confirm_refusal(second, confirmation.id, confirmation.version, true, ""));
  EXPECT_EQ(view(id).summary.state, State::refused);
}

constexpr std::string_view silence_approves =
    "[deadline]\nreminders = [10]\non_breach = \"approved\"\n"
    "law = { zh-Hant = \"測試法第7條\", en = \"Test Act, Art. 7\" }";

TEST_F(Deadlines, SilenceApprovesWhereTheLawSaysSo) {
  with(std::string(silence_approves));
  const auto id = in_review();  // twenty working days from Monday 2 March end on Monday 30
  EXPECT_EQ(view(id).clock.due, date("2026-03-30"));
  advance("2026-03-30");
  EXPECT_EQ(view(id).summary.state, State::in_review);
  EXPECT_TRUE(task_of(officer("nia"), id).reminded.has_value());
  advance("2026-03-31");
  const auto found = view(id);
  EXPECT_EQ(found.summary.state, State::approved);
  ASSERT_TRUE(found.decision.has_value());
  EXPECT_TRUE(found.decision->deemed);
  EXPECT_TRUE(found.decision->approved);
  EXPECT_EQ(found.decision->agency, agency("nia"));
  EXPECT_TRUE(has(events(found), "document_issued"));
  EXPECT_TRUE(must(casework().queue(officer("nia"), {})).tasks.empty());
}

TEST_F(Deadlines, SilenceRefusesSoThatItCanBeAppealed) {
  write_text(
      package_folder() / "texts" / "silence.toml",
      "[refusal]\nnot_decided = { zh-Hant = \"逾期未決定\", en = \"Not decided in time\" }\n");
  with(
      "[refusal.not_decided]\nlaw = { zh-Hant = \"訴願法第2條\", en = \"Appeal Act, Art. 2\" }\n"
      "officer = false\n[deadline]\non_breach = \"refused\"\nground = \"not_decided\"");
  const auto id = in_review();
  advance("2026-03-31");
  const auto found = view(id);
  EXPECT_EQ(found.summary.state, State::refused);
  EXPECT_TRUE(found.decision->deemed);
  EXPECT_EQ(found.decision->grounds, std::vector<std::string>{"not_decided"});
  EXPECT_EQ(found.decision->appeal_until, date("2026-04-30"));
}

TEST_F(Deadlines, WhileTheApplicantOwesAnAnswerNoPeriodEnds) {
  with(std::string(silence_approves) +
       "\n[steps.check.deadline]\non_breach = \"advance\"\noutcome = \"pass\"");
  const auto id = in_review();
  advance("2026-03-04");
  const auto supplement = ask(id, "nia", 10);
  advance("2026-03-11");  // the check would have ended on Monday 9
  EXPECT_EQ(view(id).summary.state, State::awaiting_applicant);
  answer(id, supplement);  // five working days stood still
  const auto running = view(id);
  EXPECT_EQ(running.clock.due, date("2026-04-08"));
  EXPECT_EQ(task_of(officer("nia"), id).due, date("2026-03-16"));
  for (const auto& step : running.timeline) {
    if (step.step == "check") EXPECT_EQ(step.due, date("2026-03-16"));
  }
  advance("2026-03-16");
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("nia")});
  advance("2026-03-17");
  EXPECT_EQ(view(id).summary.held_by, (std::vector{agency("moda"), agency("wda")}));
  advance("2026-04-08");
  EXPECT_EQ(view(id).summary.state, State::in_review);
  advance("2026-04-09");
  EXPECT_EQ(view(id).summary.state, State::approved);
}

TEST_F(Deadlines, AnAgencyHasDaysOfItsOwn) {
  const auto calendar = closed_on("moda", "2026-03-10");
  EXPECT_TRUE(calendar.is_working_day(date("2026-03-10")));
  EXPECT_FALSE(calendar.of(agency("moda")).is_working_day(date("2026-03-10")));
  EXPECT_TRUE(calendar.of(agency("nia")).is_working_day(date("2026-03-10")));
  EXPECT_NE(calendar.digest(), test_calendar().digest());
  restart_with(calendar);
  const auto id = in_review();
  decide("nia", id, "pass");
  EXPECT_EQ(task_of(officer("moda"), id).due, date("2026-03-17"));  // one day more than elsewhere
  EXPECT_EQ(view(id).clock.due, date("2026-03-30"));                // the owner's days
}

TEST_F(Deadlines, ADayOffThatIsAnnouncedLaterMovesWhatRuns) {
  with(std::string(silence_approves) +
       "\n[steps.check.deadline]\non_breach = \"advance\"\noutcome = \"pass\"");
  const auto id = in_review();
  EXPECT_EQ(task_of(officer("nia"), id).due, date("2026-03-09"));
  advance("2026-03-06");
  const auto calendar = closed_on("nia", "2026-03-09");
  restart_with(calendar);
  EXPECT_EQ(task_of(officer("nia"), id).due, date("2026-03-10"));
  EXPECT_EQ(view(id).clock.due, date("2026-03-31"));
  EXPECT_TRUE(has(events(view(id)), "due_moved"));
  advance("2026-03-10");
  EXPECT_EQ(view(id).summary.held_by, std::vector{agency("nia")});
  advance("2026-03-11");
  EXPECT_EQ(view(id).summary.held_by, (std::vector{agency("moda"), agency("wda")}));
  restart_with(calendar);  // nothing new: nothing is counted again
  EXPECT_EQ(std::ranges::count(events(view(id)), "due_moved"), 1);
}

TEST_F(Deadlines, CasesThatMoveToANewerPackageGetItsDeadlines) {
  const auto id = in_review();
  with("[steps.check.deadline]\non_breach = \"escalate\"");
  advance("2026-03-11");
  EXPECT_FALSE(has(events(view(id)), "deadline_passed"));  // pinned to the package without
}

}  // namespace
}  // namespace minben::casework
