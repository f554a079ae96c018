#pragma once
// A tamper-evident log in a directory or a database: durable append, tiles, signed checkpoint,
// proofs, receipts that a citizen keeps, and checks that need nothing of ours but the public key.
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

class Files;      // files.hpp
class Logs;       // logs.hpp
class TileStore;  // tile_store.hpp, private

// ---------------------------------------------------------------------------------------- log

struct LogLimits {
  std::size_t batch_entries = 4096;  ///< at most so many become durable together
  std::size_t batch_bytes = 8u << 20;
  std::size_t waiting_entries = 65536;    ///< more callers waiting get "ledger_busy"
  std::size_t remembered_leaves = 16384;  ///< recent leaves whose duplicates are recognised
  /// Of a directory: twice so much is reserved; at least 512 KiB.
  std::size_t journal_bytes = 1u << 20;
};

/// A log: an append is durable when it returns, and what is shown only ever grows. Two kinds of
/// storage, for one process and for many:
///
/// **A directory** has one writer:
///
///   DIR/lock                  held while open: a second process gets "ledger_locked"
///   DIR/committed/journal-N   batches that are durable and not yet in synced tiles
///   DIR/committed/checkpoint  up to here all tiles are synced; compared and swapped by rename
///   DIR/checkpoint            what it shows to the world
///   DIR/vkey                  the public key in one line, for `minben ledger verify`
///   DIR/tile/…                C2SP tlog-tiles, only ever added to
///
/// A batch of appends is durable, and its callers return, when it is in the journal: entries and
/// the root after them, one write and one sync. Its tiles, bundles and checkpoint are published
/// right after, and synced many batches together; then the committed checkpoint is compared with
/// the one in memory and replaced, and the journal's slot is free again. Opening takes what the
/// journal holds after the committed checkpoint on the same way, so a process or machine that stops
/// at any instant loses no acknowledged entry and shows no second history: a checkpoint is only
/// ever shown of what is durable. Reading waits for the publication (some milliseconds), unless the
/// tiles cannot be written at the moment.
///
/// **A database** has any number of writers, on any number of machines. A batch is one transaction:
/// it locks the log's row, follows what other writers have added meanwhile, adds its tiles and
/// replaces size and checkpoint, which must still be what it has followed. Reading sees what any
/// writer has committed; while the database does not answer, what was last read of it.
///
/// In both, tiles that are missing or do not belong to the committed root are an error
/// ("ledger_damaged"), never a fresh start. Whoever reads after an append has returned sees it.
///
/// Thread-safe; memory does not grow with the log.
class Log {
 public:
  /// `origin` is also the name of the key: schema-less URL such as "minben.example/ledger/nia".
  /// The key must be Ed25519. Makes the directory when it does not exist.
  static Result<std::unique_ptr<Log>> open(const std::filesystem::path& directory,
                                           std::string_view origin, trust::SigningKey key,
                                           const LogLimits& limits = {});
  /// In files of another kind: tests that lose power, logs that are only reckoned with. One writer
  /// a directory is the caller's affair then. `files` outlives the log.
  static Result<std::unique_ptr<Log>> open_in(Files& files, const std::filesystem::path& directory,
                                              std::string_view origin, trust::SigningKey key,
                                              const LogLimits& limits = {});
  /// In the tables of this room, as migrations() make them. `database` outlives the log; one of its
  /// connections is in use while a batch is written.
  static Result<std::unique_ptr<Log>> open_in(store::Database& database, std::string_view origin,
                                              trust::SigningKey key, const LogLimits& limits = {});
  /// One that was sealed, or whose key is elsewhere: appending gets "ledger_sealed" or
  /// "no_ledger_key". Of a directory what it showed when it was opened, with the key that lies
  /// there. "no_such_log" when there is none.
  static Result<std::unique_ptr<Log>> read(const std::filesystem::path& directory);
  static Result<std::unique_ptr<Log>> read_in(store::Database& database, std::string_view origin);
  virtual ~Log() = default;
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Returns the entry's index once it is durable. Callers on several threads share one write. An
  /// entry equal to one of the recent `remembered_leaves` gets that one's index and is not added
  /// again. Errors: "entry_too_large", "ledger_busy", "ledger_sealed", "ledger_failed" (a
  /// directory's tiles cannot be written for long; nothing was promised; a later append may
  /// succeed), "ledger_broken" (its journal failed: reopen), or the database's own: appending again
  /// then finds out whether the entry is there.
  Result<std::uint64_t> append(Octets entry);
  /// The same for several at once, in order, possibly over more than one batch.
  virtual Result<std::vector<std::uint64_t>> append_all(std::span<const Bytes> entries) = 0;

