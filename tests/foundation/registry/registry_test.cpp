#include "exchange/access.hpp"
#include "fixture.hpp"

namespace minben::registry {
namespace {

using testing::ElementsAre;

TEST_F(RegistryTest, PublishesNothingThatWasNotApproved) {
  const Applicant hpa("hpa");
  const auto received = registry->receive(hpa.file());
  ASSERT_TRUE(received) << describe(received.error());
  EXPECT_EQ(received->state, RequestState::received);
  EXPECT_TRUE(registry->publish().value());
  EXPECT_TRUE(configuration().members.empty());
  EXPECT_TRUE(registry->certificates_of(received->id)->empty());
}

TEST_F(RegistryTest, AnApprovedMemberIsPublishedWithItsCertificates) {
  const Applicant hpa("hpa");
  const std::string id = join(hpa);
  const auto now = configuration();
  ASSERT_EQ(now.members.size(), 1u);
  const exchange::Member& member = now.members.front();
  EXPECT_EQ(member.code.value, "hpa");
  EXPECT_THAT(member.subsystems, ElementsAre("casework", "register"));
  ASSERT_EQ(member.gateways.size(), 1u);
  EXPECT_EQ(member.gateways[0].url, hpa.wanted.url);
  EXPECT_EQ(member.gateways[0].signing_key, hpa.signing.verify_key());
  ASSERT_EQ(member.gateways[0].certificates.size(), 1u);

  const auto issued = registry->certificates_of(id).value();
  ASSERT_EQ(issued.size(), 2u);
  const auto validator =
      trust::PathValidator::make(now.trust_anchors, now.revocation_lists).value();
  const auto tls = trust::certificate_from_pem(issued[0].pem).value();
  const auto seal = trust::certificate_from_pem(issued[1].pem).value();
  EXPECT_EQ(seal.pem, member.gateways[0].certificates[0]);
  EXPECT_TRUE(validator.check(tls.der, clock.now(), trust::Usage::tls_server));
  EXPECT_TRUE(validator.check(tls.der, clock.now(), trust::Usage::tls_client));
  EXPECT_TRUE(validator.check(seal.der, clock.now(), trust::Usage::seal));
  EXPECT_EQ(trust::certificate_key(tls.der).value(), hpa.tls.verify_key());
  EXPECT_EQ(trust::read_certificate(seal.der)->member, "hpa");
  const auto changes = registry->changes().value();
  EXPECT_EQ(changes.front().action, "request_approved");
  EXPECT_EQ(changes.front().act.by, officer);
  EXPECT_EQ(changes.front().act.at, clock.now());
}

TEST_F(RegistryTest, ARequestIsDecidedOnce) {
  const auto received = registry->receive(Applicant("hpa").file()).value();
  const auto refused = registry->refuse(officer, received.id, " 指紋不符 ");
  ASSERT_TRUE(refused) << describe(refused.error());
  EXPECT_EQ(refused->state, RequestState::refused);
  EXPECT_EQ(registry->request(received.id)->reason, "指紋不符");
  EXPECT_EQ(registry->approve(officer, received.id).error().code, "request_decided");
  EXPECT_EQ(registry->refuse(officer, received.id, "again").error().code, "request_decided");
  EXPECT_EQ(registry->refuse(officer, received.id, " ").error().code, "bad_reason");
  EXPECT_EQ(registry->approve(officer, std::string(64, '0')).error().code, "unknown_request");
  EXPECT_TRUE(configuration().members.empty());
}

TEST_F(RegistryTest, GroupsAreMadeChangedAndEndedWithTheirRules) {
  join(Applicant("hpa"));
  join(Applicant("moe"));
  exchange::Group group{{"health"}, {"衛生", "Health"}, {subsystem("hpa", "casework")}};
  ASSERT_TRUE(registry->put_group(officer, group));
  const auto service = registry->add_service(officer, vaccinations("hpa")).value().service.id;
  exchange::AccessRule for_group = rule("moe", service);
  for_group.consumer = exchange::GroupCode{"health"};
  ASSERT_TRUE(registry->add_rule(officer, for_group));
  auto now = std::make_shared<const exchange::Configuration>(configuration());
  EXPECT_TRUE(exchange::AccessTable(now).has_rule(subsystem("hpa", "casework"), service));
  EXPECT_FALSE(exchange::AccessTable(now).has_rule(subsystem("moe", "casework"), service));

  group.subsystems.push_back(subsystem("moe", "casework"));
  group.name = {"衛生與學校", "Health and schools"};
  ASSERT_TRUE(registry->put_group(officer, group));
  now = std::make_shared<const exchange::Configuration>(configuration());
  EXPECT_TRUE(exchange::AccessTable(now).has_rule(subsystem("moe", "casework"), service));
  const auto groups = registry->groups().value();
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].group, group);
  EXPECT_EQ(groups[0].changed->by, officer);
  EXPECT_EQ(registry->changes().value().front().action, "group_changed");

