// Citizen certificates, from the authority outside: what signs somebody in, and what does not.
#include "identity/citizen_certificate.hpp"

#include <gtest/gtest.h>
#include <openssl/rsa.h>

#include "certificate_country.hpp"

namespace minben::identity {
namespace {

using outside::citizens::Identity;
using outside::citizens::Pki;
using outside::citizens::Wish;
namespace oid = outside::citizens::oid;

constexpr std::string_view challenge = "Sign in at https://minben.example\nonce 7\n";

std::string code_of(const auto& result) { return result ? "" : result.error().code; }

CertificateCountry& country() { return CertificateCountry::one(); }

class CitizenCertificateTest : public testing::Test {
 protected:
  CitizenCertificateTest() {
    trust_.roots = {country().pki->root_pem()};
    trust_.intermediates = {country().pki->issuing_pem()};
    trust_.revocation.ocsp = [this](const std::string& url, const Bytes& request) -> Result<Bytes> {
      EXPECT_EQ(url, "http://127.0.0.1:7091/ocsp");
      ++asked_;
      if (silent_) return fail(Kind::unavailable, "connect_failed");
      return country().pki->answer(request);
    };
    trust_.revocation.list = [this](const trust::Certificate&) { return list_; };
  }
  Instant now() { return country().clock.now(); }
  void fetch_list() {
    trust::Certificate issuer;
    issuer.der = outside::citizens::der_of<i2d_X509>(country().pki->issuing());
    list_ = std::make_shared<const trust::RevocationIndex>(
        trust::RevocationIndex::make(country().pki->list(), issuer).value());
  }
  Result<CitizenCertificate> check(const Bytes& signature, std::string_view content = challenge) {
    return CitizenCertificates::make(trust_).value().check_signature(signature, content, now());
  }
  Result<CitizenCertificate> signed_by(const Identity& who,
                                       const outside::citizens::Manner& manner = {}) {
    return check(sign(as_bytes(challenge), who, manner));
  }
  Result<CitizenCertificate> signed_by(Wish wish) {
    if (wish.name.empty()) wish.name = "王小明";
    if (wish.last_four.empty()) wish.last_four = "6789";
    return signed_by(country().pki->issue(wish).value());
  }

