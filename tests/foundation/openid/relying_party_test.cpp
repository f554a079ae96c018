#include "openid/relying_party.hpp"

#include <gtest/gtest.h>

#include "openid/rp_id_token.hpp"
#include "support/database.hpp"
#include "support/log.hpp"

namespace minben::openid {
namespace {

constexpr std::string_view issuer = "https://op.example";
constexpr std::string_view back = "https://minben.example/en/sign-in/with/egov/callback";

/// A provider with all its endpoints, on the test's clock; what it says can be bent.
struct Provider {
  const Clock& clock;
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::p256);
  trust::SigningKey other = trust::SigningKey::generate(trust::KeyType::p256);
  JsonObject metadata{{"issuer", issuer},
                      {"authorization_endpoint", "https://op.example/authorize"},
                      {"token_endpoint", "https://op.example/token"},
                      {"jwks_uri", "https://op.example/keys"},
                      {"authorization_response_iss_parameter_supported", true}};
  std::vector<trust::Jwk> published{trust::Jwk::of(key.verify_key(), "ES256", "one")};
  std::string nonce{};
  std::string challenge{};
  std::function<void(JsonObject& claims)> bend = [](JsonObject&) {};
  std::function<std::string(std::string)> replace = [](std::string token) { return token; };
  std::optional<trust::Jwk> signing{};  ///< instead of the first key
  bool down = false;
  int asked_for_keys = 0;
  std::vector<net::ClientRequest> token_requests{};

  std::string id_token() {
    const auto now = std::chrono::floor<seconds>(clock.now()).time_since_epoch().count();
    JsonObject claims{{"iss", issuer},   {"sub", "248289761001"},
                      {"aud", "minben"}, {"nonce", nonce},
                      {"iat", now},      {"exp", now + 300},
                      {"acr", "loa-3"},  {"amr", JsonArray{"pwd", "otp"}}};
    bend(claims);
    const trust::Jwk by = signing ? *signing : trust::Jwk::of(key, "ES256", "one");
    return replace(*trust::make_jws(as_bytes(write_json(claims)), by, "ES256"));
  }
  static net::ClientResponse json(const Json& body, int status = 200) {
    return {status, {}, write_json(body), ""};
  }
  net::ClientResponse token(const net::ClientRequest& request) {
    token_requests.push_back(request);
    const auto form = net::parse_urlencoded(request.body);
    if (form->get("code") != "good") return json(JsonObject{{"error", "invalid_grant"}}, 400);
    if (base64url_encode(sha256(form->get("code_verifier"))) != challenge)
      return json(JsonObject{{"error", "invalid_grant"}}, 400);
    return json(
        JsonObject{{"access_token", "at"}, {"token_type", "Bearer"}, {"id_token", id_token()}});
  }
  Result<net::ClientResponse> answer(const net::ClientRequest& request) {
    if (down) return fail(Kind::unavailable, "connect_failed");
    if (request.url == "https://op.example/.well-known/openid-configuration") return json(metadata);
    if (request.url == "https://op.example/token") return token(request);
    if (request.url == "https://op.example/keys") {
      ++asked_for_keys;
      JsonArray keys;
      for (const trust::Jwk& each : published) keys.emplace_back(each.public_json());
      return json(JsonObject{{"keys", std::move(keys)}});
    }
    return net::ClientResponse{404, {}, "", ""};
  }
};

class RelyingPartyTest : public testing::Test {
 protected:
  static OutsideProvider settings() {
    OutsideProvider out;
    out.id = "egov";
    out.name = {"我的E政府", "e-Gov"};
    out.issuer = issuer;
    out.client_id = "minben";
    out.levels = {{"loa-3", {2, 2, 0}}};
    return out;
  }
  Departure leave(std::optional<seconds> max_age = {}) {
    const auto gone = party_.leave({"egov", back, "/en/cases", Language::en, max_age});
    EXPECT_TRUE(gone) << describe(gone.error());
    const auto query = net::parse_urlencoded(gone->url.substr(gone->url.find('?') + 1));
    EXPECT_EQ(query->get("code_challenge_method"), "S256");
    provider_.nonce = query->get("nonce");
    provider_.challenge = query->get("code_challenge");
    state_ = query->get("state");
    return *gone;
  }
  net::Form brought(std::string_view code = "good") const {
    net::Form form;
    form.add("code", std::string(code));
    form.add("state", state_);
    form.add("iss", std::string(issuer));
    return form;
  }
  Result<Arrival> arrive(const Departure& gone) {
    return party_.arrive("egov", back, brought(), gone.ticket);
  }
  /// Of a whole sign-in whose token says something else: what was wrong with it.
  std::string refused(std::function<void(JsonObject&)> bend, std::optional<seconds> max_age = {}) {
    const Departure gone = leave(max_age);
    provider_.bend = std::move(bend);
    const auto arrived = arrive(gone);
    provider_.bend = [](JsonObject&) {};
    if (arrived) return "taken";
    return arrived.error().code == "id_token_refused" ? arrived.error().field
                                                      : arrived.error().code;
  }

