#include "house.hpp"

namespace minben::open {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct OpenPages : House {
  void SetUp() override {
    publisher("moenv", "環境部");
    publisher("taipei", "臺北市政府");
    put(dataset("air", "空氣品質監測", "moenv"));
    put(dataset("buses", "公車站牌", "taipei"));
  }
};

TEST_F(OpenPages, a_search_shows_what_it_found_and_what_it_can_be_narrowed_to) {
  const std::string all = get("/zh-Hant/datasets").body;
  EXPECT_THAT(all, HasSubstr("共 2 個資料集"));
  EXPECT_THAT(all, HasSubstr("/zh-Hant/datasets?publisher=taipei"));
  const std::string one = get("/en/datasets?q=%E5%85%AC%E8%BB%8A&publisher=taipei").body;
  EXPECT_THAT(one, HasSubstr("1 datasets"));
  EXPECT_THAT(one, HasSubstr("<span lang=\"zh-Hant\">公車站牌</span>"));
  EXPECT_THAT(one, Not(HasSubstr("空氣品質")));
  EXPECT_THAT(get("/en/datasets?q=nothing-like-it").body, HasSubstr("No dataset was found"));
}

TEST_F(OpenPages, a_dataset_is_described_for_people_and_search_engines) {
  const auto response = get("/en/datasets/air");
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr("itemtype=\"https://schema.org/Dataset\""));
  EXPECT_THAT(response.body, HasSubstr("https://data.example.tw/file.csv"));
  EXPECT_EQ(get("/en/datasets/nobody").status, 404);
}

TEST_F(OpenPages, a_series_shows_its_members_the_newest_first) {
  catalogue::Series series;
  series.name = "air-by-year";
  series.publisher = {"moenv"};
  series.title = {"空氣品質（逐年）", "Air, year by year"};
  const auto saved = db->transact([&](auto& tx) { return catalogue.save(tx, series); });
  ASSERT_TRUE(saved);
  for (const int year : {2022, 2024, 2023}) {
    catalogue::Dataset made = dataset("air-" + std::to_string(year), "空氣品質", "moenv");
    made.series = saved->id;
    made.temporal.to = *parse_date(std::to_string(year) + "-12-31");
    put(made);
  }
  const auto page = get("/en/series/air-by-year");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("3 datasets of this series"));
  const auto place = [&](const char* name) { return page.body.find(name); };
  EXPECT_LT(place("datasets/air-2024"), place("datasets/air-2023"));
  EXPECT_LT(place("datasets/air-2023"), place("datasets/air-2022"));
  EXPECT_THAT(get("/en/datasets/air-2023").body, HasSubstr("/en/series/air-by-year"));
  EXPECT_THAT(get("/en/datasets/air").body, Not(HasSubstr("/series/")));
  EXPECT_EQ(get("/en/series/nobody").status, 404);

  // One leaves, one is withdrawn.
  auto leaving = db->separately([&](auto& tx) {
                     return catalogue.find(tx, std::string_view("air-2024"));
                   })->dataset;
  leaving.series.reset();
  put(leaving);
  ASSERT_TRUE(db->transact([&](auto& tx) -> Result<void> {
    MINBEN_TRY(entry, catalogue.find(tx, std::string_view("air-2022")));
    MINBEN_CHECK(catalogue.withdraw(tx, entry.dataset.id, entry.revision, "停止", {}));
    return {};
  }));
  const auto after = get("/zh-Hant/series/air-by-year");
  EXPECT_THAT(after.body, HasSubstr("datasets/air-2023"));
  EXPECT_THAT(after.body, Not(HasSubstr("datasets/air-2024")));
  EXPECT_THAT(after.body, Not(HasSubstr("datasets/air-2022")));
}

