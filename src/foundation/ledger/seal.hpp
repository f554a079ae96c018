#pragma once
// The end of a log and its continuation in another: the way to change a log's key. The last entry
// of a sealed log names the successor's key and is signed by the log's own, so that nobody who may
// only append can forge one; the successor's first entry holds the last checkpoint before it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/core.hpp"
#include "ledger/tlog.hpp"

namespace minben::ledger {

struct VerifiedLog;

/// A signed note: "minben-ledger-seal/1", the log's origin, the index at which the entry stands,
/// and the successor's vkey, whose name is the successor's origin. (No checkpoint can be read as
/// one, nor the other way round.)
struct Seal {
  std::uint64_t index = 0;
  NoteVerifier successor;
};
Bytes write_seal(const NoteSigner& log, const Seal& seal);
/// Entry `index` of the log of that key. "not_a_seal" for all other entries, among them a seal that
/// was signed for another place.
Result<Seal> parse_seal(Octets entry, const NoteVerifier& log, std::uint64_t index);

/// "minben-ledger-predecessor/1", the predecessor's vkey, a blank line, and its last checkpoint as
/// it was signed.
struct Predecessor {
  NoteVerifier key;
  std::string note;
  Checkpoint checkpoint;
};
Bytes write_predecessor(const NoteVerifier& key, std::string_view note);
/// Error "not_a_predecessor", also when the checkpoint is not signed by that key.
Result<Predecessor> parse_predecessor(Octets entry);

/// Do two verified logs follow each other? `log` is sealed with the key of `next`, whose first
/// entry holds the checkpoint of `log`. Errors: "not_sealed", "wrong_successor",
/// "not_a_predecessor", "wrong_predecessor".
Result<void> check_succession(const VerifiedLog& log, const NoteVerifier& key,
                              const VerifiedLog& next, const NoteVerifier& next_key);

}  // namespace minben::ledger
