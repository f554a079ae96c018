// SIGKILL of the providing gateway in the middle of traffic: every answer that was given has
// exactly one usage record at the platform, and the ledger still verifies.
#include <gtest/gtest.h>

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "country.hpp"
#include "ledger/ledger.hpp"

namespace minben::gateway::test {
namespace {

// Not a test: what the process that is going to be killed runs.
TEST(GatewayProcess, DISABLED_Run) {
  const char* file = std::getenv("MINBEN_TEST_GATEWAY");
  ASSERT_NE(file, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // nothing is left behind when the test is stopped
  const SystemClock clock;
  SystemRandom random;
  const std::atomic<bool> never = false;
  std::_Exit(run_gateway(file, clock, random, never));
}

class GatewayChild {
 public:
  explicit GatewayChild(const std::filesystem::path& config) : config_(config) { start(); }
  ~GatewayChild() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  void start() {
    std::string environment = fmt::format("MINBEN_TEST_GATEWAY={}", config_.string());
    std::array<std::string, 4> words{"gateway", "--gtest_filter=GatewayProcess.*",
                                     "--gtest_also_run_disabled_tests", "--gtest_brief=1"};
    std::array<char*, 5> arguments{words[0].data(), words[1].data(), words[2].data(),
                                   words[3].data(), nullptr};
    std::array<char*, 2> variables{environment.data(), nullptr};
    MINBEN_ASSERT(::posix_spawn(&pid_, "/proc/self/exe", nullptr, nullptr, arguments.data(),
                                variables.data()) == 0);
  }

 private:
  const std::filesystem::path config_;
  pid_t pid_ = 0;
};

class Traffic {
 public:
  Traffic(Country& country, int threads) {
    for (int i = 0; i < threads; ++i)
      threads_.emplace_back([this, &country](const std::stop_token& stop) { run(country, stop); });
  }
  void stop() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
  }
  [[nodiscard]] std::multiset<std::string> answered() const {
    const std::lock_guard lock(mutex_);
    return answered_;
  }

 private:
  void run(Country& country, const std::stop_token& stop) {
    const auto consumer = country.consumer();
    while (!stop.stop_requested()) {
      const auto answer = consumer->call(country.residence_request());
      if (!answer) {
        std::this_thread::sleep_for(milliseconds(20));
        continue;
      }
      const std::lock_guard lock(mutex_);
      answered_.insert(answer->request_hash);
    }
  }
  mutable std::mutex mutex_;
  std::multiset<std::string> answered_;
  std::vector<std::jthread> threads_;
};

TEST(GatewayKill, WhatBreaksOffInMidStreamIsNeverGivenAsWhole) {
  const SystemClock clock;
  Country country(clock);
  country.start("wda");
  GatewayChild child(country.prepared.gateway_configs.at("nia"));
  net::ClientRequest request{.url = fmt::format("http://127.0.0.1:{}/r1/{}/20000",
                                                country.client_ports["wda"], to_string(maps()))};
  request.headers.add("X-Road-Client", "MINBEN/GOV/wda/casework");
  request.headers.add("Minben-Token", country.prepared.tokens.at("wda/casework"));
  request.headers.add("Minben-Purpose", "planning");
  net::Client client(
      {.timeout_ms = milliseconds(60000), .max_response_bytes = std::size_t{2} << 30});
  for (int kills = 0; kills < 3; ++kills) {
    const int before = country.nia_register.pieces_sent();
    std::jthread killer([&] {  // when the file, 1 GB, has begun to come
      for (int i = 0; i < 2000 && country.nia_register.pieces_sent() < before + 500; ++i)
        std::this_thread::sleep_for(milliseconds(5));
      child.kill();
    });
    Result<net::ClientResponse> answer = fail(Kind::internal, "not_sent");
    for (int i = 0; i < 100; ++i) {  // until the gateway has started
      answer = client.send(request);
      if (!answer || answer->status != 502) break;
      std::this_thread::sleep_for(milliseconds(50));
    }
    ASSERT_FALSE(answer) << "half a file was given as a whole one";
    EXPECT_TRUE(answer.error().code == "truncated" || answer.error().code == "broken")
        << answer.error().code;
    killer.join();
    child.start();
  }
}

TEST(GatewayKill, EveryAnswerHasExactlyOneUsageRecord) {
  const SystemClock clock;
  Country country(clock);
  country.start("wda");
  const auto seed = SystemRandom().next();
  SeededRandom random(seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::size_t kills = 0;
  std::multiset<std::string> answered;
  {
    GatewayChild child(country.prepared.gateway_configs.at("nia"));
    Traffic traffic(country, 4);
    for (; kills < 12; ++kills) {
      const auto before = traffic.answered().size();
      for (int i = 0; i < 500 && traffic.answered().size() < before + 5; ++i)
        std::this_thread::sleep_for(milliseconds(10));
      ASSERT_GE(traffic.answered().size(), before + 5) << "no traffic after kill " << kills;
      std::this_thread::sleep_for(milliseconds(random.below(200)));
      country.platform.refuse(random.below(2) == 0);  // sometimes the spool has to keep them
      child.kill();
      child.start();
    }
    country.platform.refuse(false);
    const auto last = traffic.answered().size();
    for (int i = 0; i < 500 && traffic.answered().size() < last + 5; ++i)
      std::this_thread::sleep_for(milliseconds(10));
    traffic.stop();
    answered = traffic.answered();
    // All refused ones wait their minute in that process; a new one begins anew.
    child.kill();
  }
  country.start("nia");
  for (int i = 0; i < 1000 && country.gateway("nia").deliver() > 0; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(country.gateway("nia").deliver(), 0u);

  std::multiset<std::string> recorded;
  for (const auto& [id, record] : country.platform.records()) recorded.insert(record.request_hash);
  for (const std::string& hash : answered) EXPECT_EQ(recorded.count(hash), 1u) << hash;
  EXPECT_GE(answered.size(), 60u);

  country.gateway("nia").settle();
  const auto log = net::Client({}).send(
      {.url = fmt::format("http://127.0.0.1:{}/status", country.client_ports["nia"])});
  const Json status = parse_json(log.value().body).value();
  const std::string vkey(find(status, "ledger")->at("key").as_string());
  // One entry for each record, whether or not its answer still reached anybody.
  EXPECT_EQ(static_cast<std::size_t>(find(status, "ledger")->at("size").as_int64()),
            recorded.size());
  country.stop("nia");
  const auto verified = ledger::verify_directory(country.home("nia") / "state" / "ledger", vkey);
  EXPECT_TRUE(verified) << describe(verified.error());
}

TEST(GatewayKill, QuotasDoNotBeginAnew) {
  constexpr int allowed = 12;
  const SystemClock clock;
  Country country(clock);
  country.publish_everywhere([](Configuration& next) {
    next.rules.front().id = "residence";
    next.rules.front().quotas = {{allowed, Period::month}};
  });
  country.start("wda");
  GatewayChild child(country.prepared.gateway_configs.at("nia"));
  int answered = 0;
  const auto ask = [&] {  // until there is an answer or the quota is used up
    for (int i = 0; i < 400; ++i) {
      const auto answer = country.consumer()->call(country.residence_request());
      if (answer) ++answered;
      if (answer || answer.error().code == "quota_exceeded") return answer.has_value();
      std::this_thread::sleep_for(milliseconds(25));
    }
    ADD_FAILURE() << "no answer";
    return false;
  };
  for (int kills = 0; kills < 3; ++kills) {
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(ask());
    child.kill();
    child.start();
  }
  while (ask()) continue;
  EXPECT_LE(answered, allowed) << "what was answered before the kills counts";
  // Twice, at most, count those that were not yet filed when the counters were written: of two.
  EXPECT_GE(answered, allowed - 3 * 2);
}

}  // namespace
}  // namespace minben::gateway::test
