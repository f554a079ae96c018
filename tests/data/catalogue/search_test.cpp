#include "fixture.hpp"

namespace minben::catalogue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

SearchQuery words(std::string text) {
  SearchQuery query;
  query.words = std::move(text);
  return query;
}

struct SearchTest : CatalogueTest {
  void SetUp() override {
    CatalogueTest::SetUp();
    Dataset air = dataset("空氣品質監測站基本資料");
    air.title.en = "Air quality monitoring stations";
    air.keywords = {"空氣", "測站"};
    air.service_category = "E00";
    put(air);
    Dataset fountains = dataset("臺北市直飲臺位置", "taipei");
    fountains.description.zh_hant = "捷運站、公園的飲水機與裝水處";
    fountains.distributions[0].format = "GeoJSON";
    put(fountains);
    Dataset buses = dataset("公共汽車站牌", "taipei");
    buses.keywords = {"公車", "交通"};
    buses.service_category = "A00";
    clock.advance(hours{24});
    put(buses);
    Dataset rain = dataset("雨量觀測");
    rain.keywords = {"氣象"};
    rain.access_rights = AccessRights::restricted;
    put(rain);
    follow();
  }
};

TEST_F(SearchTest, forms_of_characters_do_not_matter) {
  for (const char* each :
       {"臺北", "台北", "空氣品質", "空气品质", "ＡＩＲ", "Quality", "qualities"})
    EXPECT_FALSE(search(words(each)).ids.empty()) << each;
  EXPECT_THAT(titles(words("台北市直飲台")), ElementsAre("臺北市直飲臺位置"));
}

TEST_F(SearchTest, a_vague_question_finds_what_has_the_telling_words) {
  const Hits hits = search(words("請問哪裡有飲水機可以裝水？"));
  ASSERT_FALSE(hits.ids.empty());
  EXPECT_EQ(found(hits.ids.front()).dataset.title.zh_hant, "臺北市直飲臺位置");
  const Hits relaxed = search(words("公車 飲水機"));
  EXPECT_TRUE(relaxed.relaxed);
  EXPECT_EQ(relaxed.total, 2);
  EXPECT_THAT(search(words("火星")).ids, IsEmpty());
}

TEST_F(SearchTest, the_publishers_name_is_found_too) {
  EXPECT_EQ(search(words("環境部")).total, 2);
  EXPECT_EQ(search(words("taipei city")).total, 2);
}

TEST_F(SearchTest, conditions_narrow_and_facets_count_what_is_left) {
  SearchQuery query;
  query.facets = {Field::publisher, Field::format, Field::access};
  Hits hits = search(query);
  EXPECT_EQ(hits.total, 4);
  ASSERT_THAT(hits.facets, SizeIs(3));
  ASSERT_THAT(hits.facets[0].second, SizeIs(2));
  EXPECT_EQ(hits.facets[0].second[0].count, 2);
  EXPECT_EQ(hits.facets[1].second[0].value, "CSV");
  EXPECT_EQ(hits.facets[1].second[0].count, 3);

  query.where = Condition::all(
      {Condition::is(Field::publisher, "taipei"), Condition::is(Field::format, "geojson")});
  EXPECT_THAT(titles(query), ElementsAre("臺北市直飲臺位置"));
  query.where = {.kind = Condition::Kind::none, .parts = {Condition::is(Field::access, "open")}};
  EXPECT_THAT(titles(query), ElementsAre("雨量觀測"));
  query.where = {.kind = Condition::Kind::has, .field = Field::category};
  EXPECT_EQ(search(query).total, 2);
  query.where = {.kind = Condition::Kind::words, .value = "title:站"};
  EXPECT_THAT(titles(query), UnorderedElementsAre("空氣品質監測站基本資料", "公共汽車站牌"));
  query.where = {
      .kind = Condition::Kind::between, .moment = Moment::modified, .from = clock.now() - hours{1}};
  EXPECT_EQ(search(query).total, 2);
}

