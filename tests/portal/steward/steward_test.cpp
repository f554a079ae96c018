// The data stewards' desk, as a browser without script would use it.
#include "steward/steward.hpp"

#include "datastore/datastore.hpp"
#include "desk.hpp"
#include "voices/reports.hpp"
#include "voices/requests.hpp"
#include "voices/showcase.hpp"
#include "voices/use.hpp"

namespace minben::steward {
namespace {

using open::Browser;
using testing::HasSubstr;
using testing::Not;

struct StewardPages : Desk {
  PersonId lin = person("lin");
  OfficerId platform = officer("moda"), air = officer("moenv"), town = officer("taipei");
  catalogue::DatasetId id;

  void SetUp() override {
    Desk::SetUp();
    for (const std::string code : {"moenv", "taipei"}) {
      catalogue::Publisher made;
      made.code = {code};
      made.title = {code, code == "moenv" ? "Ministry of Environment" : "Taipei"};
      made.agency = code;
      ASSERT_TRUE(db->transact([&](auto& tx) { return catalogue.save(tx, made); }));
    }
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
  Browser at_desk(OfficerId who) {
    Browser browser(*this);
    browser.sign_in(who);
    return browser;
  }
  voices::RequestId asked() {
    return *voices.requests().ask({lin, ""}, {.title = "河川水質",
                                              .wanted = "水質",
                                              .columns = "",
                                              .reason = "研究",
                                              .unit = "",
                                              .asker = voices::AskerKind::person,
                                              .industry = "",
                                              .suggested = "moenv"});
  }
  voices::ReportId reported() {
    return *voices.reports().report({lin, ""}, {.dataset = id,
                                                .distribution = {},
                                                .kind = voices::ReportKind::broken_link,
                                                .place = "",
                                                .words = "下載不了"});
  }
};

TEST_F(StewardPages, a_request_is_routed_answered_and_handed_on) {
  const std::string address = "/en/desk/data/requests/" + to_string(asked());
  Browser desk = at_desk(platform), ministry = at_desk(air), city = at_desk(town);
  EXPECT_THAT(ministry.get("/en/desk/data").body, Not(HasSubstr("河川水質")));
  EXPECT_THAT(desk.get("/en/desk/data").body, HasSubstr("河川水質"));
  EXPECT_THAT(desk.get(address).body, HasSubstr("<option value=\"moenv\" selected>"));
  EXPECT_EQ(desk.post(address + "/publish", {{"version", "1"}, {"publisher", "x"}}).status, 422);
  EXPECT_THAT(
      desk.follow(desk.post(address + "/publish", {{"version", "1"}, {"publisher", "moenv"}})).body,
      HasSubstr("Done."));
  EXPECT_EQ(city.get(address).status, 403);
  EXPECT_THAT(ministry.get(address).body, HasSubstr("Hand on"));
  const auto faulty = ministry.post(address + "/answer",
                                    {{"version", "2"}, {"kind", "refused"}, {"words", "涉及個資"}});
  EXPECT_EQ(faulty.status, 422);
  EXPECT_THAT(faulty.body, HasSubstr("Choose the ground"));
  EXPECT_THAT(faulty.body, HasSubstr("涉及個資")) << "what was typed is there";
  EXPECT_EQ(
      ministry
          .post(address + "/answer", {{"version", "1"}, {"kind", "on_application"}, {"words", "x"}})
          .status,
      409);
  ministry.get(address);
  ministry.follow(ministry.post(address + "/reroute",
                                {{"version", "2"}, {"publisher", "taipei"}, {"reason", "市府的"}}));
  EXPECT_EQ(ministry.get(address).status, 403) << "it is no longer theirs";
  EXPECT_THAT(city.get(address).body, HasSubstr("市府的"));
  const auto promised = city.post(address + "/answer", {{"version", "3"},
                                                        {"kind", "release"},
                                                        {"release_on.year", "2027"},
                                                        {"release_on.month", "1"},
                                                        {"release_on.day", "5"},
                                                        {"words", "會釋出"}});
  EXPECT_THAT(city.follow(promised).body, HasSubstr("Will be released by 5 January 2027"));
  EXPECT_THAT(city.get(address).body, HasSubstr("What was promised is released"));
  EXPECT_EQ(city.post(address + "/release", {{"version", "4"}, {"released", "nobody"}}).status,
            422);
  city.follow(city.post(address + "/release", {{"version", "4"}, {"released", "air"}}));
  EXPECT_THAT(city.get("/en/desk/data").body, Not(HasSubstr("河川水質")));
}

TEST_F(StewardPages, a_report_is_acknowledged_fixed_and_merged) {
  const auto first = reported(), second = reported();
  const std::string address = "/en/desk/data/reports/" + to_string(first),
                    other = "/en/desk/data/reports/" + to_string(second);
  Browser ministry = at_desk(air);
  EXPECT_THAT(ministry.get("/en/desk/data").body, HasSubstr("下載不了"));
  const std::string page = ministry.get(address).body;
  EXPECT_THAT(page, HasSubstr(to_string(second))) << "the same as this one?";
  EXPECT_THAT(page, Not(HasSubstr("Take out of sight"))) << "that is the platform's";
  ministry.follow(ministry.post(address + "/acknowledge", {{"version", "1"}, {"ack_words", ""}}));
  ministry.get(other);
  EXPECT_EQ(ministry.post(other + "/merge", {{"version", "1"}}).status, 422);
  ministry.follow(ministry.post(other + "/merge", {{"version", "1"}, {"into", to_string(first)}}));
  ministry.get(address);
  EXPECT_EQ(ministry.post(address + "/fixed", {{"version", "2"}, {"fixed_in", "9"}}).status, 422);
  ministry.follow(ministry.post(address + "/fixed", {{"version", "2"}, {"fixed_in", "1"}}));
  EXPECT_EQ(voices.reports().find(first)->fixed_in, 1);
  EXPECT_EQ(voices.reports().find(second)->state, voices::ReportState::merged);

  const auto third = reported();
  const std::string last = "/en/desk/data/reports/" + to_string(third);
  Browser desk = at_desk(platform);
  EXPECT_THAT(desk.get(last).body, HasSubstr("Take out of sight"));
  EXPECT_EQ(desk.post(last + "/decline", {{"version", "1"}, {"hide_reason", ""}}).status, 422);
  desk.follow(desk.post(last + "/decline", {{"version", "1"}, {"hide_reason", "個資"}}));
  EXPECT_EQ(voices.reports().find(third).error().code, "report_not_found");
}

TEST_F(StewardPages, reports_without_an_account_are_shown_by_the_platform) {
  const auto held =
      *voices.reports().report_unknown("192.0.2.7", {.dataset = id,
                                                     .distribution = {},
                                                     .kind = voices::ReportKind::other,
                                                     .place = "",
                                                     .words = "陌生人"});
  const std::string address = "/en/desk/data/reports/" + to_string(held);
  EXPECT_EQ(at_desk(air).get(address).status, 404);
  Browser desk = at_desk(platform);
  EXPECT_THAT(desk.get(address).body, HasSubstr("Show this report"));
  desk.follow(desk.post(address + "/accept", {{"version", "1"}}));
  EXPECT_EQ(voices.reports().find(held)->state, voices::ReportState::open);
}

TEST_F(StewardPages, the_showcase_waits_for_a_look) {
  const auto sent = voices.showcase().send({lin, ""}, {.kind = voices::ReuseKind::app,
                                                       .title = "Clear sky",
                                                       .words = "W",
                                                       .url = "https://sky.example/",
                                                       .picture = "\x89PNG\r\n\x1a\nrest",
                                                       .datasets = {id}});
  ASSERT_TRUE(sent);
  const std::string address = "/en/desk/data/reuses/" + to_string(*sent);
  EXPECT_EQ(at_desk(town).get(address).status, 403);
  Browser ministry = at_desk(air);
  EXPECT_THAT(ministry.get("/en/desk/data").body, HasSubstr("Clear sky"));
  EXPECT_THAT(ministry.get(address).body, HasSubstr("https://sky.example/"));
  EXPECT_EQ(ministry.get(address + "/picture").headers.get("Content-Type"), "image/png");
  ministry.get(address);
  EXPECT_EQ(ministry.post(address + "/decline", {{"version", "1"}}).status, 422);
  ministry.follow(ministry.post(address + "/show", {{"version", "1"}}));
  EXPECT_EQ(voices.showcase().list(10)->total, 1);
}

TEST_F(StewardPages, use_is_drawn_as_well_as_listed) {
  for (int i = 0; i < 7; ++i) uses.count(id, voices::Use::download, voices::ClientKind::program);
  ASSERT_TRUE(uses.flush());
  Browser ministry = at_desk(air);
  const std::string all = ministry.get("/en/desk/data/use").body;
  EXPECT_THAT(all, HasSubstr("<svg"));
  EXPECT_THAT(all, HasSubstr("/en/desk/data/use/air"));
  EXPECT_THAT(ministry.get("/en/desk/data/use/air").body, HasSubstr("11/30"));
  EXPECT_EQ(at_desk(town).get("/en/desk/data/use/air").status, 404);
  EXPECT_THAT(at_desk(town).get("/en/desk/data/use").body, HasSubstr("no datasets yet"));
}

TEST_F(StewardPages, is_for_data_stewards_and_every_form_needs_its_token) {
  Browser caseworker = at_desk(officer("moenv", identity::role::caseworker));
  Browser nobody(*this);
  EXPECT_TRUE(site->undefined(routes).empty());
  for (const net::Route& route : routes) {
    EXPECT_EQ(route.access, page::access::data_steward) << route.pattern;
    std::string address = route.pattern;
    for (std::size_t at; (at = address.find('{')) != address.npos;)
      address.replace(at, address.find('}') - at + 1, "0197e2d2-0000-7000-8000-000000000001");
    if (route.method == net::Method::get) {
      EXPECT_EQ(caseworker.get(address).status, 403) << address;
      EXPECT_EQ(nobody.get(address).status, 303) << address;
    } else {
      net::Request request;
      request.method = net::Method::post;
      EXPECT_EQ(answer(request, address).status, 403) << address;
    }
  }
}

}  // namespace
}  // namespace minben::steward
