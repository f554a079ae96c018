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

// Computed with Python's hashlib from X-Road's description (RestMessage.java).
TEST(ExchangeHash, IsXRoads) {
  net::Headers fields;
  fields.add("X-Road-Client", "DEV/GOV/1/a");
  fields.add("x-road-request-id", "1");
  EXPECT_EQ(
      request_hash(net::Method::get, "/r1/DEV/GOV/2/b/c?d=e", fields, ""),
      "7KFV65qYIg83BfijPBbJHEfQgCOllM0jlwKsBlSw+4SekhX4SL6eF58aOnUZ6CWUNBEIFqugUFv4s3fl8xIW5w==");
  EXPECT_EQ(
      request_hash(net::Method::get, "/r1/DEV/GOV/2/b/c?d=e", fields, "{}"),
      "SV6rR9bh/J03ZWE1/BAhc6auiNNq54SF6LXt+/Jx8uB2RorIzK3qE54ceRrczahLV+7uwoQ4/BjzNrnXcFylFQ==");
}

}  // namespace
}  // namespace minben::exchange::test
