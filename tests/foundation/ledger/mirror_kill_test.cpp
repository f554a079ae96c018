// kill -9 while a log is being mirrored over HTTP: nothing that was cosigned is ever missing, and
// whoever goes on gets everything there.
#include <gtest/gtest.h>

#include <thread>

#include "house.hpp"
#include "mirrors.hpp"
#include "server_process.hpp"

namespace minben::ledger {
namespace {

constexpr std::string_view origin = "minben.example/mirrored";
constexpr std::string_view server_test = "MirrorServer.DISABLED_RunsUntilItIsKilled";
constexpr int rounds = 60;

/// Not a test: the process that is killed. As `minben witness --mirror` has it.
TEST(MirrorServer, DISABLED_RunsUntilItIsKilled) {
  const char* name = test::ServerProcess::directory();
  ASSERT_NE(name, nullptr);
  const std::filesystem::path directory = name;
  const SystemClock clock;
  SystemRandom random;
  const auto logs = test::knows(test::Tree(origin, "mirrored"));
  const auto witness = Witness::open(directory, test::cosigner("w1"), logs, clock).value();
  const auto pending = [&](std::string_view of) { return witness->accepted(of); };
  const auto mirror =
      Mirror::open(directory / "mirror", {test::cosigner("m1"), logs, pending, clock, random})
          .value();
  auto routes = witness_routes(*witness, "", test_house::anyone);
  std::ranges::move(mirror_routes(*mirror, "", "/mirror", test_house::anyone),
                    std::back_inserter(routes));
  const auto server = test_house::serve(std::move(routes));
  test::ServerProcess::run_until_killed(*server);
}

TEST(MirrorKill, NothingThatWasCosignedIsEverMissing) {
  const minben::test::TemporaryDirectory temporary;
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom random(seed);
  test::Tree tree(origin, "mirrored");
  tree.grow(60'000);
  test::TreeSource source(tree, 1);
  std::uint64_t cosigned = 0;
  int interrupted = 0;
  const auto copy_at = [&](const test::ServerProcess& server) {
    return http_source(server.url("/mirror/" + hex_encode(sha256(origin)))).value();
  };
  for (int round = 0; round < rounds; ++round) {
    test::ServerProcess server(server_test, temporary.path() / "state");
    if (cosigned > 0) {
      const auto note = copy_at(server)->read("checkpoint");
      ASSERT_TRUE(note && *note) << "round " << round;
      ASSERT_GE(open_checkpoint(as_text(**note), tree.key())->size, cosigned);
    }
    std::jthread killer([&, life = microseconds(static_cast<std::int64_t>(random.below(150'000)))] {
      std::this_thread::sleep_for(life);
      server.kill();
    });
    Mirroring pusher(source, tree.key(), {server.url(), test::cosigner("m1").verifier()},
                     net::ClientConfig{}, {.packages = 8, .tries = 1});
    for (;;) {
      const auto done = pusher.push();
      if (!done) {
        ASSERT_EQ(done.error().kind, Kind::unavailable) << describe(done.error());
        ++interrupted;
        break;
      }
      cosigned = source.size;
      source.size = std::min(tree.size(), source.size + 1 + random.below(3000));
    }
  }
  const test::ServerProcess server(server_test, temporary.path() / "state");
  Mirroring pusher(source, tree.key(), {server.url(), test::cosigner("m1").verifier()},
                   net::ClientConfig{});
  source.size = tree.size();
  ASSERT_TRUE(pusher.push());
  const auto whole = verify_log(*copy_at(server), tree.key().vkey());
  ASSERT_TRUE(whole) << describe(whole.error());
  EXPECT_EQ(whole->checkpoint.size, tree.size());
  EXPECT_EQ(interrupted, rounds);
  RecordProperty("cosigned", static_cast<int>(cosigned));
}

}  // namespace
}  // namespace minben::ledger
