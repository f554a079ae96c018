// Gateways ask for certificates for new keys, and the registry signs with a new one itself.
#include "exchange/handover.hpp"
#include "fixture.hpp"
#include "registry/signing_keys.hpp"

namespace minben::registry {
namespace {

struct Renewal : RegistryTest {
  Applicant hpa{"hpa"};
  std::string first = join(hpa);

  static trust::SigningKey new_key() { return trust::SigningKey::generate(trust::KeyType::p256); }
  trust::Certificate seal_of(const std::string& request) {
    return trust::certificate_from_pem(registry->certificates_of(request)->at(1).pem).value();
  }
  /// New keys in `after`, shown with the seal key of `before`.
  std::string file(const Applicant& after, const Applicant& before,
                   const trust::Certificate& certificate) {
    return make_renewal_request(after.file(), certificate, before.seal).value();
  }
  Applicant renewed() const {
    Applicant after = hpa;
    after.tls = new_key();
    after.seal = new_key();
    after.wanted.made_at = clock.now();
    return after;
  }
  JoinCase receive(const std::string& text) {
    const auto one = registry->receive(text);
    EXPECT_TRUE(one) << describe(one.error());
    return one.value();
  }
  /// Why it waits for an officer.
  std::string objection(const Applicant& after, const Applicant& before,
                        const trust::Certificate& certificate) {
    const JoinCase one = receive(file(after, before, certificate));
    EXPECT_EQ(one.state, RequestState::received);
    EXPECT_TRUE(registry->certificates_of(one.id)->empty());
    return one.reason;
  }
  std::vector<std::string> published() {
    return configuration().members.front().gateways.front().certificates;
  }
};

TEST_F(Renewal, IsApprovedAtOnceForWhoShowsAKeyInForce) {
  const Applicant after = renewed();
  const std::string text = file(after, hpa, seal_of(first));
  const JoinCase one = receive(text);
  EXPECT_EQ(one.state, RequestState::approved);
  EXPECT_TRUE(one.renewal);
  EXPECT_FALSE(one.decided->by);
  const auto issued = registry->certificates_of(one.id).value();
  ASSERT_EQ(issued.size(), 2u);
  EXPECT_FALSE(issued[0].issued.by);
  EXPECT_EQ(trust::certificate_key(seal_of(one.id).der).value(), after.seal.verify_key());
  EXPECT_THAT(published(), testing::UnorderedElementsAre(seal_of(first).pem, seal_of(one.id).pem));
  EXPECT_EQ(registry->changes()->front().action, "certificates_renewed");
  // The same file once more is the same request.
  EXPECT_EQ(receive(text).id, one.id);
  EXPECT_EQ(published().size(), 2u);
}

TEST_F(Renewal, OldCertificatesAreWithdrawnWhenTheNewOnesAreKnown) {
  const JoinCase one = receive(file(renewed(), hpa, seal_of(first)));
  clock.advance(days(6));
  ASSERT_TRUE(registry->publish());
  EXPECT_EQ(published().size(), 2u);
  clock.advance(days(2));
  ASSERT_TRUE(registry->publish());
  EXPECT_THAT(published(), testing::ElementsAre(seal_of(one.id).pem));
  const auto now = configuration();
  const auto lists = trust::PathValidator::make(now.trust_anchors, now.revocation_lists).value();
  for (const auto& old : registry->certificates_of(first).value()) {
    EXPECT_EQ(old.reason, "superseded");
    EXPECT_FALSE(old.revoked->by);
    const auto certificate = trust::certificate_from_pem(old.pem).value();
    EXPECT_EQ(lists.check(certificate.der, clock.now()).error().code, "certificate_revoked");
  }
}

TEST_F(Renewal, NobodyIsLeftWithoutACertificate) {
  const JoinCase one = receive(file(renewed(), hpa, seal_of(first)));
  for (const auto& each : registry->certificates_of(one.id).value())
    ASSERT_TRUE(registry->revoke(officer, each.serial, trust::RevocationReason::unspecified));
  clock.advance(days(30));
  ASSERT_TRUE(registry->publish());
  EXPECT_THAT(published(), testing::ElementsAre(seal_of(first).pem));
}

TEST_F(Renewal, WhateverDiffersWaitsForAnOfficer) {
  const auto with = [&](const std::function<void(Applicant&)>& change) {
    Applicant after = renewed();
    change(after);
    return objection(after, hpa, seal_of(first));
  };
  EXPECT_EQ(with([](Applicant& a) { a.wanted.url = "https://evil.example:7100"; }),
            "another address");
  EXPECT_EQ(with([](Applicant& a) { a.wanted.subsystems = {"casework", "payroll"}; }),
            "another subsystem");
  EXPECT_EQ(with([](Applicant& a) { a.wanted.member_class = "COM"; }), "another class of members");
  EXPECT_EQ(with([](Applicant& a) { a.wanted.gateway = "gw2"; }),
            "the exchange does not know this gateway");
  EXPECT_EQ(with([](Applicant& a) { a.wanted.member = AgencyCode{"moe"}; }),
            "the exchange does not know this gateway");
  EXPECT_EQ(
      with([](Applicant& a) { a.signing = trust::SigningKey::generate(trust::KeyType::ed25519); }),
      "another signing key");
  EXPECT_EQ(published().size(), 1u);
  // An officer may let it in all the same.
  Applicant after = renewed();
  after.wanted.subsystems.push_back("payroll");
  const JoinCase one = receive(file(after, hpa, seal_of(first)));
  ASSERT_TRUE(registry->approve(officer, one.id));
  EXPECT_EQ(published().size(), 2u);
}

TEST_F(Renewal, AnotherAgencysOrAWithdrawnKeyVouchesForNothing) {
  const Applicant moe("moe");
  const std::string others = join(moe);
  EXPECT_EQ(objection(renewed(), moe, seal_of(others)),
            "not shown with a certificate of this gateway");
  const auto tls = trust::certificate_from_pem(registry->certificates_of(first)->at(0).pem).value();
  const auto with_tls = make_renewal_request(renewed().file(), tls, hpa.tls).value();
  EXPECT_EQ(receive(with_tls).reason, "not shown with a certificate of this gateway");
  const auto seal = seal_of(first);
  ASSERT_TRUE(registry->revoke(officer, registry->certificates_of(first)->at(1).serial,
                               trust::RevocationReason::key_compromise));
  EXPECT_EQ(objection(renewed(), hpa, seal), "not shown with a certificate of this gateway");
}

TEST_F(Renewal, AnExpiredKeyVouchesForNothing) {
  const auto seal = seal_of(first);
  clock.advance(days(366));
  EXPECT_FALSE(objection(renewed(), hpa, seal).empty());
}

TEST_F(Renewal, IsForgedWithoutTheKey) {
  const std::string good = file(renewed(), hpa, seal_of(first));
  const auto code = [&](const std::string& text) {
    const auto one = registry->receive(text);
    return one ? "" : one.error().code;
  };
  Applicant thief = hpa;
  thief.seal = new_key();
  EXPECT_EQ(code(file(renewed(), thief, seal_of(first))), "join_request_forged");
  std::string altered = good;
  altered.replace(altered.find("minben-join"), 11, "minben-jion");
  EXPECT_EQ(code(altered), "bad_join_request");
  EXPECT_EQ(make_renewal_request("{}", seal_of(first), hpa.seal).error().code, "bad_join_request");
}

TEST_F(Renewal, ComesNotMoreOftenThanFiveTimesADay) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(receive(file(renewed(), hpa, seal_of(first))).state, RequestState::approved) << i;
  EXPECT_EQ(objection(renewed(), hpa, seal_of(first)), "many renewals in one day");
  clock.advance(hours(25));
  EXPECT_EQ(receive(file(renewed(), hpa, seal_of(first))).state, RequestState::approved);
}

// -------------------------------------------------------------------------- the registry's own key

struct OwnKey : RegistryTest {
  std::filesystem::path folder() const { return temporary.path() / "registry"; }
  const trust::VerifyKey first = registry->key();

