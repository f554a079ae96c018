// Two agencies join an exchange from nothing and one asks the other: real keys, files, registry,
// database, gateways and sockets; only the officer's hand is a call.
#include "onboarding.hpp"

#include <gmock/gmock.h>

#include "doctor/doctor.hpp"
#include "files.hpp"
#include "gateway/gateway.hpp"
#include "registry/registry.hpp"
#include "support/database.hpp"
#include "support/outside_authority.hpp"
#include "support/port.hpp"
#include "support/shared.hpp"
#include "support/token.hpp"

namespace minben::app {
namespace {

constexpr net::Access anyone{"anyone"};

struct Onboarding : testing::Test {
  SystemClock clock;
  SystemRandom random;
  test::TemporaryDirectory temporary;
  test::TestDatabase db{clock, {registry::migrations()}};
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  OfficerId officer = OfficerId::make(clock, random);
  std::unique_ptr<registry::Registry> registry = open();
  std::atomic<int> unchanged = 0;  ///< answers that said so
  std::unique_ptr<net::Server> web =
      net::Server::start({}, registry->routes(anyone),
                         {.guard = {},
                          .finish =
                              [this](const net::Request&, net::Response& response) {
                                if (response.status == 304) ++unchanged;
                              },
                          .error_page = {}})
          .value();
  std::unique_ptr<net::Server> permits = serve_permits();

  std::unique_ptr<registry::Registry> open() {
    registry::Config config;
    config.directory = temporary.path() / "registry";
    config.consent_key = platform.verify_key();
    return registry::Registry::open(db.database(), clock, random, config).value();
  }
  static std::unique_ptr<net::Server> serve_permits() {
    const auto answer = [](net::Request& request) {
      return net::Response::json(
          JsonObject{{"number", request.parameter("number")}, {"holder", "林"}, {"secret", "x"}});
    };
    return net::Server::start({}, {{net::Method::get, "/permits/{number}", anyone, 0, answer}}, {})
        .value();
  }
  static std::string local(const net::Server& server) {
    return fmt::format("http://127.0.0.1:{}", server.port());
  }
  std::filesystem::path home(const std::string& member) const { return temporary.path() / member; }

  NewGateway wanted(const std::string& member) {
    NewGateway made;
    made.directory = home(member);
    made.registry = local(*web) + "/";
    made.request.member = AgencyCode{member};
    made.request.name = {"機關", "Agency"};
    made.request.url = fmt::format("https://localhost:{}", test::free_port());
    made.request.subsystems = {"casework"};
    made.client_port = test::free_port();
    return made;
  }
  Begun begin(const NewGateway& wanted_gateway) {
    auto begun = begin_gateway(wanted_gateway, clock, random);
    EXPECT_TRUE(begun) << describe(begun.error());
    return std::move(begun).value();
  }
  void join(const std::string& member) {
    const auto outcome = join_gateway(home(member), clock);
    ASSERT_TRUE(outcome) << describe(outcome.error());
    EXPECT_EQ(outcome->state, Joining::joined);
  }
  std::unique_ptr<gateway::Gateway> start(const std::string& member) {
    const auto config = gateway::read_gateway_config(home(member) / "gateway.json").value();
    auto gateway = gateway::Gateway::start(config, clock, random);
    EXPECT_TRUE(gateway) << describe(gateway.error());
    return std::move(gateway).value();
  }
};

std::string permits_api() {
  return R"({"openapi": "3.0.3", "info": {"title": "Permits"}, "paths": {"/{number}": {"get":
    {"responses": {"200": {"description": "", "content": {"application/json": {"schema":
    {"type": "object", "properties": {"number": {"type": "string"}, "holder": {}}}}}}}}}}})";
}

TEST_F(Onboarding, LeadsFromNothingToASignedCall) {
  NewGateway provider = wanted("hpa");
  provider.request.subsystems.push_back("register");
  provider.registers["register/permits"] = local(*permits) + "/permits";
  const Begun hpa = begin(provider), moe = begin(wanted("moe"));
  for (const char* member : {"hpa", "moe"}) {
    ASSERT_TRUE(send_join_request(home(member)));
    EXPECT_EQ(join_gateway(home(member), clock)->state, Joining::waiting);
  }
  for (const std::string& id : {hpa.id, moe.id}) ASSERT_TRUE(registry->approve(officer, id));
  const exchange::SubsystemId owner{"MINBEN", "GOV", "hpa", "register"};
  const auto service =
      registry->add_service(officer, {owner, "permits", {"許可", "Permits"}, false, permits_api()});
  ASSERT_TRUE(service) << describe(service.error());
  const exchange::SubsystemId asker{"MINBEN", "GOV", "moe", "casework"};
  exchange::AccessRule rule;
  rule.consumer = asker;
  rule.service = service->service.id;
  rule.purposes = {"audit"};
  rule.basis = exchange::Basis::law;
  rule.legal_basis = "審計法 §14";
  rule.fields = {"number", "holder"};
  ASSERT_TRUE(registry->add_rule(officer, rule));

  join("hpa");
  join("moe");
  const auto asked = start("hpa"), asking = start("moe");
  exchange::ConsumerConfig consumer;
  consumer.gateway_url = fmt::format("http://127.0.0.1:{}", asking->client_port());
  consumer.subsystem = asker;
  consumer.token = std::string(trim(read_file(moe.tokens.front()).value()));
  const auto answer = exchange::Consumer(consumer).call(
      {.service = rule.service, .path = "/P-7", .purpose = "audit"});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(parse_json(answer->body).value(),
            Json(JsonObject{{"number", "P-7"}, {"holder", "林"}}));

  // The same configuration is not sent twice; and no further once the rule has ended.
  const int before = unchanged;
  ASSERT_TRUE(asked->refresh());
  EXPECT_EQ(unchanged, before + 1);
  ASSERT_TRUE(registry->end_rule(officer, registry->rules()->front().id));
  ASSERT_TRUE(asked->refresh());
  EXPECT_EQ(exchange::Consumer(consumer)
                .call({.service = rule.service, .path = "/P-7", .purpose = "audit"})
                .error()
                .code,
            "access_denied");
}

