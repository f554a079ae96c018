#pragma once
// The provider over real HTTP, on a virtual clock, with one client and one person.
#include <deque>
#include <mutex>

#include "fixture.hpp"
#include "ledger/ledger.hpp"
#include "net/outside.hpp"

namespace minben::openid {

inline constexpr net::Access machine{"machine"};
inline constexpr std::string_view assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

struct Answer {
  int status = 0;
  Json json;
  std::string error, nonce;
};

class ProviderTest : public testing::Test {
 protected:
  VirtualClock clock_{parse_instant("2026-11-30T08:00:00Z").value()};
  SystemRandom random_;
  test::TestDatabase db_{
      clock_, {keys::migrations(), ledger::migrations(), identity::migrations(), migrations()}};
  std::unique_ptr<keys::Keys> keys_ =
      *keys::Keys::open(db_.database(), clock_, random_, std::make_shared<trust::KeyRing>());
  identity::Identity identity_{db_.database(), clock_, random_, *keys_, {}};
  std::vector<net::ClientRequest> fetched_;
  std::deque<Result<net::ClientResponse>> answers_;
  std::unique_ptr<Provider> provider_ = open();
  Clients clients_{db_.database(), clock_};
  TestKey land_, holder_;
  PersonId person_ = add_person();
  std::unique_ptr<net::Server> server_;
  net::Client http_{net::ClientConfig{}};
  std::string base_;

  ProviderTest() {
    put(metadata(land_));
    serve();
  }
  void serve() {
    server_ = net::Server::start({}, provider_->routes(machine, issuer), {}).value();
    base_ = fmt::format("http://127.0.0.1:{}", server_->port());
  }
  void put(const JsonObject& json) { ASSERT_TRUE(clients_.put(client_of(json))); }

  std::unique_ptr<Provider> open(Config config = {}) {
    config.issuer = issuer;
    config.mtls_base = "https://mtls.minben.example";
    auto opened = Provider::open(
        {db_.database(), clock_, random_, *keys_, identity_,
         [this](const net::ClientRequest& request) {
           fetched_.push_back(request);
           if (answers_.empty())
             return Result<net::ClientResponse>(fail(Kind::unavailable, "connect_failed"));
           auto answer = std::move(answers_.front());
           answers_.pop_front();
           return answer;
         }},
        std::move(config));
    if (!opened) ADD_FAILURE() << describe(opened.error());
    return std::move(opened).value();
  }
  PersonId add_person() {
    identity::Profile profile;
    profile.name = "林美";
    profile.email = "lin@example.test";
    return *db_->transact(
        [&](store::Transaction& tx) { return identity_.add_person(tx, profile); });
  }
  [[nodiscard]] std::int64_t in(seconds from_now) const {
    return std::chrono::floor<seconds>(clock_.now() + from_now).time_since_epoch().count();
  }
  std::string assertion(const TestKey& key, std::string_view id = "land-office") {
    return key.sign({{"iss", id},
                     {"sub", id},
                     {"aud", issuer},
                     {"jti", random_.token()},
                     {"exp", in(seconds{60})}});
  }
  std::string proof(const TestKey& key, std::string_view path, std::string_view nonce,
                    std::string_view token = {}, std::string_view method = "POST") {
    JsonObject claims{{"htm", method},
                      {"htu", std::string(issuer) + std::string(path)},
                      {"iat", in({})},
                      {"jti", random_.token()},
                      {"nonce", nonce}};
    if (!token.empty()) claims["ath"] = base64url_encode(sha256(token));
    return key.sign(claims, {{"typ", "dpop+jwt"}, {"jwk", key.jwk.public_json()}});
  }

  using Fields = std::vector<std::pair<std::string, std::string>>;
  Answer post(std::string_view path, const Fields& fields, const std::string& dpop = {}) {
    net::ClientRequest request{.method = net::Method::post, .url = base_ + std::string(path)};
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    if (!dpop.empty()) request.headers.set("DPoP", dpop);
    request.body = net::write_urlencoded(fields);
    return read(http_.send(request));
  }
  static Answer read(const Result<net::ClientResponse>& response) {
    EXPECT_TRUE(response) << describe(response.error());
    Answer answer;
    answer.status = response->status;
    if (auto json = parse_json(response->body)) answer.json = *json;
    answer.error = string_or(answer.json, "error");
    answer.nonce = response->headers.get("DPoP-Nonce");
    return answer;
  }
  Fields proven(Fields fields, const TestKey& key, std::string_view id = "land-office") {
    fields.emplace_back("client_assertion_type", assertion_type);
    fields.emplace_back("client_assertion", assertion(key, id));
    return fields;
  }
  std::string nonce() {
    return post("/openid/token", proven({{"grant_type", "refresh_token"}}, land_),
                proof(holder_, "/openid/token", ""))
        .nonce;
  }
  static Fields request_fields() {
    return {{"response_type", "code"},
            {"redirect_uri", std::string(callback)},
            {"scope", "openid email offline_access"},
            {"state", "st"},
            {"nonce", "no"},
            {"code_challenge", base64url_encode(sha256(verifier))},
            {"code_challenge_method", "S256"}};
  }
  std::string push(Fields fields = request_fields()) {
    const Answer answer = post("/openid/par", proven(std::move(fields), land_));
    EXPECT_EQ(answer.status, 201) << write_json(answer.json);
    return string_or(answer.json, "request_uri");
  }
  Interaction begin(const std::string& request_uri) {
    const auto parameters =
        Parameters::read(form_of({{"client_id", "land-office"}, {"request_uri", request_uri}}));
    const auto begun = provider_->begin(*parameters);
    if (!begun) ADD_FAILURE() << describe(begun.error());
    return provider_->interaction(std::get<Provider::Begun>(*begun).token).value();
  }
  SignIn sign_in(identity::Assurance assurance = identity::Assurance::substantial) {
    const auto session = identity_.sign_in_unchecked(person_, assurance).value().session;
    return {person_, session.id, assurance, {"hwk", "user"}, session.signed_in_at};
  }
  /// The code for one who agrees.
  std::string code() {
    const auto location = provider_->allow(begin(push()), sign_in());
    EXPECT_TRUE(location) << describe(location.error());
    return code_in(*location);
  }
  static std::string code_in(const std::string& location) {
    const auto at = location.find("code=") + 5;
    return location.substr(at, location.find('&', at) - at);
  }
  Answer exchange(const std::string& code, const TestKey& key, std::string_view with = verifier) {
    return post("/openid/token",
                proven({{"grant_type", "authorization_code"},
                        {"code", code},
                        {"redirect_uri", std::string(callback)},
                        {"code_verifier", std::string(with)}},
                       land_),
                proof(key, "/openid/token", nonce()));
  }
  Answer refresh(const std::string& token, const TestKey& key) {
    return post("/openid/token",
                proven({{"grant_type", "refresh_token"}, {"refresh_token", token}}, land_),
                proof(key, "/openid/token", nonce()));
  }
  bool active(const std::string& token) {
    const Answer answer = post("/openid/introspect", proven({{"token", token}}, land_));
    EXPECT_EQ(answer.status, 200) << write_json(answer.json);
    return get_bool(answer.json, "active").value_or(false);
  }
  Json id_token_of(const Answer& answer) {
    constexpr std::array<std::string_view, 1> es256{"ES256"};
    const auto keys = trust::JwkSet::parse(provider_->published_keys().value());
    const auto jws = trust::open_jws(string_or(answer.json, "id_token"), *keys, es256);
    EXPECT_TRUE(jws) << describe(jws.error());
    return parse_json(as_text(jws->payload)).value();
  }
};

}  // namespace minben::openid
