#pragma once
// Timestamps of the gateway's ledger by an outside authority (RFC 3161): when each exchange was on
// record at the latest, by somebody who is neither asker nor provider. One token is for a
// checkpoint, and so for all exchanges before it, however many; asking is no part of answering.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "directory.hpp"
#include "exchange/timestamping.hpp"
#include "journal.hpp"
#include "sqlite.hpp"

namespace minben::gateway {

/// A token, and what it is of.
struct Stamp {
  std::uint64_t size = 0;  ///< of the checkpoint
  std::string checkpoint;  ///< signed note
  Bytes token;             ///< DER, over exchange::timestamp_manifest(checkpoint)
};

/// Thread-safe.
class Stamping {
 public:
  /// state_directory/timestamps.db, made when it is not there.
  static Result<std::unique_ptr<Stamping>> open(const GatewayConfig& config, const Journal& journal,
                                                const Directory& directory, const Clock& clock,
                                                Random& random);
  ~Stamping();
  void start();  ///< every timestamp_interval_s, in a thread
  void stop();

  /// Stamps what is not stamped, when the configuration names authorities. Errors: those of
  /// TimestampClient; "gateway_database".
  Result<void> stamp();
  /// Unavailable "timestamp_overdue" when exchanges have waited for one longer than
  /// timestamp_grace_s. Asked before every exchange: a look at two numbers.
  [[nodiscard]] Result<void> check(Instant now) const;
  /// The earliest that covers this entry; nothing: it has none yet.
  Result<std::optional<Stamp>> find(ledger::Position position);

  struct State {
    bool wanted = false;         ///< the configuration names authorities
    std::int64_t waiting_s = 0;  ///< since something has waited; 0 = nothing does
    std::uint64_t stamps = 0;    ///< since the start
    std::uint64_t failures = 0;  ///< likewise
    std::string failure;         ///< of the last attempt, for people; "" = it went well
  };
  [[nodiscard]] State state() const;

 private:
  struct Statements;
  Stamping(const GatewayConfig& config, const Journal& journal, const Directory& directory,
           const Clock& clock, Random& random, Sqlite database,
           std::unique_ptr<Statements> statements);
  void run();
  Result<void> look();  ///< whether something waits, and since when
  Result<std::uint64_t> stamped(int log);
  Result<bool> stamp_log(int number, exchange::TimestampClient& authorities);
  Result<void> set_waiting(Instant since);  ///< Instant() = nothing

  const GatewayConfig& config_;
  const Journal& journal_;
  const Directory& directory_;
  const Clock& clock_;
  Random& random_;
  std::atomic<bool> wanted_ = false;
  std::atomic<Instant> waiting_since_{};  ///< exchanges have no timestamp; 1970: all have
  std::atomic<std::uint64_t> stamps_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
  std::mutex stamping_;       ///< one at a time
  mutable std::mutex mutex_;  ///< of the database and what is below
  Sqlite database_;
  const std::unique_ptr<Statements> statements_;
  std::string failure_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
