#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "country.hpp"
#include "ledger/ledger.hpp"
#include "exchange/message.hpp"

namespace minben::gateway::test {
namespace {

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() : clock(SystemClock().now()), country(clock) {
    for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  }
  Json status(const std::string& member) {
    const auto answer = net::Client({}).send(
        {.url = fmt::format("http://127.0.0.1:{}/status", country.client_ports[member])});
    return parse_json(answer.value().body).value();
  }
  VirtualClock clock;
  Country country;
};

TEST_F(GatewayTest, AnswersUnderConsentWithTheConsentedFieldsAndRecordsTheUse) {
  const auto consumer = country.consumer();
  const auto answer = consumer->call(country.residence_request());
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, R"({"name":"林大文","expiry":"2027-01-01"})");
  EXPECT_EQ(answer->exchange_id, "x-5");
  ASSERT_TRUE(country.platform.wait_for(1));
  const UsageRecord record = country.platform.records().begin()->second;
  EXPECT_EQ(record.consumer, subsystem("wda", "casework"));
  EXPECT_EQ(record.service, residence());
  EXPECT_EQ(record.person, minben::to_string(country.person));
  EXPECT_EQ(record.consent, "consent-7");
  EXPECT_EQ(record.case_id, "case-9");
  EXPECT_EQ(record.user, "officer-3");
  EXPECT_EQ(record.fields, (std::vector<std::string>{"expiry", "name"}));
  EXPECT_EQ(record.request_hash, answer->request_hash);
  EXPECT_EQ(record.response_sha256, hex_encode(sha256(answer->body)));
  EXPECT_EQ(find(status("nia"), "ledger")->at("size"), 1);
}

TEST_F(GatewayTest, WritesByLawWithTheBodyUnderTheSignature) {
  const auto consumer = country.consumer("boca");
  const auto answer = consumer->call({.service = cards(),
                                      .method = net::Method::put,
                                      .path = "/123",
                                      .body = R"({"a":1})",
                                      .purpose = "issue",
                                      .person = minben::to_string(country.person)});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, R"({"stored":true})");
  ASSERT_TRUE(country.platform.wait_for(1));
  const UsageRecord record = country.platform.records().begin()->second;
  EXPECT_EQ(record.basis, Basis::law);
  EXPECT_EQ(record.legal_basis, "入出國及移民法 §22");
}

TEST_F(GatewayTest, RefusesWhatNoRuleOrConsentAllowsAndAsksNoRegister) {
  const auto code = [&](ExchangeRequest request, const char* member = "wda") {
    const auto answer = country.consumer(member)->call(request);
    return answer ? std::string("answered") : answer.error().code;
  };
  ExchangeRequest request = country.residence_request();
  request.consent.clear();
  EXPECT_EQ(code(request), "consent_missing");
  request = country.residence_request();
  request.path = "/AC07654321";
  EXPECT_EQ(code(request), "consent_mismatch");
  request = country.residence_request();
  request.purpose = "curiosity";
  EXPECT_EQ(code(request), "purpose_not_allowed");
  EXPECT_EQ(code(country.residence_request(), "boca"), "access_denied");
  request = country.residence_request();
  request.service.service = "nothing";
  EXPECT_EQ(code(request), "unknown_service");
  request = country.residence_request();
  request.path = "/x/%2e%2e/secret";
  EXPECT_EQ(code(request), "gateway_refused");
  request = country.residence_request();
  clock.advance(seconds(61));
  EXPECT_EQ(code(request), "consent_expired");
  EXPECT_EQ(country.nia_register.calls(), 0);
  EXPECT_EQ(country.gateway("nia").deliver(), 0u);
  EXPECT_TRUE(country.platform.records().empty());
}

