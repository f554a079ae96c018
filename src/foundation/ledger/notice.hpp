#pragma once
// A checkpoint for publication outside the platform, such as a gazette: text for people with the
// signed note in it. Whoever keeps one can tell later that the log still begins with what it said.
#include "ledger/tlog.hpp"
#include "ledger/verify.hpp"

namespace minben::ledger {

/// In both languages, with the day in Taiwan; `note` must be a checkpoint (its signatures are the
/// caller's to judge). The day is as true as the one who publishes; cosignatures in the note carry
/// times of their own.
Result<std::string> write_notice(std::string_view note, Instant now);
/// The note in a notice, however lines around it were broken or indented when it was printed.
/// At most 1 MB. Error "not_a_notice".
Result<std::string> note_of_notice(std::string_view text);

/// This log, whose checkpoint is signed by the key, continues an earlier checkpoint of the same
/// log: by a consistency proof from its tiles. Its newest checkpoint. Errors: those of
/// open_checkpoint and of the source; "wrong_origin", "bad_size" (the log is shorter now),
/// "root_mismatch" (it is another history), "missing_file", "wrong_tile".
Result<Checkpoint> check_continues(const Source& log, const NoteVerifier& key,
                                   const Checkpoint& earlier);

}  // namespace minben::ledger
