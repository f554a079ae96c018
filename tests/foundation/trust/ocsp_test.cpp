// OCSP against an authority that is another program: `openssl ca` and `openssl ocsp`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/outside_authority.hpp"
#include "trust/ocsp.hpp"
#include "trust/requests.hpp"

namespace minben::trust {
namespace {

class OcspTest : public testing::Test {
 protected:
  static test::OutsideAuthorityProgram& authority() {
    static test::OutsideAuthorityProgram only;
    return only;
  }
  static std::string issue(const std::string& section) {
    const auto key = SigningKey::generate(KeyType::p256);
    CertificateRequest names{.common_name = "hpa gw1", .member = "hpa"};
    return authority().sign(make_signing_request(key, names).value(), section);
  }
  static Bytes der(const std::string& pem) { return certificate_from_pem(pem)->der; }
  static Certificate issuer() { return authority_from_pem(authority().issuing()).value(); }
  std::string code(const std::string& response, const std::string& pem, Instant at) {
    const auto answer = verify_ocsp_response(as_bytes(response), der(pem), issuer(), at, hours(24));
    if (!answer) return answer.error().code;
    return answer->revoked ? "revoked" : "good";
  }
  const Instant now = SystemClock().now() + seconds(10);  // after what the test makes
};

TEST_F(OcspTest, ChainsOfAnOutsideAuthorityAreTrustedWhereTheyAreToBe) {
  const std::string tls = issue("tls");
  const auto chain = chain_from_pem(tls).value();
  ASSERT_EQ(chain.size(), 2u);
  const std::vector<std::string> between{std::string(as_text(chain[1].der))};
  const auto code_of = [&](const Anchor& anchor, Usage usage, std::span<const std::string> shown) {
    const auto path =
        PathValidator::make(std::span(&anchor, 1), {})->path(chain[0].der, now, usage, shown);
    return path ? std::string("trusted") : path.error().code;
  };
  Anchor anchor{.root = authority().root()};
  anchor.outside = true;
  EXPECT_EQ(code_of(anchor, Usage::tls_server, between), "trusted");
  EXPECT_EQ(code_of(anchor, Usage::tls_server, {}), "untrusted_certificate");
  EXPECT_EQ(code_of(anchor, Usage::seal, between), "certificate_other_usage");
  anchor.intermediates = {authority().issuing()};
  EXPECT_EQ(code_of(anchor, Usage::tls_server, {}), "trusted");
  anchor.for_tls = false;
  EXPECT_EQ(code_of(anchor, Usage::tls_server, {}), "certificate_other_usage");
  // Of an intermediate's list, too.
  anchor.for_tls = true;
  authority().revoke(tls);
  const std::vector<std::string> lists{authority().revocation_list()};
  const auto validator = PathValidator::make(std::span(&anchor, 1), lists);
  ASSERT_TRUE(validator) << describe(validator.error());
  EXPECT_EQ(validator->path(chain[0].der, now, Usage::tls_server).error().code,
            "certificate_revoked");
  EXPECT_EQ(PathValidator::make(std::vector<std::string>{authority().root()}, {}).error().code,
            "not_a_certificate")
      << "an own root has no RSA key";
}

TEST_F(OcspTest, GoodRevokedAndForeign) {
  const std::string first = issue("tls");
  const std::string second = issue("seal");
  const std::string good = authority().answer(first);
  EXPECT_EQ(code(good, first, now), "good");
  EXPECT_EQ(code(good, second, now), "ocsp_other_certificate");
  EXPECT_EQ(ocsp_subject(as_bytes(good)).value(), ocsp_subject(der(first), issuer()).value());
  EXPECT_EQ(ocsp_url(der(first)), authority().url());
  authority().revoke(first);
  const std::string bad = authority().answer(first);
  EXPECT_EQ(code(bad, first, now), "revoked");
  const auto answer =
      verify_ocsp_response(as_bytes(bad), der(first), issuer(), now, hours(24)).value();
  EXPECT_EQ(answer.revoked->reason, RevocationReason::key_compromise);
  EXPECT_EQ(answer.revoked->serial, read_certificate(der(first))->serial);
}

TEST_F(OcspTest, TheAuthorityItselfMayAnswerAndNobodyElse) {
  const std::string leaf = issue("tls");
  EXPECT_EQ(code(authority().answer(leaf, "issuing"), leaf, now), "good");
  // By the root, which did not issue it; and by a certificate that is no responder's.
  EXPECT_EQ(code(authority().answer(leaf, "root"), leaf, now), "ocsp_forged");
  const auto key = SigningKey::generate(KeyType::p256);
  ASSERT_TRUE(key.save(authority().folder() / "other.key.pem"));
  const std::string other =
      authority().sign(make_signing_request(key, {.common_name = "other"}).value(), "server_only");
  ASSERT_TRUE(write_secret_file(authority().folder() / "other.pem", other));
  EXPECT_EQ(code(authority().answer(leaf, "other"), leaf, now), "ocsp_forged");
  std::string altered = authority().answer(leaf);
  altered[altered.size() / 3] ^= 1;
  EXPECT_THAT(code(altered, leaf, now),
              testing::AnyOf("ocsp_forged", "not_an_ocsp_response", "ocsp_other_certificate"));
}

TEST_F(OcspTest, AnswersGrowOld) {
  const std::string leaf = issue("tls");
  const std::string response = authority().answer(leaf);
  EXPECT_EQ(code(response, leaf, now + minutes(59)), "good");
  EXPECT_EQ(code(response, leaf, now + minutes(61)), "ocsp_stale");
  EXPECT_EQ(code(response, leaf, now - minutes(4)), "good");
  EXPECT_EQ(code(response, leaf, now - minutes(10)), "ocsp_not_yet_valid");
  EXPECT_EQ(
      verify_ocsp_response(as_bytes(response), der(leaf), issuer(), now + minutes(11), minutes(10))
          .error()
          .code,
      "ocsp_stale")
      << "older than is wanted";
}

TEST_F(OcspTest, WhatIsUnknownAndWhatIsNoAnswer) {
  // Issued by the same key, but not in the authority's books.
  test::OutsideAuthorityProgram& books = authority();
  const std::string leaf = issue("tls");
  const auto index = books.folder() / "index.txt";
  const std::string kept = test::read_file(index);
  ASSERT_TRUE(write_secret_file(index, kept.substr(0, kept.rfind('\n', kept.size() - 2) + 1)));
  EXPECT_EQ(code(books.answer(leaf), leaf, now), "ocsp_unknown");
  ASSERT_TRUE(write_secret_file(index, kept));
  EXPECT_EQ(code("", leaf, now), "not_an_ocsp_response");
  EXPECT_EQ(code("nonsense", leaf, now), "not_an_ocsp_response");
  EXPECT_EQ(code(std::string("\x30\x03\x0a\x01\x06", 5), leaf, now), "ocsp_refused");
  EXPECT_EQ(code(books.answer(leaf) + "x", leaf, now), "not_an_ocsp_response");
  EXPECT_EQ(code(std::string(max_ocsp_response + 1, 'x'), leaf, now), "not_an_ocsp_response");
}

}  // namespace
}  // namespace minben::trust
