#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "country.hpp"
#include "exchange/evidence.hpp"
#include "ledger/ledger.hpp"
#include "peer.hpp"

namespace minben::gateway::test {
namespace {

class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() : clock(SystemClock().now()), country(clock) {
    for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  }
  Json status(const std::string& member) {
    country.gateway(member).settle();
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
  EXPECT_EQ(record.hold, (Hold{"個人資料保護法 §10", record.at + days(90)})) << "as the rule says";
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

TEST_F(GatewayTest, RulesAreTriedOnWhatWasAsked) {
  ASSERT_TRUE(country.consumer()->call(country.residence_request()));
  ExchangeRequest refused = country.residence_request();
  refused.purpose = "curiosity";
  ASSERT_FALSE(country.consumer()->call(refused));
  country.gateway("nia").settle();
  SystemRandom random;
  const auto past =
      past_decisions(country.home("nia") / "state", clock.now() - days(7), random).value();
  ASSERT_EQ(past.size(), 2u);
  EXPECT_EQ(past[0].outcome, "granted");
  EXPECT_EQ(past[0].segments, std::vector<std::string>{std::string(resident)});
  EXPECT_EQ(past[0].case_id, "case-9");
  ASSERT_TRUE(past[0].consent_fields);
  EXPECT_EQ(*past[0].consent_fields, country.assertion().fields);
  EXPECT_EQ(past[1].outcome, "purpose_not_allowed");
  const auto now = std::make_shared<const Configuration>(country.prepared.configuration);
  Configuration stricter = *now;
  stricter.rules.front().methods = {net::Method::put};
  const DryRun result = dry_run(past, now, std::make_shared<const Configuration>(stricter));
  EXPECT_EQ(result.not_reproduced, 0u);
  EXPECT_EQ(result.all.newly_refused, 1u);
}

TEST_F(GatewayTest, BothSidesProveAnExchangeOffline) {
  ASSERT_TRUE(country.consumer()->call(country.residence_request()));
  const EvidenceTrust trust{.roots = country.prepared.configuration.trust_anchors};
  for (const auto& [member, name] :
       {std::pair<std::string, std::string>{"wda", "casework"}, {"nia", "register"}}) {
    const std::string base = fmt::format("http://127.0.0.1:{}", country.client_ports[member]);
    const std::string target = fmt::format(
        "{}/asic?queryId=x-5&xRoadInstance=MINBEN&memberClass=GOV&memberCode={}&subsystemCode={}",
        base, member, name);
    net::ClientRequest request{.url = target};
    const auto refused = net::Client({}).send(request);
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->status, 401);
    request.headers.add("Minben-Token", country.prepared.tokens.at(member + "/" + name));
    const auto answer = net::Client({}).send(request);
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->status, 200) << answer->body;
    EvidenceTrust with_keys = trust;
    with_keys.ledger_keys.emplace_back(
        trim(net::Client({}).send({.url = base + "/ledger/vkey"})->body));
    const auto report = verify_evidence(answer->body, with_keys);
    ASSERT_TRUE(report) << describe(report.error());
    for (const Error& fault : report->faults) ADD_FAILURE() << describe(fault);
    ASSERT_TRUE(report->request && report->response && report->ledger && report->record);
    EXPECT_EQ(report->record->served, member == "nia");
    EXPECT_EQ(report->record->exchange_id, "x-5");
    EXPECT_EQ(report->response->body, BodyProof::digest) << "bodies are not kept";
    EXPECT_EQ(report->maker->member, member);
  }
}

class PeerTest : public GatewayTest {
 protected:
  PeerTest() : peer(country, "wda") {}
  PeerRequest sealed() {
    PeerRequest made = peer.request();
    peer.seal(made);
    return made;
  }
  Peer peer;
};

TEST_F(PeerTest, AWellSealedRequestIsAnsweredOnce) {
  const PeerRequest made = sealed();
  EXPECT_EQ(peer.outcome(made), "answered");
  EXPECT_EQ(peer.outcome(made), "request_replayed");
  clock.advance(seconds(59));
  EXPECT_EQ(peer.outcome(made), "request_replayed");
  clock.advance(seconds(2));
  EXPECT_EQ(peer.outcome(made), "request_too_old");
  EXPECT_EQ(country.nia_register.calls(), 1);
}

TEST_F(PeerTest, ARestartDoesNotForgetWhatItSaw) {
  const PeerRequest made = sealed();
  EXPECT_EQ(peer.outcome(made), "answered");
  clock.advance(seconds(1));
  country.stop("nia");
  country.start("nia");
  EXPECT_EQ(peer.outcome(made), "request_before_start");
  EXPECT_EQ(country.nia_register.calls(), 1);
}

TEST_F(PeerTest, AnythingAlteredAfterSealingIsRefused) {
  const auto altered = [&](auto change) {
    PeerRequest made = sealed();
    change(made);
    return peer.outcome(made);
  };
  const auto with_head = [&](auto change) {
    return altered([&](PeerRequest& made) {
      change(made.head);
      made.announced_head = write_head(made.head);
    });
  };
  EXPECT_EQ(with_head([](RequestHead& head) { head.fields.set("Minben-Purpose", "other"); }),
            "signature_invalid");
  EXPECT_EQ(with_head([](RequestHead& head) { head.fields.add("Extra", "1"); }),
            "signature_invalid");
  EXPECT_EQ(with_head([](RequestHead& head) { head.target += "?all=1"; }), "signature_invalid");
  EXPECT_EQ(with_head([](RequestHead& head) { head.method = net::Method::del; }),
            "signature_invalid");
  EXPECT_EQ(with_head([&](RequestHead& head) {
              head.fields.set("minben-timestamp", minben::to_string(clock.now() + seconds(1)));
            }),
            "signature_invalid");
  EXPECT_EQ(altered([](PeerRequest& made) { made.body = "{}"; }), "signature_invalid");
  for (std::size_t at = 0; at < sealed().seal.size(); at += 5)
    EXPECT_NE(altered([&](PeerRequest& made) { made.seal[at] ^= 1; }), "answered") << at;
  EXPECT_EQ(altered([](PeerRequest& made) { made.seal.clear(); }), "signature_invalid");
  EXPECT_EQ(with_head([](RequestHead& head) {
              net::Headers reordered;
              const auto& fields = head.fields.all();
              for (auto field = fields.rbegin(); field != fields.rend(); ++field)
                reordered.add(field->first, field->second);
              head.fields = reordered;
            }),
            "signature_invalid");
  EXPECT_EQ(country.nia_register.calls(), 0);
}

TEST_F(PeerTest, TheFirstOfSeveralPiecesMakesTheHeadCertain) {
  PeerRequest made = peer.request();
  made.whole = false;
  made.body = "{";
  made.head.fields.set("Minben-Purpose", "other");
  peer.seal(made);
  RequestHead allowed = made.head;
  allowed.fields.set("Minben-Purpose", "work-permit");
  made.announced_head = write_head(allowed);
  EXPECT_EQ(peer.outcome(made), "signature_invalid");
  made.announced_head = made.sealed_head;
  EXPECT_EQ(peer.outcome(made), "purpose_not_allowed");
  EXPECT_EQ(country.nia_register.calls(), 0);
}

TEST_F(PeerTest, AMemberSpeaksForItselfOnly) {
  const PeerRequest made = sealed();
  peer.connect_as("boca");  // boca's certificate, wda's sealed message
  EXPECT_EQ(peer.outcome(made), "certificate_unknown");
  peer.connect_as("wda");
  peer.seal_as("boca");
  EXPECT_EQ(peer.outcome(sealed()), "certificate_unknown");
  // boca's connection and boca's seal, but wda is said to ask.
  peer.connect_as("boca");
  EXPECT_EQ(peer.outcome(sealed()), "signature_invalid");
  EXPECT_EQ(country.nia_register.calls(), 0);
}

TEST_F(PeerTest, ARevokedCertificateIsRefusedAtOnceAlsoOnAKeptConnection) {
  const auto consumer = country.consumer();
  ASSERT_TRUE(consumer->call(country.residence_request()));  // the connection is kept
  const auto authority =
      trust::Authority::load(country.directory.path() / "registry" / "authority");
  ASSERT_TRUE(authority) << describe(authority.error());
  const auto revoke = [&](const char* file) {
    const auto der =
        trust::certificate_from_pem(minben::test::read_file(country.home("wda") / file))->der;
    const trust::Revoked revoked{trust::read_certificate(der)->serial, clock.now(),
                                 trust::RevocationReason::key_compromise};
    country.publish_everywhere([&](Configuration& next) {
      next.revocation_lists = {trust::make_revocation_list(*authority, {&revoked, 1}, next.version,
                                                           clock.now(), clock.now() + days(7))
                                   .value()};
    });
  };
  const int before = country.nia_register.calls();
  revoke("tls.pem");
  EXPECT_EQ(consumer->call(country.residence_request()).error().code, "certificate_revoked");
  EXPECT_EQ(peer.outcome(sealed()), "certificate_revoked");
  revoke("seal.pem");
  EXPECT_EQ(peer.outcome(sealed()), "certificate_unknown");
  EXPECT_EQ(country.nia_register.calls(), before);
}

// Connections are checked by OpenSSL's clock, the rest by the gateway's.
TEST_F(PeerTest, WhatAnExpiredCertificateSealsCountsForNothing) {
  country.publish_everywhere(
      [&](Configuration& next) { next.expires_at = clock.now() + days(800); });
  clock.advance(days(366));
  EXPECT_EQ(country.consumer()->call(country.residence_request()).error().code,
            "provider_not_authentic");
  EXPECT_EQ(peer.outcome(sealed()), "certificate_expired");
  EXPECT_EQ(country.nia_register.calls(), 0);
}

TEST_F(PeerTest, NobodySpeaksHttpOnThePeersSide) {
  const std::filesystem::path home = country.home("wda");
  net::Client client({.tls = net::TlsConfig{home / "tls.pem", home / "tls.key.pem", {}},
                      .server_ca_pem = home / "state" / "trust-anchor.pem"});
  const auto answer =
      client.send({.url = fmt::format("https://localhost:{}{}", country.peer_ports["nia"],
                                      peer.request().head.target)});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 404);
}

