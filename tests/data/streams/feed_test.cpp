// Followers get every record after the one they know, in order, once, however they join, wherever
// it was published.
#include <thread>

#include "reader.hpp"

namespace minben::streams {
namespace {

std::vector<std::int64_t> range(std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> out;
  for (; from <= to; ++from) out.push_back(from);
  return out;
}

struct FeedTest : StreamsTest {
  Feed feed{db.database(),
            streams,
            clock,
            random,
            {.max_followers = 5, .max_per_address = 2, .origin = "https://d"}};
  void SetUp() override {
    StreamsTest::SetUp();
    feed.start();
  }
  std::shared_ptr<Reader> follow(Feed& on, const Stream& stream, std::int64_t after,
                                 std::string key = {}, bool slow = false) {
    auto reader = std::make_shared<Reader>(slow);
    on.follow({stream.id, after, std::move(key), {}}, reader);
    return reader;
  }
  void fill(const Stream& stream, int records) {
    while (records > 0) {
      std::string body;
      for (int i = 0; i < std::min(records, 500); ++i) body += one(i % 2 ? "a" : "b", i) + "\n";
      ASSERT_TRUE(publish(stream, body, "", true));
      records -= 500;
      clock.advance(seconds{1});
    }
  }
};

TEST_F(FeedTest, WhoFollowsGetsWhatComesAndWhoComesBackGetsWhatWasMissed) {
  const Stream stream = air();
  ASSERT_TRUE(publish(stream, one("a", 1)));
  const auto live = follow(feed, stream, 1);
  ASSERT_TRUE(publish(stream, "[" + one("a", 2) + "," + one("b", 3) + "]"));
  EXPECT_THAT(live->wait_for("id: 3\n"),
              HasSubstr(R"(data: {"sequence":3,"received_at":"2026-11-30T04:00:00Z",)"
                        R"("record":{"station":"b","pm25":3}})"));
  const auto back = follow(feed, stream, 0);
  back->wait_for("id: 3\n");
  EXPECT_EQ(back->ids(), range(1, 3));
  EXPECT_EQ(live->ids(), range(2, 3));
}

TEST_F(FeedTest, LongHistoriesComeAtThePaceOfTheReader) {
  const Stream stream = air();
  fill(stream, 6000);
  const auto quick = follow(feed, stream, 0);
  const auto slow = follow(feed, stream, 10, "a", true);
  quick->wait_for("id: 6000\n");
  fill(stream, 500);
  quick->wait_for("id: 6500\n");
  EXPECT_EQ(quick->ids(), range(1, 6500));
  for (int i = 0; i < 2000 && (slow->ids().empty() || slow->ids().back() < 6500); ++i) {
    EXPECT_LE(slow->waiting(), 8u);
    slow->take();
    std::this_thread::sleep_for(milliseconds{5});
  }
  const auto ids = slow->ids();
  ASSERT_THAT(ids, SizeIs(3245));  // every second one is about "a"
  for (std::size_t i = 0; i < ids.size(); ++i)
    ASSERT_EQ(ids[i], 12 + 2 * static_cast<std::int64_t>(i));
}

TEST_F(FeedTest, AnotherNodesFollowersGetThemToo) {
  const Stream stream = air();
  auto other = must(store::Database::open({.url = db.url()}, clock));
  const Streams there(*other, catalogue, clock);
  const auto here = follow(feed, stream, 0);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(there.publish(stream.id, {one("a", i), false, ""}));
  here->wait_for("id: 20\n");
  EXPECT_EQ(here->ids(), range(1, 20));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds{5});
}

TEST_F(FeedTest, JoiningWhileRecordsComeLosesNone) {
  const Stream stream = air();
  std::atomic<bool> stop = false;
  std::thread publisher([&] {
    for (int i = 0; i < 300 && !stop; ++i) EXPECT_TRUE(publish(stream, one(i % 3 ? "a" : "b", i)));
  });
  std::vector<std::pair<std::int64_t, std::shared_ptr<Reader>>> readers;
  for (int i = 0; i < 40; ++i) {
    const std::int64_t after = must(streams.find(stream.id)).last / 2;
    readers.emplace_back(after, follow(feed, stream, after));
    std::this_thread::sleep_for(milliseconds{5});
  }
  publisher.join();
  for (const auto& [after, reader] : readers) {
    reader->wait_for("id: 300\n");
    EXPECT_EQ(reader->ids(), range(after + 1, 300));
  }
}

TEST_F(FeedTest, WithdrawalClosesEveryNodesFollowers) {
  const Stream stream = air();
  Feed second(db.database(), streams, clock, random);
  second.start();
  streams.start();
  const auto here = follow(feed, stream, 0), there = follow(second, stream, 0);
  ASSERT_TRUE(publish(stream, one("a", 1)));
  here->wait_for("id: 1\n");
  there->wait_for("id: 1\n");
  withdraw();
  for (const auto& each : {here, there}) {
    EXPECT_TRUE(each->wait_closed());
    EXPECT_THAT(each->wait_for("closed"), HasSubstr("event: closed\n"));
  }
}

TEST_F(FeedTest, AnEndedStreamClosesItsFollowersAndTakesNothing) {
  const Stream stream = air();
  const auto reader = follow(feed, stream, 0);
  reader->wait_for("retry");
  must(db->transact([&](store::Transaction& tx) { return streams.end(tx, stream.id); }));
  EXPECT_TRUE(reader->wait_closed());
  EXPECT_EQ(publish(stream, one("a", 1)).error().front().code, "stream_ended");
}

TEST_F(FeedTest, PlacesAreBounded) {
  std::vector<Place> places;
  for (const char* address : {"1", "1", "2", "2", "3"}) places.push_back(must(feed.admit(address)));
  EXPECT_EQ(feed.admit("4").error().code, "too_many_followers");
  places.erase(places.begin());
  EXPECT_EQ(feed.admit("2").error().code, "too_many_from_address");
  places.push_back(must(feed.admit("1")));
  EXPECT_EQ(feed.followers(), 5);
}

TEST_F(FeedTest, AFollowerWhoLeavesGivesThePlaceBack) {
  const Stream stream = air();
  auto reader = std::make_shared<Reader>();
  feed.follow({stream.id, 0, {}, must(feed.admit("1"))}, reader);
  reader->wait_for("retry");
  EXPECT_EQ(feed.followers(), 1);
  reader->close();
  for (int i = 0; i < 300 && feed.followers() > 0; ++i)
    std::this_thread::sleep_for(milliseconds{20});
  EXPECT_EQ(feed.followers(), 0);
}

}  // namespace
}  // namespace minben::streams
