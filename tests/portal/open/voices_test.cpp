// What people say, on the pages: as a browser without script would.
#include "browser.hpp"
#include "voices/reports.hpp"
#include "voices/requests.hpp"
#include "voices/showcase.hpp"
#include "voices/subscriptions.hpp"

namespace minben::open {
namespace {

using testing::HasSubstr;
using testing::Not;
struct VoicesPages : House {
  PersonId lin = person("lin"), wu = person("wu");
  identity::Officer platform = officer("moda"), air = officer("moenv");
  Browser browser{*this};
  catalogue::DatasetId id;

  void SetUp() override {
    catalogue::Publisher made;
    made.code = catalogue::PublisherCode{"moenv"};
    made.title = {"環境部", "Ministry of Environment"};
    made.agency = "moenv";
    ASSERT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
    put(dataset("air", "空氣品質監測", "moenv"));
    id = db->separately([&](auto& tx) {
             return catalogue.find(tx, std::string_view("air"));
           })->dataset.id;
  }
  PersonId person(const std::string& name) {
    return *db->transact([&](auto& tx) {
      identity::Profile profile;
      profile.email = name + "@people.example";
      return identity.add_person(tx, profile);
    });
  }
  identity::Officer officer(const std::string& agency) {
    return *db->transact([&](auto& tx) -> Result<identity::Officer> {
      MINBEN_TRY(added,
                 identity.add_officer(tx, {.agency = {agency},
                                           .name = "Yeh",
                                           .email = agency + "@gov.example",
                                           .roles = {std::string(identity::role::data_steward)}}));
      return identity.officer(tx, added);
    });
  }
  Fields request() {
    return {
        {"title", "河川<b>水質</b>"}, {"wanted", "水質"},     {"columns", "pH"}, {"reason", "研究"},
        {"asker", "person"},          {"suggested", "moenv"}, {"name", "小林"}};
  }
};

TEST_F(VoicesPages, a_request_is_made_published_and_rated) {
  EXPECT_THAT(browser.get("/en/dataset-requests").body, HasSubstr("There is no such request."));
  EXPECT_EQ(browser.get("/en/dataset-requests/new").status, 303) << "sign in first";
  browser.sign_in(lin);
  EXPECT_THAT(browser.get("/en/dataset-requests/new").body, HasSubstr("Ministry of Environment"));
  Fields empty = request();
  empty[3].second = " ";
  const auto again = browser.post("/en/dataset-requests", empty);
  EXPECT_EQ(again.status, 422);
  EXPECT_THAT(again.body, HasSubstr("Fill this in"));
  EXPECT_THAT(again.body, HasSubstr("value=\"小林\"")) << "what was typed is there";
  const auto sent = browser.post("/en/dataset-requests", request());
  const auto page = browser.follow(sent);
  EXPECT_THAT(page.body, HasSubstr("This request is not public yet"));
  EXPECT_THAT(page.body, HasSubstr("&lt;b&gt;"));
  const std::string address(sent.headers.get("Location"));
  Browser stranger(*this);
  EXPECT_EQ(stranger.get(address).status, 404);

  const auto request = voices.requests().of_person(lin)->front();
  ASSERT_TRUE(voices.requests().publish(platform, request.id, 1, {"moenv"}));
  EXPECT_THAT(stranger.get(address).body, HasSubstr("I want this too"));
  EXPECT_THAT(stranger.get("/zh-Hant/dataset-requests?state=waiting").body, HasSubstr("共1項"));
  EXPECT_EQ(stranger.post(address + "/support", {}).status, 303) << "to sign in";
  Browser supporter(*this);
  supporter.sign_in(wu);
  supporter.get(address);
  EXPECT_THAT(supporter.follow(supporter.post(address + "/support", {})).body,
              HasSubstr("1 more want"));
  EXPECT_EQ(supporter.post(address + "/rate", {{"version", "3"}, {"stars", "5"}}).status, 404)
      << "somebody else's";

  ASSERT_TRUE(voices.requests().answer(
      air, request.id, 2, {.kind = voices::AnswerKind::refused, .words = "個資", .ground = 6}));
  EXPECT_THAT(browser.get(address).body, HasSubstr("Art. 18(1)(6)"));
  EXPECT_EQ(browser.post(address + "/rate", {{"version", "2"}, {"stars", "5"}}).status, 409);
  browser.get(address);
  const auto rated =
      browser.post(address + "/rate", {{"version", "3"}, {"stars", "2"}, {"words", "不夠"}});
  EXPECT_THAT(browser.follow(rated).body, HasSubstr("asked to answer again"));
  EXPECT_EQ(browser.post(address + "/close", {{"version", "4"}}).status, 409);
}

TEST_F(VoicesPages, a_problem_is_reported_with_and_without_an_account) {
  EXPECT_THAT(browser.get("/en/datasets/air/reports").body, HasSubstr("You are not signed in"));
  const auto held = browser.post("/en/datasets/air/reports",
                                 {{"kind", "broken_link"}, {"words", "404"}, {"file", ""}});
  EXPECT_THAT(browser.follow(held).body, HasSubstr("as soon as the platform"));
  EXPECT_EQ(browser.post("/en/datasets/air/reports", {{"words", "404"}}).status, 422);
  EXPECT_EQ(browser
                .post("/en/datasets/air/reports",
                      {{"kind", "encoding"}, {"words", "x"}, {"file", "nonsense"}})
                .status,
            422);
  browser.sign_in(lin);
  browser.get("/en/datasets/air/reports");
  const auto sent =
      browser.post("/en/datasets/air/reports",
                   {{"kind", "wrong_values"}, {"words", "<script>"}, {"place", "pH"}});
  const auto page = browser.follow(sent);
  EXPECT_THAT(page.body, HasSubstr("Problem: Wrong values"));
  EXPECT_THAT(page.body, HasSubstr("&lt;script&gt;"));
  const std::string address(sent.headers.get("Location"));
  Browser other(*this);
  other.sign_in(wu);
  EXPECT_THAT(other.get(address).body, HasSubstr("I have this problem too"));
  EXPECT_THAT(other.follow(other.post(address + "/me-too", {})).body, HasSubstr("1 more have it"));
  EXPECT_EQ(other.post(address + "/again", {{"version", "1"}, {"words", "x"}}).status, 404);
  const auto report = voices.reports().of_person(lin)->front();
  ASSERT_TRUE(voices.reports().fixed(air, report.id, 1, 1, ""));
  EXPECT_THAT(browser.get(address).body, HasSubstr("Fixed in version 1"));
  const auto back = browser.post(address + "/again", {{"version", "2"}, {"words", "還在"}});
  EXPECT_THAT(browser.follow(back).body, HasSubstr("still there"));
  EXPECT_THAT(browser.get("/en/datasets/air").body, HasSubstr("1 problems are open"));
}

TEST_F(VoicesPages, stars_are_given_changed_and_taken_back) {
  EXPECT_THAT(browser.get("/en/datasets/air/opinions").body, HasSubstr("Nobody has rated it."));
  browser.sign_in(lin);
  browser.get("/en/datasets/air/opinions");
  EXPECT_EQ(browser.post("/en/datasets/air/opinions", {{"stars", "6"}}).status, 422);
  const auto given = browser.post("/en/datasets/air/opinions",
                                  {{"stars", "4"}, {"purpose", "research"}, {"purpose", "news"}});
  const auto page = browser.follow(given);
  EXPECT_THAT(page.body, HasSubstr("4.0 of 5 stars (1 people)"));
  EXPECT_THAT(page.body, HasSubstr("Research"));
  browser.post("/en/datasets/air/opinions/remove", {});
  EXPECT_THAT(browser.get("/en/datasets/air/opinions").body, HasSubstr("Nobody has rated it."));
}

TEST_F(VoicesPages, the_showcase_shows_what_was_looked_at) {
  browser.sign_in(lin);
  EXPECT_EQ(browser.get("/en/datasets/air/reuses/new").status, 200);
  EXPECT_EQ(browser
                .post("/en/datasets/air/reuses",
                      {{"kind", "app"}, {"title", "T"}, {"words", "W"}, {"url", "javascript:1"}})
                .status,
            422);
  const auto sent = browser.post("/en/datasets/air/reuses", {{"kind", "app"},
                                                             {"title", "Clear sky"},
                                                             {"words", "W"},
                                                             {"url", "https://sky.example/"},
                                                             {"datasets", "air\n"}});
  EXPECT_THAT(browser.follow(sent).body, HasSubstr("Waiting for a look"));
  Browser stranger(*this);
  EXPECT_THAT(stranger.get("/en/reuses").body, Not(HasSubstr("Clear sky")));
  const auto reuse = voices.showcase().of_person(lin)->front();
  EXPECT_EQ(reuse.datasets.size(), 1u);
  ASSERT_TRUE(voices.showcase().show(air, reuse.id, 1));
  EXPECT_THAT(stranger.get("/en/reuses").body, HasSubstr("Clear sky"));
  EXPECT_THAT(stranger.get("/en/datasets/air").body, HasSubstr("Clear sky"));
  EXPECT_THAT(stranger.get("/en/reuses/" + to_string(reuse.id)).body,
              HasSubstr("https://sky.example/"));
}

TEST_F(VoicesPages, subscriptions_are_made_on_pages_and_ended_by_the_address_in_the_mail) {
  browser.sign_in(lin);
  EXPECT_THAT(browser.get("/en/datasets/air").body, HasSubstr("Tell me on Mondays"));
  auto made =
      browser.post("/en/my-open-data/subscriptions",
                   {{"subject", "dataset"}, {"target", to_string(id)}, {"rhythm", "weekly"}});
  EXPECT_THAT(browser.follow(made).body, HasSubstr("On Mondays"));
  const std::string search = browser.get("/en/datasets?q=pm2.5&format=CSV").body;
  EXPECT_THAT(search, HasSubstr("pm2.5&quot;,&quot;filters&quot;:[[&quot;format&quot;"));
  made = browser.post("/en/my-open-data/subscriptions",
                      {{"subject", "search"},
                       {"target", R"({"words":"pm2.5","filters":[["format","CSV"]]})"},
                       {"rhythm", "at_once"}});
  EXPECT_THAT(browser.follow(made).body, HasSubstr("Search: pm2.5 CSV"));
  EXPECT_EQ(browser.post("/en/my-open-data/subscriptions", {{"subject", "search"}, {"target", "{"}})
                .status,
            400);
  const auto mine = voices.subscriptions().of_person(lin);
  ASSERT_EQ(mine->size(), 2u);
  const std::string address = "/en/data-subscriptions/end/" + to_string(mine->front().id) + "/";
  Browser mail(*this);
  EXPECT_THAT(mail.get(address + "wrong").body, HasSubstr("have ended"));
  EXPECT_EQ(voices.subscriptions().of_person(lin)->size(), 2u);
  const std::string right = address + voices.subscriptions().token(mine->front().id);
  EXPECT_THAT(mail.get(right).body, HasSubstr("End these notices?"));
  EXPECT_EQ(voices.subscriptions().of_person(lin)->size(), 2u) << "opening it ends nothing";
  EXPECT_THAT(mail.post(right, {}).body, HasSubstr("have ended"));
  EXPECT_EQ(voices.subscriptions().of_person(lin)->size(), 1u);
}

TEST_F(VoicesPages, use_is_counted_and_published) {
  browser.get("/en/datasets/air");
  browser.get("/en/datasets/air");
  ASSERT_TRUE(uses.flush());
  const auto csv = browser.get("/en/datasets/air/use.csv");
  EXPECT_THAT(csv.body, HasSubstr(",view,program,2\r\n"));
  EXPECT_THAT(browser.get("/en/data-use.json").body, HasSubstr("\"uses\":2"));
  EXPECT_EQ(browser.get("/en/data-use.csv?after=x").status, 400);
  EXPECT_EQ(browser.get("/en/data-use.csv?from=1990-01-01").status, 400);
  EXPECT_THAT(browser.get("/en/datasets/air").body, HasSubstr("Last 30 days: 2 views"));
}

TEST_F(VoicesPages, every_route_has_an_access_and_every_form_needs_its_token) {
  EXPECT_TRUE(site->undefined(routes).empty());
  for (const net::Route& route : routes) {
    if (route.method != net::Method::post) continue;
    std::string address = route.pattern;
    for (std::size_t at; (at = address.find('{')) != address.npos;)
      address.replace(at, address.find('}') - at + 1, "x");
    net::Request request;
    request.method = net::Method::post;
    EXPECT_EQ(answer(request, address).status, 403) << address;
  }
}

}  // namespace
}  // namespace minben::open