TEST_F(PeerTest, NoiseEndsTheConnectionAndNothingElse) {
  for (const std::string& noise :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(64, '\0'), std::string(64, '\xff')}) {
    const auto said = peer.say(noise, milliseconds(2000));
    EXPECT_FALSE(said) << "answered to noise";
  }
  EXPECT_EQ(peer.outcome(sealed()), "answered");
}

TEST_F(PeerTest, WithoutACertificateOfTheExchangeNothingIsSaid) {
  net::Client stranger(
      net::ClientConfig{.server_ca_pem = country.home("wda") / "state" / "trust-anchor.pem"});
  const auto answer = stranger.send(
      {.url = fmt::format("https://localhost:{}/witness", country.peer_ports["nia"])});
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().code == "tls_failed" || answer.error().code == "broken")
      << answer.error().code;
}

// A machine in the middle with a certificate of the exchange, but not the provider's; and one that
// has the provider's certificate, but not its seal.
TEST_F(PeerTest, AnswersOfAnImpostorAreNotBelieved) {
  country.stop("nia");
  for (const char* member : {"boca", "nia"}) {
    net::ServerConfig config;
    config.port = country.peer_ports["nia"];
    config.tls =
        net::TlsConfig{country.home(member) / "tls.pem", country.home(member) / "tls.key.pem", {}};
    config.channels[std::string(channel_protocol)] =
        net::channel_handler([&](net::Channel& channel) -> net::Task<void> {
          const auto asked = co_await next_piece(channel);
          if (!asked) co_return;
          AnswerHead head{200, {}};
          const auto request = read_request_head(asked->piece.head);
          head.fields.add("X-Road-Request-Id", request->fields.get("x-road-request-id"));
          const std::string text = write_head(head);
          std::string bytes;
          write_piece({.side = Side::response,
                       .first = true,
                       .last = true,
                       .seal = asked->piece.seal,
                       .head = text,
                       .body = "{}"},
                      bytes);
          static_cast<void>(co_await channel.send(bytes));
        });
    const auto impostor = net::Server::start(config, {}, {});
    ASSERT_TRUE(impostor) << describe(impostor.error());
    EXPECT_EQ(country.consumer()->call(country.residence_request()).error().code,
              "provider_not_authentic")
        << member;
  }
}

