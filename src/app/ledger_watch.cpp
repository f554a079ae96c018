// minben ledger watch: looks at logs again and again, and says what it sees in JSON lines.
#include <algorithm>
#include <set>
#include <thread>

#include <fmt/core.h>

#include "ledger/monitor.hpp"
#include "ledger_tools.hpp"

namespace minben::app::command {

namespace {

using ledger::Event;

struct Watched {
  std::string name;
  std::unique_ptr<ledger::Source> source;
  std::unique_ptr<ledger::Monitor> monitor;
  std::set<std::string> alarms{};  ///< of the last look
};

/// One file for each log, found again by how the log is called on the command line.
std::filesystem::path state_of(const WatchLedgerOptions& options, const std::string& log) {
  return options.state / (hex_encode(sha256(log)).substr(0, 16) + ".json");
}

Result<std::vector<Watched>> open_logs(const WatchLedgerOptions& options, const Clock& clock) {
  if (options.keys.size() > options.logs.size())
    return fail(Kind::invalid, "too_many_keys", "more keys than logs", "--key");
  std::optional<ledger::Policy> policy;
  if (!options.policy.empty()) {
    MINBEN_TRY(read, read_policy(options.policy));
    policy = std::move(read);
  }
  std::vector<Watched> logs;
  for (std::size_t i = 0; i < options.logs.size(); ++i) {
    const std::string& name = options.logs[i];
    MINBEN_TRY(source, open_log_source(name, options.authorities, 4));
    ledger::MonitorOptions how{.state = state_of(options, name),
                               .stale = seconds(options.stale_seconds),
                               .policy = policy,
                               .patience = seconds(options.patience_seconds)};
    if (i < options.keys.size()) {
      MINBEN_TRY(key, read_key(options.keys[i]));
      how.vkey = std::move(key);
    }
    auto monitor = std::make_unique<ledger::Monitor>(*source, std::move(how), clock);
    logs.push_back({name, std::move(source), std::move(monitor)});
  }
  return logs;
}

void print(const Watched& log, const Event& event, const Clock& clock) {
  JsonObject line{{"at", to_string(clock.now())},
                  {"log", log.name},
                  {"event", event.code},
                  {"alarm", event.alarm}};
  for (const auto& member : event.details) line.insert(member);
  fmt::print("{}\n", write_json(line));
  std::fflush(stdout);
}

/// The exit status of one look. While it goes on, an alarm is said once, and nothing is said of a
/// log that stands still; except for who looks once.
int look(Watched& log, bool once, const Clock& clock) {
  const auto events = log.monitor->look();
  if (!events) {
    fmt::print(stderr, "{}: {}\n", log.name, describe(events.error()));
    return 2;
  }
  std::set<std::string> alarms;
  for (const Event& event : *events) {
    const bool news = event.alarm ? !log.alarms.contains(event.code) : event.code != "unchanged";
    if (news || once) print(log, event, clock);
    if (event.alarm) alarms.insert(event.code);
  }
  log.alarms = alarms;
  if (alarms.empty()) return 0;
  return alarms == std::set<std::string>{"unreachable"} ? 2 : 1;
}

/// Each log in a thread of its own: one that does not answer keeps no other waiting. Returns the
/// exit status of one look, or never.
int look_at_all(std::vector<Watched>& logs, const WatchLedgerOptions& options, const Clock& clock) {
  std::vector<int> found(logs.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < logs.size(); ++i)
    threads.emplace_back([&, i] {
      while (true) {
        found[i] = look(logs[i], options.once, clock);
        if (options.once) return;
        std::this_thread::sleep_for(seconds(options.pause_seconds));
      }
    });
  threads.clear();
  // An alarm weighs more than what could not be reached.
  return std::ranges::count(found, 1) > 0 ? 1 : std::ranges::max(found);
}

}  // namespace

int watch_ledgers(const WatchLedgerOptions& options) {
  const SystemClock clock;
  auto logs = open_logs(options, clock);
  if (!logs) {
    fmt::print(stderr, "{}\n", describe(logs.error()));
    return 2;
  }
  return look_at_all(*logs, options, clock);
}

}  // namespace minben::app::command
