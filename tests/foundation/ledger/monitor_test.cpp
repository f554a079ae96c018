// A monitor looks at a real server that is honest for a while, and then forks, rolls back, stops,
// lies, or ends.
#include "ledger/monitor.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "core/core.hpp"
#include "house.hpp"
#include "ledger/seal.hpp"
#include "trees.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;
using test_house::grow;

struct Monitors : testing::Test {
  static constexpr std::string_view origin = "minben.example/watched";
  minben::test::TemporaryDirectory temporary;
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
  EXPECT_EQ(parse_monitor_state(minben::test::read_file(state))->note, log->checkpoint());
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
  const auto evidence = minben::test::read_file(string_or(events[0].details, "evidence"));
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
  fs::rename(log->directory() / "tile", log->directory() / "away");
  EXPECT_EQ(codes(), "missing_file! ");
  fs::rename(log->directory() / "away", log->directory() / "tile");
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
  EXPECT_EQ(parse_monitor_state(minben::test::read_file(state))->vkey, log->vkey());
  const trust::SigningKey first =
      std::exchange(key, trust::SigningKey::generate(trust::KeyType::ed25519));
  const auto impostor = open("impostor");
  grow(*impostor, 5);
  shown = impostor.get();
  EXPECT_EQ(unknown(), "unsigned_note");
}

/// What a log shows of its witnesses: w1 and w2 make the quorum.
struct Witnessed : Monitors {
  const Policy policy = parse_policy(fmt::format("log {}\nwitness w1 {}\nwitness w2 {}\nwitness w3 "
                                                 "{}\ngroup g 2 w1 w2 w3\nquorum g\n",
                                                 log->vkey(), vkey("w1"), vkey("w2"), vkey("w3")))
                            .value();
  static std::string vkey(const std::string& name) {
    return test::cosigner(name).verifier().vkey();
  }
  void cosign(const std::vector<std::string>& names) {
    Note note = parse_note(log->checkpoint()).value();
    for (const std::string& name : names)
      put_signature(note, test::cosigner(name).sign(note.text, clock.now()));
    instead = write_note(note);
  }
  /// A look so many seconds after the last.
  std::string after(int passed) {
    clock.advance(seconds(passed));
    MonitorOptions how = options();
    how.policy = policy;
    last = Monitor(*source, how, clock).look().value();
    std::string text;
    for (const Event& event : last) text += event.code + (event.alarm ? "! " : " ");
    return text;
  }
  std::vector<Event> last;
};

TEST_F(Witnessed, MustHaveTheirQuorumAfterAWhile) {
  grow(*log, 3);
  cosign({"w1"});
  EXPECT_EQ(after(0), "first_seen ");  // a moment ago it was not there at all
  EXPECT_FALSE(get_bool(Json(last[0].details), "quorum").value());
  EXPECT_EQ(after(29), "unchanged ");
  EXPECT_EQ(after(1), "unchanged short_of_quorum! ");
  EXPECT_EQ(write_json(last[1].details.at("missing")), R"(["w2","w3"])");
  EXPECT_EQ(string_or(last[1].details, "since"), "2026-11-29T00:00:00Z");
  EXPECT_EQ(last[1].details.at("cosigned").to_number<int>(), 1);
  grow(*log, 5);
  cosign({});
  EXPECT_EQ(after(60), "grown short_of_quorum! ");  // another one does not begin anew
  cosign({"w3", "w1"});
  EXPECT_EQ(after(60), "unchanged ");
  EXPECT_TRUE(get_bool(Json(last[0].details), "quorum").value());
  grow(*log, 7);
  cosign({"w3"});
  EXPECT_EQ(after(3600), "grown ");  // it had its quorum when it was looked at before
  grow(*log, 9);
  cosign({"w1", "w2", "w3"});
  EXPECT_EQ(after(3600), "grown ");
}

TEST_F(Witnessed, ACosignatureThatDoesNotHoldIsSaidAtOnce) {
  grow(*log, 3);
  cosign({"w1", "w2"});
  Note note = parse_note(instead).value();
  note.signatures.back().signature[20] ^= 1;
  instead = write_note(note);
  EXPECT_EQ(after(0), "bad_signature! first_seen ");
}

TEST_F(Witnessed, LogsThatThePolicyDoesNotKnowAreSaid) {
  const auto other = trust::SigningKey::generate(trust::KeyType::ed25519);
  key = other;
  const auto stranger = open("stranger");
  grow(*stranger, 3);
  shown = stranger.get();
  MonitorOptions how{.vkey = stranger->vkey(), .state = state};
  how.policy = policy;
  const auto events = Monitor(*source, how, clock).look().value();
  EXPECT_EQ(events.front().code, "unsigned_note");
  EXPECT_TRUE(events.front().alarm);
}

TEST_F(Monitors, SayWhenTheirOwnMemoryIsSpoiled) {
  fs::create_directories(state.parent_path());
  std::ofstream(state) << "{}";
  EXPECT_EQ(Monitor(*source, options(), clock).look().error().code, "state_damaged");
  std::ofstream(state) << write_monitor_state({log->vkey(), "no note", clock.now(), false, {}});
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
