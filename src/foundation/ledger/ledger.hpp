#pragma once
// A tamper-evident log in a directory: durable append, tiles on disk, signed checkpoint, proofs,
// receipts that a citizen keeps, and checks that need nothing of ours but the public key.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/seal.hpp"
#include "ledger/tlog.hpp"
#include "ledger/verify.hpp"
#include "net/net.hpp"
#include "store/store.hpp"
#include "trust/trust.hpp"

namespace minben::ledger {

/// The migrations of this room (commitments.hpp).
std::span<const store::Migration> migrations();

// ---------------------------------------------------------------------------------------- log

struct LogLimits {
  std::size_t batch_entries = 4096;  ///< at most so many become durable together
  std::size_t batch_bytes = 8u << 20;
  std::size_t waiting_entries = 65536;    ///< more callers waiting get "ledger_busy"
  std::size_t remembered_leaves = 16384;  ///< recent leaves whose duplicates are recognised
};

/// The one writer of a log directory.
///
///   DIR/lock                  held while open: a second process gets "ledger_locked"
///   DIR/committed/checkpoint  what this log has promised; compared and swapped by rename
///   DIR/checkpoint            what it shows to the world
///   DIR/vkey                  the public key in one line, for `minben ledger verify`
///   DIR/tile/…                C2SP tlog-tiles, only ever added to
///
/// A batch of appends is first written to its tiles and bundles (each file and directory fsynced);
/// then the committed checkpoint is compared with the one in memory and replaced; only then callers
/// return and the checkpoint is published. Opening runs the second half again, so a process killed
/// at any instant loses no acknowledged entry and shows no second history. Tiles that are missing
/// or do not belong to the committed root are an error ("ledger_damaged"), never a fresh start.
///
/// Thread-safe; memory does not grow with the log.
class Log {
 public:
  /// `origin` is also the name of the key: schema-less URL such as "minben.example/ledger/nia".
  /// The key must be Ed25519. Makes the directory when it does not exist.
  static Result<std::unique_ptr<Log>> open(const std::filesystem::path& directory,
                                           std::string_view origin, trust::SigningKey key,
                                           const LogLimits& limits = {});
  ~Log();

  /// Returns the entry's index once it is durable under a committed checkpoint. Callers on several
  /// threads share one disk write. An entry equal to one of the recent `remembered_leaves` gets
  /// that one's index and is not added again. Errors: "entry_too_large", "ledger_busy",
  /// "ledger_failed" (disk; nothing was promised; a later append may succeed), "ledger_broken"
  /// (reopen).
  Result<std::uint64_t> append(Octets entry);
  /// The same for several at once, in order, possibly over more than one batch.
  Result<std::vector<std::uint64_t>> append_all(std::span<const Bytes> entries);

  /// Adds the last entry, which names the successor; whatever waited is appended before, and
  /// everything later gets conflict "ledger_sealed". A log that is sealed for this successor
  /// already returns its seal; for another one: "ledger_sealed".
  Result<Seal> seal(const NoteVerifier& successor);
  [[nodiscard]] std::optional<Seal> sealed() const;

  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::string checkpoint() const;  ///< the newest signed note
  [[nodiscard]] std::string vkey() const;
  [[nodiscard]] const std::string& origin() const;
  [[nodiscard]] const std::filesystem::path& directory() const;

  /// From the tiles on disk; `size` at most size(). "bad_index" when there is no such entry.
  Result<Bytes> entry(std::uint64_t index) const;
  Result<std::vector<Hash>> inclusion(std::uint64_t index, std::uint64_t size) const;
  Result<std::vector<Hash>> consistency(std::uint64_t old_size, std::uint64_t size) const;
  /// Proof of the entry against the newest checkpoint.
  Result<TlogProof> proof(std::uint64_t index) const;

  struct Impl;

 private:
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// GET {prefix}/checkpoint and {prefix}/tile/…, for monitors and witnesses, and {prefix}/vkey: the
/// public key that receipts are checked with. The log must outlive them.
std::vector<net::Route> log_routes(const Log& log, std::string_view prefix, net::Access access);

// ----------------------------------------------------------------------------------- receipts

/// What was committed: the digest in the log is SHA-256(salt ‖ JCS of {"at","content","type"}).
struct Claim {
  std::string type;  ///< "consent", "usage", "decision" …
  Instant at;
  Json content;  ///< integers only (RFC 8785 as in core)
};

inline constexpr std::size_t salt_bytes = 32;
/// Error "not_canonical" when the content has fractional numbers.
Result<Hash> commitment_digest(const Claim& claim, Octets salt);

/// What a person keeps: the claim, its salt, and the proof that the log holds it.
struct Receipt {
  Claim claim;
  Bytes salt;
  TlogProof proof;
};

/// One spelling for each receipt, so that any changed byte shows: indented JSON with
/// "format": "minben-receipt/1", claim, salt, digest, leaf, index, and the proof and checkpoint as
/// lines.
Result<std::string> write_receipt(const Receipt& receipt);

/// What a good receipt proves.
struct VerifiedReceipt {
  Claim claim;
  std::uint64_t index = 0;
  Checkpoint checkpoint;
};

/// Offline. Refuses with the part that is wrong in `field`, each with a code of its own:
/// "receipt" (not_a_receipt: format or spelling), "checkpoint" (bad_signature, unsigned_note,
/// not_a_note, wrong_origin …), "proof" (root_mismatch, bad_index, bad_proof_length: the leaf is
/// not in that tree), "leaf" (leaf_mismatch: is not the digest's), "content" (content_mismatch:
/// content, time, type or salt are not what was committed). At most 1 MiB.
Result<VerifiedReceipt> verify_receipt(std::string_view text, std::string_view vkey);

}  // namespace minben::ledger
