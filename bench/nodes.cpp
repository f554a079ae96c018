// Two nodes on one database, one of them killed every few seconds, under load. Clients go on with
// the other node and send again what got no answer. Afterwards every case has ended once, its
// history has no gaps and equals the state that replaying its commands gives. Exit status 1
// otherwise.
//   nodes [SECONDS]
#include <atomic>
#include <mutex>
#include <random>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "platform.hpp"

namespace minben::bench {
namespace {

constexpr int officers = 6;
constexpr int steps_of_a_case = 6;  ///< a start, four tasks, a timer

/// case4 with a pause before its end, so that jobs are under way, too.
std::string paused() {
  std::string text(model);
  const std::string_view last =
      R"(<bpmn:sequenceFlow id="f8" sourceRef="decide" targetRef="end"/>)";
  const auto at = text.find(last);
  text.replace(at, last.size(), R"(<bpmn:sequenceFlow id="f8" sourceRef="decide" targetRef="pause"/>
  <bpmn:sequenceFlow id="f9" sourceRef="pause" targetRef="end"/>)");
  const std::string_view end = R"(<bpmn:endEvent id="end"/>)";
  text.insert(text.find(end),
              R"(<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition id="t">
    <bpmn:timeDuration>PT1S</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
  )");
  const std::string_view lane = "<bpmn:flowNodeRef>start</bpmn:flowNodeRef>";
  text.insert(text.find(lane), "<bpmn:flowNodeRef>pause</bpmn:flowNodeRef>");
  return text;
}

/// Where the nodes are reached now.
class Nodes {
 public:
  explicit Nodes(const std::string& url) : first_(url), second_(url) {}

  std::string any(std::uint64_t luck) {
    const std::lock_guard lock(mutex_);
    return (luck % 2 == 0 ? first_ : second_).origin();
  }
  /// The other one goes on meanwhile.
  void kill_one(bool the_first) {
    Server& victim = the_first ? first_ : second_;
    victim.kill();
    std::this_thread::sleep_for(milliseconds(300));
    const std::lock_guard lock(mutex_);
    victim.start();
  }

 private:
  std::mutex mutex_;
  Server first_, second_;
};

class Officer {
 public:
  Officer(Nodes& nodes, std::string token, unsigned seed)
      : nodes_(nodes), bearer_("Bearer " + std::move(token)), luck_(seed) {}

  void one_case(const std::string& id) {
    // Cases are begun again with the same id until there is an answer.
    send(net::Method::post, "/instances",
         write_json(JsonObject{{"model", "case4"},
                               {"id", id},
                               {"variables", JsonObject{{"amount_3", 200}, {"text_1", "ok"}}}}),
         {200, 201});
    while (true) {
      const Json shown = must(parse_json(send(net::Method::get, "/instances/" + id, {}, {200})));
      const auto& open = find(shown, "tasks")->as_array();
      if (open.empty()) return;  // the rest is the timer's
      // Conflict: what was sent before did arrive.
      send(net::Method::post, "/tasks/" + string_or(open.front(), "id") + "/complete",
           R"({"variables":{"seen":true}})", {200, 409});
    }
  }
  [[nodiscard]] std::int64_t failures() const { return failures_; }

 private:
  std::string send(net::Method method, const std::string& path, const std::string& body,
                   std::initializer_list<int> expected) {
    for (int attempt = 0; attempt < 400; ++attempt) {
      net::ClientRequest request{method, nodes_.any(luck_()) + "/api/process/v1" + path, {}, body};
      request.headers.set("Authorization", bearer_);
      if (!body.empty()) request.headers.set("Content-Type", "application/json");
      const auto answer = client_.send(request);
      if (answer && std::ranges::find(expected, answer->status) != expected.end())
        return answer->body;
      if (answer && answer->status < 500 && answer->status != 409)
        give_up(fmt::format("{} gave {}: {}", path, answer->status, answer->body));
      ++failures_;
      std::this_thread::sleep_for(milliseconds(20));
    }
    give_up("no node answers");
  }

  Nodes& nodes_;
  std::string bearer_;
  std::minstd_rand luck_;
  std::int64_t failures_ = 0;
  net::Client client_{{}};
};

/// Faults found.
int check(Ground& ground, const std::vector<std::string>& ids) {
  process::Processes processes(ground.clock, {});
  int faults = 0;
  const auto fault = [&](const std::string& id, const std::string& what) {
    if (++faults < 20) fmt::print(stderr, "{}: {}\n", id, what);
  };
  for (const std::string& text : ids) {
    const auto id = must(process::InstanceId::parse(text));
    const auto found =
        ground.database->separately([&](auto& tx) { return processes.instance(tx, id); });
    if (!found) {
      fault(text, describe(found.error()));
      continue;
    }
    if (found->state.status != process::Status::completed)
      fault(text, std::string(to_string(found->state.status)));
    if (found->state.steps != steps_of_a_case)
      fault(text, fmt::format("{} steps instead of {}", found->state.steps, steps_of_a_case));
    std::int64_t number = 0;
    for (const auto& entry :
         must(ground.database->separately([&](auto& tx) { return processes.history(tx, id); })))
      if (entry.number != ++number) fault(text, fmt::format("a gap at {}", number));
    const auto replayed =
        must(ground.database->separately([&](auto& tx) { return processes.replay(tx, id); }));
    if (!replayed.equal) fault(text, "differs when replayed: " + replayed.difference);
  }
  return faults;
}

void wait_for_timers(Ground& ground) {
  static constexpr store::Query running{
      "nodes_running", "select count(*) as n from process.instance where ended_at is null"};
  for (int i = 0; i < 1200; ++i) {
    if (must(ground.database->run(running)).front().integer("n") == 0) return;
    std::this_thread::sleep_for(milliseconds(50));
  }
}

int main(int argc, char** argv) {
  const auto length = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 300);
  Ground ground(true);
  int kills = 0;
  std::vector<std::string> ids;
  std::int64_t failures = 0;
  {
    Nodes nodes(ground.url());
    Caller(nodes.any(0), ground.token).send_text(net::Method::put, "/models/case4", paused(), 201);
    std::atomic<bool> over{false};
    std::mutex guard;
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < officers; ++i)
      threads.emplace_back([&, i] {
        Officer officer(nodes, ground.token, i + 1);
        while (!over) {
          const auto id = to_string(process::InstanceId::make(ground.clock, ground.random));
          officer.one_case(id);
          const std::lock_guard lock(guard);
          ids.push_back(id);
        }
        const std::lock_guard lock(guard);
        failures += officer.failures();
      });
    const std::uint64_t seed = ground.random.next();
    fmt::print("seed {}\n", seed);
    SeededRandom luck(seed);
    for (const auto end = Steady::now() + length; Steady::now() < end; ++kills) {
      std::this_thread::sleep_for(milliseconds(1000 + static_cast<int>(luck.below(3000))));
      nodes.kill_one(luck.below(2) == 0);
    }
    over = true;
    for (auto& thread : threads) thread.join();
    wait_for_timers(ground);
  }
  const int faults = check(ground, ids);
  fmt::print("kills: {} times\n", kills);
  fmt::print("cases: {} cases\n", ids.size());
  fmt::print("unanswered: {} requests\n", failures);
  fmt::print("faults: {} cases\n", faults);
  return faults == 0 && !ids.empty() ? 0 : 1;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
