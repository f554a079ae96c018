#include "quality/badge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace minben::quality {
namespace {

using catalogue::Dataset;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using enum Finding;
const Findings good{passed, passed, passed, passed, passed};

Dataset with(std::size_t distributions) {
  Dataset dataset;
  dataset.distributions.resize(distributions);
  return dataset;
}
std::vector<std::string_view> codes(const std::vector<Criterion>& criteria) {
  std::vector<std::string_view> out;
  for (const Criterion& criterion : criteria) out.push_back(criterion.code);
  return out;
}

struct Case {
  Findings findings;
  Finding timely;
  Badge badge;
  std::vector<std::string_view> to_raise;
};
TEST(Badges, AreGivenStepByStepWithWhatWouldRaiseThem) {
  const Case cases[] = {
      {good, passed, Badge::platinum, {}},
      {good, exempt, Badge::platinum, {}},
      {good, failed, Badge::gold, {"timely"}},
      {good, not_checked, Badge::gold, {"timely"}},
      {{passed, passed, passed, failed, passed}, passed, Badge::silver, {"encoding_match"}},
      {{passed, passed, passed, failed, failed},
       passed,
       Badge::silver,
       {"encoding_match", "desc_match"}},
      {{passed, passed, failed, passed, passed}, passed, Badge::bronze, {"structure"}},
      {{passed, failed, passed, passed, passed}, passed, Badge::none, {"downloadable"}},
      {{failed, failed, passed, passed, passed}, passed, Badge::none, {"linkable", "downloadable"}},
      {{passed, exempt, passed, exempt, passed}, passed, Badge::platinum, {}},
      {{}, passed, Badge::none, {"linkable", "downloadable"}},
  };
  for (const Case& each : cases) {
    const BadgeResult result = judge(with(1), {each.findings}, each.timely);
    EXPECT_EQ(result.badge, each.badge);
    EXPECT_EQ(codes(result.to_raise), each.to_raise);
    EXPECT_THAT(result.criteria, SizeIs(6));
  }
}

TEST(Badges, OneDistributionThatFailsIsNamed) {
  Findings broken = good;
  broken.structured = failed;
  Findings unknown = good;
  unknown.structured = not_checked;
  const BadgeResult result = judge(with(3), {good, broken, unknown}, passed);
  EXPECT_EQ(result.badge, Badge::bronze);
  ASSERT_THAT(result.to_raise, SizeIs(1));
  EXPECT_EQ(result.to_raise[0].finding, failed);
  EXPECT_THAT(result.to_raise[0].distributions, ElementsAre(1, 2));
}

TEST(Badges, WhatWasNotCheckedIsNotMet) {
  EXPECT_EQ(judge(with(2), {good}, passed).badge, Badge::none);
  EXPECT_EQ(judge(with(0), {}, passed).badge, Badge::none);
}

TEST(Badges, DataIsTimelyUntilItsPromiseIsDue) {
  using Frequency = catalogue::Frequency;
  Dataset dataset;
  const Instant start = taiwan_midnight(std::chrono::year(2026) / 1 / 1);
  EXPECT_EQ(timeliness(dataset, start), not_checked);
  dataset.frequency = {Frequency::Kind::regular, Frequency::Unit::month, 1};
  EXPECT_EQ(timeliness(dataset, start), not_checked);
  dataset.distributions.resize(1);
  dataset.distributions[0].modified = start;
  EXPECT_EQ(timeliness(dataset, start), passed) << "a file's date is the data's";
  dataset.modified = start;
  EXPECT_EQ(timeliness(dataset, start), passed);
  const Instant due = *catalogue::due(dataset.frequency, start);
  EXPECT_EQ(timeliness(dataset, due), passed);
  EXPECT_EQ(timeliness(dataset, due + seconds(1)), failed);
  for (const auto kind :
       {Frequency::Kind::irregular, Frequency::Kind::once, Frequency::Kind::continuous}) {
    dataset.frequency = {kind};
    EXPECT_EQ(timeliness(dataset, due + hours(10'000)), exempt);
  }
}

TEST(Badges, HaveTheirNamesWeightsAndValues) {
  EXPECT_EQ(badge_name(Badge::platinum), "白金");
  EXPECT_EQ(badge_name(Badge::none), "");
  EXPECT_EQ(badge_weight_percent(Badge::silver), 60);
  EXPECT_EQ(national_value(exempt), "無(白名單)");
  EXPECT_EQ(national_value(failed), "0");
}

}  // namespace
}  // namespace minben::quality
