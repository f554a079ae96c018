#include "events.hpp"

namespace minben::net {

namespace {

// A line break inside a value would begin another field.
std::string one_line(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  return out;
}

}  // namespace

std::string write_event(std::string_view event, std::string_view data, std::string_view id) {
  std::string out;
  if (!id.empty()) out += "id: " + one_line(id) + "\n";
  if (!event.empty()) out += "event: " + one_line(event) + "\n";
  for (const auto line : split(data, '\n')) out += "data: " + one_line(line) + "\n";
  return out += "\n";
}

bool EventQueue::send(std::string_view event, std::string_view data, std::string_view id) {
  return send(std::make_shared<const std::string>(write_event(event, data, id)));
}

bool EventQueue::send(EventText text) {
  const std::lock_guard lock(mutex_);
  if (!open_) return false;
  const bool first = waiting_.empty();
  if (waiting_.size() >= max_waiting) {  // too slow a reader
    open_ = false;
    waiting_.clear();
  } else {
    waiting_.push_back(std::move(text));
  }
  // Whoever has not taken the one before takes this one with it.
  if (wake_ && (first || !open_)) wake_();
  return open_;
}

Response shared_event_stream(std::function<void(std::shared_ptr<SharedEventStream>)> start) {
  return Response::event_stream(
      [start = std::move(start)](const std::shared_ptr<EventStream>& stream) {
        // Servers make queues and nothing else.
        auto shared = std::dynamic_pointer_cast<SharedEventStream>(stream);
        MINBEN_ASSERT(shared != nullptr);
        start(std::move(shared));
      });
}

std::size_t EventQueue::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void EventQueue::close() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  if (wake_) wake_();
}

bool EventQueue::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

std::vector<EventText> EventQueue::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void EventQueue::detach() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  wake_ = nullptr;
}

}  // namespace minben::net
