#include "client_stream.hpp"

#include <netinet/tcp.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace minben::net {

namespace {

using asio::ip::tcp;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
// Servers close idle connections at will; a connection this old is not tried any more.
constexpr seconds keep_time{30};

/// A host that is gone says nothing. While it owes only an answer it is asked now and then whether
/// it is there (RFC 9293 §3.8.4), and what it does not acknowledge in time breaks the connection
/// (RFC 5482), however long answers may take.
void notice_death(tcp::socket& socket, milliseconds patience) {
  const int handle = socket.native_handle();
  const auto set = [&](int level, int option, int value) {
    setsockopt(handle, level, option, &value, sizeof value);  // without it: the answer's timeout
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 1);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(patience.count()));
}

struct Kept {
  ClientStreamPtr stream;
  SteadyTime since;
};

/// A loop's kept connections, which must go before the loop does.
class KeptStreams final : public asio::execution_context::service {
 public:
  using key_type = KeptStreams;
  static asio::execution_context::id id;
  explicit KeptStreams(asio::execution_context& loop) : asio::execution_context::service(loop) {}
  std::map<std::string, std::deque<Kept>> streams;

 private:
  void shutdown() override { streams.clear(); }
};
asio::execution_context::id KeptStreams::id;

asio::awaitable<Result<std::vector<tcp::endpoint>>> resolve(const Address& address) {
  boost::system::error_code error;
  const auto numeric = asio::ip::make_address(address.host, error);
  if (!error) co_return std::vector{tcp::endpoint(numeric, address.port)};
  tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto [failure, found] =
      co_await resolver.async_resolve(address.host, std::to_string(address.port), as_result);
  if (failure)
    co_return fail(Kind::unavailable, "connect_failed",
                   fmt::format("{}: {}", address.host, failure.message()));
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  co_return endpoints;
}

}  // namespace

Error ClientStream::broken(std::string_view otherwise, std::string_view detail) const {
  if (expired()) return {Kind::unavailable, "timeout", "no answer in time", {}, 0, 0};
  return {Kind::unavailable, std::string(otherwise), std::string(detail), {}, 0, 0};
}

Connector::Connector(ClientConfig config, std::string protocol)
    : config_(std::move(config)), protocol_(std::move(protocol)), number_([] {
        static std::atomic<std::uint64_t> last = 0;
        return ++last;
      }()) {}

Result<std::shared_ptr<asio::ssl::context>> Connector::tls_context(std::uint64_t& certificates) {
  const std::lock_guard lock(mutex_);
  certificates = renewals_;
  if (!tls_) {
    if (config_.server_ca_pem.empty())
      return fail(Kind::invalid, "tls_server_ca", "https needs a trust anchor");
    MINBEN_TRY(context, client_tls(config_.tls, config_.server_ca_pem));
    tls_ = std::make_shared<asio::ssl::context>(context.release());
  }
  return tls_;
}

Result<void> Connector::renew_tls() {
  MINBEN_TRY(context, client_tls(config_.tls, config_.server_ca_pem));
  const std::lock_guard lock(mutex_);
  tls_ = std::make_shared<asio::ssl::context>(context.release());
  ++renewals_;
  return {};
}

asio::awaitable<Result<ClientStreamPtr>> Connector::open(const Address& address) {
  std::shared_ptr<asio::ssl::context> context;
  std::uint64_t certificates = 0;
  if (address.secure) {
    auto made = tls_context(certificates);
    if (!made) co_return std::unexpected(made.error());
    context = std::move(*made);
  }
  const auto endpoints = co_await resolve(address);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  Error last{Kind::unavailable, "connect_failed", "no address", {}, 0, 0};
  const auto executor = co_await asio::this_coro::executor;
  for (const tcp::endpoint& endpoint : *endpoints) {
    tcp::socket socket(executor);
    boost::system::error_code error;
    socket.open(endpoint.protocol(), error);
    if (error) continue;
    auto stream = std::make_unique<ClientStream>(std::move(socket), context.get());
    stream->certificates = certificates;
    stream->expire_in(config_.timeout_ms);
    const auto [failure] = co_await stream->stream.socket().async_connect(endpoint, as_result);
    if (failure) {
      last = stream->broken("connect_failed", failure.message());
      continue;
    }
    if (!protocol_.empty()) notice_death(stream->stream.socket(), config_.timeout_ms);
    stream->stream.begin();
    const auto secured = co_await stream->stream.handshake_as_client(address.host, protocol_);
    if (!secured) co_return fail(stream->broken(secured.error().code, secured.error().detail));
    stream->peer_certificate = stream->stream.peer_certificate();
    stream->peer_proof = stream->stream.peer_proof();
    co_return stream;
  }
  co_return fail(std::move(last));
}

std::string Connector::kept_key(const std::string& key) const {
  return fmt::format("{}/{}", number_, key);
}

ClientStreamPtr Connector::take(asio::execution_context& loop, const std::string& key) {
  auto& streams = asio::use_service<KeptStreams>(loop).streams;
  const auto found = streams.find(kept_key(key));
  if (found == streams.end()) return nullptr;
  auto& list = found->second;
  const auto oldest = std::chrono::steady_clock::now() - keep_time;
  while (!list.empty()) {
    Kept kept = std::move(list.back());
    list.pop_back();
    if (kept.stream->certificates == renewals_ && kept.since >= oldest &&
        kept.stream->stream.is_quiet())
      return std::move(kept.stream);
  }
  return nullptr;
}

void Connector::keep(asio::execution_context& loop, const std::string& key,
                     ClientStreamPtr stream) {
  if (stream->certificates != renewals_) return;  // opened before they changed
  auto& list = asio::use_service<KeptStreams>(loop).streams[kept_key(key)];
  const auto now = std::chrono::steady_clock::now();
  while (!list.empty() && list.front().since < now - keep_time) list.pop_front();
  if (static_cast<int>(list.size()) >= config_.max_idle_connections) return;
  stream->expire_in(std::nullopt);
  list.push_back({std::move(stream), now});
}

}  // namespace minben::net
