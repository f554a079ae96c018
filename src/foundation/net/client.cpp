#include <deque>

#include <fmt/format.h>

#include "address.hpp"
#include "outside.hpp"
#include "blocking_stream.hpp"
#include "parser.hpp"

namespace minben::net {

namespace {

struct Kept {
  BlockingStream stream;
  Deadline since;
};

// Servers close idle connections at will; a connection this old is not tried any more.
constexpr seconds keep_time{30};

}  // namespace

struct Client::Impl {
  ClientConfig config;
  BlockingStream::MayReach may_reach{};
  std::mutex mutex{};
  TlsContext tls{};
  std::map<std::string, std::deque<Kept>> idle{};

  Result<ClientResponse> send(const ClientRequest& request);

  Result<ssl_ctx_st*> tls_context();
  Result<BlockingStream> open(const Address& address, Deadline deadline);
  std::optional<BlockingStream> take_idle(const std::string& key);
  void keep(const std::string& key, BlockingStream stream);

  struct Outcome {
    Result<ClientResponse> response;
    bool answered;  ///< at least one byte came back
  };
  Outcome exchange(BlockingStream stream, const Address& address, const ClientRequest& request,
                   std::string_view bytes, Deadline deadline);
};

Client::Client(ClientConfig config) : impl_(std::make_unique<Impl>()) {
  impl_->config = std::move(config);
}
Client::~Client() = default;

Result<ssl_ctx_st*> Client::Impl::tls_context() {
  const std::lock_guard lock(mutex);
  if (!tls) {
    if (config.server_ca_pem.empty())
      return fail(Kind::invalid, "tls_server_ca", "https needs a trust anchor");
    MINBEN_TRY(context, client_tls(config.tls, config.server_ca_pem));
    tls = std::move(context);
  }
  return tls.get();
}

Result<BlockingStream> Client::Impl::open(const Address& address, Deadline deadline) {
  ssl_ctx_st* context = nullptr;
  if (address.secure) {
    MINBEN_TRY(made, tls_context());
    context = made;
  }
  MINBEN_TRY(stream, BlockingStream::connect(address.host, address.port, deadline, may_reach));
  if (context) MINBEN_CHECK(stream.start_tls(context, address.host, deadline));
  return stream;
}

std::optional<BlockingStream> Client::Impl::take_idle(const std::string& key) {
  const auto oldest = std::chrono::steady_clock::now() - keep_time;
  while (true) {
    std::optional<Kept> kept;
    {
      const std::lock_guard lock(mutex);
      auto& list = idle[key];
      while (!list.empty() && list.front().since < oldest) list.pop_front();
      if (list.empty()) return std::nullopt;
      kept.emplace(std::move(list.back()));
      list.pop_back();
    }
    if (kept->stream.is_quiet()) return std::move(kept->stream);
  }
}

void Client::Impl::keep(const std::string& key, BlockingStream stream) {
  const std::lock_guard lock(mutex);
  auto& list = idle[key];
  if (static_cast<int>(list.size()) < config.max_idle_connections)
    list.push_back({std::move(stream), std::chrono::steady_clock::now()});
}

Client::Impl::Outcome Client::Impl::exchange(BlockingStream stream, const Address& address,
                                             const ClientRequest& request, std::string_view bytes,
                                             Deadline deadline) {
  ResponseParser parser(config.max_response_bytes, request.method == Method::head);
  const auto failed = [&](Error error) {
    return Outcome{fail(std::move(error)), parser.started()};
  };
  // A server may refuse and close before it has read everything: then its answer is what counts.
  const auto written = stream.write(bytes, deadline);
  if (!written && written.error().code == "timeout") return failed(written.error());
  std::vector<char> piece(16384);
  std::string pending;
  while (!parser.done()) {
    const auto size = stream.read(piece, deadline);
    if (!size) return failed(!written ? written.error() : size.error());
    if (*size == 0) {
      if (!parser.started())
        return failed({Kind::unavailable, "broken", "closed without an answer", {}, 0, 0});
      if (auto ended = parser.put_end(); !ended) return failed(ended.error());
      break;
    }
    pending.append(piece.data(), *size);
    const auto used = parser.put(pending);
    if (!used) return failed(used.error());
    pending.erase(0, *used);
  }
  const bool reusable = written && parser.keep_alive() && pending.empty();
  ClientResponse response = parser.take();
  response.peer_certificate_der = stream.peer_certificate();
  if (reusable) keep(address.key(), std::move(stream));
  return {std::move(response), true};
}

Result<ClientResponse> Client::Impl::send(const ClientRequest& request) {
  MINBEN_TRY(address, parse_url(request.url));
  const bool has_body =
      !request.body.empty() || request.method == Method::post || request.method == Method::put;
  MINBEN_TRY(bytes, write_request_head(request, address, has_body ? Framing::length : Framing::none,
                                       request.body.size()));
  bytes += request.body;
  const Deadline deadline = std::chrono::steady_clock::now() + config.timeout_ms;
  if (auto kept = take_idle(address.key())) {
    auto outcome = exchange(std::move(*kept), address, request, bytes, deadline);
    const bool repeatable = request.method == Method::get || request.method == Method::head;
    if (outcome.response || outcome.answered || !repeatable ||
        outcome.response.error().code != "broken")
      return std::move(outcome.response);
  }
  MINBEN_TRY(stream, open(address, deadline));
  return exchange(std::move(stream), address, request, bytes, deadline).response;
}

Result<ClientResponse> Client::send(const ClientRequest& request) { return impl_->send(request); }

OutsideClient::OutsideClient(ClientConfig config, std::vector<Network> networks)
    : impl_(std::make_unique<Client::Impl>()) {
  impl_->config = std::move(config);
  impl_->may_reach = [known = std::move(networks)](std::string_view address) {
    return may_reach(address, known);
  };
}
OutsideClient::~OutsideClient() = default;

Result<ClientResponse> OutsideClient::send(const ClientRequest& request) const {
  return impl_->send(request);
}

}  // namespace minben::net
