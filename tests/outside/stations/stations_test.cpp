// What the stations tell depends on the time alone, and only what changed is told.
#include <gtest/gtest.h>

#include "stations/stations.hpp"

namespace outside::stations {
namespace {

TEST(Stations, TellWhatChangedAndNeverMoreThanTheyHavePlacesFor) {
  const auto all = stations();
  const Instant noon = parse_instant("2026-11-30T04:00:00Z").value();
  EXPECT_EQ(parse_json(report({}, noon).body)->as_array().size(), all.size()) << "all, at first";
  EXPECT_EQ(report({}, noon).body, report({}, noon).body);
  EXPECT_EQ(report(noon, noon).body, "");
  std::size_t told = 0;
  for (Instant at = noon; at < noon + hours{24}; at += seconds{60}) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const int here = bicycles(all[i], i, at);
      ASSERT_GE(here, 0);
      ASSERT_LE(here, all[i].places);
    }
    const Report said = report(at - seconds{60}, at);
    if (said.body.empty()) continue;
    for (const Json& each : parse_json(said.body)->as_array()) {
      ++told;
      const auto number = static_cast<std::size_t>(
          std::ranges::find(all, string_or(each, "station"), &Station::name) - all.begin());
      ASSERT_LT(number, all.size());
      EXPECT_NE(bicycles(all[number], number, at - seconds{60}), bicycles(all[number], number, at));
      EXPECT_EQ(get_integer(each, "bicycles").value() + get_integer(each, "free").value(),
                all[number].places);
    }
  }
  EXPECT_GT(told, 1440u) << "something happens";
}

}  // namespace
}  // namespace outside::stations
