#include <gtest/gtest.h>

#include "exchange/access.hpp"
#include "exchange/exchange.hpp"
#include "exchange/message.hpp"

namespace minben::exchange::test {
namespace {

TEST(ExchangeNames, RoundTripAndRefuseOddSegments) {
  EXPECT_EQ(to_string(*ServiceId::parse("MINBEN/GOV/nia/register/residence")),
            "MINBEN/GOV/nia/register/residence");
  for (const char* bad : {"", "a/b/c", "a/b/c/d/e", "a/b/c/", "a/b/../d", "a/b/c d/e", "a/b/c/é"})
    EXPECT_FALSE(SubsystemId::parse(bad)) << bad;
}

TEST(ExchangeMinimise, KeepsNothingElse) {
  const std::vector<std::string> fields{"a", "c"};
  EXPECT_EQ(minimise(R"({"a":1,"b":2})", fields)->body, R"({"a":1})");
  EXPECT_EQ(minimise(R"([{"a":1},{"b":2,"c":{"b":3}}])", fields)->body,
            R"([{"a":1},{"c":{"b":3}}])");
  EXPECT_EQ(minimise(R"([{"a":1},{"c":2}])", fields)->fields, fields);
  EXPECT_EQ(minimise("", fields)->body, "");
  for (const char* odd : {"x", "1", "[1]", "\"a\"", "{\"a\":1}{\"b\":2}"})
    EXPECT_FALSE(minimise(odd, fields)) << odd;
}

}  // namespace
}  // namespace minben::exchange::test
