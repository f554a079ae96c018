// A registry that takes over an exchange prepared by a plan.
#include "fixture.hpp"
#include "gateway/gateway.hpp"

namespace minben::registry {
namespace {

struct PreparedExchange : RegistryTest {
  gateway::Prepared prepared = prepare();

  gateway::Prepared prepare() {
    gateway::Plan plan{"MINBEN", {}, {}, {}, platform.verify_key(), "http://127.0.0.1:1/usage", 30};
    gateway::PlannedMember nia;
    nia.code = AgencyCode{"nia"};
    nia.name = {"移民署", "Immigration"};
    nia.client_port = 7001;
    nia.peer_port = 7101;
    nia.subsystems = {"casework", "register"};
    plan.members = {nia};
    exchange::Service residence;
    residence.id = {subsystem("nia", "register"), "residence"};
    residence.title = {"居留", "Residence"};
    residence.fields = {"status"};
    plan.services = {residence};
    auto made = gateway::prepare(temporary.path(), plan, clock, random);
    EXPECT_TRUE(made) << describe(made.error());
    return std::move(made).value();
  }
  exchange::AccessRule rule_for_residence() {
    auto made = rule("hpa", {subsystem("nia", "register"), "residence"});
    made.fields = {"status"};
    return made;
  }
  std::string text() { return minben::test::read_file(prepared.configuration_file); }
  void SetUp() override {
    ASSERT_EQ(prepared.registry_key, temporary.path() / "registry/registry.pub.pem");
  }
};

TEST_F(PreparedExchange, IsPublishedWithWhatIsAdded) {
  ASSERT_TRUE(registry->import(text()));
  const auto first = configuration();
  EXPECT_GT(first.version, prepared.configuration.version);
  EXPECT_TRUE(first.member("nia"));
  EXPECT_EQ(first.services.size(), 1u);
  join(Applicant("hpa"));
  ASSERT_TRUE(registry->add_rule(officer, rule_for_residence()));
  const auto second = configuration();
  EXPECT_TRUE(second.member("nia") && second.member("hpa"));
  EXPECT_EQ(second.rules.size(), 1u);
  EXPECT_EQ(second.trust_anchors.size(), 1u);  // the plan's authority is the registry's
}

TEST_F(PreparedExchange, ImportedAnewKeepsWhatWasAdded) {
  ASSERT_TRUE(registry->import(text()));
  join(Applicant("hpa"));
  const auto before = configuration().version;
  prepared = prepare();  // the next start of the country: a new version of the same plan
  ASSERT_TRUE(registry->import(text()));
  EXPECT_GE(configuration().version, before);
  EXPECT_TRUE(configuration().member("hpa"));
  EXPECT_GT(configuration().version, prepared.configuration.version);
}

TEST_F(PreparedExchange, AnOlderFileOfAnotherNodeChangesNothing) {
  const std::string old = text();
  prepared = prepare();
  ASSERT_TRUE(registry->import(text()));
  const auto version = configuration().version;
  ASSERT_TRUE(registry->import(old));
  EXPECT_EQ(configuration().version, version);
}

TEST_F(PreparedExchange, ItsMembersAndServicesAreNotReplaced) {
  ASSERT_TRUE(registry->import(text()));
  const auto taken = registry->receive(Applicant("nia").file()).value();
  EXPECT_TRUE(taken.gateway_is_known);
  EXPECT_EQ(registry->approve(officer, taken.id).error().code, "gateway_taken");
  auto service = vaccinations("nia");
  service.code = "residence";
  EXPECT_EQ(registry->add_service(officer, service).error().code, "service_taken");
  EXPECT_FALSE(registry->members()->front().added);
}

TEST_F(PreparedExchange, CertificatesOfItsGatewaysCanBeRevokedByTheirFile) {
  ASSERT_TRUE(registry->import(text()));
  const auto pem = minben::test::read_file(temporary.path() / "members/nia/tls.pem");
  const auto revoked = registry->revoke_file(officer, pem, trust::RevocationReason::key_compromise);
  ASSERT_TRUE(revoked) << describe(revoked.error());
  EXPECT_EQ(revoked->member.value, "nia");
  const auto now = configuration();
  const auto der = trust::certificate_from_pem(pem)->der;
  EXPECT_EQ(trust::check_certificate(der, now.trust_anchors, now.revocation_lists, clock.now())
                .error()
                .code,
            "certificate_revoked");
  EXPECT_EQ(registry->members()->front().certificates.size(), 1u);
  EXPECT_EQ(registry->revoke_file(officer, pem, {}).error().code, "certificate_revoked");
  const auto stranger = trust::Authority::create("Other", 3650, clock).value();
  EXPECT_EQ(registry->revoke_file(officer, stranger.certificate().pem, {}).error().code,
            "untrusted_certificate");
  EXPECT_EQ(registry->revoke_file(officer, "nothing", {}).error().code, "not_a_certificate");
}

TEST_F(PreparedExchange, OfAnotherRegistryIsRefused) {
  const auto stranger = trust::SigningKey::generate(trust::KeyType::ed25519);
  const auto forged = exchange::sign_configuration(prepared.configuration, stranger).value();
  EXPECT_EQ(registry->import(forged).error().code, "configuration_forged");
}

}  // namespace
}  // namespace minben::registry
