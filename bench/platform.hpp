#pragma once
// What benchmarks of the interface share: a platform in a process of its own, and a caller.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "api/api.hpp"
#include "must.hpp"
#include "net/net.hpp"
#include "store/store.hpp"
#include "trust/trust.hpp"

namespace minben::bench {

namespace fs = std::filesystem;

inline constexpr int clients = 8;
inline constexpr std::string_view agency = "wda";

/// Four user tasks, an exclusive choice, a parallel split to two agencies.
inline constexpr std::string_view model = R"(<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:minben="https://minben.tw/bpmn/1" id="case4">
<bpmn:process id="p" isExecutable="true">
  <bpmn:laneSet id="lanes">
    <bpmn:lane id="wda"><bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>check</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>complete</bpmn:flowNodeRef><bpmn:flowNodeRef>sent_back</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>split</bpmn:flowNodeRef><bpmn:flowNodeRef>join</bpmn:flowNodeRef><bpmn:flowNodeRef>end</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>labour</bpmn:flowNodeRef>
      <bpmn:flowNodeRef>decide</bpmn:flowNodeRef></bpmn:lane>
    <bpmn:lane id="nia"><bpmn:flowNodeRef>residence</bpmn:flowNodeRef></bpmn:lane>
  </bpmn:laneSet>
  <bpmn:startEvent id="start"/>
  <bpmn:userTask id="check" minben:role="officer" minben:deadlineDays="5"/>
  <bpmn:exclusiveGateway id="complete" default="no"/>
  <bpmn:endEvent id="sent_back"/>
  <bpmn:parallelGateway id="split"/>
  <bpmn:userTask id="labour" minben:role="officer" minben:deadlineDays="10"/>
  <bpmn:userTask id="residence" minben:role="officer" minben:deadlineDays="10"/>
  <bpmn:parallelGateway id="join"/>
  <bpmn:userTask id="decide" minben:role="officer" minben:deadlineDays="10"/>
  <bpmn:endEvent id="end"/>
  <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="check"/>
  <bpmn:sequenceFlow id="f2" sourceRef="check" targetRef="complete"/>
  <bpmn:sequenceFlow id="yes" sourceRef="complete" targetRef="split">
    <bpmn:conditionExpression>amount_3 > 100 and text_1 = "ok"</bpmn:conditionExpression></bpmn:sequenceFlow>
  <bpmn:sequenceFlow id="no" sourceRef="complete" targetRef="sent_back"/>
  <bpmn:sequenceFlow id="f3" sourceRef="split" targetRef="labour"/>
  <bpmn:sequenceFlow id="f4" sourceRef="split" targetRef="residence"/>
  <bpmn:sequenceFlow id="f5" sourceRef="labour" targetRef="join"/>
  <bpmn:sequenceFlow id="f6" sourceRef="residence" targetRef="join"/>
  <bpmn:sequenceFlow id="f7" sourceRef="join" targetRef="decide"/>
  <bpmn:sequenceFlow id="f8" sourceRef="decide" targetRef="end"/>
</bpmn:process>
</bpmn:definitions>)";

/// The same for all nodes: made before the first of them is.
inline const std::shared_ptr<trust::KeyRing>& master_keys() {
  static const auto ring = [] {
    auto made = std::make_shared<trust::KeyRing>();
    SystemRandom random;
    must(made->add(trust::MasterKey::generate(random)));
    return made;
  }();
  return ring;
}

