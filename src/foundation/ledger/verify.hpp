#pragma once
// Whole logs, read as a stranger would: nothing is believed but the key. From a directory, or over
// HTTP from whoever serves C2SP tlog-tiles.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/tlog.hpp"
#include "net/net.hpp"

namespace minben::ledger {

class Log;

/// Where the files of a log are. Thread-safe.
class Source {
 public:
  virtual ~Source() = default;
  /// "checkpoint", "tile/0/000" …; nothing when there is no such file. Errors: "file_too_large",
  /// "source_failed" (disk), "source_unavailable" (an answer that is neither the file nor "there is
  /// none"), and those of net::Client.
  [[nodiscard]] virtual Result<std::optional<Bytes>> read(const std::string& path) const = 0;
  /// How many should read at once: a disk wants as many as there are processors, a server more.
  [[nodiscard]] virtual int readers() const = 0;
};

std::unique_ptr<Source> directory_source(std::filesystem::path directory);
/// One that is open, wherever it is stored; it must outlive the source.
std::unique_ptr<Source> log_source(const Log& log);

struct HttpSourceOptions {
  std::filesystem::path server_ca_pem{};  ///< for https
  milliseconds timeout_ms{30000};         ///< for one file
  int requests = 16;                      ///< under way at once
  int tries = 4;               ///< for answers 429 and 5xx, broken connections and timeouts
  milliseconds pause_ms{500};  ///< before the second try; then twice as long each time
};
/// `url` is the log's prefix, "https://log.example/2026". Error "bad_url".
Result<std::unique_ptr<Source>> http_source(std::string_view url,
                                            const HttpSourceOptions& options = {});

/// A log that was read whole and found right.
struct VerifiedLog {
  Checkpoint checkpoint;
  std::string note;         ///< the checkpoint as it was signed
  std::uint64_t files = 0;  ///< tiles and bundles that were read and found right
  Bytes first, last;        ///< entries; empty when there are none
};

struct VerifyOptions {
  /// Signed checkpoints that were seen before: the log must contain their trees.
  std::vector<std::string> since{};
  /// Entries done and all; now and then, from one thread at a time.
  std::function<void(std::uint64_t, std::uint64_t)> progress{};
};

/// Reads every entry, rebuilds every tile and the root, and compares; also committed/checkpoint
/// when there is one. Errors name the file in `field`: "missing_file", "wrong_tile",
/// "wrong_bundle", "root_mismatch", and those of open_checkpoint and of the source. Against
/// `since` ("since" in `field`): "rolled_back" when the log is shorter, "forked" when it holds
/// another tree of that size. Several threads; memory does not grow with the log.
Result<VerifiedLog> verify_log(const Source& source, std::string_view vkey,
                               const VerifyOptions& options = {});
Result<VerifiedLog> verify_directory(const std::filesystem::path& directory, std::string_view vkey);

}  // namespace minben::ledger
