// What callers get when something around a gateway fails.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

/// Another gateway of that member, which is asked first.
void add_gateway(Country& country, const std::string& member, const std::string& url) {
  country.publish_everywhere([&](Configuration& next) {
    for (Member& each : next.members) {
      if (each.code.value != member) continue;
      GatewayEntry other = each.gateways.front();
      other.name = "gw0";
      other.url = url;
      each.gateways.insert(each.gateways.begin(), other);
    }
  });
}

TEST_F(FailureTest, WithSeveralGatewaysOneMayBeAway) {
  add_gateway(country, "nia", "https://localhost:1");  // nobody listens
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(), "answered");
}

/// Takes connections, as the system does for it, and never says a word.
class Mute {
 public:
  Mute() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    MINBEN_ASSERT(::bind(socket_, plain, length) == 0 && ::listen(socket_, 16) == 0);
    MINBEN_ASSERT(::getsockname(socket_, plain, &length) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~Mute() { ::close(socket_); }
  [[nodiscard]] std::string url() const { return fmt::format("https://localhost:{}", port_); }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST_F(FailureTest, AHostThatDoesNotConnectIsGivenUpLongBeforeASlowAnswer) {
  restart("wda", [](GatewayConfig& config) {
    config.connect_timeout_ms = milliseconds(700);
    config.answer_timeout_ms = milliseconds(60000);
  });
  const Mute mute;
  add_gateway(country, "nia", mute.url());
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(ask(), "answered") << "by the other one";
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GE(took, milliseconds(700)) << "the silent one was asked first";
  EXPECT_LT(took, seconds(8));
}

TEST_F(FailureTest, ASlowRegisterMayTakeItsTime) {
  const auto slow = net::Server::start(
      {},
      {{net::Method::get,
        "/{key}",
        net::Access{"anyone"},
        0,
        {},
        net::flow_handler([](net::Flow& flow) -> net::Task<void> {
          co_await net::sleep_for(milliseconds(2500));
          co_await flow.answer(net::Response::json(JsonObject{{"name", "林大文"}}));
        })}},
      {});
  ASSERT_TRUE(slow) << describe(slow.error());
  restart("nia", [&](GatewayConfig& config) {
    config.registers["register/residence"] = fmt::format("http://127.0.0.1:{}", (*slow)->port());
  });
  restart("wda", [](GatewayConfig& config) { config.connect_timeout_ms = milliseconds(1000); });
  EXPECT_EQ(ask(), "answered");
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
