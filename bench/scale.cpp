// A large country: a million finished cases and a hundred thousand running ones, each with its
// whole history and the running ones with a timer. How long people wait for a task list, a case
// with its history, a search; how late a due timer fires; whether the start grows; and how long
// ten thousand running cases take to move to another version, once as a rehearsal and once with a
// kill in the middle.
//   scale [FINISHED RUNNING]
#include <algorithm>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "platform.hpp"

namespace minben::bench {
namespace {

constexpr int moved = 10'000;

constexpr std::string_view waits = R"(<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="waits">
<bpmn:process id="p" isExecutable="true">
  <bpmn:startEvent id="start"/>
  <bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition id="t"><bpmn:timeDuration>PT2S</bpmn:timeDuration>
    </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
  <bpmn:endEvent id="end"/>
  <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="pause"/>
  <bpmn:sequenceFlow id="f2" sourceRef="pause" targetRef="end"/>
</bpmn:process></bpmn:definitions>)";

JsonObject variables() {
  JsonObject all;
  for (int i = 1; i <= 5; ++i) all[fmt::format("amount_{}", i)] = 100 * i + 7;
  for (int i = 1; i <= 5; ++i) all[fmt::format("text_{}", i)] = i == 1 ? "ok" : "a short remark";
  return all;
}

std::string task_in(const Json& step, std::string_view element) {
  for (const Json& task : find(step, "openedTasks")->as_array())
    if (string_or(task, "element") == element) return string_or(task, "id");
  give_up(fmt::format("no task '{}'", element));
}

/// A case that stands at `element`, or has ended.
std::string example(Caller& caller, std::string_view element) {
  Json step = caller.send(net::Method::post, "/instances",
                          JsonObject{{"model", "case4"}, {"variables", variables()}}, 201);
  const std::string id = string_or(step, "instance");
  const auto complete = [&](const Json& from, std::string_view task) {
    return caller.send(net::Method::post, "/tasks/" + task_in(from, task) + "/complete",
                       JsonObject{{"variables", variables()}}, 200);
  };
  if (element == "check") return id;
  step = complete(step, "check");
  if (element == "labour") return id;
  complete(step, "labour");
  step = complete(step, "residence");
  if (element == "decide") return id;
  complete(step, "decide");
  return id;
}

/// `count` copies of a case with all its rows, spread over the last year.
void copy(store::Database& database, const std::string& from, std::int64_t count,
          const std::string& name) {
  static constexpr store::Query ids{
      "scale_ids",
      "create temporary table fresh as select gen_random_uuid() as id, n, now() - random() * "
      "interval '365 days' as at from generate_series(1, $1::bigint) n"};
  static constexpr store::Query instances{
      "scale_instances",
      "insert into process.instance select f.id, key, version, digest, status, $2 || '-' || f.n, "
      "state, incidents, f.at, case when ended_at is null then null else f.at + interval '20 days' "
      "end from fresh f, process.instance where case_id = $1::uuid"};
  static constexpr store::Query steps{
      "scale_steps",
      "insert into process.step select f.id, number, f.at + number * interval '1 hour', actor, "
      "command, history from fresh f, process.step where case_id = $1::uuid"};
  static constexpr store::Query tasks{
      "scale_tasks",
      "insert into process.user_task (case_id, number, key, digest, element, agency, role, "
      "assignee, input, business_key, opened_at, due_at) select f.id, number, key, digest, "
      "element, "
      "agency, role, case when f.n % 3 = 0 then 'officer-' || f.n % 50 else '' end, input, $2 || "
      "'-' || f.n, f.at, f.at + interval '40 days' from fresh f, process.user_task where case_id = "
      "$1::uuid"};
  static constexpr store::Query timers{
      "scale_timers",
      "insert into store.job (kind, key, payload, run_at) select 'process.timer', f.id || '.99', "
      "'{}', now() + interval '1 day' + random() * interval '90 days' from fresh f where exists "
      "(select from process.instance where case_id = $1::uuid and ended_at is null)"};
  static constexpr store::Query gone{"scale_gone", "drop table fresh"};
  must(database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(ids, count));
    MINBEN_CHECK(tx.run(instances, from, name));
    MINBEN_CHECK(tx.run(steps, from));
    MINBEN_CHECK(tx.run(tasks, from, name));
    MINBEN_CHECK(tx.run(timers, from));
    MINBEN_CHECK(tx.run(gone));
    return {};
  }));
}

