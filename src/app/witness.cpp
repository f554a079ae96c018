// minben witness: cosigns the checkpoints of the logs in a policy file.
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "commands.hpp"
#include "files.hpp"
#include "ledger/witness.hpp"
#include "listen.hpp"
#include "logging.hpp"
#include "signals.hpp"

namespace minben::app::command {

namespace {

constexpr net::Access anyone{"anyone"};  ///< a checkpoint's signature is all that counts

Result<void> run(const WitnessOptions& options, const StopSignals& signals) {
  static SystemClock clock;
  MINBEN_TRY(address, parse_listen(options.listen));
  MINBEN_TRY(text, read_file(options.logs));
  MINBEN_TRY(policy, ledger::parse_policy(text, options.logs.string()));
  if (policy.logs.empty())
    return fail(Kind::invalid, "no_logs", "the policy has no log line", options.logs.string());
  MINBEN_TRY(key, ledger::witness_key(options.state));
  MINBEN_TRY(cosigner, ledger::Cosigner::make(options.name, std::move(key)));
  const std::size_t logs = policy.logs.size();
  MINBEN_TRY(witness, ledger::Witness::open(options.state, std::move(cosigner),
                                            ledger::logs_of(std::move(policy)), clock));
  net::ServerConfig server;
  server.address = address.host.empty() ? "0.0.0.0" : address.host;
  server.port = address.port;
  server.requests_per_second_per_address = options.requests_per_second_per_address;
  MINBEN_TRY(started, net::Server::start(server, ledger::witness_routes(*witness, "", anyone), {}));
  fmt::print("{}\n", witness->vkey());
  std::fflush(stdout);
  spdlog::info("witness {} on port {}, logs: {}", options.name, started->port(), logs);
  signals.wait();
  started->stop();
  return {};
}

}  // namespace

int witness(const WitnessOptions& options) {
  set_up_logging("witness");
  const StopSignals signals;
  if (const auto done = run(options, signals); !done) {
    fmt::print(stderr, "minben witness: {}\n", describe(done.error()));
    return 2;
  }
  return 0;
}

}  // namespace minben::app::command
