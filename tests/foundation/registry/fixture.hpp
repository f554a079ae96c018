#pragma once
#include <gmock/gmock.h>

#include "registry/registry.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::registry {

/// What `minben gateway init` makes: three keys, and a file that asks.
struct Applicant {
  trust::SigningKey signing = trust::SigningKey::generate(trust::KeyType::ed25519);
  trust::SigningKey tls = trust::SigningKey::generate(trust::KeyType::p256);
  trust::SigningKey seal = trust::SigningKey::generate(trust::KeyType::p256);
  JoinRequest wanted;

  explicit Applicant(std::string member) {
    wanted.member = AgencyCode{std::move(member)};
    wanted.name = {"國民健康署", "Health Promotion"};
    wanted.url = "https://gw." + wanted.member.value + ".example:7100";
    wanted.subsystems = {"casework", "register"};
    wanted.made_at = parse_instant("2026-11-29T03:00:00Z").value();
  }
  [[nodiscard]] std::string file() const {
    return make_join_request(wanted, {signing, tls, seal}).value();
  }
};

struct RegistryTest : testing::Test {
  VirtualClock clock{parse_instant("2026-11-29T04:00:00Z").value()};
  SeededRandom random{29};
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{clock, {migrations()}};
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  OfficerId officer = OfficerId::make(clock, random);
  std::unique_ptr<Registry> registry = open();

  Config config() const {
    Config made;
    made.directory = temporary.path() / "registry";
    made.consent_key = platform.verify_key();
    made.usage_url = "http://127.0.0.1:1/exchange/usage";
    return made;
  }
  std::unique_ptr<Registry> open() {
    auto opened = Registry::open(db.database(), clock, random, config());
    if (!opened) ADD_FAILURE() << describe(opened.error());
    return std::move(opened).value();
  }
  /// Approved; its id.
  std::string join(const Applicant& applicant) {
    const auto received = registry->receive(applicant.file());
    EXPECT_TRUE(received) << describe(received.error());
    const auto approved = registry->approve(officer, received->id);
    EXPECT_TRUE(approved) << describe(approved.error());
    return received->id;
  }
  /// As a gateway reads it: verified with the registry's public key.
  exchange::Configuration configuration() {
    const auto now = registry->published();
    EXPECT_TRUE(now) << describe(now.error());
    return exchange::verify_configuration((*now)->text, registry->key(), clock.now()).value();
  }
  static exchange::SubsystemId subsystem(std::string_view member, std::string_view name) {
    return {"MINBEN", "GOV", std::string(member), std::string(name)};
  }
  static std::string openapi() {
    return R"({"openapi": "3.0.3", "info": {"title": "Vaccinations", "version": "1"}, "paths": {
      "/{number}": {"get": {"responses": {"200": {"description": "", "content": {"application/json":
        {"schema": {"$ref": "#/components/schemas/record"}}}}, "404": {"description": ""}}}}},
      "components": {"schemas": {"record": {"type": "object",
        "properties": {"name": {"type": "string"}, "dose": {"type": "integer"}}}}}})";
  }
  NewService vaccinations(const std::string& member) {
    return {
        subsystem(member, "register"), "vaccinations", {"接種", "Vaccinations"}, true, openapi()};
  }
  exchange::AccessRule rule(const std::string& consumer, const exchange::ServiceId& service) {
    exchange::AccessRule made;
    made.consumer = subsystem(consumer, "casework");
    made.service = service;
    made.purposes = {"school-entry"};
    made.basis = exchange::Basis::law;
    made.legal_basis = "傳染病防治法 §27";
    made.fields = {"dose"};
    return made;
  }
};

}  // namespace minben::registry
