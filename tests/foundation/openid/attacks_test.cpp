// Attacks on the endpoints for programs: each is refused, and the log says so without what was
// sent.
#include "provider_fixture.hpp"
#include "support/log.hpp"

namespace minben::openid {
namespace {

class Attacks : public ProviderTest {
 protected:
  void expect_logged(std::string_view why, const std::vector<std::string>& secrets) const {
    EXPECT_TRUE(log_.says(why)) << why << " is not in:\n" << log_.text();
    for (const std::string& secret : secrets) {
      ASSERT_FALSE(secret.empty());
      EXPECT_FALSE(log_.says(secret)) << secret;
    }
    EXPECT_FALSE(log_.says("lin@example.test"));
    EXPECT_FALSE(log_.says("eyJ")) << "a signed statement";
  }
  static std::string text(const Answer& answer, std::string_view name) {
    return string_or(answer.json, name);
  }
  test::CapturedLog log_;
};

TEST_F(Attacks, CodeThatComesTwice) {
  const std::string once = code();
  const Answer tokens = exchange(once, holder_);
  EXPECT_EQ(exchange(once, holder_).error, "invalid_grant");
  expect_logged("openid: code used again by client land-office",
                {once, text(tokens, "access_token"), text(tokens, "refresh_token")});
}

TEST_F(Attacks, RefreshTokenThatComesTwice) {
  const Answer first = exchange(code(), holder_);
  const Answer second = refresh(text(first, "refresh_token"), holder_);
  EXPECT_EQ(refresh(text(first, "refresh_token"), holder_).error, "invalid_grant");
  expect_logged("openid: refresh token used again by client land-office",
                {text(first, "refresh_token"), text(second, "refresh_token")});
}

TEST_F(Attacks, CodeAndRefreshTokenOfAnotherHolder) {
  const TestKey thief;
  const Answer tokens = exchange(code(), holder_);
  EXPECT_EQ(refresh(text(tokens, "refresh_token"), thief).error, "invalid_grant");
  const std::string stolen = code();
  EXPECT_EQ(exchange(stolen, thief, std::string(43, 'x')).error, "invalid_grant");
  expect_logged("/openid/token refused: invalid_grant",
                {stolen, text(tokens, "refresh_token"), std::string(43, 'x')});
}

TEST_F(Attacks, AccessTokenWithoutItsKey) {
  const std::string token = text(exchange(code(), holder_), "access_token");
  net::ClientRequest request{.url = base_ + "/openid/userinfo"};
  request.headers.set("Authorization", "Bearer " + token);
  EXPECT_EQ(read(http_.send(request)).status, 401);
  expect_logged("/openid/userinfo refused: invalid_token: bound to a key", {token});
  const TestKey thief;
  request.headers.set("Authorization", "DPoP " + token);
  request.headers.set("DPoP", proof(thief, "/openid/userinfo", nonce(), token, "GET"));
  EXPECT_EQ(read(http_.send(request)).status, 401);
  expect_logged("/openid/userinfo refused: invalid_token: bound to another key", {token});
}

TEST_F(Attacks, StatementThatComesTwice) {
  const Fields fields = proven({{"token", "secret-token"}}, land_);
  EXPECT_EQ(post("/openid/introspect", fields).status, 200);
  EXPECT_EQ(post("/openid/introspect", fields).error, "invalid_client");
  expect_logged("this statement was used before", {"secret-token", fields.back().second});
}

TEST_F(Attacks, AssertionThatWasMadeForAnotherIssuer) {
  // A provider that a client also uses hands on what the client proved itself to it with.
  const std::string theirs = land_.sign({{"iss", "land-office"},
                                         {"sub", "land-office"},
                                         {"aud", "https://evil.example"},
                                         {"jti", random_.token()},
                                         {"exp", in(seconds{60})}});
  const Answer answer =
      post("/openid/introspect", {{"token", "x"},
                                  {"client_assertion_type", std::string(assertion_type)},
                                  {"client_assertion", theirs}});
  EXPECT_EQ(answer.error, "invalid_client");
  expect_logged("invalid_client (aud)", {theirs, "evil.example"});
}

TEST_F(Attacks, RequestWithLessProtectionThanRegistered) {
  for (const auto& [name, value] : {std::pair{"code_challenge_method", "plain"},
                                    {"response_type", "token"},
                                    {"response_mode", "fragment"}}) {
    Fields fields = request_fields();
    for (auto& [field, content] : fields)
      if (field == name) content = value;
    if (std::string_view(name) == "response_mode") fields.emplace_back(name, value);
    EXPECT_EQ(post("/openid/par", proven(fields, land_)).status, 400) << name;
  }
  expect_logged("/openid/par refused: invalid_request (code_challenge_method)",
                {base64url_encode(sha256(verifier))});
  expect_logged("/openid/par refused: unsupported_response_type", {"fragment"});
}

}  // namespace
}  // namespace minben::openid
