#pragma once
// Bodies of messages that are kept for evidence, for the services that keep_bodies of gateway.json
// names; of all others only digests are. Sealed like the message log, bounded in size and time, and
// written after the answer has left: a crash may lose those of the last moment, never the exchange.
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "body_copy.hpp"
#include "exchange/statement.hpp"
#include "message_log.hpp"

namespace minben::gateway {

/// Thread-safe.
class Bodies {
 public:
  static constexpr std::size_t max_queued = 16u << 20;  ///< bytes that wait to be written

  /// state_directory/bodies.db, made when it is not there and something is to be kept.
  static Result<std::unique_ptr<Bodies>> open(const GatewayConfig& config, const Clock& clock,
                                              Random& random);
  ~Bodies();
  void stop();  ///< what waits is written before

  /// Of any service: which one it is may only be known after the first bytes. 0 = none.
  [[nodiscard]] std::size_t limit() const { return limit_; }
  /// Keeps what its service's rule says, in a moment; `copies` is empty afterwards.
  void keep(const ExchangeRecord& record, BodyCopies& copies);
  /// As it was; nothing: not kept, or not any more.
  Result<std::optional<std::string>> find(std::string_view request_id, Side side);
  void settle();  ///< waits until what was to be kept is there
  /// Erases what has expired; also done every hour.
  Result<void> forget();

  struct State {
    bool wanted = false;         ///< some service's are kept
    std::uint64_t kept = 0;      ///< since the start
    std::uint64_t left_out = 0;  ///< too long, or no room
    std::uint64_t bytes = 0;     ///< that are there, sealed
  };
  [[nodiscard]] State state() const;

 private:
  struct Item {
    std::string request_id;
    Side side = Side::request;
    std::string body;
    Instant expires_at{};
  };
  struct Statements;
  Bodies(const GatewayConfig& config, const Clock& clock);
  Result<void> open_database(Random& random);
  [[nodiscard]] MessageKey key_of(std::string_view request_id, Side side) const;
  void run();
  Result<void> write(std::span<const Item> items);

  const GatewayConfig& config_;
  const Clock& clock_;
  std::size_t limit_ = 0;
  std::atomic<std::uint64_t> kept_ = 0, left_out_ = 0, bytes_ = 0;
  mutable std::mutex database_mutex_;
  std::optional<MessageKey> key_;  ///< none: nothing is kept, and nothing was
  std::optional<Sqlite> database_;
  std::unique_ptr<Statements> statements_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;
  std::size_t queued_ = 0;  ///< bytes
  bool writing_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace minben::gateway
