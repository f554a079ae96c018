#pragma once
// Quotas and rates outlive the gateway's process.
//
// STATE/quotas.json holds the counters as they were when all messages up to some number were filed;
// what the message log holds after that number is counted again at the start. An exchange is
// durable before the end of its answer leaves, so after a kill no use is forgotten of which anybody
// got a whole answer. At most lost are requests that were under way at that moment.
// Counted twice, at most, is what was under way or not yet filed when the file was written, some
// hundredths of a second: it errs on the strict side.
#include <filesystem>

#include "exchange/access.hpp"
#include "message_log.hpp"

namespace minben::gateway {

/// One thread at a time.
class QuotaStore {
 public:
  static constexpr seconds period{10};  ///< between writes, while calls are counted

  QuotaStore(const std::filesystem::path& state_directory, const Clock& clock,
             UsageCounters& counters);
  /// Without a file, or with one that cannot be read, everything since this month began is counted
  /// again, which may take its time. Rules that are gone count nothing. Errors: those of the
  /// message log.
  Result<void> restore(MessageLog& messages, const Configuration& configuration);
  /// When it is time. `filed`: all messages up to that number are in the message log.
  void save_if_due(std::int64_t filed);
  /// Errors: "ledger_failed", with the disk's own words.
  Result<void> save(std::int64_t filed);

 private:
  Result<void> count_again(MessageLog& messages, std::int64_t after,
                           const Configuration& configuration);

  const std::filesystem::path file_;
  const Clock& clock_;
  UsageCounters& counters_;
  Instant next_{};
  std::string written_;             ///< the counters in the file
  std::int64_t written_filed_ = 0;  ///< and what they count up to
};

}  // namespace minben::gateway
