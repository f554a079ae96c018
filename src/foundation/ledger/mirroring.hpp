#pragma once
// The log's side of tlog-mirror: takes a log's entries to a mirror, wherever the log lies.
#include <chrono>
#include <memory>
#include <string>

#include "ledger/cosignature.hpp"
#include "ledger/verify.hpp"
#include "net/net.hpp"

namespace minben::ledger {

struct MirroringLimits {
  std::uint64_t packages = 32;           ///< a request, each of 256 entries (§add-entries)
  std::size_t request_bytes = 8u << 20;  ///< at most so many, once there is a package in it
  int idle_requests = 8;                 ///< in a row that bring the mirror nothing
  int tries = 4;                         ///< for answers 429 and 5xx and broken connections
  milliseconds pause_ms{500};            ///< before the second try; then twice as long each time
};

struct MirroredLog {
  Checkpoint checkpoint;  ///< what the mirror has cosigned
  std::chrono::sys_seconds cosigned_at;
  std::uint64_t sent = 0;  ///< entries
};

/// Of one log to one mirror. Keeps nothing that the mirror does not know better: whoever begins
/// again goes on where the mirror is. Memory does not grow with the log. Not thread-safe; `source`
/// outlives it.
class Mirroring {
 public:
  struct To {
    std::string url;  ///< submission prefix
    CosignatureVerifier key;
  };
  Mirroring(const Source& source, NoteVerifier log, To mirror, const net::ClientConfig& client,
            const MirroringLimits& limits = {});
  ~Mirroring();

  /// Until the mirror has all entries of the log's newest checkpoint and its cosignature has been
  /// verified. Errors: those of open_checkpoint and the source; "witness_refused_signature",
  /// "witness_knows_no_such_log", "witness_sees_inconsistency" (what the log shows does not lead to
  /// what it signed), "witness_is_ahead" (it knows a larger checkpoint than the source shows),
  /// "witness_not_authentic", "witness_failed", "not_mirror_info", "mirror_stands_still" (answers,
  /// and takes nothing), those of net::Client.
  Result<MirroredLog> push();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::ledger
