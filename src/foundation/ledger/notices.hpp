#pragma once
// A notice of a log a day (notice.hpp), for whoever prints or archives it: a gazette, a library.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "ledger/logs.hpp"
#include "ledger/policy.hpp"
#include "net/net.hpp"
#include "store/store.hpp"

namespace minben::ledger {

/// In the table ledger.notice, which all nodes share: a text for each day of Taiwan, written once,
/// and while it waits for the policy's quorum a row that says since when. Thread-safe. Logs,
/// database and clock outlive it.
class Notices {
 public:
  /// Of the newest log. A policy that names one of them also counts for its successors.
  Notices(const Logs& logs, Policy policy, store::Database& database, const Clock& clock);

  /// The durable job "ledger.notice": one node of many writes each day's notice, just after the day
  /// has begun. Without the quorum it tries again every 15 seconds. Before workers.start().
  void write_daily(store::Workers& workers);

  enum class Outcome { written, there_already, short_of_quorum };
  /// Today's, now. Of what the log shows, or of the newest checkpoint with its quorum, when that is
  /// a matter of minutes.
  Result<Outcome> write(store::Transaction& transaction);

  /// Newest first.
  [[nodiscard]] Result<std::vector<Date>> days(std::size_t limit) const;
  [[nodiscard]] Result<std::string> notice(Date day) const;  ///< "no_such_notice"
  /// Since when a notice waits for its quorum; nothing while none does.
  [[nodiscard]] Result<std::optional<Instant>> short_since() const;

 private:
  [[nodiscard]] Result<std::optional<std::string>> note_with_quorum() const;
  Result<void> plan(store::Transaction& transaction, Instant at) const;

  const Logs& logs_;
  const std::string ledger_;  ///< the first log's origin
  const Policy policy_;
  store::Database& database_;
  const Clock& clock_;
};

/// GET {prefix}/notices: JSON, {"notices":[{"day","path"}…] newest first, at most 400,
/// "short_since"}. GET {prefix}/notices/{day}: plain text; "newest" is a day too. The notices must
/// outlive them.
std::vector<net::Route> notice_routes(const Notices& notices, std::string_view prefix,
                                      net::Access access);

}  // namespace minben::ledger
