#pragma once
// The bodies of GovStack's Information Mediator PubSub API 2.0.0, as information systems send and
// get them, and what gateways say of an event beside it. What is ours in them: `id`, `subject` and
// `at`.
#include "exchange/message.hpp"
#include "gateway.hpp"

namespace minben::gateway {

inline constexpr std::size_t max_event = 256u << 10;   ///< bytes of an event
inline constexpr std::size_t max_schema = 256u << 10;  ///< bytes of an event type's JSON Schema

/// EventType: {"eventType", "schema"}.
struct EventType {
  std::string name;    ///< the service's code in the registry's configuration
  std::string schema;  ///< JSON Schema, for those who look; the gateway does not apply it
};
/// Errors of all three: "not_json", "missing", "wrong_type", "event_type_differs" (from that in the
/// path), "out_of_range", "too_long", "event_too_large".
Result<EventType> read_event_type(std::string_view body);

/// A file that an event tells of; Minben-Event-File: "id;size;sha256".
struct EventFile {
  std::string id;  ///< UUID, at the publisher's gateway
  std::uint64_t size = 0;
  std::string sha256;  ///< hex
};
std::string to_string(const EventFile& file);
/// Error unavailable "not_an_event".
Result<EventFile> read_event_file(std::string_view text);

/// PublishEvent: {"eventType", "event"} and optionally
///   id       UUID: publishing it twice is publishing it once
///   subject  the person's key in the register, by which a consent is bound to events (1 to 256)
struct PublishEvent {
  std::string id;  ///< "" = none
  std::string subject;
  std::string event;                ///< JSON of an object, as it came
  std::optional<EventFile> file{};  ///< of gateways only: nobody publishes a file by naming it
};
Result<PublishEvent> read_publish_event(std::string_view body, std::string_view event_type);

enum class EventDelivery { push, pull };
std::string_view to_string(EventDelivery delivery);  ///< "PUSH", "PULL"

/// SubscriptionItem. options.FIFO may be left out or be anything: events always come in order.
struct SubscriptionItem {
  std::optional<EventDelivery> delivery;
  std::optional<seconds> ttl;  ///< 60 s to 366 days; how long an event waits for the own system
};
Result<SubscriptionItem> read_subscription_item(std::string_view body, std::string_view event_type);

/// What stands in header fields, and so in what is signed, beside an event's own text.
struct EventHead {
  std::string id;             ///< Minben-Event-Id; "" = there is none
  std::int64_t sequence = 0;  ///< Minben-Event-Sequence: from 1, per event type
  Instant at{};               ///< Minben-Event-At: when it was published
  std::int64_t missed = 0;  ///< Minben-Event-Missed: since the last one, expired before this fetch
  std::int64_t newest = 0;  ///< Minben-Event-Newest: without an event, what there was up to now
  std::optional<EventFile> file{};  ///< Minben-Event-File
};
void write_event_head(const EventHead& head, net::Headers& into);
/// Error unavailable "not_an_event": neither an event nor word that there is none.
Result<EventHead> read_event_head(const net::Headers& fields);

/// EventItem: {"id", "sequence", "publisherId", "eventType", "event"}, and "at".
std::string write_event_item(const EventHead& head, const ServiceId& event_type,
                             std::string_view event);
JsonObject to_json(const SubsystemId& id);  ///< {"instanceId", "memberClass", …}

}  // namespace minben::gateway
