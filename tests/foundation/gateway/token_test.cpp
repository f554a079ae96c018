// A gateway whose keys are in a PKCS #11 token: SoftHSM behind p11-kit's server, which can go away
// and come back as a token on the network does.
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include <fmt/format.h>

#include "country.hpp"
#include "support/token.hpp"
#include "trust/requests.hpp"

namespace minben::gateway::test {
namespace {

using minben::test::SoftToken;

class GatewayTokenTest : public ::testing::Test {
 protected:
  GatewayTokenTest() : clock(SystemClock().now()), token("gateway"), server(token), country(clock) {
    move_keys("nia");
    for (const char* member : {"nia", "wda"}) country.start(member);
  }

  /// New keys in the token, and certificates for them; the registry publishes the seal's.
  void move_keys(const std::string& member) {
    const auto& file = country.prepared.gateway_configs.at(member);
    GatewayConfig config = read_gateway_config(file).value();
    const auto authority =
        trust::Authority::load(country.directory.path() / "registry" / "authority").value();
    for (const bool seals : {false, true}) {
      trust::KeyPlace& place = seals ? config.seal_key : config.tls_key;
      place = trust::KeyPlace::parse(token.uri(seals ? "seal" : "tls", minben::test::remote_driver),
                                     "/")
                  .value();
      const auto key = place.open_or_create(trust::KeyType::p256).value();
      trust::CertificateRequest names{.common_name = member, .member = member};
      names.for_seals = seals;
      names.for_server = names.for_client = !seals;
      const auto certificate = authority.issue(key.verify_key(), names, clock).value();
      MINBEN_ASSERT(trust::write_secret_file(
                        seals ? config.seal_certificate : config.tls_certificate, certificate.pem)
                        .has_value());
    }
    MINBEN_ASSERT(write_gateway_config(config, file).has_value());
    Configuration& now = country.prepared.configuration;
    ++now.version;
    for (Member& each : now.members)
      if (each.code == config.member)
        each.gateways[0].certificates = {minben::test::read_file(config.seal_certificate)};
    const auto registry =
        trust::SigningKey::load(country.directory.path() / "registry" / "registry.key.pem").value();
    std::ofstream(country.prepared.configuration_file) << sign_configuration(now, registry).value();
  }
  std::string ask() {
    const auto answer = country.consumer()->call(country.residence_request());
    return answer ? "answered" : answer.error().code;
  }
  int health() {
    net::Client client({});
    return client
        .send({.url =
                   fmt::format("http://127.0.0.1:{}/health", country.gateway("nia").client_port())})
        ->status;
  }
  VirtualClock clock;
  SoftToken token;
  minben::test::TokenServer server;
  Country country;
};

TEST_F(GatewayTokenTest, SealsAndSpeaksTlsWithKeysThatNeverLeaveTheToken) {
  EXPECT_EQ(ask(), "answered");
  EXPECT_EQ(health(), 200);
  // What stands in the configuration names the token and tells no PIN.
  const std::string text = minben::test::read_file(country.prepared.gateway_configs.at("nia"));
  EXPECT_NE(text.find("pkcs11:token=gateway;object=seal"), std::string::npos);
  EXPECT_EQ(text.find(minben::test::token_pin), std::string::npos);
}

TEST_F(GatewayTokenTest, ATokenThatGoesAwayIsSaidAndOneThatComesBackIsUsed) {
  ASSERT_EQ(ask(), "answered");
  const int before = country.nia_register.calls();
  server.stop();
  std::this_thread::sleep_for(milliseconds(250));  // what was seen before counts no more
  EXPECT_EQ(health(), 503);
  EXPECT_NE(ask(), "answered");
  EXPECT_EQ(country.nia_register.calls(), before) << "an answer that could not be sealed";
  server.start();
  std::string last;
  for (int i = 0; i < 40 && last != "answered"; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
    last = ask();
  }
  EXPECT_EQ(last, "answered");
  EXPECT_EQ(health(), 200);
}

}  // namespace
}  // namespace minben::gateway::test
