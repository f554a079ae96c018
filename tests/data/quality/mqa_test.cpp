#include "quality/mqa.hpp"

#include <map>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/datasets.hpp"

namespace minben::quality {
namespace {

using catalogue::Dataset;
using catalogue::Distribution;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Dataset curated() {
  Dataset d;
  d.title = {"公車站", "Bus stops"};
  d.keywords = {"公車"};
  d.themes = {"TRAN"};
  d.spatial = {"臺灣"};
  d.temporal.from = std::chrono::year(2020) / 1 / 1;
  d.licence = "CC-BY-4.0";
  d.contact.email = "a@b.example";
  d.publisher = {"moda"};
  d.rights = {"開放", ""};
  d.issued = d.modified = Instant(seconds(1));
  Distribution file;
  file.download_url = "https://e.example/a.csv";
  file.format = "CSV";
  file.media_type = "text/csv";
  file.byte_size = 5;
  d.distributions = {file};
  return d;
}
const MqaChecks all_well{{{std::nullopt, 200}}, true};

const MqaPoint& point(const MqaScore& score, std::string_view metric) {
  return *std::ranges::find(score.points, metric, &MqaPoint::metric);
}

TEST(Mqa, ACuratedDatasetHasAllPoints) {
  const MqaScore score = assess(curated(), all_well);
  EXPECT_EQ(score.total, mqa_most);
  EXPECT_EQ(score.rating, Rating::excellent);
  EXPECT_THAT(score.points, SizeIs(23));
  for (const Dimension dimension :
       {Dimension::findability, Dimension::accessibility, Dimension::interoperability,
        Dimension::reusability, Dimension::contextuality})
    EXPECT_EQ(score.of(dimension), most_of(dimension));
}

struct Loss {
  const char* metric;
  Lack lack;
  int points;  ///< all that are lost by the change
  void (*change)(Dataset&, MqaChecks&);
};
TEST(Mqa, EachPointIsLostForItsReason) {
  const Loss losses[] = {
      {"keyword", Lack::missing, 30, [](Dataset& d, MqaChecks&) { d.keywords.clear(); }},
      {"theme", Lack::missing, 30, [](Dataset& d, MqaChecks&) { d.themes.clear(); }},
      {"spatial", Lack::missing, 20, [](Dataset& d, MqaChecks&) { d.spatial.clear(); }},
      {"temporal", Lack::missing, 20, [](Dataset& d, MqaChecks&) { d.temporal = {}; }},
      {"access_url_answers", Lack::not_answering, 80,
       [](Dataset&, MqaChecks& c) { c.links[0].download = 404; }},
      {"access_url_answers", Lack::not_answering, 80,
       [](Dataset&, MqaChecks& c) { c.links[0].download = 0; }},
      {"download_url_answers", Lack::not_checked, 80,
       [](Dataset&, MqaChecks& c) { c.links.clear(); }},
      {"download_url", Lack::missing, 50,
       [](Dataset& d, MqaChecks& c) {
         std::swap(d.distributions[0].access_url, d.distributions[0].download_url);
         c.links[0] = {200, std::nullopt};
       }},
      {"format", Lack::missing, 60,
       [](Dataset& d, MqaChecks&) { d.distributions[0].format.clear(); }},
      {"media_type", Lack::missing, 10,
       [](Dataset& d, MqaChecks&) { d.distributions[0].media_type.clear(); }},
      {"format_in_vocabulary", Lack::not_in_vocabulary, 50,
       [](Dataset& d, MqaChecks&) {
         d.distributions[0].format = "其他";
         d.distributions[0].media_type = "application/x-own";
       }},
      {"non_proprietary", Lack::proprietary, 20,
       [](Dataset& d, MqaChecks&) { d.distributions[0].format = "XLS"; }},
      {"machine_readable", Lack::not_machine_readable, 20,
       [](Dataset& d, MqaChecks&) { d.distributions[0].format = "PDF"; }},
      {"dcat_ap", Lack::not_conforming, 30, [](Dataset&, MqaChecks& c) { c.conforms = false; }},
      {"dcat_ap", Lack::not_checked, 30, [](Dataset&, MqaChecks& c) { c.conforms.reset(); }},
      {"licence", Lack::missing, 30, [](Dataset& d, MqaChecks&) { d.licence.clear(); }},
      {"licence_in_vocabulary", Lack::not_in_vocabulary, 10,
       [](Dataset& d, MqaChecks&) { d.licence = "OGDL-TW-1.0"; }},
      {"contact_point", Lack::missing, 20, [](Dataset& d, MqaChecks&) { d.contact = {}; }},
      {"publisher", Lack::missing, 10, [](Dataset& d, MqaChecks&) { d.publisher = {}; }},
      {"rights", Lack::missing, 5, [](Dataset& d, MqaChecks&) { d.rights = {}; }},
      {"byte_size", Lack::missing, 5,
       [](Dataset& d, MqaChecks&) { d.distributions[0].byte_size.reset(); }},
      {"issued", Lack::missing, 5, [](Dataset& d, MqaChecks&) { d.issued.reset(); }},
      {"modified", Lack::missing, 5, [](Dataset& d, MqaChecks&) { d.modified.reset(); }},
  };
  for (const Loss& loss : losses) {
    Dataset dataset = curated();
    MqaChecks checks = all_well;
    loss.change(dataset, checks);
    const MqaScore score = assess(dataset, checks);
    EXPECT_EQ(score.total, mqa_most - loss.points) << loss.metric;
    EXPECT_EQ(point(score, loss.metric).lack, loss.lack) << loss.metric;
    EXPECT_EQ(point(score, loss.metric).given, 0) << loss.metric;
  }
}

TEST(Mqa, OfDistributionsTheShareCounts) {
  Dataset dataset = curated();
  dataset.distributions.push_back(dataset.distributions[0]);
  dataset.distributions.push_back(dataset.distributions[0]);
  dataset.distributions[1].format = "PDF";
  const MqaScore score = assess(dataset, {{{{}, 200}, {{}, 500}, {{}, 200}}, true});
  EXPECT_EQ(point(score, "machine_readable").given, 13);  // 2 of 3 of 20
  EXPECT_THAT(point(score, "machine_readable").distributions, ElementsAre(1));
  EXPECT_EQ(point(score, "access_url_answers").given, 33);
  EXPECT_EQ(point(score, "download_url").given, 20);
}

TEST(Mqa, ADatasetWithoutDistributionsHasOnlyItsOwnPoints) {
  Dataset dataset = curated();
  dataset.distributions.clear();
  const MqaScore score = assess(dataset, {});
  EXPECT_EQ(score.of(Dimension::accessibility), 0);
  EXPECT_EQ(score.of(Dimension::findability), 100);
  EXPECT_EQ(assess({}, {}).total, 15);  // that it is open, which is always said
  EXPECT_EQ(assess({}, {}).rating, Rating::bad);
}

TEST(Mqa, RatingsBeginWhereTheyBegin) {
  EXPECT_EQ(rating_of(405), Rating::excellent);
  EXPECT_EQ(rating_of(351), Rating::excellent);
  EXPECT_EQ(rating_of(350), Rating::good);
  EXPECT_EQ(rating_of(221), Rating::good);
  EXPECT_EQ(rating_of(220), Rating::sufficient);
  EXPECT_EQ(rating_of(121), Rating::sufficient);
  EXPECT_EQ(rating_of(120), Rating::bad);
}

TEST(Mqa, PointsOfAnyDatasetAddUp) {
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  for (int round = 0; round < 500; ++round) {
    const Dataset dataset = test::random_dataset(random);
    MqaChecks checks;
    for (std::uint64_t i = random.below(6); i > 0; --i)
      checks.links.push_back({random.below(2) ? std::optional(200) : std::nullopt,
                              static_cast<int>(random.below(2) * 404)});
    if (random.below(2)) checks.conforms = random.below(2) == 0;
    const MqaScore score = assess(dataset, checks);
    SCOPED_TRACE(fmt::format("seed {} round {}", seed, round));
    int total = 0;
    for (const MqaPoint& each : score.points) {
      EXPECT_GE(each.given, 0);
      EXPECT_LE(each.given, each.most);
      EXPECT_EQ(each.given == each.most, each.lack == Lack::none) << each.metric;
      total += each.given;
    }
    EXPECT_EQ(score.total, total);
  }
}

}  // namespace
}  // namespace minben::quality