// Its packets are lost, or it hangs: nothing says that it has gone.
TEST_F(PeerTest, ASilentProviderIsUnreachableOnceTheTimeIsOver) {
  for (const char* member : {"nia", "wda"}) country.stop(member);
  const auto file = country.prepared.gateway_configs.at("wda");
  GatewayConfig patient = read_gateway_config(file).value();
  patient.answer_timeout_ms = milliseconds(1000);
  ASSERT_TRUE(write_gateway_config(patient, file));
  country.start("wda");
  std::atomic<int> asked = 0;
  net::ServerConfig config;
  config.port = country.peer_ports["nia"];
  config.tls =
      net::TlsConfig{country.home("nia") / "tls.pem", country.home("nia") / "tls.key.pem", {}};
  config.channels[std::string(channel_protocol)] =
      net::channel_handler([&](net::Channel& channel) -> net::Task<void> {
        ++asked;
        bool going = true;
        while (going) {
          const auto piece = co_await next_piece(channel);
          going = piece.has_value();
        }
      });
  const auto mute = net::Server::start(config, {}, {});
  ASSERT_TRUE(mute) << describe(mute.error());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(country.consumer()->call(country.residence_request()).error().code,
            "provider_unreachable");
  EXPECT_EQ(asked, 1) << "the caller waits once";
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(3500));
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

