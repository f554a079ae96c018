// The national catalogue of 52,600 datasets, as its users meet it: a server of its own process
// answers over HTTP while a loader fills the database, and afterwards. The floors are a call that
// does nothing, and what the database alone needs.
//   catalogue [SHARED] [SECONDS]
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "datastore/datastore.hpp"
#include "interchange/national.hpp"
#include "interop/interop.hpp"
#include "must.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;
using namespace catalogue;

constexpr int requests_per_second = 50;
constexpr std::size_t batch = 500;

struct Given {
  std::map<std::string, Publisher> publishers;
  std::vector<Dataset> datasets;
};

Given read(const fs::path& file) {
  Given given;
  std::ifstream in(file);
  if (!in) give_up("there is no " + file.string());
  for (std::string line; std::getline(in, line);) {
    auto found = must(interchange::read_national_line(must(parse_json(line))));
    given.publishers.emplace(found.publisher.code.value, found.publisher);
    found.dataset.publisher = found.publisher.code;
    found.dataset.origin = Origin{"data.gov.tw", found.dataset.name, "", {}};
    given.datasets.push_back(std::move(found.dataset));
  }
  return given;
}

std::unique_ptr<store::Database> open(const std::string& url, const Clock& clock) {
  return must(store::Database::open({.url = url, .connections = 6}, clock));
}

/// Until it is killed.
[[noreturn]] void serve(const std::string& url, const fs::path& folder, int tell) {
  SystemClock clock;
  SystemRandom random;
  const auto database = open(url, clock);
  const Catalogue catalogue(clock, random);
  const auto index = must(Index::open(folder / "index"));
  datastore::Config config;
  config.directory = folder / "tables";
  const auto tables = must(datastore::Datastore::open(config, *database, clock, random));
  const Follower follower(*database, catalogue, *index);
  const interop::KeyOf nobody = [](std::string_view) -> Result<interop::Key> {
    return fail(Kind::unauthorised, "bad_token");
  };
  const auto server = must(net::Server::start(
      {},
      interop::routes(
          {*database, catalogue, *index, *tables, clock, nobody, {.origin = "http://localhost"}},
          {"anyone"}),
      {}));
  const std::uint16_t port = server->port();
  if (::write(tell, &port, sizeof port) != sizeof port) std::_Exit(3);
  for (;;) ::pause();
}

struct Server {
  pid_t pid = 0;
  std::string origin;
  [[nodiscard]] double memory_mb() const {
    std::ifstream in(fmt::format("/proc/{}/status", pid));
    for (std::string line; std::getline(in, line);)
      if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1000;
    return 0;
  }
  /// Milliseconds of the processor that its threads have used: the machine may have other things
  /// to do.
  [[nodiscard]] double busy_ms() const {
    double sum = 0;
    for (const auto& thread : fs::directory_iterator(fmt::format("/proc/{}/task", pid))) {
      double nanoseconds = 0;
      std::ifstream(thread.path() / "schedstat") >> nanoseconds;
      sum += nanoseconds / 1e6;
    }
    return sum;
  }
};

Server start(const std::string& url, const fs::path& folder) {
  std::array<int, 2> told{};
  if (::pipe(told.data()) != 0) give_up("no pipe");
  Server server;
  server.pid = ::fork();
  if (server.pid == 0) serve(url, folder, told[1]);
  std::uint16_t port = 0;
  if (::read(told[0], &port, sizeof port) != sizeof port) give_up("the server did not start");
  server.origin = fmt::format("http://127.0.0.1:{}", port);
  return server;
}

/// One request; milliseconds.
double ask(net::Client& client, const std::string& url, std::string* body = nullptr) {
  const auto from = Steady::now();
  auto answer = must(client.send({.url = url}));
  const double took = seconds_since(from) * 1e3;
  if (answer.status != 200) give_up(fmt::format("{} gave {}: {}", url, answer.status, answer.body));
  if (body) *body = std::move(answer.body);
  return took;
}

double percentile(std::vector<double> values, double part) {
  std::ranges::sort(values);
  return values.at(static_cast<std::size_t>(part * static_cast<double>(values.size() - 1)));
}

net::ClientConfig client_config() {
  net::ClientConfig config;
  config.max_response_bytes = 256u << 20;
  return config;
}

constexpr std::string_view facets =
    "&facet.field=%5B%22organization%22,%22groups%22,%22res_format%22,%22license_id%22,%22tags%22%"
    "5D&rows=20";

/// What people type, in both languages, from nothing at all to what is found everywhere.
const std::vector<std::string>& questions() {
  static const std::vector<std::string> all{
      "",         "空氣品質",  "臺北市 公車",   "台北市公車路線", "人口 統計",  "不動產 實價登錄",
      "河川水質", "停車場",    "統計",          "資料",           "氣象 觀測",  "食品 登錄",
      "學校",     "醫院 病床", "地震",          "雨量",           "預算",       "觀光景點",
      "csv",      "xml",       "annual report", "air quality",    "population", "taipei",
      "traffic",  "PM2.5",     "API",           "covid",          "energy",     "农业"};
  return all;
}

std::int64_t count_of(net::Client& client, const std::string& origin) {
  std::string body;
  ask(client, origin + "/api/3/action/package_search?rows=0", &body);
  return must(parse_json(body)).at("result").at("count").as_int64();
}

