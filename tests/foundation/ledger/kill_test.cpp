// kill -9 at random moments: whatever was acknowledged is in the log for good.
#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

constexpr std::string_view origin = "minben.example/killed";
constexpr int rounds = 100;
constexpr int writer_threads = 4;

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

/// A log in the database or the directory of this name.
struct Opened {
  explicit Opened(std::string_view where) {
    if (!where.starts_with("postgresql:")) {
      log = Log::open(where, origin, log_key());
      return;
    }
    auto opened = store::Database::open({.url = std::string(where)}, clock);
    if (!opened) {
      log = std::unexpected(opened.error());
      return;
    }
    database = std::move(*opened);
    log = Log::open_in(*database, origin, log_key());
  }
  SystemClock clock;
  std::unique_ptr<store::Database> database;
  Result<std::unique_ptr<Log>> log;
};

/// Not a test: the process that is killed. Started by the test below with what it needs in its
/// environment.
TEST(Writer, DISABLED_RunsUntilItIsKilled) {
  const auto first = static_cast<std::uint64_t>(*parse_integer(std::getenv("MINBEN_KILL_FIRST")));
  const int acknowledgements = static_cast<int>(*parse_integer(std::getenv("MINBEN_KILL_PIPE")));
  const Opened opened(std::getenv("MINBEN_KILL_LOG"));
  const auto& log = opened.log;
  if (!log) fmt::print(stderr, "writer: {}\n", describe(log.error()));  // its output goes nowhere
  ASSERT_TRUE(log);
  std::vector<std::jthread> threads;
  for (std::uint64_t t = 0; t < writer_threads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = t;; i += writer_threads) {
        const auto index = (*log)->append(entry(first + i));
        if (!index) {
          fmt::print(stderr, "writer: {}\n", describe(index.error()));
          std::abort();
        }
        const Acknowledged done{*index, first + i};
        if (::write(acknowledgements, &done, sizeof done) != sizeof done) std::abort();
      }
    });
  }
}

/// A process that writes, and what it has acknowledged.
class Running {
 public:
  Running(const std::string& log, std::uint64_t first) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    ::fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
    pipe_ = ends[0];
    child_ = start(log, first, ends[1]);
    ::close(ends[1]);
  }
  ~Running() { ::close(pipe_); }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  void wait_until_it_writes() const {
    pollfd first_one{pipe_, POLLIN, 0};
    EXPECT_EQ(::poll(&first_one, 1, 30'000), 1) << "the writer writes nothing";
  }
  std::vector<Acknowledged> kill() const {
    ::kill(child_, SIGKILL);
    int status = 0;
    ::waitpid(child_, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the writer ended by itself";
    std::vector<Acknowledged> all;
    for (Acknowledged one; ::read(pipe_, &one, sizeof one) == sizeof one;) all.push_back(one);
    return all;
  }

 private:
  static pid_t start(const std::string& log, std::uint64_t first, int pipe_end) {
    const std::string first_text = std::to_string(first);
    const pid_t child = ::fork();
    if (child != 0) return child;
    const std::string pipe_text = std::to_string(pipe_end);
    ::fcntl(pipe_end, F_SETFD, 0);  // for the writer
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(nowhere, STDOUT_FILENO);
    ::setenv("MINBEN_KILL_LOG", log.c_str(), 1);
    ::setenv("MINBEN_KILL_FIRST", first_text.c_str(), 1);
    ::setenv("MINBEN_KILL_PIPE", pipe_text.c_str(), 1);
    ::execl("/proc/self/exe", "test_ledger", "--gtest_also_run_disabled_tests",
            "--gtest_filter=Writer.DISABLED_RunsUntilItIsKilled", nullptr);
    ::_exit(127);
  }

  pid_t child_ = 0;
  int pipe_ = -1;
};

/// Every second writer is killed anywhere, opening included; the others while they are writing.
enum class Moment { anywhere, writing };

struct Luck {
  SeededRandom random;
  Moment moment(int round) const { return round % 2 == 0 ? Moment::writing : Moment::anywhere; }
  void sleep(Moment moment) {
    const auto most = moment == Moment::writing ? 15'000 : 60'000;
    std::this_thread::sleep_for(
        microseconds(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most)))));
  }
};

/// Whatever was acknowledged is where it was said to be, and nobody got another's place.
void check_acknowledged(const Log& log, const std::vector<Acknowledged>& all) {
  std::map<std::uint64_t, std::uint64_t> places;
  for (const Acknowledged& one : all) {
    ASSERT_EQ(log.entry(one.index).value(), entry(one.number)) << "index " << one.index;
    ASSERT_EQ(places.try_emplace(one.index, one.number).first->second, one.number);
  }
  const auto verified = verify_log(*log_source(log), log.vkey(), {});
  ASSERT_TRUE(verified) << describe(verified.error());
  EXPECT_GE(verified->checkpoint.size, all.size());
  testing::Test::RecordProperty("acknowledged", static_cast<int>(all.size()));
}

TEST(Kill, NoAcknowledgedEntryIsLost) {
  const test::TemporaryDirectory temporary;
  const auto directory = temporary.path() / "log";
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Luck luck{SeededRandom(seed)};
  std::vector<Acknowledged> all;
  for (int round = 0; round < rounds; ++round) {
    const Running writer(directory, static_cast<std::uint64_t>(round) * 1'000'000);
    if (luck.moment(round) == Moment::writing) writer.wait_until_it_writes();
    luck.sleep(luck.moment(round));
    std::ranges::move(writer.kill(), std::back_inserter(all));
  }
  ASSERT_GE(all.size(), rounds / 2u);
  const Opened opened(directory.native());
  ASSERT_TRUE(opened.log) << describe(opened.log.error());
  check_acknowledged(**opened.log, all);
}

/// Two nodes append all the time; now one is killed, now the other.
TEST(Kill, OneOfTwoWritersOfADatabase) {
  test::TestDatabase db(test::TestDatabase::system_clock(), {migrations()});
  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  Luck luck{SeededRandom(seed)};
  std::vector<Acknowledged> all;
  std::uint64_t first = 0;
  const auto another = [&] {
    return std::make_unique<Running>(db.url(), std::exchange(first, first + 1'000'000));
  };
  std::array<std::unique_ptr<Running>, 2> writers{another(), another()};
  for (int round = 0; round < rounds / 2; ++round) {
    auto& victim = writers[luck.random.below(2)];
    if (luck.moment(round) == Moment::writing) victim->wait_until_it_writes();
    luck.sleep(luck.moment(round));
    std::ranges::move(victim->kill(), std::back_inserter(all));
    victim = another();
  }
  for (const auto& writer : writers) {
    writer->wait_until_it_writes();
    std::ranges::move(writer->kill(), std::back_inserter(all));
  }
  ASSERT_GE(all.size(), rounds / 4u);
  const Opened opened(db.url());
  ASSERT_TRUE(opened.log) << describe(opened.log.error());
  check_acknowledged(**opened.log, all);
}

}  // namespace
}  // namespace minben::ledger
