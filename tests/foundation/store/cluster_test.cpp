#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::store {
namespace {

namespace fs = std::filesystem;

constexpr Query insert_mark{"test_insert_mark", "insert into mark values ($1)"};
constexpr Query read_marks{"test_read_marks", "select count(*) as n from mark"};

/// In a directory that the server's user can reach. Killing processes takes nothing from the
/// system's page cache, so these tests need not wait for the disk.
class ClusterTest : public testing::Test {
 protected:
  ClusterTest() {
    fs::permissions(parent_.path(), fs::perms::owner_all | fs::perms::others_exec);
    config_.directory = parent_.path() / "cluster";
    config_.durable = false;
  }
  ~ClusterTest() override {
    if (const pid_t pid = postmaster(); pid != 0) ::kill(pid, SIGQUIT);
  }

  std::unique_ptr<Cluster> start() {
    auto cluster = Cluster::start(config_);
    EXPECT_TRUE(cluster) << describe(cluster.error());
    return cluster ? std::move(*cluster) : nullptr;
  }
  [[nodiscard]] pid_t postmaster() const {
    std::ifstream file(config_.directory / "data" / "postmaster.pid");
    pid_t pid = 0;
    file >> pid;
    return pid;
  }
  std::unique_ptr<Database> open(const Cluster& cluster) {
    DatabaseConfig config;
    config.url = cluster.url();
    config.connect_timeout_ms = milliseconds{20000};
    auto database = Database::open(config, clock_);
    EXPECT_TRUE(database) << describe(database.error());
    return std::move(*database);
  }
  std::unique_ptr<Database> prepare(Cluster& cluster) {
    EXPECT_TRUE(cluster.create_database("minben"));
    auto database = open(cluster);
    EXPECT_TRUE(database->transact(
        [](Transaction& t) { return t.run_script("create table mark (n integer primary key)"); }));
    return database;
  }

  test::TemporaryDirectory parent_;
  ClusterConfig config_;
  SystemClock clock_;
};

TEST_F(ClusterTest, KeepsItsDataOverAnOrderlyStop) {
  config_.durable = true;  // once as in earnest
  {
    auto cluster = start();
    ASSERT_TRUE(cluster);
    ASSERT_TRUE(prepare(*cluster)->run(insert_mark, 1));
    EXPECT_TRUE(cluster->create_database("minben")) << "that it exists is no error";
    EXPECT_TRUE(cluster->stop());
  }
  auto cluster = start();
  ASSERT_TRUE(cluster);
  EXPECT_EQ(open(*cluster)->run(read_marks)->front().integer("n"), 1);
}

TEST_F(ClusterTest, IsClosedToEveryoneElse) {
  auto cluster = start();
  ASSERT_TRUE(cluster);
  const auto mode = fs::status(config_.directory).permissions();
  EXPECT_EQ(mode & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
  constexpr Query settings{"test_settings",
                           "select current_setting('listen_addresses') as addresses, "
                           "current_setting('synchronous_commit') as commit"};
  const auto rows = prepare(*cluster)->run(settings);
  EXPECT_EQ(rows->front().text("addresses"), "");
  EXPECT_EQ(rows->front().text("commit"), "on");
}

TEST_F(ClusterTest, LosesNothingThatWasCommittedWhenTheServerIsKilled) {
  auto cluster = start();
  ASSERT_TRUE(cluster);
  const auto database = prepare(*cluster);
  int committed = 0;
  for (; committed < 50; ++committed) ASSERT_TRUE(database->run(insert_mark, committed));
  const pid_t killed = postmaster();
  ::kill(killed, SIGKILL);
  const auto replaced = [&] { return postmaster() != killed && postmaster() != 0; };
  for (int i = 0; i < 1000 && !replaced(); ++i) std::this_thread::sleep_for(milliseconds{10});
  EXPECT_TRUE(replaced()) << "the owner noticed and started another";
  const auto rows = database->run(read_marks);  // the same pool: its connections are replaced
  ASSERT_TRUE(rows) << describe(rows.error());
  EXPECT_EQ(rows->front().integer("n"), committed);
}

TEST_F(ClusterTest, AdoptsAServerWhoseOwnerWasKilled) {
  const pid_t owner = ::fork();
  if (owner == 0) {
    auto cluster = Cluster::start(config_);
    if (!cluster || !(*cluster)->create_database("minben")) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(owner, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  const pid_t survivor = postmaster();
  ASSERT_NE(survivor, 0);
  auto cluster = start();
  ASSERT_TRUE(cluster);
  EXPECT_EQ(postmaster(), survivor) << "not started a second time";
  EXPECT_TRUE(open(*cluster));
  EXPECT_TRUE(cluster->stop());
  EXPECT_NE(::kill(survivor, 0), 0) << "an adopted server is stopped like any other";
}

TEST_F(ClusterTest, ANumberInAStaleLockFileIsNotMistakenForTheServer) {
  ASSERT_TRUE(start());
  // After a power cut the number may belong to anybody, for instance to this test.
  std::ofstream(config_.directory / "data" / "postmaster.pid") << ::getpid() << "\n/nowhere\n";
  auto cluster = start();
  ASSERT_TRUE(cluster);
  EXPECT_NE(postmaster(), ::getpid());
  EXPECT_TRUE(cluster->create_database("minben"));
}

TEST_F(ClusterTest, HasOneOwnerAtATime) {
  auto cluster = start();
  ASSERT_TRUE(cluster);
  const auto second = Cluster::start(config_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "cluster_in_use");
}

TEST_F(ClusterTest, AHalfMadeClusterIsMadeAnew) {
  fs::create_directories(config_.directory / "data.new" / "base");
  std::ofstream(config_.directory / "data.new" / "PG_VERSION") << "15\n";
  EXPECT_TRUE(start());
}

TEST_F(ClusterTest, SaysWhichDirectoryBarsTheWay) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root starts the server as another user";
  fs::permissions(parent_.path(), fs::perms::owner_all);
  const auto cluster = Cluster::start(config_);
  ASSERT_FALSE(cluster);
  EXPECT_EQ(cluster.error().code, "not_reachable");
  EXPECT_EQ(cluster.error().field, parent_.path());
}

TEST_F(ClusterTest, RefusesAPathTooLongForASocket) {
  config_.directory = parent_.path() / std::string(120, 'x');
  EXPECT_EQ(Cluster::start(config_).error().code, "path_too_long");
}

}  // namespace
}  // namespace minben::store
