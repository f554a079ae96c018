// Closed hours become rows of the table, once, also when it is done again; single records go only
// when they are rows.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "datastore/search.hpp"
#include "reader.hpp"

namespace minben::streams {
namespace {

struct HistoryTest : StreamsTest {
  HistoryConfig settings() {
    HistoryConfig made;
    made.batch = 100;
    made.most_rows = 1000;
    made.hourly_rows = 600;
    return made;
  }
  History history{db.database(), streams, *tables, clock, settings()};

  void add(const Stream& stream, int records) {
    std::string body;
    for (int i = 0; i < records; ++i) body += one(i % 2 ? "a" : "b", i) + "\n";
    const auto done = publish(stream, body, "", true);
    ASSERT_TRUE(done) << describe(done.error().front());
  }
  pid_t start(Instant now) {
    std::string program = MINBEN_BINARY_DIR "/tests/streams_once", url = db.url(),
                folder = (temporary.path() / "tables").string(), time = to_string(now);
    std::array<char*, 5> arguments{program.data(), url.data(), folder.data(), time.data(), nullptr};
    pid_t child = 0;
    EXPECT_EQ(::posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments.data(), environ),
              0);
    return child;
  }
  std::int64_t rows(const Stream& stream) {
    datastore::Search search;
    return *must(tables->search({stream.id.value}, search)).total;
  }
};

TEST_F(HistoryTest, AnHourIsInTheTableWhenItHasClosed) {
  const Stream stream = air(1);
  must(history.prepare(stream));
  EXPECT_EQ(rows(stream), 0);
  add(stream, 250);
  clock.advance(minutes{30});
  EXPECT_FALSE(must(history.roll_one()));
  clock.advance(minutes{31});
  add(stream, 5);
  EXPECT_TRUE(must(history.roll_one()));
  EXPECT_EQ(rows(stream), 250);
  EXPECT_FALSE(must(history.roll_one()));
  datastore::Search search;
  search.filters = parse_json(R"({"sequence": 2})").value();
  EXPECT_THAT(must(tables->search({stream.id.value}, search)).records,
              HasSubstr(R"("received_at":"2026-11-30T12:00:00","station":"a")"));
  // Versions of a table that is written each hour are not kept for ever.
  EXPECT_LE(must(tables->versions({stream.id.value})).size(), 3u);
  clock.advance(hours{24});
  EXPECT_EQ(must(history.prune()), 250);
  EXPECT_EQ(must(streams.find(stream.id)).pruned, 250);
  EXPECT_THAT(must(streams.records(stream.id, 250, 100)).records, SizeIs(5));  // not yet rows
}

TEST_F(HistoryTest, WhoAsksForWhatIsGoneIsToldWhereItIs) {
  const Stream stream = air(1);
  add(stream, 40);
  clock.advance(hours{1});
  ASSERT_TRUE(must(history.roll_one()));
  clock.advance(hours{25});
  add(stream, 2);
  EXPECT_EQ(must(history.prune()), 40);
  Feed feed(db.database(), streams, clock, random, {.origin = "https://d"});
  feed.start();
  const auto late = std::make_shared<Reader>(), known = std::make_shared<Reader>();
  feed.follow({stream.id, 7, {}, {}}, late);
  feed.follow({stream.id, 40, {}, {}}, known);
  EXPECT_THAT(
      late->wait_for("id: 42\n"),
      HasSubstr(fmt::format("id: 40\nevent: gap\ndata: {{\"after\":7,\"first\":41,\"history\":"
                            "\"https://d/datastore/dump/{}?format=csv\"}}\n\nid: 41\n",
                            to_string(stream.id))));
  EXPECT_THAT(known->wait_for("id: 42\n"), testing::Not(HasSubstr("gap")));
  EXPECT_THAT(known->ids(), ElementsAre(41, 42));
}

TEST_F(HistoryTest, TheOldestRowsMakeRoom) {
  const Stream stream = air();
  for (int i = 0; i < 13; ++i) {
    add(stream, 90);
    clock.advance(hours{1});
    (void)must(history.roll_one());
  }
  clock.advance(hours{24});  // a large one is written once a day
  EXPECT_TRUE(must(history.roll_one()));
  EXPECT_LE(rows(stream), 1000);
  datastore::Search newest;
  newest.filters = parse_json(R"({"sequence": 1170})").value();
  EXPECT_EQ(*must(tables->search({stream.id.value}, newest)).total, 1);
}

// A process that rolls is killed at random moments, again and again: each record is one row at
// last.
TEST_F(HistoryTest, KilledRollsLeaveNoHoleAndNoDuplicate) {
  // How long an undisturbed one takes, on this machine and today.
  const Stream calm = air();
  add(calm, 1000);
  clock.advance(hours{2});
  const auto begun = std::chrono::steady_clock::now();
  int status = 0;
  ::waitpid(start(clock.now()), &status, 0);
  ASSERT_EQ(rows(calm), 1000);
  const auto took =
      std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - begun).count();

  const Stream stream = air();
  must(history.prepare(stream));
  add(stream, 1000);
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom dice(seed);
  clock.advance(hours{2});
  int killed = 0;
  for (int i = 0; i < 12; ++i) {
    const pid_t child = start(clock.now() + hours{i});
    ::usleep(static_cast<useconds_t>(took / 5 + dice.below(static_cast<std::uint64_t>(took))));
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    killed += WIFSIGNALED(status) ? 1 : 0;
  }
  clock.advance(hours{40});
  HistoryConfig own = settings();
  own.most_rows = 100'000;
  own.hourly_rows = 100'000;
  const History last(db.database(), streams, *tables, clock, own);
  while (must(last.roll_one())) {
  }
  EXPECT_EQ(must(streams.find(stream.id)).rolled, 1000);
  EXPECT_EQ(rows(stream), 1000);
  datastore::Aggregate distinct;
  distinct.group = "sequence";
  EXPECT_EQ(must(tables->aggregate({stream.id.value}, distinct)).groups, 1000);
  fmt::print("{} of 12 were killed\n", killed);
}

}  // namespace
}  // namespace minben::streams
