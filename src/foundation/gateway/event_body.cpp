#include "event_body.hpp"

#include <fmt/format.h>

#include "exchange/json_reader.hpp"

namespace minben::gateway {

namespace {

constexpr std::int64_t most = std::int64_t{1} << 53;
constexpr JsonLimits limits{.max_bytes = max_event + (64u << 10), .max_depth = 64};

Result<void> check_name(const Json& json, std::string_view expected) {
  MINBEN_TRY(name, get_string(json, "eventType"));
  if (name != expected)
    return fail(Kind::invalid, "event_type_differs", "from the one in the path", "eventType");
  return {};
}

/// The text of a member that is an object. The gateway does not write it anew: what the publisher
/// wrote is what subscribers read and what digests are of.
Result<std::string> object_text(std::string_view body, std::string_view name) {
  JsonReader reader(body);
  std::string_view text;
  reader.object([&](std::string_view member, std::string_view) {
    const bool is_object = reader.peek() == '{';
    const std::string_view value = reader.value();
    if (member == name) text = is_object ? value : std::string_view();
  });
  if (reader.failed() || !reader.at_end())
    return fail(Kind::invalid, "not_json", "or a name that comes twice", name);
  if (text.empty()) return fail(Kind::invalid, "wrong_type", "expected an object", name);
  return std::string(text);
}

Result<std::string> optional_text(const Json& json, std::string_view name, std::size_t longest) {
  if (!find(json, name)) return std::string();
  MINBEN_TRY(text, get_string(json, name));
  if (text.empty() || text.size() > longest)
    return fail(Kind::invalid, "too_long", fmt::format("1 to {} bytes", longest), name);
  return text;
}

Result<std::int64_t> number_in(const net::Headers& fields, std::string_view name) {
  const std::string_view text = fields.get(name);
  if (text.empty()) return 0;
  const auto number = parse_integer(text, 0, most);
  if (!number) return fail(Kind::unavailable, "not_an_event", "not a number", name);
  return *number;
}

}  // namespace

Result<EventType> read_event_type(std::string_view body) {
  MINBEN_TRY(json, parse_json(body, limits));
  MINBEN_TRY(name, get_string(json, "eventType"));
  MINBEN_TRY(schema, object_text(body, "schema"));
  if (schema.size() > max_schema)
    return fail(Kind::too_large, "event_too_large", "256 KiB at most", "schema");
  return EventType{std::move(name), std::move(schema)};
}

Result<PublishEvent> read_publish_event(std::string_view body, std::string_view event_type) {
  MINBEN_TRY(json, parse_json(body, limits));
  MINBEN_CHECK(check_name(json, event_type));
  PublishEvent out;
  MINBEN_TRY(id, optional_text(json, "id", 36));
  if (!id.empty()) {
    MINBEN_TRY(uuid, parse_uuid(id));
    out.id = minben::to_string(uuid);
  }
  MINBEN_TRY(subject, optional_text(json, "subject", 256));
  if (subject == "-") return fail(Kind::invalid, "wrong_type", "stands for all", "subject");
  out.subject = std::move(subject);
  MINBEN_TRY(event, object_text(body, "event"));
  if (event.size() > max_event)
    return fail(Kind::too_large, "event_too_large", "256 KiB at most; larger things are files",
                "event");
  out.event = std::move(event);
  return out;
}

std::string_view to_string(EventDelivery delivery) {
  return delivery == EventDelivery::push ? "PUSH" : "PULL";
}

Result<SubscriptionItem> read_subscription_item(std::string_view body,
                                                std::string_view event_type) {
  MINBEN_TRY(json, parse_json(body, limits));
  MINBEN_CHECK(check_name(json, event_type));
  SubscriptionItem out;
  if (find(json, "delivery")) {
    MINBEN_TRY(delivery, get_string(json, "delivery"));
    if (delivery != "PUSH" && delivery != "PULL")
      return fail(Kind::invalid, "wrong_type", "PUSH or PULL", "delivery");
    out.delivery = delivery == "PUSH" ? EventDelivery::push : EventDelivery::pull;
  }
  const Json* options = find(json, "options");
  if (!options || !find(*options, "TTL")) return out;
  MINBEN_TRY(ttl, get_integer(*options, "TTL"));
  if (ttl < 60 || ttl > 366 * 86400)
    return fail(Kind::invalid, "out_of_range", "60 seconds to 366 days", "options/TTL");
  out.ttl = seconds(ttl);
  return out;
}

std::string to_string(const EventFile& file) {
  return fmt::format("{};{};{}", file.id, file.size, file.sha256);
}

Result<EventFile> read_event_file(std::string_view text) {
  const auto parts = split(text, ';');
  const auto bad = [] { return fail(Kind::unavailable, "not_an_event", "its file"); };
  if (parts.size() != 3) return bad();
  const auto id = parse_uuid(parts[0]);
  const auto size = parse_integer(parts[1], 0, most);
  const auto digest = hex_decode(parts[2]);
  if (!id || !size || !digest || digest->size() != 32) return bad();
  return EventFile{minben::to_string(*id), static_cast<std::uint64_t>(*size), hex_encode(*digest)};
}

void write_event_head(const EventHead& head, net::Headers& into) {
  if (!head.id.empty()) {
    into.add("Minben-Event-Id", head.id);
    into.add("Minben-Event-Sequence", std::to_string(head.sequence));
    into.add("Minben-Event-At", minben::to_string(head.at));
    if (head.file) into.add("Minben-Event-File", to_string(*head.file));
  } else {
    into.add("Minben-Event-Newest", std::to_string(head.newest));
  }
  if (head.missed > 0) into.add("Minben-Event-Missed", std::to_string(head.missed));
}

Result<EventHead> read_event_head(const net::Headers& fields) {
  EventHead head;
  MINBEN_TRY(missed, number_in(fields, "Minben-Event-Missed"));
  head.missed = missed;
  MINBEN_TRY(newest, number_in(fields, "Minben-Event-Newest"));
  head.newest = newest;
  const std::string_view id = fields.get("Minben-Event-Id");
  if (id.empty()) {
    if (fields.has("Minben-Event-Newest")) return head;
    return fail(Kind::unavailable, "not_an_event", "the service keeps no events");
  }
  MINBEN_TRY(sequence, number_in(fields, "Minben-Event-Sequence"));
  const auto uuid = parse_uuid(id);
  const auto at = parse_instant(fields.get("Minben-Event-At"));
  if (!uuid || !at || sequence == 0)
    return fail(Kind::unavailable, "not_an_event", "id, sequence or time");
  head.id = minben::to_string(*uuid);
  head.sequence = sequence;
  head.at = *at;
  if (const std::string_view file = fields.get("Minben-Event-File"); !file.empty()) {
    MINBEN_TRY(read, read_event_file(file));
    head.file = std::move(read);
  }
  return head;
}

JsonObject to_json(const SubsystemId& id) {
  return {{"instanceId", id.instance},
          {"memberClass", id.member_class},
          {"memberCode", id.member},
          {"applicationCode", id.subsystem}};
}

std::string write_event_item(const EventHead& head, const ServiceId& event_type,
                             std::string_view event) {
  std::string text = write_json(JsonObject{{"id", head.id},
                                           {"sequence", head.sequence},
                                           {"at", minben::to_string(head.at)},
                                           {"publisherId", to_json(event_type.provider)},
                                           {"eventType", event_type.service}});
  text.pop_back();
  return text.append(",\"event\":").append(event).append("}");
}

}  // namespace minben::gateway