template <class Ask>
void measure(std::string_view what, Ask&& ask) {
  std::vector<double> times;
  for (int i = 0; i < 400; ++i) {
    const auto from = Steady::now();
    ask(i);
    times.push_back(std::chrono::duration<double, std::milli>(Steady::now() - from).count());
  }
  std::ranges::sort(times);
  fmt::print("{}_p50: {:.2f} ms\n{}_p95: {:.2f} ms\n", what, percentile(times, 0.5), what,
             percentile(times, 0.95));
}

void look(Caller& caller, store::Database& database, std::int64_t finished) {
  const auto get = [&](const std::string& path) {
    return caller.send(net::Method::get, path, nullptr, 200);
  };
  static constexpr store::Query some{"scale_some",
                                     "select case_id from process.instance tablesample system "
                                     "(0.2) limit 400"};
  std::vector<std::string> ids;
  for (const auto row : must(database.run(some))) ids.push_back(row.text("case_id"));
  measure("task_list",
          [&](int) { get("/tasks?model=case4&role=officer&unassigned=true&limit=50"); });
  measure("my_tasks",
          [&](int i) { get(fmt::format("/tasks?model=case4&assignee=officer-{}", i % 50)); });
  measure("case_page", [&](int i) {
    const std::string& id = ids[static_cast<std::size_t>(i) % ids.size()];
    get("/instances/" + id);
    get("/instances/" + id + "/history");
  });
  measure("search_key", [&](int i) {
    const auto found =
        get(fmt::format("/instances?model=case4&businessKey=F-{}", 1 + i % finished));
    if (find(found, "instances")->as_array().empty()) give_up("a case was not found");
  });
  measure("search_finished", [&](int) { get("/instances?model=case4&status=completed&limit=50"); });
  measure("search_running", [&](int) { get("/instances?model=case4&status=running&limit=50"); });
}

void fire_timers(Caller& caller) {
  caller.send_text(net::Method::put, "/models/waits", std::string(waits), 201);
  std::vector<double> late;
  for (int i = 0; i < 10; ++i) {
    const Json step =
        caller.send(net::Method::post, "/instances", JsonObject{{"model", "waits"}}, 201);
    const auto begun = Steady::now();
    const std::string path = "/instances/" + string_or(step, "instance");
    while (string_or(caller.send(net::Method::get, path, nullptr, 200), "status") == "running")
      std::this_thread::sleep_for(milliseconds(5));
    late.push_back(std::chrono::duration<double, std::milli>(Steady::now() - begun).count() - 2000);
  }
  fmt::print("timer_latest: {:.0f} ms\n", *std::ranges::max_element(late));
}

/// Until it is finished; `halfway` is called once, when half is done.
double wait_for(Caller& caller, const std::string& batch, const std::function<void()>& halfway) {
  const auto from = Steady::now();
  bool told = false;
  for (;;) {
    const Json now = caller.send(net::Method::get, "/batches/" + batch, nullptr, 200);
    if (!find(now, "finishedAt")->is_null()) {
      if (*get_integer(now, "failed") != 0 || *get_integer(now, "done") != moved)
        give_up("not all could be moved: " + write_json(now));
      return std::chrono::duration<double>(Steady::now() - from).count();
    }
    if (!told && *get_integer(now, "done") > moved / 2) {
      told = true;
      halfway();
    }
    std::this_thread::sleep_for(milliseconds(50));
  }
}

