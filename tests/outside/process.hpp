#pragma once
// A program as its user runs it: started with arguments, its first line read, killed without mercy.
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "core/core.hpp"

namespace outside::test {

class Process {
 public:
  explicit Process(std::vector<std::string> command) : command_(std::move(command)) { start(); }
  ~Process() { end(SIGKILL); }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void start() {
    std::array<int, 2> ends{};
    MINBEN_ASSERT(::pipe(ends.data()) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::vector<char*> arguments;
    for (auto& word : command_) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int failed =
        ::posix_spawn(&pid_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    first_line_.clear();
    for (char c = 0; failed == 0 && ::read(ends[0], &c, 1) == 1 && c != '\n';) first_line_ += c;
    ::close(ends[0]);
  }
  /// The exit status, or minus the signal that ended it.
  int end(int signal) {
    if (pid_ <= 0) return 0;
    ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  /// The numbers in the first line, in order: the ports.
  [[nodiscard]] std::vector<std::uint16_t> ports() const {
    std::vector<std::uint16_t> found;
    for (const auto word : minben::split(first_line_, ' '))
      if (const auto number = minben::parse_integer(word.substr(0, word.find(',')), 1, 65535))
        found.push_back(static_cast<std::uint16_t>(*number));
    return found;
  }

 private:
  std::vector<std::string> command_;
  std::string first_line_;
  pid_t pid_ = 0;
};

}  // namespace outside::test
