#include <gtest/gtest.h>

#include "support/database.hpp"

namespace minben::store {
namespace {
constexpr Query one{"test_one", "select 1 as n"};
TEST(Database, Answers) {
  test::TestDatabase db;
  const auto rows = db->run(one);
  ASSERT_TRUE(rows) << describe(rows.error());
  EXPECT_EQ(rows->front().integer("n"), 1);
}
}  // namespace
}  // namespace minben::store
