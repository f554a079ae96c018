// Live streams on the pages: seen, drawn, and sent to somebody's address.
#include "browser.hpp"
#include "streams/live.hpp"

namespace minben::open {
namespace {

using testing::HasSubstr;
using testing::Not;

struct LivePages : House {
  std::unique_ptr<streams::Live> live = open_live();
  streams::StreamId id;
  Browser browser{*this};

  std::unique_ptr<streams::Live> open_live() {
    EXPECT_TRUE(db->migrate(streams::migrations()));
    streams::LiveConfig config;
    config.hooks.fetcher.networks = {*net::Network::parse("127.0.0.0/8")};
    config.hooks.allow_http = true;
    return std::make_unique<streams::Live>(db.database(), catalogue, *tables, *keys, clock, random,
                                           std::move(config));
  }
  void SetUp() override {
    routes = open::routes({*site, db.database(), catalogue, *index, *tables, atlas, voices, uses,
                           quality, live.get()});
    publisher("moenv", "環境部");
    catalogue::Dataset made = dataset("air", "空氣品質", "moenv");
    streams::NewStream wanted;
    wanted.id = id = live->new_id();
    wanted.fields = {{"station", "測站", intake::Type::text, ""},
                     {"pm25", "細懸浮微粒", intake::Type::number, "μg/m³"},
                     {"at", "時間", intake::Type::timestamp, ""}};
    wanted.key = "station";
    wanted.every_seconds = 60;
    made.distributions.push_back(streams::distribution_of(
        wanted, {"各測站即時值", "Stations, live"}, "https://gov.example"));
    put(made);
    wanted.dataset = db->separately([&](auto& tx) {
                         return catalogue.find(tx, std::string_view("air"));
                       })->dataset.id;
    const auto stream = db->transact([&](auto& tx) { return live->streams().make(tx, wanted); });
    ASSERT_TRUE(stream) << describe(stream.error());
    ASSERT_TRUE(live->history().prepare(*stream));
  }
  void publish(std::string_view body) {
    const auto done = live->streams().publish(id, {body, false, {}});
    ASSERT_TRUE(done) << describe(done.error().front());
  }
  [[nodiscard]] std::string page() const { return "/en/datasets/air/live/" + to_string(id); }
};

TEST_F(LivePages, TheDatasetTheTableAndAPageOfItsOwnShowWhatIsNow) {
  publish(
      R"([{"station":"左<營","pm25":12.5,"at":"2026-11-30T12:00:00+08:00"},{"station":"小港","pm25":30}])");
  for (const std::string& target : {std::string("/en/datasets/air"), page()}) {
    const std::string body = get(target).body;
    EXPECT_THAT(body, HasSubstr("data-island=\"stream\" data-events=\"/api/streams/" +
                                to_string(id) + "/events?after=2\""))
        << target;
    EXPECT_THAT(body, HasSubstr("左&lt;營</th>")) << target;
    EXPECT_THAT(body, HasSubstr("data-field=\"pm25\">12.5</td>")) << target;
    EXPECT_THAT(body, HasSubstr("2026-11-30 12:00:00")) << target;
    EXPECT_THAT(body, HasSubstr("2 records in the last hour")) << target;
  }
  EXPECT_THAT(get("/en/datasets/air").body, HasSubstr(page()));
  EXPECT_THAT(get("/en/datasets/air/tables/" + to_string(id)).body, HasSubstr(page()));
  EXPECT_THAT(get("/zh-Hant" + page().substr(3)).body, HasSubstr("即時</strong>"));
  EXPECT_THAT(get(page()).body, HasSubstr("curl -N &#39;https://gov.example/api/streams/"));
}

TEST_F(LivePages, TheLastDayIsDrawnForAllAndForOne) {
  EXPECT_THAT(get(page()).body, HasSubstr("There is too little data to draw yet."));
  for (int i = 0; i < 3; ++i) {
    publish(R"([{"station":"a","pm25":10},{"station":"b","pm25":20}])");
    clock.advance(minutes{2});
  }
  EXPECT_THAT(get(page()).body, HasSubstr("細懸浮微粒 (μg/m³) (average)"));
  const std::string one = get(page() + "?about=b").body;
  EXPECT_THAT(one, HasSubstr("<svg"));
  EXPECT_THAT(one, HasSubstr("細懸浮微粒 (μg/m³): b"));
}

TEST_F(LivePages, LatenessAndTheEndAreSaid) {
  publish(R"({"station":"a"})");
  EXPECT_THAT(get(page()).body, Not(HasSubstr(">Late<")));
  clock.advance(minutes{3});
  EXPECT_THAT(get(page()).body, HasSubstr("Late"));
  ASSERT_TRUE(db->transact([&](auto& tx) { return live->streams().end(tx, id); }));
  const std::string ended = get(page()).body;
  EXPECT_THAT(ended, HasSubstr("Ended"));
  EXPECT_THAT(ended, Not(HasSubstr("data-island=\"stream\"")));
  EXPECT_EQ(get("/en/datasets/air/live/" + to_string(live->new_id())).status, 404);
}

TEST_F(LivePages, SomebodyRegistersAnAddressAndStopsIt) {
  std::string got;
  static constexpr net::Access anyone{"anyone"};
  const auto receiver = *net::Server::start({},
                                            {{net::Method::post, "/h", anyone, 1u << 20,
                                              [&](net::Request& request) {
                                                got = request.body;
                                                return net::Response::text(request.body);
                                              }}},
                                            {});
  const std::string form = "/en/my-open-data/webhooks/new/" + to_string(id);
  EXPECT_EQ(browser.get(form).status, 303) << "sign in first";
  const auto person = db->transact([&](auto& tx) {
    identity::Profile profile;
    profile.email = "lin@people.example";
    return identity.add_person(tx, profile);
  });
  browser.sign_in(*person);
  ASSERT_EQ(browser.get(form).status, 200);
  EXPECT_THAT(browser.post(form, {{"url", "ftp://x"}}).body,
              HasSubstr("Enter an address that begins with https://"));
  const std::string url = fmt::format("http://127.0.0.1:{}/h", receiver->port());
  const auto made = browser.post(form, {{"url", url}, {"key", ""}});
  EXPECT_EQ(made.status, 200);
  EXPECT_THAT(made.body, HasSubstr("whsec_"));
  EXPECT_EQ(made.headers.get("Cache-Control"), "no-store");
  publish(R"({"station":"a","pm25":1})");
  ASSERT_TRUE(live->hooks().send_one());
  EXPECT_THAT(got, HasSubstr(R"("record":{"station":"a","pm25":1})"));
  const std::string list = browser.get("/en/my-open-data/webhooks").body;
  EXPECT_THAT(list, HasSubstr(url));
  EXPECT_THAT(list, HasSubstr("up to number 1"));
  EXPECT_THAT(list, Not(HasSubstr("whsec_")));
  const auto hooks = live->hooks().list({*person, {}});
  const auto stopped = browser.post(
      fmt::format("/en/my-open-data/webhooks/{}/stop", to_string(hooks->front().id)), {});
  EXPECT_THAT(browser.follow(stopped).body, HasSubstr("The webhook is stopped."));
}

}  // namespace
}  // namespace minben::open
