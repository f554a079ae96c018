// The worked example of docs/simulation.md: real package, real rules, real calendar.
#include "town.hpp"

namespace minben::simulation {
namespace {

const auto example = source / "docs" / "examples" / "gold-card-simulation";

Arrivals example_arrivals() { return arrivals(read_text(example / "arrivals.toml")); }
Variant today() {
  return {package_in(source / "packages" / "gold-card"),
          staff(read_text(example / "staff-today.toml"))};
}
Variant before() {
  return {package_in(example / "gold-card-before"),
          staff(read_text(example / "staff-before.toml"))};
}

TEST(GoldCard, MergedStepsHalveTheDays) {
  const auto found =
      compare(run(before(), example_arrivals(), 3), run(today(), example_arrivals(), 3));
  EXPECT_GT(found.second.totals.cases, 5000);
  EXPECT_EQ(found.first.totals.unfinished, 0);
  EXPECT_EQ(found.second.totals.unfinished, 0);
  EXPECT_EQ(found.second.totals.stuck, 0) << found.second.totals.incident;
  EXPECT_NEAR(mean(found.first, "days.mean"), 45, 1);  // what the documentation says
  EXPECT_NEAR(mean(found.second, "days.mean"), 23, 1);
  const auto& days = found.figures.find("days.mean")->second.change;
  EXPECT_LT(days.mean + days.half_width, -15);
  EXPECT_NEAR(mean(found.second, "outcome.issued") + mean(found.second, "outcome.refused") +
                  mean(found.second, "outcome.supplement_lapsed"),
              1, 1e-9);
}

TEST(GoldCard, RulesAndGatewaysDecideWhoIsAsked) {
  const auto report = run(today(), example_arrivals(), 2);
  // digital, economy, finance and culture go to moda: 30 + 25 + 8 + 6 of 100.
  const double consulted =
      mean(report, "step.opinion_moda.per_case") + mean(report, "step.opinion_nstc.per_case");
  EXPECT_NEAR(mean(report, "step.opinion_moda.per_case") / consulted, 0.69, 0.02);
  EXPECT_NEAR(mean(report, "visits.counter"), 0.55 * 0.87, 0.03);  // those abroad that got so far
}

TEST(GoldCard, FeeNotPaidCloses) {
  auto variant = today();
  variant.staff.delays["pay_fee"].days = Quantity::fixed(40);
  const auto report = run(variant, example_arrivals(), 1);
  EXPECT_DOUBLE_EQ(mean(report, "outcome.payment_lapsed"), 1);
  EXPECT_FALSE(report.figures.contains("step.immigration_check.wait_days"));
}

TEST(GoldCard, AnswersThatTheRulesRefuseAreAnError) {
  auto input = example_arrivals();
  std::erase_if(input.answers, [](const AnswerChoice& answer) { return answer.name == "field"; });
  SeededRandom random(1);
  const auto report = simulate(today(), input, calendar(), run_keys(random, 1));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "no_routing");
  EXPECT_EQ(report.error().field, "arrivals.toml");
}

TEST(GoldCard, MinistryWithoutStaffIsAnError) {  // "opinion" goes to the routed ministry
  const auto permit = source / "tests" / "services" / "casework" / "packages" / "permit";
  const Variant variant{package_in(permit), staff(R"(
[delays.pay_fee]
days = { fixed = 1 }
[delays.fetch_residence]
minutes = { fixed = 1 }
[[team]]
agency = "nia"
role = "caseworker"
officers = 1
[team.steps.check]
minutes = { fixed = 1 }
outcomes = { pass = 1 }
[[team]]
agency = "boca"
role = "consultant"
officers = 1
[team.steps.opinion]
minutes = { fixed = 1 }
outcomes = { qualified = 1 }
)")};
  SeededRandom random(1);
  const auto input = arrivals(
      "start = \"2026-01-05\"\nwarm_up_days = 0\nmeasure_days = 5\n"
      "per_working_day = 5\n[answers.field]\ndigital = 1\n"
      "[answers.years]\n1 = 1\n");
  const auto report = simulate(variant, input, calendar(), run_keys(random, 1));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "no_staff") << describe(report.error());
  EXPECT_EQ(report.error().field, "staff.toml");
}

}  // namespace
}  // namespace minben::simulation
