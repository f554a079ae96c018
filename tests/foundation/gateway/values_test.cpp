#include <gtest/gtest.h>

#include "country.hpp"
#include "exchange/message.hpp"
#include "replay.hpp"

namespace minben::gateway::test {
namespace {

const Instant noon = parse_instant("2026-11-23T12:00:00Z").value();

class ConfigurationTest : public ::testing::Test {
 protected:
  ConfigurationTest() : clock(noon), country(clock) {}
  VirtualClock clock;
  Country country;
};

TEST_F(ConfigurationTest, SignedTextSaysTheSameAgain) {
  const auto registry = trust::SigningKey::generate(trust::KeyType::ed25519);
  const std::string text = sign_configuration(country.prepared.configuration, registry).value();
  const auto again = verify_configuration(text, registry.verify_key(), noon);
  ASSERT_TRUE(again) << describe(again.error());
  EXPECT_EQ(sign_configuration(*again, registry).value(), text);
  EXPECT_EQ(again->rules_for(subsystem("wda", "casework"), residence()).size(), 1u);
  EXPECT_TRUE(again->rules_for(subsystem("wda", "register"), residence()).empty());
}

TEST_F(ConfigurationTest, AnyChangedByteIsRefused) {
  const auto registry = trust::SigningKey::generate(trust::KeyType::ed25519);
  const std::string text = sign_configuration(country.prepared.configuration, registry).value();
  for (std::size_t i = 0; i < text.size(); i += 7) {
    std::string changed = text;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(verify_configuration(changed, registry.verify_key(), noon)) << i;
  }
  const auto stranger = trust::SigningKey::generate(trust::KeyType::ed25519);
  EXPECT_EQ(verify_configuration(text, stranger.verify_key(), noon).error().code,
            "configuration_forged");
  EXPECT_EQ(verify_configuration(text, registry.verify_key(), noon + days(31)).error().code,
            "configuration_expired");
}

TEST_F(ConfigurationTest, AssertionsAreForOneMinuteAndOneSigner) {
  const std::string token = country.signed_assertion();
  const auto key = country.platform_key.verify_key();
  ASSERT_TRUE(verify_assertion(token, key, noon));
  EXPECT_EQ(verify_assertion(token, key, noon)->fields, country.assertion().fields);
  EXPECT_EQ(verify_assertion(token, key, noon + seconds(60)).error().code, "consent_expired");
  EXPECT_EQ(verify_assertion(token, key, noon - seconds(6)).error().code, "consent_expired");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verify_assertion(changed, key, noon)) << i;
  }
  ConsentAssertion eternal = country.assertion();
  eternal.expires_at += hours(1);
  EXPECT_EQ(verify_assertion(sign_assertion(eternal, country.platform_key).value(), key, noon)
                .error()
                .code,
            "consent_expired");
}

TEST(ExchangeReplay, AcceptsOnceWithinAMinuteAndNothingFromBeforeTheStart) {
  ReplayWindow window(noon, 3);
  const auto code = [&](std::string_view id, Instant signed_at, Instant now) {
    const auto accepted = window.accept("wda", id, signed_at, now);
    return accepted ? std::string("ok") : accepted.error().code;
  };
  EXPECT_EQ(code("1", noon, noon), "ok");
  EXPECT_EQ(code("1", noon, noon + seconds(60)), "request_replayed");
  EXPECT_EQ(code("2", noon, noon + seconds(61)), "request_too_old");
  EXPECT_EQ(code("3", noon - seconds(1), noon), "request_before_start");
  EXPECT_EQ(code("4", noon + seconds(6), noon), "request_from_the_future");
  EXPECT_TRUE(window.accept("nia", "1", noon, noon));
  EXPECT_EQ(code("5", noon + seconds(5), noon), "ok");
  EXPECT_EQ(code("6", noon, noon), "too_many_requests");
  EXPECT_EQ(code("5", noon + seconds(5), noon + seconds(65)), "request_replayed");
  EXPECT_EQ(code("7", noon + seconds(90), noon + seconds(90)), "ok");
}

TEST(ExchangeUsage, RecordsAreSignedByTheProviderOnly) {
  VirtualClock clock(noon);
  const Country country(clock);
  const auto nia = trust::SigningKey::load(country.home("nia") / "signing.key.pem").value();
  const auto wda = trust::SigningKey::load(country.home("wda") / "signing.key.pem").value();
  UsageRecord record;
  record.id = "01938c2e-0000-7000-8000-000000000001";
  record.at = noon;
  record.gateway = AgencyCode{"nia"};
  record.consumer = subsystem("wda", "casework");
  record.service = residence();
  record.method = "GET";
  record.status = 200;
  record.fields = {"name"};
  const Configuration& configuration = country.prepared.configuration;
  EXPECT_EQ(verify_usage(sign_usage({&record, 1}, nia).value(), configuration).value(),
            std::vector{record});
  EXPECT_EQ(verify_usage(sign_usage({&record, 1}, wda).value(), configuration).error().code,
            "usage_forged");
  record.gateway = AgencyCode{"wda"};
  EXPECT_EQ(verify_usage(sign_usage({&record, 1}, wda).value(), configuration).error().code,
            "usage_forged");
  record.gateway = AgencyCode{"nobody"};
  EXPECT_EQ(verify_usage(sign_usage({&record, 1}, nia).value(), configuration).error().code,
            "unknown_member");
  EXPECT_EQ(verify_usage("{}", configuration).error().code, "usage_malformed");
}

}  // namespace
}  // namespace minben::gateway::test
