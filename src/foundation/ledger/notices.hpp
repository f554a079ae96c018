#pragma once
// A notice of a log a day (notice.hpp), for whoever prints or archives it: a gazette, a library.
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "ledger/policy.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::ledger {

/// DIR/YYYY-MM-DD.txt, the day in Taiwan, each written once; DIR/short-since while a notice waits
/// for the policy's quorum. Nodes that share work share DIR. Thread-safe. Log and clock outlive it.
class Notices {
 public:
  Notices(const Log& log, Policy policy, std::filesystem::path directory, const Clock& clock);

  /// The durable job "ledger.notice": one node of many writes each day's notice, just after the day
  /// has begun. Without the quorum, and when the disk fails, it tries again every few minutes.
  /// Before workers.start().
  void write_daily(store::Database& database, store::Workers& workers);

  enum class Outcome { written, there_already, short_of_quorum };
  /// Today's, now. Of what the log shows, or of the newest checkpoint with its quorum, when that is
  /// a matter of minutes. Errors: those of the files.
  Result<Outcome> write();

  /// Newest first. Errors: those of the files.
  [[nodiscard]] Result<std::vector<Date>> days(std::size_t limit) const;
  [[nodiscard]] Result<std::string> notice(Date day) const;  ///< "no_such_notice"
  /// Since when a notice waits for its quorum; nothing while none does.
  [[nodiscard]] Result<std::optional<Instant>> short_since() const;

 private:
  [[nodiscard]] Result<std::optional<std::string>> note_with_quorum() const;
  Result<void> plan(store::Transaction& transaction, Instant at) const;
  [[nodiscard]] std::filesystem::path file_of(Date day) const;

  const Log& log_;
  const Policy policy_;
  const std::filesystem::path directory_;
  const Clock& clock_;
};

/// GET {prefix}/notices: JSON, {"notices":[{"day","path"}…] newest first, at most 400,
/// "short_since"}. GET {prefix}/notices/{day}: plain text; "newest" is a day too. The notices must
/// outlive them.
std::vector<net::Route> notice_routes(const Notices& notices, std::string_view prefix,
                                      net::Access access);

}  // namespace minben::ledger
