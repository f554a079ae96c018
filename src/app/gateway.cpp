// minben gateway: an agency's gateway, from its local configuration file.
#include <atomic>
#include <csignal>
#include <thread>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include "commands.hpp"
#include "files.hpp"
#include "gateway/gateway.hpp"
#include "gateways/gateways.hpp"
#include "logging.hpp"
#include "onboarding.hpp"
#include "signals.hpp"

namespace minben::app::command {

namespace {

/// A gateway that was approved since `minben gateway init` takes its certificates by itself.
bool has_joined(const std::filesystem::path& file) {
  const auto home = std::filesystem::absolute(file).parent_path();
  const auto config = gateway::read_gateway_config(file);
  if (!config || std::filesystem::exists(config->tls_certificate) || !read_registry_place(home))
    return true;  // what else is wrong is said when it is used
  SystemClock clock;
  const auto outcome = app::join_gateway(home, clock);
  if (!outcome) spdlog::error("cannot join: {}", describe(outcome.error()));
  else if (outcome->state == Joining::waiting) spdlog::error("the request is not approved yet");
  else if (outcome->state == Joining::refused) spdlog::error("refused: {}", outcome->reason);
  return outcome && outcome->state == Joining::joined;
}

/// Without its styles beside it a gateway does its work all the same.
gateway::OperatorRoutes operator_pages(const Clock& clock, Random& random) {
  auto pages = gateways::pages(program_directory() / "share" / "static", clock, random);
  if (pages) return std::move(*pages);
  spdlog::warn("no pages for the operator: {}", describe(pages.error()));
  return {};
}

void renew_once(const std::filesystem::path& home, const Clock& clock) {
  const auto outcome = app::renew_in_time(home, clock);
  if (!outcome) return spdlog::error("renewal of certificates: {}", describe(outcome.error()));
  if (!*outcome) return;
  const JoinOutcome& now = **outcome;
  if (now.state == Joining::joined)
    spdlog::info("certificates for the next keys, until {}", to_string(now.certificate_ends));
  else
    spdlog::warn("renewal of certificates: {} {}",
                 now.state == Joining::refused ? "refused" : "an officer has to approve it",
                 now.reason);
}

/// Certificates near their end are renewed by the gateway itself.
void keep_renewing(const std::filesystem::path& home, const Clock& clock,
                   const std::atomic<bool>& stop) {
  constexpr minutes first{1};
  constexpr hours later{1};
  auto next = std::chrono::steady_clock::now() + first;
  while (!stop) {
    if (std::chrono::steady_clock::now() >= next) {
      renew_once(home, clock);
      next = std::chrono::steady_clock::now() + later;
    }
    std::this_thread::sleep_for(milliseconds(100));
  }
}

}  // namespace

int gateway(const std::filesystem::path& config) {
  set_up_logging("gateway");
  if (!has_joined(config)) return 1;
  const StopSignals signals;
  SystemClock clock;
  SystemRandom random;
  std::atomic<bool> stop = false;
  int status = 0;
  std::thread running([&] {
    status = gateway::run_gateway(config, clock, random, stop, operator_pages(clock, random));
    kill(getpid(), SIGTERM);  // a gateway that cannot start ends the process
  });
  std::thread renewing(
      [&] { keep_renewing(std::filesystem::absolute(config).parent_path(), clock, stop); });
  signals.wait();
  stop = true;
  running.join();
  renewing.join();
  return status;
}

}  // namespace minben::app::command
