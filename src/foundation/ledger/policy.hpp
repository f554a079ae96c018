#pragma once
// C2SP tlog-policy: which logs are known, which witnesses, and how many of them must have cosigned
// a checkpoint before it is believed. A value; parsing and judging do no I/O.
#include "ledger/cosignature.hpp"
#include "ledger/tlog.hpp"

namespace minben::ledger {

struct Policy {
  struct Log {
    NoteVerifier key;  ///< its name is the log's origin
    std::string url;   ///< may be empty
  };
  struct Witness {
    std::string name;                        ///< inside this file only
    std::string vkey;                        ///< as it stands in the file
    std::optional<CosignatureVerifier> key;  ///< none: of a type that is not verified here (06)
    std::string url;                         ///< submission prefix of tlog-witness; may be empty
  };
  struct Group {
    std::string name;
    std::size_t threshold = 1;  ///< 1 to members
    std::vector<std::string> members;
  };

  std::vector<Log> logs;
  std::vector<Witness> witnesses;
  std::vector<Group> groups;
  std::string quorum{"none"};  ///< a witness, a group, or "none"

  /// Does it suffice when these witnesses (by name) have cosigned?
  [[nodiscard]] bool satisfied_by(const std::vector<std::string>& cosigned) const;
};

/// Strict, at most 256 KiB and 256 logs, witnesses and groups each. Errors name `file` and line:
/// "not_a_policy" (characters, unended line, too much), "unknown_keyword", "bad_line" (too few or
/// too many items), "not_a_verifier_key", "duplicate_name", "duplicate_key", "undefined_name",
/// "member_twice", "bad_threshold", "second_quorum", "missing_quorum".
Result<Policy> parse_policy(std::string_view text, std::string_view file = {});

enum class Urls { with, without };
/// parse_policy(write_policy(p)) gives p again.
std::string write_policy(const Policy& policy, Urls urls = Urls::with);

// ------------------------------------------------------------------------------------ judging

/// One witness of the policy and what the checkpoint holds of it.
struct Standing {
  std::string witness;  ///< its name in the policy
  std::optional<std::chrono::sys_seconds> cosigned_at;
};

struct Verdict {
  Checkpoint checkpoint;
  std::vector<Standing> witnesses;  ///< all of the policy, in its order
  bool quorum = false;
  [[nodiscard]] std::size_t cosigned() const;
};

/// The note must be signed by a log of the policy that is its origin; a policy without logs leaves
/// that to the caller. A line of a known key that does not hold refuses the whole note
/// (signed-note §Verification). Errors: those of open_checkpoint. A missing quorum is no error.
Result<Verdict> judge(const Policy& policy, std::string_view note);

}  // namespace minben::ledger