  ASSERT_TRUE(registry->end_gateway(officer, AgencyCode{"moe"}, "gw1"));
  EXPECT_EQ(configuration().groups[0].subsystems.size(), 1u) << "who is gone is in no group";
  ASSERT_TRUE(registry->end_group(officer, {"health"}));
  EXPECT_TRUE(configuration().groups.empty());
  EXPECT_TRUE(configuration().rules.empty());
  EXPECT_TRUE(registry->rules()->empty());
  EXPECT_EQ(registry->end_group(officer, {"health"}).error().code, "unknown_group");
  EXPECT_TRUE(registry->put_group(officer,
                                  {{"health"}, {"衛生", "Health"}, {subsystem("hpa", "register")}}))
      << "and again";
}

TEST_F(RegistryTest, GroupsSayWhatIsWrongWithThem) {
  join(Applicant("hpa"));
  const auto refused = [&](exchange::Group group) {
    const auto done = registry->put_group(officer, group);
    return done ? "accepted" : done.error().code + " " + done.error().field;
  };
  const exchange::Group sound{{"health"}, {"衛生", "Health"}, {subsystem("hpa", "casework")}};
  exchange::Group wrong = sound;
  wrong.subsystems.clear();
  EXPECT_EQ(refused(wrong), "bad_group subsystems");
  wrong.subsystems.assign(2, subsystem("hpa", "casework"));
  EXPECT_EQ(refused(wrong), "bad_group subsystems") << "one twice";
  wrong.subsystems = {subsystem("hpa", "payroll")};
  EXPECT_EQ(refused(wrong), "unknown_subsystem subsystems");
  wrong = sound;
  wrong.name.en.clear();
  EXPECT_EQ(refused(wrong), "bad_group name");
  wrong = sound;
  wrong.code.value.clear();
  EXPECT_EQ(refused(wrong), "bad_group code");
  EXPECT_TRUE(configuration().groups.empty());
}

TEST_F(RegistryTest, TheSameFileTwiceIsOneRequest) {
  const Applicant hpa("hpa");
  const std::string file = hpa.file();
  const auto first = registry->receive(file).value();
  clock.advance(minutes(1));
  EXPECT_EQ(registry->receive(file)->received_at, first.received_at);
  EXPECT_EQ(registry->requests()->size(), 1u);
}

TEST_F(RegistryTest, VersionsGrowAndAreRenewedInTime) {
  join(Applicant("hpa"));
  const auto first = configuration();
  EXPECT_EQ(first.expires_at - first.issued_at, days(7));
  EXPECT_FALSE(registry->publish().value());  // nothing new
  clock.advance(days(3));
  EXPECT_FALSE(registry->publish().value());
  clock.advance(hours(13));
  EXPECT_TRUE(registry->publish().value());  // half is over
  const auto second = configuration();
  EXPECT_GT(second.version, first.version);
  EXPECT_EQ(second.issued_at, clock.now());
  ASSERT_EQ(second.revocation_lists.size(), 1u);
  const auto list = trust::read_revocation_list(second.revocation_lists[0]).value();
  EXPECT_EQ(list.next_update, second.expires_at);
}

TEST_F(RegistryTest, EarlierConfigurationsStayTwoAMonth) {
  for (int i = 0; i < 240; ++i) {  // each half a week old: more than two years
    ASSERT_TRUE(registry->publish().value());
    clock.advance(hours(84));
  }
  int kept = 0;
  for (std::int64_t version = 1; version <= 140; ++version) {
    const auto text = registry->publication(version);
    if (!text) continue;
    ++kept;
    EXPECT_TRUE(exchange::verify_configuration(*text, registry->key(), Instant{}));
  }
  // 140 of them took 16 months and some days.
  EXPECT_GE(kept, 2 * 16);
  EXPECT_LE(kept, 2 * 18);
  for (std::int64_t version = 141; version <= 240; ++version)
    EXPECT_TRUE(registry->publication(version)) << version;
}