TEST_F(GatewayTest, InformationSystemsNeedTheirToken) {
  ConsumerConfig config = country.consumer_config("wda", "casework");
  config.token = country.prepared.tokens.at("wda/register");
  EXPECT_EQ(Consumer(config).call(country.residence_request()).error().code, "client_not_known");
  config.token.clear();
  EXPECT_EQ(Consumer(config).call(country.residence_request()).error().code, "client_not_known");
  config.subsystem = subsystem("boca", "casework");
  config.token = country.prepared.tokens.at("boca/casework");
  EXPECT_EQ(Consumer(config).call(country.residence_request()).error().code, "client_not_known");
}

TEST_F(GatewayTest, RegistersErrorsPassWithoutPersonalData) {
  ExchangeRequest request{.service = cards(), .path = "/missing", .purpose = "issue"};
  const auto missing = country.consumer("boca")->call(request);
  ASSERT_TRUE(missing) << describe(missing.error());
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->body, R"({"title":"unknown"})");
  request.path = "/text";
  EXPECT_EQ(country.consumer("boca")->call(request).error().code, "answer_not_minimisable");
  country.nia_register.stop();
  request.path = "/1";
  EXPECT_EQ(country.consumer("boca")->call(request).error().code, "register_unreachable");
  country.stop("nia");
  EXPECT_EQ(country.consumer("boca")->call(request).error().code, "provider_unreachable");
  country.stop("boca");
  EXPECT_EQ(country.consumer("boca")->call(request).error().code, "gateway_unreachable");
}