TEST_F(Onboarding, KeepsSecretsOnTheMachine) {
  const Begun begun = begin(wanted("hpa"));
  for (const char* name : {"signing.key.pem", "tls.key.pem", "seal.key.pem", "witness.key.pem"}) {
    EXPECT_TRUE(trust::read_secret_file(home("hpa") / name)) << name;  // and nobody else's to read
    EXPECT_FALSE(read_file(begun.request_file)->contains("PRIVATE")) << name;
  }
  EXPECT_EQ(begun.registry_fingerprint, hex_encode(registry->key().fingerprint()));
  EXPECT_EQ(registry::read_join_request(read_file(begun.request_file).value())->id, begun.id);
}

TEST_F(Onboarding, RunAgainKeepsKeysAndTokens) {
  const NewGateway same = wanted("hpa");
  begin(same);
  const auto key = read_file(home("hpa") / "tls.key.pem").value();
  const auto token = read_file(home("hpa") / "tokens" / "casework.token").value();
  const auto config = read_file(home("hpa") / "gateway.json").value();
  begin(same);
  EXPECT_EQ(read_file(home("hpa") / "tls.key.pem").value(), key);
  EXPECT_EQ(read_file(home("hpa") / "tokens" / "casework.token").value(), token);
  EXPECT_EQ(read_file(home("hpa") / "gateway.json").value(), config);
}

TEST_F(Onboarding, LeavesFoldersOfOthersAlone) {
  NewGateway given = wanted("hpa");
  begin(given);
  const auto request = read_file(home("hpa") / "join-request.json").value();
  given.request.member = AgencyCode{"moe"};
  EXPECT_EQ(begin_gateway(given, clock, random).error().code, "other_member");
  EXPECT_EQ(read_file(home("hpa") / "join-request.json").value(), request);
}

TEST_F(Onboarding, NoticesAnotherRegistry) {
  NewGateway given = wanted("hpa");
  begin(given);
  const auto stranger = trust::SigningKey::generate(trust::KeyType::ed25519);
  given.registry_key = temporary.path() / "other.pem";
  ASSERT_TRUE(write_file(given.registry_key, stranger.verify_key().pem()));
  EXPECT_EQ(begin_gateway(given, clock, random).error().code, "registry_key_differs");
  given.registry_key.clear();
  given.registry = fmt::format("http://127.0.0.1:{}", test::free_port());
  EXPECT_EQ(begin_gateway(given, clock, random).error().code, "registry_unreachable");
}

TEST_F(Onboarding, TellsWhyItWasRefused) {
  const Begun begun = begin(wanted("hpa"));
  ASSERT_TRUE(send_join_request(home("hpa")));
  ASSERT_TRUE(registry->refuse(officer, begun.id, "指紋不符"));
  const auto outcome = join_gateway(home("hpa"), clock);
  EXPECT_EQ(outcome->state, Joining::refused);
  EXPECT_EQ(outcome->reason, "指紋不符");
  EXPECT_FALSE(std::filesystem::exists(home("hpa") / "tls.pem"));
}

TEST_F(Onboarding, TakesNoCertificateForAnotherKey) {
  const Begun begun = begin(wanted("hpa"));
  ASSERT_TRUE(send_join_request(home("hpa")));
  ASSERT_TRUE(registry->approve(officer, begun.id));
  const auto other = trust::SigningKey::generate(trust::KeyType::p256);
  ASSERT_TRUE(other.save(home("hpa") / "tls.key.pem"));
  EXPECT_EQ(join_gateway(home("hpa"), clock).error().code, "certificate_other_key");
  EXPECT_FALSE(std::filesystem::exists(home("hpa") / "tls.pem"));
}