TEST_F(OpenPages, a_harvested_dataset_says_where_it_came_from_and_when) {
  catalogue::Dataset made = dataset("city-air", "空氣", "moenv");
  made.origin = catalogue::Origin{"city", "17", "https://city.example.tw/17",
                                  *parse_instant("2026-11-23T04:05:06Z")};
  put(made);
  const auto page = get("/en/datasets/city-air");
  EXPECT_THAT(page.body, HasSubstr("https://city.example.tw/17"));
  EXPECT_THAT(page.body, HasSubstr("fetched on 23 November 2026"));
}

TEST_F(OpenPages, lists_and_pages_say_when_the_data_changed_and_whether_it_is_late) {
  using catalogue::Frequency;
  catalogue::Dataset made = dataset("river-levels", "水位", "moenv");
  put(made);
  EXPECT_THAT(get("/en/datasets?q=river-levels").body, HasSubstr("Entry changed"));
  made.frequency = {Frequency::Kind::regular, Frequency::Unit::month, 1};
  made.distributions.at(0).modified = clock.now() - days{20};
  made.id = db->separately([&](auto& tx) {
                return catalogue.find(tx, std::string_view("river-levels"));
              })->dataset.id;
  put(made);
  const std::string listed = get("/en/datasets?q=river-levels").body;
  EXPECT_THAT(listed, HasSubstr("Data updated"));
  EXPECT_THAT(listed, Not(HasSubstr("Late")));
  clock.advance(days{15});
  EXPECT_THAT(get("/en/datasets?q=river-levels").body, HasSubstr("Late"));
  EXPECT_THAT(get("/en/datasets/river-levels").body, HasSubstr("Data last changed"));
  EXPECT_THAT(get("/en/datasets/river-levels").body, HasSubstr("Late"));
  made.frequency = {Frequency::Kind::continuous};
  put(made);
  EXPECT_THAT(get("/en/datasets?q=river-levels").body, HasSubstr("Updated all the time"));
}

TEST_F(OpenPages, suggestions_say_what_they_are_and_where_they_lead) {
  const auto answer = get("/en/dataset-suggestions?q=%E7%A9%BA%E6%B0%A3");
  EXPECT_THAT(answer.body, HasSubstr("/en/datasets/air"));
  EXPECT_THAT(answer.body, HasSubstr("\"kind\":\"Dataset\""));
}

TEST_F(OpenPages, a_draft_is_nobodys_business) {
  const auto draft = db->transact(
      [&](auto& tx) { return catalogue.create(tx, dataset("secret-draft", "草稿", "moenv"), {}); });
  ASSERT_TRUE(draft);
  EXPECT_EQ(get("/en/datasets/secret-draft").status, 404);
  EXPECT_EQ(get("/en/datasets/secret-draft/versions").status, 404);
}

TEST_F(OpenPages, what_was_withdrawn_says_why_and_offers_nothing) {
  ASSERT_TRUE(db->transact([&](auto& tx) -> Result<void> {
    MINBEN_TRY(entry, catalogue.find(tx, std::string_view("air")));
    MINBEN_CHECK(catalogue.withdraw(tx, entry.dataset.id, entry.revision, "儀器故障", {}));
    return {};
  }));
  const auto response = get("/zh-Hant/datasets/air");
  EXPECT_EQ(response.status, 410);
  EXPECT_THAT(response.body, HasSubstr("儀器故障"));
  EXPECT_THAT(response.body, Not(HasSubstr("file.csv")));
}

TEST_F(OpenPages, versions_say_what_changed) {
  catalogue::Dataset changed = dataset("air", "空氣品質監測", "moenv");
  const auto before =
      db->separately([&](auto& tx) { return catalogue.find(tx, std::string_view("air")); });
  ASSERT_TRUE(before);
  changed = before->dataset;
  changed.title.en = "Air quality";
  put(changed);
  EXPECT_THAT(get("/en/datasets/air/versions").body, HasSubstr("/en/datasets/air/versions/2"));
  EXPECT_THAT(get("/en/datasets/air/versions/2").body, HasSubstr("/title/en"));
  EXPECT_EQ(get("/en/datasets/air/versions/1").status, 404);
  EXPECT_EQ(get("/en/datasets/air/versions/9").status, 404);
}

