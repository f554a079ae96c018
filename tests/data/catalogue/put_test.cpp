#include "fixture.hpp"

namespace minben::catalogue {
namespace {

using testing::SizeIs;

Dataset harvested(std::string identifier, std::string title) {
  Dataset made = dataset(std::move(title));
  made.origin = Origin{"taipei-portal", std::move(identifier), "https://data.example.tw/1", {}};
  return made;
}

const Actor harvester{Actor::Kind::harvest, "taipei-portal"};

TEST_F(CatalogueTest, the_same_again_makes_no_version_whenever_it_was_fetched) {
  Dataset given = harvested("a-1", "公車站牌");
  given.origin->fetched_at = clock.now();
  const Put first = put(given, harvester);
  EXPECT_EQ(first.outcome, Outcome::created);
  const std::int64_t position = found(first.id).position;
  given.origin->fetched_at = clock.now() + hours{1};
  const Put second = put(given, harvester);
  EXPECT_EQ(second.outcome, Outcome::unchanged);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(found(first.id).position, position);
  given.title.en = "Bus stops";
  EXPECT_EQ(put(given, harvester).outcome, Outcome::changed);
  EXPECT_EQ(found(first.id).version, 2);
  EXPECT_EQ(found(first.id).dataset.name, first.name) << "addresses stay";
}

TEST_F(CatalogueTest, what_was_harvested_has_the_same_ids_in_another_catalogue) {
  const Put here = put(harvested("a-1", "公車站牌"), harvester);
  minben::test::TestDatabase other{clock, {migrations()}};
  const auto there = other->transact([&](auto& tx) -> Result<Puts> {
    Publisher publisher;
    publisher.code = PublisherCode{"moenv"};
    publisher.title.zh_hant = "環境部";
    MINBEN_CHECK(catalogue.save(tx, publisher));
    const Dataset given = harvested("a-1", "公車站牌");
    return catalogue.put(tx, {&given, 1}, harvester);
  });
  ASSERT_TRUE(there);
  ASSERT_TRUE(there->front());
  EXPECT_EQ(there->front()->id, here.id);
}

TEST_F(CatalogueTest, a_faulty_one_does_not_keep_the_others_back) {
  std::vector<Dataset> many{dataset("一"), dataset("二"), dataset("三"), dataset("四"),
                            dataset("五")};
  many[1].title = {};
  many[2].publisher = PublisherCode{"nobody"};
  many[3].name = many[4].name = "same-name";
  const auto puts = act([&](auto& tx) { return catalogue.put(tx, many, officer); });
  ASSERT_TRUE(puts) << describe(puts.error());
  ASSERT_THAT(*puts, SizeIs(5));
  EXPECT_TRUE((*puts)[0]);
  ASSERT_FALSE((*puts)[1]);
  EXPECT_EQ((*puts)[1].error().field, "/title");
  ASSERT_FALSE((*puts)[2]);
  EXPECT_EQ((*puts)[2].error().code, "unknown_publisher");
  EXPECT_TRUE((*puts)[3]);
  ASSERT_FALSE((*puts)[4]);
  EXPECT_EQ((*puts)[4].error().code, "name_taken");
}

TEST_F(CatalogueTest, what_a_harvest_withdrew_may_come_back_by_it_alone) {
  const Dataset given = harvested("a-9", "停車場");
  const Put made = put(given, harvester);
  ASSERT_TRUE(act([&](auto& tx) {
    return catalogue.withdraw(tx, made.id, found(made.id).revision, "gone at its source",
                              harvester);
  }));
  const auto other = act([&](auto& tx) { return catalogue.put(tx, {&given, 1}, officer); });
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->front());
  EXPECT_EQ(put(given, harvester).outcome, Outcome::changed);
  EXPECT_EQ(found(made.id).status, Status::published);
  EXPECT_FALSE(found(made.id).withdrawal);
}

TEST_F(CatalogueTest, changes_are_read_in_their_order_from_any_position) {
  const Put first = put(dataset("一")), second = put(dataset("二"));
  const std::int64_t position = found(second.id).position;
  Dataset again = found(first.id).dataset;
  again.title.en = "One";
  put(again);
  const auto all = act([&](auto& tx) { return catalogue.changes(tx, 0, 10); });
  ASSERT_TRUE(all);
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].dataset.id, second.id);
  const auto later = act([&](auto& tx) { return catalogue.changes(tx, position, 10); });
  ASSERT_TRUE(later);
  ASSERT_THAT(*later, SizeIs(1));
  EXPECT_EQ((*later)[0].dataset.id, first.id);
}

TEST_F(CatalogueTest, each_change_is_told_once) {
  std::vector<std::string> told;
  store::Subscriber subscriber(
      db.database(), "test", {std::string(topic)},
      [&](store::Transaction&, std::span<const store::Event> events) -> Result<void> {
        for (const auto& each : events)
          told.push_back(string_or(each.payload, "what") + " " + each.key);
        return {};
      });
  const Put made = put(dataset("一"));
  put(found(made.id).dataset);  // unchanged
  ASSERT_TRUE(act([&](auto& tx) {
    return catalogue.withdraw(tx, made.id, found(made.id).revision, "reason", officer);
  }));
  ASSERT_TRUE(subscriber.run_once());
  EXPECT_THAT(told, testing::ElementsAre("published " + to_string(made.id),
                                         "withdrawn " + to_string(made.id)));
}

}  // namespace
}  // namespace minben::catalogue
