#pragma once
// Events that own systems publish, kept until their subscribers have fetched them: sealed rows in
// one SQLite file. Event types go by "subsystem/service", subscribers by their full name.
#include <filesystem>
#include <mutex>
#include <set>

#include "event_body.hpp"
#include "message_log.hpp"

namespace minben::gateway {

/// An event on its way to a subscriber.
struct Fetched {
  EventHead head;
  std::string person;  ///< pseudonym on the platform, or ""
  std::string event;   ///< JSON; "" = there is none
};

/// How far an event has come.
struct EventStatus {
  EventHead head;
  std::string state;  ///< "WAITING", "FETCHED" by all that asked, "STOPPED" (by its publisher),
                      ///< "EXPIRED" before all had it
  Instant expires_at{};
  std::string event;  ///< JSON; "" when it is not kept any more
  std::vector<std::string> fetched_by;
  std::vector<std::string> missing_at;  ///< subscribers that asked before, and have not fetched it
};

struct OutboxFigures {
  std::size_t events = 0;  ///< kept now
  std::size_t bytes = 0;
  std::uint64_t published = 0;  ///< since the start, as are the next two
  std::uint64_t expired = 0;    ///< before all subscribers had them
  std::uint64_t turned_away = 0;
};

/// Thread-safe. Errors of all: "gateway_database", and of sealing.
class Outbox {
 public:
  static Result<std::unique_ptr<Outbox>> open(const std::filesystem::path& directory,
                                              const MessagesConfig& limits, const Clock& clock,
                                              Random& random);
  ~Outbox();

  /// Error: conflict "event_type_exists".
  Result<void> add_type(const std::string& type, std::string_view schema);
  Result<std::string> schema(const std::string& type);  ///< not_found "unknown_event_type"
  [[nodiscard]] std::vector<std::string> types(std::string_view subsystem) const;  ///< codes
  [[nodiscard]] bool has_type(std::string_view type) const;
  /// Errors: "unknown_event_type"; conflict "events_waiting", which subscribers have not fetched.
  /// Their sequence goes on should the type come again.
  Result<void> remove_type(const std::string& type);

  /// Durable when it returns; the event's id. What was published under that id before stays as it
  /// was. Errors: "unknown_event_type"; unavailable "store_full": all that is kept is still waited
  /// for.
  Result<std::string> publish(const std::string& type, PublishEvent event, std::string_view person);
  /// The first event after that number of its sequence, about `subject` only unless that is "".
  /// Who asks for all so acknowledges those up to `after`. Errors: "unknown_event_type"; conflict
  /// "sequence_ahead": a number that was never given out.
  Result<Fetched> next(const std::string& type, const std::string& subscriber, std::int64_t after,
                       std::string_view subject);
  /// Error: not_found "unknown_event".
  Result<EventStatus> status(const std::string& type, std::string_view id);
  Result<void> stop(const std::string& type, std::string_view id);
  /// Takes out what has expired; how many events not all subscribers had.
  Result<std::size_t> expire();
  [[nodiscard]] OutboxFigures figures() const;

 private:
  struct Statements;
  struct Row;
  struct Due;
  Outbox(Sqlite database, MessageKey key, const MessagesConfig& limits, const Clock& clock,
         Random& random);
  Result<void> read_present();
  [[nodiscard]] MessageKey key_of(std::string_view id) const;
  Result<void> make_room(std::size_t bytes);
  Result<void> evict();
  void leave(std::size_t bytes);  ///< one event of so many
  Result<std::int64_t> take_number(const std::string& type);
  Result<std::int64_t> newest(const std::string& type);
  static Result<std::optional<Row>> read_row(Statement& from);
  Result<std::optional<Row>> find(const std::string& type, std::string_view id);
  [[nodiscard]] Result<Fetched> open_row(const Row& row) const;
  Result<std::int64_t> count_missed(const std::string& type, std::int64_t after,
                                    std::int64_t before);
  Result<std::vector<Due>> due_now();

  mutable std::mutex mutex_;
  Sqlite database_;
  const MessageKey key_;
  const MessagesConfig limits_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<Statements> statements_;
  std::set<std::string, std::less<>> types_;
  OutboxFigures figures_;
};

}  // namespace minben::gateway