TEST_F(OpenPages, of_hundreds_of_publishers_a_page_is_shown_or_those_that_are_looked_for) {
  for (int i = 100; i < 160; ++i) {
    const std::string code = "office-" + std::to_string(i);
    publisher(code, "第" + std::to_string(i) + "號戶政事務所");
    put(dataset("waiting-" + std::to_string(i), "等候時間", code));
  }
  EXPECT_THAT(get("/zh-Hant/publishers").body,
              AllOf(HasSubstr("62 個機關"), HasSubstr("第148號"), Not(HasSubstr("第149號"))));
  EXPECT_THAT(get("/zh-Hant/publishers?page=2").body,
              AllOf(HasSubstr("第149號"), Not(HasSubstr("第148號"))));
  EXPECT_THAT(get("/zh-Hant/publishers?page=99").body, HasSubstr("第159號"));
  EXPECT_THAT(get("/zh-Hant/publishers?q=%E5%8F%B0%E5%8C%97").body,  // 台北
              AllOf(HasSubstr("找到 1 個機關"), HasSubstr("臺北市政府")));
  EXPECT_THAT(get("/zh-Hant/publishers?q=159").body, HasSubstr("第159號"));
  EXPECT_THAT(get("/zh-Hant/publishers?q=%22%3E%3Cb%3E").body,
              AllOf(HasSubstr("找到 0 個機關"), Not(HasSubstr("<b>"))));
}

TEST_F(OpenPages, publishers_are_listed_with_what_they_have) {
  const std::string list = get("/zh-Hant/publishers").body;
  EXPECT_THAT(list, HasSubstr("2 個機關，共 2 個資料集"));
  EXPECT_THAT(get("/zh-Hant/publishers/taipei").body, HasSubstr("公車站牌"));
  EXPECT_EQ(get("/zh-Hant/publishers/nobody").status, 404);
}

TEST_F(OpenPages, typing_is_helped) {
  const auto json = parse_json(get("/zh-Hant/dataset-suggestions?q=%E7%A9%BA").body);
  ASSERT_TRUE(json);
  EXPECT_THAT(write_json(*json), HasSubstr("/zh-Hant/datasets/air"));
}

TEST_F(OpenPages, nothing_in_metadata_becomes_markup) {
  catalogue::Dataset hostile = dataset("hostile", "<script>alert(1)</script>", "moenv");
  hostile.description.zh_hant =
      "<img src=x onerror=alert(1)> [x](javascript:alert(1)) [y](data:text/html,x) "
      "![z](https://evil.example/x.png) <a href='javascript:1'>w</a>\n\n<script>alert(2)</script>";
  hostile.keywords = {"\"><svg onload=alert(3)>"};
  hostile.distributions[0].title.zh_hant = "<b>bold</b>";
  hostile.distributions[0].fields = {{"<i>x</i>", {"</td><script>", ""}, "", ""}};
  put(hostile);
  for (const char* address : {"/zh-Hant/datasets/hostile", "/zh-Hant/datasets?q=script",
                              "/zh-Hant/datasets/hostile/versions"}) {
    const std::string body = get(address).body;
    EXPECT_THAT(body, Not(HasSubstr("<script>"))) << address;
    EXPECT_THAT(body, Not(HasSubstr("<img"))) << address;
    EXPECT_THAT(body, Not(HasSubstr("<svg onload"))) << address;
    EXPECT_THAT(body, Not(HasSubstr("href=\"javascript"))) << address;
    EXPECT_THAT(body, Not(HasSubstr("href=\"data:"))) << address;
    EXPECT_THAT(body, Not(HasSubstr("<b>bold"))) << address;
  }
}

}  // namespace
}  // namespace minben::open
