// SIGKILL of the providing gateway in the middle of traffic: every answer that was given has
// exactly one usage record at the platform, and the ledger still verifies. SIGKILL of publisher's
// and subscriber's gateways: every event that was taken arrives, once and in order.
#include <gtest/gtest.h>

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
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
  /// Most memory that it ever had resident, in bytes.
  [[nodiscard]] std::size_t peak() const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    for (std::string word; status >> word;)
      if (word == "VmHWM:") {
        std::size_t kib = 0;
        status >> kib;
        return kib << 10;
      }
    return 0;
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

/// Publishes and pulls at gateways that may be dead.
class Systems {
 public:
  explicit Systems(Country& country) : country_(country) {}
  Result<net::ClientResponse> call(const std::string& member, const std::string& name,
                                   net::Method method, std::string_view path,
                                   const JsonObject& body = {}) {
    net::ClientRequest request{
        .method = method,
        .url = fmt::format("http://127.0.0.1:{}/r1/MINBEN/GOV/nia/register{}",
                           country_.client_ports[member], path)};
    request.headers.add("X-Road-Client", to_string(subsystem(member, name)));
    request.headers.add("Minben-Token", country_.prepared.tokens.at(member + "/" + name));
    request.headers.add("Minben-Purpose", "planning");
    if (!body.empty()) {
      request.headers.add("Content-Type", "application/json");
      request.body = write_json(body);
    }
    return client_.send(request);
  }
  bool until_answered(const std::string& member, const std::string& name, std::string_view path,
                      const JsonObject& body) {
    for (int i = 0; i < 500; ++i) {
      const auto answer = call(member, name, net::Method::post, path, body);
      if (answer && answer->status / 100 == 2) return true;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return false;
  }
  /// The event that comes next; its sequence and number. Confirmed as often as that needs: when
  /// the gateway died before it answered, the event is gone already.
  std::optional<std::pair<std::int64_t, std::int64_t>> take() {
    const auto event = call("wda", "casework", net::Method::get, "/pull/v1/moves");
    if (!event || event->status != 200) return std::nullopt;
    const Json item = parse_json(event->body).value();
    const std::string path = "/pull/v1/moves/" + get_string(item, "id").value();
    for (int i = 0; i < 500; ++i) {
      const auto confirmed = call("wda", "casework", net::Method::del, path);
      if (confirmed && (confirmed->status == 204 || confirmed->status == 404)) break;
      std::this_thread::sleep_for(milliseconds(20));
    }
    return std::pair(get_integer(item, "sequence").value(),
                     get_integer(*find(item, "event"), "number").value());
  }

 private:
  Country& country_;
  net::Client client_{net::ClientConfig{}};
};

TEST(GatewayKill, EveryEventThatWasTakenArrivesOnceAndInOrder) {
  const SystemClock clock;
  Country country(clock);
  const ServiceId moves{subsystem("nia", "register"), "moves"};
  country.more_services = {{moves, {"遷徙", "Moves"}, false, {}}};
  country.more_rules = {{subsystem("wda", "casework"),
                         moves,
                         {net::Method::get},
                         {"planning"},
                         Basis::law,
                         "戶籍法 §1",
                         {}}};
  country.prepare_again();
  const auto seed = SystemRandom().next();
  SeededRandom random(seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  GatewayChild publisher(country.prepared.gateway_configs.at("nia"));
  GatewayChild subscriber(country.prepared.gateway_configs.at("wda"));
  Systems systems(country);
  ASSERT_TRUE(systems.until_answered("nia", "register", "/api/v1/eventType",
                                     {{"eventType", "moves"}, {"schema", JsonObject{}}}));
  ASSERT_TRUE(
      systems.until_answered("wda", "casework", "/api/v1/subs/moves", {{"eventType", "moves"}}));
  std::atomic<int> published = 0;
  std::atomic<bool> enough = false;
  std::jthread publishing([&] {
    Systems own(country);
    SystemRandom ids;
    for (bool last = false; !last;) {  // again under the same id: it is then once
      last = enough;
      const JsonObject body{{"eventType", "moves"},
                            {"id", minben::to_string(new_uuid(clock, ids))},
                            {"event", {{"number", published.load()}}}};
      if (own.until_answered("nia", "register", "/pub/v1/moves", body)) ++published;
      std::this_thread::sleep_for(milliseconds(10));
    }
  });
  std::vector<std::pair<std::int64_t, std::int64_t>> taken;
  std::atomic<bool> over = false;
  std::jthread taking([&] {
    const auto end = std::chrono::steady_clock::now() + seconds(60);
    while (std::chrono::steady_clock::now() < end) {
      if (over && taken.size() >= static_cast<std::size_t>(published)) return;
      if (const auto event = systems.take()) taken.push_back(*event);
      else std::this_thread::sleep_for(milliseconds(10));
    }
  });
  for (int kills = 0; kills < 12; ++kills) {  // here: children die with the thread that made them
    std::this_thread::sleep_for(milliseconds(200 + random.below(500)));
    GatewayChild& victim = random.below(2) == 0 ? publisher : subscriber;
    victim.kill();
    victim.start();
  }
  enough = true;
  publishing.join();
  over = true;
  taking.join();
  while (const auto event = systems.take()) taken.push_back(*event);
  const auto state = systems.call("wda", "casework", net::Method::get, "/api/v1/subs/moves");
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(published))
      << (state ? state->body : state.error().code);
  EXPECT_GE(published, 50);
  for (std::size_t i = 0; i < taken.size(); ++i) {
    EXPECT_EQ(taken[i].first, static_cast<std::int64_t>(i) + 1);
    EXPECT_EQ(taken[i].second, static_cast<std::int64_t>(i));
  }
}

TEST(GatewayProcesses, ALargeFileDoesNotMakeThemLarge) {
  const SystemClock clock;
  Country country(clock);
  const ServiceId scans{subsystem("nia", "register"), "scans"};
  country.more_services = {{scans, {"掃描", "Scans"}, false, {}}};
  country.more_rules = {{subsystem("wda", "casework"),
                         scans,
                         {net::Method::get},
                         {"planning"},
                         Basis::law,
                         "國土測繪法 §1",
                         {}}};
  country.prepare_again();
  GatewayChild publisher(country.prepared.gateway_configs.at("nia"));
  GatewayChild subscriber(country.prepared.gateway_configs.at("wda"));
  Systems systems(country);
  ASSERT_TRUE(systems.until_answered("nia", "register", "/api/v1/eventType",
                                     {{"eventType", "scans"}, {"schema", JsonObject{}}}));
  ASSERT_TRUE(
      systems.until_answered("wda", "casework", "/api/v1/subs/scans", {{"eventType", "scans"}}));
  const std::size_t before = publisher.peak() + subscriber.peak();
  constexpr std::size_t size = 160u << 20;
  const net::Headers nia = [&] {
    net::Headers fields;
    fields.add("X-Road-Client", to_string(subsystem("nia", "register")));
    fields.add("Minben-Token", country.prepared.tokens.at("nia/register"));
    fields.add("Tus-Resumable", "1.0.0");
    return fields;
  }();
  const std::string url = fmt::format("http://127.0.0.1:{}", country.client_ports["nia"]);
  net::Client client({.timeout_ms = milliseconds(120'000), .max_response_bytes = size + 1024});
  net::ClientRequest create{.method = net::Method::post, .url = url + "/files", .headers = nia};
  create.headers.add("Upload-Length", std::to_string(size));
  create.headers.add("Upload-Metadata", "service " + base64_encode(as_bytes("scans")));
  const auto made = client.send(create).value();
  ASSERT_EQ(made.status, 201) << made.body;
  net::ClientRequest patch{.method = net::Method::patch,
                           .url = url + std::string(made.headers.get("Location")),
                           .headers = nia,
                           .body = std::string(size, 'z')};
  patch.headers.add("Upload-Offset", "0");
  patch.headers.add("Content-Type", "application/offset+octet-stream");
  ASSERT_EQ(client.send(patch).value().status, 204);
  int status = 0;
  for (int i = 0; i < 1200 && status != 200; ++i) {
    const auto pulled = systems.call("wda", "casework", net::Method::get, "/pull/v1/scans");
    status = pulled ? pulled->status : 0;
    std::this_thread::sleep_for(milliseconds(50));
  }
  ASSERT_EQ(status, 200) << "the file did not arrive";
  net::ClientRequest get{.url = fmt::format("http://127.0.0.1:{}{}", country.client_ports["wda"],
                                            made.headers.get("Location"))};
  get.headers.add("X-Road-Client", to_string(subsystem("wda", "casework")));
  get.headers.add("Minben-Token", country.prepared.tokens.at("wda/casework"));
  EXPECT_TRUE(client.send(get).value().body == patch.body);
  EXPECT_LT(publisher.peak() + subscriber.peak() - before, 64u << 20)
      << "both together, of a file of 160 MiB";
}

}  // namespace
}  // namespace minben::gateway::test
