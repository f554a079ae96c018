// kill -9 around add-checkpoint over HTTP, and several processes over one directory: never two
// roots for one size, never a smaller size after a larger.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "core/core.hpp"
#include "ledger/witness.hpp"
#include "server_process.hpp"
#include "support/shared.hpp"
#include "trees.hpp"

namespace minben::ledger {
namespace {

constexpr std::string_view origin = "minben.example/killed";
constexpr std::uint64_t common = 5;  ///< entries until the two histories part
constexpr std::uint64_t longest = 1500;
constexpr int rounds = 100;
constexpr net::Access anyone{"anyone"};
constexpr std::string_view server_test = "WitnessServer.DISABLED_RunsUntilItIsKilled";

test::Tree history(std::string_view what) {
  test::Tree tree(origin, "killed");
  tree.grow(common);
  tree.grow(longest, what);
  return tree;
}

/// Not a test: the process that is killed.
TEST(WitnessServer, DISABLED_RunsUntilItIsKilled) {
  const char* directory = test::ServerProcess::directory();
  ASSERT_NE(directory, nullptr);
  const SystemClock clock;
  auto key = witness_key(directory).value();
  const auto witness =
      Witness::open(directory, Cosigner::make("witness.example/killed", std::move(key)).value(),
                    test::knows(test::Tree(origin, "killed")), clock)
          .value();
  const auto server = net::Server::start({}, witness_routes(*witness, "", anyone), {}).value();
  test::ServerProcess::run_until_killed(*server);
}

struct Cosigned {
  std::uint64_t size;
  Hash root;
  std::chrono::steady_clock::time_point asked, answered;
};

/// A log that shows now one history, now the other, and sometimes an old checkpoint.
class TwoFaced {
 public:
  explicit TwoFaced(std::uint64_t seed) : random_(seed) {
    net::ClientConfig config;
    config.timeout_ms = milliseconds(5000);
    client_ = std::make_unique<net::Client>(config);
  }
  /// One request; false when the server is gone.
  bool ask(const std::string& url) {
    static const test::Tree faces[] = {history("this"), history("that")};
    const test::Tree& face = faces[random_.below(2)];
    const bool back = random_.below(4) == 0;
    const std::uint64_t to =
        back ? 1 + random_.below(known_ + 1) : std::min(longest, known_ + 1 + random_.below(3));
    const std::uint64_t from = std::min(known_, to);
    const auto asked = std::chrono::steady_clock::now();
    const auto response = client_->send({net::Method::post, url, {}, face.request(from, to)});
    if (!response) return false;
    if (response->status == 200) {
      const auto lines = parse_signature_lines(response->body);
      EXPECT_TRUE(lines) << response->body;
      known_ = to;
      all.push_back({to, face.root(to), asked, std::chrono::steady_clock::now()});
    } else if (response->status == 409) {
      known_ = static_cast<std::uint64_t>(
          *parse_integer(trim(response->body), 0, static_cast<std::int64_t>(longest)));
    } else {
      EXPECT_EQ(response->status, 422) << response->body;
    }
    return true;
  }
  std::vector<Cosigned> all;

 private:
  SeededRandom random_;
  std::unique_ptr<net::Client> client_;
  std::uint64_t known_ = 0;
};

void check(const std::vector<Cosigned>& all) {
  std::map<std::uint64_t, Hash> roots;
  for (const Cosigned& one : all) {
    const auto [at, fresh] = roots.emplace(one.size, one.root);
    ASSERT_TRUE(fresh || at->second == one.root) << "two roots for size " << one.size;
  }
  std::vector<Cosigned> by_time = all;
  std::ranges::sort(by_time, {}, &Cosigned::answered);
  for (std::size_t i = 0; i < by_time.size(); ++i)
    for (std::size_t j = i + 1; j < by_time.size(); ++j)
      if (by_time[i].answered < by_time[j].asked)
        ASSERT_LE(by_time[i].size, by_time[j].size) << "went back";
}

TEST(WitnessKill, NeverContradictsItself) {
  const minben::test::TemporaryDirectory temporary;
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom random(seed);
  TwoFaced log(seed);
  for (int round = 0; round < rounds; ++round) {
    test::ServerProcess server(server_test, temporary.path() / "witness");
    std::jthread killer([&, life = microseconds(static_cast<std::int64_t>(random.below(60'000)))] {
      std::this_thread::sleep_for(life);
      server.kill();
    });
    while (log.ask(server.url("/add-checkpoint"))) {
    }
  }
  ASSERT_GE(log.all.size(), rounds / 2u);
  check(log.all);
  RecordProperty("cosigned", static_cast<int>(log.all.size()));
  RecordProperty("largest", static_cast<int>(log.all.back().size));
}

TEST(WitnessKill, TwoProcessesOverOneDirectoryAgree) {
  const minben::test::TemporaryDirectory temporary;
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mutex mutex;
  std::vector<Cosigned> all;
  {
    const test::ServerProcess one(server_test, temporary.path() / "witness");
    const test::ServerProcess other(server_test, temporary.path() / "witness");
    const auto one_url = one.url("/add-checkpoint"), other_url = other.url("/add-checkpoint");
    std::vector<std::jthread> logs;
    for (std::uint64_t i = 0; i < 4; ++i)
      logs.emplace_back([&, i] {
        TwoFaced log(seed + i);
        for (int request = 0; request < 150; ++request)
          ASSERT_TRUE(log.ask(i % 2 == 0 ? one_url : other_url));
        const std::lock_guard guard(mutex);
        all.insert(all.end(), log.all.begin(), log.all.end());
      });
  }
  ASSERT_GE(all.size(), 50u);
  check(all);
  RecordProperty("cosigned", static_cast<int>(all.size()));
}

}  // namespace
}  // namespace minben::ledger
