#include "support/database.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace minben::test {

namespace fs = std::filesystem;

namespace {
[[noreturn]] void give_up(const Error& error) {
  std::fprintf(stderr, "no test database: %s\n", describe(error).c_str());
  std::_Exit(3);
}

/// Its directory must be open to the server's user, which mkdtemp's is not.
struct ProgramCluster {
  fs::path directory;
  std::unique_ptr<store::Cluster> cluster;

  ProgramCluster() {
    std::string name = "/tmp/minben-pg-XXXXXX";
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
                           std::initializer_list<std::span<const store::Migration>> migrations,
                           int connections) {
  static std::atomic<int> count{0};
  const std::string name = "test_" + std::to_string(++count);
  if (const auto made = cluster().create_database(name); !made) give_up(made.error());
  url_ = cluster().url(name);
  store::DatabaseConfig config;
  config.url = url_;
  config.connections = connections;
  auto opened = store::Database::open(config, clock);
  if (!opened) give_up(opened.error());
  database_ = std::move(*opened);
  std::vector<store::Migration> all(store::migrations().begin(), store::migrations().end());
  for (const auto& room : migrations) all.insert(all.end(), room.begin(), room.end());
  if (const auto migrated = database_->migrate(all); !migrated) give_up(migrated.error());
}

}  // namespace minben::test
