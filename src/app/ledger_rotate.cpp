// minben ledger rotate: the platform's ledger goes on with another key.
#include <fmt/core.h>

#include "config.hpp"
#include "gateway/gateway.hpp"
#include "ledger/succession.hpp"
#include "ledger_tools.hpp"
#include "platform.hpp"

namespace minben::app::command {

namespace {

namespace fs = std::filesystem;

/// Makes the next log's key, which the other nodes get before it is used.
Result<void> prepare(const Config& config, int number) {
  const auto file_of = [&](int of) { return ledger_key_path(config.state, of); };
  MINBEN_TRY(vkey, ledger::prepare_key(file_of, ledger_origin, number));
  fmt::print("prepared  {}\nfor       {}\n          {}\n", file_of(number).string(),
             ledger::Logs::origin_of(ledger_origin, number), vkey);
  return {};
}

Result<void> rotate(const RotateLedgerOptions& options, const Config& config) {
  const SystemClock clock;
  MINBEN_TRY(database,
             store::Database::open({.url = config.database_url, .connections = 4}, clock));
  MINBEN_TRY(logs, open_platform_ledger(config, *database));
  const auto [number, ending] = logs->current();
  if (options.prepare) return prepare(config, number + 1);
  // So running it once more never changes the key once more.
  if (!fs::exists(ledger_key_path(config.state, number + 1)))
    return fail(Kind::conflict, "nothing_prepared",
                fmt::format("log {} is the newest; prepare a key for another one first", number),
                "--prepare");
  MINBEN_CHECK(logs->begin_successor());
  fmt::print("sealed    {} with entry {}\ncontinued {}\n          {}\n", ending->origin(),
             ending->size() - 1, logs->newest().origin(), logs->newest().vkey());
  return {};
}

/// The gateway itself goes on at its next start.
Result<void> prepare_gateway(const fs::path& file) {
  MINBEN_TRY(config, gateway::read_gateway_config(file));
  MINBEN_TRY(vkey, gateway::prepare_ledger_key(config));
  fmt::print("prepared  {}\nthe gateway goes on there when it is started again\n", vkey);
  return {};
}

}  // namespace

int rotate_ledger(const RotateLedgerOptions& options) {
  if (!options.gateway.empty()) {
    const auto prepared = prepare_gateway(options.gateway);
    return prepared ? 0 : give_up(prepared.error());
  }
  const auto config = config_or_faults(options.config);
  if (!config) return 2;
  const auto done = rotate(options, *config);
  return done ? 0 : give_up(done.error());
}

}  // namespace minben::app::command