TEST_F(RegistryTest, TheJobRenewsByItself) {
  join(Applicant("hpa"));
  store::Workers workers(db.database(), clock, 1);
  registry->work_in(workers);
  const auto first = configuration().version;
  for (int hour = 0; hour < 5 * 24; ++hour) {
    clock.advance(hours(1));
    ASSERT_TRUE(workers.run_due());
  }
  EXPECT_GT(configuration().version, first);  // and it is still in force
}

TEST_F(RegistryTest, RequestsThatNobodyDecidesAreForgotten) {
  store::Workers workers(db.database(), clock, 1);
  registry->work_in(workers);
  const auto waiting = registry->receive(Applicant("hpa").file()).value();
  const std::string approved = join(Applicant("cdc"));
  clock.advance(days(31));
  ASSERT_TRUE(workers.run_due());
  EXPECT_EQ(registry->request(waiting.id).error().code, "unknown_request");
  EXPECT_TRUE(registry->request(approved));
}

TEST_F(RegistryTest, RevokedCertificatesAreListedAndLeaveTheConfiguration) {
  const std::string id = join(Applicant("hpa"));
  const auto issued = registry->certificates_of(id).value();
  const auto version = configuration().version;
  for (const IssuedCertificate& each : issued)
    ASSERT_TRUE(registry->revoke(officer, each.serial, trust::RevocationReason::key_compromise));
  const auto now = configuration();
  EXPECT_EQ(now.version, version + 2);
  EXPECT_TRUE(now.members[0].gateways[0].certificates.empty());
  const auto validator =
      trust::PathValidator::make(now.trust_anchors, now.revocation_lists).value();
  for (const IssuedCertificate& each : issued)
    EXPECT_EQ(validator.check(trust::certificate_from_pem(each.pem)->der, clock.now()).error().code,
              "certificate_revoked");
  EXPECT_EQ(registry->revoke(officer, issued[0].serial, {}).error().code, "certificate_revoked");
  EXPECT_EQ(registry->revoke(officer, "00", {}).error().code, "unknown_certificate");
  EXPECT_EQ(registry->members()->front().certificates.front().reason, "key_compromise");
}

TEST_F(RegistryTest, AskingAgainRenewsCertificatesOfTheSameKeyOnly) {
  Applicant hpa("hpa");
  join(hpa);
  clock.advance(days(300));
  hpa.wanted.made_at = clock.now();
  const auto again = registry->receive(hpa.file()).value();
  EXPECT_TRUE(again.member_is_known && again.gateway_is_known);
  ASSERT_TRUE(registry->approve(officer, again.id));
  EXPECT_EQ(configuration().members[0].gateways[0].certificates.size(), 2u);  // old and new

  const auto stranger = registry->receive(Applicant("hpa").file()).value();
  EXPECT_EQ(registry->approve(officer, stranger.id).error().code, "gateway_taken");
  Applicant second("hpa");
  second.wanted.gateway = "gw2";
  join(second);
  EXPECT_EQ(configuration().members[0].gateways.size(), 2u);
  second.wanted.gateway = "gw3";
  second.wanted.member_class = "COM";
  const auto other = registry->receive(second.file()).value();
  EXPECT_EQ(registry->approve(officer, other.id).error().code, "other_class");
}

TEST_F(RegistryTest, AClosedGatewayIsPublishedNoMore) {
  const Applicant hpa("hpa");
  const std::string id = join(hpa);
  join(Applicant("moe"));
  const auto service = registry->add_service(officer, vaccinations("hpa"))->service.id;
  ASSERT_TRUE(registry->add_rule(officer, rule("moe", service)));
  ASSERT_TRUE(registry->end_gateway(officer, AgencyCode{"hpa"}, "gw1"));
  auto now = configuration();
  EXPECT_FALSE(now.member("hpa"));
  EXPECT_TRUE(now.services.empty() && now.rules.empty());  // they rested on it
  const auto list = trust::read_revocation_list(now.revocation_lists[0]).value();
  for (const IssuedCertificate& each : registry->certificates_of(id).value())
    EXPECT_EQ(list.revoked.at(each.serial).reason, trust::RevocationReason::cessation_of_operation);
  EXPECT_EQ(registry->end_gateway(officer, AgencyCode{"hpa"}, "gw1").error().code,
            "unknown_gateway");

  Applicant again = hpa;  // the same keys, asked for anew
  again.wanted.made_at += days(1);
  join(again);
  now = configuration();
  EXPECT_TRUE(now.member("hpa"));
  EXPECT_EQ(now.rules.size(), 1u);
  EXPECT_EQ(now.member("hpa")->gateways[0].certificates.size(), 1u);
}

