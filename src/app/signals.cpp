#include "signals.hpp"

#include <csignal>

namespace minben::app {

namespace {
sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}
}  // namespace

StopSignals::StopSignals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of that write
}

void StopSignals::wait() const {
  const sigset_t set = stop_signals();
  int taken = 0;
  while (sigwait(&set, &taken) != 0) {
  }
}

}  // namespace minben::app
