#include "support/program.hpp"

#include <csignal>

namespace outside {

namespace {
sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}
}  // namespace

void block_end_signals() {
  const sigset_t signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void wait_for_end() {
  const sigset_t signals = end_signals();
  int signal = 0;
  sigwait(&signals, &signal);
}

}  // namespace outside