TEST_F(RegistryTest, ServicesAndRulesDecideWhoMayCallWhat) {
  join(Applicant("hpa"));
  join(Applicant("moe"));
  const auto added = registry->add_service(officer, vaccinations("hpa"));
  ASSERT_TRUE(added) << describe(added.error());
  EXPECT_THAT(added->service.fields, ElementsAre("name", "dose"));
  ASSERT_EQ(added->operations.size(), 1u);
  EXPECT_EQ(added->operations[0].method + " " + added->operations[0].path, "GET /{number}");
  EXPECT_EQ(added->openapi_sha256, hex_encode(sha256(openapi())));

  const exchange::SubsystemId consumer = subsystem("moe", "casework");
  const std::vector<std::string> segments{"A123456789"};
  const exchange::AccessRequest asked{.consumer = consumer,
                                      .service = added->service.id,
                                      .segments = segments,
                                      .purpose = "school-entry",
                                      .case_id = {},
                                      .person = {},
                                      .consent = {}};
  exchange::Decider decider;
  const auto decide = [&] {
    return decider.decide(std::make_shared<const exchange::Configuration>(configuration()), asked,
                          clock.now());
  };
  EXPECT_EQ(decide().error().code, "access_denied");
  const auto id = registry->add_rule(officer, rule("moe", added->service.id));
  ASSERT_TRUE(id) << describe(id.error());
  const auto granted = decide();
  ASSERT_TRUE(granted) << describe(granted.error());
  EXPECT_THAT(granted->keep->fields(), ElementsAre("dose"));
  ASSERT_TRUE(registry->end_rule(officer, *id));
  EXPECT_FALSE(decide());
  EXPECT_EQ(registry->end_rule(officer, *id).error().code, "unknown_rule");

  ASSERT_TRUE(registry->add_rule(officer, rule("moe", added->service.id)));
  ASSERT_TRUE(registry->end_service(officer, added->service.id));
  EXPECT_TRUE(configuration().services.empty());
  EXPECT_TRUE(registry->rules()->empty());
}

TEST_F(RegistryTest, WhatCannotBePublishedIsNotChanged) {
  join(Applicant("hpa"));
  join(Applicant("moe"));
  const auto service = registry->add_service(officer, vaccinations("hpa"))->service.id;
  const auto before = configuration().version;
  auto wrong = rule("moe", service);
  wrong.purposes.clear();
  EXPECT_EQ(registry->add_rule(officer, wrong).error().code, "configuration_malformed");
  wrong = rule("moe", service);
  wrong.fields = {"salary"};
  EXPECT_EQ(registry->add_rule(officer, wrong).error().code, "configuration_malformed");
  wrong = rule("nobody", service);
  EXPECT_EQ(registry->add_rule(officer, wrong).error().code, "unknown_subsystem");
  auto other = vaccinations("hpa");
  other.provider.subsystem = "elsewhere";
  EXPECT_EQ(registry->add_service(officer, other).error().code, "unknown_subsystem");
  other = vaccinations("hpa");
  for (const char* code : {"a/b", "listMethods", "getOpenAPI"}) {
    other.code = code;
    EXPECT_EQ(registry->add_service(officer, other).error().code, "bad_service") << code;
  }
  other.openapi = "openapi: 3.0.0";
  EXPECT_EQ(registry->add_service(officer, other).error().code, "bad_openapi");
  EXPECT_EQ(configuration().version, before);
  EXPECT_TRUE(registry->rules()->empty());
}

TEST_F(RegistryTest, OtherNodesSeeAChangeWithinTwoSeconds) {
  const auto other = open();
  join(Applicant("hpa"));
  EXPECT_EQ(other->published().value()->configuration->members.size(), 1u);
  join(Applicant("cdc"));
  clock.advance(seconds(2));
  EXPECT_EQ(other->published().value()->configuration->members.size(), 2u);
  EXPECT_EQ(other->key(), registry->key());
}

TEST_F(RegistryTest, RequestsThatWaitAreBounded) {
  const Applicant hpa("hpa");
  std::string last;
  for (int i = 0; i < 200; ++i) {
    Applicant one = hpa;
    one.wanted.made_at += seconds(i);
    last = one.file();
    ASSERT_TRUE(registry->receive(last));
  }
  Applicant one = hpa;
  one.wanted.made_at += seconds(1000);
  EXPECT_EQ(registry->receive(one.file()).error().code, "registry_full");
  EXPECT_TRUE(registry->receive(one.file(), officer));  // who is on the desk is no stranger
  EXPECT_TRUE(registry->receive(last));                 // known: answered all the same
}

}  // namespace
}  // namespace minben::registry
