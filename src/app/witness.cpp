// minben witness: cosigns the checkpoints of the logs in a policy file, and keeps copies of them.
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include "commands.hpp"
#include "files.hpp"
#include "ledger/mirror.hpp"
#include "ledger/witness.hpp"
#include "listen.hpp"
#include "logging.hpp"
#include "signals.hpp"

namespace minben::app::command {

namespace {

constexpr net::Access anyone{"anyone"};  ///< a checkpoint's signature is all that counts

/// Bodies are held whole: together they must fit in memory, so a mirror takes fewer visitors.
constexpr int mirror_connections = 128;

Result<ledger::Policy> known_logs(const WitnessOptions& options) {
  MINBEN_TRY(text, read_file(options.logs));
  MINBEN_TRY(policy, ledger::parse_policy(text, options.logs.string()));
  if (policy.logs.empty())
    return fail(Kind::invalid, "no_logs", "the policy has no log line", options.logs.string());
  return policy;
}

/// A cosigner whose key lies in that folder.
Result<ledger::Cosigner> cosigner_in(const std::filesystem::path& folder, const std::string& name) {
  MINBEN_TRY(key, ledger::witness_key(folder));
  return ledger::Cosigner::make(name, std::move(key));
}

/// Copies, cosigned with a key and a name of their own; nothing without --mirror. What the witness
/// has accepted is what may be uploaded.
Result<std::unique_ptr<ledger::Mirror>> open_mirror(const WitnessOptions& options,
                                                    const ledger::KnownLogs& logs,
                                                    const ledger::Witness& witness,
                                                    const Clock& clock) {
  static SystemRandom random;
  if (options.mirror.empty()) return nullptr;
  if (options.mirror == options.name)
    return fail(Kind::invalid, "same_name", "a mirror is another cosigner than a witness",
                "--mirror");
  const std::filesystem::path folder = options.state / "mirror";
  MINBEN_TRY(cosigner, cosigner_in(folder, options.mirror));
  const auto pending = [&witness](std::string_view origin) { return witness.accepted(origin); };
  return ledger::Mirror::open(folder, {std::move(cosigner), logs, pending, clock, random});
}

Result<net::ServerConfig> listening(const WitnessOptions& options) {
  MINBEN_TRY(address, parse_listen(options.listen));
  net::ServerConfig server;
  server.address = address.host.empty() ? "0.0.0.0" : address.host;
  server.port = address.port;
  server.requests_per_second_per_address =
      options.requests_per_second.value_or(options.mirror.empty() ? 50 : 1000);
  if (!options.mirror.empty()) server.max_connections = mirror_connections;
  return server;
}

Result<void> run(const WitnessOptions& options, const StopSignals& signals) {
  static SystemClock clock;
  MINBEN_TRY(server, listening(options));
  MINBEN_TRY(policy, known_logs(options));
  const std::size_t count = policy.logs.size();
  const auto logs = ledger::logs_of(std::move(policy));
  MINBEN_TRY(cosigner, cosigner_in(options.state, options.name));
  MINBEN_TRY(witness, ledger::Witness::open(options.state, std::move(cosigner), logs, clock));
  MINBEN_TRY(mirror, open_mirror(options, logs, *witness, clock));
  auto routes = ledger::witness_routes(*witness, "", anyone);
  if (mirror)
    std::ranges::move(ledger::mirror_routes(*mirror, "", "/mirror", anyone),
                      std::back_inserter(routes));
  MINBEN_TRY(started, net::Server::start(server, std::move(routes), {}));
  fmt::print("{}\n", witness->vkey());
  if (mirror) fmt::print("{}\n", mirror->vkey());
  std::fflush(stdout);
  spdlog::info("witness {} on port {}, logs: {}{}", options.name, started->port(), count,
               mirror ? ", mirrored as " + options.mirror : "");
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
