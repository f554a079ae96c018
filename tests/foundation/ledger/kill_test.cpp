// kill -9 at random moments: whatever was acknowledged is in the log for good.
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

constexpr std::string_view origin = "minben.example/killed";
constexpr int rounds = 100;
constexpr int writer_threads = 4;
constexpr int acknowledgements =
    9;  // the descriptor on which the writer tells of each durable entry

struct Acknowledged {
  std::uint64_t index = 0;
  std::uint64_t number = 0;
};

trust::SigningKey log_key() {
  return trust::SigningKey::from_ed25519_seed(sha256("killed")).value();
}
Bytes entry(std::uint64_t number) {
  const std::string text = fmt::format("entry {}", number);
  return {text.begin(), text.end()};
}

/// Not a test: the process that is killed. Started by the test below with what it needs in its
/// environment.
TEST(Writer, DISABLED_RunsUntilItIsKilled) {
  const char* directory = std::getenv("MINBEN_KILL_LOG");
  ASSERT_NE(directory, nullptr);
  const auto first = static_cast<std::uint64_t>(*parse_integer(std::getenv("MINBEN_KILL_FIRST")));
  const auto log = Log::open(directory, origin, log_key());
  ASSERT_TRUE(log) << describe(log.error());
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < writer_threads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = t;; i += writer_threads) {
        const Acknowledged done{(*log)->append(entry(first + i)).value(), first + i};
        if (::write(acknowledgements, &done, sizeof done) != sizeof done) std::abort();
      }
    });
  }
}

pid_t start_writer(const std::filesystem::path& directory, std::uint64_t first, int pipe_end) {
  const std::string first_text = std::to_string(first);
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::dup2(pipe_end, acknowledgements);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDOUT_FILENO);
  ::setenv("MINBEN_KILL_LOG", directory.c_str(), 1);
  ::setenv("MINBEN_KILL_FIRST", first_text.c_str(), 1);
  ::execl("/proc/self/exe", "test_ledger", "--gtest_also_run_disabled_tests",
          "--gtest_filter=Writer.DISABLED_RunsUntilItIsKilled", nullptr);
  ::_exit(127);
}

/// Every second writer is killed anywhere, opening included; the others while they are writing.
enum class Moment { anywhere, writing };

/// Everything the writer acknowledged before it was killed.
std::vector<Acknowledged> run_and_kill(const std::filesystem::path& directory, std::uint64_t first,
                                       Moment moment, microseconds life) {
  int ends[2];
  EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
  const pid_t child = start_writer(directory, first, ends[1]);
  ::close(ends[1]);
  pollfd first_one{ends[0], POLLIN, 0};
  if (moment == Moment::writing) {
    EXPECT_EQ(::poll(&first_one, 1, 30'000), 1) << "the writer writes nothing";
  }
  std::this_thread::sleep_for(life);
  ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself";
  std::vector<Acknowledged> all;
  for (Acknowledged one; ::read(ends[0], &one, sizeof one) == sizeof one;) all.push_back(one);
  ::close(ends[0]);
  return all;
}

TEST(Kill, NoAcknowledgedEntryIsLost) {
  const test::TemporaryDirectory temporary;
  const auto directory = temporary.path() / "log";
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::vector<Acknowledged> all;
  std::uint64_t first = 0;
  for (int round = 0; round < rounds; ++round) {
    const Moment moment = round % 2 == 0 ? Moment::writing : Moment::anywhere;
    const auto life = microseconds(
        static_cast<std::int64_t>(random.below(moment == Moment::writing ? 15'000 : 60'000)));
    const auto acknowledged = run_and_kill(directory, first, moment, life);
    all.insert(all.end(), acknowledged.begin(), acknowledged.end());
    first += 1'000'000;
  }
  ASSERT_GE(all.size(), rounds / 2u);

  const auto log = Log::open(directory, origin, log_key());
  ASSERT_TRUE(log) << describe(log.error());
  for (const Acknowledged& one : all) {
    ASSERT_EQ((*log)->entry(one.index).value(), entry(one.number)) << "index " << one.index;
  }
  const auto verified = verify_directory(directory, (*log)->vkey());
  ASSERT_TRUE(verified) << describe(verified.error());
  EXPECT_GE(verified->checkpoint.size, all.size());
  RecordProperty("acknowledged", static_cast<int>(all.size()));
}

}  // namespace
}  // namespace minben::ledger
