// The provider over real HTTP and TLS, on a virtual clock.
#include "provider_fixture.hpp"

namespace minben::openid {
namespace {

using net::operator""_KiB;

TEST_F(ProviderTest, SignsSomebodyIn) {
  const Answer tokens = exchange(code(), holder_);
  ASSERT_EQ(tokens.status, 200) << write_json(tokens.json);
  EXPECT_EQ(string_or(tokens.json, "token_type"), "DPoP");
  const Json claims = id_token_of(tokens);
  EXPECT_EQ(string_or(claims, "iss"), issuer);
  EXPECT_EQ(string_or(claims, "aud"), "land-office");
  EXPECT_EQ(string_or(claims, "nonce"), "no");
  EXPECT_EQ(string_or(claims, "acr"), "http://eidas.europa.eu/LoA/substantial");
  EXPECT_EQ(claims.at("amr"), Json({"hwk", "user"}));
  EXPECT_EQ(get_integer(claims, "auth_time"), in({}));
  EXPECT_FALSE(string_or(claims, "sub").contains(to_string(person_)));
  const std::string token = string_or(tokens.json, "access_token");
  net::ClientRequest request{.url = base_ + "/openid/userinfo"};
  request.headers.set("Authorization", "DPoP " + token);
  request.headers.set("DPoP", proof(holder_, "/openid/userinfo", nonce(), token, "GET"));
  const Answer info = read(http_.send(request));
  EXPECT_EQ(info.status, 200) << write_json(info.json);
  EXPECT_EQ(string_or(info.json, "email"), "lin@example.test");
  EXPECT_EQ(string_or(info.json, "sub"), string_or(claims, "sub"));
  EXPECT_EQ(find(info.json, "name"), nullptr);       // was not asked for
  EXPECT_EQ(read(http_.send(request)).status, 401);  // the proof again
  clock_.advance(seconds{301});
  EXPECT_FALSE(active(token));
}

TEST_F(ProviderTest, EndsWhatCameOfACodeThatComesTwice) {
  const std::string once = code();
  const Answer tokens = exchange(once, holder_);
  ASSERT_EQ(tokens.status, 200);
  EXPECT_TRUE(active(string_or(tokens.json, "access_token")));
  EXPECT_EQ(exchange(once, holder_).error, "invalid_grant");
  EXPECT_FALSE(active(string_or(tokens.json, "access_token")));
  EXPECT_EQ(refresh(string_or(tokens.json, "refresh_token"), holder_).error, "invalid_grant");
}

TEST_F(ProviderTest, GivesACodeOnlyToWhomItWasMadeFor) {
  EXPECT_EQ(exchange(code(), holder_, std::string(43, 'x')).error, "invalid_grant");
  const std::string late = code();
  clock_.advance(seconds{61});
  EXPECT_EQ(exchange(late, holder_).error, "invalid_grant");
  const TestKey tax;
  put(metadata(tax, "tax-office"));
  const std::string stolen = code();
  const Answer theirs = post("/openid/token",
                             proven({{"grant_type", "authorization_code"},
                                     {"code", stolen},
                                     {"redirect_uri", std::string(callback)},
                                     {"code_verifier", std::string(verifier)}},
                                    tax, "tax-office"),
                             proof(holder_, "/openid/token", nonce()));
  EXPECT_EQ(theirs.error, "invalid_grant");
  EXPECT_EQ(exchange(stolen, holder_).status, 200);
}

TEST_F(ProviderTest, BindsACodeToTheKeyOfThePushedRequest) {
  Fields fields = request_fields();
  fields.emplace_back("dpop_jkt", holder_.jwk.thumbprint());
  const std::string uri = push(fields);
  const auto location = provider_->allow(begin(uri), sign_in());
  EXPECT_EQ(exchange(code_in(*location), TestKey{}).error, "invalid_grant");
  const auto again = provider_->allow(begin(push(fields)), sign_in());
  EXPECT_EQ(exchange(code_in(*again), holder_).status, 200);
}

TEST_F(ProviderTest, TurnsRefreshTokensAndEndsTheFamilyOfOneThatComesAgain) {
  const Answer first = exchange(code(), holder_);
  const std::string one = string_or(first.json, "refresh_token");
  EXPECT_EQ(refresh(one, TestKey{}).error, "invalid_grant");  // another key: nothing happens
  const Answer second = refresh(one, holder_);
  ASSERT_EQ(second.status, 200) << write_json(second.json);
  const std::string two = string_or(second.json, "refresh_token");
  EXPECT_NE(one, two);
  EXPECT_EQ(refresh(one, holder_).error, "invalid_grant");
  EXPECT_EQ(refresh(two, holder_).error, "invalid_grant");
  EXPECT_FALSE(active(string_or(second.json, "access_token")));
}

TEST_F(ProviderTest, LetsOneOfTwoAtOnceHaveTheRefreshToken) {
  const std::string token = string_or(exchange(code(), holder_).json, "refresh_token");
  const std::string n = nonce();
  std::array<Answer, 2> answers;
  {
    std::vector<std::jthread> threads;
    for (Answer& answer : answers)
      threads.emplace_back([&] {
        answer = post("/openid/token",
                      proven({{"grant_type", "refresh_token"}, {"refresh_token", token}}, land_),
                      proof(holder_, "/openid/token", n));
      });
  }
  EXPECT_EQ((answers[0].status == 200) + (answers[1].status == 200), 1);
}

TEST_F(ProviderTest, TakesARequestOnceAndAnswersItOnce) {
  const std::string uri = push();
  const Interaction interaction = begin(uri);
  const auto parameters =
      Parameters::read(form_of({{"client_id", "land-office"}, {"request_uri", uri}}));
  EXPECT_EQ(provider_->begin(*parameters).error().code, "invalid_request_uri");
  const SignIn who = sign_in();
  EXPECT_TRUE(provider_->allow(interaction, who));
  EXPECT_EQ(provider_->allow(interaction, who).error().code, "no_such_interaction");
  EXPECT_EQ(provider_->refuse(interaction, "access_denied").error().code, "no_such_interaction");
  const std::string late = push();
  clock_.advance(seconds{91});
  const auto expired =
      Parameters::read(form_of({{"client_id", "land-office"}, {"request_uri", late}}));
  EXPECT_EQ(provider_->begin(*expired).error().code, "invalid_request_uri");
}

TEST_F(ProviderTest, AsksForWhatIsMissing) {
  const auto next = [&](Fields more, const std::optional<SignIn>& who) {
    Fields fields = request_fields();
    fields.insert(fields.end(), more.begin(), more.end());
    return provider_->next(begin(push(fields)), who).value();
  };
  EXPECT_EQ(next({}, std::nullopt), Next::sign_in);
  const SignIn weak = sign_in(identity::Assurance::low);
  EXPECT_EQ(next({}, weak), Next::ask);
  EXPECT_EQ(next({{"acr_values", "http://eidas.europa.eu/LoA/high"}}, weak),
            Next::sign_in_stronger);
  clock_.advance(minutes{5});
  EXPECT_EQ(next({{"prompt", "login"}}, weak), Next::sign_in_again);
  EXPECT_EQ(next({{"max_age", "60"}}, weak), Next::sign_in_again);
  EXPECT_EQ(next({{"max_age", "600"}}, weak), Next::ask);
  ASSERT_TRUE(provider_->allow(begin(push()), weak));
  EXPECT_EQ(next({}, weak), Next::answer);
  EXPECT_EQ(next({{"prompt", "consent"}}, weak), Next::ask);
  Fields more = request_fields();
  more[2].second = "openid profile";
  EXPECT_EQ(provider_->next(begin(push(more)), weak).value(), Next::ask);  // more than agreed
  more.emplace_back("acr_values", "http://eidas.europa.eu/LoA/high");
  EXPECT_EQ(provider_->allow(begin(push(more)), weak).error().code, "sign_in_needed");
}

TEST_F(ProviderTest, BelievesAnAssertionOnceAndNoneOfAnEndedClient) {
  const Fields fields = proven({{"token", "x"}}, land_);
  EXPECT_EQ(post("/openid/introspect", fields).status, 200);
  EXPECT_EQ(post("/openid/introspect", fields).error, "invalid_client");
  ASSERT_TRUE(clients_.end("land-office"));
  clock_.advance(seconds{11});
  EXPECT_EQ(post("/openid/introspect", proven({{"token", "x"}}, land_)).error, "invalid_client");
}

TEST_F(ProviderTest, StopsListeningToANetworkThatFailsTooOften) {
  const TestKey other;
  for (int i = 0; i < 60; ++i)
    ASSERT_EQ(post("/openid/introspect", proven({{"token", "x"}}, other)).status, 401);
  const Answer answer = post("/openid/introspect", proven({{"token", "x"}}, land_));
  EXPECT_EQ(answer.status, 429);
  clock_.advance(minutes{1});
  EXPECT_EQ(post("/openid/introspect", proven({{"token", "x"}}, land_)).status, 200);
}

TEST_F(ProviderTest, ReadsKeysFromTheirAddressAndAnewForOneThatIsNew) {
  JsonObject json = metadata(land_);
  json.erase("jwks");
  json["jwks_uri"] = "https://land.example/keys";
  put(json);
  clock_.advance(seconds{11});
  const auto set = [](const TestKey& key) {
    net::ClientResponse response;
    response.status = 200;
    response.body = write_json(JsonObject{{"keys", {key.jwk.public_json()}}});
    return response;
  };
  EXPECT_EQ(post("/openid/introspect", proven({{"token", "x"}}, land_)).status, 503);
  answers_.emplace_back(set(land_));
  EXPECT_EQ(post("/openid/introspect", proven({{"token", "x"}}, land_)).status, 200);
  const TestKey fresh;
  EXPECT_EQ(post("/openid/introspect", proven({{"token", "x"}}, fresh)).error, "invalid_client");
  clock_.advance(seconds{31});
  answers_.emplace_back(set(fresh));
  EXPECT_EQ(post("/openid/introspect", proven({{"token", "x"}}, fresh)).status, 200);
  EXPECT_EQ(post("/openid/introspect", proven({{"token", "x"}}, land_)).error, "invalid_client");
  EXPECT_EQ(fetched_.size(), 3u);
}

TEST_F(ProviderTest, TellsClientsOfTheEndOfASession) {
  JsonObject json = metadata(land_);
  json["backchannel_logout_uri"] = "https://land.example/backchannel";
  put(json);
  clock_.advance(seconds{11});
  store::Workers workers(db_.database(), clock_);
  provider_->work_in(workers);
  Fields fields = request_fields();
  fields[2].second = "openid";
  const auto location = provider_->allow(begin(push(fields)), sign_in());
  const Answer tokens = exchange(code_in(*location), holder_);
  const std::string token = string_or(tokens.json, "access_token");
  ASSERT_TRUE(workers.run_due());
  EXPECT_TRUE(fetched_.empty());
  // Signed out everywhere, somewhere else: noticed by the job that looks.
  const auto here = identity_.sign_in_unchecked(person_, identity::Assurance::low).value().session;
  ASSERT_TRUE(db_->transact(
      [&](store::Transaction& tx) { return identity_.end_other_sessions(tx, here); }));
  answers_.emplace_back(fail(Kind::unavailable, "connect_failed"));
  answers_.emplace_back(
      net::ClientResponse{.status = 204, .headers = {}, .body = {}, .peer_certificate_der = {}});
  clock_.advance(seconds{91});
  ASSERT_TRUE(workers.run_due());
  EXPECT_FALSE(active(token));
  clock_.advance(seconds{5});
  ASSERT_TRUE(workers.run_due());
  ASSERT_EQ(fetched_.size(), 2u);  // the first was in vain
  EXPECT_EQ(fetched_[1].url, "https://land.example/backchannel");
  const std::string body = fetched_[1].body;
  const Json claims = [&] {
    Answer as_answer;
    as_answer.json = JsonObject{{"id_token", body.substr(body.find('=') + 1)}};
    return id_token_of(as_answer);
  }();
  EXPECT_EQ(string_or(claims, "sid"), string_or(id_token_of(tokens), "sid"));
  EXPECT_EQ(string_or(claims, "aud"), "land-office");
  EXPECT_EQ(find(claims, "nonce"), nullptr);
  EXPECT_NE(find(*find(claims, "events"), "http://schemas.openid.net/event/backchannel-logout"),
            nullptr);
}

TEST_F(ProviderTest, EndsEverythingWhenConsentIsTakenBack) {
  const Answer tokens = exchange(code(), holder_);
  const auto connected =
      db_->transact([&](store::Transaction& tx) { return provider_->connected(tx, person_); });
  ASSERT_EQ(connected->size(), 1u);
  EXPECT_EQ(connected->front().name.en, "Land Office");
  ASSERT_TRUE(db_->transact(
      [&](store::Transaction& tx) { return provider_->disconnect(tx, person_, "land-office"); }));
  EXPECT_FALSE(active(string_or(tokens.json, "access_token")));
  EXPECT_EQ(refresh(string_or(tokens.json, "refresh_token"), holder_).error, "invalid_grant");
  EXPECT_EQ(provider_->next(begin(push()), sign_in()).value(), Next::ask);
}

TEST_F(ProviderTest, SignsOutOnlyForItsOwnHintsAndAddresses) {
  JsonObject json = metadata(land_);
  json["post_logout_redirect_uris"] = JsonArray{"https://land.example/bye"};
  put(json);
  clock_.advance(seconds{11});
  const SignIn who = sign_in();
  const auto location = provider_->allow(begin(push()), who);
  const std::string hint = string_or(exchange(code_in(*location), holder_).json, "id_token");
  const auto begin_out =
      [&](std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
        return provider_->begin_sign_out(*Parameters::read(form_of(all)));
      };
  clock_.advance(hours{2});  // hints are good after their time
  const auto good = begin_out({{"id_token_hint", hint},
                               {"post_logout_redirect_uri", "https://land.example/bye"},
                               {"state", "a b"}});
  ASSERT_TRUE(good) << describe(good.error());
  EXPECT_EQ(good->redirect, "https://land.example/bye?state=a%20b");
  EXPECT_TRUE(provider_->is_about(*good, who.session));
  EXPECT_FALSE(provider_->is_about(*good, sign_in().session));
  EXPECT_FALSE(
      begin_out({{"id_token_hint", hint}, {"post_logout_redirect_uri", "https://evil.example/"}}));
  EXPECT_FALSE(begin_out({{"post_logout_redirect_uri", "https://land.example/bye"}}));
  EXPECT_FALSE(begin_out({{"id_token_hint", hint}, {"client_id", "tax-office"}}));
  EXPECT_FALSE(begin_out({{"id_token_hint", TestKey{}.sign({{"iss", issuer}})}}));
  const auto nobody = begin_out({});
  ASSERT_TRUE(nobody);
  EXPECT_FALSE(provider_->is_about(*nobody, who.session));
}

TEST_F(ProviderTest, ChangesItsKeyAfterNoticeAndKeepsTheOldOneInSight) {
  store::Workers workers(db_.database(), clock_);
  provider_->work_in(workers);
  const auto kids = [&] {
    std::set<std::string> all;
    for (const Json& key : find(provider_->published_keys().value(), "keys")->as_array())
      all.insert(string_or(key, "kid"));
    return all;
  };
  const auto before = kids();
  EXPECT_EQ(before.size(), 2u);
  EXPECT_EQ(provider_->rotate_signing_key().error().code, "announced_lately");
  const Answer old = exchange(code(), holder_);
  clock_.advance(days{91});
  ASSERT_TRUE(workers.run_due());
  clock_.advance(seconds{11});
  EXPECT_EQ(kids().size(), 3u);
  EXPECT_TRUE(std::ranges::includes(kids(), before));
  (void)id_token_of(old);  // still verifies
  clock_.advance(days{8});
  ASSERT_TRUE(workers.run_due());
  clock_.advance(seconds{11});
  EXPECT_EQ(kids().size(), 2u);
  const auto again = open();  // another node: the same keys
  EXPECT_EQ(again->published_keys().value(), provider_->published_keys().value());
}

TEST_F(ProviderTest, SaysWhatItCan) {
  const Json json = provider_->discovery();
  EXPECT_EQ(string_or(json, "issuer"), issuer);
  EXPECT_EQ(string_or(json, "token_endpoint"), "https://minben.example/openid/token");
  EXPECT_EQ(string_or(*find(json, "mtls_endpoint_aliases"), "token_endpoint"),
            "https://mtls.minben.example/openid/token");
  EXPECT_FALSE(write_json(json).contains("RS256"));
  EXPECT_FALSE(write_json(json).contains("none\"]"));
}

}  // namespace
}  // namespace minben::openid
