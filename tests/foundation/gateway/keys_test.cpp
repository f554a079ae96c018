// Gateways go on with new keys, and follow the registry to a new one, while requests run.
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "country.hpp"
#include "exchange/handover.hpp"
#include "own_keys.hpp"
#include "peer.hpp"
#include "trust/revocation.hpp"

namespace minben::gateway::test {
namespace {

namespace fs = std::filesystem;

/// Keys and certificates of one member, wherever they lie.
struct Certified {
  trust::Certificate seal, tls;
};

class KeysTest : public ::testing::Test {
 protected:
  // OpenSSL looks at the machine's own clock: what is issued here is good there for a year.
  KeysTest() : clock(SystemClock().now() - days(60)), country(clock) {
    for (const char* member : {"nia", "wda", "boca"})
      country.configure(member, [](GatewayConfig& config) { config.key_overlap_s = seconds(3); });
  }
  void start_all() {
    for (const char* member : {"nia", "wda", "boca"}) country.start(member);
  }
  void refresh_all() {
    for (const auto& [member, gateway] : country.gateways) {
      const auto refreshed = gateway->refresh();
      EXPECT_TRUE(refreshed) << member << ": " << describe(refreshed.error());
    }
  }
  GatewayConfig config(const std::string& member) const {
    return read_gateway_config(country.prepared.gateway_configs.at(member)).value();
  }
  trust::Certificate issue(const std::string& member, const trust::VerifyKey& key, bool seals,
                           const trust::Authority& authority) {
    trust::CertificateRequest names;
    names.common_name = member;
    names.member = member;
    names.for_seals = seals;
    names.for_server = names.for_client = !seals;
    return authority.issue(key, names, clock).value();
  }
  static void write(const fs::path& file, std::string_view text) {
    std::ofstream(file, std::ios::binary) << text;
  }
  /// Beside those in use, as `minben gateway renew` and `join` put them there.
  Certified make_next(const std::string& member, const trust::Authority& authority) {
    const GatewayConfig own = config(member);
    Certified made;
    for (const bool seals : {true, false}) {
      const auto key = trust::SigningKey::generate(trust::KeyType::p256);
      EXPECT_TRUE(key.save(next_file(seals ? own.seal_key.file() : own.tls_key.file())));
      auto& certificate = seals ? made.seal : made.tls;
      certificate = issue(member, key.verify_key(), seals, authority);
      write(next_file(seals ? own.seal_certificate : own.tls_certificate), certificate.pem);
    }
    return made;
  }
  Certified in_use(const std::string& member) const {
    const auto read = [](const fs::path& file) {
      return trust::certificate_from_pem(minben::test::read_file(file)).value();
    };
    return {read(config(member).seal_certificate), read(config(member).tls_certificate)};
  }
  static std::vector<std::string>& certificates(Configuration& configuration,
                                                const std::string& member) {
    return std::ranges::find(configuration.members, AgencyCode{member}, &Member::code)
        ->gateways.front()
        .certificates;
  }
  /// Whose seals are made with `next` from then on; the old ones are published as well.
  void publish_also(const std::map<std::string, Certified>& next) {
    country.publish([&](Configuration& configuration) {
      for (const auto& [member, made] : next)
        certificates(configuration, member).push_back(made.seal.pem);
    });
  }
  void withdraw(const std::map<std::string, Certified>& old) {
    country.publish([&](Configuration& configuration) {
      std::vector<trust::Revoked> revoked;
      for (const auto& [member, made] : old) {
        std::erase(certificates(configuration, member), made.seal.pem);
        for (const auto& each : {made.seal, made.tls})
          revoked.push_back({trust::read_certificate(each.der)->serial, clock.now(),
                             trust::RevocationReason::superseded});
      }
      configuration.revocation_lists = {
          trust::make_revocation_list(country.authority(), revoked, configuration.version + 1,
                                      clock.now(), clock.now() + days(30))
              .value()};
    });
  }
  Json keys_of(const std::string& member) const {
    return parse_json(country.get(member, "/status").body)->at("keys");
  }
  std::string seal_serial(const std::string& member) const {
    return string_or(keys_of(member).at("seal"), "serial");
  }
  /// What the gateway shows to other gateways.
  std::string shown_certificate(const std::string& member) {
    std::string der;
    const GatewayConfig own = config("boca");
    run_task([&]() -> net::Task<void> {
      net::ChannelClient client({.tls = net::TlsConfig{own.tls_certificate, own.tls_key.file(), {}},
                                 .server_ca_pem = own.state_directory / "trust-anchor.pem"},
                                std::string(channel_protocol));
      auto opened =
          co_await client.open(fmt::format("https://localhost:{}", country.peer_ports.at(member)));
      if (opened) der = (*opened)->peer_certificate();
    }());
    return der;
  }
  std::string call() {
    const auto answer = country.consumer()->call(country.residence_request());
    return answer ? "" : answer.error().code + ": " + answer.error().detail;
  }