  /// Adds the last entry, which names the successor; whatever waited is appended before, and
  /// everything later gets conflict "ledger_sealed". A log that is sealed for this successor
  /// already returns its seal; for another one: "ledger_sealed".
  virtual Result<Seal> seal(const NoteVerifier& successor) = 0;
  [[nodiscard]] virtual std::optional<Seal> sealed() const = 0;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
  /// That became durable through this object since it was opened.
  [[nodiscard]] virtual std::uint64_t batches() const = 0;
  [[nodiscard]] virtual std::string checkpoint() const = 0;  ///< the newest note, as it is shown
  /// When that became durable, as far as is known.
  [[nodiscard]] virtual std::optional<Instant> written() const = 0;

  /// Shows the newest checkpoint with more signatures than the log's own, such as witnesses'.
  /// `complete`: they are all that its readers ask for (a quorum), so that proofs of entries below
  /// its size are made against it until a newer one is complete. Of an older checkpoint only the
  /// proofs change. Not durable in a directory: opening keeps what is still the newest. Errors:
  /// those of open_checkpoint, "not_committed" (no checkpoint of this log has this size and root).
  enum class Signatures { some, complete };
  Result<void> show(std::string_view note, Signatures signatures);

  [[nodiscard]] std::string vkey() const { return key_.vkey(); }
  [[nodiscard]] const NoteVerifier& key() const { return key_; }
  [[nodiscard]] const std::string& origin() const { return key_.name(); }

  /// A tile or bundle of the published size, of exactly this width; nothing when there is none.
  Result<std::optional<Bytes>> tile(const Tile& tile) const;
  /// From the tiles; `size` at most size(). "bad_index" when there is no such entry.
  Result<Bytes> entry(std::uint64_t index) const;
  Result<std::vector<Hash>> inclusion(std::uint64_t index, std::uint64_t size) const;
  Result<std::vector<Hash>> consistency(std::uint64_t old_size, std::uint64_t size) const;
  /// Proof of the entry against the newest complete checkpoint that covers it (show), else the
  /// newest.
  Result<TlogProof> proof(std::uint64_t index) const;

 protected:
  explicit Log(NoteVerifier key) : key_(std::move(key)) {}
  [[nodiscard]] virtual const TileStore& tiles() const = 0;
  /// Size and note of the checkpoint against which an entry is proven.
  [[nodiscard]] virtual std::pair<std::uint64_t, std::string> provable(
      std::uint64_t index) const = 0;
  /// The note was found to be of this log.
  virtual Result<void> keep_signatures(const Checkpoint& checkpoint, std::string_view note,
                                       Signatures signatures) = 0;

 private:
  const NoteVerifier key_;
};

/// GET {prefix}/checkpoint and {prefix}/tile/…, for monitors and witnesses, and {prefix}/vkey: the
/// public key that receipts are checked with. The log must outlive them.
std::vector<net::Route> log_routes(const Log& log, std::string_view prefix, net::Access access);
/// The same of log 1, and of log N below {prefix}/N; and the keys of all, one a line, at
/// {prefix}/keys. logs.hpp
std::vector<net::Route> log_routes(const Logs& logs, std::string_view prefix, net::Access access);

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

/// One spelling for each receipt, so that any changed byte shows (in a witness's line: to a policy
/// that names the witness): indented JSON with "format": "minben-receipt/1", claim, salt, digest,
/// leaf, index, and the proof and checkpoint as lines.
Result<std::string> write_receipt(const Receipt& receipt);

/// What a good receipt proves.
struct VerifiedReceipt {
  Claim claim;
  std::uint64_t index = 0;
  Checkpoint checkpoint;
  std::string note{};  ///< the checkpoint as it is signed, for a policy to judge
};

/// Offline. Refuses with the part that is wrong in `field`, each with a code of its own:
/// "receipt" (not_a_receipt: format or spelling), "checkpoint" (bad_signature, unsigned_note,
/// not_a_note, wrong_origin …), "proof" (root_mismatch, bad_index, bad_proof_length: the leaf is
/// not in that tree), "leaf" (leaf_mismatch: is not the digest's), "content" (content_mismatch:
/// content, time, type or salt are not what was committed). At most 1 MiB. `vkeys`: one a line, of
/// the logs that it may be in (a ledger whose key was changed has several).
Result<VerifiedReceipt> verify_receipt(std::string_view text, std::string_view vkeys);

}  // namespace minben::ledger
