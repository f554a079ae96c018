// Gateways whose certificates come from an outside authority: `openssl ca` and `openssl ocsp`.
#include <gtest/gtest.h>

#include <fstream>

#include <fmt/format.h>

#include "country.hpp"
#include "exchange/evidence.hpp"
#include "standing.hpp"
#include "support/outside_authority.hpp"
#include "trust/requests.hpp"

namespace minben::gateway::test {
namespace {

constexpr net::Access anyone{"anyone"};

class OutsideTest : public ::testing::Test {
 protected:
  OutsideTest() : clock(SystemClock().now() + seconds(30)), country(clock) {
    lists = std::move(*net::Server::start(
        {},
        {{net::Method::get, "/list.crl", anyone, 0,
          [this](net::Request&) { return net::Response::bytes(list, "application/pkix-crl"); }}},
        {}));
  }

  /// New certificates for the keys that the member has.
  void certify(const std::string& member) {
    const GatewayConfig config =
        read_gateway_config(country.prepared.gateway_configs.at(member)).value();
    for (const bool seals : {false, true}) {
      const auto key = (seals ? config.seal_key : config.tls_key).open().value();
      trust::CertificateRequest names{.common_name = member, .member = ""};
      if (seals) names.dns_names = names.ip_addresses = {};
      std::string& pem = (seals ? seal_pem : tls_pem)[member];
      pem = authority.sign(trust::make_signing_request(key, names).value(), seals ? "seal" : "tls");
      MINBEN_ASSERT(
          trust::write_secret_file(seals ? config.seal_certificate : config.tls_certificate, pem)
              .has_value());
    }
  }

  /// The next version of the configuration, with what is changed.
  void publish(const std::function<void(Configuration&)>& change = {}) {
    Configuration& now = country.prepared.configuration;
    ++now.version;
    OutsideAuthority outside{.root = authority.root()};
    if (use_lists) {
      outside.list_urls = {fmt::format("http://127.0.0.1:{}/list.crl", lists->port())};
      outside.intermediates = {authority.issuing()};  // whoever signs lists must be known
    }
    now.authorities = {outside};
    for (Member& member : now.members)
      if (const auto tls = tls_pem.find(member.code.value); tls != tls_pem.end()) {
        const auto der = trust::certificate_from_pem(tls->second)->der;
        member.gateways[0].tls_certificates = {hex_encode(sha256(der))};
        member.gateways[0].certificates = {seal_pem.at(member.code.value)};
      }
    if (change) change(now);
    const auto key =
        trust::SigningKey::load(country.directory.path() / "registry" / "registry.key.pem").value();
    std::ofstream(country.prepared.configuration_file) << sign_configuration(now, key).value();
    country.platform.know(now);
  }
  void start() {
    for (const char* member : {"nia", "wda"}) {
      country.start(member);
      EXPECT_TRUE(country.gateway(member).refresh());
    }
  }
  void start_outside() {
    for (const char* member : {"nia", "wda"}) certify(member);
    authority.start_responder();
    publish();
    start();
  }
  std::string ask() {
    const auto answer = country.consumer()->call(country.residence_request());
    return answer ? "answered" : answer.error().code + " " + answer.error().detail;
  }
  void refresh() {
    for (const char* member : {"nia", "wda"}) EXPECT_TRUE(country.gateway(member).refresh());
  }
  int health(const std::string& member) {
    return net::Client({})
        .send({.url = fmt::format("http://127.0.0.1:{}/health",
                                  country.gateway(member).client_port())})
        ->status;
  }

  /// Of the exchange that came last, as that gateway gives it out.
  exchange::EvidenceReport evidence(const std::string& member) {
    const std::string subsystem = member == "nia" ? "register" : "casework";
    country.gateway(member).settle();
    net::Headers headers;
    headers.add("Minben-Token", country.prepared.tokens.at(member + "/" + subsystem));
    const auto answer = country.get(
        member,
        fmt::format("/asic?queryId={}&xRoadInstance=MINBEN&memberClass=GOV&memberCode={}"
                    "&subsystemCode={}",
                    country.residence_request().exchange_id, member, subsystem),
        headers);
    EXPECT_EQ(answer.status, 200) << answer.body;
    exchange::EvidenceTrust trust{.roots = country.prepared.configuration.trust_anchors};
    trust.outside_roots = {authority.root()};
    trust.registry_keys = {country.registry_key().verify_key()};
    const auto report = exchange::verify_evidence(answer.body, trust);
    EXPECT_TRUE(report) << describe(report.error());
    if (!report) return {};
    EXPECT_TRUE(report->proven()) << describe(report->faults.front());
    return *report;
  }

