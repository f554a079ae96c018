// The case that engines are compared by: four user tasks, an exclusive choice, a parallel split to
// two agencies; nine commands and four task lists a case, over HTTP, each answer after its commit
// is on disk. The server is a process of its own, so that CPU time can be told apart: program,
// PostgreSQL, clients. Beside it the rate at which pgbench inserts single rows in the same
// database.
//   case4 [SECONDS]
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "cpu.hpp"
#include "platform.hpp"

namespace minben::bench {
namespace {

class Officer {
 public:
  Officer(const std::string& origin, const std::string& token, int number)
      : name_(fmt::format("officer-{}", number)), caller_(origin, token) {}

  /// One case, whole: nine commands and four lists.
  void one_case(std::uint64_t number) {
    number_ = number;
    Json step = caller_.send(net::Method::post, "/instances",
                             JsonObject{{"model", "case4"},
                                        {"businessKey", fmt::format("{}-{}", name_, number)},
                                        {"variables", ten_variables()}},
                             201);
    std::string next = task_in(step, "check");
    step = work(next);
    const std::string labour = task_in(step, "labour"), residence = task_in(step, "residence");
    work(labour);
    step = work(residence);
    step = work(task_in(step, "decide"));
    if (string_or(step, "status") != "completed") give_up("a case did not end");
  }

 private:
  Json work(const std::string& task) {
    const Json list = caller_.send(
        net::Method::get, "/tasks?model=case4&role=officer&unassigned=true&limit=20", nullptr, 200);
    if (find(list, "tasks")->as_array().empty()) give_up("an empty task list");
    caller_.send(net::Method::post, "/tasks/" + task + "/claim", JsonObject{{"assignee", name_}},
                 204);
    return caller_.send(net::Method::post, "/tasks/" + task + "/complete",
                        JsonObject{{"variables", ten_variables()}}, 200);
  }

  JsonObject ten_variables() const {
    JsonObject all;
    for (int i = 1; i <= 5; ++i)
      all[fmt::format("amount_{}", i)] = 100 * i + static_cast<int>(number_ % 50);
    for (int i = 1; i <= 5; ++i) all[fmt::format("text_{}", i)] = i == 1 ? "ok" : "a short remark";
    return all;
  }

  static std::string task_in(const Json& step, std::string_view element) {
    for (const Json& task : find(step, "openedTasks")->as_array())
      if (string_or(task, "element") == element) return string_or(task, "id");
    give_up(fmt::format("no task '{}' in {}", element, write_json(step)));
  }

  std::string name_;
  Caller caller_;
  std::uint64_t number_ = 0;
};

double database_bytes(store::Database& database) {
  static constexpr store::Query size{"case4_size",
                                     "select pg_database_size(current_database()) as bytes"};
  return static_cast<double>(must(database.run(size)).front().integer("bytes"));
}

/// Rows per second that pgbench inserts with as many clients, one a transaction.
double pgbench_rate(const fs::path& folder) {
  const std::string socket = (folder / "cluster" / "socket").string();
  const fs::path script = folder / "insert.sql";
  std::ofstream(script)
      << "insert into public.one_row (number, text) values (:client_id, 'a short remark');\n";
  const std::string command = fmt::format(
      "/usr/lib/postgresql/15/bin/pgbench -h '{}' -U minben -n -c {} -j 2 -T 5 -f '{}' bench "
      "2>/dev/null",
      socket, clients, script.string());
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return 0;
  std::array<char, 512> line{};
  double rate = 0;
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
    const std::string_view text(line.data());
    if (text.starts_with("tps = ")) rate = std::stod(std::string(text.substr(6)));
  }
  ::pclose(pipe);
  return rate;
}

struct Run {
  std::vector<double> milliseconds;
  double seconds = 0;
};

Run run(const std::string& origin, const std::string& token, std::chrono::seconds length) {
  std::vector<std::vector<double>> each(clients);
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  const auto begin = Steady::now();
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      Officer officer(origin, token, i);
      for (std::uint64_t number = 0; !over; ++number) {
        const auto from = Steady::now();
        officer.one_case(number);
        each[static_cast<std::size_t>(i)].push_back(
            std::chrono::duration<double, std::milli>(Steady::now() - from).count());
      }
    });
  std::this_thread::sleep_for(length);
  over = true;
  for (auto& thread : threads) thread.join();
  Run all;
  all.seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  for (const auto& one : each)
    all.milliseconds.insert(all.milliseconds.end(), one.begin(), one.end());
  std::ranges::sort(all.milliseconds);
  return all;
}

int main(int argc, char** argv) {
  const auto length = std::chrono::seconds(argc > 1 ? std::atoi(argv[1]) : 20);
  Ground ground(true);
  static constexpr store::Query table{
      "case4_table",
      "create table public.one_row (id bigserial primary key, number int, text text)"};
  must(ground.database->run(table));
  Server server(ground.url());
  const std::string& origin = server.origin();
  const std::string& token = ground.token;
  Caller(origin, token).send_text(net::Method::put, "/models/case4", std::string(model), 201);
  run(origin, token, std::chrono::seconds(3));  // warm
  const pid_t postmaster = postmaster_of(ground.folder / "cluster");
  const double bytes_before = database_bytes(*ground.database);
  const double program = cpu_of(server.pid()), postgres = cpu_of(postmaster);
  Run measured = run(origin, token, length);
  const double program_ms = 1000 * (cpu_of(server.pid()) - program);
  const double postgres_ms = 1000 * (cpu_of(postmaster) - postgres);
  const double cases = static_cast<double>(measured.milliseconds.size());
  const double bytes = (database_bytes(*ground.database) - bytes_before) / cases;
  const double floor = pgbench_rate(ground.folder);
  const double rate = cases / measured.seconds;
  fmt::print("{} clients, {:.1f} s, {} cases of nine commands and four lists\n", clients,
             measured.seconds, measured.milliseconds.size());
  fmt::print("cases: {:.1f} 1/s\n", rate);
  fmt::print("p50: {:.2f} ms\n", percentile(measured.milliseconds, 0.5));
  fmt::print("p99: {:.2f} ms\n", percentile(measured.milliseconds, 0.99));
  fmt::print("program_cpu: {:.3f} ms/case\n", program_ms / cases);
  fmt::print("postgres_cpu: {:.3f} ms/case\n", postgres_ms / cases);
  fmt::print("cpu: {:.3f} ms/case\n", (program_ms + postgres_ms) / cases);
  fmt::print("size: {:.0f} bytes/case\n", bytes);
  fmt::print("pgbench_insert: {:.0f} 1/s\n", floor);
  fmt::print("commands_per_insert: {:.3f} ratio\n", floor > 0 ? 9 * rate / floor : 0);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) { return minben::bench::main(argc, argv); }
