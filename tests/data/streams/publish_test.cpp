// Records are taken whole or not at all, numbered without gaps, and once.
#include <thread>

#include "fixture.hpp"

namespace minben::streams {
namespace {

TEST_F(StreamsTest, RecordsAreNumberedWithoutGapsAndTheNewestIsKnownByKey) {
  const Stream stream = air();
  const auto first = publish(stream, "[" + one("左營", 12.5) + "," + one("小港", 30.25) + "]");
  ASSERT_TRUE(first) << describe(first.error().front());
  EXPECT_EQ(first->first, 1);
  EXPECT_EQ(first->last, 2);
  clock.advance(minutes{1});
  const auto second = publish(stream, one("左營", 13) + "\n" + one("左營", 14) + "\n", "", true);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->first, 3);
  EXPECT_EQ(second->last, 4);
  const auto page = must(streams.records(stream.id, 1, 2));
  EXPECT_THAT(numbers(page.records), ElementsAre(2, 3));
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.reached, 3);
  const auto of_one = must(streams.records(stream.id, 0, 10, "小港"));
  EXPECT_THAT(numbers(of_one.records), ElementsAre(2));
  EXPECT_EQ(of_one.reached, 4);
  const auto latest = must(streams.latest(stream.id));
  ASSERT_THAT(latest, SizeIs(2));
  EXPECT_THAT(numbers(latest), testing::UnorderedElementsAre(2, 4));
  EXPECT_EQ(latest[numbers(latest)[0] == 4 ? 1 : 0].body, R"({"station":"小港","pm25":30.25})");
  EXPECT_EQ(latest[numbers(latest)[0] == 4 ? 0 : 1].body, R"({"station":"左營","pm25":14})");
}

TEST_F(StreamsTest, OneWrongRecordKeepsAllOut) {
  const Stream stream = air();
  const auto refused = publish(
      stream,
      R"([{"station":"左營","pm25":1},{"station":"小港","pm25":"much","wind":3},{"pm25":2},{"station":"x","aqi":1.5}])");
  ASSERT_FALSE(refused);
  std::vector<std::string> said;
  for (const Error& each : refused.error()) said.push_back(each.code + " " + each.field);
  EXPECT_THAT(said, ElementsAre("wrong_type /1/pm25", "unknown_field /1/wind",
                                "missing_key /2/station", "wrong_type /3/aqi"));
  EXPECT_EQ(must(streams.find(stream.id)).last, 0);
  EXPECT_THAT(must(streams.records(stream.id, 0, 10)).records, SizeIs(0));
  const auto line = publish(stream, one("左營", 1) + "\n\n{\"station\": 5}\n", "", true);
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().front().line, 3);
  for (const auto& [body, code] :
       std::map<std::string, std::string>{{"", "not_json"},
                                          {"[]", "no_records"},
                                          {"7", "not_records"},
                                          {"[[1]]", "not_records"},
                                          {R"({"station":""," x":1})", "unknown_field"}}) {
    const auto answer = publish(stream, body);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().front().code, code) << body;
  }
}

TEST_F(StreamsTest, TimesAreTaiwansWhateverTheirOffset) {
  const Stream stream = air();
  ASSERT_TRUE(publish(
      stream,
      R"([{"station":"a","at":"2026-11-30T04:00:00Z"},{"station":"b","at":"2026-11-30T12:00:00"},
                                  {"station":"c","at":"2026-11-30T13:00:00.5+09:00"}])"));
  for (const Record& each : must(streams.latest(stream.id)))
    EXPECT_THAT(each.body, HasSubstr(R"("at":"2026-11-30T12:00:00)"));
}

TEST_F(StreamsTest, AnAnswerThatWasLostIsGivenAgain) {
  const Stream stream = air();
  const std::string body = one("左營", 1);
  const auto first = publish(stream, body, "call-1");
  ASSERT_TRUE(first);
  const auto again = publish(stream, body, "call-1");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->again);
  EXPECT_EQ(again->first, first->first);
  const auto other = publish(stream, one("左營", 2), "call-1");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().front().code, "idempotency_key_reused");
  EXPECT_EQ(must(streams.find(stream.id)).last, 1);
}

TEST_F(StreamsTest, TheSameRecordOfThePublishersOwnIdCountsOnce) {
  const Stream stream = air();
  const std::string body =
      R"([{"_id":"r1","station":"a"},{"_id":"r2","station":"b"},{"_id":"r1","station":"a"}])";
  const auto first = publish(stream, body);
  ASSERT_TRUE(first) << describe(first.error().front());
  EXPECT_EQ(first->records, 2);
  EXPECT_EQ(first->repeated, 1);
  const auto second = publish(stream, R"([{"_id":"r2","station":"b"},{"_id":"r3","station":"c"}])");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->first, 3);
  EXPECT_EQ(second->last, 3);
  EXPECT_EQ(second->repeated, 1);
}

