// Where queueing theory knows the answer, the simulation must find it.
#include <cmath>

#include "town.hpp"

namespace minben::simulation {
namespace {

constexpr const char* passes = "\noutcomes = { pass = 1 }";

/// Applications come in during office hours only, so that in working time the arrivals are Poisson.
Report queue(double per_day, int officers, const std::string& minutes) {
  const auto input = arrivals(
      "start = \"2026-01-01\"\nwarm_up_days = 60\nmeasure_days = 400\n"
      "per_working_day = " +
      std::to_string(per_day) + "\nhours = [\"09:00-17:00\"]\n");
  return run({town(), staff(team(officers, "minutes = " + minutes + passes))}, input, 30);
}

void expect_holds(const Report& report, const std::string& name, double truth, double narrow) {
  const auto found = report.figures.find(name);
  ASSERT_NE(found, report.figures.end()) << name;
  const auto& estimate = found->second;
  EXPECT_NEAR(estimate.mean, truth, estimate.half_width) << name;
  EXPECT_LT(estimate.half_width, narrow * truth) << name << " is too vague to be a check";
}

TEST(Theory, OneOfficerWithExponentialWork) {  // M/M/1, load 0.7: Wq = 0.7 / 0.3 · 24 minutes
  const auto report = queue(14, 1, "{ exponential = 24 }");
  expect_holds(report, "team.nia.caseworker.utilisation", 0.7, 0.03);
  expect_holds(report, "step.first.wait_hours", 56.0 / 60, 0.1);
  expect_holds(report, "step.first.queue_mean", 14.0 / 480 * 56, 0.1);
}

TEST(Theory, OneOfficerWithEqualWork) {  // M/D/1 waits half as long
  const auto report = queue(14, 1, "{ fixed = 24 }");
  expect_holds(report, "step.first.wait_hours", 28.0 / 60, 0.1);
}

TEST(Theory, TwoOfficersShareOneQueue) {  // M/M/2 by Erlang's C formula
  const double load = 1.4, wait = load * load / 2 / 0.3;
  const double probability = wait / (1 + load + wait);
  const auto report = queue(28, 2, "{ exponential = 24 }");
  expect_holds(report, "step.first.wait_hours", probability * 24 / (2 * 0.3) / 60, 0.1);
}

TEST(Theory, QuantilesGiveTheirMeans) {
  using enum Quantity::Shape;
  for (const auto& [shape, parameters] :
       {std::pair{fixed, std::array{5.0, 0.0, 0.0}}, std::pair{uniform, std::array{2.0, 8.0, 0.0}},
        std::pair{exponential, std::array{3.0, 0.0, 0.0}},
        std::pair{triangular, std::array{1.0, 2.0, 9.0}},
        std::pair{lognormal, std::array{3.0, 9.0, 0.0}}}) {
    const auto quantity = Quantity::make(shape, parameters);
    ASSERT_TRUE(quantity);
    double sum = 0;
    constexpr int parts = 200'000;
    for (int i = 0; i < parts; ++i) sum += quantity->at((i + 0.5) / parts);
    EXPECT_NEAR(sum / parts, quantity->mean(), quantity->mean() * 1e-3);
  }
  EXPECT_NEAR(Quantity::make(lognormal, {3, 9, 0})->at(0.9), 9, 1e-9);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(normal_quantile(1e-6), -4.753424308822899, 1e-7);
}

TEST(Theory, IntervalIsStudents) {
  const double values[] = {1, 2, 3, 4, 5};  // s = 1.5811, t(4) = 2.7764
  const auto found = estimate(values);
  EXPECT_DOUBLE_EQ(found.mean, 3);
  EXPECT_NEAR(found.half_width, 2.7764 * 1.58114 / std::sqrt(5), 1e-3);
  std::vector<double> many(62);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = i % 2 == 0 ? 0 : 1;
  EXPECT_NEAR(estimate(many).half_width, 1.9996 * std::sqrt(62.0 / 4 / 61) / std::sqrt(62), 1e-5);
}

}  // namespace
}  // namespace minben::simulation
