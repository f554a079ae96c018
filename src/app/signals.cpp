#include "signals.hpp"

#include <csignal>
#include <ctime>

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

void StopSignals::wait(milliseconds every, const std::function<void()>& tick) const {
  const sigset_t set = stop_signals();
  const timespec pause{every.count() / 1000, every.count() % 1000 * 1'000'000};
  while (sigtimedwait(&set, nullptr, &pause) < 0) tick();
}

}  // namespace minben::app