TEST_F(GatewayTest, KeepsRecordsWhileThePlatformIsAwayAndDeliversEachOnce) {
  country.platform.refuse(true);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(country.consumer()->call(country.residence_request()));
  EXPECT_EQ(country.gateway("nia").deliver(), 5u);
  country.stop("nia");
  country.platform.refuse(false);
  country.start("nia");
  EXPECT_TRUE(country.platform.wait_for(5));
  for (int i = 0; i < 100 && country.gateway("nia").deliver() > 0; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(country.platform.records().size(), 5u);
  EXPECT_EQ(find(status("nia"), "usage")->at("waiting"), 0);
  EXPECT_EQ(find(status("nia"), "ledger")->at("size"), 5);
}

TEST_F(GatewayTest, OlderForgedAndExpiredConfigurationsAreRefused) {
  std::ifstream in(country.prepared.configuration_file);
  const std::string first(std::istreambuf_iterator<char>(in), {});
  country.prepare_again();
  Gateway& nia = country.gateway("nia");
  ASSERT_TRUE(nia.refresh());
  EXPECT_EQ(find(status("nia"), "configuration")->at("version"), 2);
  const auto replace = [&](const std::string& text) {
    std::ofstream(country.prepared.configuration_file) << text;
  };
  replace(first);
  EXPECT_EQ(nia.refresh().error().code, "configuration_older");
  replace(sign_configuration(country.prepared.configuration, country.platform_key).value());
  EXPECT_EQ(nia.refresh().error().code, "configuration_forged");
  EXPECT_EQ(find(status("nia"), "configuration")->at("version"), 2);
  // The cache remembers: an older one does not come back by a restart either.
  replace(first);
  country.stop("nia");
  country.start("nia");
  EXPECT_EQ(find(status("nia"), "configuration")->at("version"), 2);
  clock.advance(days(31));
  EXPECT_EQ(country.consumer()->call(country.residence_request()).error().code,
            "configuration_expired");
}

/// A peer that has wda's keys and says whatever it likes to nia's gateway.
class PeerTest : public GatewayTest {
 protected:
  PeerTest()
      : key(trust::SigningKey::load(country.home("wda") / "signing.key.pem").value()),
        client(peer("wda")) {}

  std::unique_ptr<net::Client> peer(const std::string& member) {
    return std::make_unique<net::Client>(net::ClientConfig{
        .tls =
            net::TlsConfig{
                country.home(member) / "tls.pem", country.home(member) / "tls.key.pem", {}},
        .server_ca_pem = country.home("wda") / "state" / "trust-anchor.pem"});
  }
  net::ClientRequest request() {
    net::ClientRequest made{
        .url = fmt::format("https://localhost:{}{}", country.peer_ports["nia"], target)};
    made.headers.add("X-Road-Client", "MINBEN/GOV/wda/casework");
    made.headers.add("Minben-Purpose", "work-permit");
    made.headers.add("Minben-Case", "case-9");
    made.headers.add("Minben-Consent", country.signed_assertion());
    made.headers.add("X-Road-Request-Id", minben::to_string(new_uuid(clock, country.random)));
    return made;
  }
  void sign(net::ClientRequest& made, Instant at) {
    const std::string hash =
        request_hash(made.method, target, forwarded_fields(made.headers), made.body);
    const std::string timestamp = minben::to_string(at);
    made.headers.set("Minben-Timestamp", timestamp);
    made.headers.set("Minben-Signature",
                     base64url_encode(key.sign(as_bytes(request_text(hash, timestamp)))));
  }
  std::string outcome(const net::ClientRequest& made) {
    const auto answer = client->send(made);
    if (!answer) return answer.error().code;
    return answer->status == 200 ? "answered" : std::string(answer->headers.get("X-Road-Error"));
  }

  const std::string target = "/r1/MINBEN/GOV/nia/register/residence/AC01234567";
  trust::SigningKey key;
  std::unique_ptr<net::Client> client;
};

TEST_F(PeerTest, AWellSignedRequestIsAnsweredOnce) {
  net::ClientRequest made = request();
  sign(made, clock.now());
  EXPECT_EQ(outcome(made), "answered");
  EXPECT_EQ(outcome(made), "request_replayed");
  clock.advance(seconds(59));
  EXPECT_EQ(outcome(made), "request_replayed");
  clock.advance(seconds(2));
  EXPECT_EQ(outcome(made), "request_too_old");
  EXPECT_EQ(country.nia_register.calls(), 1);
}

TEST_F(PeerTest, ARestartDoesNotForgetWhatItSaw) {
  net::ClientRequest made = request();
  sign(made, clock.now());
  EXPECT_EQ(outcome(made), "answered");
  clock.advance(seconds(1));
  country.stop("nia");
  country.start("nia");
  EXPECT_EQ(outcome(made), "request_before_start");
  EXPECT_EQ(country.nia_register.calls(), 1);
}

TEST_F(PeerTest, AnythingAlteredAfterSigningIsRefused) {
  const auto altered = [&](auto change) {
    net::ClientRequest made = request();
    sign(made, clock.now());
    change(made);
    return outcome(made);
  };
  EXPECT_EQ(altered([](net::ClientRequest& r) { r.headers.set("Minben-Purpose", "other"); }),
            "signature_invalid");
  EXPECT_EQ(altered([](net::ClientRequest& r) { r.headers.add("Extra", "1"); }),
            "signature_invalid");
  EXPECT_EQ(altered([](net::ClientRequest& r) { r.url += "?all=1"; }), "signature_invalid");
  EXPECT_EQ(altered([](net::ClientRequest& r) { r.body = "{}"; }), "signature_invalid");
  EXPECT_EQ(altered([](net::ClientRequest& r) { r.method = net::Method::del; }),
            "signature_invalid");
  EXPECT_EQ(altered([&](net::ClientRequest& r) {
              r.headers.set("Minben-Timestamp", minben::to_string(clock.now() + seconds(1)));
            }),
            "signature_invalid");
  EXPECT_EQ(altered([](net::ClientRequest& r) { r.headers.set("Minben-Signature", "AAAA"); }),
            "signature_invalid");
  EXPECT_EQ(altered([](net::ClientRequest& r) {
              r.headers.add("X-Road-Client", "MINBEN/GOV/boca/casework");
            }),
            "duplicate_field");
  EXPECT_EQ(country.nia_register.calls(), 0);
}

TEST_F(PeerTest, ReorderedFieldsAreAnotherMessage) {
  net::ClientRequest made = request();
  sign(made, clock.now());
  net::Headers reordered;
  const auto& fields = made.headers.all();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field)
    reordered.add(field->first, field->second);
  made.headers = reordered;
  EXPECT_EQ(outcome(made), "signature_invalid");
}

