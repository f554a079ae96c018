#pragma once
// A configuration of two services and whoever may ask for them, and requests as they come.
#include <gtest/gtest.h>

#include "exchange/access.hpp"

namespace minben::exchange::test {

/// Monday, 20:00 in Taiwan.
inline const Instant noon = parse_instant("2026-11-23T12:00:00Z").value();
inline constexpr std::string_view resident = "AC01234567";

inline SubsystemId subsystem(std::string_view member, std::string_view name) {
  return {"MINBEN", "GOV", std::string(member), std::string(name)};
}
inline ServiceId residence() { return {subsystem("nia", "register"), "residence"}; }
inline ServiceId cards() { return {subsystem("nia", "register"), "cards"}; }

inline trust::SigningKey key_of(std::uint8_t seed) {
  return trust::SigningKey::from_ed25519_seed(Bytes(32, seed)).value();
}

/// nia offers residence (about a person) and cards.
inline std::vector<Service> services() {
  return {{residence(), {"居留", "Residence"}, true, {"name", "status", "expiry", "address"}},
          {cards(), {"卡", "Cards"}, false, {"stored", "name"}}};
}
/// wda may read the first with consent for "work-permit", boca the second by law for "issue".
inline std::vector<AccessRule> rules() {
  std::vector<AccessRule> made{{subsystem("wda", "casework"),
                                residence(),
                                {net::Method::get},
                                {"work-permit"},
                                Basis::consent,
                                "",
                                {"name", "status", "expiry"}},
                               {subsystem("boca", "casework"),
                                cards(),
                                {net::Method::get, net::Method::put},
                                {"issue"},
                                Basis::law,
                                "入出國及移民法 §22",
                                {"stored", "name"}}};
  made.back().delay = Delay{"個人資料保護法 §10", 90};
  return made;
}
/// That the first rule asks for.
inline ConsentAssertion assertion(PersonId person, Instant at) {
  ConsentAssertion out;
  out.id = "a-1";
  out.consent = "consent-7";
  out.person = person;
  out.subject = subject_digest(out.id, resident);
  out.service = residence();
  out.recipient = subsystem("wda", "casework");
  out.purpose = "work-permit";
  out.case_id = "case-9";
  out.fields = {"name", "expiry", "address"};
  out.issued_at = at;
  out.expires_at = at + assertion_lifetime_s;
  return out;
}

/// A configuration of these, and requests as they come.
class World {
 public:
  World() {
    configuration.version = 1;
    configuration.instance = "MINBEN";
    configuration.issued_at = noon;
    configuration.expires_at = noon + days(30);
    configuration.consent_key = platform.verify_key();
    for (const char* member : {"nia", "wda", "boca"})
      configuration.members.push_back(
          {"GOV",
           AgencyCode{member},
           {member, member},
           {GatewayEntry{"gw1", "https://localhost:1", key_of(3).verify_key(), {}}},
           {"casework", "register"}});
    configuration.services = services();
    configuration.rules = rules();
  }

  [[nodiscard]] ConsentAssertion assertion(Instant at = noon) const {
    return test::assertion(person, at);
  }
  [[nodiscard]] std::string signed_assertion(Instant at = noon) const {
    return sign_assertion(assertion(at), platform).value();
  }
  [[nodiscard]] std::shared_ptr<const AccessTable> table() const {
    const auto sound = check_rules(configuration);
    EXPECT_TRUE(sound) << (sound ? "" : describe(sound.error()));
    return std::make_shared<const AccessTable>(
        std::make_shared<const Configuration>(configuration));
  }

  trust::SigningKey platform = key_of(1);
  PersonId person = PersonId::parse("01938c2e-0000-7000-8000-000000000001").value();
  Configuration configuration;
};

/// Owns what an AccessRequest looks at.
struct Call {
  SubsystemId consumer = subsystem("wda", "casework");
  ServiceId service = residence();
  net::Method method = net::Method::get;
  std::vector<std::string> segments{std::string(resident)};
  std::string purpose = "work-permit";
  std::string case_id = "case-9";
  std::string person;
  std::string consent;

  [[nodiscard]] AccessRequest request() const {
    return {consumer, service, method, segments, purpose, case_id, person, consent};
  }
  static Call by_law() {
    Call call;
    call.consumer = subsystem("boca", "casework");
    call.service = cards();
    call.segments = {"7"};
    call.purpose = "issue";
    return call;
  }
};

}  // namespace minben::exchange::test
