#include "exchange/minimise.hpp"

#include <gtest/gtest.h>

#include "dom_minimise.hpp"

namespace minben::exchange::test {
namespace {

using Fields = std::vector<std::string>;

std::string kept(std::string_view body, const Fields& fields) {
  const auto minimised = minimise(body, fields);
  return minimised ? minimised->body : minimised.error().code;
}

TEST(ExchangeMinimise, KeepsNothingElse) {
  const Fields fields{"a", "c"};
  EXPECT_EQ(kept(R"({"a":1,"b":2})", fields), R"({"a":1})");
  EXPECT_EQ(kept(R"([{"a":1},{"b":2,"c":{"b":3}}])", fields), R"([{"a":1},{"c":{"b":3}}])");
  EXPECT_EQ(minimise(R"([{"a":1},{"c":2}])", fields)->fields, fields);
  EXPECT_EQ(minimise(R"([{"c":1},{"b":2}])", fields)->fields, Fields{"c"});
  EXPECT_EQ(kept(R"({"b":2})", fields), "{}");
  EXPECT_EQ(kept("[]", fields), "[]");
  EXPECT_EQ(kept("{}", {}), "{}");
  EXPECT_EQ(minimise("", fields)->body, "");
}

TEST(ExchangeMinimise, FollowsPaths) {
  constexpr std::string_view body =
      R"({"name":"林","address":{"city":"臺北市","road":"羅斯福路"},)"
      R"("permits":[{"number":"A1","reason":"x"},{"reason":"y"},null,7]})";
  EXPECT_EQ(kept(body, {"address/city"}), R"({"address":{"city":"臺北市"}})");
  EXPECT_EQ(kept(body, {"address"}), R"({"address":{"city":"臺北市","road":"羅斯福路"}})");
  EXPECT_EQ(kept(body, {"address", "address/city"}), kept(body, {"address"}));
  EXPECT_EQ(kept(body, {"permits/*/number"}), R"({"permits":[{"number":"A1"},{}]})");
  EXPECT_EQ(kept(body, {"permits/*"}),
            R"({"permits":[{"number":"A1","reason":"x"},{"reason":"y"},null,7]})");
  EXPECT_EQ(minimise(body, Fields{"permits/*/number", "address/zip", "name"})->fields,
            (Fields{"name", "permits/*/number"}));
  // A register whose answer has another shape than its service says gives less, not more.
  EXPECT_EQ(kept(body, {"name/first", "permits/number", "address/*/city"}), "{}");
  EXPECT_EQ(kept(R"([{"a":{"b":1}},{"a":[{"b":2}]}])", {"a/b"}), R"([{"a":{"b":1}},{}])");
  EXPECT_EQ(kept(R"({"a/b":1,"m~n":2,"a":{"b":3}})", {"a~1b", "m~0n"}), R"({"a/b":1,"m~n":2})");
}

TEST(ExchangeMinimise, KeptValuesAreTheRegistersBytes) {
  EXPECT_EQ(
      kept("{ \"a\" : { \"x\" : [ 1.50 , 1E2 ] ,\n \"y\":\"\\u0041\\/\" } , \"b\" : 1 }", {"a"}),
      "{\"a\":{ \"x\" : [ 1.50 , 1E2 ] ,\n \"y\":\"\\u0041\\/\" }}");
  EXPECT_EQ(kept(R"({"n":12345678901234567890.0100})", {"n"}),
            R"({"n":12345678901234567890.0100})");
  // The name is compared decoded, and written as it was.
  EXPECT_EQ(kept(R"({"\u006eame":"x"})", {"name"}), R"({"\u006eame":"x"})");
  EXPECT_EQ(kept("{\"\\ud83d\\ude00\":1,\"\\b\":2}", {"😀"}), "{\"\\ud83d\\ude00\":1}");
}

TEST(ExchangeMinimise, RefusesWhatTwoReadersCouldReadInTwoWays) {
  const Fields fields{"a"};
  const auto refused = [&](std::string_view body) {
    return kept(body, fields) == "answer_not_minimisable";
  };
  for (const char* odd : {"x", "1", "[1]", "\"a\"", "null", "[{}", "{\"a\":1}{\"b\":2}", "[{},]",
                          "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "[{\"a\":1} {\"a\":2}]", " ", "{}x"})
    EXPECT_TRUE(refused(odd)) << odd;
  // Names that come twice, also where nothing of them is kept.
  EXPECT_TRUE(refused(R"({"a":1,"a":2})"));
  EXPECT_TRUE(refused(R"({"a":1,"\u0061":2})"));
  EXPECT_TRUE(refused(R"({"a":{"b":1,"b":1}})"));
  EXPECT_TRUE(refused(R"({"x":[{"b":1,"b":1}]})"));
  EXPECT_FALSE(refused(R"({"a":{"b":1},"b":{"b":1}})"));
  std::string wide = "{";
  for (int i = 0; i < 500; ++i) wide += fmt::format("\"k{}\":{},", i, i);
  EXPECT_FALSE(refused(wide + "\"a\":1}"));
  EXPECT_TRUE(refused(wide + "\"k250\":1}"));
  std::string alike = "{";  // names that differ in their middle only: no slower
  for (int i = 0; i < 100'000; ++i) alike += fmt::format("\"beginning{:06}the end\":0,", i);
  EXPECT_FALSE(refused(alike + "\"a\":1}"));
  EXPECT_TRUE(refused(alike + "\"beginning\\u003000000the end\":1}"));
  // Numbers, text.
  for (const char* number : {"1e309", "-1e309", "1e99999999999", "1e-400", "01", "1.", ".5", "+1",
                             "0x1", "NaN", "Infinity", "-", "1e", "--1"})
    EXPECT_TRUE(refused(fmt::format("{{\"a\":{}}}", number))) << number;
  EXPECT_TRUE(refused("{\"a\":" + std::string(65, '1') + "}"));
  EXPECT_FALSE(refused("{\"a\":" + std::string(64, '1') + "}"));
  for (const char* number : {"0", "-0", "1e308", "-1.5E+10", "0.001", "1e-308"})
    EXPECT_FALSE(refused(fmt::format("{{\"a\":{}}}", number))) << number;
  for (const char* text : {"\\ud800", "\\udc00", "\\ud800\\u0041", "\\u12g4", "\\x", "\x01", "\n",
                           "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff", "\xe6\x9e"})
    EXPECT_TRUE(refused(fmt::format("{{\"b\":\"{}\"}}", text))) << text;
  EXPECT_TRUE(refused("\xef\xbb\xbf{\"a\":1}"));
  EXPECT_TRUE(refused(std::string_view("{\"a\":1}\0", 8)));
}

TEST(ExchangeMinimise, BoundsNesting) {
  const auto nested = [](int depth) {
    return fmt::format("{{\"a\":{}{}}}", std::string(depth - 1, '['), std::string(depth - 1, ']'));
  };
  EXPECT_TRUE(minimise(nested(64), Fields{"a"}));
  EXPECT_FALSE(minimise(nested(65), Fields{"a"}));
  EXPECT_FALSE(minimise(std::string(1'000'000, '['), Fields{"a"}));
}

/// JSON that is mostly right, of a few names, so that fields meet members.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed) {}

  std::string answer() {
    std::string out = below(4) == 0 ? list([this] { return object(3); }) : object(3);
    if (below(8) == 0) out[below(out.size())] = "{}[]\",:x\\"[below(9)];
    return out;
  }
  Fields fields() {
    Fields out;
    for (std::size_t i = below(5); i-- > 0;) {
      std::string path = name();
      for (std::size_t more = below(4); more-- > 0;) path += "/" + (below(3) == 0 ? "*" : name());
      out.push_back(path);
    }
    return out;
  }

 private:
  std::size_t below(std::size_t bound) {
    std::array<std::uint8_t, 1> byte{};
    random_.fill(byte);
    return byte[0] % bound;
  }
  std::string name() { return std::string(1, "abcd"[below(4)]); }
  std::string object(int depth) {
    std::string out = "{";
    const std::size_t first = below(4);
    for (std::size_t i = 0; i < below(5); ++i)
      out +=
          fmt::format("{}\"{}\":{}", i > 0 ? "," : " ", "abcd"[(first + i) % 4], value(depth - 1));
    return out + "}";
  }
  template <class Element>
  std::string list(Element element) {
    std::string out = "[";
    for (std::size_t i = 0, n = below(4); i < n; ++i) out += (i > 0 ? ", " : "") + element();
    return out + "]";
  }
  std::string value(int depth) {
    const std::size_t kind = below(depth > 0 ? 6 : 3);
    if (kind == 0) return "1.5";
    if (kind == 1) return "\"文\\n\"";
    if (kind == 2) return "null";
    return kind == 3 ? list([&] { return value(depth - 1); }) : object(depth);
  }
  SeededRandom random_;
};

TEST(ExchangeMinimise, SaysWhatTheSimpleWaySays) {
  int same = 0;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    Writer writer(seed);
    const std::string body = writer.answer();
    const Fields fields = writer.fields();
    const auto fast = minimise(body, fields);
    const auto simple = minimise_dom(body, fields);
    ASSERT_EQ(fast.has_value(), simple.has_value()) << seed << ": " << body;
    if (!fast) continue;
    ASSERT_EQ(write_json(parse_json(fast->body).value()), write_json(*simple))
        << seed << ": " << body;
    same += !simple->is_object() || !simple->as_object().empty();
  }
  EXPECT_GT(same, 1000);
}

TEST(ExchangeFields, AreSubsetsOfEachOther) {
  EXPECT_TRUE(covers("address", "address/city"));
  EXPECT_TRUE(covers("address", "address"));
  EXPECT_FALSE(covers("address", "address2"));
  EXPECT_FALSE(covers("address/city", "address"));
  EXPECT_EQ(in_both(Fields{"name", "address/city", "permits"},
                    Fields{"permits/*/number", "address", "sex", "permits/*/number"}),
            (Fields{"permits/*/number", "address/city"}));
  for (const char* bad : {"", "/a", "a/", "a//b", "*", "*/a", "a~", "a~2", "\xff"})
    EXPECT_EQ(check_field(bad).error().code, "bad_field") << bad;
  EXPECT_TRUE(check_field("a~1b/*/c~0"));
}

}  // namespace
}  // namespace minben::exchange::test
