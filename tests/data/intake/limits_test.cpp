// What is too much is refused, by a bound that has a name.
#include "support.hpp"

namespace minben::intake::test {
namespace {

std::string refused(Prepare& prepare, std::string_view bytes) {
  const auto made = prepare.bytes(bytes);
  return made ? "read" : made.error().code;
}

TEST(Limits, OfFilesCellsColumnsAndDepth) {
  Prepare prepare;
  prepare.limits.max_bytes = 1000;
  EXPECT_EQ(refused(prepare, std::string(1001, 'a')), "file_too_large");
  prepare.limits = {};
  prepare.limits.max_cell_bytes = 1000;
  EXPECT_EQ(refused(prepare, "a,b\n1," + std::string(1001, 'x') + "\n"), "cell_too_large");
  EXPECT_EQ(refused(prepare, "[{\"a\":\"" + std::string(1001, 'x') + "\"}]"), "cell_too_large");
  EXPECT_EQ(refused(prepare, "<r><v a='1'>" + std::string(1001, 'x') + "</v><v a='1'/></r>"),
            "cell_too_large");
  prepare.limits = {};
  std::string wide = "a";
  for (int i = 0; i < 3000; ++i) wide += ",a";
  EXPECT_EQ(refused(prepare, wide + "\n" + wide + "\n"), "too_many_columns");
  std::string object = "[{\"a\":1";
  for (int i = 0; i < 3000; ++i) object += ",\"k" + std::to_string(i) + "\":1";
  EXPECT_EQ(refused(prepare, object + "}]"), "too_many_columns");
  EXPECT_EQ(refused(prepare, std::string(100'000, '[')), "too_deep");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "<a>";
  EXPECT_EQ(refused(prepare, deep), "too_deep");
}

TEST(Limits, AMillionColumnsEndEarly) {
  Prepare prepare;
  EXPECT_EQ(refused(prepare, "a,b\n" + std::string(1'000'000, ',') + "\n1,2\n"),
            "too_many_columns");
}

TEST(Limits, AnEndlessLineAndManyOpenQuotesTakeLittleTime) {
  Prepare prepare;
  EXPECT_EQ(refused(prepare, std::string(4'000'000, 'x')), "cell_too_large");
  std::string quotes = "a,b\n";
  for (int i = 0; i < 200'000; ++i) quotes += "\"x,1\n";
  const auto made = prepare.bytes(quotes);
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->rows, 200'000);
}

/// A clock that goes on by itself whenever it is asked.
class RunningClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant{} + seconds{asked_++}; }

 private:
  mutable std::int64_t asked_ = 0;
};

TEST(Limits, TimeAndCancellingStopAllReaders) {
  std::string csv = "a,b\n", json = "[", xml = "<r>";
  for (int i = 0; i < 200'000; ++i) {
    csv += "1,2\n";
    json += "{\"a\":1,\"b\":2},";
    xml += "<v><a>1</a><b>2</b></v>";
  }
  json += "{}]";
  xml += "</r>";
  minben::test::TemporaryDirectory files;
  for (const std::string& text : {csv, json, xml}) {
    const auto path = files.path() / "file";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    const RunningClock clock;
    Limits limits;
    limits.max_time_s = seconds{20};
    const auto late = prepare(path, {}, files.path(), Care::careful, clock, limits);
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, "took_too_long");
    std::filesystem::remove_all(files.path());
    std::filesystem::create_directory(files.path());

    Prepare prepared;
    int asked = 0;
    prepared.cancelled = [&] { return ++asked > 5; };
    const auto cancelled = prepared.bytes(text);
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().code, "cancelled");
    EXPECT_EQ(cancelled.error().kind, Kind::unavailable);
  }
}

}  // namespace
}  // namespace minben::intake::test
