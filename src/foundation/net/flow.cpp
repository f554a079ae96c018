#include "flow.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace minben::net {

namespace asio = boost::asio;

// The work guard keeps the loop from ending while another thread holds the way back.
Task<void> suspend(std::move_only_function<void(Resume)> start) {
  const auto executor = co_await asio::this_coro::executor;
  auto begin = [&start, executor](auto handler) {
    auto work = asio::make_work_guard(executor);
    start([handler = std::move(handler), work = std::move(work)]() mutable {
      asio::post(work.get_executor(),
                 [handler = std::move(handler)]() mutable { std::move(handler)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(begin),
                                                                       asio::use_awaitable);
}

Task<void> yield() { co_await asio::post(asio::use_awaitable); }

Task<void> sleep_for(microseconds time) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

std::shared_ptr<const FlowHandler> flow_handler(std::function<Task<void>(Flow&)> run) {
  return std::make_shared<const FlowHandler>(FlowHandler{std::move(run)});
}

std::shared_ptr<const ChannelHandler> channel_handler(std::function<Task<void>(Channel&)> run) {
  return std::make_shared<const ChannelHandler>(ChannelHandler{std::move(run)});
}

}  // namespace minben::net
