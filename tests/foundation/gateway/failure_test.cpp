// What callers get when something around a gateway fails.
#include <gtest/gtest.h>

#include <filesystem>

#include <fmt/format.h>

#include "country.hpp"
#include "peer.hpp"

namespace minben::gateway::test {
namespace {

class FailureTest : public ::testing::Test {
 protected:
  FailureTest() : clock(SystemClock().now()), country(clock) {
    for (const char* member : {"nia", "wda"}) country.start(member);
  }
  /// The member's gateway anew, with another local configuration.
  template <class Change>
  void restart(const std::string& member, Change change) {
    const auto& file = country.prepared.gateway_configs.at(member);
    country.stop(member);
    GatewayConfig config = read_gateway_config(file).value();
    change(config);
    MINBEN_ASSERT(write_gateway_config(config, file).has_value());
    country.start(member);
  }
  std::string ask() {
    const auto answer = country.consumer()->call(country.residence_request());
    return answer ? "answered" : answer.error().code;
  }
  VirtualClock clock;
  Country country;
};

TEST_F(FailureTest, WithoutTheRegistryAnHourLongEverythingGoesOn) {
  std::filesystem::remove(country.prepared.configuration_file);
  for (int minute = 0; minute < 60; minute += 10) {
    clock.advance(minutes(10));
    EXPECT_EQ(country.gateway("nia").refresh().error().code, "configuration_unreachable");
    EXPECT_EQ(ask(), "answered") << minute;
  }
  country.stop("nia");
  country.start("nia");  // from what it remembers
  EXPECT_EQ(ask(), "answered");
  clock.advance(days(31));
  EXPECT_EQ(ask(), "configuration_expired");
}

TEST_F(FailureTest, AClockThatIsTenMinutesOffIsNamed) {
  Peer peer(country, "wda");
  const auto outcome_at = [&](minutes off) {
    PeerRequest made = peer.request();
    made.head.fields.set("minben-timestamp", minben::to_string(clock.now() + off));
    peer.seal(made);
    return peer.outcome(made);
  };
  EXPECT_EQ(outcome_at(minutes(10)), "request_from_the_future");
  EXPECT_EQ(outcome_at(minutes(-10)), "request_too_old");
  EXPECT_EQ(outcome_at(minutes(0)), "answered");
  EXPECT_EQ(country.nia_register.calls(), 1);
}

TEST_F(FailureTest, ARegisterThatHangsIsGivenUpInTime) {
  std::atomic<bool> over = false;
  const auto hanging = net::Server::start({},
                                          {{net::Method::get,
                                            "/{key}",
                                            net::Access{"anyone"},
                                            0,
                                            {},
                                            net::flow_handler([&](net::Flow&) -> net::Task<void> {
                                              while (!over)
                                                co_await net::sleep_for(milliseconds(20));
                                            })}},
                                          {});
  ASSERT_TRUE(hanging) << describe(hanging.error());
  restart("nia", [&](GatewayConfig& config) {
    config.registers["register/residence"] = fmt::format("http://127.0.0.1:{}", (*hanging)->port());
    config.register_timeout_ms = milliseconds(600);
  });
  EXPECT_EQ(ask(), "register_timeout");
  over = true;
}

TEST_F(FailureTest, APeerThatFallsSilentInAPieceIsLetGo) {
  restart("nia", [](GatewayConfig& config) { config.peer_idle_s = seconds(1); });
  Peer peer(country, "wda");
  PeerRequest made = peer.request();
  peer.seal(made);
  std::string bytes;
  write_piece({.side = Side::request,
               .first = true,
               .last = true,
               .seal = made.seal,
               .head = made.announced_head,
               .body = {}},
              bytes);
  const auto said = peer.say(bytes.substr(0, bytes.size() / 2), milliseconds(8000));
  ASSERT_FALSE(said);
  EXPECT_EQ(said.error().code, "broken") << "closed by the gateway, not by our own patience";
  EXPECT_EQ(country.nia_register.calls(), 0);
  EXPECT_EQ(ask(), "answered");
}

TEST_F(FailureTest, WithSeveralGatewaysOneMayBeAway) {
  Configuration& next = country.prepared.configuration;
  next.version += 1;
  for (Member& member : next.members) {
    if (member.code.value != "nia") continue;
    GatewayEntry away = member.gateways.front();
    away.name = "gw0";
    away.url = "https://localhost:1";  // nobody listens
    member.gateways.insert(member.gateways.begin(), away);
  }
  const auto registry =
      trust::SigningKey::load(country.directory.path() / "registry" / "registry.key.pem");
  std::ofstream(country.prepared.configuration_file)
      << sign_configuration(next, registry.value()).value();
  ASSERT_TRUE(country.gateway("wda").refresh());
  ASSERT_TRUE(country.gateway("nia").refresh());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(), "answered");
}

TEST_F(FailureTest, NothingIsAnsweredThatCannotBeRecorded) {
  country.platform.refuse(true);
  EXPECT_EQ(ask(), "answered");
  country.gateway("nia").settle();
  // The disk takes nothing more: the message log's folder is gone from below it.
  country.stop("nia");
  const auto journal = country.home("nia") / "state" / "journal";
  std::filesystem::remove_all(journal);
  std::ofstream(journal) << "a file where a folder should be";
  SystemRandom random;
  const auto config = read_gateway_config(country.prepared.gateway_configs.at("nia")).value();
  EXPECT_FALSE(Gateway::start(config, clock, random))
      << "a gateway that cannot record must not run";
  EXPECT_EQ(ask(), "provider_unreachable");
}

}  // namespace
}  // namespace minben::gateway::test
