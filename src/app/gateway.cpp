// minben gateway: an agency's gateway, from its local configuration file.
#include <atomic>
#include <csignal>
#include <thread>

#include <unistd.h>

#include "commands.hpp"
#include "gateway/gateway.hpp"
#include "logging.hpp"
#include "signals.hpp"

namespace minben::app::command {

int gateway(const std::filesystem::path& config) {
  set_up_logging("gateway");
  const StopSignals signals;
  SystemClock clock;
  SystemRandom random;
  std::atomic<bool> stop = false;
  int status = 0;
  std::thread running([&] {
    status = gateway::run_gateway(config, clock, random, stop);
    kill(getpid(), SIGTERM);  // a gateway that cannot start ends the process
  });
  signals.wait();
  stop = true;
  running.join();
  return status;
}

}  // namespace minben::app::command
