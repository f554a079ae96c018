#pragma once
// Every exchange of a gateway, sealed, in one SQLite file beside the ledger: what the ledger's
// digests are of.
#include <filesystem>

#include "record.hpp"
#include "sqlite.hpp"
#include "trust/trust.hpp"

namespace minben::gateway {

/// Where the ledger holds the entries of messages first, first + 1 …
struct Entered {
  std::int64_t first = 0;  ///< message
  std::int64_t count = 0;
  int log = 1;
  std::uint64_t entry = 0;  ///< of the first one
};

struct StoredMessage {
  std::int64_t number = 0;
  std::string text;  ///< write_record()
};

/// One connection; one thread at a time. One object writes, others may read beside it.
class MessageLog {
 public:
  /// `key`: seals the contents; made beside the file when it is not there.
  static Result<std::unique_ptr<MessageLog>> open(const std::filesystem::path& directory,
                                                  Random& random);
  ~MessageLog();

  /// Durable when commit() returns; each add() between them gives the message's number.
  Result<void> begin();
  Result<std::int64_t> add(const ExchangeRecord& record, std::string_view text);
  Result<void> enter(const Entered& entered);
  Result<void> delivered(std::span<const std::int64_t> numbers);
  Result<void> commit();
  void roll_back();

  /// Messages whose entries in the ledger are not known, in order.
  Result<std::vector<StoredMessage>> not_entered(std::size_t limit);
  /// Uses that the platform has not acknowledged, after that number, in order.
  Result<std::vector<StoredMessage>> waiting(std::int64_t after, std::size_t limit);
  Result<std::size_t> count_waiting();
  /// All with this X-Road-Id, the newest first.
  Result<std::vector<StoredMessage>> find(std::string_view exchange_id, std::size_t limit);
  /// From `since` on, in order, after that number.
  Result<std::vector<StoredMessage>> since(Instant since, std::int64_t after, std::size_t limit);
  /// The ledger's place of a message; nothing: not known yet.
  Result<std::optional<Entered>> entered(std::int64_t number);
  /// Forgets messages before that instant that were delivered and entered; how many.
  Result<std::size_t> forget(Instant before, std::size_t limit);

 private:
  struct Statements;
  MessageLog(Sqlite database, trust::DataKey key, Random& random);
  Result<std::vector<StoredMessage>> read_all(Statement& statement);

  Sqlite database_;
  const trust::DataKey key_;
  Random& random_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace minben::gateway
