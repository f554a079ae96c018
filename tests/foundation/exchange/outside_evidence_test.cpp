// Containers of exchanges in which a seal's certificate comes from an outside authority: `openssl
// ca` with an RSA root and an issuing authority below it, and its responder.
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "evidence_parts.hpp"
#include "exchange_of_two.hpp"
#include "handover.hpp"
#include "support/outside_authority.hpp"
#include "trust/requests.hpp"

namespace minben::exchange::test {
namespace {

trust::SigningKey new_key(trust::KeyType type) { return trust::SigningKey::generate(type); }

/// nia asks under a certificate of the outside authority, ris answers under the registry's.
class OutsideEvidence : public ::testing::Test {
 protected:
  /// Signed so long after the certificate was made.
  void sign_after(seconds later) {
    const trust::SigningKey key = new_key(trust::KeyType::p256);
    pem = authority.sign(
        trust::make_signing_request(key, {.common_name = "some name", .member = "boca"}).value(),
        "seal");
    clock.emplace(SystemClock().now() + later);
    two.emplace(*clock);
    const auto chain = trust::chain_from_pem(pem).value();
    const Sealer sealer = Sealer::make(key, chain.front()).value();
    two->consumer.sealer = sealer;
    configuration = {};
    configuration.instance = "MINBEN";
    configuration.version = 7;
    configuration.issued_at = two->at - hours(1);
    configuration.expires_at = two->at + days(7);
    for (const auto& [code, certificate] :
         {std::pair<std::string, std::string>{"ris", two->provider.sealer.certificate().pem},
          {"nia", pem},
          {"wda", two->root.certificate().pem}}) {
      Member member;
      member.code.value = code;
      member.gateways.push_back({.url = "",
                                 .signing_key = new_key(trust::KeyType::ed25519).verify_key(),
                                 .certificates = {certificate}});
      configuration.members.push_back(std::move(member));
    }
    parts = two->parts_with_ledger();
    parts.request.signer = {.certificate = chain.front(),
                            .issuers = {chain[1], root()},
                            .holder = proof(registry),
                            .ocsp = ocsp()};
  }
  [[nodiscard]] trust::Certificate root() const {
    return trust::authority_from_pem(authority.root()).value();
  }
  [[nodiscard]] Bytes ocsp(const std::string& of = {}) {
    const std::string der = authority.answer(of.empty() ? pem : of);
    return {der.begin(), der.end()};
  }
  [[nodiscard]] std::optional<HolderProof> proof(const trust::SigningKey& key) const {
    return prove_holder(*sign_seal_holders(configuration, key), seal_holders(configuration),
                        sha256(trust::certificate_from_pem(pem)->der));
  }
  [[nodiscard]] EvidenceTrust trust() const {
    EvidenceTrust all = two->trust();
    all.outside_roots = {authority.root()};
    all.registry_keys = {registry.verify_key()};
    return all;
  }
  /// Made without a look at it: what a dishonest gateway would give out.
  [[nodiscard]] std::string container() const { return two->container(parts); }
  static std::string faults_of(std::string_view container, const EvidenceTrust& trust) {
    const auto report = verify_evidence(container, trust);
    if (!report) return report.error().code + " " + report.error().field;
    std::string all;
    for (const Error& fault : report->faults)
      all += (all.empty() ? "" : ", ") + fault.code + " " + fault.field;
    return all;
  }
  [[nodiscard]] std::string faults() const { return faults_of(container(), trust()); }
  /// What making it says, since whoever makes it looks first.
  [[nodiscard]] std::string made() const {
    const auto made =
        make_evidence(parts, two->provider.sealer, two->provider.certificate(), two->at);
    return made ? "made" : made.error().code + " " + made.error().field;
  }