  CitizenTrust trust_;
  std::shared_ptr<const trust::RevocationIndex> list_;
  bool silent_ = false;
  int asked_ = 0;
};

TEST_F(CitizenCertificateTest, SignaturesNameTheirCitizen) {
  for (const bool attached : {false, true})
    for (const EVP_MD* digest : {EVP_sha256(), EVP_sha384(), EVP_sha512()}) {
      const auto citizen = signed_by(country().citizen, {.attached = attached, .digest = digest});
      ASSERT_TRUE(citizen) << describe(citizen.error());
      EXPECT_EQ(citizen->name, "王小明");
      EXPECT_EQ(citizen->last_four, "6789");
      EXPECT_TRUE(citizen->primary_card);
      EXPECT_TRUE(citizen->issuer.find("內政部憑證管理中心") != std::string::npos);
      EXPECT_EQ(citizen->serial, outside::citizens::serial_of(country().citizen.certificate.get()));
      EXPECT_GT(citizen->not_after, now());
    }
}

TEST_F(CitizenCertificateTest, SecondaryCardsSaySo) {
  const auto citizen = signed_by({.primary_card = false});
  ASSERT_TRUE(citizen) << describe(citizen.error());
  EXPECT_FALSE(citizen->primary_card);
}

TEST_F(CitizenCertificateTest, SignaturesOfSomethingElseAreRefused) {
  for (const bool attached : {false, true}) {
    const Bytes signature = sign(as_bytes(challenge), country().citizen, {.attached = attached});
    EXPECT_EQ(code_of(check(signature, "another challenge")), "other_challenge");
    EXPECT_EQ(code_of(check(signature, "")), "other_challenge");
    EXPECT_EQ(code_of(check(signature, std::string(challenge) + " ")), "other_challenge");
  }
}

TEST_F(CitizenCertificateTest, WeakAndUnusualSignaturesAreRefused) {
  EXPECT_EQ(code_of(signed_by(country().citizen, {.digest = EVP_sha1()})), "weak_signature");
  EXPECT_EQ(code_of(signed_by(country().citizen, {.signed_attributes = false})), "not_a_signature");
  const Identity other = country().pki->issue({.name = "李大同", .last_four = "1111"}).value();
  EXPECT_EQ(code_of(signed_by(country().citizen, {.second = &other})), "several_signers");
  EXPECT_EQ(code_of(signed_by({.bits = 1024})), "weak_signature");
  EXPECT_EQ(code_of(signed_by({.digest = EVP_sha1()})), "unknown_issuer") << "of its certificate";
}

TEST_F(CitizenCertificateTest, EveryAlteredByteIsNoticed) {
  const Bytes signature = sign(as_bytes(challenge), country().citizen, {.attached = true});
  const auto good = check(signature);
  ASSERT_TRUE(good);
  silent_ = true;
  trust_.revocation.hard_fail = false;  // nothing but the signature and the certificate
  const auto certificates = CitizenCertificates::make(trust_).value();
  for (std::size_t i = 0; i < signature.size(); ++i) {
    Bytes changed = signature;
    changed[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    const auto checked = certificates.check_signature(changed, challenge, now());
    if (!checked) continue;
    // What no signature covers: versions, and how absent parameters are written. Who it is stays.
    EXPECT_EQ(checked->serial, good->serial) << i;
  }
  for (std::size_t size = 0; size < signature.size(); size += 7)
    EXPECT_FALSE(
        certificates.check_signature(trust::Octets(signature).first(size), challenge, now()));
}

TEST_F(CitizenCertificateTest, OtherCertificatesAreRefusedEachInItsOwnWords) {
  EXPECT_EQ(code_of(signed_by({.key_usage = outside::citizens::for_encryption})),
            "encryption_certificate");
  EXPECT_EQ(code_of(signed_by({.key_usage = "critical,cRLSign"})), "certificate_other_usage");
  EXPECT_EQ(code_of(signed_by({.last_four = "12345675", .subject_type = oid::company})),
            "company_certificate");
  EXPECT_EQ(code_of(signed_by({.subject_type = "2.16.886.1.100.3.1.9"})), "not_a_citizen");
  EXPECT_EQ(code_of(signed_by({.policy = oid::assurance_class_1})), "certificate_other_policy");
  EXPECT_EQ(code_of(signed_by({.not_before = now() - days(900), .not_after = now() - hours(1)})),
            "certificate_expired");
  EXPECT_EQ(code_of(signed_by({.not_before = now() + hours(1), .not_after = now() + days(9)})),
            "certificate_not_yet_valid");
}

TEST_F(CitizenCertificateTest, ASelfMadeAuthorityOfTheSameNamesConvincesNobody) {
  const minben::test::TemporaryDirectory folder;
  const auto forger = Pki::open(folder.path(), "http://127.0.0.1:7091", country().clock).value();
  const Identity forged = forger->issue({.name = "王小明", .last_four = "6789"}).value();
  EXPECT_EQ(code_of(signed_by(forged)), "unknown_issuer");
  CitizenTrust theirs = trust_;
  theirs.roots = {forger->root_pem()};
  theirs.intermediates = {forger->issuing_pem()};
  theirs.revocation = {.hard_fail = false};
  const Bytes signature = sign(as_bytes(challenge), forged, {});
  EXPECT_TRUE(
      CitizenCertificates::make(theirs).value().check_signature(signature, challenge, now()))
      << "it is in order but for who made it";
}

TEST_F(CitizenCertificateTest, WhoeverIsRevokedIsRefusedByListAndByAnswer) {
  const Identity lost = country().pki->issue({.name = "林一", .last_four = "2222"}).value();
  trust_.revocation.order = RevocationSources::Order::list_first;
  fetch_list();
  EXPECT_TRUE(signed_by(lost));
  ASSERT_TRUE(country().pki->revoke(outside::citizens::serial_of(lost.certificate.get()), 1));
  EXPECT_TRUE(signed_by(lost)) << "the kept list is from before";
  trust_.revocation.order = RevocationSources::Order::answer_first;
  EXPECT_EQ(code_of(signed_by(lost)), "certificate_revoked") << "by OCSP";
  fetch_list();
  silent_ = true;
  EXPECT_EQ(code_of(signed_by(lost)), "certificate_revoked") << "by the list";
  EXPECT_TRUE(signed_by(country().citizen));
  list_ = nullptr;
  silent_ = false;
  EXPECT_EQ(code_of(signed_by(lost)), "certificate_revoked") << "without a list";
  trust_.revocation.hard_fail = false;
  EXPECT_EQ(code_of(signed_by(lost)), "certificate_revoked");
}

TEST_F(CitizenCertificateTest, WhereNobodyCanTellNobodyIsLetIn) {
  silent_ = true;
  EXPECT_EQ(code_of(signed_by(country().citizen)), "revocation_unknown");
  fetch_list();
  EXPECT_TRUE(signed_by(country().citizen));
  country().clock.advance(days(2));
  EXPECT_EQ(code_of(signed_by(country().citizen)), "revocation_unknown") << "the list is too old";
  silent_ = false;
  EXPECT_TRUE(signed_by(country().citizen));
  trust_.revocation.order = RevocationSources::Order::both;
  EXPECT_EQ(code_of(signed_by(country().citizen)), "revocation_unknown");
  trust_.revocation.hard_fail = false;
  EXPECT_TRUE(signed_by(country().citizen));
}

TEST_F(CitizenCertificateTest, ACertificateShownInAHandshakeIsJudgedAlike) {
  const auto certificates = CitizenCertificates::make(trust_).value();
  const auto shown = [&](const Identity& who) {
    return certificates.check_certificate(
        outside::citizens::der_of<i2d_X509>(who.certificate.get()), now());
  };
  const auto citizen = shown(country().citizen);
  ASSERT_TRUE(citizen) << describe(citizen.error());
  EXPECT_EQ(citizen->last_four, "6789");
  EXPECT_EQ(
      code_of(shown(country()
                        .pki->issue({.name = "a", .last_four = "1", .subject_type = oid::company})
                        .value())),
      "company_certificate");
  EXPECT_EQ(code_of(certificates.check_certificate({}, now())), "unknown_issuer");
}

TEST_F(CitizenCertificateTest, SignaturesComeAsFilesAndAsPastedText) {
  const Bytes der = sign(as_bytes(challenge), country().citizen, {});
  const std::string base64 = base64_encode(der);
  std::string lines;
  for (std::size_t i = 0; i < base64.size(); i += 64) lines += base64.substr(i, 64) + "\r\n";
  EXPECT_EQ(decode_signature(as_text(der)).value(), der);
  EXPECT_EQ(decode_signature(base64).value(), der);
  EXPECT_EQ(decode_signature("-----BEGIN PKCS7-----\n" + lines + "-----END PKCS7-----\n").value(),
            der);
  for (const std::string_view none : {"", "x", "-----BEGIN PKCS7-----\n", "不是簽章"})
    EXPECT_EQ(code_of(decode_signature(none)), "not_a_signature") << none;
  EXPECT_EQ(code_of(decode_signature(std::string(1u << 20, 'A'))), "not_a_signature");
}

TEST(RevokedAuthority, VouchesForNobody) {
  const test::TemporaryDirectory folder;
  VirtualClock clock{parse_instant("2026-11-30T04:00:00Z").value()};
  const auto pki = Pki::open(folder.path(), "http://127.0.0.1:7092", clock).value();
  const Identity citizen = pki->issue({.name = "王小明", .last_four = "6789"}).value();
  const auto issuing = trust::authority_from_pem(pki->issuing_pem()).value();
  const auto root = trust::authority_from_pem(pki->root_pem()).value();
  const auto index = [](Bytes list, const trust::Certificate& issuer) {
    return std::make_shared<const trust::RevocationIndex>(
        trust::RevocationIndex::make(std::move(list), issuer).value());
  };
  std::shared_ptr<const trust::RevocationIndex> of_root;
  CitizenTrust trust{.roots = {pki->root_pem()}, .intermediates = {pki->issuing_pem()}};
  trust.revocation.list = [&](const trust::Certificate& issuer) {
    return issuer.der == root.der ? of_root : index(pki->list(), issuing);
  };
  const auto outcome = [&] {
    return code_of(CitizenCertificates::make(trust).value().check_signature(
        sign(as_bytes(challenge), citizen), challenge, clock.now()));
  };
  EXPECT_EQ(outcome(), "") << "nobody asks about authorities";
  trust.revocation.authorities = true;
  EXPECT_EQ(outcome(), "revocation_unknown") << "the root has no list";
  of_root = index(pki->root_list(), root);
  EXPECT_EQ(outcome(), "");
  ASSERT_TRUE(pki->revoke_issuing(1));
  EXPECT_EQ(outcome(), "") << "the kept list is from before";
  clock.advance(hours{1});
  of_root = index(pki->root_list(), root);
  EXPECT_EQ(outcome(), "issuer_revoked");
  clock.advance(days{2});
  EXPECT_EQ(outcome(), "issuer_revoked") << "on an old list it is revoked as well";
}

}  // namespace
}  // namespace minben::identity
