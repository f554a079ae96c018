// minben ledger watch: looks at logs again and again, and says what it sees in JSON lines.
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
  std::string said{};  ///< the alarm that was told last
};

/// One file for each log, found again by how the log is called on the command line.
std::filesystem::path state_of(const WatchLedgerOptions& options, const std::string& log) {
  return options.state / (hex_encode(sha256(log)).substr(0, 16) + ".json");
}

Result<std::vector<Watched>> open_logs(const WatchLedgerOptions& options, const Clock& clock) {
  if (options.keys.size() > options.logs.size())
    return fail(Kind::invalid, "too_many_keys", "more keys than logs", "--key");
  std::vector<Watched> logs;
  for (std::size_t i = 0; i < options.logs.size(); ++i) {
    const std::string& name = options.logs[i];
    MINBEN_TRY(source, open_log_source(name, options.authorities, 4));
    ledger::MonitorOptions how{.state = state_of(options, name),
                               .stale = seconds(options.stale_seconds)};
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

/// While it goes on, an alarm is said once, and nothing is said of a log that stands still.
bool is_news(Watched& log, const Event& event) {
  const bool again = event.alarm ? log.said == event.code : event.code == "unchanged";
  if (event.alarm) log.said = event.code;
  else log.said.clear();
  return !again;
}

/// The exit status of one look.
int look(Watched& log, bool once, const Clock& clock) {
  const auto events = log.monitor->look();
  if (!events) {
    fmt::print(stderr, "{}: {}\n", log.name, describe(events.error()));
    return 2;
  }
  int status = 0;
  for (const Event& event : *events) {
    if (is_news(log, event) || once) print(log, event, clock);
    if (event.alarm) status = std::max(status, event.code == "unreachable" ? 2 : 1);
  }
  // An alarm weighs more than what could not be reached.
  for (const Event& event : *events)
    if (event.alarm && event.code != "unreachable") status = 1;
  return status;
}

}  // namespace

int watch_ledgers(const WatchLedgerOptions& options) {
  const SystemClock clock;
  auto logs = open_logs(options, clock);
  if (!logs) {
    fmt::print(stderr, "{}\n", describe(logs.error()));
    return 2;
  }
  for (;;) {
    bool alarm = false;
    bool unknown = false;
    for (Watched& log : *logs) {
      const int status = look(log, options.once, clock);
      alarm |= status == 1;
      unknown |= status == 2;
    }
    if (options.once) return alarm ? 1 : unknown ? 2 : 0;
    std::this_thread::sleep_for(seconds(options.pause_seconds));
  }
}

}  // namespace minben::app::command
