#pragma once
// A ledger through its changes of key: a log, its successor, that one's successor … all but the
// last of them sealed. What is in any of them can be proven for good.
#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "ledger/policy.hpp"
#include "store/store.hpp"
#include "trust/trust.hpp"

namespace minben::ledger {

/// Where an entry is. Ordered as entries were added.
struct Position {
  int log = 1;  ///< its number
  std::uint64_t index = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

/// Thread-safe. Logs that were given out stay for as long as this.
class Logs {
 public:
  /// The key that signs log `number`, from 1. Only the newest one's is needed. not_found: it is not
  /// here.
  using KeyOf = std::function<Result<trust::SigningKey>(int number)>;

  /// Those in a database, of which the first is made when there is none. Log 1 is `origin`, log 2
  /// `origin`/2 and so on. `database` outlives it. Errors: those of Log::open_in and of `keys`,
  /// "wrong_ledger_key" (the newest log's is another than the one given).
  static Result<std::unique_ptr<Logs>> open(store::Database& database, std::string_view origin,
                                            KeyOf keys, const LogLimits& limits = {});
  /// The same in directories: log 1 in `directory`, log N in the one beside it with "-N" at its
  /// end. One process has them.
  static Result<std::unique_ptr<Logs>> open(const std::filesystem::path& directory,
                                            std::string_view origin, KeyOf keys,
                                            const LogLimits& limits = {});
  /// Just this one, which outlives it.
  explicit Logs(Log& only);
  ~Logs();
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  /// Where entries go, and its number.
  [[nodiscard]] std::pair<int, Log*> current() const;
  [[nodiscard]] Log& newest() const { return *current().second; }
  /// Also one that another process has begun meanwhile. "no_such_log".
  Result<Log*> log(int number) const;
  /// Their verifier keys, one a line, in the order of the logs: for verify_receipt.
  [[nodiscard]] std::string vkeys() const;

  /// Goes on to the newest log, which another process may have begun. While its key is not here,
  /// appending to it gets "no_ledger_key".
  Result<void> follow() const;
  /// Ends the newest log and begins its successor, whose key must be here; or only finishes that,
  /// where an earlier call, on any node, was stopped. The successor's number.
  Result<int> begin_successor();

  [[nodiscard]] static std::string origin_of(std::string_view origin, int number);
  /// Below what log_routes serves: "" for the first, else "/N".
  [[nodiscard]] static std::string path_of(int number);

 private:
  /// Where the logs are.
  class Shelf;
  Logs(std::unique_ptr<Shelf> shelf, std::string_view origin, KeyOf keys);
  static Result<std::unique_ptr<Logs>> open_on(std::unique_ptr<Shelf> shelf,
                                               std::string_view origin, KeyOf keys);
  /// Opened for appending, or only for reading where the key is not here.
  struct Held {
    std::unique_ptr<Log> log;
    bool writes = false;
  };
  Result<Held> open_log(int number) const;
  /// Of the logs after the last one that is known; whether one was begun by this call.
  Result<bool> follow_locked() const;

  std::unique_ptr<Shelf> shelf_;  ///< none: just the one log
  std::string origin_;
  KeyOf keys_;
  mutable std::mutex mutex_;
  mutable bool writes_ = true;     ///< the newest one's key is here
  mutable std::vector<Log*> all_;  ///< by number - 1
  mutable std::vector<std::unique_ptr<Log>> owned_;
};

/// A policy that names one of these logs then names those that continue it, too: their seals vouch
/// for the keys.
Policy with_successors(Policy policy, const Logs& logs);

/// Takes a log that was kept in a directory into a database where there is none of its origin: the
/// same entries, tiles and root. All or nothing. conflict "log_exists".
Result<void> adopt(store::Database& database, const Log& log);

}  // namespace minben::ledger
