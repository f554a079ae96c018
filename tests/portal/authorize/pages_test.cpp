// What the browser sees between a client's request and its answer.
#include "fixture.hpp"

namespace minben::authorize {
namespace {

TEST_F(Pages, LeadToSignInAndBack) {
  const std::string page = begin();
  EXPECT_TRUE(page.starts_with("/en/openid/"));
  const auto answer = get(page);
  EXPECT_EQ(answer.status, 303);
  EXPECT_EQ(answer.headers.get("Location"), "/en/sign-in?return=" + net::percent_encode(page));
}

TEST_F(Pages, AskForConsentAndSendTheCode) {
  sign_in();
  const std::string page = begin();
  const auto shown = get(page);
  ASSERT_EQ(shown.status, 200);
  EXPECT_TRUE(shown.body.contains("Land &lt;Office&gt;"));
  EXPECT_TRUE(shown.body.contains("林&lt;b&gt;"));
  EXPECT_EQ(shown.headers.get("X-Frame-Options"), "DENY");
  const std::string policy(shown.headers.get("Content-Security-Policy"));
  EXPECT_TRUE(policy.contains("frame-ancestors 'none'"));
  EXPECT_TRUE(policy.ends_with("form-action 'self' http://localhost:1")) << policy;
  const auto answer = post(shown, page, "allow");
  EXPECT_EQ(answer.status, 303);
  const std::string to(answer.headers.get("Location"));
  EXPECT_TRUE(to.starts_with(std::string(redirect_uri) + "?code=")) << to;
  EXPECT_TRUE(to.ends_with("&state=st&iss=http%3A%2F%2Flocalhost")) << to;
  EXPECT_EQ(get(page).status, 404);  // once
  // Agreed before: the answer comes at once.
  const auto again = get(begin());
  EXPECT_EQ(again.status, 303);
  EXPECT_TRUE(again.headers.get("Location").contains("?code="));
}

TEST_F(Pages, TakeNoForAnAnswer) {
  sign_in();
  const std::string page = begin();
  const auto answer = post(get(page), page, "refuse");
  EXPECT_TRUE(answer.headers.get("Location").contains("error=access_denied&state=st&iss="));
}

TEST_F(Pages, TakeNoFormOfAnotherSite) {
  sign_in();
  const std::string page = begin();
  EXPECT_EQ(send(net::Method::post, page, "decision=allow").status, 403);
  auto shown = get(page);
  cookies_["minben-anchor"] = random_.token();
  EXPECT_EQ(post(shown, page, "allow").status, 403);  // another browser's token
}

TEST_F(Pages, AreSurerWhenAsked) {
  sign_in();
  const std::string page = begin("&acr_values=http%3A%2F%2Feidas.europa.eu%2FLoA%2Fhigh");
  const auto shown = get(page);
  EXPECT_EQ(shown.status, 200);
  EXPECT_TRUE(shown.body.contains("needs to be surer"));
  const auto answer = post(shown, page, "too-weak");
  EXPECT_TRUE(answer.headers.get("Location").contains("error=unmet_authentication_requirements"));
}

TEST_F(Pages, SayNothingWhereNothingIsToBeShown) {
  const auto answer = get(begin("&prompt=none"));
  EXPECT_TRUE(answer.headers.get("Location").contains("error=login_required"));
  sign_in();
  const auto signed_in = get(begin("&prompt=none"));
  EXPECT_TRUE(signed_in.headers.get("Location").contains("error=consent_required"));
}

TEST_F(Pages, SendNobodyToAnAddressThatIsNotTheClients) {
  std::string bad = query();
  bad.replace(bad.find("callback"), 8, "evilback");
  const auto answer = get(bad);
  EXPECT_EQ(answer.status, 400);
  EXPECT_FALSE(answer.headers.has("Location"));
  EXPECT_TRUE(answer.body.contains("invalid_request"));
  EXPECT_EQ(get("/openid/authorize?client_id=nobody").status, 400);
  EXPECT_EQ(get(query("&state=again")).status, 400);  // a parameter twice
  EXPECT_EQ(get("/openid/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example").status, 400);
  const auto elsewhere = get(query("&prompt=nonsense"));  // for the client to hear
  EXPECT_TRUE(elsewhere.headers.get("Location").starts_with(redirect_uri));
}

TEST_F(Pages, ListTheSystemsAndEndOne) {
  sign_in();
  const std::string page = begin();
  post(get(page), page, "allow");
  const auto list = get("/en/account/systems");
  EXPECT_TRUE(list.body.contains("Land &lt;Office&gt;"));
  EXPECT_EQ(post(list, "/en/account/systems/land-office/end", "").status, 303);
  EXPECT_FALSE(get("/en/account/systems").body.contains("Land &lt;Office&gt;"));
  EXPECT_EQ(get(begin()).status, 200);  // asked again
}

TEST_F(Pages, SignOutAfterAQuestion) {
  sign_in();
  const std::string page(get("/openid/logout").headers.get("Location"));
  const auto shown = get(page);
  EXPECT_EQ(shown.status, 200);
  const auto done = post(shown, page, "");
  EXPECT_EQ(done.status, 303);
  cookies_.erase("minben");
  EXPECT_TRUE(get(done.headers.get("Location")).body.contains("signed out"));
}

}  // namespace
}  // namespace minben::authorize
