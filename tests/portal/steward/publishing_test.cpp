// A data steward describes a dataset, uploads its file, publishes, uploads anew and withdraws.
#include <fstream>

#include "browser.hpp"
#include "datastore/datastore.hpp"
#include "datastore/search.hpp"
#include "steward/steward.hpp"

namespace minben::steward {
namespace {

using open::Browser;
using testing::HasSubstr;
using testing::Not;

struct Publishing : open::House {
  OfficerId air, town;

  void SetUp() override {
    routes = steward::routes(
        {*site, db.database(), catalogue, *index, voices, *tables, clock, random, quality});
    for (const std::string code : {"moenv", "taipei"}) {
      catalogue::Publisher made;
      made.code = {code};
      made.title.zh_hant = code;
      made.agency = code;
      ASSERT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
    }
    air = steward_of("moenv");
    town = steward_of("taipei");
  }
  OfficerId steward_of(const std::string& agency) {
    return *db->transact([&](auto& tx) {
      return identity.add_officer(tx, {.agency = {agency},
                                       .name = "Yeh",
                                       .email = agency + "@gov.example",
                                       .roles = {std::string(identity::role::data_steward)}});
    });
  }
  net::Upload file(const std::string& name, const std::string& content) {
    const auto path = temporary.path() / name;
    std::ofstream(path) << content;
    return {.field = "file",
            .file_name = name,
            .claimed_type = "text/csv",
            .path = path,
            .size = content.size(),
            .sha256_hex = ""};
  }
  catalogue::Entry only_dataset() {
    const auto all =
        db->separately([&](auto& tx) { return catalogue.of_publisher(tx, {"moenv"}, 10); });
    EXPECT_EQ(all->size(), 1u);
    return all->front();
  }
  static open::Fields described(std::string title) {
    return {{"title_zh", std::move(title)}, {"title_en", "Air"},  {"description_zh", "測站資料"},
            {"licence", "OGDL-TW-1.0"},     {"frequency", "day"}, {"keywords", "空氣、測站"}};
  }
};

TEST_F(Publishing, a_dataset_goes_from_a_form_to_everybody_and_ends) {
  Browser desk(*this);
  desk.sign_in(air);
  EXPECT_THAT(desk.get("/en/desk/data/datasets/new").body, HasSubstr("How often it is updated"));
  EXPECT_EQ(desk.post("/en/desk/data/datasets/new", {{"title_zh", ""}}).status, 422);
  ASSERT_EQ(desk.post("/en/desk/data/datasets/new", described("空氣")).status, 303);
  catalogue::Entry entry = only_dataset();
  const std::string page = "/en/desk/data/datasets/" + to_string(entry.dataset.id);
  EXPECT_EQ(entry.dataset.keywords.size(), 2u);

  const auto unready = desk.post(page + "/publish", {{"revision", std::to_string(entry.revision)}});
  EXPECT_EQ(unready.status, 422);
  EXPECT_EQ(desk.post(page + "/files/new", {}, {file("words.csv", "")}).status, 422);
  const auto loaded = desk.post(page + "/files/new", {{"title", "測站"}},
                                {file("stations.csv", "站名,值\n古亭,1\n萬華,2\n")});
  EXPECT_THAT(desk.follow(loaded).body, HasSubstr("2 rows and 2 columns were read."));
  entry = only_dataset();
  ASSERT_EQ(desk.post(page + "/publish",
                      {{"revision", std::to_string(entry.revision)}, {"note", "第一版"}})
                .status,
            303);
  entry = only_dataset();
  ASSERT_EQ(entry.status, catalogue::Status::published);
  const catalogue::Distribution published = entry.dataset.distributions.at(0);
  EXPECT_EQ(published.rows, 2);
  EXPECT_EQ(published.fields.at(1).type, "integer");

  const std::string versions = page + "/files/" + to_string(published.id);
  ASSERT_EQ(desk.post(versions, {{"note", "第二版"}},
                      {file("more.csv", "站名,值\n古亭,1\n萬華,2\n新店,3\n")})
                .status,
            303);
  entry = only_dataset();
  EXPECT_EQ(entry.version, 2);
  EXPECT_EQ(entry.dataset.distributions.at(0).rows, 3);
  const auto rows = tables->search({published.id.value}, {});
  ASSERT_TRUE(rows) << describe(rows.error());
  EXPECT_EQ(rows->total, 3);

  EXPECT_EQ(
      desk.post(page + "/withdraw", {{"revision", std::to_string(entry.revision)}, {"reason", ""}})
          .status,
      422);
  ASSERT_EQ(desk.post(page + "/withdraw",
                      {{"revision", std::to_string(entry.revision)}, {"reason", "儀器故障"}})
                .status,
            303);
  EXPECT_THAT(desk.get(page).body, HasSubstr("儀器故障"));
  EXPECT_FALSE(tables->search({published.id.value}, {}));
}

TEST_F(Publishing, other_agencies_do_not_get_in) {
  Browser desk(*this), stranger(*this);
  desk.sign_in(air);
  stranger.sign_in(town);
  ASSERT_TRUE(desk.get("/en/desk/data/datasets/new").status == 200);
  ASSERT_EQ(desk.post("/en/desk/data/datasets/new", described("空氣")).status, 303);
  const std::string page = "/en/desk/data/datasets/" + to_string(only_dataset().dataset.id);
  for (const char* part : {"", "/edit", "/files/new"})
    EXPECT_EQ(stranger.get(page + part).status, 404) << part;
  (void)stranger.get("/en/desk/data/datasets/new");
  for (const char* part : {"/edit", "/publish", "/withdraw", "/files/new"})
    EXPECT_EQ(stranger.post(page + part, described("x")).status, 404) << part;
  EXPECT_THAT(stranger.get("/en/desk/data/datasets").body, Not(HasSubstr("空氣")));
  auto theirs = described("冒名");
  theirs.emplace_back("publisher", "moenv");
  EXPECT_EQ(stranger.post("/en/desk/data/datasets/new", theirs).status, 403);
}

TEST_F(Publishing, of_two_who_edit_at_once_one_is_told_and_nothing_is_lost) {
  Browser desk(*this);
  desk.sign_in(air);
  (void)desk.get("/en/desk/data/datasets/new");
  ASSERT_EQ(desk.post("/en/desk/data/datasets/new", described("空氣")).status, 303);
  const auto entry = only_dataset();
  const std::string page = "/en/desk/data/datasets/" + to_string(entry.dataset.id);
  (void)desk.get(page + "/edit");
  auto first = described("一"), second = described("二");
  first.emplace_back("revision", std::to_string(entry.revision));
  second.emplace_back("revision", std::to_string(entry.revision));
  EXPECT_EQ(desk.post(page + "/edit", first).status, 303);
  (void)desk.get(page + "/edit");
  const auto late = desk.post(page + "/edit", second);
  EXPECT_EQ(late.status, 422);
  EXPECT_THAT(late.body, HasSubstr("value=\"二\""));
}

}  // namespace
}  // namespace minben::steward