  minben::test::OutsideAuthorityProgram authority;
  trust::SigningKey registry = new_key(trust::KeyType::ed25519);
  std::optional<VirtualClock> clock;
  std::optional<ExchangeOfTwo> two;
  std::string pem;  ///< of nia's seal
  Configuration configuration;
  EvidenceParts parts;
};

TEST_F(OutsideEvidence, TheRegistrySaysWhoseTheCertificateIs) {
  sign_after(seconds(1));
  const auto report = verify_evidence(container(), trust());
  ASSERT_TRUE(report) << describe(report.error());
  ASSERT_TRUE(report->proven()) << describe(report->faults.front());
  EXPECT_EQ(report->request->sender.member, "nia") << "and not what stands in the certificate";
  EXPECT_EQ(report->response->sender.member, "ris");
  EXPECT_FALSE(report->revocation_known) << "of ris nothing is known";
}

TEST_F(OutsideEvidence, EveryLinkIsNeeded) {
  sign_after(seconds(1));
  const std::string good = container();
  const auto without = [&](auto&& change) {
    EvidenceTrust less = trust();
    change(less);
    return faults_of(good, less);
  };
  const std::string certificates = " request.certificates.pem";
  EXPECT_EQ(without([](auto& t) { t.outside_roots.clear(); }),
            "untrusted_certificate" + certificates);
  EXPECT_EQ(without([&](auto& t) { t.registry_keys.clear(); }), "holder_forged request.holders");
  EXPECT_EQ(
      without([&](auto& t) { t.registry_keys = {new_key(trust::KeyType::ed25519).verify_key()}; }),
      "holder_forged request.holders");
  EXPECT_EQ(without([](auto& t) { t.outside_roots = {"nonsense"}; }), "untrusted_root ");
  // An outside root is none whose names tell the member.
  EXPECT_EQ(without([&](auto& t) {
              t.outside_roots = t.roots;
              t.roots = {};
            }),
            "untrusted_certificate" + certificates +
                ", untrusted_certificate response.certificates.pem, "
                "untrusted_certificate certificates.pem");

  parts.request.signer.issuers = {root()};  // the intermediate is not there
  EXPECT_EQ(made(), "untrusted_certificate request.certificates.pem");
}

TEST_F(OutsideEvidence, ABindingIsOfThisCertificateThisMemberAndThisTime) {
  sign_after(seconds(1));
  const auto with = [&](auto&& change) {
    const auto before = *parts.request.signer.holder;
    change(*parts.request.signer.holder);
    std::string said = made();
    parts.request.signer.holder = before;
    return said;
  };
  const auto holders = seal_holders(configuration);
  EXPECT_EQ(with([&](auto& h) { h.holder = write_seal_holder({"boca", holders[1].certificate}); }),
            "holder_not_named request.holder");
  EXPECT_EQ(with([&](auto& h) { h = *prove_holder(h.holders, holders, holders[0].certificate); }),
            "holder_other_certificate request.holder");
  EXPECT_EQ(with([&](auto& h) { h.path += "x"; }), "not_a_path request.holder");
  EXPECT_EQ(with([&](auto& h) { h.holders.signature[3] ^= 1; }), "holder_forged request.holders");
  EXPECT_EQ(with([&](auto& h) { h.holders.statement[30] ^= 1; }).substr(0, 3), "not");
  // The registry itself says that it is another member's.
  configuration.members[1].code.value = "boca";
  EXPECT_EQ(with([&](auto& h) { h = *proof(registry); }), "other_member request.certificates.pem");
  configuration.members[1].code.value = "nia";
  // Of a configuration that had run out, and of one that came later.
  configuration.expires_at = two->at - seconds(1);
  EXPECT_EQ(with([&](auto& h) { h = *proof(registry); }), "holder_out_of_time request.holders");
  configuration.expires_at = two->at + days(7);
  configuration.issued_at = two->at + minutes(6);
  EXPECT_EQ(with([&](auto& h) { h = *proof(registry); }), "holder_out_of_time request.holders");
}

TEST_F(OutsideEvidence, ARegistryThatChangedItsKeyIsFollowedBothWays) {
  sign_after(seconds(1));
  const trust::SigningKey next = new_key(trust::KeyType::ed25519);
  const trust::SigningKey thief = new_key(trust::KeyType::ed25519);
  parts.handovers = {sign_handover("MINBEN", registry, next, two->at).value()};
  const auto believes = [&](const trust::SigningKey& key) {
    EvidenceTrust other = trust();
    other.registry_keys = {key.verify_key()};
    return faults_of(container(), other);
  };
  EXPECT_EQ(believes(registry), "");
  EXPECT_EQ(believes(next), "") << "it was signed by the one before";
  EXPECT_EQ(believes(thief), "holder_forged request.holders");
  parts.request.signer.holder = proof(next);
  EXPECT_EQ(believes(registry), "") << "it was signed by the one after";
  parts.handovers.clear();
  EXPECT_EQ(believes(registry), "holder_forged request.holders");
}

// ---------------------------------------------------------------------------------- revocation

TEST_F(OutsideEvidence, AnAnswerIsOfThisCertificateAndOfItsAuthority) {
  sign_after(seconds(1));
  const std::string mine = pem;
  const std::string other = authority.sign(
      trust::make_signing_request(new_key(trust::KeyType::p256), {.common_name = "other"}).value(),
      "seal");
  parts.request.signer.ocsp = ocsp(other);
  EXPECT_EQ(made(), "ocsp_other_certificate request.ocsp.der");
  const std::string by_root = authority.answer(mine, "root");
  parts.request.signer.ocsp = Bytes(by_root.begin(), by_root.end());
  EXPECT_EQ(made(), "ocsp_forged request.ocsp.der");
  parts.request.signer.ocsp = Bytes{1, 2, 3};
  EXPECT_EQ(made(), "not_an_ocsp_response request.ocsp.der");
}

TEST_F(OutsideEvidence, WhatNobodyKnowsIsNotProvenUnlessThePolicyIsSoft) {
  sign_after(seconds(1));
  parts.request.signer.ocsp.reset();
  EXPECT_EQ(faults(), "revocation_unknown request.certificates.pem");
  EvidenceTrust soft = trust();
  soft.revocation.hard = false;
  EXPECT_EQ(faults_of(container(), soft), "");
  parts.revocation_lists = {authority.revocation_list()};
  EXPECT_EQ(faults(), "") << "the list tells";
  parts.revocation_lists.clear();
  EvidenceTrust given = trust();
  given.revocation_lists = {authority.revocation_list()};
  EXPECT_EQ(faults_of(container(), given), "");
}

TEST_F(OutsideEvidence, AnAnswerThatWasTooOldForTheSignatureDoesNotCount) {
  sign_after(minutes(110));  // answers are for 60 minutes, and the grace time is as long
  EXPECT_EQ(faults(), "");
  sign_after(minutes(130));
  EXPECT_EQ(faults(), "ocsp_stale request.ocsp.der");
  EvidenceTrust strict = trust();
  sign_after(minutes(30));
  EXPECT_EQ(faults(), "");
  strict = trust();
  strict.revocation.grace_s = seconds(0);
  strict.revocation.freshness_s = minutes(20);
  EXPECT_EQ(faults_of(container(), strict), "ocsp_stale request.ocsp.der");
}

TEST_F(OutsideEvidence, RevokedBeforeItSignedIsNotProvenRevokedLaterIs) {
  sign_after(seconds(0));
  authority.revoke(pem, "superseded");
  parts.request.signer.ocsp = ocsp();
  const auto report = verify_evidence(container(), trust());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->proven()) << describe(report->faults.front());

