// A monitor looks at a real server that is honest for a while, and then forks, rolls back, stops,
// lies, or ends.
#include "ledger/monitor.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "core/core.hpp"
#include "house.hpp"
#include "ledger/seal.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;
using test_house::grow;

struct Monitors : testing::Test {
  static constexpr std::string_view origin = "minben.example/watched";
  test::TemporaryDirectory temporary;
  fs::path state = temporary.path() / "state" / "log.json";
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  VirtualClock clock{parse_instant("2026-11-29T00:00:00Z").value()};
  std::unique_ptr<Log> log = open("log");
  const Log* shown = log.get();  // what the server serves now
  std::string instead;           // of the checkpoint
  std::unique_ptr<net::Server> server = test_house::serve(routes());
  std::unique_ptr<Source> source =
      http_source(fmt::format("http://127.0.0.1:{}", server->port()), {.tries = 1}).value();

  std::unique_ptr<Log> open(const std::string& name) {
    return Log::open(temporary.path() / name, origin, key).value();
  }

  /// The routes of whatever log is shown when they are called.
  std::vector<net::Route> routes() {
    auto all = log_routes(*log, "", test_house::anyone);
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i].handler = [this, i](net::Request& request) {
        if (i == 0 && !instead.empty()) return net::Response::text(instead);
        return log_routes(*shown, "", test_house::anyone)[i].handler(request);
      };
    return all;
  }

  MonitorOptions options(seconds stale = seconds{0}) const {
    return {.vkey = log->vkey(), .state = state, .stale = stale};
  }
  /// By a monitor that starts anew each time, as `--once` does.
  std::vector<Event> look(seconds stale = seconds{0}) {
    auto events = Monitor(*source, options(stale), clock).look();
    EXPECT_TRUE(events) << describe(events.error());
    return events.value_or(std::vector<Event>());
  }
  std::string codes(seconds stale = seconds{0}) {
    std::string text;
    for (const Event& event : look(stale)) text += event.code + (event.alarm ? "! " : " ");
    return text;
  }
};

TEST_F(Monitors, SeeGrowth) {
  EXPECT_EQ(codes(), "first_seen ");
  EXPECT_EQ(codes(), "unchanged ");
  for (const std::uint64_t size : {1, 2, 255, 256, 300, 70'000}) {
    grow(*log, size);
    const auto events = look();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].code, "grown");
    EXPECT_FALSE(events[0].alarm);
    EXPECT_EQ(events[0].details.at("size").to_number<std::uint64_t>(), size);
  }
  EXPECT_EQ(parse_monitor_state(test::read_file(state))->note, log->checkpoint());
}

TEST_F(Monitors, SeeForks) {
  grow(*log, 300);
  EXPECT_EQ(codes(), "first_seen ");
  const auto other = open("other");
  grow(*other, 200);
  grow(*other, 300, "other");
  shown = other.get();
  const auto events = look();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].code, "forked");
  EXPECT_TRUE(events[0].alarm);
  const auto evidence = test::read_file(string_or(events[0].details, "evidence"));
  EXPECT_EQ(evidence, log->checkpoint() + "\n" + other->checkpoint());
  grow(*other, 1000);
  EXPECT_EQ(codes(), "forked! ") << "a larger tree that does not contain what was seen";
  grow(*log, 2000);
  shown = log.get();
  EXPECT_EQ(codes(), "grown ") << "a fork does not replace what is remembered";
}

TEST_F(Monitors, SeeRollbacks) {
  grow(*log, 100);
  const std::string before = log->checkpoint();
  grow(*log, 300);
  EXPECT_EQ(codes(), "first_seen ");
  instead = before;
  EXPECT_EQ(codes(), "rolled_back! ");
  EXPECT_EQ(codes(), "rolled_back! ");
  instead.clear();
  EXPECT_EQ(codes(), "unchanged ");
}

TEST_F(Monitors, SeeLogsThatStandStill) {
  grow(*log, 3);
  EXPECT_EQ(codes(hours(1)), "first_seen ");
  clock.advance(hours(1));
  EXPECT_EQ(codes(hours(1)), "unchanged ");
  clock.advance(seconds(1));
  EXPECT_EQ(codes(hours(1)), "unchanged stale! ");
  EXPECT_EQ(codes(), "unchanged ");
  grow(*log, 4);
  EXPECT_EQ(codes(hours(1)), "grown ");
  EXPECT_EQ(codes(hours(1)), "unchanged ");
}