/// Until it is killed.
[[noreturn]] inline void serve(const std::string& database_url, int tell) {
  SystemClock clock;
  SystemRandom random;
  auto database = must(store::Database::open({.url = database_url, .connections = clients}, clock));
  api::Clients known(*database, clock, random);
  const auto keys = must(keys::Keys::open(*database, clock, random, master_keys()));
  api::Webhooks webhooks(*database, clock, random, *keys);
  process::Processes processes(clock, {.observer = &webhooks});
  process::Batches batches(processes, clock, random);
  store::Workers workers(*database, clock, 1);
  processes.attach(workers);
  batches.attach(workers);
  webhooks.attach(workers);
  net::ServerConfig config;
  config.workers = clients;
  static constexpr net::Access anyone{"anyone"};
  auto server = must(net::Server::start(
      config, api::routes({*database, clock, random, processes, batches, known, webhooks}, anyone),
      {[](const net::Route&, net::Request&) { return std::nullopt; }, {}, {}}));
  workers.start();
  const std::uint16_t port = server->port();
  if (::write(tell, &port, sizeof port) != sizeof port) std::_Exit(3);
  for (;;) ::pause();
}

/// A platform that runs until it is stopped.
class Server {
 public:
  explicit Server(std::string database_url) : url_(std::move(database_url)) { start(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() { kill(); }

  void start() {
    (void)master_keys();
    std::array<int, 2> told{};
    if (::pipe(told.data()) != 0) give_up("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) serve(url_, told[1]);
    std::uint16_t port = 0;
    if (::read(told[0], &port, sizeof port) != sizeof port) give_up("the server did not start");
    ::close(told[0]);
    ::close(told[1]);
    origin_ = fmt::format("http://127.0.0.1:{}", port);
  }
  void kill() {
    if (pid_ == 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }

 private:
  std::string url_, origin_;
  pid_t pid_ = 0;
};

/// One connection with a token.
class Caller {
 public:
  Caller(std::string origin, const std::string& token)
      : origin_(std::move(origin)), bearer_("Bearer " + token) {}

  Json send(net::Method method, const std::string& path, const Json& body, int expected) {
    return send_text(method, path, body.is_null() ? std::string() : write_json(body), expected);
  }
  Json send_text(net::Method method, const std::string& path, std::string body, int expected) {
    net::ClientRequest request{method, origin_ + "/api/process/v1" + path, {}, std::move(body)};
    request.headers.set("Authorization", bearer_);
    if (!request.body.empty())
      request.headers.set("Content-Type",
                          request.body.starts_with('<') ? "application/xml" : "application/json");
    const auto answer = must(client_.send(request));
    if (answer.status != expected)
      give_up(fmt::format("{} gave {}: {}", path, answer.status, answer.body));
    return answer.body.empty() ? Json() : must(parse_json(answer.body));
  }

 private:
  std::string origin_, bearer_;
  net::Client client_{{}};
};

/// Folder and database of one run; gone afterwards.
class Ground {
 public:
  explicit Ground(bool durable) {
    std::string name = (fs::temp_directory_path() / "minben-bench-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    fs::permissions(folder, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec |
                                fs::perms::others_read);
    store::ClusterConfig settings;
    settings.directory = folder / "cluster";
    settings.outlive_owner = false;
    settings.durable = durable;
    cluster = must(store::Cluster::start(settings));
    must(cluster->create_database("bench"));
    database = must(store::Database::open(
        {.url = url(), .connections = 2, .statement_timeout_ms = std::chrono::hours{1}}, clock));
    for (const auto migrations :
         {store::migrations(), keys::migrations(), process::migrations(), api::migrations()})
      must(database->migrate(migrations));
    api::Clients known(*database, clock, random);
    token = must(known.add({AgencyCode{std::string(agency)},
                            "bench",
                            {api::Scope::read, api::Scope::work, api::Scope::deploy,
                             api::Scope::operate}}))
                .second;
  }
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  ~Ground() {
    database.reset();
    cluster.reset();
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  [[nodiscard]] std::string url() const { return cluster->url("bench"); }

  SystemClock clock;
  SystemRandom random;
  fs::path folder;
  std::unique_ptr<store::Cluster> cluster;
  std::unique_ptr<store::Database> database;
  std::string token;
};

inline double percentile(const std::vector<double>& sorted, double part) {
  return sorted.empty()
             ? 0
             : sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

}  // namespace minben::bench
