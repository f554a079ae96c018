#include "supervisor.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "support/shared.hpp"

namespace minben::app {
namespace {

// The supervisor blocks signals and forks in its thread, so each test has a process of its own.
template <class Body>
void in_own_process(Body body) {
  EXPECT_EXIT(
      {
        body();
        std::_Exit(0);
      },
      ::testing::ExitedWithCode(0), "");
}

int lines_in(const std::filesystem::path& path) {
  std::ifstream in(path);
  int count = 0;
  for (std::string line; std::getline(in, line);) ++count;
  return count;
}

TEST(Supervisor, StartsAKilledChildAgain) {
  test::TemporaryDirectory directory;
  const auto mark = directory.path() / "starts";
  in_own_process([&] {
    SystemClock clock;
    Supervisor supervisor(clock);
    const Child child{"sleeper",
                      {"/bin/sh", "-c", "echo start >> " + mark.string() + "; exec sleep 60"},
                      directory.path() / "log"};
    if (!supervisor.start(child)) std::_Exit(2);
    int ticks = 0;
    int killed = 0;
    supervisor.run([&] {
      const int pid = supervisor.pids().at("sleeper");
      if (lines_in(mark) == killed + 1 && pid > 0 && killed < 2) {
        kill(pid, SIGKILL);
        ++killed;
      }
      if (lines_in(mark) == 3) kill(getpid(), SIGTERM);
      if (++ticks > 100) std::_Exit(3);
    });
    const int last = supervisor.pids().at("sleeper");
    supervisor.stop();
    if (kill(last, 0) == 0) std::_Exit(4);
  });
}

TEST(Supervisor, SaysThatAProgramIsMissingByRestartingSlowly) {
  test::TemporaryDirectory directory;
  in_own_process([&] {
    SystemClock clock;
    Supervisor supervisor(clock);
    if (!supervisor.start({"nothing", {"/nonexistent"}, directory.path() / "log"})) std::_Exit(2);
    int starts = 0;
    int last = -1;
    int ticks = 0;
    supervisor.run([&] {
      const int pid = supervisor.pids().at("nothing");
      if (pid != last && pid > 0) ++starts;
      last = pid;
      if (++ticks == 8) kill(getpid(), SIGTERM);
    });
    supervisor.stop();
    if (starts > 6) std::_Exit(5);  // back-off, not a spinning loop
  });
}

}  // namespace
}  // namespace minben::app
