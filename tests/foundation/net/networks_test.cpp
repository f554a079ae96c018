#include "net/networks.hpp"

#include <gtest/gtest.h>

#include "net/outside.hpp"

namespace minben::net {
namespace {

TEST(Networks, KnowWhatIsPublic) {
  for (const char* address :
       {"1.1.1.1", "140.112.8.116", "172.32.0.1", "100.128.0.1", "192.1.1.1", "2001:b000:168::1",
        "2606:4700::1111", "64:ff9b::101:101", "2002:101:101::1"})
    EXPECT_TRUE(is_public_address(address)) << address;
  for (const char* address : {"10.0.0.1",
                              "127.0.0.1",
                              "0.0.0.0",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.168.1.1",
                              "100.64.0.1",
                              "192.0.2.7",
                              "198.18.0.1",
                              "224.0.0.1",
                              "255.255.255.255",
                              "::1",
                              "::",
                              "fe80::1",
                              "fc00::1",
                              "fd12::1",
                              "ff02::1",
                              "2001:db8::1",
                              "::ffff:10.0.0.1",
                              "::ffff:1.1.1.1",
                              "64:ff9b::a00:1",
                              "2002:a00:1::1",
                              "3fff::1",
                              "",
                              "localhost",
                              "1.1.1"})
    EXPECT_FALSE(is_public_address(address)) << address;
}

TEST(Networks, HoldAddresses) {
  const auto ten = Network::parse("10.20.0.0/15");
  ASSERT_TRUE(ten);
  EXPECT_TRUE(ten->contains("10.21.255.255"));
  EXPECT_FALSE(ten->contains("10.22.0.0"));
  EXPECT_FALSE(ten->contains("::1"));
  EXPECT_TRUE(Network::parse("::1")->contains("::1"));
  EXPECT_TRUE(Network::parse("0.0.0.0/0")->contains("10.0.0.1"));
  for (const char* bad : {"", "10.0.0.0/33", "10.0.0.0/", "x/8", "fd00::/129", "10.0.0.0/-1"})
    EXPECT_FALSE(Network::parse(bad)) << bad;
}

TEST(Networks, KeepAClientOut) {
  const auto server = Server::start(
      {}, {{Method::get, "/", {"anyone"}, 0, [](Request&) { return Response::text("secret"); }}},
      {});
  ASSERT_TRUE(server);
  const std::string url = "http://localhost:" + std::to_string((*server)->port()) + "/";
  const auto refused = OutsideClient({}, {}).send({.url = url});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "connect_failed");
  const OutsideClient own({},
                          {Network::parse("127.0.0.0/8").value(), Network::parse("::1").value()});
  const auto answer = own.send({.url = url});
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->body, "secret");
}

}  // namespace
}  // namespace minben::net
