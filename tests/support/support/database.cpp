#include "support/database.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

namespace minben::test {

namespace fs = std::filesystem;

namespace {
[[noreturn]] void give_up(const Error& error) {
  std::fprintf(stderr, "no test database: %s\n", describe(error).c_str());
  std::_Exit(3);
}

/// Where a program's cluster goes: memory when there is plenty of it, because a disk is slow to
/// make the thousands of small files of these databases.
fs::path scratch_root() {
  constexpr std::uintmax_t plenty = 4ull << 30;
  const fs::path memory = "/dev/shm";
  std::error_code error;
  const auto room = fs::space(memory, error);
  return !error && room.available >= plenty ? memory : fs::temp_directory_path();
}

/// Its directory must be open to the server's user, which mkdtemp's is not.
struct ProgramCluster {
  fs::path directory;
  std::unique_ptr<store::Cluster> cluster;

  ProgramCluster() {
    std::string name = scratch_root() / "minben-pg-XXXXXX";
    directory = ::mkdtemp(name.data());
    fs::permissions(directory, fs::perms::owner_all | fs::perms::others_exec);
    store::ClusterConfig config;
    config.directory = directory / "cluster";
    config.durable = false;
    config.outlive_owner = false;
    auto started = store::Cluster::start(config);
    if (!started) give_up(started.error());
    cluster = std::move(*started);
  }
  ~ProgramCluster() {
    cluster.reset();
    std::error_code ignored;
    fs::remove_all(directory, ignored);
  }
};

std::string next_name() {
  static std::atomic<int> count{0};
  return "test_" + std::to_string(++count);
}

std::unique_ptr<store::Database> open(const std::string& name, const Clock& clock,
                                      int connections) {
  store::DatabaseConfig config;
  config.url = cluster().url(name);
  config.connections = connections;
  auto opened = store::Database::open(config, clock);
  if (!opened) give_up(opened.error());
  return std::move(*opened);
}

/// The name of a database with these migrations, made once a program: copying one is several times
/// faster than migrating again.
std::string migrated(const std::vector<store::Migration>& migrations) {
  static std::mutex guard;
  static std::map<std::string, std::string> made;
  std::string key;
  for (const auto& migration : migrations) key.append(migration.schema).append(migration.name);
  const std::lock_guard lock(guard);
  auto& name = made[key];
  if (!name.empty()) return name;
  name = next_name();
  if (const auto created = cluster().create_database(name); !created) give_up(created.error());
  if (const auto done = open(name, TestDatabase::system_clock(), 1)->migrate(migrations); !done)
    give_up(done.error());
  return name;
}

/// Both are names that next_name() made.
void copy_database(const std::string& from, const std::string& to) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> session(
      PQconnectdb(cluster().url("postgres").c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(
      PQexec(session.get(), ("create database " + to + " template " + from).c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
    give_up(fail(Kind::internal, "no_copy", PQerrorMessage(session.get())).error());
}
}  // namespace

store::Cluster& cluster() {
  static ProgramCluster program;
  return *program.cluster;
}

const Clock& TestDatabase::system_clock() {
  static const SystemClock clock;
  return clock;
}

TestDatabase::TestDatabase(const Clock& clock,
                           const std::vector<std::span<const store::Migration>>& migrations,
                           int connections) {
  std::vector<store::Migration> all;
  for (const auto& room : migrations) all.insert(all.end(), room.begin(), room.end());
  const auto base = store::migrations();
  if (all.empty() || all.front().schema != base.front().schema)
    all.insert(all.begin(), base.begin(), base.end());
  const std::string name = next_name();
  copy_database(migrated(all), name);
  url_ = cluster().url(name);
  database_ = open(name, clock, connections);
}

}  // namespace minben::test
