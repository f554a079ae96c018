#pragma once
// Watching a log from outside: does it only ever grow, and show everybody the same? What was seen
// is remembered on disk, so that a log cannot rewrite what was there while nobody looked.
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/policy.hpp"
#include "ledger/verify.hpp"

namespace minben::ledger {

/// What a look found. Codes are stable.
///
///   first_seen  grown  unchanged     size, root; with a policy also quorum
///   sealed                           successor, successor_key: the log ends here
///   continues                        predecessor, predecessor_key, predecessor_size
///
/// and alarms, with `detail` and what is remembered beside what is shown now:
///
///   forked        same size and another root, or not consistent; both notes are kept as `evidence`
///   rolled_back   smaller than before
///   stale         no growth for longer than it may be, and not sealed
///   short_of_quorum   for longer than it may be, no look has found the policy's quorum; `missing`
///                     names the witnesses whose cosignatures are not there
///   bad_signature, unsigned_note, not_a_note, not_a_checkpoint, wrong_origin
///   missing_file, wrong_tile, wrong_bundle   tiles do not prove that it has grown
///   unreachable   nothing can be said
struct Event {
  std::string code;
  bool alarm = false;
  JsonObject details;
};

struct MonitorOptions {
  std::string vkey{};              ///< "": the source's own, believed the first time and kept
  std::filesystem::path state;     ///< a file; its directory is made
  seconds stale{0};                ///< 0: never
  std::optional<Policy> policy{};  ///< whose quorum must have cosigned what the log shows
  /// So long may that take: a checkpoint is shown at once and cosigned a moment later, and a look
  /// may come between. Counted from the first look that found no quorum.
  seconds patience{30};
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
  std::optional<Instant>
      short_since{};  ///< no quorum from that look on; none: there is, or unasked
};
std::string write_monitor_state(const MonitorState& state);
Result<MonitorState> parse_monitor_state(std::string_view text);  ///< "state_damaged"

}  // namespace minben::ledger
