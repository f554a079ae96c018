#include <gmock/gmock.h>

#include "support/shared.hpp"
#include "trust/requests.hpp"

namespace minben::trust {
namespace {

using testing::ElementsAre;

std::string data(std::string_view name) {
  return test::read_file(std::filesystem::path(MINBEN_SOURCE_DIR) / "tests/foundation/trust/data" /
                         name);
}

CertificateRequest gateway_names() {
  return {.common_name = "衛福部國健署 gw1",
          .member = "hpa",
          .dns_names = {"gw.hpa.example"},
          .ip_addresses = {"192.0.2.7", "2001:db8::7"}};
}

TEST(SigningRequests, SayWhatWasAskedForByWhom) {
  for (const KeyType type : {KeyType::p256, KeyType::ed25519}) {
    const auto key = SigningKey::generate(type);
    const auto pem = make_signing_request(key, gateway_names());
    ASSERT_TRUE(pem) << describe(pem.error());
    const auto read = read_signing_request(*pem);
    ASSERT_TRUE(read) << describe(read.error());
    EXPECT_EQ(read->key, key.verify_key());
    EXPECT_EQ(read->names.common_name, "衛福部國健署 gw1");
    EXPECT_EQ(read->names.member, "hpa");
    EXPECT_THAT(read->names.dns_names, ElementsAre("gw.hpa.example"));
    EXPECT_THAT(read->names.ip_addresses, ElementsAre("192.0.2.7", "2001:db8::7"));
  }
}

TEST(SigningRequests, BecomeCertificatesForTlsOrForSeals) {
  VirtualClock clock(parse_instant("2026-11-29T04:00:00Z").value());
  const auto authority = Authority::create("Root", 3650, clock).value();
  const auto key = SigningKey::generate(KeyType::p256);
  auto request = read_signing_request(make_signing_request(key, gateway_names()).value()).value();
  const auto tls = authority.issue(request.key, request.names, clock).value();
  const auto info = authority.check(tls.der, clock.now()).value();
  EXPECT_TRUE(info.for_server && info.for_client && !info.for_seals);
  EXPECT_EQ(info.member, "hpa");
  EXPECT_THAT(info.ip_addresses, ElementsAre("192.0.2.7", "2001:db8::7"));

  request.names.for_seals = true;
  EXPECT_EQ(authority.issue(request.key, request.names, clock).error().code, "bad_usage");
  request.names.for_server = request.names.for_client = false;
  const auto seal = authority.issue(request.key, request.names, clock).value();
  const auto seal_info = authority.check(seal.der, clock.now()).value();
  EXPECT_TRUE(seal_info.for_seals && !seal_info.for_server && !seal_info.for_client);
}

TEST(SigningRequests, OfOpenSslAreRead) {
  const auto read = read_signing_request(data("request.pem"));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->names.common_name, "hpa gw1");
  EXPECT_EQ(read->names.member, "hpa");
  EXPECT_THAT(read->names.dns_names, ElementsAre("gw.hpa.example"));
  EXPECT_THAT(read->names.ip_addresses, ElementsAre("192.0.2.7", "2001:db8::7"));
}

TEST(SigningRequests, WithNamesOfOtherKindsAreRefused) {
  EXPECT_EQ(read_signing_request(data("request-mail.pem")).error().code, "not_a_signing_request");
}

TEST(SigningRequests, CannotBeMadeForAKeyOneDoesNotHave) {
  const auto pem =
      make_signing_request(SigningKey::generate(KeyType::p256), gateway_names()).value();
  std::string body;  // of the PEM text
  for (const auto line : split(pem, '\n'))
    if (!line.starts_with("-----")) body += line;
  const Bytes der = base64_decode(body).value();
  ASSERT_TRUE(read_signing_request(der));
  std::size_t forged = 0;
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes bent = der;
    bent[i] ^= 1;
    const auto read = read_signing_request(bent);
    EXPECT_FALSE(read) << "byte " << i;
    if (!read && read.error().code == "signing_request_forged") ++forged;
  }
  EXPECT_GT(forged, 64u);  // at least where key, name and signature were bent
}

TEST(SigningRequests, AnythingElseIsNone) {
  const auto code = [](auto input) { return read_signing_request(input).error().code; };
  EXPECT_EQ(code(std::string_view("hello")), "not_a_signing_request");
  EXPECT_EQ(code(Octets{}), "not_a_signing_request");
  EXPECT_EQ(code(std::string_view(std::string(max_signing_request + 1, 'a'))),
            "not_a_signing_request");
  const auto key = SigningKey::generate(KeyType::p256);
  EXPECT_EQ(make_signing_request(key, {.common_name = ""}).error().code, "bad_common_name");
  EXPECT_EQ(make_signing_request(key, {.common_name = "a", .dns_names = {"a,URI:x"}}).error().code,
            "bad_dns_name");
}

TEST(SigningRequests, AskForABoundedNumberOfNames) {
  CertificateRequest names = gateway_names();
  names.dns_names.assign(max_requested_names, "gw.hpa.example");
  const auto pem = make_signing_request(SigningKey::generate(KeyType::p256), names).value();
  EXPECT_EQ(read_signing_request(pem).error().detail, "too many names");
}

}  // namespace
}  // namespace minben::trust