class Loading {
 public:
  Loading(store::Database& database, const Catalogue& catalogue, const Given& given)
      : database_(database), catalogue_(catalogue), given_(given) {}
  void run() {
    must(database_.transact([&](store::Transaction& tx) -> Result<void> {
      for (const auto& [code, publisher] : given_.publishers)
        MINBEN_CHECK(catalogue_.save(tx, publisher));
      return {};
    }));
    for (std::size_t i = 0; i < given_.datasets.size(); i += batch) {
      const std::span part(given_.datasets.data() + i, std::min(batch, given_.datasets.size() - i));
      const auto puts = must(database_.transact([&](store::Transaction& tx) {
        return catalogue_.put(tx, part, {Actor::Kind::harvest, "data.gov.tw"});
      }));
      for (const auto& each : puts)
        if (!each) give_up(describe(each.error()));
    }
  }

 private:
  store::Database& database_;
  const Catalogue& catalogue_;
  const Given& given_;
};

void print(std::string_view name, double value, std::string_view unit) {
  fmt::print("{}: {:.2f} {}\n", name, value, unit);
}

/// At a fixed rate, whatever the answers take.
std::vector<double> search_steadily(const std::string& origin, int seconds_long) {
  std::vector<double> times(static_cast<std::size_t>(requests_per_second * seconds_long));
  std::atomic<std::size_t> next = 0;
  const auto from = Steady::now();
  std::vector<std::jthread> clients;
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      net::Client client(client_config());
      for (std::size_t n; (n = next++) < times.size();) {
        const auto due = from + std::chrono::microseconds{1'000'000 / requests_per_second} * n;
        std::this_thread::sleep_until(due);
        const std::string& words = questions()[n * 7 % questions().size()];
        ask(client, fmt::format("{}/api/3/action/package_search?q={}{}", origin,
                                net::percent_encode(words), facets));
        times[n] = std::chrono::duration<double, std::milli>(Steady::now() - due)
                       .count();  // waiting counts
      }
    });
  clients.clear();
  return times;
}

std::vector<double> repeated(net::Client& client, const std::string& url, int times) {
  std::vector<double> out;
  for (int i = 0; i < times; ++i) out.push_back(ask(client, url));
  return out;
}

void run(const fs::path& shared, int seconds_long) {
  SystemClock clock;
  SystemRandom random;
  std::string name = (fs::temp_directory_path() / "minben-bench-XXXXXX").string();
  const fs::path folder = ::mkdtemp(name.data());
  fs::permissions(folder, fs::perms::owner_all | fs::perms::others_exec | fs::perms::others_read);
  auto cluster =
      must(store::Cluster::start({.directory = folder / "cluster", .outlive_owner = false}));
  must(cluster->create_database("bench"));
  auto database = open(cluster->url("bench"), clock);
  for (const auto migrations :
       {store::migrations(), catalogue::migrations(), datastore::migrations()})
    must(database->migrate(migrations));
  const Server server = start(cluster->url("bench"), folder);
  const Catalogue catalogue(clock, random);
  const Given given = read(shared / "data/catalogue/datagovtw_datasets_2026-03-23.jsonl");
  const auto all = static_cast<std::int64_t>(given.datasets.size());

  net::Client client(client_config());
  const auto from = Steady::now();
  std::jthread loader([&] { Loading(*database, catalogue, given).run(); });
  std::vector<double> meanwhile;
  while (count_of(client, server.origin) < all) {
    meanwhile.push_back(
        ask(client, fmt::format("{}/api/3/action/package_search?q={}{}", server.origin,
                                net::percent_encode("統計"), facets)));
    std::this_thread::sleep_for(milliseconds{100});
  }
  const double load = seconds_since(from);
  loader.join();

  double busy = server.busy_ms();
  const auto searching = search_steadily(server.origin, seconds_long);
  const double search_busy = (server.busy_ms() - busy) / static_cast<double>(searching.size());
  busy = server.busy_ms();
  const auto thousand =
      repeated(client, server.origin + "/api/3/action/package_search?rows=1000", 10);
  const double thousand_busy = (server.busy_ms() - busy) / static_cast<double>(thousand.size());
  const auto organisations =
      repeated(client, server.origin + "/api/3/action/organization_list?all_fields=true", 20);
  const auto nothing = repeated(client, server.origin + "/api/3/action/site_read", 50);
  static constexpr store::Query bare{
      "bench_thousand", "select document from catalogue.dataset order by position desc limit 1000"};
  std::vector<double> rows_alone;
  for (int i = 0; i < 10; ++i) {
    const auto at = Steady::now();
    must(database->run(bare));
    rows_alone.push_back(seconds_since(at) * 1e3);
  }

  print("datasets", static_cast<double>(all), "datasets");
  print("load", load, "s");
  print("search_while_loading_p95", percentile(meanwhile, 0.95), "ms");
  print("search_p50", percentile(searching, 0.5), "ms");
  print("search_p95", percentile(searching, 0.95), "ms");
  print("search_p99", percentile(searching, 0.99), "ms");
  print("search_processor", search_busy, "ms");
  print("bare_call_p50", percentile(nothing, 0.5), "ms");
  print("package_search_1000", percentile(thousand, 0.5), "ms");
  print("package_search_1000_processor", thousand_busy, "ms");
  print("package_search_1000_to_bare_rows", percentile(thousand, 0.5) / percentile(rows_alone, 0.5),
        "ratio");
  print("organization_list", percentile(organisations, 0.5), "ms");
  print("memory", server.memory_mb(), "MB");
  ::kill(server.pid, SIGKILL);
  ::waitpid(server.pid, nullptr, 0);
  database.reset();
  cluster.reset();
  std::error_code ignored;
  fs::remove_all(folder, ignored);
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) {
  const char* shared = std::getenv("MINBEN_SHARED");
  const auto seconds_long = argc > 2 ? minben::parse_integer(argv[2], 1, 3600).value_or(20) : 20;
  minben::bench::run(argc > 1 ? argv[1]
                     : shared ? shared
                              : "../shared",
                     static_cast<int>(seconds_long));
  return 0;
}
