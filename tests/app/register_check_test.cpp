// The question who somebody is, on its way through real gateways to real registers.
#include "register_check.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "demo/plan.hpp"
#include "gateway/gateway.hpp"
#include "register/register.hpp"
#include "support/port.hpp"
#include "support/shared.hpp"

namespace minben::app {
namespace {

constexpr std::string_view living = "Y290000027", dead = "Y290000009", cardless = "Y190000043";

std::string record(std::string_view service, std::string_view key, const JsonObject& value) {
  return write_json(JsonObject{{"service", service}, {"key", key}, {"value", value}}) + "\n";
}

JsonObject identity(std::string_view household, std::string_view state) {
  return {{"household_number", household},
          {"name", "王美玲"},
          {"name_latin", "Wang Mei-Ling"},
          {"state", state}};
}

class RegisterCheckTest : public ::testing::Test {
 protected:
  RegisterCheckTest() {
    std::ofstream(directory.path() / "ris.jsonl")
        << record("identity-check", living, identity("Y9000002", "living"))
        << record("identity-check", dead, identity("Y9000000", "deceased"))
        << record("identity-check", cardless, identity("Y9000004", "living"));
    std::ofstream(directory.path() / "nhi.jsonl")
        << record("card-check", living, {{"card_number", "999900000002"}, {"valid", true}})
        << record("card-check", dead, {{"card_number", "999900000000"}, {"valid", false}})
        << record("card-check", cardless, {{"card_number", "999900000004"}, {"valid", false}});
    gateway::Plan plan = demo::plan_exchange({}, {}, {}, platform.verify_key());
    plan.usage_url.clear();
    const auto away = [](std::string_view member) {
      return member != "ris" && member != "nhi" && member != "moda";
    };
    std::erase_if(plan.members, [&](const auto& member) { return away(member.code.value); });
    std::erase_if(plan.services, [&](const exchange::Service& service) {
      return away(service.id.provider.member);
    });
    std::erase_if(plan.rules, [&](const exchange::AccessRule& rule) {
      const auto* consumer_system = std::get_if<exchange::SubsystemId>(&rule.consumer);
      return away(rule.service.provider.member) ||
             (consumer_system != nullptr && away(consumer_system->member));
    });
    for (gateway::PlannedMember& member : plan.members) {
      member.client_port = test::free_port();
      member.peer_port = test::free_port();
      if (member.code.value == "moda") own_port = member.client_port;
      else serve(member);
    }
    prepared = gateway::prepare(directory.path() / "country", plan, clock, random).value();
    for (const auto& [member, file] : prepared.gateway_configs)
      gateways[member] =
          gateway::Gateway::start(gateway::read_gateway_config(file).value(), clock, random)
              .value();
    consumer = consumer_of("moda");
  }
  void serve(gateway::PlannedMember& member) {
    outside::registers::RegisterConfig config;
    config.records = directory.path() / (member.code.value + ".jsonl");
    config.state = directory.path() / (member.code.value + ".state");
    config.asked = {"identity-check", "card-check"};
    auto& started = registers[member.code.value];
    started = outside::registers::Register::start(config).value();
    for (auto& [service, url] : member.registers)
      url = fmt::format("http://127.0.0.1:{}/{}", started->port(),
                        service.substr(service.find('/') + 1));
  }
  std::unique_ptr<exchange::Consumer> consumer_of(const std::string& member) {
    return std::make_unique<exchange::Consumer>(
        exchange::ConsumerConfig{fmt::format("http://127.0.0.1:{}", own_port),
                                 {"MINBEN", "GOV", member, "casework"},
                                 prepared.tokens.at(member + "/casework"),
                                 milliseconds(15000)});
  }
  auto ask(std::string_view id, std::string_view household, std::string_view card = {}) {
    return check_registers(*consumer, {std::string(id), std::string(household), std::string(card)});
  }
  /// "match", "no match" or the code of the error.
  std::string verdict(std::string_view id, std::string_view household, std::string_view card = {}) {
    const auto entry = ask(id, household, card);
    return !entry ? entry.error().code : *entry ? "match" : "no match";
  }

