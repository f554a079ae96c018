#pragma once
// C2SP tlog-witness: cosigns checkpoints of other logs, and never two that do not fit together.
#include <filesystem>
#include <functional>
#include <memory>

#include "ledger/cosignature.hpp"
#include "ledger/policy.hpp"
#include "net/net.hpp"

namespace minben::ledger {

// ------------------------------------------------------------------------------- the request

inline constexpr std::size_t max_proof_lines = 63;
/// Room for a proof and for a checkpoint that carries 16 post-quantum signatures.
inline constexpr std::size_t max_add_checkpoint = 64u << 10;

/// Body of POST {prefix}/add-checkpoint: "old N", proof lines, an empty line, the signed note.
struct AddCheckpoint {
  std::uint64_t old_size = 0;
  std::vector<Hash> proof;
  std::string checkpoint;
};
std::string write_add_checkpoint(const AddCheckpoint& request);
/// The note itself is not looked at. Error "not_add_checkpoint".
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// ------------------------------------------------------------------------------- the witness

/// The keys of the log with this origin; none when it is not known.
using KnownLogs = std::function<std::vector<NoteVerifier>(std::string_view origin)>;
KnownLogs logs_of(Policy policy);

/// DIR/key.pem, made when there is none; processes that begin at the same time agree on one.
Result<trust::SigningKey> witness_key(const std::filesystem::path& directory);

/// A witness over a directory, which several processes and threads may share:
///
///   DIR/vkey                     its verifier key (type 04)
///   DIR/<sha256hex(origin)>/lock        held while a checkpoint of that log is looked at
///   DIR/<sha256hex(origin)>/state       the newest checkpoint that was accepted: what counts
///   DIR/<sha256hex(origin)>/checkpoint  the same, cosigned, for monitors
///
/// Under the log's lock: compare the old size with the state, check the proof, replace the state
/// (file and directory fsynced), and only then sign. A process killed after that has promised
/// nothing that it does not remember; the log asks again and gets its cosignature. A state that
/// cannot be read is an error ("witness_damaged"), never a fresh start.
class Witness {
 public:
  /// Makes the directory when it does not exist.
  static Result<std::unique_ptr<Witness>> open(const std::filesystem::path& directory,
                                               Cosigner cosigner, KnownLogs logs,
                                               const Clock& clock);

  struct Refusal {
    int status = 0;  ///< of HTTP, as tlog-witness says
    Error error;
    std::uint64_t latest_size = 0;  ///< with 409
  };
  /// Cosignature lines. 400 malformed or old size above size; 404 unknown origin; 403 not signed by
  /// its log; 409 old size is not the latest; 422 proof or root does not fit; 503 disk or lock.
  std::expected<std::string, Refusal> add_checkpoint(std::string_view body) const;
  /// The newest cosigned checkpoint of the log whose origin has this SHA-256 (64 lower-case hex
  /// digits). Error "no_such_checkpoint".
  [[nodiscard]] Result<std::string> checkpoint(std::string_view origin_hash) const;
  /// The newest checkpoint of that origin that was accepted, signed by its log alone; none before
  /// the first. For a mirror it is the pending checkpoint (tlog-mirror §add-checkpoint). Error
  /// "witness_damaged".
  [[nodiscard]] Result<std::optional<std::string>> accepted(std::string_view origin) const;
  [[nodiscard]] std::string vkey() const { return cosigner_.verifier().vkey(); }

 private:
  struct Submission;
  Witness(std::filesystem::path directory, Cosigner cosigner, KnownLogs logs, const Clock& clock)
      : directory_(std::move(directory)),
        cosigner_(std::move(cosigner)),
        logs_(std::move(logs)),
        clock_(clock) {}
  std::expected<Submission, Refusal> accept(std::string_view body) const;
  std::expected<std::string, Refusal> advance(const Submission& submission) const;
  Result<std::string> cosign(const std::filesystem::path& home, Note note) const;

  const std::filesystem::path directory_;
  const Cosigner cosigner_;
  const KnownLogs logs_;
  const Clock& clock_;
};

/// POST {prefix}/add-checkpoint, GET {prefix}/{sha256hex(origin)}/checkpoint and GET {prefix}/vkey.
/// The witness must outlive them.
std::vector<net::Route> witness_routes(const Witness& witness, std::string_view prefix,
                                       net::Access access);

}  // namespace minben::ledger
