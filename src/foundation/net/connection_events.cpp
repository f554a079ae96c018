// Server-sent events of a connection: it ends with the stream, so its length is not announced.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/spdlog.h>

#include "connection.hpp"

namespace minben::net {

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr seconds heartbeat{15};  ///< comments keep proxies from closing a quiet stream

// However the writing ends, senders learn that the client is gone.
struct DetachAtEnd {
  EventQueue& queue;
  ~DetachAtEnd() { queue.detach(); }
};

void start_events(const Response& response, const std::shared_ptr<EventQueue>& queue) {
  try {
    response.events(queue);
  } catch (const std::exception& exception) {
    spdlog::error("an event stream did not start: {}", exception.what());
    queue->close();
  }
}

}  // namespace

asio::awaitable<void> Connection::stream_events(Response response) {
  expire_in(2 * heartbeat);
  const std::string head = write_head(response, loop_.date, false, std::nullopt);
  const bool written = co_await stream_.write(head);
  if (!written) co_return;
  auto wake = [weak = weak_from_this(), executor = stream_.executor()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->event_timer_.cancel();
    });
  };
  const auto queue = std::make_shared<EventQueue>(std::move(wake));
  const DetachAtEnd detach{*queue};
  events_ = queue;
  asio::co_spawn(loop_.context, watch_for_end(queue), asio::detached);
  if (!shared_.workers->reserve()) co_return;
  WorkerPool::Task task = [&response, queue] { start_events(response, queue); };
  co_await on_worker(std::move(task));
  if (!shared_.stopping) co_await write_events(queue);
}

asio::awaitable<void> Connection::write_events(std::shared_ptr<EventQueue> queue) {
  static const EventText beat = std::make_shared<const std::string>(":\n\n");
  while (true) {
    const bool open = queue->open();  // before take(), so that nothing sent before close() is lost
    std::vector<EventText> texts = queue->take();
    if (texts.empty()) {
      if (!open) co_return;
      event_timer_.expires_after(heartbeat);
      const auto [error] = co_await event_timer_.async_wait(as_result);
      texts = queue->take();
      if (!error && texts.empty()) texts.push_back(beat);
    }
    if (texts.empty()) continue;
    expire_in(2 * heartbeat);
    const bool written = co_await stream_.write_all(texts);
    if (!written) co_return;
  }
}

// The client never sends anything more; reading only finds out that it has gone.
asio::awaitable<void> Connection::watch_for_end(std::shared_ptr<EventQueue> queue) {
  const auto self = shared_from_this();
  std::array<char, 256> rest;
  std::size_t size = 1;
  while (size > 0) size = co_await stream_.read_some(asio::buffer(rest));
  queue->close();
}

}  // namespace minben::net