TEST_F(Monitors, SeeSignaturesThatDoNotHold) {
  grow(*log, 3);
  EXPECT_EQ(codes(), "first_seen ");
  instead = log->checkpoint();
  instead[instead.find("\n3\n") + 1] = '4';
  EXPECT_EQ(codes(), "bad_signature! ");
  instead = "nonsense";
  EXPECT_EQ(codes(), "not_a_note! ");
  const auto stranger =
      NoteSigner::make(origin, trust::SigningKey::generate(trust::KeyType::ed25519)).value();
  const std::string text = write_checkpoint({std::string(origin), 9, empty_root(), {}});
  instead = write_note({text, {stranger.sign(text)}});
  EXPECT_EQ(codes(), "unsigned_note! ");
}

TEST_F(Monitors, SeeServersThatStopAndTilesThatLack) {
  grow(*log, 300);
  EXPECT_EQ(codes(), "first_seen ");
  grow(*log, 600);
  const fs::path directory = temporary.path() / "log";
  fs::rename(directory / "tile", directory / "away");
  EXPECT_EQ(codes(), "missing_file! ");
  fs::rename(directory / "away", directory / "tile");
  EXPECT_EQ(codes(), "grown ");
  server.reset();
  EXPECT_EQ(codes(), "unreachable! ");
}

TEST_F(Monitors, KeepTheKeyTheySawFirst) {
  grow(*log, 3);
  const auto unknown = [&] {
    return Monitor(*source, {.state = state}, clock).look().value().front().code;
  };
  EXPECT_EQ(unknown(), "first_seen");
  EXPECT_EQ(parse_monitor_state(test::read_file(state))->vkey, log->vkey());
  const trust::SigningKey first =
      std::exchange(key, trust::SigningKey::generate(trust::KeyType::ed25519));
  const auto impostor = open("impostor");
  grow(*impostor, 5);
  shown = impostor.get();
  EXPECT_EQ(unknown(), "unsigned_note");
}

TEST_F(Monitors, AskFurtherDemandsOfNewCheckpoints) {
  grow(*log, 3);
  MonitorOptions demanding = options();
  demanding.demands.push_back([&](const std::string& note) {
    EXPECT_EQ(note, log->checkpoint());
    return std::vector<Event>{{"too_few_witnesses", true, {}}};
  });
  const auto events = Monitor(*source, demanding, clock).look().value();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].code, "too_few_witnesses");
}

TEST_F(Monitors, SayWhenTheirOwnMemoryIsSpoiled) {
  fs::create_directories(state.parent_path());
  std::ofstream(state) << "{}";
  EXPECT_EQ(Monitor(*source, options(), clock).look().error().code, "state_damaged");
  std::ofstream(state) << write_monitor_state({log->vkey(), "no note", clock.now(), false});
  EXPECT_EQ(Monitor(*source, options(), clock).look().error().code, "state_damaged");
}

TEST_F(Monitors, FollowALogToItsSuccessor) {
  grow(*log, 300);
  EXPECT_EQ(codes(hours(1)), "first_seen ");
  const auto next_key = trust::SigningKey::generate(trust::KeyType::ed25519);
  const auto next = Log::open(temporary.path() / "next", "minben.example/next", next_key).value();
  const auto next_verifier = NoteVerifier::parse(next->vkey()).value();
  ASSERT_TRUE(log->seal(next_verifier));
  const auto events = look(hours(1));
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[1].code, "sealed");
  EXPECT_EQ(string_or(events[1].details, "successor_key"), next->vkey());
  clock.advance(hours(24));
  EXPECT_EQ(codes(hours(1)), "unchanged ") << "a sealed log may stand still";

  const auto own = NoteVerifier::parse(log->vkey()).value();
  ASSERT_TRUE(next->append(write_predecessor(own, log->checkpoint())));
  shown = next.get();
  MonitorOptions other{.vkey = next->vkey(), .state = temporary.path() / "state" / "next.json"};
  const auto first = Monitor(*source, other, clock).look().value();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1].code, "continues");
  EXPECT_EQ(string_or(first[1].details, "predecessor_key"), log->vkey());
}

}  // namespace
}  // namespace minben::ledger
