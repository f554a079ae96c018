// Attacks by way of the browser: each is refused, and the log says so without what was sent.
#include "fixture.hpp"
#include "support/log.hpp"

namespace minben::authorize {
namespace {

class Attacks : public Pages {
 protected:
  /// The part of an interaction's address that opens it.
  static std::string token_of(const std::string& page) { return page.substr(page.rfind('/') + 1); }
  void expect_logged(std::string_view why, const std::vector<std::string>& secrets) const {
    EXPECT_TRUE(log_.says(why)) << why << " is not in:\n" << log_.text();
    for (const std::string& secret : secrets) EXPECT_FALSE(log_.says(secret)) << secret;
    EXPECT_FALSE(log_.says("lin@example.test"));
  }
  static std::string code_in(const net::ClientResponse& answer) {
    const std::string to(answer.headers.get("Location"));
    const auto at = to.find("code=") + 5;
    return to.substr(at, to.find('&', at) - at);
  }
  test::CapturedLog log_;
};

TEST_F(Attacks, OpenRedirect) {
  std::string bad = query("&nonce=secret-nonce");
  bad.replace(bad.find("callback"), 8, "evilback");
  const auto answer = get(bad);
  EXPECT_EQ(answer.status, 400);
  EXPECT_FALSE(answer.headers.has("Location"));
  expect_logged("/openid/authorize refused: invalid_request", {"evilback", "secret-nonce"});
  const auto out = get("/openid/logout?post_logout_redirect_uri=https%3A%2F%2Fevil.example");
  EXPECT_EQ(out.status, 400);
  EXPECT_FALSE(out.headers.has("Location"));
  expect_logged("/openid/logout refused: invalid_request", {"evil.example"});
}

TEST_F(Attacks, FormOfAnotherSite) {
  sign_in();
  const std::string page = begin();
  EXPECT_EQ(send(net::Method::post, page, "decision=allow&_csrf=planted-token").status, 403);
  expect_logged("/openid/{interaction} refused: form_not_ours", {token_of(page), "planted-token"});
  EXPECT_EQ(get(page).status, 200) << "nothing was decided";
}

TEST_F(Attacks, FrameAroundTheQuestion) {
  sign_in();
  for (const std::string& page : {begin(), begin("&acr_values=http%3A%2F%2Feidas.europa.eu%2FLoA%2F"
                                                 "high")}) {
    const auto shown = get(page);
    EXPECT_EQ(shown.headers.get("X-Frame-Options"), "DENY");
    EXPECT_TRUE(shown.headers.get("Content-Security-Policy").contains("frame-ancestors 'none'"));
  }
}

TEST_F(Attacks, AgreeingWithoutTheLevelThatWasAskedFor) {
  sign_in(Assurance::low);
  const std::string page = begin("&acr_values=http%3A%2F%2Feidas.europa.eu%2FLoA%2Fhigh");
  const auto forged = post(get(page), page, "allow");  // the page offers no such button
  EXPECT_EQ(forged.status, 401);
  EXPECT_FALSE(forged.headers.has("Location"));
  expect_logged("openid: a page refused: sign_in_needed", {token_of(page)});
}

TEST_F(Attacks, AgreeingWithoutTheSignInAnewThatWasAskedFor) {
  sign_in();
  const std::string page = begin("&prompt=login");
  const auto to_sign_in = get(page);
  EXPECT_EQ(to_sign_in.status, 303);
  EXPECT_TRUE(to_sign_in.headers.get("Location").ends_with("&why=again"))
      << to_sign_in.headers.get("Location");
  const std::string other = begin("&prompt=consent");
  const auto forged = post(get(other), page, "allow");  // the form of another request
  EXPECT_EQ(forged.status, 401);
  EXPECT_FALSE(forged.headers.has("Location"));
  expect_logged("openid: a page refused: sign_in_needed", {token_of(page), token_of(other)});
}

TEST_F(Attacks, AnswerThatComesTwice) {
  sign_in();
  const std::string page = begin();
  const auto shown = get(page);
  const std::string code = code_in(post(shown, page, "allow"));
  EXPECT_FALSE(code.empty());
  EXPECT_EQ(post(shown, page, "allow").status, 404);
  expect_logged("openid: a page refused: no_such_interaction", {token_of(page), code});
}

TEST_F(Attacks, SessionThatSomebodyElseChose) {
  cookies_["minben"] = std::string(43, 'A');  // planted before the victim signs in
  const std::string page = begin();
  EXPECT_EQ(get(page).status, 303) << "nobody is signed in by it";
  sign_in();
  EXPECT_NE(cookies_["minben"], std::string(43, 'A')) << "who signs in gets another";
  EXPECT_EQ(get(page).status, 200);
  cookies_["minben"] = std::string(43, 'A');
  EXPECT_EQ(get(page).status, 303) << "and the planted one is still worth nothing";
  EXPECT_FALSE(log_.says(std::string(43, 'A')));
}

}  // namespace
}  // namespace minben::authorize