TEST_F(PeerTest, AMemberSpeaksForItselfOnly) {
  net::ClientRequest made = request();
  sign(made, clock.now());
  client = peer("boca");  // boca's certificate, wda's signed message
  EXPECT_EQ(outcome(made), "signature_invalid");
  client = peer("wda");
  key = trust::SigningKey::load(country.home("boca") / "signing.key.pem").value();
  net::ClientRequest foreign = request();
  sign(foreign, clock.now());
  EXPECT_EQ(outcome(foreign), "signature_invalid");
}

TEST_F(PeerTest, WithoutACertificateOfTheExchangeNothingIsSaid) {
  client = std::make_unique<net::Client>(
      net::ClientConfig{.server_ca_pem = country.home("wda") / "state" / "trust-anchor.pem"});
  net::ClientRequest made = request();
  sign(made, clock.now());
  const std::string refused = outcome(made);
  EXPECT_TRUE(refused == "tls_failed" || refused == "broken") << refused;
}

// A machine in the middle with a certificate of the exchange, but not the provider's.
TEST_F(PeerTest, AnswersOfAnImpostorAreNotBelieved) {
  country.stop("nia");
  net::ServerConfig config;
  config.port = country.peer_ports["nia"];
  config.tls =
      net::TlsConfig{country.home("boca") / "tls.pem", country.home("boca") / "tls.key.pem", {}};
  const auto impostor = net::Server::start(
      config,
      service_routes(
          net::Access{"anyone"}, 1000,
          [](net::Request&) { return net::Response::json(JsonObject{{"name", "forged"}}); }),
      {});
  ASSERT_TRUE(impostor) << describe(impostor.error());
  EXPECT_EQ(country.consumer()->call(country.residence_request()).error().code,
            "provider_not_authentic");
  // Even with the provider's own certificate, an answer without its signature counts for nothing.
  (*impostor)->stop();
  config.tls =
      net::TlsConfig{country.home("nia") / "tls.pem", country.home("nia") / "tls.key.pem", {}};
  const auto half = net::Server::start(
      config,
      service_routes(
          net::Access{"anyone"}, 1000,
          [](net::Request&) { return net::Response::json(JsonObject{{"name", "forged"}}); }),
      {});
  ASSERT_TRUE(half) << describe(half.error());
  EXPECT_EQ(country.consumer()->call(country.residence_request()).error().code,
            "provider_not_authentic");
}

TEST(GatewayStart, SaysWhatIsWrong) {
  const VirtualClock clock(SystemClock().now());
  Country country(clock);
  SystemRandom random;
  GatewayConfig config = read_gateway_config(country.prepared.gateway_configs.at("nia")).value();
  config.signing_key = country.home("wda") / "signing.key.pem";
  EXPECT_EQ(Gateway::start(config, clock, random).error().code, "other_key");
  config = read_gateway_config(country.prepared.gateway_configs.at("nia")).value();
  config.configuration = "/nowhere";
  config.state_directory = country.directory.path() / "fresh";
  EXPECT_EQ(Gateway::start(config, clock, random).error().code, "configuration_unreachable");
  EXPECT_EQ(read_gateway_config("/nowhere").error().code, "gateway_config");
}

