// A gateway gets certificates for new keys by itself, from a real registry, and goes on.
#include <gmock/gmock.h>

#include "files.hpp"
#include "gateway/gateway.hpp"
#include "onboarding.hpp"
#include "registry/registry.hpp"
#include "support/database.hpp"
#include "support/port.hpp"
#include "support/shared.hpp"

namespace minben::app {
namespace {

constexpr net::Access anyone{"anyone"};

struct Renewal : testing::Test {
  // OpenSSL looks at the machine's own clock: what is issued here is good there for a year.
  VirtualClock clock{SystemClock().now() - days(60)};
  SystemRandom random;
  test::TemporaryDirectory temporary;
  test::TestDatabase db{clock, {registry::migrations()}};
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  OfficerId officer = OfficerId::make(clock, random);
  std::unique_ptr<registry::Registry> registry = open();
  std::unique_ptr<net::Server> web = net::Server::start({}, registry->routes(anyone), {}).value();
  std::unique_ptr<net::Server> maps =
      net::Server::start(
          {},
          {{net::Method::get, "/maps/{number}", anyone, 0,
            [](net::Request&) { return net::Response::json(JsonObject{{"sheet", "7"}}); }}},
          {})
          .value();
  std::map<std::string, std::filesystem::path> tokens{};
  exchange::ServiceId service{{"MINBEN", "GOV", "hpa", "casework"}, "maps"};

  std::unique_ptr<registry::Registry> open() {
    registry::Config config;
    config.directory = temporary.path() / "registry";
    config.consent_key = platform.verify_key();
    return registry::Registry::open(db.database(), clock, random, config).value();
  }
  std::filesystem::path home(const std::string& member) const { return temporary.path() / member; }
  static std::string local(const net::Server& server) {
    return fmt::format("http://127.0.0.1:{}", server.port());
  }
  void enter(const std::string& member) {
    NewGateway wanted;
    wanted.directory = home(member);
    wanted.registry = local(*web);
    wanted.request.member = AgencyCode{member};
    wanted.request.name = {"機關", "Agency"};
    wanted.request.url = fmt::format("https://localhost:{}", test::free_port());
    wanted.request.subsystems = {"casework"};
    wanted.client_port = test::free_port();
    if (member == "hpa") wanted.registers["casework/maps"] = local(*maps) + "/maps";
    const auto begun = begin_gateway(wanted, clock, random);
    ASSERT_TRUE(begun) << describe(begun.error());
    tokens[member] = begun->tokens.front();
    ASSERT_TRUE(send_join_request(home(member)));
    ASSERT_TRUE(registry->approve(officer, begun->id));
    ASSERT_EQ(join_gateway(home(member), clock)->state, Joining::joined);
  }
  void open_service() {
    const std::string api =
        R"({"openapi": "3.0.3", "info": {"title": "Maps"}, "paths": {"/{number}": {"get":
        {"responses": {"200": {"description": "", "content": {"application/json": {"schema":
        {"type": "object", "properties": {"sheet": {"type": "string"}}}}}}}}}}})";
    ASSERT_TRUE(
        registry->add_service(officer, {service.provider, "maps", {"圖", "Maps"}, false, api}));
    exchange::AccessRule rule;
    rule.consumer = exchange::SubsystemId{"MINBEN", "GOV", "moe", "casework"};
    rule.service = service;
    rule.purposes = {"planning"};
    rule.basis = exchange::Basis::law;
    rule.legal_basis = "國土測繪法 §1";
    rule.fields = {"sheet"};
    ASSERT_TRUE(registry->add_rule(officer, rule));
  }
  std::unique_ptr<gateway::Gateway> start(const std::string& member) {
    const auto config = gateway::read_gateway_config(home(member) / "gateway.json").value();
    auto gateway = gateway::Gateway::start(config, clock, random);
    EXPECT_TRUE(gateway) << describe(gateway.error());
    return std::move(gateway).value();
  }
  std::string call(const gateway::Gateway& asking) {
    const auto answer =
        exchange::Consumer({.gateway_url = fmt::format("http://127.0.0.1:{}", asking.client_port()),
                            .subsystem = {"MINBEN", "GOV", "moe", "casework"},
                            .token = std::string(trim(read_file(tokens.at("moe")).value()))})
            .call({.service = service, .path = "/1", .purpose = "planning"});
    return answer ? answer->body : describe(answer.error());
  }
  std::string file(const std::string& member, std::string_view name) const {
    return read_file(home(member) / name).value_or("");
  }
};

