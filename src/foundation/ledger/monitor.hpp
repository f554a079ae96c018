#pragma once
// Watching a log from outside: does it only ever grow, and show everybody the same? What was seen
// is remembered on disk, so that a log cannot rewrite what was there while nobody looked.
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/verify.hpp"

namespace minben::ledger {

/// What a look found. Codes are stable.
///
///   first_seen  grown  unchanged     size, root
///   sealed                           successor, successor_key: the log ends here
///   continues                        predecessor, predecessor_key, predecessor_size
///
/// and alarms, with `detail` and what is remembered beside what is shown now:
///
///   forked        same size and another root, or not consistent; both notes are kept as `evidence`
///   rolled_back   smaller than before
///   stale         no growth for longer than it may be, and not sealed
///   bad_signature, unsigned_note, not_a_note, not_a_checkpoint, wrong_origin
///   missing_file, wrong_tile, wrong_bundle   tiles do not prove that it has grown
///   unreachable   nothing can be said
struct Event {
  std::string code;
  bool alarm = false;
  JsonObject details;
};

struct MonitorOptions {
  std::string vkey{};           ///< "": the source's own, believed the first time and kept
  std::filesystem::path state;  ///< a file; its directory is made
  seconds stale{0};             ///< 0: never
  /// What else must hold of a checkpoint that is new, e.g. who has cosigned it. Signed by the log
  /// and consistent when called.
  std::vector<std::function<std::vector<Event>(const std::string& note)>> demands{};
};

/// One log. Not thread-safe; one process a state file.
class Monitor {
 public:
  Monitor(const Source& source, MonitorOptions options, const Clock& clock);
  ~Monitor();
  /// A look. What the log does wrong is an event; errors are our own: "state_damaged",
  /// "ledger_failed" (the state cannot be written), "not_a_verifier_key".
  Result<std::vector<Event>> look();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a monitor remembers. Read from its file, which another program may have spoiled.
struct MonitorState {
  std::string vkey;
  std::string note;  ///< the newest checkpoint that was found right
  Instant since;     ///< when this size was first seen
  bool sealed = false;
};
std::string write_monitor_state(const MonitorState& state);
Result<MonitorState> parse_monitor_state(std::string_view text);  ///< "state_damaged"

}  // namespace minben::ledger