TEST_F(StreamsTest, ManyPublishersAtOnceLeaveNoGapAndNoDuplicate) {
  const Stream stream = air();
  constexpr int writers = 6, calls = 40;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::vector<std::int64_t> given;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&, i] {
      for (int j = 0; j < calls; ++j) {
        const auto done =
            publish(stream, "[" + one(fmt::format("s{}", i), j) + "," + one("all", j) + "]");
        ASSERT_TRUE(done) << describe(done.error().front());
        const std::lock_guard lock(mutex);
        for (auto n = done->first; n <= done->last; ++n) given.push_back(n);
      }
    });
  for (std::thread& each : threads) each.join();
  std::ranges::sort(given);
  ASSERT_THAT(given, SizeIs(2 * writers * calls));
  for (std::size_t i = 0; i < given.size(); ++i)
    ASSERT_EQ(given[i], static_cast<std::int64_t>(i) + 1);
  EXPECT_EQ(numbers(must(streams.records(stream.id, 0, 10'000)).records), given);
}

TEST_F(StreamsTest, BoundsHold) {
  const Stream stream = air();
  std::string many = "[";
  for (int i = 0; i < 51; ++i) many += (i ? "," : "") + one(fmt::format("s{}", i), 1);
  const auto keys = publish(stream, many + "]");
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().front().code, "too_many_keys");
  std::string large = "[";
  for (int i = 0; i < 1001; ++i) large += (i ? "," : "") + one("a", 1);
  const auto records = publish(stream, large + "]");
  ASSERT_FALSE(records);
  EXPECT_EQ(records.error().front().code, "too_many_records");
  std::string full = "[";
  for (int i = 0; i < 1000; ++i) full += (i ? "," : "") + one("a", 1);
  full += "]";
  int taken = 0;
  auto done = publish(stream, full);
  for (; done && taken < 40; done = publish(stream, full)) ++taken;
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().front().code, "too_fast");
  clock.advance(seconds{10});
  EXPECT_TRUE(publish(stream, full));
}

TEST_F(StreamsTest, WhatIsNoStreamIsNotMade) {
  const Stream stream = air();
  NewStream wanted;
  wanted.dataset = dataset;
  wanted.id = stream.id;
  wanted.fields = air_fields();
  wanted.key = "station";
  const auto make = [&] {
    return db->transact([&](store::Transaction& tx) { return streams.make(tx, wanted); });
  };
  EXPECT_EQ(make().error().code, "stream_exists");
  wanted.key = "pm25";
  EXPECT_EQ(make().error().code, "bad_key");
  wanted.key = "station";
  wanted.fields.push_back({"Sequence", "", intake::Type::text, ""});
  EXPECT_EQ(make().error().code, "bad_field");
  wanted.fields.pop_back();
  wanted.id = StreamId::make(clock, random);
  EXPECT_EQ(make().error().code, "no_such_distribution");
}

TEST_F(StreamsTest, TheLastDayIsDrawnFromAverages) {
  const Stream stream = air();
  ASSERT_TRUE(publish(stream, "[" + one("a", 10) + "," + one("b", 30) + "]"));
  clock.advance(hours{2});
  ASSERT_TRUE(publish(stream, one("a", 50)));
  clock.advance(minutes{2});
  const Curve all = must(streams.last_day(stream.id, "pm25"));
  ASSERT_THAT(all.points, SizeIs(2));
  EXPECT_DOUBLE_EQ(all.points[0].mean, 20);
  EXPECT_DOUBLE_EQ(all.points[1].mean, 50);
  EXPECT_DOUBLE_EQ(must(streams.last_day(stream.id, "pm25", "b")).points.at(0).mean, 30);
  EXPECT_EQ(streams.last_day(stream.id, "station").error().code, "bad_field");
  EXPECT_EQ(must(streams.last_hour(stream.id)), 1);
  EXPECT_TRUE(must(streams.find(stream.id)).late(clock.now() + minutes{1}));
}

TEST_F(StreamsTest, AfterAPauseTheCurveBeginsAnewWithAPointAMinute) {
  const Stream stream = air();
  ASSERT_TRUE(publish(stream, one("a", 10)));
  clock.advance(hours{3});
  ASSERT_TRUE(publish(stream, one("a", 20)));
  EXPECT_EQ(must(streams.last_day(stream.id, "pm25")).step, seconds{300});
  clock.advance(days{2});
  for (const int value : {30, 40, 50}) {
    ASSERT_TRUE(publish(stream, one("a", value)));
    clock.advance(minutes{1});
  }
  const Curve curve = must(streams.last_day(stream.id, "pm25"));
  EXPECT_EQ(curve.step, seconds{60});
  EXPECT_THAT(curve.points, SizeIs(3));
}

TEST_F(StreamsTest, AWithdrawnDatasetsStreamIsClosed) {
  const Stream stream = air();
  EXPECT_TRUE(streams.readable(stream.id));
  EXPECT_TRUE(must(streams.heads({stream.id})).front().open);
  withdraw();
  EXPECT_EQ(streams.readable(stream.id).error().code, "withdrawn");
  must(streams.follow_catalogue());
  EXPECT_FALSE(must(streams.heads({stream.id})).front().open);
  EXPECT_THAT(must(streams.all()), SizeIs(0));
}

}  // namespace
}  // namespace minben::streams