  static std::string code(const auto& outcome) { return outcome ? "" : outcome.error().code; }
  exchange::Configuration configuration_base() const {
    exchange::Configuration base;
    base.version = 10;
    base.instance = "MINBEN";
    base.issued_at = clock.now();
    base.expires_at = clock.now() + days(30);
    base.consent_key = platform.verify_key();
    return base;
  }
  exchange::SignedConfiguration seen_from(const trust::VerifyKey& trusted) {
    const auto read = exchange::verify_signed_configuration(registry->published().value()->text,
                                                            trusted, clock.now());
    EXPECT_TRUE(read) << describe(read.error());
    return read.value();
  }
};

TEST_F(OwnKey, ChangesWhileNodesRunAndGatewaysFollow) {
  join(Applicant("hpa"));
  EXPECT_EQ(code(change_signing_key(folder(), hours(24), clock.now())), "nothing_announced");
  const auto next = announce_signing_key(folder(), "MINBEN", clock.now());
  ASSERT_TRUE(next) << describe(next.error());
  EXPECT_EQ(code(announce_signing_key(folder(), "MINBEN", clock.now())), "key_announced");
  EXPECT_TRUE(registry->publish().value());
  EXPECT_EQ(seen_from(first).signed_by, first);
  EXPECT_EQ(seen_from(first).configuration.handovers.size(), 1u);
  EXPECT_EQ(code(change_signing_key(folder(), hours(24), clock.now())), "announced_lately");
  clock.advance(hours(24));
  ASSERT_TRUE(change_signing_key(folder(), hours(24), clock.now()));
  EXPECT_EQ(registry->key(), *next);
  EXPECT_TRUE(registry->publish().value());
  EXPECT_EQ(seen_from(first).signed_by, *next);
  EXPECT_EQ(seen_from(*next).signed_by, *next);
  EXPECT_FALSE(registry->publish().value());
  EXPECT_EQ(code(change_signing_key(folder(), seconds(0), clock.now())), "nothing_announced");

  // Once more, and after a restart.
  const auto third = announce_signing_key(folder(), "MINBEN", clock.now()).value();
  ASSERT_TRUE(change_signing_key(folder(), seconds(0), clock.now()));
  registry = open();
  EXPECT_TRUE(registry->publish().value());
  for (const auto& trusted : {first, *next, third}) EXPECT_EQ(seen_from(trusted).signed_by, third);
  EXPECT_EQ(load_signing_keys(folder())->all(), (std::vector{first, *next, third}));
}

TEST_F(OwnKey, WhatItKeptUnderItsOldKeyStaysItsOwn) {
  exchange::Configuration base = configuration_base();
  const auto old = trust::SigningKey::load(folder() / "registry.key.pem").value();
  ASSERT_TRUE(registry->import(exchange::sign_configuration(base, old).value()));
  ASSERT_TRUE(announce_signing_key(folder(), "MINBEN", clock.now()));
  ASSERT_TRUE(change_signing_key(folder(), seconds(0), clock.now()));
  registry = open();
  EXPECT_TRUE(registry->published());  // before it has published anything with the new one
  join(Applicant("hpa"));
  EXPECT_EQ(configuration().members.size(), 1u);
  const auto stranger = trust::SigningKey::generate(trust::KeyType::ed25519);
  base.version = 1000;
  EXPECT_EQ(code(registry->import(exchange::sign_configuration(base, stranger).value())),
            "configuration_forged");
}

}  // namespace
}  // namespace minben::registry