TEST(GatewayPrepare, AMemberWithAHostOfItsOwnIsReachedByItsName) {
  const VirtualClock clock(SystemClock().now());
  Country country(clock);
  SystemRandom random;
  const std::filesystem::path home = country.home("nia");
  const auto certificate = [&] {
    const auto pem = minben::test::read_file(home / "tls.pem");
    return trust::read_certificate(trust::certificate_from_pem(pem)->der).value();
  };
  ASSERT_EQ(certificate().dns_names, std::vector<std::string>{"localhost"});
  Plan plan = country.plan();
  for (PlannedMember& member : plan.members)
    if (member.code.value == "nia") {
      member.host = "gateway.nia.example";
      member.peer_address = "192.0.2.7";
    }
  const auto prepared = prepare(country.directory.path(), plan, clock, random);
  ASSERT_TRUE(prepared) << describe(prepared.error());
  EXPECT_EQ(certificate().dns_names, std::vector<std::string>{"gateway.nia.example"});
  EXPECT_TRUE(certificate().ip_addresses.empty());
  const std::string url =
      fmt::format("https://gateway.nia.example:{}", country.peer_ports.at("nia"));
  EXPECT_EQ(prepared->configuration.member("nia")->gateways.front().url, url);
  EXPECT_EQ(read_gateway_config(home / "gateway.json")->peer_address, "192.0.2.7");
  EXPECT_NE(minben::test::read_file(country.home("wda") / "witnesses.policy").find(url),
            std::string::npos);
  const auto near = ledger::parse_policy(minben::test::read_file(prepared->platform_policy));
  EXPECT_EQ(near->witnesses.size(), 2u) << "the platform reaches those on its own machine";
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

  country.gateway("nia").settle();
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
