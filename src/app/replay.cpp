// minben replay: is every case what its recorded steps lead to? Reads only.
#include <fmt/core.h>

#include "commands.hpp"
#include "config.hpp"
#include "process/process.hpp"

namespace minben::app::command {

namespace {

struct Tally {
  int cases = 0;
  process::Number steps = 0;
  int wrong = 0;
};

Result<void> replay_batch(process::Processes& processes, store::Transaction& tx,
                          const std::vector<process::InstanceId>& batch, Tally& tally) {
  for (const process::InstanceId& id : batch) {
    MINBEN_TRY(report, processes.replay(tx, id));
    ++tally.cases;
    tally.steps += report.steps;
    if (report.equal) continue;
    ++tally.wrong;
    fmt::print("DIFFERS  {}  {}\n", to_string(id), report.difference);
  }
  return {};
}

Result<Tally> replay_all(store::Database& database, const Clock& clock) {
  process::Processes processes(clock, {});
  Tally tally;
  for (process::InstanceId last;;) {
    MINBEN_TRY(batch, database.transact(
                          [&](store::Transaction& tx) -> Result<std::vector<process::InstanceId>> {
                            MINBEN_TRY(ids, processes.instances(tx, last));
                            MINBEN_CHECK(replay_batch(processes, tx, ids, tally));
                            return ids;
                          }));
    if (batch.empty()) return tally;
    last = batch.back();
  }
}

}  // namespace

int replay(const std::filesystem::path& file) {
  const auto config = config_or_faults(file);
  if (!config) return 2;
  SystemClock clock;
  store::DatabaseConfig settings;
  settings.url = config->database_url;
  settings.connections = 1;
  const auto tally = [&]() -> Result<Tally> {
    MINBEN_TRY(database, store::Database::open(settings, clock));
    return replay_all(*database, clock);
  }();
  if (!tally) {
    fmt::print(stderr, "{}\n", describe(tally.error()));
    return 2;
  }
  fmt::print("{}  {} cases, {} steps replayed, {} differ\n",
             tally->wrong == 0 ? "EQUAL" : "DIFFERENT", tally->cases, tally->steps, tally->wrong);
  return tally->wrong == 0 ? 0 : 1;
}

}  // namespace minben::app::command