TEST_F(Renewal, ReplacesKeysOfRunningGatewaysAndWithdrawsTheOldOnes) {
  for (const char* member : {"hpa", "moe"}) enter(member);
  open_service();
  const auto hpa = start("hpa"), moe = start("moe");
  const std::string good = R"({"sheet":"7"})";
  EXPECT_EQ(call(*moe), good);
  const std::string old_seal = file("moe", "seal.pem"), old_key = file("moe", "tls.key.pem");
  for (const char* member : {"hpa", "moe"}) {
    ASSERT_TRUE(begin_renewal(home(member), clock));
    ASSERT_TRUE(send_join_request(home(member)));
    const auto outcome = join_gateway(home(member), clock);
    ASSERT_TRUE(outcome) << describe(outcome.error());
    EXPECT_EQ(outcome->state, Joining::joined);
    EXPECT_TRUE(outcome->for_next);
    EXPECT_EQ(begin_renewal(home(member), clock).error().code, "renewal_under_way");
  }
  EXPECT_EQ(file("moe", "seal.pem"), old_seal);
  const std::string next_seal = file("moe", "next-seal.pem");
  const auto all_refresh = [&] {
    for (const auto* each : {&hpa, &moe}) EXPECT_TRUE((*each)->refresh());
  };
  all_refresh();
  EXPECT_EQ(call(*moe), good);
  clock.advance(minutes(3));
  all_refresh();
  EXPECT_EQ(file("moe", "seal.pem"), next_seal);
  EXPECT_NE(file("moe", "tls.key.pem"), old_key);
  EXPECT_EQ(file("moe", "next-seal.pem"), "");
  EXPECT_EQ(call(*moe), good);
  clock.advance(days(8));
  ASSERT_TRUE(registry->publish());
  all_refresh();
  EXPECT_FALSE(
      registry->published().value()->text.contains(write_json(Json(old_seal)).substr(1, 200)));
  EXPECT_EQ(call(*moe), good);
  EXPECT_EQ(join_gateway(home("moe"), clock)->state, Joining::joined);  // nothing more to take
  EXPECT_EQ(file("moe", "seal.pem"), next_seal);
}

TEST_F(Renewal, HappensByItselfBeforeTheEnd) {
  enter("hpa");
  const auto renewed = [&] {
    const auto outcome = renew_in_time(home("hpa"), clock);
    EXPECT_TRUE(outcome) << describe(outcome.error());
    return outcome->has_value() && (*outcome)->state == Joining::joined;
  };
  EXPECT_FALSE(renewed());
  clock.advance(days(365 - 46));
  ASSERT_TRUE(registry->publish());
  EXPECT_FALSE(renewed());
  clock.advance(days(2));
  EXPECT_TRUE(renewed());
  EXPECT_FALSE(file("hpa", "next-seal.pem").empty());
  EXPECT_FALSE(renewed());  // it is for the gateway to take them up
}

TEST_F(Renewal, WaitsForAnOfficerWhereTheOldKeyDoesNotCount) {
  enter("hpa");
  const std::string serial =
      trust::read_certificate(trust::certificate_from_pem(file("hpa", "seal.pem")).value().der)
          ->serial;
  ASSERT_TRUE(registry->revoke(officer, serial, trust::RevocationReason::key_compromise));
  const auto id = begin_renewal(home("hpa"), clock);
  ASSERT_TRUE(id) << describe(id.error());
  ASSERT_TRUE(send_join_request(home("hpa")));
  const auto waiting = join_gateway(home("hpa"), clock);
  EXPECT_EQ(waiting->state, Joining::waiting);
  EXPECT_THAT(waiting->reason, testing::HasSubstr("certificate of this gateway"));
  ASSERT_TRUE(registry->approve(officer, *id));
  const auto outcome = renew_in_time(home("hpa"), clock);  // as the running gateway asks
  ASSERT_TRUE(outcome && outcome->has_value());
  EXPECT_EQ((*outcome)->state, Joining::joined);
  const auto gateway = start("hpa");
  EXPECT_EQ(file("hpa", "next-seal.pem"), "");
}

TEST_F(Renewal, IsForGatewaysOfARegistry) {
  std::filesystem::create_directories(home("nia"));
  EXPECT_EQ(begin_renewal(home("nia"), clock).error().code, "cannot_read");
}

}  // namespace
}  // namespace minben::app
