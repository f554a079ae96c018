#pragma once
// Child processes of the embedded cluster. PostgreSQL refuses to run as root, so a child of root
// becomes the unprivileged user before it starts the program.
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/core.hpp"

namespace minben::store {

/// Whom the server runs as. For a process that is not root: itself.
struct ServerUser {
  uid_t uid = 0;
  gid_t gid = 0;
  bool change = false;  ///< this process is root and must become that user
};
Result<ServerUser> find_server_user(const std::string& name);

/// Makes the directory (and its parents), gives it to the user with mode 0700, and checks that the
/// user can reach it through all its parents: "not_reachable" names the one that bars the way.
Result<void> prepare_directory(const std::filesystem::path& directory, const ServerUser& user);

struct Command {
  std::vector<std::string> arguments;  ///< the first is the program's path
  std::filesystem::path directory;     ///< where it runs
  std::filesystem::path log;           ///< its output is appended here
  bool die_with_parent = false;
};

/// In a session of its own, so that a Ctrl-C at our terminal does not reach it.
Result<pid_t> spawn(const Command& command, const ServerUser& user);
/// Waits for the end; the exit code, or 128 + signal.
int wait_for_exit(pid_t pid);
/// True when it ended (and, being our child, was reaped).
bool has_ended(pid_t pid);

}  // namespace minben::store