  sign_after(hours(3));
  authority.revoke(pem, "superseded");  // now, and it signs in three hours
  parts.request.signer.ocsp = ocsp();
  EXPECT_EQ(faults(), "certificate_revoked request.ocsp.der");
  parts.request.signer.ocsp.reset();
  parts.revocation_lists = {authority.revocation_list()};
  EXPECT_EQ(faults(), "certificate_revoked request.certificates.pem");
}

TEST_F(OutsideEvidence, OfAStolenKeyNothingIsProvenWithoutATimestamp) {
  sign_after(seconds(0));
  authority.revoke(pem);
  parts.request.signer.ocsp = ocsp();
  EXPECT_EQ(faults(), "certificate_revoked request.certificates.pem");
}

TEST_F(OutsideEvidence, NoPartCanBeChangedOrLeftOut) {
  sign_after(seconds(1));
  parts.handovers = {
      sign_handover("MINBEN", registry, new_key(trust::KeyType::ed25519), two->at).value()};
  const std::string good = container();
  ASSERT_EQ(faults_of(good, trust()), "");
  const auto entries = read_zip(good, max_parts).value();
  ASSERT_EQ(entries.size(), 29u);
  for (const ZipEntry& entry : entries) {
    auto other = entries;
    std::string& content = std::ranges::find(other, entry.name, &ZipEntry::name)->content;
    content[content.size() / 2] ^= 1;
    EXPECT_NE(faults_of(write_zip(other).value(), trust()), "") << entry.name;
    std::erase_if(other, [&](const ZipEntry& e) { return e.name == entry.name; });
    EXPECT_NE(faults_of(write_zip(other).value(), trust()), "") << entry.name;
  }
}

// ----------------------------------------------------------------------------------- the archive

TEST_F(OutsideEvidence, TheArchiveKeepsOneStatementForEachWeekAndEachChange) {
  sign_after(seconds(1));
  const minben::test::TemporaryDirectory folder;
  const auto archive = CertificateArchive::open(folder.path()).value();
  configuration.trust_anchors = {two->root.certificate().pem};
  configuration.authorities = {{.root = authority.root()}};
  const Sha256 mine = sha256(trust::certificate_from_pem(pem)->der);
  const auto statements = [&] {
    return std::ranges::count_if(
        std::filesystem::directory_iterator(folder.path()),
        [](const auto& entry) { return entry.path().filename().string().starts_with("holders-"); });
  };
  for (int day = 0; day < 30; ++day) {
    ++configuration.version;
    configuration.issued_at = two->at + days(day);
    configuration.expires_at = configuration.issued_at + days(7);
    ASSERT_TRUE(archive->keep(configuration, sign_seal_holders(configuration, registry)));
  }
  EXPECT_LE(statements(), 7);
  for (int hour = 0; hour < 36 * 24; ++hour) {
    const auto found = archive->find(mine, two->at + hours(hour));
    ASSERT_TRUE(found) << hour << " " << describe(found.error());
    ASSERT_EQ(found->issuers.size(), 2u);
    const auto said = read_holders_statement(found->holder->holders.statement).value();
    ASSERT_TRUE(said.issued_at <= two->at + hours(hour) + minutes(5) &&
                two->at + hours(hour) < said.expires_at);
  }
  EXPECT_EQ(archive->find(mine, two->at + days(37)).error().code, "unknown_certificate");

  const auto before = statements();
  configuration.members.pop_back();
  ++configuration.version;
  ASSERT_TRUE(archive->keep(configuration, sign_seal_holders(configuration, registry)));
  EXPECT_EQ(statements(), before + 1) << "other certificates";
}

TEST_F(OutsideEvidence, TheArchiveKeepsTheNewestThatAnAuthoritySaid) {
  const minben::test::TemporaryDirectory folder;
  const std::string name(64, 'a');
  const Bytes first{1, 2}, second{3};
  {
    const auto archive = CertificateArchive::open(folder.path()).value();
    EXPECT_FALSE(archive->answer(CertificateUse::seal, name));
    ASSERT_TRUE(archive->keep_answer(CertificateUse::seal, name, first));
    ASSERT_TRUE(archive->keep_answer(CertificateUse::seal, name, second));
    ASSERT_TRUE(archive->keep_answer(CertificateUse::tls, name, first));
    ASSERT_TRUE(archive->keep_list(name, "a list"));
  }
  const auto again = CertificateArchive::open(folder.path()).value();
  EXPECT_EQ(again->answer(CertificateUse::seal, name), second);
  EXPECT_EQ(again->answer(CertificateUse::tls, name), first);
  EXPECT_EQ(again->list(name), "a list");
}

TEST(Holders, AConfigurationTellsOnlyWhatItsOwnCertificatesMake) {
  const SystemClock system_time;
  const auto registry = new_key(trust::KeyType::ed25519);
  const auto root = trust::Authority::create("Root", 30, system_time).value();
  Configuration configuration;
  configuration.instance = "MINBEN";
  configuration.version = 1;
  configuration.issued_at = std::chrono::floor<seconds>(system_time.now());
  configuration.expires_at = configuration.issued_at + days(7);
  configuration.consent_key = registry.verify_key();
  configuration.authorities = {{.root = root.certificate().pem}};
  Member member;
  member.code.value = "nia";
  member.gateways.push_back({.url = "https://localhost:1",
                             .signing_key = registry.verify_key(),
                             .certificates = {root.certificate().pem}});
  configuration.members = {member};
  const std::string good = sign_configuration(configuration, registry).value();
  const auto read =
      verify_signed_configuration(good, registry.verify_key(), configuration.issued_at);
  ASSERT_TRUE(read) << describe(read.error());
  ASSERT_TRUE(read->holders);
  EXPECT_EQ(read->holders->statement, sign_seal_holders(configuration, registry)->statement);
  // A registry that takes over another version's statement is wrong, and so is one without its key.
  Json content = parse_json(good)->at("content");
  const auto signed_again = [&] {
    const std::string bytes = "minben-configuration/2\n" + canonical_json(content).value();
    const JsonObject document{{"format", "minben-configuration/2"},
                              {"content", content},
                              {"signature", base64url_encode(registry.sign(as_bytes(bytes)))}};
    const auto verified = verify_signed_configuration(write_json(document), registry.verify_key(),
                                                      configuration.issued_at);
    return verified ? "" : verified.error().code;
  };
  EXPECT_EQ(signed_again(), "");
  content.at("version") = 2;
  EXPECT_EQ(signed_again(), "configuration_malformed");
  content.at("version") = 1;
  content.at("seal_holders").at("signature") = base64url_encode(Bytes(64));
  EXPECT_EQ(signed_again(), "configuration_forged");
}

// ------------------------------------------------------------------------- what others find

TEST_F(OutsideEvidence, IsCheckedByUnzipAndOpensslAlone) {
  sign_after(seconds(0));
  const minben::test::TemporaryDirectory folder;
  const auto path = [&](std::string_view name) { return (folder.path() / name).string(); };
  const auto write = [&](std::string_view name, std::string_view content) {
    std::ofstream(path(name), std::ios::binary) << content;
  };
  write("roots.pem", two->root.certificate().pem);
  write("outside.pem", authority.root());
  write("registry.pem", registry.verify_key().pem());
  const auto check = [&](std::string_view content) {
    write("x.asice", content);
    const std::string command = fmt::format(
        "'{}/tests/foundation/exchange/check_asic.sh' '{}' '{}' /dev/null '{}' '{}' > '{}' 2>&1",
        MINBEN_SOURCE_DIR, path("x.asice"), path("roots.pem"), path("outside.pem"),
        path("registry.pem"), path("said"));
    return std::system(command.c_str()) == 0 ? "" : minben::test::read_file(path("said"));
  };
  const std::string good = container();
  EXPECT_EQ(check(good), "");
  for (const ZipEntry& entry : read_zip(good, max_parts).value()) {
    if (!entry.name.starts_with("request.")) continue;
    auto other = read_zip(good, max_parts).value();
    std::string& content = std::ranges::find(other, entry.name, &ZipEntry::name)->content;
    content[content.size() / 2] ^= 1;
    EXPECT_NE(check(write_zip(other).value()), "") << entry.name;
  }
  write("registry.pem", new_key(trust::KeyType::ed25519).verify_key().pem());
  EXPECT_NE(check(good).find("the registry has not signed"), std::string::npos);
  write("registry.pem", registry.verify_key().pem());
  authority.revoke(pem, "superseded");
  parts.request.signer.ocsp = ocsp();
  EXPECT_EQ(check(container()), "") << "revoked after it signed";
}

}  // namespace
}  // namespace minben::exchange::test
