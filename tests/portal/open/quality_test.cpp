// Badges with their reasons, points, and the league of publishers, as pages and as data.
#include <fstream>

#include "house.hpp"
#include "quality/league.hpp"

namespace minben::open {
namespace {

using testing::HasSubstr;
using testing::Not;

struct QualityPages : House {
  void SetUp() override {
    publisher("taipei", "臺北市政府");
    publisher("moenv", "環境部");
    table("bikes", "公共自行車站點", "taipei", {"站名", "車位"});
    table("air", "空氣品質", "moenv", {"站名"});
    check();
  }
  /// A table of this house with two columns, described or not.
  void table(const std::string& name, const std::string& title, const std::string& of,
             const std::vector<std::string>& described) {
    const auto file = temporary.path() / (name + ".csv");
    std::ofstream(file) << "站名,車位\n甲,1\n乙,2\n";
    catalogue::Dataset made = dataset(name, title, of);
    catalogue::Distribution& only = made.distributions.front();
    only.id = catalogue::DistributionId::make(clock, random);
    only.media_type = "text/csv";
    only.character_encoding = "UTF-8";
    only.download_url = "https://gov.example/datastore/dump/" + to_string(only.id);
    for (const std::string& each : described) only.fields.push_back({each, {"說明", ""}, "", ""});
    made.frequency.kind = catalogue::Frequency::Kind::irregular;
    ASSERT_TRUE(tables->load({only.id.value}, file, {}, {}));
    put(made);
  }
  void check() {
    ASSERT_TRUE(quality.follow());
    while (*quality.work_once()) continue;
    ASSERT_TRUE(db->transact([&](auto& tx) { return quality.tick(tx); }));
  }
};

TEST_F(QualityPages, ABadgeIsSaidWithItsReasonsAndWhatWouldRaiseIt) {
  EXPECT_THAT(get("/zh-Hant/datasets/bikes").body, HasSubstr("白金標章"));
  EXPECT_THAT(get("/en/datasets/bikes").body, HasSubstr("/en/datasets/bikes/quality\""));
  EXPECT_THAT(get("/en/datasets/air").body, HasSubstr("Silver"));
  const std::string page = get("/en/datasets/air/quality").body;
  EXPECT_THAT(page, HasSubstr("With these met, it would be Gold:"));
  EXPECT_THAT(page, HasSubstr("Columns are as described"));
  EXPECT_THAT(page, HasSubstr("columns of the file are not described"));
  EXPECT_THAT(page, HasSubstr("<code>車位</code>"));
  EXPECT_THAT(page, HasSubstr("Findability"));
  EXPECT_THAT(page, HasSubstr("<svg class=\"mb-chart mb-chart--bars\""));
  EXPECT_THAT(page, HasSubstr("Version 1")) << "its history";
  EXPECT_THAT(get("/zh-Hant/datasets/air/quality").body, HasSubstr("檔案有未說明的欄位"));
  EXPECT_THAT(get("/en/datasets/bikes/quality").body, HasSubstr("It has the highest badge."));
  EXPECT_EQ(get("/en/datasets/nobody/quality").status, 404);
}

TEST_F(QualityPages, ProgramsGetTheSame) {
  const auto response = get("/en/datasets/air/quality.json");
  const auto parsed = parse_json(response.body);
  ASSERT_TRUE(parsed) << response.body;
  EXPECT_EQ(string_or(*parsed, "badge"), "silver");
  EXPECT_EQ(parsed->at("to_raise").as_array().size(), 1u);
  EXPECT_EQ(parsed->at("mqa").at("points").as_array().size(), 23u);
  EXPECT_EQ(parsed->at("checks").as_array().size(), 1u);
  const Json& evidence = parsed->at("links").as_array().front().at("evidence");
  EXPECT_THAT(write_json(evidence), HasSubstr(R"("reason":"columns_undescribed")"));
}

TEST_F(QualityPages, ASearchShowsBadgesAndNarrowsToThem) {
  for (const auto& [id, marks] :
       std::vector<std::pair<std::string, std::string>>{{"bikes", "platinum"}, {"air", "silver"}}) {
    const std::string& name = id;
    const auto entry =
        db->separately([&](auto& tx) { return catalogue.find(tx, std::string_view(name)); });
    index->mark(entry->dataset.id, {marks});
  }
  const std::string all = get("/en/datasets").body;
  EXPECT_THAT(all, HasSubstr("mb-badge--platinum"));
  EXPECT_THAT(all, HasSubstr("mark=silver"));
  const std::string silver = get("/en/datasets?mark=silver").body;
  EXPECT_THAT(silver, HasSubstr("/en/datasets/air\""));
  EXPECT_THAT(silver, Not(HasSubstr("/en/datasets/bikes\"")));
}

TEST_F(QualityPages, PublishersAreCompared) {
  for (const std::string language : {"/en", "/zh-Hant"}) {
    const auto page = get(language + "/quality");
    ASSERT_EQ(page.status, 200);
    EXPECT_THAT(page.body, HasSubstr("臺北市政府"));
    EXPECT_LT(page.body.find("/publishers/taipei/quality"),
              page.body.find("/publishers/moenv/quality"))
        << "the better one first";
    EXPECT_THAT(page.body, HasSubstr("mb-chart--upright"));
  }
  const auto looked_for = get("/en/quality?q=%E5%8F%B0%E5%8C%97").body;  // 台北
  EXPECT_THAT(looked_for, HasSubstr("/publishers/taipei/quality"));
  EXPECT_THAT(looked_for, Not(HasSubstr("/publishers/moenv/quality")));
  EXPECT_THAT(get("/en/quality?by=week").body, HasSubstr("aria-current=\"true\">By week"));
  EXPECT_THAT(get("/en/quality.csv").body, HasSubstr("2026-11-01,taipei,1,1,0,0,0,0,1,100.0,1,0,"));
  const auto json = parse_json(get("/en/quality.json?by=week").body);
  ASSERT_TRUE(json);
  EXPECT_EQ(string_or(json->as_array().front(), "period"), "2026-11-30");
  EXPECT_EQ(get("/en/publishers/moenv/quality").status, 200);
  EXPECT_EQ(get("/en/publishers/nobody/quality").status, 404);
  EXPECT_THAT(get("/en/publishers/moenv/quality/figures.csv").body, Not(HasSubstr("taipei")));
}

}  // namespace
}  // namespace minben::open
