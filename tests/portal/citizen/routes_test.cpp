#include <set>

#include "house.hpp"

namespace minben::citizen {
namespace {

TEST_F(House, GivesEachRouteAnAccessThatMeansSomething) {
  const std::set<std::string_view> of_applicants = {
      "anyone",       "signed_in", "signed_in_strongly", "applicant_of_case",
      "for_services", "for_data",  "also_acting"};
  ASSERT_GT(routes_.size(), 80u);
  for (const net::Route& route : routes_) {
    EXPECT_TRUE(of_applicants.contains(route.access.name))
        << route.pattern << " " << route.access.name;
    // What belongs to a case is for its applicant alone, and no other parameter opens one.
    const bool of_case = route.pattern.find("{case}") != route.pattern.npos;
    EXPECT_EQ(of_case, route.access == page::access::applicant_of_case) << route.pattern;
  }
  EXPECT_TRUE(site_->undefined(routes_).empty());
}

TEST_F(House, OpensNothingPersonalToStrangers) {
  Browser stranger = browser();
  for (const net::Route& route : routes_) {
    if (route.access == page::access::anyone || route.method != net::Method::get) continue;
    std::string path = route.pattern;
    for (std::size_t at; (at = path.find('{')) != path.npos;)
      path.replace(at, path.find('}') - at + 1, "0197e2d2-0000-7000-8000-000000000001");
    const Page page = stranger.get(path);
    EXPECT_EQ(page.status, 303) << path;
    EXPECT_NE(page.location.find("/sign-in?return="), std::string::npos)
        << path << " " << page.location;
  }
}

TEST_F(House, KeepsWhatIsOnesOwnClosedWhileActingForAnother) {
  wards_ = {{{"A100000001", "林小", ""}, *parse_date("2020-05-05")}};
  const auto guardian = must(world_->identity().bind(
      {std::string(identity::method::citizen_certificate), "ca", "1", {3, 3, 0}, {"sc"}},
      {"A234567899", "林母", ""}));
  must(mandates_->act(guardian.session,
                      must(mandates_->take_guardianship(guardian.session, "A100000001"))));
  Browser acting = browser();
  acting.sign_in(guardian);
  int closed = 0, open = 0;
  for (const net::Route& route : routes_) {
    if (route.method != net::Method::get || route.pattern.find('{') != std::string::npos) continue;
    const bool own =
        route.access == page::access::signed_in || route.access == page::access::signed_in_strongly;
    if (!own && route.access == page::access::anyone) continue;
    const Page page = acting.get(route.pattern);
    EXPECT_EQ(page.status == 403, own) << route.pattern << " " << page.status;
    const bool is_page = page.headers.get("Content-Type").starts_with("text/html");
    if (is_page) EXPECT_TRUE(page.has("mb-acting")) << route.pattern;
    ++(own ? closed : open);
  }
  EXPECT_GT(closed, 8);
  EXPECT_GT(open, 8);
}

TEST_F(House, RefusesAFormThatWasMadeForSomebodyElse) {
  wards_ = {{{"A100000001", "林小", ""}, *parse_date("2020-05-05")}};
  const auto guardian = must(world_->identity().bind(
      {std::string(identity::method::citizen_certificate), "ca", "1", {3, 3, 0}, {"sc"}},
      {"A234567899", "林母", ""}));
  const auto mandate = must(mandates_->take_guardianship(guardian.session, "A100000001"));
  Browser parent = browser();
  parent.sign_in(guardian);
  ASSERT_EQ(parent.get("/en/services/gold-card/apply").status, 200);
  const std::string own = parent.token();
  must(mandates_->act(guardian.session, mandate));
  EXPECT_EQ(parent.post_as_is("/en/services/gold-card/apply", {{"_csrf", own}}).status, 403);
  ASSERT_EQ(parent.get("/en/services/gold-card/apply").status, 200);
  EXPECT_EQ(parent.post("/en/services/gold-card/apply", {}).status, 303);
}

TEST_F(House, RefusesEveryFormWithoutItsToken) {
  const auto applicant = must(world_->new_applicant("DOE, JANE"));
  Browser signed_in = browser_of(applicant);
  for (const net::Route& route : routes_) {
    if (route.method != net::Method::post) continue;
    std::string path = route.pattern;
    for (std::size_t at; (at = path.find('{')) != path.npos;)
      path.replace(at, path.find('}') - at + 1, "x");
    EXPECT_EQ(signed_in.post(path, {{"_csrf", "forged"}}).status, 403) << path;
  }
}

TEST_F(House, ShowsOneCaseToItsApplicantOnly) {
  Browser other = browser_of(must(world_->new_applicant("ROE, RICHARD")));
  const Page page = other.get("/en/cases/0197e2d2-0000-7000-8000-000000000001");
  EXPECT_EQ(page.status, 404);
  EXPECT_TRUE(page.has("Page not found"));
}

}  // namespace
}  // namespace minben::citizen
