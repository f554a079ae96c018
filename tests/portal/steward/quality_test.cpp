// The desk shows what can be put right, and lets a steward ask for a check now and then.
#include <fstream>

#include "desk.hpp"

namespace minben::steward {
namespace {

using open::Browser;
using testing::HasSubstr;
using testing::Not;

struct QualityDesk : Desk {
  OfficerId air = officer("moenv"), town = officer("taipei");
  catalogue::DatasetId id;

  void SetUp() override {
    Desk::SetUp();
    for (const std::string code : {"moenv", "taipei"}) {
      catalogue::Publisher made;
      made.code = {code};
      made.title.zh_hant = code;
      made.agency = code;
      ASSERT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
    }
    catalogue::Dataset made = dataset("air", "空氣品質監測", "moenv");
    catalogue::Distribution& only = made.distributions.front();
    only.id = catalogue::DistributionId::make(clock, random);
    only.download_url = "https://gov.example/datastore/dump/" + to_string(only.id);
    only.character_encoding = "UTF-8";
    put(made);  // its table is not there: broken
    id = db->separately([&](auto& tx) {
             return catalogue.find(tx, std::string_view("air"));
           })->dataset.id;
    work();
  }
  void work() {
    ASSERT_TRUE(quality.follow());
    while (*quality.work_once()) continue;
  }
};

TEST_F(QualityDesk, BrokenLinksAreShownToTheirStewardsAndCheckedAgainWhenTheyAsk) {
  Browser browser(*this);
  browser.sign_in(air);
  const std::string list = browser.get("/en/desk/data/quality").body;
  EXPECT_THAT(list, HasSubstr("空氣品質監測"));
  EXPECT_THAT(list, HasSubstr("1 of 1"));
  EXPECT_THAT(list, HasSubstr("Links answer"));

  std::ofstream(temporary.path() / "t.csv") << "站名\n甲\n";
  const auto entry = db->separately([&](auto& tx) { return catalogue.find(tx, id); });
  const auto table = entry->dataset.distributions.front().id;
  ASSERT_TRUE(tables->load({table.value}, temporary.path() / "t.csv", {}, {}));
  const std::string check = "/en/desk/data/quality/" + to_string(id) + "/check";
  EXPECT_THAT(browser.follow(browser.post(check, {})).body, HasSubstr("It will be checked now"));
  work();
  EXPECT_THAT(browser.get("/en/desk/data/quality").body, HasSubstr("Columns are as described"));
  EXPECT_THAT(browser.get("/en/desk/data/datasets/" + to_string(id)).body, HasSubstr("Silver"));
  EXPECT_THAT(browser.follow(browser.post(check, {})).body, HasSubstr("Try again in ten minutes"));
}

TEST_F(QualityDesk, OthersSeeNothingOfIt) {
  Browser browser(*this);
  browser.sign_in(town);
  EXPECT_THAT(browser.get("/en/desk/data/quality").body, Not(HasSubstr("空氣品質監測")));
  EXPECT_EQ(browser.post("/en/desk/data/quality/" + to_string(id) + "/check", {}).status, 404);
}

}  // namespace
}  // namespace minben::steward