  VirtualClock clock_{*parse_instant("2026-11-30T00:00:00Z")};
  SystemRandom random_;
  test::TestDatabase db_{clock_, {keys::migrations()}};
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  Provider provider_{clock_};
  RelyingPartyParts parts() {
    return {clock_, random_, *keys_, trust::SigningKey::generate(trust::KeyType::p256),
            [this](const net::ClientRequest& request) { return provider_.answer(request); }};
  }
  RelyingParty party_{parts(), {settings()}};
  std::string state_;
};

TEST_F(RelyingPartyTest, SomebodyWhoComesBackIsKnownByIssuerAndSubject) {
  const Departure gone = leave();
  EXPECT_TRUE(gone.url.starts_with("https://op.example/authorize?"));
  const auto arrived = arrive(gone);
  ASSERT_TRUE(arrived) << describe(arrived.error());
  EXPECT_EQ(arrived->proof.method, identity::method::openid);
  EXPECT_EQ(arrived->proof.issuer, issuer);
  EXPECT_EQ(arrived->proof.subject, "248289761001");
  EXPECT_EQ(arrived->proof.levels, (identity::Levels{2, 2, 2}));
  EXPECT_EQ(arrived->proof.amr, (std::vector<std::string>{"pwd", "otp"}));
  EXPECT_EQ(arrived->return_to, "/en/cases");
}

TEST_F(RelyingPartyTest, ShowsItselfWithASignedAssertionForTheIssuerThatLivesAMinute) {
  ASSERT_TRUE(arrive(leave()));
  const auto form = net::parse_urlencoded(provider_.token_requests.front().body);
  const auto keys = trust::JwkSet::parse(party_.keys());
  ASSERT_TRUE(keys) << describe(keys.error());
  constexpr std::string_view es256[] = {"ES256"};
  const auto assertion = trust::open_jws(form->get("client_assertion"), *keys, es256);
  ASSERT_TRUE(assertion) << describe(assertion.error());
  const Json claims = *parse_json(as_text(assertion->payload));
  EXPECT_EQ(string_or(claims, "aud"), issuer);
  EXPECT_EQ(string_or(claims, "iss"), "minben");
  EXPECT_EQ(*get_integer(claims, "exp") - *get_integer(claims, "iat"), 60);
}

TEST_F(RelyingPartyTest, AnIdTokenThatSaysSomethingElseIsRefused) {
  const auto set = [](std::string_view name, const Json& value) {
    return [=](JsonObject& claims) { claims[name] = value; };
  };
  const auto without = [](std::string_view name) {
    return [=](JsonObject& claims) { claims.erase(name); };
  };
  const auto now = std::chrono::floor<seconds>(clock_.now()).time_since_epoch().count();
  EXPECT_EQ(refused(set("iss", "https://other.example")), "iss");
  EXPECT_EQ(refused(set("iss", "https://op.example/")), "iss");
  EXPECT_EQ(refused(without("iss")), "iss");
  EXPECT_EQ(refused(set("aud", "another")), "aud");
  EXPECT_EQ(refused(set("aud", JsonArray{"another"})), "aud");
  EXPECT_EQ(refused(set("aud", JsonArray{})), "aud");
  EXPECT_EQ(refused(set("aud", JsonArray{"minben", 7})), "aud");
  EXPECT_EQ(refused(without("aud")), "aud");
  EXPECT_EQ(refused(set("aud", JsonArray{"minben"})), "taken");
  EXPECT_EQ(refused(set("aud", JsonArray{"minben", "another"})), "azp");
  EXPECT_EQ(refused(set("azp", "another")), "azp");
  EXPECT_EQ(refused(set("nonce", "of-another-sign-in")), "nonce");
  EXPECT_EQ(refused(without("nonce")), "nonce");
  EXPECT_EQ(refused(set("exp", now - 60)), "exp");
  EXPECT_EQ(refused(set("exp", "tomorrow")), "exp");
  EXPECT_EQ(refused(without("exp")), "exp");
  EXPECT_EQ(refused(set("iat", now + 61)), "iat");
  EXPECT_EQ(refused(without("iat")), "iat");
  EXPECT_EQ(refused(set("nbf", now + 61)), "nbf");
  EXPECT_EQ(refused(set("sub", "")), "sub");
  EXPECT_EQ(refused(set("sub", Json(std::string(256, 'a')))), "sub");
  EXPECT_EQ(refused(set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")), "at_hash");
  EXPECT_EQ(refused(set("acr", "unheard-of")), "taken");
}

TEST_F(RelyingPartyTest, MaxAgeThatWasAskedForIsHeld) {
  const auto now = std::chrono::floor<seconds>(clock_.now()).time_since_epoch().count();
  EXPECT_EQ(refused([](JsonObject&) {}, seconds{300}), "auth_time");
  EXPECT_EQ(refused([=](JsonObject& claims) { claims["auth_time"] = now - 361; }, seconds{300}),
            "auth_time");
  EXPECT_EQ(refused([=](JsonObject& claims) { claims["auth_time"] = now - 300; }, seconds{300}),
            "taken");
}

TEST_F(RelyingPartyTest, AsksForTheLevelAndTheFreshnessThatAnActNeeds) {
  const auto asked = [](OutsideProvider provider, const RelyingParty& party, int authenticator,
                        std::optional<seconds> max_age) {
    const auto gone =
        party.leave({provider.id, back, "/en/cases", Language::en, max_age, authenticator});
    EXPECT_TRUE(gone) << describe(gone.error());
    const auto query = net::parse_urlencoded(gone->url.substr(gone->url.find('?') + 1));
    return fmt::format("{}|{}", query->get("acr_values"), query->get("max_age"));
  };
  OutsideProvider some = settings();
  some.acr_values = {"loa-3", "loa-1"};
  const RelyingParty party(parts(), {some});
  EXPECT_EQ(asked(some, party, 0, {}), "loa-3 loa-1|");
  EXPECT_EQ(asked(some, party, 2, seconds{0}), "loa-3|0");
  EXPECT_EQ(asked(some, party, 3, {}), "loa-3 loa-1|") << "none reaches it: the provider's best";
}

TEST_F(RelyingPartyTest, OnlyTheProvidersSignatureCounts) {
  Departure gone = leave();
  provider_.replace = [](std::string token) {
    const std::string header = base64url_encode(as_bytes(R"({"alg":"none"})"));
    const std::string body = token.substr(token.find('.') + 1);
    return header + "." + body.substr(0, body.find('.') + 1);
  };
  EXPECT_EQ(arrive(gone).error().field, "alg");
  // The public key as a secret: what a confused verifier would take.
  provider_.replace = [this](std::string) {
    const auto pem = provider_.key.verify_key().pem();
    const auto secret = trust::Jwk::secret(as_bytes(pem), "HS256", "one");
    return *trust::make_jws(as_bytes("{}"), secret, "HS256");
  };
  gone = leave();
  EXPECT_EQ(arrive(gone).error().field, "alg");
  provider_.replace = [](std::string token) { return token; };
  provider_.signing = trust::Jwk::of(provider_.other, "ES256", "one");
  gone = leave();
  EXPECT_EQ(arrive(gone).error().detail, "signature_invalid");
}

TEST_F(RelyingPartyTest, NewKeysAreAskedForOnceAndOldOnesAreForgotten) {
  ASSERT_TRUE(arrive(leave()));
  EXPECT_EQ(provider_.asked_for_keys, 1);
  // The provider changes its key: the first who brings a token of it makes us look again.
  provider_.published = {trust::Jwk::of(provider_.other.verify_key(), "ES256", "two")};
  provider_.signing = trust::Jwk::of(provider_.other, "ES256", "two");
  clock_.advance(seconds{30});
  ASSERT_TRUE(arrive(leave()));
  EXPECT_EQ(provider_.asked_for_keys, 2);
  provider_.signing = trust::Jwk::of(provider_.key, "ES256", "one");
  EXPECT_EQ(arrive(leave()).error().field, "kid");  // and not asked again within half a minute
  EXPECT_EQ(provider_.asked_for_keys, 2);
  clock_.advance(seconds{30});
  EXPECT_EQ(arrive(leave()).error().field, "kid");
  EXPECT_EQ(provider_.asked_for_keys, 3);
}

TEST_F(RelyingPartyTest, ATokenThatDoesNotSayWhichOfSeveralKeysIsRefused) {
  provider_.published.push_back(trust::Jwk::of(provider_.other.verify_key(), "ES256", "two"));
  provider_.replace = [this](std::string token) {
    const std::string header = base64url_encode(as_bytes(R"({"alg":"ES256"})"));
    const auto body_at = token.find('.') + 1;
    const std::string input = header + "." + token.substr(body_at, token.rfind('.') - body_at);
    return input + "." + base64url_encode(provider_.key.sign(as_bytes(input)));
  };
  EXPECT_EQ(arrive(leave()).error().field, "kid");
  provider_.published.pop_back();
  clock_.advance(hours{1});
  EXPECT_TRUE(arrive(leave()));  // with one key there is no doubt
}

TEST_F(RelyingPartyTest, AnAnswerBelongsToTheBrowserTheProviderAndTheTimeItWasAskedIn) {
  const Departure gone = leave();
  const auto with = [&](std::string_view name, std::string_view value) {
    net::Form form;
    for (const auto& [key, old] : brought().fields())
      form.add(key, key == name ? std::string(value) : old);
    return party_.arrive("egov", back, form, gone.ticket).error().code;
  };
  EXPECT_EQ(with("state", "of-another-browser"), "state_differs");
  EXPECT_EQ(with("iss", "https://other.example"), "issuer_differs");
  EXPECT_EQ(with("code", "stolen"), "provider_refused");
  net::Form without_issuer;
  without_issuer.add("code", "good");
  without_issuer.add("state", state_);
  EXPECT_EQ(party_.arrive("egov", back, without_issuer, gone.ticket).error().code,
            "issuer_differs");
  net::Form twice = brought();
  twice.add("code", "good");
  EXPECT_EQ(party_.arrive("egov", back, twice, gone.ticket).error().code, "state_differs");
  EXPECT_EQ(party_.arrive("egov", back, brought(), "").error().code, "no_ticket");
  std::string altered = gone.ticket;
  altered[20] = altered[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(party_.arrive("egov", back, brought(), altered).error().code, "no_ticket");
  const Departure fresh = leave();
  EXPECT_TRUE(arrive(fresh));
}

TEST_F(RelyingPartyTest, WhatIsRefusedIsLoggedWithoutSecrets) {
  const test::CapturedLog log;
  const Departure gone = leave();
  net::Form mixed = brought("code-of-another-provider");
  net::Form from_elsewhere;
  for (const auto& [name, value] : mixed.fields())
    from_elsewhere.add(name, name == "iss" ? "https://evil.example" : value);
  EXPECT_EQ(party_.arrive("egov", back, from_elsewhere, gone.ticket).error().code,
            "issuer_differs");
  EXPECT_EQ(party_.arrive("egov", back, mixed, "").error().code, "no_ticket");
  net::Form forged;
  forged.add("code", "planted-code");
  forged.add("state", "planted-state");
  forged.add("iss", std::string(issuer));
  EXPECT_EQ(party_.arrive("egov", back, forged, gone.ticket).error().code, "state_differs");
  for (const std::string_view why : {"issuer_differs", "no_ticket", "state_differs"})
    EXPECT_TRUE(log.says(why)) << why;
  for (const std::string_view secret :
       {std::string_view(gone.ticket), std::string_view(state_),
        std::string_view("code-of-another"), std::string_view("planted"), std::string_view("evil")})
    EXPECT_FALSE(log.says(secret)) << secret;
}

TEST_F(RelyingPartyTest, ATicketIsTooOldAfterTenMinutes) {
  const Departure gone = leave();
  clock_.advance(seconds{599});
  EXPECT_TRUE(arrive(gone));
  clock_.advance(seconds{1});
  EXPECT_EQ(arrive(gone).error().code, "no_ticket");
}

TEST_F(RelyingPartyTest, WhatTheProviderSaysInsteadIsTold) {
  const auto with_error = [&](std::string_view error) {
    const Departure gone = leave();
    net::Form form;
    form.add("error", std::string(error));
    form.add("state", state_);
    form.add("iss", std::string(issuer));
    return party_.arrive("egov", back, form, gone.ticket).error();
  };
  EXPECT_EQ(with_error("access_denied").code, "provider_denied");
  EXPECT_EQ(with_error("login_required").detail, "login_required");
  EXPECT_EQ(with_error("<script>").detail, "unnamed error");
  provider_.down = true;
  const Departure gone = leave();  // its metadata is known still
  EXPECT_EQ(arrive(gone).error().code, "provider_unreachable");
  clock_.advance(hours{1});
  EXPECT_EQ(party_.leave({"egov", back, "/", Language::en}).error().code, "provider_unreachable");
  EXPECT_EQ(party_.leave({"other", back, "/", Language::en}).error().code, "no_such_provider");
}

TEST_F(RelyingPartyTest, MetadataOfAnotherIssuerOrWithUnsafeAddressesIsRefused) {
  const auto why = [&](std::string_view name, Json value) {
    clock_.advance(hours{1});
    const JsonObject before = provider_.metadata;
    provider_.metadata[name] = std::move(value);
    const auto gone = party_.leave({"egov", back, "/", Language::en});
    provider_.metadata = before;
    return gone ? "taken" : gone.error().field;
  };
  EXPECT_EQ(why("issuer", "https://other.example"), "issuer");
  EXPECT_EQ(why("token_endpoint", "http://op.example/token"), "token_endpoint");
  EXPECT_EQ(why("token_endpoint", "http://localhost.evil.example/token"), "token_endpoint");
  EXPECT_EQ(why("authorization_endpoint", "https://me@op.example/"), "authorization_endpoint");
  EXPECT_EQ(why("jwks_uri", "file:///etc/passwd"), "jwks_uri");
  EXPECT_EQ(why("token_endpoint", "http://localhost:8080/token"), "taken");
}

TEST_F(RelyingPartyTest, AProofWaitsSealedForTenMinutesAndIsNoTicket) {
  const auto arrived = arrive(leave());
  ASSERT_TRUE(arrived);
  const std::string held = party_.hold(arrived->proof);
  const auto proof = party_.held(held);
  ASSERT_TRUE(proof) << describe(proof.error());
  EXPECT_EQ(proof->subject, arrived->proof.subject);
  EXPECT_EQ(proof->levels, arrived->proof.levels);
  EXPECT_EQ(proof->amr, arrived->proof.amr);
  EXPECT_EQ(party_.held(leave().ticket).error().code, "no_ticket");
  EXPECT_EQ(party_.arrive("egov", back, brought(), held).error().code, "no_ticket");
  clock_.advance(seconds{600});
  EXPECT_EQ(party_.held(held).error().code, "no_ticket");
}

TEST(OutsideProvider, ItsSettingsAreCheckedByName) {
  OutsideProvider good;
  good.id = "egov";
  good.issuer = "https://op.example";
  good.client_id = "minben";
  EXPECT_TRUE(check_provider(good));
  const auto field = [&](auto change) {
    OutsideProvider bad = good;
    change(bad);
    const auto checked = check_provider(bad);
    return checked ? "taken" : checked.error().field;
  };
  EXPECT_EQ(field([](auto& p) { p.id = "../x"; }), "id");
  EXPECT_EQ(field([](auto& p) { p.issuer = "http://op.example"; }), "issuer");
  EXPECT_EQ(field([](auto& p) { p.client_id = ""; }), "client_id");
  EXPECT_EQ(field([](auto& p) { p.scopes = {"email"}; }), "scopes");
  EXPECT_EQ(field([](auto& p) { p.algorithms = {"none"}; }), "algorithms");
  EXPECT_EQ(field([](auto& p) { p.algorithms = {"HS256"}; }), "algorithms");
  EXPECT_EQ(field([](auto& p) { p.authentication = OutsideAuthentication::client_secret_basic; }),
            "secret");
}

}  // namespace
}  // namespace minben::openid
