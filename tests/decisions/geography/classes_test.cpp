#include <cmath>
#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "geography/maps.hpp"

namespace minben::geography {
namespace {

std::size_t members(const Classes& classes) {
  std::size_t sum = 0;
  for (const Class& one : classes.classes) sum += one.members;
  return sum;
}

/// Each value lies in the class that `of` says.
void expect_sound(const Classes& classes, const std::vector<double>& values) {
  ASSERT_FALSE(classes.classes.empty());
  EXPECT_EQ(members(classes), values.size());
  for (const double value : values) {
    const Class& one = classes.classes[classes.of(value)];
    EXPECT_GE(value, one.from);
    EXPECT_LE(value, one.to);
  }
  for (std::size_t i = 1; i < classes.classes.size(); ++i)
    EXPECT_GT(classes.classes[i].from, classes.classes[i - 1].from);
}

TEST(Classes, FewValuesAreCategories) {
  const std::vector<double> values{3, 1, 1, 2, 3, 3};
  const Classes classes = divide(values);
  EXPECT_EQ(classes.division, Division::categories);
  ASSERT_EQ(classes.classes.size(), 3u);
  EXPECT_EQ(classes.classes[2].from, 3);
  EXPECT_EQ(classes.classes[2].members, 3u);
}

TEST(Classes, EvenValuesAreDividedAtRoundNumbers) {
  std::vector<double> values;
  for (int i = 0; i < 100; ++i) values.push_back(1.3 + i * 0.97);
  const Classes classes = divide(values);
  expect_sound(classes, values);
  EXPECT_EQ(classes.division, Division::equal_steps);
  for (std::size_t i = 0; i < classes.classes.size(); ++i)
    EXPECT_DOUBLE_EQ(classes.classes[i].from, static_cast<double>(i) * 20);
}

TEST(Classes, ClustersAreDividedInTheGapsBetweenThem) {
  std::vector<double> values;
  for (const double centre : {10.0, 1000.0, 1100.0, 5000.0, 9000.0})
    for (int i = 0; i < 30; ++i) values.push_back(centre + i % 7);
  for (int i = 0; i < 70; ++i) values.push_back(10 + i % 7);  // too many for equal steps
  const Classes classes = divide(values);
  expect_sound(classes, values);
  EXPECT_EQ(classes.division, Division::natural_breaks);
  ASSERT_EQ(classes.classes.size(), 5u);
  for (const double centre : {10.0, 1000.0, 1100.0, 5000.0, 9000.0})
    EXPECT_EQ(classes.of(centre), classes.of(centre + 6)) << centre;
  EXPECT_EQ(classes.classes[3].from, 5000) << "the roundest number between 1106 and 5000";
}

TEST(Classes, AFewHugeValuesDoNotHideTheRest) {
  std::vector<double> values;
  for (int i = 0; i < 500; ++i) values.push_back(std::pow(1.1, i));
  const Classes classes = divide(values);
  expect_sound(classes, values);
  EXPECT_EQ(classes.division, Division::quantiles);
  for (const Class& one : classes.classes) EXPECT_NEAR(static_cast<double>(one.members), 100, 2);
}

TEST(Classes, HoldForValuesOfAllKinds) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double endless = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(divide({}).classes.empty());
  EXPECT_TRUE(divide(std::vector{nan, endless, -endless}).classes.empty());
  expect_sound(divide(std::vector{7.0}), {7.0});
  double seed = 12345;
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values;
    const double spread = std::pow(10.0, round % 13 - 6);
    for (int i = 0; i < 5 + round; ++i) {
      seed = std::fmod(seed * 16807, 2147483647);
      const double unit = seed / 2147483647 - 0.3;
      values.push_back(round % 3 == 0 ? unit * spread : std::exp(unit * 12) * spread);
    }
    expect_sound(divide(values), values);
  }
  const double most = std::numeric_limits<double>::max();
  expect_sound(divide(std::vector{1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3, 1e15 + 4, 1e15 + 5}),
               {1e15, 1e15 + 1, 1e15 + 2, 1e15 + 3, 1e15 + 4, 1e15 + 5});
  expect_sound(divide(std::vector{-most, most, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0}),
               {-most, most, 0, 1, 2, 3, 4, 5});
}

}  // namespace
}  // namespace minben::geography