  SystemClock clock;
  SystemRandom random;
  test::TemporaryDirectory directory;
  trust::SigningKey platform = trust::SigningKey::generate(trust::KeyType::ed25519);
  gateway::Prepared prepared;
  std::uint16_t own_port = 0;
  std::map<std::string, std::unique_ptr<outside::registers::Register>> registers;
  std::map<std::string, std::unique_ptr<gateway::Gateway>> gateways;
  std::unique_ptr<exchange::Consumer> consumer;
};

TEST_F(RegisterCheckTest, ConfirmsWhoKnowsBothNumbers) {
  const auto entry = ask("y290000027", "y900-0002");
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->national_id, living);
  EXPECT_EQ((*entry)->name, "王美玲");
  EXPECT_EQ((*entry)->name_latin, "Wang Mei-Ling");
  EXPECT_EQ(verdict(living, "Y9000002", "9999-0000-0002"), "match");
}

TEST_F(RegisterCheckTest, DoesNotTellWhatWasWrong) {
  EXPECT_EQ(verdict(living, "Y9000003"), "no match");
  EXPECT_EQ(verdict("Y290000018", "Y9000002"), "no match") << "there is nobody with this number";
  EXPECT_EQ(verdict(living, "Y9000002", "999900000003"), "no match") << "another card";
  EXPECT_EQ(verdict(living, "Y9000003", "999900000002"), "no match");
  EXPECT_EQ(verdict(cardless, "Y9000004", "999900000004"), "no match") << "not in force";
  EXPECT_EQ(verdict(dead, "Y9000001"), "no match") << "a death is told to nobody who guesses";
}

TEST_F(RegisterCheckTest, TellsOfADeathToWhoKnowsBothNumbers) {
  EXPECT_EQ(verdict(dead, "Y9000000"), "deceased");
  EXPECT_EQ(verdict(dead, "Y9000000", "999900000000"), "deceased");
}

TEST_F(RegisterCheckTest, SaysASlipOfThePenBeforeAnybodyIsAsked) {
  EXPECT_EQ(verdict("Y290000028", "Y9000002"), "national_id");
  EXPECT_EQ(verdict(living, "Y900002"), "household_number");
  EXPECT_EQ(verdict(living, ""), "household_number") << "one thing alone is never confirmed";
  EXPECT_EQ(verdict(living, "Y9000002", "12"), "health_card_number");
}

TEST_F(RegisterCheckTest, SaysWhenARegisterDoesNotAnswer) {
  gateways.at("nhi")->stop();
  EXPECT_EQ(verdict(living, "Y9000002"), "match") << "which did not ask it";
  EXPECT_EQ(verdict(living, "Y9000002", "999900000002"), "register_unavailable");
  gateways.at("ris")->stop();
  EXPECT_EQ(verdict(living, "Y9000002"), "register_unavailable");
}

TEST_F(RegisterCheckTest, IsForThePlatformAndThisPurposeOnly) {
  exchange::ExchangeRequest request;
  request.service = household_register_check("MINBEN");
  request.method = net::Method::post;
  request.body = R"({"key":"Y290000027","known":{"household_number":"Y9000002"}})";
  request.purpose = "curiosity";
  EXPECT_EQ(consumer->call(request).error().code, "purpose_not_allowed");
  request.purpose = identity_check_purpose;
  request.method = net::Method::get;
  request.path = "/Y290000027";
  EXPECT_EQ(consumer->call(request).error().code, "access_denied");
  const auto direct = net::Client({}).send(
      {net::Method::get,
       fmt::format("http://127.0.0.1:{}/identity-check/{}", registers.at("ris")->port(), living),
       {},
       {}});
  EXPECT_EQ(direct->status, 403) << "nobody reads the records themselves";
}

}  // namespace
}  // namespace minben::app