void migrate(Ground& ground, Server& server) {
  Caller caller(server.origin(), ground.token);
  caller.send_text(net::Method::put, "/models/moving", std::string(model), 201);
  const Json step = caller.send(net::Method::post, "/instances",
                                JsonObject{{"model", "moving"}, {"variables", variables()}}, 201);
  copy(*ground.database, string_or(step, "instance"), moved - 1, "M");
  std::string next(model);
  next.replace(next.find("minben:deadlineDays=\"5\""), 23, "minben:deadlineDays=\"7\"");
  caller.send_text(net::Method::put, "/models/moving", next, 201);
  JsonObject wanted{
      {"model", "moving"}, {"operation", "migrate"}, {"version", 1}, {"toVersion", 2}};
  wanted["dryRun"] = true;
  const Json dry = caller.send(net::Method::post, "/batches", wanted, 202);
  fmt::print("rehearsal_{}: {:.1f} s\n", moved, wait_for(caller, string_or(dry, "id"), [] {}));
  wanted["dryRun"] = false;
  const Json real = caller.send(net::Method::post, "/batches", wanted, 202);
  bool killed = false;
  const auto from = Steady::now();
  // The one who asks is cut off with the server; so the waiting is done by asking the database.
  static constexpr store::Query done{
      "scale_done",
      "select count(*) as n from process.batch_item where batch_id = $1::uuid and "
      "status = 'done'"};
  for (std::int64_t count = 0; count < moved;) {
    count = must(ground.database->run(done, string_or(real, "id"))).front().integer("n");
    if (!killed && count > moved / 2) {
      killed = true;
      server.kill();
      server.start();
    }
    std::this_thread::sleep_for(milliseconds(50));
    if (Steady::now() - from > std::chrono::minutes(5)) give_up("the migration does not end");
  }
  fmt::print("migration_{}_with_a_kill: {:.1f} s\n", moved,
             std::chrono::duration<double>(Steady::now() - from).count());
}

double start_time(Server& server, const std::string& token) {
  server.kill();
  const auto from = Steady::now();
  server.start();
  Caller(server.origin(), token).send(net::Method::get, "/tasks?model=case4&limit=1", nullptr, 200);
  return std::chrono::duration<double, std::milli>(Steady::now() - from).count();
}

int main(int argc, char** argv) {
  const std::int64_t finished = argc > 2 ? std::atoll(argv[1]) : 1'000'000;
  const std::int64_t running = argc > 2 ? std::atoll(argv[2]) : 100'000;
  Ground ground(false);
  Server server(ground.url());
  std::string ended;
  {
    Caller caller(server.origin(), ground.token);
    caller.send_text(net::Method::put, "/models/case4", std::string(model), 201);
    ended = example(caller, "");
  }
  fmt::print("start_when_empty: {:.0f} ms\n", start_time(server, ground.token));
  Caller caller(server.origin(), ground.token);
  std::vector<std::string> stand;
  for (const char* element : {"check", "labour", "decide"})
    stand.push_back(example(caller, element));
  const auto from = Steady::now();
  for (const std::string& id : stand) copy(*ground.database, id, running / 3, "R");
  constexpr std::int64_t piece = 100'000;
  for (std::int64_t made = 0; made < finished; made += piece)
    copy(*ground.database, ended, std::min(piece, finished - made), "F");
  for (const char* table : {"process.instance", "process.step", "process.user_task", "store.job"}) {
    const std::string text = fmt::format("analyze {}", table),
                      name = fmt::format("scale_{}", table);
    must(ground.database->run(store::Query{name, text}));
  }
  fmt::print("{} finished and {} running cases, made in {:.0f} s\n", finished, running,
             std::chrono::duration<double>(Steady::now() - from).count());
  look(caller, *ground.database, std::min(finished, piece));
  fire_timers(caller);
  fmt::print("start_when_full: {:.0f} ms\n", start_time(server, ground.token));
  migrate(ground, server);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
