#pragma once
// Every exchange of a gateway, sealed, in one SQLite file beside the ledger: what the ledger's
// digests are of.
#include <filesystem>

#include "ledger/logs.hpp"
#include "record.hpp"
#include "sqlite.hpp"
#include "trust/trust.hpp"

namespace minben::gateway {

/// Seals what is kept of exchanges. Thread-safe.
class MessageKey {
 public:
  /// DIR/messages.key, made when it is not there.
  static Result<MessageKey> load_or_create(const std::filesystem::path& directory, Random& random);
  [[nodiscard]] Result<Bytes> seal(std::string_view text) const;
  [[nodiscard]] Result<std::string> open(std::span<const std::uint8_t> sealed) const;
  /// The same key for another use: what is sealed in one place does not open in another.
  [[nodiscard]] MessageKey in(std::string context) const;
  /// To look a text up by without keeping it; 32 bytes.
  [[nodiscard]] std::string digest(std::string_view text) const;

 private:
  MessageKey(trust::DataKey key, Random& random)
      : key_(std::make_shared<const trust::DataKey>(std::move(key))), random_(&random) {}
  std::shared_ptr<const trust::DataKey> key_;
  Random* random_;
  std::string context_ = "gateway.message";
};

/// A message on its way into the log.
struct FiledMessage {
  std::int64_t number = 0;  ///< from 1, without gaps
  Instant at{};
  std::string exchange_id;
  bool is_use = false;
  Bytes content;                ///< sealed write_record()
  Bytes entry;                  ///< ledger_entry()
  ledger::Position position{};  ///< of that entry, when it is in the ledger
};

struct StoredMessage {
  std::int64_t number = 0;
  std::string text;  ///< write_record()
  ledger::Position position;
};

/// One connection; one thread at a time. One object writes, others may read beside it.
class MessageLog {
 public:
  static Result<std::unique_ptr<MessageLog>> open(const std::filesystem::path& directory,
                                                  Random& random);
  ~MessageLog();

  /// All or nothing, durable when it returns: messages, and uses that need not be delivered any
  /// more. Returns how many of these waited until now.
  Result<std::size_t> file(std::span<const FiledMessage> messages,
                           std::span<const std::int64_t> delivered);
  Result<std::int64_t> newest();  ///< number; 0: there is none

  /// Uses that the platform has not acknowledged, after that number, in order.
  Result<std::vector<StoredMessage>> waiting(std::int64_t after, std::size_t limit);
  Result<std::size_t> count_waiting();
  /// All with this X-Road-Id, the newest first.
  Result<std::vector<StoredMessage>> find(std::string_view exchange_id, std::size_t limit);
  /// From `since` on, in order, after that number.
  Result<std::vector<StoredMessage>> since(Instant since, std::int64_t after, std::size_t limit);
  /// A number after which all messages from `since` on come, but for such that took an hour more
  /// than the others around them; 0: from the first on.
  Result<std::int64_t> before(Instant since);
  /// Forgets messages before that instant, but none that waits to be delivered; how many.
  Result<std::size_t> forget(Instant before, std::size_t limit);

 private:
  struct Statements;
  MessageLog(Sqlite database, MessageKey key);
  Result<std::size_t> add(std::span<const FiledMessage> messages,
                          std::span<const std::int64_t> delivered);
  Result<std::vector<StoredMessage>> read_all(Statement& statement);

  Sqlite database_;
  const MessageKey key_;
  std::unique_ptr<Statements> statements_;
};

}  // namespace minben::gateway