// An outside authority (`openssl ca`, `openssl ocsp`) and keys in a token (SoftHSM), together:
// nobody but the token has the keys, and nobody but the authority certifies them.
struct OutsideOnboarding : Onboarding {
  test::OutsideAuthorityProgram authority;
  test::SoftToken token{"onboarding"};

  void trust_it() {
    const JsonObject file{
        {"authorities",
         JsonArray{JsonObject{{"root", authority.root()}, {"uses", JsonArray{"tls", "seal"}}}}}};
    ASSERT_TRUE(write_file(temporary.path() / "registry" / "authorities.json",
                           write_json_pretty(Json(file))));
    ASSERT_TRUE(registry->publish().value());
  }
  NewGateway with_token(const std::string& member) {
    NewGateway made = wanted(member);
    made.outside_authority = true;
    made.tls_key = trust::KeyPlace::parse(token.uri(member + "-tls"), "/").value();
    made.seal_key = trust::KeyPlace::parse(token.uri(member + "-seal"), "/").value();
    return made;
  }
  std::filesystem::path certify(const std::filesystem::path& request, const std::string& section) {
    const auto file = temporary.path() / (section + "-chain.pem");
    EXPECT_TRUE(write_file(file, authority.sign(read_file(request).value(), section)));
    return file;
  }
  std::string codes(const std::string& member) {
    std::string all;
    for (const doctor::Finding& one : doctor::examine(home(member), clock))
      if (one.severity == doctor::Severity::fault) all += one.code + " ";
    return all;
  }
};

TEST_F(OutsideOnboarding, BringsCertificatesForKeysInAToken) {
  ASSERT_TRUE(registry->publish());
  const NewGateway hpa = with_token("hpa");
  const Begun begun = begin(hpa);
  const auto tls = certify(begun.tls_request, "tls");
  const auto seal = certify(begun.seal_request, "seal");
  EXPECT_EQ(install_certificates(home("hpa"), tls, seal, clock).error().code,
            "untrusted_certificate")
      << "the registry trusts nobody outside yet";
  trust_it();
  // Not by the profile, and mixed up.
  EXPECT_EQ(
      install_certificates(home("hpa"), certify(begun.tls_request, "server_only"), seal, clock)
          .error()
          .code,
      "certificate_other_usage");
  EXPECT_EQ(install_certificates(home("hpa"), seal, tls, clock).error().code,
            "certificate_other_key");
  const auto installed = install_certificates(home("hpa"), tls, seal, clock);
  ASSERT_TRUE(installed) << describe(installed.error());
  EXPECT_TRUE(installed->checked);
  ASSERT_TRUE(send_join_request(home("hpa")));
  EXPECT_EQ(join_gateway(home("hpa"), clock)->state, Joining::waiting);
  ASSERT_TRUE(registry->approve(officer, installed->id));
  join("hpa");
  const auto now = registry->published().value()->configuration;
  ASSERT_EQ(now->authorities.size(), 1u);
  EXPECT_EQ(now->member("hpa")->gateways[0].tls_certificates.size(), 1u);

  // The doctor asks the authority: away, then there, then it says no.
  EXPECT_EQ(codes("hpa"), "") << "away is a warning";
  authority.start_responder();
  EXPECT_EQ(codes("hpa"), "");
  const auto running = start("hpa");
  ASSERT_TRUE(running->refresh());
  const auto health = [&] {
    return net::Client({})
        .send({.url = fmt::format("http://127.0.0.1:{}/health", running->client_port())})
        ->status;
  };
  EXPECT_EQ(health(), 200);
  authority.revoke(read_file(tls).value());
  ASSERT_TRUE(running->refresh());
  EXPECT_EQ(health(), 503);
  EXPECT_NE(codes("hpa").find("certificate_revoked"), std::string::npos);
}

TEST_F(OutsideOnboarding, TheDoctorKnowsTokens) {
  begin(with_token("moe"));
  const auto config = gateway::read_gateway_config(home("moe") / "gateway.json").value();
  EXPECT_EQ(doctor::check_token_key(config.tls_key).code, "ok");
  ASSERT_TRUE(trust::write_secret_file(token.pin_file(), "0000"));
  const auto missing = trust::KeyPlace::parse(token.uri("nothing"), "/").value();
  // Those that are open go on; a session that is begun now is refused.
  EXPECT_THAT(doctor::check_token_key(missing).code,
              testing::AnyOf("pin_incorrect", "token_key_missing"));
  std::filesystem::permissions(token.pin_file(), std::filesystem::perms(0644));
  EXPECT_EQ(doctor::check_token_key(config.tls_key).code, "file_too_open");
}

TEST_F(OutsideOnboarding, AFileOfAuthoritiesThatCannotBeReadChangesNothing) {
  ASSERT_TRUE(write_file(temporary.path() / "registry" / "authorities.json",
                         R"({"authorities": [{"root": "x", "uses": ["tls"]}]})"));
  const auto refused = registry->publish();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "bad_authority");
  EXPECT_NE(refused.error().detail.find("authorities/0"), std::string::npos);
}

}  // namespace
}  // namespace minben::app
