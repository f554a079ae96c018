// What information systems send about events, and what another gateway says beside one.
#include "event_body.hpp"

using namespace minben;
using namespace minben::gateway;

namespace {

void read_bodies(std::string_view text) {
  if (const auto type = read_event_type(text)) {
    MINBEN_ASSERT(type->schema.size() <= max_schema && parse_json(type->schema));
  }
  if (const auto event = read_publish_event(text, "a")) {
    MINBEN_ASSERT(event->event.size() <= max_event && event->subject != "-");
    MINBEN_ASSERT(event->id.empty() || parse_uuid(event->id));
    // What is handed on is the event itself, and the whole is JSON again.
    const EventHead head{event->id, 1, Instant{}};
    const auto item = parse_json(
        write_event_item(head, {{"MINBEN", "GOV", "nia", "register"}, "a"}, event->event));
    MINBEN_ASSERT(item && find(*item, "event") && find(*item, "event")->is_object());
  }
  if (const auto item = read_subscription_item(text, "a"))
    MINBEN_ASSERT(!item->ttl || *item->ttl >= seconds(60));
}

void read_heads(std::string_view text) {
  net::Headers fields;
  const auto lines = split(text, '\n');
  for (std::size_t i = 0; i < lines.size() && i < 6; ++i) {
    constexpr std::array names{"Minben-Event-Id",     "Minben-Event-Sequence", "Minben-Event-At",
                               "Minben-Event-Missed", "Minben-Event-Newest",   "Minben-Event-File"};
    fields.add(names[i], lines[i]);
  }
  const auto head = read_event_head(fields);
  if (!head) return;
  net::Headers again;
  write_event_head(*head, again);
  const auto second = read_event_head(again);
  MINBEN_ASSERT(second && second->id == head->id && second->sequence == head->sequence &&
                second->at == head->at && second->missed == head->missed &&
                second->file.has_value() == (head->file && !head->id.empty()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_bodies(text);
  read_heads(text);
  return 0;
}
