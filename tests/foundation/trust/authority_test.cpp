#include <gmock/gmock.h>

#include "core/core.hpp"
#include "support/shared.hpp"
#include "trust/trust.hpp"

namespace minben::trust {
namespace {

using testing::ElementsAre;

struct Authorities : testing::Test {
  VirtualClock clock{parse_instant("2026-11-23T04:00:00Z").value()};
  Authority authority = Authority::create("民本 Test Root", 3650, clock).value();
  SigningKey holder = SigningKey::generate(KeyType::p256);

  Certificate issue(const CertificateRequest& request) {
    return authority.issue(holder.verify_key(), request, clock).value();
  }
};

TEST_F(Authorities, CertificatesSayWhoAndForWhat) {
  const auto made = issue({.common_name = "內政部移民署", .member = "nia"});
  const auto info = authority.check(made.der, clock.now());
  ASSERT_TRUE(info) << describe(info.error());
  EXPECT_EQ(info->common_name, "內政部移民署");
  EXPECT_EQ(info->member, "nia");
  EXPECT_THAT(info->dns_names, ElementsAre("localhost"));
  EXPECT_THAT(info->ip_addresses, ElementsAre("127.0.0.1"));
  EXPECT_TRUE(info->for_server && info->for_client && !info->authority);
  EXPECT_EQ(info->fingerprint, hex_encode(sha256(made.der)));
  EXPECT_EQ(info->not_after - info->not_before, days(365));
  EXPECT_THAT(info->issuer, testing::HasSubstr("民本 Test Root"));
  EXPECT_EQ(certificate_key(made.der).value(), holder.verify_key());
  EXPECT_EQ(certificate_from_pem(made.pem)->der, made.der);
}

TEST_F(Authorities, TimeDecides) {
  const auto made = issue({.common_name = "nia", .valid_days = 30});
  EXPECT_EQ(authority.check(made.der, clock.now() + days(31)).error().code, "certificate_expired");
  EXPECT_EQ(authority.check(made.der, clock.now() - days(1)).error().code,
            "certificate_not_yet_valid");
  EXPECT_TRUE(authority.check(made.der, clock.now() + days(29)));
}

TEST_F(Authorities, NeverOutlivesTheRoot) {
  const auto brief = Authority::create("Brief", 10, clock).value();
  const auto made = brief.issue(holder.verify_key(), {.common_name = "nia"}, clock).value();
  EXPECT_EQ(read_certificate(made.der)->not_after,
            read_certificate(brief.certificate().der)->not_after);
}

TEST_F(Authorities, OtherRootsAndAlteredBytesAreRefused) {
  const auto other = Authority::create("民本 Test Root", 3650, clock).value();  // the same name
  const auto made = issue({.common_name = "nia"});
  EXPECT_EQ(other.check(made.der, clock.now()).error().code, "untrusted_certificate");
  EXPECT_FALSE(check_certificate(made.der, other.certificate(), clock.now()));
  EXPECT_TRUE(check_certificate(made.der, authority.certificate(), clock.now()));
  for (std::size_t i = 0; i < made.der.size(); i += 3) {
    Bytes bent = made.der;
    bent[i] ^= 1;
    EXPECT_FALSE(authority.check(bent, clock.now())) << "byte " << i;
  }
}

TEST_F(Authorities, ALeafCannotVouchForOthers) {
  const auto leaf = issue({.common_name = "nia"});
  const auto below =
      Authority::create("nia", 30, clock).value();  // self-made, same name as the leaf
  const auto forged =
      below.issue(holder.verify_key(), {.common_name = "wda", .member = "wda"}, clock).value();
  EXPECT_FALSE(check_certificate(forged.der, leaf, clock.now()));
  EXPECT_FALSE(authority.check(forged.der, clock.now()));
}

TEST_F(Authorities, BadRequestsAreRefused) {
  const auto code = [&](const CertificateRequest& request) {
    return authority.issue(holder.verify_key(), request, clock).error().code;
  };
  EXPECT_EQ(code({.common_name = ""}), "bad_common_name");
  EXPECT_EQ(code({.common_name = std::string(65, 'a')}), "bad_common_name");
  EXPECT_EQ(code({.common_name = "a", .member = "Not A Code"}), "bad_member");
  EXPECT_EQ(code({.common_name = "a", .dns_names = {"a,IP:10.0.0.1"}}), "bad_dns_name");
  EXPECT_EQ(code({.common_name = "a", .ip_addresses = {"1.2.3"}}), "bad_ip_address");
  EXPECT_EQ(code({.common_name = "a", .valid_days = 0}), "bad_validity");
}

TEST_F(Authorities, StaysTheSameOverRestarts) {
  const test::TemporaryDirectory directory;
  const auto first = Authority::load_or_create(directory.path() / "ca", "Root", clock);
  ASSERT_TRUE(first) << describe(first.error());
  const auto second = Authority::load_or_create(directory.path() / "ca", "Root", clock);
  EXPECT_EQ(first->certificate().der, second->certificate().der);
  const auto made = second->issue(holder.verify_key(), {.common_name = "nia"}, clock);
  EXPECT_TRUE(first->check(made->der, clock.now()));

  std::filesystem::remove(directory.path() / "ca" / "authority.key.pem");
  EXPECT_FALSE(Authority::load_or_create(directory.path() / "ca", "Root", clock));
}

TEST(Certificates, AnythingElseIsNone) {
  EXPECT_EQ(read_certificate(as_bytes("hello")).error().code, "not_a_certificate");
  EXPECT_EQ(read_certificate({}).error().code, "not_a_certificate");
  EXPECT_EQ(certificate_from_pem("-----BEGIN CERTIFICATE-----\n").error().code,
            "not_a_certificate");
}

}  // namespace
}  // namespace minben::trust