TEST_F(SearchTest, order_and_pages) {
  SearchQuery query;
  query.order = Order::modified;
  query.limit = 3;
  const Hits first = search(query);
  query.offset = 3;
  const Hits second = search(query);
  EXPECT_EQ(first.ids.size() + second.ids.size(), 4u);
  EXPECT_EQ(second.ids.size(), 1u);
  query.limit = 1001;
  EXPECT_FALSE(index->search(query));
  query = {};
  index->set_popularity(second.ids[0], 5000);
  EXPECT_EQ(search(query).ids.front(), second.ids[0]);
}

TEST_F(SearchTest, marks_of_other_rooms_are_conditions_too) {
  const DatasetId id = search(words("雨量")).ids.at(0);
  index->mark(id, {"gold", "table"});
  SearchQuery query;
  query.where = Condition::is(Field::mark, "table");
  EXPECT_THAT(titles(query), ElementsAre("雨量觀測"));
  index->mark(id, {});
  EXPECT_EQ(search(query).total, 0);
}

TEST_F(SearchTest, what_is_changed_or_withdrawn_is_found_so) {
  const DatasetId id = search(words("雨量")).ids.at(0);
  Dataset changed = found(id).dataset;
  changed.title.zh_hant = "降水量";
  put(changed);
  EXPECT_EQ(follow(), 1);
  EXPECT_THAT(search(words("雨量觀測")).ids, IsEmpty());
  EXPECT_THAT(search(words("降水量")).ids, ElementsAre(id));
  ASSERT_TRUE(
      act([&](auto& tx) { return catalogue.withdraw(tx, id, found(id).revision, "x", officer); }));
  EXPECT_EQ(follow(), 1);
  EXPECT_EQ(index->size(), 3);
  EXPECT_THAT(search(words("降水量")).ids, IsEmpty());
}

TEST_F(SearchTest, an_index_that_is_opened_again_goes_on_where_it_was) {
  index.reset();
  put(dataset("新的"));
  index = std::move(*Index::open(temporary.path() / "index"));
  EXPECT_EQ(index->size(), 4);
  EXPECT_EQ(follow(), 1);
  EXPECT_EQ(search({}).total, 5);
  EXPECT_EQ(search(words("直飲臺")).total, 1);
}

TEST_F(SearchTest, the_index_of_another_catalogue_is_made_anew) {
  minben::test::TestDatabase other{clock, {migrations()}};
  const auto taken = index->follow(other.database(), catalogue);
  ASSERT_TRUE(taken) << describe(taken.error());
  EXPECT_EQ(index->size(), 0);
}

TEST_F(SearchTest, two_processes_do_not_share_a_directory) {
  const auto second = Index::open(temporary.path() / "index");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "index_in_use");
}

TEST_F(SearchTest, typing_is_helped) {
  const auto suggested = index->suggest("空");
  ASSERT_FALSE(suggested.empty());
  EXPECT_EQ(suggested[0].kind, Suggestion::Kind::keyword);
  EXPECT_EQ(suggested[0].text, "空氣");
  const auto half = index->suggest("monit");
  ASSERT_FALSE(half.empty());
  EXPECT_EQ(half.back().kind, Suggestion::Kind::dataset);
  const auto agency = index->suggest("台北市政");
  ASSERT_FALSE(agency.empty());
  EXPECT_EQ(agency[0].value, "taipei");
}

TEST_F(SearchTest, hostile_words_are_words) {
  for (const std::string& each :
       {std::string("\"' OR 1=1 --"), std::string(100'000, 'x'), std::string("((((((((("),
        std::string("Q0190"), std::string("\xff\xfe"), std::string(1, '\0'),
        std::string("*:* NOT")})
    EXPECT_TRUE(index->search(words(each))) << each.substr(0, 20);
}

TEST_F(SearchTest, a_follower_sees_what_is_committed) {
  Follower follower(db.database(), catalogue, *index);
  put(dataset("即時"));
  for (int i = 0; i < 100 && index->size() < 5; ++i) std::this_thread::sleep_for(milliseconds{50});
  EXPECT_EQ(index->size(), 5);
}

}  // namespace
}  // namespace minben::catalogue
