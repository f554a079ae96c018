// CSV as agencies publish it: one test for each trap.
#include "support.hpp"

namespace minben::intake::test {
namespace {

TEST(Csv, ARegularFileIsUsedAsItStands) {
  Prepare prepare;
  const auto made = prepare.bytes(
      "縣市,人口,比率,日期\n臺北市,2500000,1.5,2026-11-30\n"
      "臺東縣,210000,0.25,2026-12-01\n");
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_TRUE(made->original);
  EXPECT_TRUE(made->proven);
  EXPECT_EQ(made->rows, 2);
  EXPECT_EQ(made->skip_lines, 1);
  EXPECT_EQ(type_of(*made, "縣市"), Type::text);
  EXPECT_EQ(column(*made, "縣市").role, Role::county_name);
  EXPECT_EQ(type_of(*made, "人口"), Type::integer);
  EXPECT_EQ(column(*made, "人口").role, Role::measure);
  EXPECT_EQ(type_of(*made, "比率"), Type::number);
  EXPECT_EQ(type_of(*made, "日期"), Type::date);
  EXPECT_EQ(repairs_text(*made), "");
}

}  // namespace
}  // namespace minben::intake::test
