#include <gmock/gmock.h>

#include "fixture.hpp"

namespace minben::openid {
namespace {

using testing::Contains;
using testing::Field;

struct ClientFile : testing::Test {
  TestKey key;
  JsonObject json = metadata(key);
  [[nodiscard]] Errors faults() const {
    const auto read = read_client(write_json(json));
    return read ? Errors{} : read.error();
  }
  void expect_fault(std::string_view member, std::string_view code) {
    const Errors all = faults();
    EXPECT_THAT(all, Contains(testing::AllOf(Field(&Error::field, std::string(member)),
                                             Field(&Error::code, std::string(code)))))
        << (all.empty() ? "no fault" : describe(all.front()));
  }
};

TEST_F(ClientFile, IsFapi2UnlessItSaysOtherwise) {
  const Client client = client_of(json);
  EXPECT_EQ(client.profile, Profile::fapi2);
  EXPECT_TRUE(client.needs_pushed_requests);
  EXPECT_TRUE(client.needs_dpop);
  EXPECT_TRUE(client.may_refresh);
  EXPECT_EQ(client.sector, "land.example");
  EXPECT_EQ(client.name.zh_hant, "地政事務所");
  EXPECT_TRUE(client.takes(callback));
  EXPECT_FALSE(client.takes("https://land.example/callback/"));
}

TEST_F(ClientFile, WeakensNothingWithoutSayingSo) {
  json["require_pushed_authorization_requests"] = false;
  expect_fault("require_pushed_authorization_requests", "weaker_than_fapi2");
  json["minben_profile"] = "basic";
  EXPECT_TRUE(faults().empty());
  json["dpop_bound_access_tokens"] = false;
  EXPECT_TRUE(faults().empty());
  json["minben_profile"] = "fapi2";
  expect_fault("dpop_bound_access_tokens", "weaker_than_fapi2");
  json["tls_client_certificate_bound_access_tokens"] = true;
  json.erase("require_pushed_authorization_requests");
  EXPECT_TRUE(faults().empty());  // bound to a certificate instead
}

TEST_F(ClientFile, NamesEveryFault) {
  json["client_id"] = "Land Office";
  json["redirect_uris"] = JsonArray{"http://land.example/callback"};
  json["redirect_urls"] = JsonArray{"https://land.example/"};
  json["token_endpoint_auth_method"] = "client_secret_basic";
  json["id_token_signed_response_alg"] = "RS256";
  EXPECT_EQ(faults().size(), 5u);
  expect_fault("client_id", "not_a_code");
  expect_fault("redirect_uris", "bad_address");
  expect_fault("redirect_urls", "unknown_member");
  expect_fault("token_endpoint_auth_method", "not_supported");
  expect_fault("id_token_signed_response_alg", "not_supported");
}

TEST_F(ClientFile, RefusesPrivateKeysAndKeysInTwoPlaces) {
  json["jwks_uri"] = "https://land.example/keys";
  expect_fault("jwks_uri", "conflict");
  json.erase("jwks");
  EXPECT_TRUE(faults().empty());
  json.erase("jwks_uri");
  expect_fault("jwks", "missing");
  json["jwks"] = {{"keys",
                   {{{"kty", "OKP"},
                     {"crv", "Ed25519"},
                     {"d", "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
                     {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}}}}};  // RFC 8037 A.1
  expect_fault("jwks", "private_key");
}

TEST_F(ClientFile, WantsOneSector) {
  json["redirect_uris"] = {callback, "https://other.example/callback"};
  expect_fault("sector_identifier_uri", "missing");
  json["sector_identifier_uri"] = "https://land.example/sector.json";
  EXPECT_EQ(client_of(json).sector, "land.example");
}

TEST(ClientAddress, IsHttpsOrOnThisMachine) {
  EXPECT_TRUE(check_address("https://land.example/callback?x=1"));
  EXPECT_TRUE(check_address("http://localhost:8081/callback"));
  EXPECT_TRUE(check_address("http://127.0.0.1:8081/callback"));
  for (const char* bad :
       {"", "http://land.example/", "https:///x", "https://a@land.example/", "javascript:alert(1)",
        "https://land.example/#x", "https://land.example/ x", "https://land.example;x/",
        "https://*.example/", "ftp://land.example/", "http://localhost.evil.example/",
        "https://land.example/\nSet-Cookie: a"})
    EXPECT_FALSE(check_address(bad)) << bad;
}

TEST(ClientAddress, HasAHostAndAnOrigin) {
  EXPECT_EQ(host_of("https://Land.example:8443/callback"), "land.example");
  EXPECT_EQ(host_of("http://[::1]:80/x"), "[::1]");
  EXPECT_EQ(origin_of("https://land.example:8443/callback?x"), "https://land.example:8443");
}

}  // namespace
}  // namespace minben::openid
