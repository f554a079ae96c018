#pragma once
// A server in a process of its own, to be killed: this program again, running one disabled test.
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/net.hpp"

namespace minben::ledger::test {

class ServerProcess {
 public:
  /// `test_name` calls run_until_killed.
  ServerProcess(std::string_view test_name, const std::filesystem::path& directory) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const std::string filter = fmt::format("--gtest_filter={}", test_name);
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], port_end);
      ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
      ::setenv(variable, directory.c_str(), 1);
      ::execl("/proc/self/exe", "test_ledger", "--gtest_also_run_disabled_tests", filter.c_str(),
              nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    EXPECT_EQ(::read(ends[0], &port_, sizeof port_), ssize_t{sizeof port_});
    ::close(ends[0]);
  }
  ~ServerProcess() { kill(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  void kill() {
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(std::exchange(child_, -1), nullptr, 0);
  }
  [[nodiscard]] std::string url(std::string_view path = {}) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }

  // ------------------------------------------------------------------------- in that process

  static const char* directory() { return std::getenv(variable); }
  [[noreturn]] static void run_until_killed(const net::Server& server) {
    const std::uint16_t port = server.port();
    if (::write(port_end, &port, sizeof port) != sizeof port) std::abort();
    for (;;) ::pause();
  }

 private:
  static constexpr int port_end = 9;  ///< the descriptor on which a server tells its port
  static constexpr const char* variable = "MINBEN_KILLED_SERVER";
  pid_t child_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace minben::ledger::test
