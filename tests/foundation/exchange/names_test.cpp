#include <gtest/gtest.h>

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

}  // namespace
}  // namespace minben::exchange::test
