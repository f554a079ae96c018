#pragma once
// Keeps a fixed set of child processes running: the country in miniature on one machine.
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/core.hpp"

namespace minben::app {

struct Child {
  std::string name;
  std::vector<std::string> command;  ///< absolute program first
  std::filesystem::path log;         ///< standard output and error are appended here
};

/// Runs on one thread, the one that constructed it: the children die with that thread, so nothing
/// is left behind when this process is killed. A child that ends is started again: at once, then
/// after 0.2 s, 0.4 s … at most 5 s while it keeps ending within 10 s of its start.
class Supervisor {
 public:
  /// Blocks SIGINT, SIGTERM and SIGCHLD in this thread and in those started afterwards.
  explicit Supervisor(const Clock& clock);
  ~Supervisor();  ///< stops all, last started first

  Result<void> start(const Child& child);
  /// Until SIGINT or SIGTERM. `tick` is called at least every 200 ms.
  void run(const std::function<void()>& tick);
  /// SIGTERM to all, last started first; SIGKILL to those still there after 5 s.
  void stop();
  /// Whether SIGINT or SIGTERM waits to be taken by run(): for long work before it.
  [[nodiscard]] bool stop_requested() const;
  [[nodiscard]] std::map<std::string, int> pids() const;

 private:
  struct Running {
    Child child;
    int pid = -1;
    Instant started{};
    Instant restart_at{};
    int quick_ends = 0;
  };
  Result<void> spawn(Running& running);
  void reap();
  void plan_restart(Running& running, int status);
  void restart_due();

  const Clock& clock_;
  std::vector<Running> children_;
  bool stopping_ = false;
};

}  // namespace minben::app
