#include "supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

namespace minben::app {

namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&set, signal);
  return set;
}

/// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become(const std::vector<char*>& arguments, int log, int parent) {
  setpgid(0, 0);  // Ctrl-C reaches the supervisor only; it decides on the order of stopping
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // the parent was gone before the line above
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = open("/dev/null", O_RDONLY);
  dup2(null, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

Supervisor::Supervisor(const Clock& clock) : clock_(clock) {
  const sigset_t set = handled_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Supervisor::~Supervisor() { stop(); }

Result<void> Supervisor::start(const Child& child) {
  children_.push_back({child, -1, {}, {}, 0});
  return spawn(children_.back());
}

Result<void> Supervisor::spawn(Running& running) {
  const int log = open(running.child.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (log < 0)
    return fail(Kind::internal, "cannot_open_log", std::strerror(errno),
                running.child.log.string());
  std::vector<char*> arguments;
  for (std::string& word : running.child.command) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  const int parent = getpid();
  const int pid = fork();
  if (pid == 0) become(arguments, log, parent);
  close(log);
  if (pid < 0) return fail(Kind::internal, "cannot_fork", std::strerror(errno), running.child.name);
  running.pid = pid;
  running.started = clock_.now();
  spdlog::info("started {} as process {}", running.child.name, pid);
  return {};
}

void Supervisor::reap() {
  for (Running& running :
       children_) {  // each by its number: other rooms have children of their own
    int status = 0;
    if (running.pid <= 0 || waitpid(running.pid, &status, WNOHANG) != running.pid) continue;
    running.pid = -1;
    if (!stopping_) plan_restart(running, status);
  }
}

void Supervisor::plan_restart(Running& running, int status) {
  const Instant now = clock_.now();
  running.quick_ends = now - running.started < seconds{10} ? running.quick_ends + 1 : 0;
  const auto wait =
      running.quick_ends <= 1
          ? milliseconds{0}
          : std::min(milliseconds{200 << std::min(running.quick_ends - 2, 5)}, milliseconds{5000});
  running.restart_at = now + wait;
  spdlog::warn("{} ended ({} {}), starts again in {} ms", running.child.name,
               WIFSIGNALED(status) ? "signal" : "status",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), wait.count());
}

void Supervisor::restart_due() {
  for (Running& running : children_)
    if (running.pid < 0 && running.restart_at <= clock_.now())
      if (const auto started = spawn(running); !started) {
        spdlog::error("{}", describe(started.error()));
        running.restart_at = clock_.now() + seconds{1};
      }
}

void Supervisor::run(const std::function<void()>& tick) {
  const sigset_t set = handled_signals();
  const timespec wait{0, 200'000'000};
  for (;;) {
    const int signal = sigtimedwait(&set, nullptr, &wait);
    if (signal == SIGINT || signal == SIGTERM) return;
    reap();
    restart_due();
    tick();
  }
}

void Supervisor::stop() {
  stopping_ = true;
  const auto alive = [this] {
    return std::ranges::any_of(children_, [](const Running& child) { return child.pid > 0; });
  };
  for (auto running = children_.rbegin(); running != children_.rend(); ++running)
    if (running->pid > 0) kill(running->pid, SIGTERM);

  const sigset_t set = handled_signals();
  for (const Instant deadline = clock_.now() + seconds{5}; alive() && clock_.now() < deadline;) {
    const timespec wait{0, 50'000'000};
    sigtimedwait(&set, nullptr, &wait);
    reap();
  }
  for (const Running& running : children_) {
    if (running.pid <= 0) continue;
    kill(running.pid, SIGKILL);
    waitpid(running.pid, nullptr, 0);
  }
  children_.clear();
}

bool Supervisor::stop_requested() const {
  sigset_t waiting;
  sigemptyset(&waiting);
  sigpending(&waiting);
  return sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1;
}

std::map<std::string, int> Supervisor::pids() const {
  std::map<std::string, int> found;
  for (const Running& running : children_) found[running.child.name] = running.pid;
  return found;
}

}  // namespace minben::app
