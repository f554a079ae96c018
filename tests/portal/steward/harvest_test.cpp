// A steward of the platform adds a catalogue elsewhere, looks at a dry run, switches it on, and
// decides when it has shrunk; the other catalogue is a real server.
#include "desk.hpp"
#include "harvest/house.hpp"

namespace minben::steward {
namespace {

using harvest::RunState;
using open::Browser;
using testing::HasSubstr;
using testing::Not;

const std::string all = "/en/desk/data/harvest";
const std::string city = all + "/city";

struct HarvestPages : Desk {
  harvest::Portal portal;
  OfficerId platform, agency;

  void SetUp() override {
    Desk::SetUp();
    platform = officer("moda");
    agency = officer("moenv");
  }
  Browser at_desk(OfficerId who) {
    Browser browser(*this);
    browser.sign_in(who);
    return browser;
  }
  [[nodiscard]] open::Fields filled(const std::string& url) const {
    return {{"code", "city"},
            {"title_zh", "某市"},
            {"title_en", "A city"},
            {"kind", "ckan"},
            {"url", url},
            {"organizations", ""},
            {"publisher", ""},
            {"publishers", "env = city-env\n health=city-health \n"},
            {"portal", ""},
            {"government", ""},
            {"every_hours", "24"},
            {"whole_every_days", "0"},
            {"pause_ms", "0"},
            {"request_timeout_ms", "3000"},
            {"run_timeout_minutes", "60"},
            {"max_objects", "1000"},
            {"max_bytes", "100000000"},
            {"max_requests", "1000"}};
  }
  void add(Browser& desk) {
    (void)desk.get(all + "/new");
    const auto saved = desk.post(all + "/new", filled(portal.url()));
    ASSERT_EQ(saved.status, 303) << saved.body;
    (void)desk.follow(saved);
  }
  /// Presses the button, and does the work as the platform's threads do; the run's page.
  std::string run(Browser& desk, bool dry) {
    clock.advance(minutes{1});  // so that the newest is the newest
    (void)desk.get(city);
    const auto begun = desk.post(city + "/run", {{"dry", dry ? "yes" : "no"}});
    EXPECT_EQ(begun.status, 303) << begun.body;
    for (int i = 0; i < 20 && *harvester->work_once(); ++i) {
    }
    return std::string(begun.headers.get("Location"));
  }
  using Run = harvest::Run;  // testing::Test has a Run, too
  Run newest() {
    return db
        ->separately([&](auto& tx) { return harvester->runs(tx, harvest::SourceCode{"city"}, 1); })
        ->at(0);
  }
};

TEST_F(HarvestPages, a_source_is_added_tried_and_switched_on) {
  portal.add(0, 3);
  Browser desk = at_desk(platform);
  EXPECT_THAT(desk.get("/en/desk/data").body, HasSubstr("/en/desk/data/harvest"));
  EXPECT_THAT(desk.get(all).body, HasSubstr("There are no sources yet."));
  add(desk);
  EXPECT_THAT(desk.get(city).body, HasSubstr("city-health"));
  EXPECT_EQ(desk.post(city + "/activate", {}).status, 409) << "a dry run comes first";

  const std::string dry = run(desk, true);
  const auto shown = desk.get(dry);
  EXPECT_THAT(shown.body, HasSubstr("Dry run"));
  EXPECT_THAT(shown.body, HasSubstr("id-000002"));
  EXPECT_THAT(shown.body, HasSubstr("<svg"));
  EXPECT_FALSE(
      db->separately([&](auto& tx) { return catalogue.find(tx, std::string_view("set-000002")); }));

  ASSERT_EQ(desk.post(city + "/activate", {}).status, 303);
  const std::string real = run(desk, false);
  EXPECT_EQ(newest().state, RunState::done);
  EXPECT_EQ(newest().counts.created, 3);
  EXPECT_THAT(desk.get(real + "?state=created").body, HasSubstr("資料集 2"));
  EXPECT_THAT(desk.get(real + "?state=failed").body, HasSubstr("There are none of these."));
  const auto listed = desk.get(all);
  EXPECT_THAT(listed.body, HasSubstr("Active"));
  EXPECT_THAT(listed.body, HasSubstr("<svg"));
  (void)desk.get(city);
  ASSERT_EQ(desk.post(city + "/deactivate", {}).status, 303);
  EXPECT_THAT(desk.get(city).body, HasSubstr("Off"));
}

TEST_F(HarvestPages, what_changed_is_shown_old_and_new_page_by_page) {
  portal.add(0, 60);
  Browser desk = at_desk(platform);
  add(desk);
  (void)run(desk, true);
  ASSERT_EQ(desk.post(city + "/activate", {}).status, 303);
  (void)run(desk, false);
  portal.add(0, 55, "新名稱");
  const std::string second = run(desk, false);
  EXPECT_EQ(newest().counts.changed, 55);
  const auto first_page = desk.get(second + "?state=changed");
  EXPECT_THAT(first_page.body, HasSubstr("資料集 7"));
  EXPECT_THAT(first_page.body, HasSubstr("新名稱 7"));
  EXPECT_THAT(first_page.body, HasSubstr("/title"));
  EXPECT_THAT(first_page.body, HasSubstr("after=id-000049"));
  const auto next = desk.get(second + "?state=changed&after=id-000049");
  EXPECT_THAT(next.body, HasSubstr("id-000054"));
  EXPECT_THAT(next.body, Not(HasSubstr("id-000049</span>")));
  EXPECT_THAT(desk.get(city).body, HasSubstr("Datasets seen in the last runs"));
}

TEST_F(HarvestPages, a_source_that_shrank_waits_for_a_decision) {
  portal.add(0, 12);
  Browser desk = at_desk(platform);
  add(desk);
  (void)run(desk, true);
  ASSERT_EQ(desk.post(city + "/activate", {}).status, 303);
  (void)run(desk, false);
  for (int i = 2; i < 12; ++i) portal.remove(i);
  const std::string held = run(desk, false);
  ASSERT_EQ(newest().state, RunState::held);
  const auto page = desk.get(held);
  EXPECT_THAT(page.body, HasSubstr("More than half of the source is gone"));
  EXPECT_THAT(page.body, HasSubstr("10 of 12 datasets"));
  EXPECT_EQ(desk.post(held + "/stop", {}).status, 409);
  ASSERT_EQ(desk.post(held + "/accept", {}).status, 303);
  for (int i = 0; i < 20 && *harvester->work_once(); ++i) {
  }
  EXPECT_EQ(newest().counts.withdrawn, 10);
  EXPECT_EQ(desk.post(held + "/accept", {}).status, 409);
  EXPECT_THAT(desk.get(held + "?state=withdrawn").body, HasSubstr("id-000011"));
}

TEST_F(HarvestPages, a_run_that_waits_is_followed_and_stopped) {
  portal.add(0, 2);
  Browser desk = at_desk(platform);
  add(desk);
  (void)desk.get(city);
  const auto begun = desk.post(city + "/run", {{"dry", "yes"}});
  const std::string run(begun.headers.get("Location"));
  EXPECT_THAT(desk.get(run).body, HasSubstr("data-poll"));
  EXPECT_EQ(desk.post(city + "/run", {{"dry", "yes"}}).status, 409) << "one at a time";
  (void)desk.get(run);
  ASSERT_EQ(desk.post(run + "/stop", {}).status, 303);
  EXPECT_EQ(newest().state, RunState::stopped);
  EXPECT_THAT(desk.get(run).body, Not(HasSubstr("data-poll")));
}

TEST_F(HarvestPages, what_fails_at_the_source_is_told_with_its_code) {
  portal.add(0, 2);
  auto broken = harvest::Portal::package(7, "壞的");
  broken["resources"].get_array()[0].get_object()["url"] = "not an address";
  broken["title"] = "";
  broken["name"] = "";
  portal.set({{"id-000001", harvest::Portal::package(1, "好的")}, {"id-000007", broken}});
  Browser desk = at_desk(platform);
  add(desk);
  const std::string page = run(desk, true);
  EXPECT_EQ(newest().counts.failed, 1) << newest().detail;
  EXPECT_THAT(desk.get(page + "?state=failed").body, HasSubstr("id-000007"));
}

TEST_F(HarvestPages, every_field_is_looked_at) {
  Browser desk = at_desk(platform);
  (void)desk.get(all + "/new");
  auto wrong = filled("ftp://somewhere");
  for (auto& [name, value] : wrong) {
    if (name == "code") value = "No Code";
    if (name == "title_zh" || name == "title_en") value = "";
    if (name == "every_hours") value = "often";
    if (name == "max_requests") value = "0";
    if (name == "publishers") value = "nothing";
  }
  const auto refused = desk.post(all + "/new", wrong);
  EXPECT_EQ(refused.status, 422);
  for (const char* field :
       {"#fcode", "#ftitle_zh", "#furl", "#fevery_hours", "#fmax_requests", "#fpublishers"})
    EXPECT_THAT(refused.body, HasSubstr(field)) << field;
  EXPECT_THAT(refused.body, HasSubstr("value=\"often\""));
  add(desk);
  (void)desk.get(all + "/new");
  const auto again = desk.post(all + "/new", filled(portal.url()));
  EXPECT_EQ(again.status, 422);
  EXPECT_THAT(again.body, HasSubstr("There is a source with this code already"));
}

TEST_F(HarvestPages, a_key_stays_with_its_host) {
  harvest::Source source;
  source.code = harvest::SourceCode{"city"};
  source.title.zh_hant = "某市";
  source.url = "https://data.example.tw";
  source.key_file = "/etc/minben/city.key";
  ASSERT_TRUE(db->transact([&](auto& tx) { return harvester->save(tx, source); }));
  const auto key = [&] {
    return db
        ->separately([&](auto& tx) { return harvester->source(tx, harvest::SourceCode{"city"}); })
        ->key_file;
  };
  Browser desk = at_desk(platform);
  EXPECT_THAT(desk.get(city).body, Not(HasSubstr("city.key")));
  (void)desk.get(city + "/edit");
  ASSERT_EQ(desk.post(city + "/edit", filled("https://data.example.tw/portal")).status, 303);
  EXPECT_EQ(key(), "/etc/minben/city.key");
  (void)desk.get(city + "/edit");
  auto elsewhere = filled("https://data.example.tw@evil.example");
  EXPECT_EQ(desk.post(city + "/edit", elsewhere).status, 422);
  elsewhere = filled("https://evil.example");
  elsewhere.emplace_back("key_file", "/etc/minben/master.key");
  const auto moved = desk.post(city + "/edit", elsewhere);
  EXPECT_THAT(desk.follow(moved).body, HasSubstr("the key is no longer sent"));
  EXPECT_EQ(key(), "");
}

TEST_F(HarvestPages, are_for_stewards_of_the_platform_only) {
  Browser desk = at_desk(platform);
  add(desk);
  const std::string page = run(desk, true);
  Browser other = at_desk(agency);
  EXPECT_THAT(other.get("/en/desk/data").body, Not(HasSubstr("/desk/data/harvest")));
  for (const std::string& address : {all, all + "/new", city, city + "/edit", page})
    EXPECT_EQ(other.get(address).status, 403) << address;
  (void)other.get("/en/desk/data/datasets/new");
  for (const std::string& address :
       {all + "/new", city + "/edit", city + "/run", city + "/activate", city + "/deactivate",
        page + "/stop", page + "/accept"})
    EXPECT_EQ(other.post(address, filled(portal.url())).status, 403) << address;
}

}  // namespace
}  // namespace minben::steward
