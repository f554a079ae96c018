#pragma once
// What own systems are subscribed to, and the events that have come for them and wait: sealed rows
// in one SQLite file. An event and the place up to which its publisher was asked are one
// transaction, so each comes in once.
#include <atomic>
#include <filesystem>
#include <mutex>

#include "event_body.hpp"
#include "message_log.hpp"

namespace minben::gateway {

struct Subscription {
  std::int64_t number = 0;  ///< of this gateway
  std::string id;           ///< UUID
  SubsystemId subscriber;
  ServiceId event_type;
  EventDelivery delivery = EventDelivery::pull;
  seconds ttl{};
  std::string purpose;
  std::string case_id;
  std::int64_t cursor = 0;  ///< the sequence of the newest event that is here, or was
  std::int64_t missed = 0;  ///< events that expired at the publisher before they were fetched
  std::string trouble;      ///< why the last fetch failed; "" = it did not
  Instant trouble_since{};
};

/// An event that waits for an own system.
struct Arrived {
  std::int64_t subscription = 0;
  std::int64_t sequence = 0;
  std::string id;
  std::string exchange_id;  ///< X-Road-Id of its fetch, for evidence
  std::string item;         ///< EventItem
  std::int64_t attempts = 0;
  Instant due{};       ///< when it is posted again
  std::string reason;  ///< of dead ones: why
  std::optional<EventFile> file{};
  bool ready = true;  ///< its file is here, or there is none
};

struct InboxFigures {
  std::size_t subscriptions = 0;
  std::size_t waiting = 0;
  std::size_t dead = 0;
  std::size_t bytes = 0;  ///< of both
  std::int64_t missed = 0;
};

/// Thread-safe. Errors of all: "gateway_database", and of sealing.
class Inbox {
 public:
  static Result<std::unique_ptr<Inbox>> open(const std::filesystem::path& directory,
                                             const MessagesConfig& limits, const Clock& clock,
                                             Random& random);
  ~Inbox();

  /// Error: conflict "subscription_exists".
  Result<Subscription> subscribe(Subscription subscription);
  Result<void> change(const Subscription& subscription);  ///< delivery and ttl
  Result<void> unsubscribe(std::int64_t number);          ///< what waits goes with it
  Result<std::vector<Subscription>> all();
  /// Error: not_found "unknown_subscription".
  Result<Subscription> find(const SubsystemId& subscriber, const ServiceId& event_type);

  [[nodiscard]] bool full() const;  ///< nothing should be fetched
  /// The event that came next, or only word of how far there is none (`event` empty).
  Result<void> arrived(const Subscription& subscription, const EventHead& head,
                       std::string_view event, std::string_view exchange_id);
  /// From the oldest event again: the publisher's numbers have begun anew, so none that is kept
  /// there may be skipped. What came before may come again, under its id.
  Result<void> rewind(std::int64_t subscription);
  Result<void> note_trouble(std::int64_t subscription, std::string_view code);

  /// The first one whose file has not come.
  Result<std::optional<Arrived>> without_file(std::int64_t subscription);
  Result<void> file_came(const Arrived& event);

  /// The first one that waits, dead ones aside; also when its file has not come, so that nothing
  /// overtakes it.
  Result<std::optional<Arrived>> first(std::int64_t subscription);
  /// An own system has it. Error: not_found "unknown_event": it is not the first one that waits.
  Result<void> confirm(std::int64_t subscription, std::string_view id);
  Result<void> postpone(const Arrived& event, Instant due);
  Result<void> bury(const Arrived& event, std::string_view reason);

  /// Dead ones of all, in order, without their content.
  Result<std::vector<Arrived>> dead(std::size_t limit);
  /// It waits again, before all that came after it. Error: not_found "unknown_event".
  Result<void> revive(std::string_view id, std::int64_t subscription);
  Result<void> discard(std::string_view id, std::int64_t subscription);
  /// Those whose time is over are dead from now on; how many.
  Result<std::size_t> expire();
  [[nodiscard]] InboxFigures figures();

 private:
  struct Statements;
  Inbox(Sqlite database, MessageKey key, const MessagesConfig& limits, const Clock& clock);
  static Result<std::vector<Subscription>> read_subscriptions(Statement& from);
  Result<std::optional<Arrived>> read_arrived(Statement& from, std::int64_t subscription);
  [[nodiscard]] MessageKey key_of(std::int64_t subscription, std::string_view id) const;
  Result<void> measure();
  Result<void> take_out(Statement& statement);

  std::mutex mutex_;
  Sqlite database_;
  const MessageKey key_;
  const MessagesConfig limits_;
  const Clock& clock_;
  std::unique_ptr<Statements> statements_;
  std::atomic<std::size_t> events_ = 0;
  std::atomic<std::size_t> bytes_ = 0;
};

}  // namespace minben::gateway