  VirtualClock clock;
  Country country;
};

/// wda asks nia on several threads until it ends.
class Traffic {
 public:
  explicit Traffic(Country& country) : country_(country) {
    for (int i = 0; i < 3; ++i)
      threads_.emplace_back([this] {
        const auto consumer = country_.consumer();
        while (!stop_) ask(*consumer);
      });
  }
  ~Traffic() { end(); }
  void end() {
    stop_ = true;
    for (std::thread& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  void wait_for(int more) const {
    const int until = answered_ + more;
    while (answered_ < until && failed().empty()) std::this_thread::sleep_for(milliseconds(5));
  }
  std::string failed() const {
    const std::lock_guard lock(mutex_);
    return failed_;
  }
  int answered() const { return answered_; }

 private:
  void ask(Consumer& consumer) {
    const auto answer = consumer.call(country_.residence_request());
    if (answer && answer->status == 200) {
      ++answered_;
      return;
    }
    const std::lock_guard lock(mutex_);
    failed_ += answer ? std::to_string(answer->status) : describe(answer.error());
    failed_ += "; ";
  }
  Country& country_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> answered_ = 0;
  mutable std::mutex mutex_;
  std::string failed_;
  std::vector<std::thread> threads_;
};

TEST_F(KeysTest, ChangeOnBothSidesWithoutOneFailedCall) {
  start_all();
  const std::map<std::string, Certified> old{{"nia", in_use("nia")}, {"wda", in_use("wda")}};
  Traffic traffic(country);
  traffic.wait_for(30);
  std::map<std::string, Certified> next;
  for (const char* member : {"nia", "wda"})
    next.emplace(member, make_next(member, country.authority()));
  refresh_all();
  EXPECT_EQ(string_or(keys_of("nia"), "next"), "not published");
  publish_also(next);
  // One hears of it before the other: it must not use yet what the other does not know.
  ASSERT_TRUE(country.gateway("nia").refresh());
  traffic.wait_for(30);
  refresh_all();
  EXPECT_EQ(string_or(keys_of("nia"), "next"), "published");
  EXPECT_EQ(in_use("nia").seal.pem, old.at("nia").seal.pem);
  traffic.wait_for(30);
  clock.advance(seconds(4));
  for (const char* member : {"nia", "wda"}) {
    ASSERT_TRUE(country.gateway(member).refresh());  // one after the other
    traffic.wait_for(30);
    EXPECT_EQ(seal_serial(member), trust::read_certificate(next.at(member).seal.der)->serial);
    EXPECT_EQ(in_use(member).tls.pem, next.at(member).tls.pem);
    EXPECT_FALSE(fs::exists(next_file(config(member).seal_key.file())));
  }
  EXPECT_EQ(shown_certificate("nia"), as_text(next.at("nia").tls.der));
  withdraw(old);
  refresh_all();
  traffic.wait_for(60);
  traffic.end();
  EXPECT_EQ(traffic.failed(), "");
  EXPECT_GT(traffic.answered(), 200);
}

TEST_F(KeysTest, OldOnesAreRefusedOnceTheyAreWithdrawn) {
  start_all();
  const auto old = country.directory.path() / "members" / "wda-old";
  fs::create_directories(old);
  for (const char* name : {"seal.key.pem", "seal.pem", "tls.key.pem", "tls.pem"})
    fs::copy_file(country.home("wda") / name, old / name);
  const auto outcome = [&](const std::string& connects, const std::string& seals) {
    Peer peer(country, "wda");
    peer.connect_as(connects);
    peer.seal_as(seals);
    PeerRequest request = peer.request();
    peer.seal(request);
    return peer.outcome(request);
  };
  const std::map<std::string, Certified> before{{"wda", in_use("wda")}};
  publish_also({{"wda", make_next("wda", country.authority())}});
  refresh_all();
  clock.advance(seconds(4));
  refresh_all();
  EXPECT_EQ(outcome("wda", "wda"), "answered");
  EXPECT_EQ(outcome("wda-old", "wda-old"), "answered");  // both, while they change
  withdraw(before);
  refresh_all();
  EXPECT_EQ(outcome("wda", "wda"), "answered");
  EXPECT_EQ(outcome("wda", "wda-old"), "certificate_unknown");
  EXPECT_EQ(outcome("wda-old", "wda"), "certificate_revoked");
}

TEST_F(KeysTest, AChangeThatACrashInterruptsIsEndedAtTheNextStart) {
  start_all();
  const auto next = make_next("wda", country.authority());
  publish_also({{"wda", next}});
  country.stop("wda");
  const GatewayConfig own = config("wda");
  write(own.state_directory / "changing-keys", "");
  fs::rename(next_file(own.seal_key.file()), own.seal_key.file());  // and then the power went
  country.start("wda");
  refresh_all();
  EXPECT_EQ(in_use("wda").seal.pem, next.seal.pem);
  EXPECT_FALSE(fs::exists(own.state_directory / "changing-keys"));
  EXPECT_EQ(call(), "");
}

TEST_F(KeysTest, WhatBecameReadyWhileItWasDownIsTakenUpAtTheStart) {
  start_all();
  const auto before = in_use("wda");
  const auto next = make_next("wda", country.authority());
  country.stop("wda");
  publish_also({{"wda", next}});
  withdraw({{"wda", before}});  // it was away for long
  refresh_all();
  country.start("wda");
  EXPECT_EQ(in_use("wda").seal.pem, next.seal.pem);
  EXPECT_EQ(call(), "");
}

TEST_F(KeysTest, FilesThatAreReplacedInPlaceAreTakenWhenTheyArePublished) {
  start_all();
  const GatewayConfig own = config("wda");
  const auto key = trust::SigningKey::load(own.seal_key.file()).value();
  const auto again = issue("wda", key.verify_key(), true, country.authority());
  const std::string before = seal_serial("wda");
  write(own.seal_certificate, again.pem);
  refresh_all();
  EXPECT_EQ(seal_serial("wda"), before);
  EXPECT_EQ(call(), "");
  country.publish([&](Configuration& configuration) {
    certificates(configuration, "wda").push_back(again.pem);
  });
  refresh_all();
  EXPECT_EQ(seal_serial("wda"), trust::read_certificate(again.der)->serial);
  EXPECT_EQ(call(), "");
}

TEST_F(KeysTest, SaysInPlainWordsThatOthersDoNotKnowItsSeal) {
  start_all();
  EXPECT_EQ(country.get("wda", "/health").status, 200);
  const auto stranger = trust::SigningKey::generate(trust::KeyType::p256).verify_key();
  const auto own = certificates(country.prepared.configuration, "wda");
  country.publish([&](Configuration& configuration) {
    certificates(configuration, "wda") = {issue("wda", stranger, true, country.authority()).pem};
  });
  const auto unwell = [&] {
    const auto answer = country.get("wda", "/health");
    EXPECT_EQ(answer.status, 503);
    EXPECT_TRUE(answer.body.contains("seal_not_published")) << answer.body;
    EXPECT_TRUE(answer.body.contains("others refuse its messages")) << answer.body;
    EXPECT_EQ(string_or(keys_of("wda"), "fault"), "seal_not_published");
  };
  refresh_all();
  unwell();
  country.stop("wda");
  country.start("wda");  // it is not what keeps a gateway from starting
  unwell();
  country.publish([&](Configuration& configuration) { certificates(configuration, "wda") = own; });
  refresh_all();
  EXPECT_EQ(country.get("wda", "/health").status, 200);
}

TEST_F(KeysTest, WhoReadsTheConfigurationSeldomReadsItAtOnceWhenASealIsUnknown) {
  country.configure("nia", [](GatewayConfig& config) { config.refresh_s = hours(1); });
  start_all();
  publish_also({{"wda", make_next("wda", country.authority())}});
  for (int i = 0; i < 2; ++i, clock.advance(seconds(4)))
    ASSERT_TRUE(country.gateway("wda").refresh());
  EXPECT_TRUE(call().starts_with("certificate_unknown"));
  const auto end = std::chrono::steady_clock::now() + seconds(20);
  std::string said = "not asked";
  while (!said.empty() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(100));
    said = call();
  }
  EXPECT_EQ(said, "");
}

TEST_F(KeysTest, ANewAnchorIsBelievedWithoutARestart) {
  start_all();
  EXPECT_EQ(call(), "");
  const auto second = trust::Authority::create("Second root", 365, clock).value();
  std::map<std::string, Certified> next;
  for (const char* member : {"nia", "wda"}) next.emplace(member, make_next(member, second));
  country.publish([&](Configuration& configuration) {
    configuration.trust_anchors.push_back(second.certificate().pem);
    for (const auto& [member, made] : next)
      certificates(configuration, member).push_back(made.seal.pem);
  });
  refresh_all();
  for (const char* member : {"nia", "wda", "boca"})
    EXPECT_TRUE(minben::test::read_file(config(member).state_directory / "trust-anchor.pem")
                    .contains(second.certificate().pem));
  clock.advance(seconds(4));
  refresh_all();
  EXPECT_EQ(in_use("nia").tls.pem, next.at("nia").tls.pem);
  EXPECT_EQ(call(), "");
}

// ------------------------------------------------------------------------------ the registry's key

class RegistryKeyTest : public KeysTest {
 protected:
  trust::SigningKey second = trust::SigningKey::generate(trust::KeyType::ed25519);
  trust::SigningKey third = trust::SigningKey::generate(trust::KeyType::ed25519);
  std::string hand_over(const trust::SigningKey& from, const trust::SigningKey& to) {
    return sign_handover("MINBEN", from, to, clock.now()).value();
  }
  std::string refreshed(const std::string& member) {
    const auto done = country.gateway(member).refresh();
    return done ? "" : done.error().code;
  }
  static void nothing(Configuration&) {}
};

TEST_F(RegistryKeyTest, IsFollowedFromKeyToKeyAlsoByWhoWasAway) {
  start_all();
  country.stop("boca");
  country.publish([&](Configuration& configuration) {
    configuration.handovers = {hand_over(country.registry_key(), second)};
  });
  EXPECT_EQ(refreshed("nia"), "");  // announced, by the old key
  country.publish(nothing, second);
  EXPECT_EQ(refreshed("nia"), "");
  EXPECT_EQ(call(), "");
  country.publish(
      [&](Configuration& configuration) {
        configuration.handovers.push_back(hand_over(second, third));
      },
      third);
  EXPECT_EQ(refreshed("nia"), "");
  EXPECT_EQ(refreshed("wda"), "");  // missed one
  country.start("boca");            // missed all
  EXPECT_EQ(refreshed("boca"), "");
  EXPECT_EQ(call(), "");
}

TEST_F(RegistryKeyTest, NobodyElseLeadsToANewOneAndNobodyBack) {
  start_all();
  country.publish(nothing, second);
  EXPECT_EQ(refreshed("nia"), "configuration_forged");  // it did not say so
  country.publish(
      [&](Configuration& configuration) { configuration.handovers = {hand_over(third, second)}; },
      second);
  EXPECT_EQ(refreshed("nia"), "configuration_forged");
  std::string forged = hand_over(third, second);
  const auto from = base64url_encode(third.verify_key().bytes());
  forged.replace(forged.find(from), from.size(),
                 base64url_encode(country.registry_key().verify_key().bytes()));
  country.publish([&](Configuration& configuration) { configuration.handovers = {forged}; },
                  second);
  EXPECT_EQ(refreshed("nia"), "configuration_forged");

  const std::string good = hand_over(country.registry_key(), second);
  country.publish([&](Configuration& configuration) { configuration.handovers = {good}; }, second);
  EXPECT_EQ(refreshed("nia"), "");
  // Whoever has the old key now can say nothing any more, not even that there is another new one.
  country.publish(nothing);
  EXPECT_EQ(refreshed("nia"), "configuration_forged");
  country.publish(
      [&](Configuration& configuration) {
        configuration.handovers = {hand_over(country.registry_key(), third)};
      },
      third);
  EXPECT_EQ(refreshed("nia"), "configuration_forged");
  country.stop("nia");
  country.start("nia");  // from what it kept
  EXPECT_EQ(refreshed("nia"), "configuration_forged");
  country.publish([&](Configuration& configuration) { configuration.handovers = {good}; }, second);
  EXPECT_EQ(refreshed("nia"), "");
}

TEST_F(RegistryKeyTest, APlanThatIsPreparedAgainLeadsFromTheOldKeyToTheNewOne) {
  start_all();
  const auto registry = country.directory.path() / "registry";
  const std::string compared = minben::test::read_file(config("nia").registry_key);
  write(registry / "registry.handovers", hand_over(country.registry_key(), second) + "\n");
  ASSERT_TRUE(second.save(registry / "registry.key.pem"));
  country.prepare_again();
  EXPECT_EQ(minben::test::read_file(config("nia").registry_key), compared);
  refresh_all();
  EXPECT_EQ(call(), "");
  country.stop("nia");
  fs::remove(country.prepared.configuration_file);
  country.start("nia");  // from what it kept
  EXPECT_EQ(call(), "");
}

TEST_F(RegistryKeyTest, WhatAnAdministratorComparesAnewCountsInPlaceOfWhatWasFollowed) {
  start_all();
  country.publish(
      [&](Configuration& configuration) {
        configuration.handovers = {hand_over(country.registry_key(), second)};
      },
      second);
  EXPECT_EQ(refreshed("nia"), "");
  country.stop("nia");
  write(config("nia").registry_key, third.verify_key().pem());
  country.publish([](Configuration& configuration) { configuration.handovers.clear(); }, third);
  country.start("nia");
  EXPECT_EQ(refreshed("nia"), "");
}

}  // namespace
}  // namespace minben::gateway::test
