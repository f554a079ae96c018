#include "page/slices.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace minben::page {
namespace {

net::Form asking(std::string page) {
  net::Form query;
  query.add("page", std::move(page));
  return query;
}

TEST(Slices, AreWholePagesButTheLast) {
  std::vector<int> list(45);
  std::iota(list.begin(), list.end(), 0);
  const Slice first = slice({}, list.size(), 20);
  EXPECT_EQ(first.of(list).front(), 0);
  EXPECT_EQ(first.of(list).size(), 20u);
  EXPECT_EQ(first.pages.count, 3);
  const Slice last = slice(asking("3"), list.size(), 20);
  EXPECT_EQ(last.of(list).front(), 40);
  EXPECT_EQ(last.of(list).size(), 5u);
  EXPECT_EQ(slice(asking("2"), 40, 20).count, 20u);
  EXPECT_EQ(slice(asking("3"), 40, 20).pages.current, 2) << "there is no third";
}

TEST(Slices, OfNothingAreOneEmptyPage) {
  const Slice none = slice(asking("7"), 0, 20);
  EXPECT_EQ(none.count, 0u);
  EXPECT_EQ(none.pages.count, 1);
  EXPECT_EQ(none.pages.current, 1);
}

TEST(Slices, AnswerAnythingAsked) {
  for (const char* odd : {"", "0", "-1", "x", "1e9", "99999999999999999999"})
    EXPECT_EQ(asked_page(asking(odd)), 1) << odd;
}

}  // namespace
}  // namespace minben::page
