#pragma once
// C2SP tlog-mirror: keeps a whole copy of other logs, and cosigns what it has safely on its disk.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "ledger/add_entries.hpp"
#include "ledger/cosignature.hpp"
#include "ledger/witness.hpp"
#include "net/net.hpp"

namespace minben::ledger {

class Files;  // files.hpp

/// The newest checkpoint of the log with this origin that its entries may be uploaded to, signed by
/// the log: consistent with all that were there before. Witness::accepted is one.
using PendingCheckpoint =
    std::function<Result<std::optional<std::string>>(std::string_view origin)>;

/// Whose mirror it is, and what it leans on. Clock and random outlive the mirror.
struct MirrorParts {
  Cosigner cosigner;  ///< a key and name of its own, never the witness's (§add-checkpoint)
  KnownLogs logs;
  PendingCheckpoint pending;
  const Clock& clock;
  Random& random;
};

/// A mirror over a directory, the only one that writes there ("ledger_locked"):
///
///   DIR/vkey                            its verifier key (type 04)
///   DIR/<sha256hex(origin)>/tile/…      tlog-tiles; what is below `progress` is synced
///   DIR/<sha256hex(origin)>/progress    the next entry: how many are there for good
///   DIR/<sha256hex(origin)>/checkpoint  the mirror checkpoint, cosigned; never above `progress`
///
/// A package is proven against the pending checkpoint before anything of it is kept. What a request
/// brought is synced, then `progress` is replaced, then, when all is there and leads to the pending
/// checkpoint's root, the cosigned checkpoint; only then the answer goes out. So a process or
/// machine that stops at any instant has promised nothing that it lacks, and the client is told
/// where to go on. Tiles that do not fit together are an error ("ledger_damaged"), never a fresh
/// start.
///
/// Thread-safe: requests for one log are worked off one after the other, each of which is whole by
/// then and bounded, so that no client can hold up the others. Memory does not grow with the logs.
class Mirror {
 public:
  static Result<std::unique_ptr<Mirror>> open(const std::filesystem::path& directory,
                                              MirrorParts parts);
  /// In files of another kind: tests that lose power. One writer a directory is the caller's affair
  /// then. `files` outlives the mirror.
  static Result<std::unique_ptr<Mirror>> open_in(Files& files,
                                                 const std::filesystem::path& directory,
                                                 MirrorParts parts);
  ~Mirror();

  /// What HTTP says, as §Processing has it: 200 with cosignature `lines`; 202 and 409 with where to
  /// go on; 400 malformed, or no whole package; 404 unknown log; 422 a package's proof does not
  /// hold (those before it are kept); 503 its disk, or too much to do.
  struct Answer {
    int status = 0;
    std::string lines{};
    MirrorInfo info{};
    Error error{};
  };
  Answer add_entries(Octets body, ContentCoding coding);

  /// Of the log whose origin has this SHA-256 (64 lower-case hex digits): the mirror checkpoint,
  /// error "no_such_checkpoint"; and the file of a tile of what is there for good, by its path
  /// without "tile/", errors "not_a_tile_path" and "no_such_tile".
  [[nodiscard]] Result<std::string> checkpoint(std::string_view origin_hash);
  struct TileFile {
    std::filesystem::path path;
    bool full = false;  ///< never changes any more
  };
  [[nodiscard]] Result<TileFile> tile(std::string_view origin_hash, std::string_view path);
  [[nodiscard]] std::string vkey() const;

 private:
  struct Copy;
  class Upload;
  struct Pending;
  struct Impl;
  explicit Mirror(std::unique_ptr<Impl> impl);
  static Result<std::unique_ptr<Mirror>> make(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// POST {submission}/add-entries; GET {monitoring}/{sha256hex(origin)}/checkpoint and /tile/…, GET
/// {monitoring}/vkey. {submission}/add-checkpoint is the witness's (witness_routes), whose
/// monitoring prefix must be another. Serves the disk's files. The mirror must outlive them.
std::vector<net::Route> mirror_routes(Mirror& mirror, std::string_view submission,
                                      std::string_view monitoring, net::Access access);

}  // namespace minben::ledger
