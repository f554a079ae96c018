#include <thread>

#include <gtest/gtest.h>

#include "support/database.hpp"

namespace minben::store {
namespace {

constexpr Migration first{"shop", 1, "0001_first",
                          "create table shop.thing (id int); select pg_sleep(0.1)"};
constexpr Migration second{"shop", 2, "0002_second", "insert into shop.thing values (1), (2)"};
constexpr Query count_things{"test_things", "select count(*) as n from shop.thing"};

std::unique_ptr<Database> another_node(const test::TestDatabase& db) {
  DatabaseConfig config;
  config.url = db.url();
  return std::move(*Database::open(config, test::TestDatabase::system_clock()));
}

TEST(Migrations, ApplyOnceHoweverManyNodesStart) {
  test::TestDatabase db;
  const std::array all{first, second};
  std::vector<std::thread> nodes;
  for (int i = 0; i < 4; ++i)
    nodes.emplace_back([&] {
      const auto node = another_node(db);
      const auto migrated = node->migrate(all);
      EXPECT_TRUE(migrated) << describe(migrated.error());
    });
  for (auto& node : nodes) node.join();
  EXPECT_EQ(db->run(count_things)->front().integer("n"), 2);
}

TEST(Migrations, ContinueWhereTheyStopped) {
  test::TestDatabase db;
  EXPECT_TRUE(db->migrate(std::array{first}));
  EXPECT_EQ(db->run(count_things)->front().integer("n"), 0);
  EXPECT_TRUE(db->migrate(std::array{first, second}));
  EXPECT_TRUE(db->migrate(std::array{first, second}));
  EXPECT_EQ(db->run(count_things)->front().integer("n"), 2);
}

TEST(Migrations, ABrokenOneLeavesNothingBehind) {
  test::TestDatabase db;
  constexpr Migration broken{"shop", 2, "0002_broken",
                             "insert into shop.thing values (1); select nonsense"};
  const auto outcome = db->migrate(std::array{first, broken});
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().field, "shop/0002_broken");
  EXPECT_EQ(db->run(count_things)->front().integer("n"), 0);
  EXPECT_TRUE(db->migrate(std::array{first, second})) << "corrected, it goes on";
}

TEST(Migrations, RefuseAChangedPastAnUnknownFutureAndGaps) {
  test::TestDatabase db;
  ASSERT_TRUE(db->migrate(std::array{first, second}));
  constexpr Migration changed{"shop", 1, "0001_first", "create table shop.thing (id bigint)"};
  EXPECT_EQ(db->migrate(std::array{changed, second}).error().code, "migration_changed");
  EXPECT_EQ(db->migrate(std::array{first}).error().code, "migration_unknown");
  constexpr Migration fourth{"shop", 4, "0004_fourth", "select 1"};
  EXPECT_EQ(db->migrate(std::array{first, second, fourth}).error().code, "migration_gap");
}

TEST(Migrations, AStatementMadeStaleByAnotherNodeIsPreparedAnew) {
  test::TestDatabase db;
  ASSERT_TRUE(db->migrate(std::array{first}));
  constexpr Query all{"test_all", "select * from shop.thing"};
  ASSERT_TRUE(db->run(all));
  constexpr Migration wider{"shop", 2, "0002_wider", "alter table shop.thing add column name text"};
  ASSERT_TRUE(another_node(db)->migrate(std::array{first, wider}));
  const auto rows = db->run(all);
  EXPECT_TRUE(rows) << describe(rows.error());
}

}  // namespace
}  // namespace minben::store
