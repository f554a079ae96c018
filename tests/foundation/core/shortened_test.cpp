#include "core/shortened.hpp"

#include <gtest/gtest.h>

namespace minben {
namespace {

TEST(Shortened, KeepsWholeCharacters) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "abc…");
  EXPECT_EQ(shortened("臺北市", 9), "臺北市");
  EXPECT_EQ(shortened("臺北市", 8), "臺北…");
  EXPECT_EQ(shortened("臺北市", 3), "臺…");
  EXPECT_EQ(shortened("臺北市", 2), "…");
  EXPECT_EQ(shortened("", 0), "");
}

}  // namespace
}  // namespace minben
