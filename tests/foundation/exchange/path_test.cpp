#include "exchange/path.hpp"

#include <gtest/gtest.h>

namespace minben::exchange::test {
namespace {

using Segments = std::vector<std::string>;
constexpr std::string_view service = "/r1/MINBEN/GOV/nia/register/residence";

std::string code_of(const std::string& rest) {
  const auto path = read_service_path(std::string(service) + rest);
  return path ? "ok" : path.error().code + ": " + path.error().detail;
}

TEST(ExchangePath, SaysServiceRestAndSegments) {
  const auto path =
      read_service_path(std::string(service) + "/AC01234567/permits%20all/%E6%9E%97?a=/../b");
  ASSERT_TRUE(path) << describe(path.error());
  EXPECT_EQ(to_string(path->service), "MINBEN/GOV/nia/register/residence");
  EXPECT_EQ(path->rest, "/AC01234567/permits%20all/%E6%9E%97?a=/../b");
  EXPECT_EQ(path->segments, (Segments{"AC01234567", "permits all", "林"}));
  EXPECT_EQ(path->register_key, "AC01234567");
  for (const char* none : {"", "?", "?x=1"}) {
    const auto bare = read_service_path(std::string(service) + none);
    ASSERT_TRUE(bare) << none;
    EXPECT_EQ(bare->rest, none);
    EXPECT_TRUE(bare->segments.empty());
    EXPECT_EQ(bare->register_key, "");
  }
  EXPECT_EQ(to_string(read_service_path("/r1/MINBEN/GOV/nia/register/what%3F")->service),
            "MINBEN/GOV/nia/register/what?");
}

TEST(ExchangePath, XRoadsEncodedDotSegmentsAreRefused) {  // XRDDEV-3054
  EXPECT_EQ(code_of("/api/%2e%2e/secret").substr(0, 8), "bad_path");
  EXPECT_EQ(code_of("/api/../secret").substr(0, 8), "bad_path");
  EXPECT_EQ(code_of("/api/.%2E/secret").substr(0, 8), "bad_path");
}

TEST(ExchangePath, RefusesWhatAnybodyCouldReadInAnotherWay) {
  for (const char* trick : {"/",
                            "/a/",
                            "//a",
                            "/a//b",
                            "/.",
                            "/..",
                            "/a/.",
                            "/%2e",
                            "/...",
                            "/..%20",
                            "/%20",
                            "/..;x=1",
                            "/.;",
                            "/;/a",
                            "/;x=1/a",
                            "/%2e%2e;a/b",  // parameters before dots
                            "/a%2fb",
                            "/a%2Fb",
                            "/a%5cb",
                            "/a%5C..%5cb",
                            "/a\\b",  // slashes
                            "/%252e%252e/a",
                            "/a%252fb",
                            "/a%255cb",
                            "/a%2500",
                            "/%25252e",
                            "/a%253bb",  // twice
                            "/a%00",
                            "/a%0d%0ab",
                            "/a%1f",
                            "/a%7f",  // control characters
                            "/%c0%ae%c0%ae/a",
                            "/%c0%af",
                            "/%e0%80%af",
                            "/%ed%a0%80",
                            "/%ff",
                            "/%f5%80%80%80",
                            "/a%",
                            "/a%2",
                            "/a%2g",
                            "/%u002e",
                            "/a b",
                            "/a\"",
                            "/a<",
                            "/a{b}",
                            "/a|b",
                            "/a^",
                            "/a`",
                            "/a#b",
                            "?a#b",
                            "?a b",
                            "?\x01",
                            "/\xe6\x9e\x97"})
    EXPECT_EQ(code_of(trick).substr(0, 8), "bad_path") << trick;
  for (const char* fine : {"/a", "/a.b", "/.a", "/a..b", "/..a", "/a;x=1", "/a;x=%2e%2e", "/a%3bb",
                           "/100%25", "/a%25zz", "/a:b@c", "/a,b(c)!$&'*+=", "/~a", "/-_", "/%41"})
    EXPECT_EQ(code_of(fine), "ok") << fine;
}

TEST(ExchangePath, RefusesOtherFormsOfTargets) {
  for (const char* target :
       {"", "*", "nia:443", "r1/MINBEN/GOV/nia/register/residence", "/R1/MINBEN/GOV/nia/register/x",
        "http://localhost/r1/MINBEN/GOV/nia/register/residence",
        "//localhost/r1/MINBEN/GOV/nia/register/residence"})
    EXPECT_EQ(read_service_path(target).error().code, "bad_path") << target;
  for (const char* target : {"/r1/MINBEN/GOV/nia/register", "/r1/MINBEN/GOV/nia/register?x",
                             "/r1/MINBEN/GOV/nia/register/a%20b"})
    EXPECT_EQ(read_service_path(target).error().code, "not_a_service") << target;
  EXPECT_EQ(read_service_path("/r1/MINBEN/GOV/../register/x").error().code, "bad_path");
  EXPECT_EQ(read_service_path("/r1/MINBEN/GOV/nia%2fregister/x/y").error().code, "bad_path");
  EXPECT_EQ(code_of("/" + std::string(8000, 'a')), "ok");
  EXPECT_EQ(code_of("/" + std::string(8192, 'a')).substr(0, 8), "bad_path");
  std::string deep;
  for (int i = 0; i < 64; ++i) deep += "/a";
  EXPECT_EQ(code_of(deep), "ok");
  EXPECT_EQ(code_of(deep + "/a").substr(0, 8), "bad_path");
}

bool matches(std::string_view glob, const Segments& segments) {
  EXPECT_TRUE(check_glob(glob)) << glob;
  return PathGlob(glob).matches(segments);
}

TEST(ExchangeGlob, MatchesAsXRoads) {
  EXPECT_TRUE(matches("/", {}));
  EXPECT_FALSE(matches("/", {"a"}));
  EXPECT_TRUE(matches("/a/b", {"a", "b"}));
  EXPECT_FALSE(matches("/a/b", {"a"}));
  EXPECT_FALSE(matches("/a/b", {"a", "b", "c"}));
  EXPECT_FALSE(matches("/a", {"A"}));
  EXPECT_TRUE(matches("/*", {"a"}));
  EXPECT_FALSE(matches("/*", {}));
  EXPECT_FALSE(matches("/*", {"a", "b"}));
  EXPECT_TRUE(matches("/*/permits", {"AC01", "permits"}));
  EXPECT_TRUE(matches("/AC*/p*s", {"AC01", "permits"}));
  EXPECT_FALSE(matches("/AC*", {"BC01"}));
  EXPECT_TRUE(matches("/*a*b", {"xaab"}));
  EXPECT_FALSE(matches("/*a*b", {"xaabc"}));
  EXPECT_TRUE(matches("/**", {}));
  EXPECT_TRUE(matches("/**", {"a", "b"}));
  EXPECT_TRUE(matches("/a/**", {"a"}));
  EXPECT_FALSE(matches("/a/**", {"b"}));
  EXPECT_TRUE(matches("/**/c", {"a", "b", "c"}));
  EXPECT_FALSE(matches("/**/c", {"a", "c", "b"}));
  EXPECT_TRUE(matches("/a/**/c/*", {"a", "c", "c", "d"}));
  EXPECT_FALSE(matches("/a/**/c/*", {"a", "c"}));
  for (const char* bad : {"", "a", "//", "/a/", "/a//b", "/..", "/a/./b", "/a**", "/***", "/a%20b",
                          "/a\\b", "/\x01", "/\xff"})
    EXPECT_EQ(check_glob(bad).error().code, "bad_glob") << bad;
}

TEST(ExchangeGlob, MeetsTemplates) {
  EXPECT_TRUE(can_match("/*", "/{key}"));
  EXPECT_TRUE(can_match("/AC01/permits", "/{key}/permits"));
  EXPECT_FALSE(can_match("/*/permit", "/{key}/permits"));
  EXPECT_TRUE(can_match("/**", "/{key}/permits/{number}.json"));
  EXPECT_TRUE(can_match("/", ""));
  EXPECT_TRUE(can_match("/", "/"));
  EXPECT_FALSE(can_match("/*", "/"));
}

TEST(ExchangeGlob, TakesNoLongerForNastyOnes) {
  std::string glob;
  for (int i = 0; i < 31; ++i) glob += "/**/a";
  const Segments segments(64, "a");
  EXPECT_FALSE(matches(glob + "/b", segments));
  EXPECT_FALSE(
      matches("/" + std::string("*a*a*a*a*a*a*a*a*a*a*a*a*a*b"), {std::string(1000, 'a')}));
}

TEST(ExchangePath, ValuesOfTheQueryAreDecoded) {
  const auto value = [](const std::string& query) {
    const auto found =
        query_value(read_service_path(std::string(service) + query).value(), "serviceCode");
    return found ? "=" + *found : found.error().code;
  };
  EXPECT_EQ(value("?a=serviceCode=x&serviceCode=c%61rds&serviceCode=other"), "=cards");
  EXPECT_EQ(value("?serviceCode=%E6%9E%97&a"), "=林");
  for (const char* none :
       {"", "?", "?serviceCode", "?serviceCode=", "?servicecode=x", "?xserviceCode=x"})
    EXPECT_EQ(value(none), "=") << none;
  for (const char* bad : {"?serviceCode=%zz", "?serviceCode=%e", "?serviceCode=%ff"})
    EXPECT_EQ(value(bad), "bad_path") << bad;
}

}  // namespace
}  // namespace minben::exchange::test