  minben::test::OutsideAuthorityProgram authority;
  VirtualClock clock;
  std::map<std::string, std::string> tls_pem, seal_pem;
  bool use_lists = false;
  std::string list;
  std::unique_ptr<net::Server> lists;
  Country country;
};

TEST_F(OutsideTest, ChainsAndAnswersCarryAnExchange) {
  certify("nia");  // and wda stays with the registry's own
  authority.start_responder();
  publish();
  start();
  EXPECT_EQ(ask(), "answered");
  EXPECT_EQ(health("nia"), 200);
  country.stop("wda");
  authority.stop_responder();
  certify("wda");
  authority.start_responder();
  publish();
  country.start("wda");
  refresh();
  EXPECT_EQ(ask(), "answered");
}

TEST_F(OutsideTest, WhatTheRegistryDoesNotPublishIsRefused) {
  certify("nia");
  authority.start_responder();
  publish([](Configuration& now) {
    for (Member& member : now.members) member.gateways[0].tls_certificates.clear();
  });
  start();
  EXPECT_EQ(ask(), "provider_not_authentic certificate_unknown");
}

TEST_F(OutsideTest, ARevokedSealIsRefusedAlsoOnAKeptConnection) {
  start_outside();
  ASSERT_EQ(ask(), "answered");
  const int before = country.nia_register.calls();
  authority.revoke(seal_pem["wda"]);
  refresh();
  EXPECT_EQ(ask().substr(0, 19), "certificate_revoked");
  EXPECT_EQ(country.nia_register.calls(), before);
  EXPECT_EQ(health("wda"), 503);
  EXPECT_EQ(health("nia"), 200);
}

TEST_F(OutsideTest, ARevokedConnectionIsRefusedAlsoWhenItWasKept) {
  start_outside();
  ASSERT_EQ(ask(), "answered");
  authority.revoke(tls_pem["nia"]);
  refresh();
  // nia tells it itself, with the next answer on the connection; from then on nobody asks it.
  const std::string first = ask();
  EXPECT_TRUE(first == "answered" || first == "provider_not_authentic certificate_revoked")
      << first;
  EXPECT_EQ(ask(), "provider_not_authentic certificate_revoked");
  EXPECT_EQ(health("nia"), 503);
}

TEST_F(OutsideTest, BothSidesProveAnExchangeOffline) {
  start_outside();
  ASSERT_EQ(ask(), "answered");
  for (const char* member : {"nia", "wda"}) {
    const auto report = evidence(member);
    ASSERT_TRUE(report.request && report.response && report.maker);
    EXPECT_EQ(report.request->sender.member, "wda");
    EXPECT_EQ(report.response->sender.member, "nia");
    EXPECT_EQ(report.maker->member, member);
    EXPECT_TRUE(report.revocation_known);
  }
  // Also when they have other certificates by now, and the registry has published often since.
  for (int i = 0; i < 4; ++i) {
    publish([&](Configuration& now) {
      for (Member& other : now.members)
        if (i == 1 && other.code.value == "boca") other.gateways[0].certificates.clear();
    });
    refresh();
  }
  country.stop("wda");
  certify("wda");
  publish();
  country.start("wda");
  refresh();
  for (const char* member : {"nia", "wda"})
    EXPECT_EQ(evidence(member).request->sender.member, "wda");
}

TEST_F(OutsideTest, ARestartWhileTheResponderIsAwayChangesNothing) {
  start_outside();
  ASSERT_EQ(ask(), "answered");
  authority.stop_responder();
  clock.advance(minutes(30));
  for (const char* member : {"nia", "wda"}) country.stop(member);
  for (const char* member : {"nia", "wda"}) country.start(member);
  for (const char* member : {"nia", "wda"}) EXPECT_EQ(health(member), 200);
  EXPECT_EQ(ask(), "answered");
  clock.advance(minutes(200));  // the answers were for 60, and the grace time is as long
  for (const char* member : {"nia", "wda"}) country.stop(member);
  for (const char* member : {"nia", "wda"}) country.start(member);
  EXPECT_EQ(health("wda"), 503);
  EXPECT_EQ(ask(), "provider_not_authentic revocation_unknown");
}

TEST_F(OutsideTest, WhatIsRevokedStaysSoAfterARestart) {
  use_lists = true;
  list = authority.revocation_list();
  certify("nia");
  certify("wda");
  publish();
  start();
  ASSERT_EQ(ask(), "answered");
  EXPECT_TRUE(evidence("nia").revocation_known);
  authority.revoke(tls_pem["nia"]);
  list = authority.revocation_list();
  refresh();
  lists->stop();
  country.stop("wda");
  country.start("wda");
  EXPECT_EQ(ask(), "provider_not_authentic certificate_revoked");
}

TEST_F(OutsideTest, AResponderThatIsAwayIsBridgedForTheGraceTimeOnly) {
  start_outside();
  ASSERT_EQ(ask(), "answered");
  authority.stop_responder();
  clock.advance(minutes(100));  // the answers were for 60, and the grace time is as long
  EXPECT_EQ(ask(), "answered");
  // A gateway that knows nothing any more learns from the other what is old, but not too old.
  country.stop("nia");
  country.start("nia");
  EXPECT_EQ(ask(), "answered");
  clock.advance(minutes(200));
  EXPECT_EQ(ask(), "provider_not_authentic revocation_unknown");
  EXPECT_EQ(health("wda"), 503);
  publish([](Configuration& now) { now.revocation.hard = false; });
  refresh();
  EXPECT_EQ(ask(), "answered") << "the registry's policy is soft now";
}

TEST_F(OutsideTest, WhereThereIsNoResponderListsAreFetched) {
  use_lists = true;
  list = authority.revocation_list();
  certify("nia");
  certify("wda");
  publish();
  start();
  EXPECT_EQ(ask(), "answered");
  authority.revoke(tls_pem["nia"]);
  list = authority.revocation_list();
  refresh();
  EXPECT_EQ(ask(), "provider_not_authentic certificate_revoked");
}

TEST(JudgeStanding, ByPolicyAndTime) {
  const Instant at = parse_instant("2026-11-30T08:00:00Z").value();
  const RevocationPolicy hard;
  const RevocationPolicy soft{.hard = false};
  const auto code = [](const Result<void>& judged) {
    return judged ? std::string("good") : judged.error().code;
  };
  trust::OcspAnswer answer{.this_update = at, .next_update = at + hours(2), .produced_at = at};
  EXPECT_EQ(code(judge({}, "01", hard, at)), "revocation_unknown");
  EXPECT_EQ(code(judge({}, "01", soft, at)), "good");
  EXPECT_EQ(code(judge({answer, {}}, "01", hard, at + hours(3) - seconds(1))), "good");
  EXPECT_EQ(code(judge({answer, {}}, "01", hard, at + hours(3))), "revocation_unknown");
  RevocationPolicy fresh = hard;
  fresh.freshness_s = minutes(10);
  EXPECT_EQ(code(judge({answer, {}}, "01", fresh, at + minutes(71))), "revocation_unknown");
  trust::RevocationList list;
  list.next_update = at + hours(10);
  EXPECT_EQ(code(judge({answer, list}, "01", hard, at + hours(9))), "good") << "by the list";
  list.revoked["01"] = {"01", at, trust::RevocationReason::superseded};
  EXPECT_EQ(code(judge({answer, list}, "01", soft, at)), "certificate_revoked");
  answer.revoked = {"02", at, trust::RevocationReason::key_compromise};
  EXPECT_EQ(code(judge({answer, {}}, "02", soft, at + days(300))), "certificate_revoked");
}

}  // namespace
}  // namespace minben::gateway::test
