// A data steward adds a live stream to a dataset, sees how it does, and ends it.
#include "desk.hpp"
#include "streams/live.hpp"

namespace minben::steward {
namespace {

using open::Browser;
using testing::HasSubstr;

struct LiveDesk : Desk {
  std::unique_ptr<streams::Live> live = open_live();
  OfficerId air, town;
  catalogue::DatasetId dataset_id;

  std::unique_ptr<streams::Live> open_live() {
    EXPECT_TRUE(db->migrate(streams::migrations()));
    return std::make_unique<streams::Live>(db.database(), catalogue, *tables, *keys, clock, random,
                                           streams::LiveConfig{});
  }
  OfficerId steward_of(const std::string& agency) {
    catalogue::Publisher made;
    made.code = {agency};
    made.title.zh_hant = agency;
    made.agency = agency;
    EXPECT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
    return officer(agency);
  }
  void SetUp() override {
    streams = live.get();
    Desk::SetUp();
    air = steward_of("moenv");
    town = steward_of("taipei");
    put(dataset("air", "空氣品質", "moenv"));
    dataset_id = db->separately([&](auto& tx) {
                     return catalogue.find(tx, std::string_view("air"));
                   })->dataset.id;
  }
};

TEST_F(LiveDesk, AStreamIsAddedWatchedAndEnded) {
  Browser desk(*this);
  desk.sign_in(air);
  const std::string page = "/en/desk/data/datasets/" + to_string(dataset_id);
  EXPECT_THAT(desk.get(page).body, HasSubstr(page + "/streams/new"));
  EXPECT_THAT(desk.get(page + "/streams/new").body,
              HasSubstr("A live stream is a resource of the dataset"));
  open::Fields given{{"title", "即時"},  {"name.1", "station"}, {"type.1", "text"},
                     {"name.2", "pm25"}, {"type.2", "number"},  {"unit.2", "μg/m³"},
                     {"key", "pm25"},    {"retention", "7"},    {"every", "60"}};
  EXPECT_THAT(desk.post(page + "/streams/new", given).body,
              HasSubstr("Enter the name of a field of type text"));
  given[6].second = "station";
  EXPECT_THAT(desk.follow(desk.post(page + "/streams/new", given)).body, HasSubstr("Created."));

  const auto all = live->streams().of_dataset(dataset_id);
  ASSERT_EQ(all->size(), 1u);
  const streams::Stream& stream = all->front();
  EXPECT_FALSE(live->streams().readable(stream.id)) << "the draft is not published";
  const std::string own = page + "/streams/" + to_string(stream.id);
  EXPECT_THAT(desk.get(own).body, HasSubstr("/api/streams/" + to_string(stream.id) + "/records"));
  auto entry = db->separately([&](auto& tx) { return catalogue.find(tx, dataset_id); });
  ASSERT_EQ(
      desk.post(page + "/publish", {{"revision", std::to_string(entry->revision)}, {"note", ""}})
          .status,
      303);
  ASSERT_TRUE(live->streams().readable(stream.id));
  ASSERT_TRUE(live->streams().follow_catalogue());

  ASSERT_TRUE(live->streams().publish(stream.id, {R"({"station":"a","pm25":1})", false, {}}));
  ASSERT_TRUE(live->streams().tell_followers(new_uuid(clock, random), {{stream.id, 41}}));
  const std::string list = desk.get("/en/desk/data/streams").body;
  EXPECT_THAT(list, HasSubstr("On time"));
  EXPECT_THAT(list, HasSubstr(">41<"));
  clock.advance(minutes{3});
  EXPECT_THAT(desk.get("/en/desk/data/streams").body, HasSubstr("Late"));

  Browser other(*this);
  other.sign_in(town);
  EXPECT_EQ(other.get(own).status, 404);
  EXPECT_THAT(other.get("/en/desk/data/streams").body,
              HasSubstr("Your agency has no live streams yet."));

  EXPECT_THAT(desk.follow(desk.post(own + "/end", {})).body, HasSubstr("The stream has ended."));
  EXPECT_TRUE(live->streams().find(stream.id)->ended_at);
}

}  // namespace
}  // namespace minben::steward
