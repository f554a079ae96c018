#include <gmock/gmock.h>

#include "support/shared.hpp"
#include "trust/revocation.hpp"

namespace minben::trust {
namespace {

std::string data(std::string_view name) {
  return test::read_file(std::filesystem::path(MINBEN_SOURCE_DIR) / "tests/foundation/trust/data" /
                         name);
}

/// RFC 7468: 64 characters a line.
std::string to_pem(const Bytes& der) {
  const std::string text = base64_encode(der);
  std::string pem = "-----BEGIN X509 CRL-----\n";
  for (std::size_t i = 0; i < text.size(); i += 64) pem += text.substr(i, 64) + "\n";
  return pem + "-----END X509 CRL-----\n";
}

struct Revocation : testing::Test {
  VirtualClock clock{parse_instant("2026-11-29T04:00:00Z").value()};
  Authority authority = Authority::create("Root", 3650, clock).value();
  Authority other = Authority::create("Root", 3650, clock).value();  // the same name
  SigningKey holder = SigningKey::generate(KeyType::p256);

  Certificate issue(const CertificateRequest& request) {
    return authority.issue(holder.verify_key(), request, clock).value();
  }
  std::string list_of(const Authority& by, std::vector<Revoked> revoked, std::int64_t number = 1) {
    return make_revocation_list(by, revoked, number, clock.now(), clock.now() + days(30)).value();
  }
  std::string code(const PathValidator& validator, const Certificate& certificate,
                   Usage usage = Usage::any) {
    const auto checked = validator.check(certificate.der, clock.now(), usage);
    return checked ? "" : checked.error().code;
  }
  PathValidator validator(std::vector<std::string> lists) {
    const std::vector<std::string> roots{authority.certificate().pem, other.certificate().pem};
    return PathValidator::make(roots, lists).value();
  }
};

TEST_F(Revocation, ListsSayWhatTheAuthorityRevoked) {
  const std::vector<Revoked> revoked{
      {"0a1b2c", clock.now() - days(2), RevocationReason::key_compromise},
      {"7fffffffffffffffffffffffffffffff", clock.now() - days(1), RevocationReason::unspecified}};
  const std::string pem = list_of(authority, revoked, 17);
  const auto list = verify_revocation_list(pem, authority.certificate(), clock.now());
  ASSERT_TRUE(list) << describe(list.error());
  EXPECT_EQ(list->number, 17);
  EXPECT_EQ(list->this_update, clock.now());
  EXPECT_EQ(list->next_update, clock.now() + days(30));
  ASSERT_EQ(list->revoked.size(), 2u);
  for (const Revoked& each : revoked) EXPECT_EQ(list->revoked.at(each.serial), each);
}

TEST_F(Revocation, EmptyListsAreLists) {
  const auto list =
      verify_revocation_list(list_of(authority, {}), authority.certificate(), clock.now());
  ASSERT_TRUE(list) << describe(list.error());
  EXPECT_TRUE(list->revoked.empty());
}

TEST_F(Revocation, ListsOfOpenSslAreRead) {
  const auto root = certificate_from_pem(data("root.pem")).value();
  const auto list = verify_revocation_list(data("root-crl.pem"), root,
                                           parse_instant("2026-12-01T00:00:00Z").value());
  ASSERT_TRUE(list) << describe(list.error());
  EXPECT_EQ(list->number, 0x1000);
  ASSERT_EQ(list->revoked.size(), 2u);
  EXPECT_EQ(list->revoked.at("0a1b2c").reason, RevocationReason::key_compromise);
  EXPECT_EQ(list->revoked.at("0a1b2c").at, parse_instant("2026-11-01T00:00:00Z").value());
  EXPECT_EQ(list->revoked.at("ffee").reason, RevocationReason::unspecified);
}

TEST_F(Revocation, ListsOfOthersAndAlteredOnesAreRefused) {
  const std::string pem = list_of(authority, {{"0a", clock.now(), {}}});
  EXPECT_EQ(verify_revocation_list(pem, other.certificate(), clock.now()).error().code,
            "revocation_list_forged");
  std::string body;
  for (const auto line : split(pem, '\n'))
    if (!line.starts_with("-----")) body += line;
  const Bytes der = base64_decode(body).value();
  ASSERT_EQ(to_pem(der), pem);
  for (std::size_t i = 0; i < der.size(); ++i) {
    Bytes bent = der;
    bent[i] ^= 1;
    EXPECT_FALSE(verify_revocation_list(to_pem(bent), authority.certificate(), clock.now()))
        << "byte " << i;
  }
}

TEST_F(Revocation, ListsHaveTheirTime) {
  const std::string pem = list_of(authority, {});
  const auto code_at = [&](Instant at) {
    return verify_revocation_list(pem, authority.certificate(), at).error().code;
  };
  EXPECT_EQ(code_at(clock.now() + days(30)), "revocation_list_expired");
  EXPECT_EQ(code_at(clock.now() - minutes(6)), "revocation_list_not_yet_valid");
  EXPECT_TRUE(verify_revocation_list(pem, authority.certificate(), clock.now() - minutes(4)));
}

TEST_F(Revocation, WrongListsAreNotMade) {
  const auto code_of = [&](const Revoked& revoked) {
    return make_revocation_list(authority, std::span(&revoked, 1), 1, clock.now(),
                                clock.now() + days(1))
        .error()
        .code;
  };
  EXPECT_EQ(code_of({"", clock.now(), {}}), "not_a_serial");
  EXPECT_EQ(code_of({"xyz", clock.now(), {}}), "not_a_serial");
  EXPECT_EQ(code_of({std::string(42, 'a'), clock.now(), {}}), "not_a_serial");
  EXPECT_EQ(make_revocation_list(authority, {}, 1, clock.now(), clock.now()).error().code,
            "bad_validity");
  EXPECT_EQ(read_revocation_list("hello").error().code, "not_a_revocation_list");
}

TEST_F(Revocation, AValidatorSaysWhyACertificateIsRefused) {
  const auto good = issue({.common_name = "good", .member = "nia"});
  const auto bad = issue({.common_name = "bad", .member = "wda"});
  const auto brief = issue({.common_name = "brief", .valid_days = 2});
  const auto checks = validator(
      {list_of(authority,
               {{read_certificate(bad.der)->serial, clock.now(), RevocationReason::superseded}})});
  EXPECT_EQ(code(checks, good), "");
  EXPECT_EQ(checks.check(good.der, clock.now())->member, "nia");
  EXPECT_EQ(code(checks, bad), "certificate_revoked");
  EXPECT_THAT(checks.check(bad.der, clock.now()).error().detail,
              testing::HasSubstr("superseded since 2026-11-29"));
  const auto stranger = Authority::create("Root", 3650, clock)
                            ->issue(holder.verify_key(), {.common_name = "x"}, clock);
  EXPECT_EQ(code(checks, *stranger), "untrusted_certificate");
  clock.advance(days(3));
  EXPECT_EQ(code(checks, brief), "certificate_expired");
  clock.advance(-days(30));
  EXPECT_EQ(code(checks, good), "certificate_not_yet_valid");
}

TEST_F(Revocation, AListThatIsTooOldTellsNothing) {
  const auto good = issue({.common_name = "good"});
  const auto checks = validator({list_of(authority, {})});
  EXPECT_EQ(code(checks, good), "");
  clock.advance(days(31));
  EXPECT_EQ(code(checks, good), "revocation_list_expired");
}

TEST_F(Revocation, OfThePastCountsFromItsTimeOn) {
  const auto seal =
      issue({.common_name = "s", .for_server = false, .for_client = false, .for_seals = true});
  const Instant then = clock.now() + hours(5);
  const Revoked revoked{read_certificate(seal.der)->serial, then, RevocationReason::superseded};
  const auto known = validator({list_of(authority, {revoked})});
  const auto code_at = [&](Instant at, Usage usage = Usage::seal) {
    const auto checked = known.check_at(seal.der, at, usage);
    return checked ? "" : checked.error().code;
  };
  EXPECT_EQ(code_at(then - seconds(1)), "");
  EXPECT_EQ(known.check_at(seal.der, then - seconds(1), Usage::seal)->revoked_later, revoked);
  EXPECT_EQ(code_at(then), "certificate_revoked");
  EXPECT_EQ(code_at(then + days(90)), "certificate_revoked");
  EXPECT_EQ(code_at(clock.now(), Usage::tls_client), "certificate_other_usage");
  EXPECT_EQ(code_at(clock.now() + days(400)), "certificate_expired");
  const auto other_seal =
      issue({.common_name = "o", .for_server = false, .for_client = false, .for_seals = true});
  EXPECT_FALSE(known.check_at(other_seal.der, clock.now(), Usage::seal)->revoked_later);
  EXPECT_EQ(known.check_at(other_seal.der, clock.now() + days(31), Usage::seal).error().code,
            "revocation_list_expired");
}

TEST_F(Revocation, AListOfOneRootSaysNothingOfAnother) {
  const auto mine = issue({.common_name = "mine"});
  const std::string serial = read_certificate(mine.der)->serial;
  EXPECT_EQ(code(validator({list_of(other, {{serial, clock.now(), {}}})}), mine), "");
  EXPECT_EQ(code(validator({list_of(authority, {{serial, clock.now(), {}}})}), mine),
            "certificate_revoked");
}

TEST_F(Revocation, TheNewestListCounts) {
  const auto mine = issue({.common_name = "mine"});
  const std::string serial = read_certificate(mine.der)->serial;
  const std::string old = list_of(authority, {}, 1);
  const std::string newer = list_of(authority, {{serial, clock.now(), {}}}, 2);
  EXPECT_EQ(code(validator({old, newer}), mine), "certificate_revoked");
  EXPECT_EQ(code(validator({newer, old}), mine), "certificate_revoked");
}

TEST_F(Revocation, UsagesAreNotMixed) {
  const auto tls = issue({.common_name = "tls"});
  const auto seal =
      issue({.common_name = "seal", .for_server = false, .for_client = false, .for_seals = true});
  const auto checks = validator({});
  EXPECT_EQ(code(checks, tls, Usage::tls_server), "");
  EXPECT_EQ(code(checks, tls, Usage::tls_client), "");
  EXPECT_EQ(code(checks, tls, Usage::seal), "certificate_other_usage");
  EXPECT_EQ(code(checks, seal, Usage::seal), "");
  EXPECT_EQ(code(checks, seal, Usage::tls_server), "certificate_other_usage");
}

TEST_F(Revocation, RootsMustBeAuthorities) {
  const std::vector<std::string> leaf{issue({.common_name = "leaf"}).pem};
  EXPECT_EQ(PathValidator::make(leaf, {}).error().code, "untrusted_root");
  const std::vector<std::string> roots{authority.certificate().pem};
  const std::vector<std::string> lists{list_of(other, {})};
  EXPECT_EQ(PathValidator::make(roots, lists).error().code, "revocation_list_forged");
  EXPECT_EQ(check_certificate(issue({.common_name = "a"}).der, roots, {}, clock.now())->common_name,
            "a");
}

}  // namespace
}  // namespace minben::trust
