// One case, lived through in casework with its database and in the simulation: the same dates.
#include "../casework/world.hpp"
#include "town.hpp"

namespace minben::simulation {
namespace {

constexpr const char* permit_staff = R"(
[delays.pay_fee]
days = { fixed = 0 }
[delays.fetch_residence]
days = { fixed = 0 }
[[team]]
agency = "nia"
role = "caseworker"
officers = 1
hours = ["09:00-17:00"]
[team.steps.check]
minutes = { fixed = 0 }
lead_working_days = { fixed = 2 }
supplement = 1
answer_days = { fixed = ANSWER }
outcomes = { pass = 1 }
[[team]]
agency = "moda"
role = "consultant"
officers = 1
hours = ["09:00-17:00"]
[team.steps.opinion]
minutes = { fixed = 0 }
lead_working_days = { fixed = 2 }
outcomes = { qualified = 1 }
[[team]]
agency = "wda"
role = "caseworker"
officers = 1
hours = ["09:00-17:00"]
[team.steps.decision]
minutes = { fixed = 0 }
lead_working_days = { fixed = 3 }
outcomes = { approve = 1 }
)";

class Likeness : public casework::CaseworkTest {
 protected:
  /// Submitted on Monday 2 March 2026 at nine o'clock, like the case of the fixture.
  static Report simulated(const std::string& answer_days) {
    std::string people = permit_staff;
    simulation::replace_in(people, "ANSWER", answer_days);
    return run({package_in(casework::test_packages / "permit"), staff(people)},
               arrivals("start = \"2026-03-01\"\nwarm_up_days = 0\nmeasure_days = 10\n"
                        "hours = [\"09:00-09:01\"]\n[on_dates]\n2026-03-02 = 1\n"
                        "[answers.field]\ndigital = 1\n[answers.years]\n2 = 1\n"
                        "[answers.salary_twd]\n200000 = 1\n"),
               1);
  }
};

TEST_F(Likeness, ACaseWithASupplementTakesTheSameDays) {
  const auto id = in_review();
  casework::must(world_->advance_to(casework::date("2026-03-04")));
  const auto supplement = ask(id);
  casework::must(world_->advance_to(casework::date("2026-03-11")));
  answer(id, supplement);
  decide("nia", id, "pass");
  casework::must(world_->advance_to(casework::date("2026-03-13")));
  decide("moda", id, "qualified");
  casework::must(world_->advance_to(casework::date("2026-03-16")));
  decide("wda", id, "approve");
  const auto lived = view(id);
  ASSERT_EQ(lived.summary.state, casework::State::approved);

  const auto report = simulated("7");
  EXPECT_DOUBLE_EQ(mean(report, "outcome.issued"), 1);
  EXPECT_NEAR(mean(report, "days.mean"), 14, 1e-6);  // Monday the 16th
  EXPECT_EQ(lived.clock.used, 5);
  EXPECT_DOUBLE_EQ(mean(report, "statutory.days"), lived.clock.used);
}

TEST_F(Likeness, ASupplementLapsesOnTheSameDay) {
  const auto id = in_review();
  casework::must(world_->advance_to(casework::date("2026-03-04")));
  ask(id);
  const auto due = view(id).supplement->due;
  // The last moment that counts, and one of the next day.
  const int days_left = days_between(casework::date("2026-03-04"), due);
  const auto in_time = simulated(std::to_string(days_left) + ".6");
  const auto too_late = simulated(std::to_string(days_left) + ".7");
  EXPECT_DOUBLE_EQ(mean(in_time, "outcome.issued"), 1);
  EXPECT_DOUBLE_EQ(mean(too_late, "outcome.supplement_lapsed"), 1);
  casework::must(world_->advance_to(due));
  EXPECT_EQ(view(id).summary.state, casework::State::awaiting_applicant);
  casework::must(world_->advance_to(add_days(due, 1)));
  EXPECT_EQ(view(id).summary.state, casework::State::refused);
}

}  // namespace
}  // namespace minben::simulation
