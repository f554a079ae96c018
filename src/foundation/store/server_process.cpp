#include "server_process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include <fmt/format.h>

namespace minben::store {

namespace fs = std::filesystem;

namespace {
Error system_error(std::string_view code, std::string_view what) {
  return {Kind::internal,
          std::string(code),
          fmt::format("{}: {}", what, std::strerror(errno)),
          "",
          0,
          0};
}

/// Only calls that are safe between fork and exec of a program with threads.
[[noreturn]] void become(const Command& command, char* const* arguments, int log,
                         const ServerUser& user) {
  ::setsid();
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::umask(0077);
  if (user.change &&
      (::setgroups(1, &user.gid) != 0 || ::setgid(user.gid) != 0 || ::setuid(user.uid) != 0))
    ::_exit(126);
  // After setuid, which clears it.
  if (command.die_with_parent) ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (::chdir(command.directory.c_str()) != 0) ::_exit(126);
  ::execv(arguments[0], arguments);
  ::_exit(127);
}

/// The first directory on the way that others than its owner cannot pass.
std::string bar_on_the_way(const fs::path& directory, const ServerUser& user) {
  fs::path way;
  for (const fs::path& step : directory) {
    way /= step;
    struct stat found{};
    if (::stat(way.c_str(), &found) != 0) return way.string();
    const mode_t needed = found.st_uid == user.uid   ? S_IXUSR
                          : found.st_gid == user.gid ? S_IXGRP
                                                     : S_IXOTH;
    if ((found.st_mode & needed) == 0) return way.string();
  }
  return {};
}
}  // namespace

Result<ServerUser> find_server_user(const std::string& name) {
  if (::geteuid() != 0) return ServerUser{::geteuid(), ::getegid(), false};
  passwd entry{}, *found = nullptr;
  std::vector<char> buffer(16384);
  ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (found == nullptr || found->pw_uid == 0)
    return fail(Kind::not_found, "no_server_user", fmt::format("no unprivileged user '{}'", name));
  return ServerUser{found->pw_uid, found->pw_gid, true};
}

Result<void> prepare_directory(const fs::path& directory, const ServerUser& user) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return fail(Kind::internal, "no_directory", error.message(), directory.string());
  if (user.change && ::chown(directory.c_str(), user.uid, user.gid) != 0)
    return std::unexpected(system_error("no_directory", "chown " + directory.string()));
  if (::chmod(directory.c_str(), 0700) != 0)
    return std::unexpected(system_error("no_directory", "chmod " + directory.string()));
  const std::string bar = user.change ? bar_on_the_way(directory, user) : std::string{};
  if (!bar.empty())
    return fail(Kind::invalid, "not_reachable",
                "the database's user may not pass through this directory: chmod o+x", bar);
  return {};
}

Result<pid_t> spawn(const Command& command, const ServerUser& user) {
  std::vector<char*> arguments;
  for (const std::string& argument : command.arguments)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const int log = ::open(command.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return std::unexpected(system_error("no_log", "open " + command.log.string()));
  const pid_t pid = ::fork();
  if (pid == 0) become(command, arguments.data(), log, user);
  ::close(log);
  if (pid < 0) return std::unexpected(system_error("no_process", "fork"));
  return pid;
}

int wait_for_exit(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool has_ended(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, WNOHANG) == pid) return true;
  return ::kill(pid, 0) != 0 && errno == ESRCH;
}

}  // namespace minben::store
