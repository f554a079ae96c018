// A data steward describes a dataset, uploads its file, publishes, uploads anew and withdraws.
#include <fstream>

#include "datastore/datastore.hpp"
#include "datastore/search.hpp"
#include "desk.hpp"

namespace minben::steward {
namespace {

using open::Browser;
using testing::HasSubstr;
using testing::Not;

struct Publishing : Desk {
  OfficerId air, town;

  void SetUp() override {
    Desk::SetUp();
    for (const std::string code : {"moenv", "taipei"}) {
      catalogue::Publisher made;
      made.code = {code};
      made.title.zh_hant = code;
      made.agency = code;
      ASSERT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
    }
    air = officer("moenv");
    town = officer("taipei");
  }
  net::Upload file(const std::string& name, const std::string& content) {
    const auto path = temporary.path() / name;
    std::ofstream(path) << content;
    return {.field = "file",
            .file_name = name,
            .claimed_type = "text/csv",
            .path = path,
            .size = content.size(),
            .sha256_hex = hex_encode(sha256(content))};
  }
  /// Uploads a file and has it read; its page.
  std::string send(Browser& desk, const std::string& to, open::Fields fields,
                   const std::string& content, const std::string& name = "stations.csv") {
    const auto sent = desk.post(to, std::move(fields), {file(name, content)});
    EXPECT_EQ(sent.status, 303) << sent.body;
    EXPECT_TRUE(*files->work_once());
    const std::string page(sent.headers.get("Location"));
    (void)desk.get(page);
    return page;
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
  const std::string upload =
      send(desk, page + "/files/new", {{"title", "測站"}}, "站名,值\n古亭,1\n萬華,2\n");
  EXPECT_THAT(desk.get(upload).body, HasSubstr("2 rows and 2 columns were read."));
  ASSERT_EQ(desk.post(upload + "/take", {{"keep", "yes"}}).status, 303);
  entry = only_dataset();
  EXPECT_EQ(entry.status, catalogue::Status::draft);
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
  const std::string second =
      send(desk, versions, {{"note", "第二版"}}, "站名,值\n古亭,1\n萬華,2\n新店,3\n");
  EXPECT_EQ(only_dataset().version, 1) << "nobody has decided yet";
  EXPECT_EQ(tables->search({published.id.value}, {})->total, 2);
  ASSERT_EQ(desk.post(second + "/take", {{"keep", "yes"}}).status, 303);
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

TEST_F(Publishing, a_steward_sees_how_far_an_upload_is_and_what_was_repaired) {
  Browser desk(*this), stranger(*this);
  desk.sign_in(air);
  stranger.sign_in(town);
  (void)desk.get("/en/desk/data/datasets/new");
  ASSERT_EQ(desk.post("/en/desk/data/datasets/new", described("空氣")).status, 303);
  const std::string page = "/en/desk/data/datasets/" + to_string(only_dataset().dataset.id);
  (void)desk.get(page + "/files/new");
  const auto sent = desk.post(page + "/files/new", {},
                              {file("days.csv", "日期,值\n115/11/30,\"1,200\"\n115/12/01,7\n")});
  const std::string upload(sent.headers.get("Location"));
  const auto waiting = desk.get(upload);
  EXPECT_THAT(waiting.body, HasSubstr("Waiting"));
  EXPECT_THAT(waiting.body, HasSubstr("data-poll"));
  EXPECT_THAT(desk.get(page).body, HasSubstr("days.csv"));
  EXPECT_EQ(desk.post(upload + "/take", {}).status, 409);

  ASSERT_TRUE(*files->work_once());
  const auto ready = desk.get(upload);
  EXPECT_THAT(ready.body, Not(HasSubstr("data-poll")));
  EXPECT_THAT(ready.body, HasSubstr("became ISO dates"));
  EXPECT_THAT(ready.body, HasSubstr("Thousands separators were removed"));
  EXPECT_THAT(ready.body, HasSubstr("2026-11-30"));
  EXPECT_EQ(stranger.get(upload).status, 404);
  (void)stranger.get("/en/desk/data/datasets/new");
  EXPECT_EQ(stranger.post(upload + "/take", {{"keep", "yes"}}).status, 404);
  EXPECT_EQ(stranger.post(upload + "/cancel", {}).status, 404);

  (void)desk.get(upload);
  ASSERT_EQ(desk.post(upload + "/take", {{"keep", "yes"}}).status, 303);
  const catalogue::Dataset dataset =
      *db->separately([&](auto& tx) { return catalogue.draft(tx, only_dataset().dataset.id); });
  ASSERT_EQ(dataset.distributions.size(), 2u);
  EXPECT_EQ(dataset.distributions[0].title.zh_hant, "days.csv");
  EXPECT_THAT(dataset.distributions[1].download_url, HasSubstr("/datastore/original/"));
  // The file changes with its table only.
  EXPECT_EQ(desk.get(page + "/files/" + to_string(dataset.distributions[1].id)).status, 404);
  EXPECT_THAT(desk.get(upload).body, HasSubstr("Taken"));
}

TEST_F(Publishing, an_upload_can_be_dropped_and_one_that_is_no_table_says_so) {
  Browser desk(*this);
  desk.sign_in(air);
  (void)desk.get("/en/desk/data/datasets/new");
  ASSERT_EQ(desk.post("/en/desk/data/datasets/new", described("空氣")).status, 303);
  const std::string page = "/en/desk/data/datasets/" + to_string(only_dataset().dataset.id);
  (void)desk.get(page + "/files/new");
  const std::string broken = send(desk, page + "/files/new", {}, "%PDF-1.7 not a table", "a.pdf");
  EXPECT_THAT(desk.get(broken).body, HasSubstr("No table was found in the file"));
  (void)desk.get(page + "/files/new");
  const std::string fine = send(desk, page + "/files/new", {}, "a\n1\n");
  ASSERT_EQ(desk.post(fine + "/cancel", {}).status, 303);
  EXPECT_THAT(desk.get(fine).body, HasSubstr("Cancelled"));
  EXPECT_EQ(desk.post(fine + "/cancel", {}).status, 409);
  EXPECT_TRUE(only_dataset().dataset.distributions.empty());
  EXPECT_THAT(desk.get(page).body, Not(HasSubstr("stations.csv")));
}

TEST_F(Publishing, datasets_are_put_into_series) {
  Browser desk(*this), stranger(*this);
  desk.sign_in(air);
  stranger.sign_in(town);
  (void)desk.get("/en/desk/data/series/new");
  EXPECT_EQ(desk.post("/en/desk/data/series/new", {{"title_zh", ""}}).status, 422);
  ASSERT_EQ(desk.post("/en/desk/data/series/new",
                      {{"title_zh", "空氣（逐年）"}, {"title_en", "Air by year"}})
                .status,
            303);
  const auto series = db->separately([&](auto& tx) { return catalogue.all_series(tx); })->at(0);
  EXPECT_EQ(series.name, "air-by-year");
  EXPECT_EQ(series.publisher.value, "moenv");
  (void)desk.get("/en/desk/data/datasets/new");
  auto fields = described("空氣");
  fields.emplace_back("series", to_string(series.id));
  ASSERT_EQ(desk.post("/en/desk/data/datasets/new", fields).status, 303);
  EXPECT_EQ(only_dataset().dataset.series, series.id);
  const std::string edit =
      "/en/desk/data/datasets/" + to_string(only_dataset().dataset.id) + "/edit";
  EXPECT_THAT(desk.get(edit).body, HasSubstr("Air by year"));
  const std::string page = "/en/desk/data/series/" + to_string(series.id);
  EXPECT_EQ(stranger.get(page).status, 404);
  (void)stranger.get("/en/desk/data/series/new");
  EXPECT_EQ(stranger.post(page, {{"title_zh", "冒名"}}).status, 404);
  (void)desk.get(page);
  ASSERT_EQ(desk.post(page, {{"title_zh", "空氣品質（逐年）"}}).status, 303);
  EXPECT_THAT(desk.get("/zh-Hant/desk/data/series").body, HasSubstr("空氣品質（逐年）"));
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
