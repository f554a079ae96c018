// What numbering a person's entries costs a commitment (docs/decisions/0012-series.md), and making
// and checking a file of all receipts. A private PostgreSQL that syncs.
//   series [COMMITMENTS]
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "ledger/commitments.hpp"
#include "ledger/series.hpp"
#include "must.hpp"
#include "store/store.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;

constexpr int clients = 8;

struct World {
  explicit World(const fs::path& folder)
      : cluster(
            must(store::Cluster::start({.directory = folder / "cluster", .outlive_owner = false}))),
        database(open(*cluster, clock)),
        log(must(
            ledger::Log::open(folder / "log", "minben.example/bench",
                              trust::SigningKey::from_ed25519_seed(sha256("bench")).value()))) {}

  static std::unique_ptr<store::Database> open(store::Cluster& cluster, const Clock& clock) {
    must(cluster.create_database("bench"));
    auto database = must(
        store::Database::open({.url = cluster.url("bench"), .connections = clients + 1}, clock));
    must(database->migrate(store::migrations()));
    must(database->migrate(ledger::migrations()));
    return database;
  }

  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<store::Cluster> cluster;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<ledger::Log> log;
  ledger::Logs logs{*log};
  ledger::Commitments commitments{clock, random};
};

/// Transactions a second, each with one commitment, by `clients` threads.
void commit(World& world, std::string_view what, int many,
            const std::function<PersonId(int)>& person) {
  const Json content = must(
      parse_json(R"({"kind":"viewed","agency":"nia","fields":["/passport"],"purpose":"review"})"));
  const auto begin = Steady::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < clients; ++t)
    threads.emplace_back([&, t] {
      for (int i = t; i < many; i += clients)
        must(world.database->transact([&](store::Transaction& tx) {
          return world.commitments.commit(tx, "usage", person(i), content);
        }));
    });
  for (auto& thread : threads) thread.join();
  const double took = seconds_since(begin);
  fmt::print("{:<34} {:8.0f} commitments/s, {:6.2f} ms each of {} at once\n", what, many / took,
             1000 * took * clients / many, clients);
}

void files(World& world, PersonId person) {
  must(ledger::Sequencer(*world.database, world.logs).run_once());
  const Json content = must(
      parse_json(R"({"kind":"viewed","agency":"nia","fields":["/passport"],"purpose":"review"})"));
  auto begin = Steady::now();
  const std::string file =
      must(world.database->transact([&](store::Transaction& tx) -> Result<std::string> {
        MINBEN_TRY(series, world.commitments.series(tx, person, "usage"));
        std::map<ledger::EntryId, Json> contents;
        for (const ledger::Entry& entry : series.part) contents[entry.id] = content;
        return world.commitments.receipts(tx, world.logs, series, "usage", contents);
      }));
  const double made = seconds_since(begin);
  begin = Steady::now();
  const auto series = must(ledger::verify_receipts(file, world.log->vkey()));
  fmt::print("a file of {} receipts: {:.1f} MB, made in {:.2f} s, verified in {:.2f} s\n",
             series.items.size(), static_cast<double>(file.size()) / 1e6, made,
             seconds_since(begin));
}

int run(int many) {
  std::string folder = (fs::temp_directory_path() / "minben-series-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return 1;
  fs::permissions(folder, fs::perms(0755));
  {
    World world(folder);
    std::vector<PersonId> people;
    for (int i = 0; i < many; ++i) people.push_back(PersonId::make(world.clock, world.random));
    const auto of = [&](int i) { return people[static_cast<std::size_t>(i)]; };
    commit(world, "about nobody (no series)", many, [](int) { return PersonId{}; });
    commit(world, "each about another person", many, of);
    commit(world, "the same people again", many, of);
    commit(world, "all about one person", many, [&](int) { return people.front(); });
    files(world, people.front());
  }
  fs::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) {
  return minben::bench::run(argc > 1 ? std::atoi(argv[1]) : 20'000);
}