TEST(GatewayWitnesses, AgenciesCosignEachOthersLedgersAndThePlatforms) {
  const VirtualClock clock(SystemClock().now());
  Country country(clock);
  const auto log = country.platform_log();
  for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  const auto policy =
      ledger::parse_policy(minben::test::read_file(country.prepared.platform_policy));
  ASSERT_TRUE(policy) << describe(policy.error());
  EXPECT_EQ(policy->witnesses.size(), 3u);
  EXPECT_EQ(policy->groups.front().threshold, 2u);
  ASSERT_TRUE(log->append(as_bytes("entry")));
  ledger::Witnessing witnessing(*log, *policy, net::ClientConfig{});
  auto verdict = witnessing.run_once();
  ASSERT_TRUE(verdict) << describe(verdict.error());
  EXPECT_EQ(verdict->cosigned(), 3u);
  country.stop("nia");
  ASSERT_TRUE(log->append(as_bytes("another")));
  verdict = witnessing.run_once();
  EXPECT_EQ(verdict->cosigned(), 2u);
  EXPECT_TRUE(verdict->quorum);
  country.stop("wda");
  ASSERT_TRUE(log->append(as_bytes("a third")));
  EXPECT_FALSE(witnessing.run_once()->quorum);

  // Each gateway's own ledger is cosigned by the two others, over mutual TLS.
  country.start("nia");
  country.start("wda");
  net::Client client{net::ClientConfig{}};
  const auto witnessed = [&](const std::string& member) {
    const auto url = fmt::format("http://127.0.0.1:{}/status", country.client_ports.at(member));
    const auto status = parse_json(client.send({net::Method::get, url, {}, {}})->body).value();
    return status.at("ledger").at("witnesses").at("cosigned").as_int64();
  };
  for (const char* member : {"nia", "wda", "boca"}) {
    const auto give_up = std::chrono::steady_clock::now() + seconds(20);
    while (witnessed(member) < 2 && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(witnessed(member), 2) << member;
  }
}

TEST(GatewayPrepare, KeepsKeysAndTokens) {
  const VirtualClock clock(SystemClock().now());
  Country country(clock);
  const Prepared before = country.prepared;
  country.prepare_again();
  EXPECT_EQ(country.prepared.tokens, before.tokens);
  EXPECT_EQ(country.prepared.configuration.version, before.configuration.version + 1);
  EXPECT_TRUE(country.prepared.configuration.members[0].gateways[0].signing_key ==
              before.configuration.members[0].gateways[0].signing_key);
  EXPECT_EQ(country.prepared.configuration.trust_anchors, before.configuration.trust_anchors);
}

TEST(GatewayWitnesses, AGatewaysLedgerGoesOnWithANewKeyAndIsWitnessed) {
  const VirtualClock clock(SystemClock().now());
  Country country(clock);
  for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  ASSERT_TRUE(country.consumer()->call(country.residence_request()));
  const auto config = read_gateway_config(country.prepared.gateway_configs.at("nia")).value();
  const std::string vkey = prepare_ledger_key(config).value();
  EXPECT_EQ(prepare_ledger_key(config).value(), vkey) << "once more is the same";
  for (const char* member : {"nia", "wda", "boca"}) country.stop(member);
  country.prepare_again();  // tells the witnesses
  for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  ASSERT_TRUE(country.consumer()->call(country.residence_request()));

  const std::string url = fmt::format("http://127.0.0.1:{}", country.client_ports.at("nia"));
  const auto key_of = [&](const std::string& log) {
    return std::string(trim(net::Client({}).send({.url = url + log + "/vkey"})->body));
  };
  const auto verified = [&](const std::string& log) {
    return ledger::verify_log(*ledger::http_source(url + log, {}).value(), key_of(log), {}).value();
  };
  EXPECT_EQ(key_of("/ledger/2"), vkey);
  const auto first = verified("/ledger"), second = verified("/ledger/2");
  EXPECT_EQ(first.checkpoint.size, 2u) << "the record, and the seal";
  EXPECT_EQ(second.checkpoint.size, 2u) << "the predecessor, and a record";
  const auto key = [](std::string_view text) { return ledger::NoteVerifier::parse(text).value(); };
  EXPECT_TRUE(
      ledger::check_succession(first, key(key_of("/ledger")), second, key(key_of("/ledger/2"))));
  // The end of the first log has its witnesses too.
  const auto cosignatures = [&](const std::string& log) {
    const auto note =
        ledger::parse_note(net::Client({}).send({.url = url + log + "/checkpoint"})->body);
    return note->signatures.size() - 1;
  };
  for (const std::string log : {"/ledger", "/ledger/2"}) {
    const auto give_up = std::chrono::steady_clock::now() + seconds(20);
    while (cosignatures(log) < 2 && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(cosignatures(log), 2u) << log;
  }
}

}  // namespace
}  // namespace minben::gateway::test
