#include <set>

#include "desk_house.hpp"

namespace minben::desk {
namespace {

TEST_F(DeskHouse, GivesEachRouteAnAccessThatMeansSomething) {
  const std::set<std::string_view> of_officers = {
      "anyone",        "officer",           "officer_of_case",         "team_lead",
      "service_owner", "exchange_operator", "data_protection_officer", "administrator"};
  ASSERT_GT(desk_routes_.size(), 40u);
  for (const net::Route& route : desk_routes_) {
    EXPECT_TRUE(of_officers.contains(route.access.name)) << route.pattern;
    EXPECT_NE(route.pattern.find("/desk"), std::string::npos) << route.pattern;
    const bool of_case = route.pattern.find("{case}") != std::string::npos;
    const bool of_team = route.pattern.find("/desk/colleagues") != std::string::npos;
    const bool guarded = route.access == page::access::officer_of_case ||
                         route.access == page::access::team_lead ||
                         route.access == page::access::service_owner;
    EXPECT_EQ(of_case || of_team, guarded) << route.pattern << " " << route.access.name;
    const bool of_exchange = route.pattern.find("/desk/exchange") != std::string::npos;
    EXPECT_EQ(of_exchange, route.access == page::access::exchange_operator) << route.pattern;
    const bool of_questions = route.pattern.find("/desk/questions") != std::string::npos;
    EXPECT_EQ(of_questions, route.access == page::access::data_protection_officer) << route.pattern;
    const bool of_closed = route.pattern.find("/desk/closed-accounts") != std::string::npos;
    EXPECT_EQ(of_closed, route.access == page::access::administrator) << route.pattern;
    const bool of_owner = of_case && route.pattern.find("/operations/") != std::string::npos;
    EXPECT_EQ(of_owner, route.access == page::access::service_owner) << route.pattern;
  }
  EXPECT_TRUE(site_->undefined(desk_routes_).empty());
}

TEST_F(DeskHouse, OpensNothingToStrangersAndApplicants) {
  Browser applicant = nobody();
  applicant.sign_in(
      must(world_->identity().sign_in_unchecked(applicant_.person, applicant_.assurance)),
      "minben-desk");
  for (Browser& browser : std::array{nobody(), applicant})
    for (const net::Route& route : desk_routes_) {
      if (route.access == page::access::anyone || route.method != net::Method::get) continue;
      std::string address = route.pattern;
      for (std::size_t at; (at = address.find('{')) != address.npos;)
        address.replace(at, address.find('}') - at + 1, "0197e2d2-0000-7000-8000-000000000001");
      const Page page = browser.get(address);
      EXPECT_EQ(page.status, 303) << address;
      EXPECT_NE(page.location.find("/desk/sign-in"), std::string::npos) << page.location;
    }
}

TEST_F(DeskHouse, RefusesEveryFormWithoutItsToken) {
  Browser browser = browser_of(officer("nia"));
  for (const net::Route& route : desk_routes_) {
    if (route.method != net::Method::post) continue;
    std::string address = route.pattern;
    for (std::size_t at; (at = address.find('{')) != address.npos;)
      address.replace(at, address.find('}') - at + 1, "x");
    EXPECT_EQ(browser.post(address, {{"_csrf", "forged"}}).status, 403) << address;
  }
}

TEST_F(DeskHouse, HidesCasesFromAgenciesThatTakeNoPart) {
  const CaseId id = in_review(applicant_);
  Browser nstc = browser_of(officer("nstc"));
  for (const char* more :
       {"", "/messages", "/course", "/decide", "/supplement", "/confirm", "/process.bpmn"})
    EXPECT_EQ(nstc.get(path(id, more)).status, 404) << more;
  Browser lead = browser_of(officer("nstc"));
  lead.get("/en/desk");
  const Page assigned = lead.post(
      path(id, "/assign"),
      {{"task", picked(task_of(officer("nia"), id))}, {"to", to_string(officer("nstc").id)}});
  EXPECT_GE(assigned.status, 403);
  EXPECT_FALSE(task_of(officer("nia"), id).claimed_by);
}

TEST_F(DeskHouse, SignsInWithACodeByMail) {
  officer_with("nia", {"caseworker"}, "lin@nia.example");
  std::string text;
  store::Workers post_office(world_->database(), world_->clock(), 1);
  world_->identity().work_in(post_office, [&](const identity::OutgoingMail& mail) -> Result<void> {
    text = mail.subject + mail.text;
    return {};
  });
  Browser browser = nobody();
  EXPECT_EQ(browser.get("/en/desk").location, "/en/desk/sign-in?return=%2Fen%2Fdesk");
  browser.get("/en/desk/sign-in?return=%2Fen%2Fdesk");
  EXPECT_EQ(browser.post("/en/desk/sign-in/code", {{"email", "no address"}}).status, 422);
  const Page sent =
      browser.post("/en/desk/sign-in/code", {{"email", "lin@nia.example"}, {"return", "/en/desk"}});
  must(post_office.run_due());
  std::string code;
  for (const char c : text) {
    code = c >= '0' && c <= '9' ? code + c : code.size() == 6 ? code : std::string();
    if (code.size() == 6) break;
  }
  const auto at = sent.body.find("name=\"challenge\" value=\"") + 24;
  const std::string challenge = sent.body.substr(at, sent.body.find('"', at) - at);
  const Page wrong = browser.post(
      "/en/desk/sign-in", {{"challenge", challenge}, {"code", code == "000000" ? "1" : "000000"}});
  EXPECT_EQ(wrong.status, 422);
  const Page in = browser.post("/en/desk/sign-in",
                               {{"challenge", challenge}, {"code", code}, {"return", "/en/desk"}});
  EXPECT_EQ(in.status, 303) << text;
  EXPECT_EQ(in.location, "/en/desk");
  EXPECT_TRUE(browser.get("/en/desk/account").has("Lin"));
  browser.post("/en/desk/sign-out", {});
  EXPECT_EQ(browser.get("/en/desk").status, 303);
}

TEST_F(DeskHouse, ShowsFiguresToLeadsOnly) {
  in_review(applicant_);
  Browser caseworker = browser_of(officer_with("nia", {"caseworker"}));
  EXPECT_EQ(caseworker.get("/en/desk/figures").status, 403);
  const Page figures = browser_of(officer("nia")).get("/en/desk/figures");
  EXPECT_EQ(figures.status, 200);
  EXPECT_TRUE(figures.has("<svg"));
  EXPECT_TRUE(figures.has("Information check"));
}

}  // namespace
}  // namespace minben::desk
