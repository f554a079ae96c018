// What officers, applicants and the calendar do to single cases, to the minute.
#include "town.hpp"

namespace minben::simulation {
namespace {

constexpr double minute = 1.0 / (24 * 60);
constexpr const char* passes = "outcomes = { pass = 1 }\n";

std::string on(const std::string& dates, const std::string& hours) {
  return "start = \"2026-01-01\"\nwarm_up_days = 0\nmeasure_days = 300\nhours = [\"" + hours +
         "\"]\n[on_dates]\n" + dates + "\n";
}

TEST(Run, NobodyWorksOnHolidays) {
  // Friday before the Lunar New Year, half an hour before the office closes; one hour of work.
  const auto input = arrivals(on("2026-02-13 = 1", "16:30-16:31"));
  const auto report =
      run({town(), staff(team(1, std::string("minutes = { fixed = 60 }\n") + passes))}, input, 5);
  EXPECT_EQ(report.totals.cases, 5);
  EXPECT_NEAR(mean(report, "days.mean"), 10 - 7.0 / 24, minute);  // Monday the 23rd, 09:30
  EXPECT_DOUBLE_EQ(mean(report, "working_days.mean"), 1);
  EXPECT_NEAR(mean(report, "step.first.work_minutes"), 60, 1e-9);
}

TEST(Run, ApplicationsOfTheNightWaitForTheMorning) {
  const auto input = arrivals(on("2026-03-07 = 1", "03:00-03:01"));  // a Saturday
  const auto report =
      run({town(), staff(team(1, std::string("minutes = { fixed = 30 }\n") + passes))}, input, 3);
  EXPECT_NEAR(mean(report, "days.mean"), 2 + 6.5 / 24, minute);
  EXPECT_NEAR(mean(report, "step.first.wait_days"), 2 + 6.0 / 24, minute);
  EXPECT_NEAR(mean(report, "step.first.wait_hours"), 0,
              1e-6);  // nobody was at work to be waited for
}

TEST(Run, WhatIsDueFirstIsTakenFirst) {
  // Ten cases in one hour; the second step is due sooner, so each case is finished once begun.
  const auto both = team(1, std::string("minutes = { fixed = 20 }\n") + passes +
                                "[team.steps.second]\nminutes = { fixed = 20 }\n" + passes);
  const auto input = arrivals(on("2026-03-02 = 10", "09:00-09:01"));
  const auto sooner = run({town(10, 1), staff(both)}, input, 2);
  const auto later = run({town(1, 10), staff(both)}, input, 2);
  EXPECT_NEAR(mean(sooner, "step.second.wait_hours"), 0, 1e-6);
  EXPECT_NEAR(mean(later, "step.second.wait_hours"), 9.0 * 20 / 60, 0.02);
  EXPECT_NEAR(mean(sooner, "days.mean"), 11 * 20 * minute, 2 * minute);
  EXPECT_NEAR(mean(later, "days.mean"), 15.5 * 20 * minute, 2 * minute);
}

TEST(Run, SupplementStopsTheClockAndIsWorkedTwice) {
  const auto input = arrivals(on("2026-03-02 = 4", "09:00-09:01"));  // a Monday
  const auto work = std::string("minutes = { fixed = 10 }\nsupplement = 1\n") +
                    "answer_days = { fixed = 9 }\n" + passes;
  const auto report = run({town(), staff(team(4, work))}, input, 2);
  EXPECT_DOUBLE_EQ(mean(report, "visits.supplements"), 1);
  EXPECT_DOUBLE_EQ(mean(report, "applicant_days.mean"), 9);
  EXPECT_NEAR(mean(report, "step.first.work_minutes"), 20, 1e-9);
  EXPECT_DOUBLE_EQ(mean(report, "working_days.mean"), 7);
  EXPECT_DOUBLE_EQ(mean(report, "statutory.share"), 1);  // five are allowed, none was used
  EXPECT_NEAR(mean(report, "days.mean"), 9 + 20 * minute, 2 * minute);
}

TEST(Run, SupplementNotAnsweredLapses) {
  const auto input = arrivals(on("2026-03-02 = 4", "09:00-09:01"));
  const auto work = std::string("minutes = { fixed = 10 }\nsupplement = 1\n") +
                    "answer_days = { fixed = 30 }\n" + passes;
  const auto report = run({town(), staff(team(1, work))}, input, 2);
  EXPECT_DOUBLE_EQ(mean(report, "outcome.supplement_lapsed"), 1);
  EXPECT_FALSE(report.figures.contains("days.mean"));  // nothing was decided
}

const std::string asking_second = std::string("minutes = { fixed = 60 }\n") + passes +
                                  "[team.steps.second]\nminutes = { fixed = 10 }\nsupplement = 1\n"
                                  "answer_days = { fixed = 7 }\n" +
                                  passes;

TEST(Run, NothingIsDecidedWhileTheApplicantIsAsked) {
  const auto input = arrivals(on("2026-03-02 = 1", "09:00-09:01"));
  // Two officers: the first step is worked off by ten o'clock and then waits for the answer, which
  // comes at ten past nine a week later.
  const auto two = run({parallel_town(), staff(team(2, asking_second))}, input, 2);
  EXPECT_NEAR(mean(two, "step.first.elapsed_days"), 7 + 10 * minute, minute);
  EXPECT_NEAR(mean(two, "days.mean"), 7 + 20 * minute, minute);
  // One officer: the second step is due first and asks; the first is not even begun before. Then
  // ten minutes for the second again, and an hour for the first.
  const auto one = run({parallel_town(), staff(team(1, asking_second))}, input, 2);
  EXPECT_NEAR(mean(one, "days.mean"), 7 + 80 * minute, 2 * minute);
  EXPECT_NEAR(mean(one, "step.first.wait_days"), 20 * minute, minute);
}

TEST(Run, RefusalNeedsASecondOfficer) {
  const auto input = arrivals(on("2026-03-02 = 4", "09:00-09:01"));
  const auto work = "minutes = { fixed = 10 }\noutcomes = { refuse = 1 }\n";
  const auto report = run({town(), staff(team(4, work) + approvers)}, input, 2);
  EXPECT_DOUBLE_EQ(mean(report, "outcome.refused"), 1);
  EXPECT_DOUBLE_EQ(mean(report, "confirm.first.per_case"), 1);
  EXPECT_NEAR(mean(report, "confirm.first.work_minutes"), 30, 1e-9);
  // One approver: the four confirmations end after 40, 70, 100 and 130 minutes.
  EXPECT_NEAR(mean(report, "days.mean"), 85 * minute, 2 * minute);
}

TEST(Run, CounterAndLeadPassBeforeWork) {
  const auto input = arrivals(on("2026-03-02 = 4", "09:00-09:01"));  // a Monday
  const auto work = std::string("minutes = { fixed = 0 }\nlead_working_days = { fixed = 2 }\n") +
                    "counter_days = { fixed = 5 }\n" + passes;  // Saturday, so Monday the 9th
  const auto report = run({town(), staff(team(4, work))}, input, 20);
  EXPECT_DOUBLE_EQ(mean(report, "visits.counter"), 1);
  EXPECT_DOUBLE_EQ(mean(report, "working_days.mean"), 7);
  EXPECT_DOUBLE_EQ(mean(report, "step.first.wait_days"), 0);
}

TEST(Run, LateCasesAreNotWithinTheStatutoryDays) {
  const auto input = arrivals(on("2026-03-02 = 1\n2026-03-03 = 1", "09:00-09:01"));
  const auto work = std::string("minutes = { fixed = 2640 }\n") + passes;  // five days and a half
  const auto report = run({town(), staff(team(1, work))}, input, 2);
  EXPECT_DOUBLE_EQ(mean(report, "statutory.share"), 0.5);
}

TEST(Run, OverloadIsTold) {
  const auto input = arrivals(
      "start = \"2026-01-01\"\nwarm_up_days = 0\nmeasure_days = 100\n"
      "per_working_day = 40\n");
  const auto work = std::string("minutes = { fixed = 240 }\n") + passes;
  const auto report = run({town(), staff(team(1, work))}, input, 1);
  EXPECT_GT(report.totals.unfinished, 0);
  EXPECT_NEAR(mean(report, "team.nia.caseworker.utilisation"), 1, 0.01);
  EXPECT_NE(to_text(report, {}).find("not finished"), std::string::npos);
}

TEST(Run, TimersCountWorkingDaysOfTheCalendar) {
  // After the step the process waits three working days; it ends when the last of them is over.
  const auto package = town_with(
      R"(<bpmn:sequenceFlow id="pass_first" sourceRef="after_first" targetRef="issued">)",
      R"(<bpmn:intermediateCatchEvent id="rest"><bpmn:timerEventDefinition minben:workingDays="3"/>
</bpmn:intermediateCatchEvent><bpmn:sequenceFlow id="rested" sourceRef="rest" targetRef="issued"/>
<bpmn:sequenceFlow id="pass_first" sourceRef="after_first" targetRef="rest">)");
  const auto input = arrivals(on("2026-02-12 = 1", "09:00-09:01"));  // before the New Year
  const auto work = std::string("minutes = { fixed = 60 }\n") + passes;
  const auto report = run({package, staff(team(1, work))}, input, 2);
  // Friday the 13th, Monday the 23rd, Tuesday the 24th.
  EXPECT_NEAR(mean(report, "days.mean"), 13 - 9.0 / 24, minute);
}

TEST(Run, BoundaryTimerTakesTheTaskAway) {
  const auto package =
      town_with(R"(<bpmn:userTask id="first"/>)",
                R"(<bpmn:userTask id="first"/><bpmn:boundaryEvent id="late" attachedToRef="first">
<bpmn:timerEventDefinition><bpmn:timeDuration>PT90M</bpmn:timeDuration></bpmn:timerEventDefinition>
</bpmn:boundaryEvent><bpmn:sequenceFlow id="too_late" sourceRef="late" targetRef="refused"/>)");
  const auto input = arrivals(on("2026-03-02 = 4", "09:00-09:01"));
  const auto work = std::string("minutes = { fixed = 60 }\n") + passes;
  const auto report = run({package, staff(team(1, work))}, input, 2);
  // One is done after an hour; the officer is at the second when the others are refused with it.
  EXPECT_DOUBLE_EQ(mean(report, "outcome.issued"), 0.25);
  EXPECT_DOUBLE_EQ(mean(report, "outcome.refused"), 0.75);
  EXPECT_DOUBLE_EQ(mean(report, "step.first.per_case"), 0.25);
}

TEST(Run, IncidentsAreToldNotCountedAsDays) {
  const auto package = town_with(R"(first_outcome = "refuse")", "first_outcome > 3");
  const auto input = arrivals(on("2026-03-02 = 4", "09:00-09:01"));
  const auto work = std::string("minutes = { fixed = 60 }\n") + passes;
  const auto report = run({package, staff(team(1, work))}, input, 2);
  EXPECT_EQ(report.totals.stuck, 8);
  EXPECT_DOUBLE_EQ(mean(report, "outcome.stuck"), 1);
  EXPECT_FALSE(report.figures.contains("days.mean"));
  EXPECT_NE(to_text(report, {}).find("8 stuck (after_first: "), std::string::npos)
      << to_text(report, {});
}

constexpr const char* busy_town =
    "start = \"2026-01-01\"\nwarm_up_days = 10\nmeasure_days = 60\nper_working_day = 12\n";
const std::string busy_work =
    "minutes = { lognormal = [15, 60] }\nsupplement = 0.3\nanswer_days = { uniform = [1, 5] }\n"
    "outcomes = { pass = 8, refuse = 2 }\n";

TEST(Run, SeedDecidesEverything) {
  const Variant variant{town(), staff(team(1, busy_work) + approvers)};
  const auto input = arrivals(busy_town);
  const auto once = run(variant, input, 3, 7), again = run(variant, input, 3, 7);
  const auto other = run(variant, input, 3, 8);
  EXPECT_EQ(once.runs, again.runs);
  EXPECT_EQ(to_text(once, {}), to_text(again, {}));
  EXPECT_NE(once.runs, other.runs);
  EXPECT_NE(once.runs[0], once.runs[1]);
}

TEST(Run, EqualVariantsDifferByNothing) {
  const Variant variant{town(), staff(team(1, busy_work) + approvers)};
  const auto input = arrivals(busy_town);
  const auto same = compare(run(variant, input, 4), run(variant, input, 4));
  ASSERT_GT(same.figures.size(), 15u);
  for (const auto& [name, difference] : same.figures) {
    EXPECT_EQ(difference.change.mean, 0) << name;
    EXPECT_EQ(difference.change.half_width, 0) << name;
  }
}

TEST(Run, EachDrawHasItsOwnLuck) {
  // Half are asked and lapse; of the others half are refused, as if nobody had been asked.
  const auto work =
      "minutes = { fixed = 0 }\nsupplement = 0.5\nanswer_days = { fixed = 30 }\n"
      "outcomes = { pass = 1, refuse = 1 }\n";
  const auto input = arrivals(on("2026-03-02 = 4000", "09:00-10:00"));
  const auto report = run({town(), staff(team(1, work) + approvers)}, input, 1);
  EXPECT_NEAR(mean(report, "outcome.supplement_lapsed"), 0.5, 0.03);
  EXPECT_NEAR(mean(report, "outcome.issued"), 0.25, 0.03);
  EXPECT_NEAR(mean(report, "outcome.refused"), 0.25, 0.03);
}

TEST(Run, SharedLuckMakesDifferencesSharp) {
  const auto input = arrivals(busy_town);
  const Variant one{town(), staff(team(1, busy_work) + approvers)};
  const Variant two{town(), staff(team(2, busy_work) + approvers)};
  const auto found = compare(run(one, input, 10), run(two, input, 10));
  const auto& days = found.figures.find("days.mean")->second;
  EXPECT_LT(days.change.mean + days.change.half_width, 0);
  // The luck of the cases is the same, so nothing changes in what depends on it alone.
  EXPECT_EQ(found.figures.find("visits.supplements")->second.change.mean, 0);
  EXPECT_NEAR(found.figures.find("step.first.work_minutes")->second.change.mean, 0, 1e-9);
}

}  // namespace
}  // namespace minben::simulation
