#include "fixture.hpp"

namespace minben::catalogue {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(CatalogueTest, a_draft_is_published_and_each_release_stays) {
  const auto created =
      act([&](auto& tx) { return catalogue.create(tx, dataset("空氣品質"), officer); });
  ASSERT_TRUE(created) << describe(created.error());
  EXPECT_EQ(created->status, Status::draft);
  EXPECT_EQ(created->version, 0);
  EXPECT_TRUE(created->dataset.name.starts_with("d-"));
  const DatasetId id = created->dataset.id;

  const auto first = act(
      [&](auto& tx) { return catalogue.publish(tx, id, created->revision, "第一版", officer); });
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->status, Status::published);
  EXPECT_EQ(first->version, 1);

  Dataset changed = first->dataset;
  changed.description.zh_hant = "更好的說明";
  const auto draft =
      act([&](auto& tx) { return catalogue.save_draft(tx, changed, first->revision); });
  ASSERT_TRUE(draft);
  EXPECT_TRUE(draft->has_draft);
  EXPECT_EQ(draft->dataset.description.zh_hant, "說明") << "people see what is published";

  clock.advance(hours{1});
  const auto second = act(
      [&](auto& tx) { return catalogue.publish(tx, id, draft->revision, "改了說明", officer); });
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(second->version, 2);
  const auto versions = act([&](auto& tx) { return catalogue.versions(tx, id); });
  ASSERT_TRUE(versions);
  ASSERT_THAT(*versions, SizeIs(2));
  EXPECT_EQ(versions->front().note, "改了說明");
  EXPECT_EQ(versions->front().published_by, "officer:0190");
  const auto difference = differences(versions->back().dataset, versions->front().dataset);
  ASSERT_THAT(difference, SizeIs(1));
  EXPECT_EQ(difference[0].pointer, "/description/zh_hant");
}

TEST_F(CatalogueTest, of_two_who_change_at_once_one_is_told) {
  const auto created = act([&](auto& tx) { return catalogue.create(tx, dataset("一"), officer); });
  ASSERT_TRUE(created);
  Dataset mine = created->dataset, theirs = created->dataset;
  mine.title.en = "Mine";
  theirs.title.en = "Theirs";
  EXPECT_TRUE(act([&](auto& tx) { return catalogue.save_draft(tx, mine, created->revision); }));
  const auto late =
      act([&](auto& tx) { return catalogue.save_draft(tx, theirs, created->revision); });
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, "changed_meanwhile");
}

