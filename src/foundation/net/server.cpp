#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "connection.hpp"
#include "tls.hpp"

namespace minben::net {

namespace {

using asio::ip::tcp;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds date_period{250};
constexpr seconds stop_patience{5};

Result<void> listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool share_port) {
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && share_port) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1024, error);
  if (!error) return {};
  const std::string place = fmt::format("{}:{}", endpoint.address().to_string(), endpoint.port());
  const bool in_use = error == boost::system::errc::address_in_use;
  return fail(Kind::unavailable, in_use ? "address_in_use" : "cannot_listen", error.message(),
              place);
}

asio::awaitable<void> accept_all(Shared& shared, Loop& loop) {
  while (!shared.stopping) {
    auto [error, socket] = co_await loop.acceptor.async_accept(as_result);
    if (error == asio::error::operation_aborted || !loop.acceptor.is_open()) co_return;
    if (error) {  // out of descriptors: wait for some to come back
      Connection::make_room(loop);
      asio::steady_timer pause(loop.context, milliseconds(50));
      co_await pause.async_wait(as_result);
      continue;
    }
    if (shared.connections >= shared.config.max_connections && !Connection::make_room(loop))
      continue;  // closes it
    auto connection = std::make_shared<Connection>(std::move(socket), shared, loop);
    asio::co_spawn(loop.context, connection->run(), [connection](std::exception_ptr) {});
  }
}

asio::awaitable<void> keep_date(Loop& loop) {
  const SystemClock clock;
  while (true) {
    loop.date = http_date(clock.now());
    loop.date_timer.expires_after(date_period);
    const auto [error] = co_await loop.date_timer.async_wait(as_result);
    if (error) co_return;
  }
}

}  // namespace

struct Server::Impl {
  Impl(const ServerConfig& config, Pipeline pipeline) : shared(config, std::move(pipeline)) {}
  ~Impl() { stop(); }

  Result<void> start();
  Result<void> renew_tls();
  Result<void> open_acceptors();
  void each_loop(void (*action)(Loop&));
  bool wait_until_empty(seconds patience);
  void stop();

  Shared shared;
  std::vector<std::unique_ptr<Loop>> loops;
  std::unique_ptr<WorkerPool> workers;  // destroyed before the loops: its tasks refer to them
  std::uint16_t port = 0;
};

Result<void> Server::Impl::open_acceptors() {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(shared.config.address, error);
  if (error)
    return fail(Kind::invalid, "bad_address", "not a numeric address", shared.config.address);
  tcp::endpoint endpoint(address, shared.config.port);
  const bool share_port = shared.config.io_threads > 1;
  if (share_port) {
    // SO_REUSEPORT would also join a stranger's port, so see first that it is free.
    asio::io_context context;
    tcp::acceptor probe(context);
    MINBEN_CHECK(listen(probe, endpoint, false));
    endpoint.port(probe.local_endpoint().port());
  }
  for (const auto& loop : loops) {
    MINBEN_CHECK(listen(loop->acceptor, endpoint, share_port));
    endpoint.port(loop->acceptor.local_endpoint().port());
  }
  port = endpoint.port();
  return {};
}

Result<void> Server::Impl::renew_tls() {
  MINBEN_TRY(context, server_tls(*shared.config.tls));
  offer_protocols(context.get(), &shared.channel_names);
  shared.tls = std::make_shared<asio::ssl::context>(context.release());
  return {};
}

Result<void> Server::Impl::start() {
  for (const auto& [name, handler] : shared.config.channels) shared.channel_names.push_back(name);
  if (shared.config.tls) MINBEN_CHECK(renew_tls());
  for (int i = 0; i < std::max(1, shared.config.io_threads); ++i)
    loops.push_back(std::make_unique<Loop>());
  MINBEN_CHECK(open_acceptors());
  workers = std::make_unique<WorkerPool>(std::max(1, shared.config.workers),
                                         std::max(0, shared.config.max_waiting));
  shared.workers = workers.get();
  for (const auto& loop : loops) {
    asio::co_spawn(loop->context, keep_date(*loop), asio::detached);
    asio::co_spawn(loop->context, accept_all(shared, *loop), asio::detached);
    loop->thread = std::thread([context = &loop->context] { context->run(); });
  }
  return {};
}

void Server::Impl::each_loop(void (*action)(Loop&)) {
  for (const auto& loop : loops)
    asio::post(loop->context, [action, each = loop.get()] { action(*each); });
}

bool Server::Impl::wait_until_empty(seconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (shared.connections > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(milliseconds(5));
  return shared.connections == 0;
}

void Server::Impl::stop() {
  if (shared.stopping.exchange(true)) return;
  each_loop([](Loop& loop) {
    boost::system::error_code ignored;
    loop.acceptor.close(ignored);
    for (Connection* connection : loop.connections) connection->stop_if_idle();
  });
  if (!wait_until_empty(stop_patience))
    each_loop([](Loop& loop) {
      for (Connection* connection : loop.connections) connection->close();
    });
  if (workers) workers->stop();
  wait_until_empty(stop_patience);
  for (const auto& loop : loops) loop->context.stop();
  for (const auto& loop : loops)
    if (loop->thread.joinable()) loop->thread.join();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::start(const ServerConfig& config, std::vector<Route> routes,
                                              Hooks hooks) {
  MINBEN_TRY(router, Router::build(std::move(routes)));
  auto impl = std::make_unique<Impl>(config, Pipeline(std::move(router), std::move(hooks)));
  MINBEN_CHECK(impl->start());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

std::uint16_t Server::port() const { return impl_->port; }
Result<void> Server::renew_tls() {
  if (!impl_->shared.config.tls) return {};
  return impl_->renew_tls();
}
void Server::stop() { impl_->stop(); }

}  // namespace minben::net
