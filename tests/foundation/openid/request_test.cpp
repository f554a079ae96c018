#include "openid/request.hpp"

#include "fixture.hpp"

namespace minben::openid {
namespace {

struct Request : testing::Test {
  TestKey key;
  Client client = client_of(metadata(key));
  std::map<std::string, std::string> fields{{"response_type", "code"},
                                            {"redirect_uri", std::string(callback)},
                                            {"scope", "openid profile"},
                                            {"state", "s"},
                                            {"nonce", "n"},
                                            {"code_challenge", base64url_encode(sha256(verifier))},
                                            {"code_challenge_method", "S256"}};

  Result<AuthorizationRequest> read() const {
    net::Form form;
    for (const auto& [name, value] : fields) form.add(name, value);
    MINBEN_TRY(parameters, Parameters::read(form));
    return read_authorization(parameters, client);
  }
  std::string code_with(const std::string& name, const std::string& value) {
    const std::string before = std::exchange(fields[name], value);
    const auto answer = read();
    fields[name] = before;
    return answer ? "" : answer.error().code;
  }
};

TEST_F(Request, IsReadAndKept) {
  fields["max_age"] = "60";
  fields["acr_values"] = "http://eidas.europa.eu/LoA/high http://eidas.europa.eu/LoA/substantial";
  fields["ui_locales"] = "fr zh-TW en";
  fields["prompt"] = "login consent";
  const auto request = read();
  ASSERT_TRUE(request) << describe(request.error());
  EXPECT_EQ(request->max_age, seconds{60});
  EXPECT_EQ(request->needed(), identity::Assurance::substantial);
  EXPECT_EQ(request->language, Language::zh_hant);
  EXPECT_TRUE(request->prompt_login && request->prompt_consent && !request->prompt_none);
  const auto again = authorization_from_json(to_json(*request));
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(*request));
}

TEST_F(Request, NeedsPkceOfTheOneKind) {
  EXPECT_EQ(code_with("code_challenge", ""), error::invalid_request);
  EXPECT_EQ(code_with("code_challenge", "short"), error::invalid_request);
  EXPECT_EQ(code_with("code_challenge_method", "plain"), error::invalid_request);
  EXPECT_EQ(code_with("code_challenge_method", ""), error::invalid_request);
}

TEST_F(Request, KnowsOnlyTheAddressesOfTheClient) {
  for (const char* other :
       {"", "https://land.example/callback/", "https://land.example/callback?x",
        "https://LAND.example/callback", "https://land.example/callback/../callback",
        "https://evil.example/callback", "https://land.example@evil.example/callback"})
    EXPECT_EQ(code_with("redirect_uri", other), error::invalid_request) << other;
}

TEST_F(Request, IsRefusedForWhatIsNotOffered) {
  EXPECT_EQ(code_with("response_type", "code id_token"), error::unsupported_response_type);
  EXPECT_EQ(code_with("response_mode", "form_post"), error::invalid_request);
  EXPECT_EQ(code_with("scope", "openid national_id"), error::invalid_scope);
  EXPECT_EQ(code_with("scope", "profile"), error::invalid_scope);
  EXPECT_EQ(code_with("prompt", "none login"), error::invalid_request);
  EXPECT_EQ(code_with("request", "e30."), error::request_not_supported);
  EXPECT_EQ(code_with("max_age", "-1"), error::invalid_request);
  EXPECT_EQ(code_with("state", std::string(1025, 'x')), error::invalid_request);
  EXPECT_EQ(code_with("dpop_jkt", "x"), error::invalid_request);
}

TEST_F(Request, OfUnknownLevelsOnlyCannotBeMet) {
  fields["acr_values"] = "urn:gold urn:silver";
  EXPECT_EQ(read()->needed(), std::nullopt);
  fields["acr_values"] = "urn:gold 0";
  EXPECT_EQ(read()->needed(), identity::Assurance::none);
}

TEST(RequestParameters, ComeOnceAndAreBounded) {
  EXPECT_FALSE(Parameters::read(form_of({{"a", "1"}, {"a", "1"}})));
  EXPECT_TRUE(Parameters::read(form_of({{"a", ""}, {"a", "1"}})));  // empty is left out, §3.1
  const std::string long_value(4097, 'x');
  EXPECT_FALSE(Parameters::read(form_of({{"a", long_value}})));
  EXPECT_TRUE(Parameters::read(form_of({{"client_assertion", long_value}})));
  net::Form many;
  for (int i = 0; i < 61; ++i) many.add(fmt::format("p{}", i), "x");
  EXPECT_FALSE(Parameters::read(many));
}

TEST(Pkce, IsThatOfTheStandard) {
  // RFC 7636 appendix B
  EXPECT_TRUE(verifier_fits(verifier, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
  EXPECT_FALSE(verifier_fits(verifier, verifier));  // plain
  EXPECT_FALSE(verifier_fits("short", base64url_encode(sha256("short"))));
  EXPECT_FALSE(verifier_fits("", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
}

}  // namespace
}  // namespace minben::openid