TEST_F(CatalogueTest, what_is_not_complete_is_not_published_and_the_fault_names_the_member) {
  struct Case {
    std::function<void(Dataset&)> spoil;
    std::string pointer;
  };
  for (const Case& each :
       std::vector<Case>{{[](Dataset& d) { d.description = {}; }, "/description"},
                         {[](Dataset& d) { d.licence.clear(); }, "/licence"},
                         {[](Dataset& d) { d.distributions.clear(); }, "/distributions"},
                         {[](Dataset& d) { d.distributions[0].download_url.clear(); },
                          "/distributions/0/download_url"}}) {
    Dataset incomplete = dataset("未完成");
    each.spoil(incomplete);
    const auto created = act([&](auto& tx) { return catalogue.create(tx, incomplete, officer); });
    ASSERT_TRUE(created) << "a draft may be incomplete";
    const auto refused = act([&](auto& tx) {
      return catalogue.publish(tx, created->dataset.id, created->revision, "", officer);
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, each.pointer);
  }
}

TEST_F(CatalogueTest, what_is_withdrawn_stays_seen_with_its_reason_and_never_comes_back) {
  const Put made = put(dataset("水質"));
  const auto withdrawn = act([&](auto& tx) {
    return catalogue.withdraw(tx, made.id, found(made.id).revision, "量測方法有誤", officer);
  });
  ASSERT_TRUE(withdrawn) << describe(withdrawn.error());
  EXPECT_EQ(withdrawn->status, Status::withdrawn);
  EXPECT_EQ(withdrawn->withdrawal->reason, "量測方法有誤");
  Dataset again = withdrawn->dataset;
  again.title.en = "Water";
  const auto refused = act([&](auto& tx) { return catalogue.put(tx, {&again, 1}, officer); });
  ASSERT_TRUE(refused);
  ASSERT_FALSE(refused->front());
  EXPECT_EQ(refused->front().error().code, "withdrawn");
}

TEST_F(CatalogueTest, a_draft_is_discarded_but_what_was_published_is_not) {
  const auto draft = act([&](auto& tx) { return catalogue.create(tx, dataset("草稿"), officer); });
  ASSERT_TRUE(draft);
  EXPECT_TRUE(act([&](auto& tx) { return catalogue.discard(tx, draft->dataset.id); }));
  EXPECT_FALSE(act([&](auto& tx) { return catalogue.find(tx, draft->dataset.id); }));
  const Put published = put(dataset("已發布"));
  const auto refused = act([&](auto& tx) { return catalogue.discard(tx, published.id); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "was_published");
}

TEST_F(CatalogueTest, distributions_keep_their_ids_over_versions) {
  const Put made = put(dataset("交通"));
  const DistributionId before = found(made.id).dataset.distributions[0].id;
  Dataset changed = dataset("交通");
  changed.id = made.id;
  changed.name = made.name;
  changed.distributions[0].title.zh_hant = "新檔名";
  Distribution added = changed.distributions[0];
  added.download_url = "https://data.example.tw/two.csv";
  changed.distributions.insert(changed.distributions.begin(), added);
  EXPECT_EQ(put(changed).outcome, Outcome::changed);
  const Dataset after = found(made.id).dataset;
  EXPECT_EQ(after.distributions[1].id, before);
  EXPECT_NE(after.distributions[0].id, before);
  const auto owner = act([&](auto& tx) { return catalogue.find(tx, before); });
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->dataset.id, made.id);
}

TEST_F(CatalogueTest, publishers_keep_their_oid) {
  Publisher publisher;
  publisher.code = PublisherCode{"ndc"};
  publisher.title.zh_hant = "國家發展委員會";
  publisher.oid = "2.16.886.101.20003.20069";
  ASSERT_TRUE(act([&](auto& tx) { return catalogue.save(tx, publisher); }));
  publisher.oid = "2.16.886.101.1";
  const auto refused = act([&](auto& tx) { return catalogue.save(tx, publisher); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "oid_changes");
}

TEST_F(CatalogueTest, a_series_keeps_its_promise) {
  Series series;
  series.title = {"人口統計", "Population statistics"};
  series.publisher = PublisherCode{"taipei"};
  series.frequency = {Frequency::Kind::regular, Frequency::Unit::month, 3};
  const auto saved = act([&](auto& tx) { return catalogue.save(tx, series); });
  ASSERT_TRUE(saved) << describe(saved.error());
  EXPECT_EQ(saved->name, "population-statistics");
  EXPECT_EQ(saved->frequency.every, 3);
}

TEST_F(CatalogueTest, own_addresses_move_with_the_platform_and_no_others) {
  const auto move = [&](std::string origin) {
    return act([&](auto& tx) { return catalogue.move_to(tx, origin); });
  };
  EXPECT_EQ(move("https://data.example.tw").value(), 0) << "nothing is known of before";
  const Put own = put(dataset("空氣品質"));
  Dataset given = dataset("別處");
  given.distributions.front().download_url = "https://data.example.tw.example.com/file.csv";
  const Put other = put(given);
  Dataset second = act([&](auto& tx) { return catalogue.find(tx, own.id); })->dataset;
  second.description.zh_hant = "草稿";
  const int revision = act([&](auto& tx) { return catalogue.find(tx, own.id); })->revision;
  ASSERT_TRUE(act([&](auto& tx) { return catalogue.save_draft(tx, second, revision); }));
  const auto find = [&](DatasetId id) {
    return act([&](auto& tx) { return catalogue.find(tx, id); }).value();
  };
  const Entry before = find(own.id), elsewhere = find(other.id);

  EXPECT_EQ(move("https://data.example.tw").value(), 0);
  EXPECT_EQ(move("http://localhost:8080").value(), 1);
  const Entry after = find(own.id);
  EXPECT_EQ(after.dataset.distributions.front().download_url, "http://localhost:8080/file.csv");
  EXPECT_EQ(after.version, before.version) << "the same data";
  EXPECT_EQ(after.changed_at, before.changed_at);
  EXPECT_GT(after.position, before.position) << "copies and indexes are told";
  EXPECT_EQ(find(other.id).position, elsewhere.position);
  const auto draft = act([&](auto& tx) { return catalogue.draft(tx, own.id); });
  EXPECT_EQ(draft->distributions.front().download_url, "http://localhost:8080/file.csv");
  const auto kept = act([&](auto& tx) { return catalogue.version(tx, own.id, 1); });
  EXPECT_EQ(kept->dataset.distributions.front().download_url, "http://localhost:8080/file.csv");
  for (const char* bad : {"", "https://data.example.tw/", "https://data example"})
    EXPECT_EQ(move(bad).error().code, "bad_origin");
}

}  // namespace
}  // namespace minben::catalogue
