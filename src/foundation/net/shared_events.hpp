#pragma once
// Server-sent events that many are sent: each is written once, and connections share the text.
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/net.hpp"

namespace minben::net {

/// One or more events as they go over the wire.
using EventText = std::shared_ptr<const std::string>;
/// WHATWG HTML §9.2; what is empty is left out, line ends inside of a value begin no new field.
std::string write_event(std::string_view event, std::string_view data, std::string_view id = {});

/// As EventStream: thread-safe, and slow readers lose the connection rather than memory: at most
/// 256 texts wait.
class SharedEventStream : public EventStream {
 public:
  using EventStream::send;
  /// False once the client is gone.
  virtual bool send(EventText text) = 0;
  /// How many wait for the connection to take them: who sends much waits until there are none.
  [[nodiscard]] virtual std::size_t waiting() const = 0;
};

/// text/event-stream, as Response::event_stream.
Response shared_event_stream(std::function<void(std::shared_ptr<SharedEventStream>)> start);

}  // namespace minben::net
