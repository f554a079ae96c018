// The clients of flow.hpp.
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include "client_stream.hpp"
#include "flow.hpp"
#include "parser.hpp"

namespace minben::net {

struct FlowClient::Impl {
  explicit Impl(ClientConfig config) : connector(std::move(config), {}) {}
  Connector connector;
};

struct ChannelClient::Impl {
  Impl(ClientConfig config, std::string protocol)
      : connector(std::move(config), std::move(protocol)) {}
  Connector connector;
};

namespace {

class ServerAnswer final : public Answering {
 public:
  ServerAnswer(std::shared_ptr<void> owner, Connector& connector, asio::execution_context& loop,
               std::string key, ClientStreamPtr stream, bool to_head, bool chunked)
      : owner_(std::move(owner)),
        connector_(connector),
        loop_(loop),
        key_(std::move(key)),
        stream_(std::move(stream)),
        parser_(to_head),
        chunked_(chunked) {}

  Task<Result<void>> send(std::string_view bytes) {
    stream_->expire_in(connector_.config().timeout_ms);
    const bool written = co_await stream_->stream.write(bytes);
    if (!written) co_return fail(stream_->broken("broken", "the server has gone"));
    co_return Result<void>{};
  }

  Task<Result<void>> write(std::string_view piece) override {
    if (piece.empty()) co_return Result<void>{};
    const std::string chunk = chunked_ ? fmt::format("{:x}\r\n{}\r\n", piece.size(), piece) : "";
    auto sent = co_await send(chunked_ ? std::string_view(chunk) : piece);
    co_return sent;
  }

  Task<Result<void>> end() override {
    if (!chunked_) co_return Result<void>{};
    auto sent = co_await send("0\r\n\r\n");
    co_return sent;
  }

  Task<Result<ClientResponse>> head() override {
    stream_->expire_in(connector_.config().timeout_ms);
    while (!parser_.head_done()) {
      auto advanced = co_await advance();
      if (!advanced) co_return std::unexpected(std::move(advanced).error());
    }
    length_ = parser_.content_length();
    if (!parser_.done()) parser_.expect_body(pieces_, connector_.config().max_response_bytes);
    ClientResponse response = parser_.take_head();
    response.peer_certificate_der = stream_->peer_certificate;
    give_back();
    co_return response;
  }

  Task<Result<std::string_view>> read() override {
    pieces_.bytes.clear();
    if (!stream_) co_return std::string_view();
    stream_->expire_in(connector_.config().timeout_ms);
    while (pieces_.bytes.empty() && !parser_.done()) {
      auto advanced = co_await advance();
      if (!advanced) co_return std::unexpected(std::move(advanced).error());
    }
    stream_->expire_in(std::nullopt);
    give_back();
    co_return std::string_view(pieces_.bytes);
  }

  [[nodiscard]] std::optional<std::uint64_t> length() const override { return length_; }

 private:
  Task<Result<void>> advance() {
    if (buffer_.empty() || stuck_) {
      const auto old_size = buffer_.size();
      const std::size_t wanted = parser_.head_done() ? piece_size : piece_size / 4;
      grow(buffer_, wanted);
      const auto got =
          co_await stream_->stream.read_some(asio::buffer(buffer_.data() + old_size, wanted));
      buffer_.resize(old_size + got);
      if (got == 0) {
        if (stream_->expired() || !parser_.head_done())
          co_return fail(stream_->broken("broken", "closed without an answer"));
        co_return parser_.put_end();
      }
    }
    const auto used = parser_.put(buffer_);
    if (!used) co_return std::unexpected(used.error());
    buffer_.erase(0, *used);
    stuck_ = *used == 0;
    co_return Result<void>{};
  }

  void give_back() {
    if (!parser_.done() || !stream_) return;
    if (parser_.keep_alive() && buffer_.empty()) connector_.keep(loop_, key_, std::move(stream_));
    stream_.reset();
  }

  const std::shared_ptr<void> owner_;
  Connector& connector_;
  asio::execution_context& loop_;
  const std::string key_;
  ClientStreamPtr stream_;
  AnswerParser parser_;
  BodyPieces pieces_;
  std::string buffer_;
  const bool chunked_;
  bool stuck_ = false;  ///< the parser needs more than what is there
  std::optional<std::uint64_t> length_;
};

class ClientChannel final : public Channel {
 public:
  explicit ClientChannel(ClientStreamPtr stream) : stream_(std::move(stream)) {
    note = std::move(stream_->note);
    peer_certificate_ = stream_->peer_certificate;
    peer_proof_ = stream_->peer_proof;
    remote_address_ = stream_->stream.remote_address();
  }

  Task<Result<void>> receive() override {
    const auto old_size = received.size();
    grow(received, piece_size / 4);
    const auto got = co_await stream_->stream.read_some(
        asio::buffer(received.data() + old_size, piece_size / 4));
    received.resize(old_size + got);
    if (got == 0) co_return fail(stream_->broken("broken", "the peer has gone"));
    co_return Result<void>{};
  }

  Task<Result<void>> send(std::string_view bytes) override {
    const bool written = co_await stream_->stream.write(bytes);
    if (!written) co_return fail(stream_->broken("broken", "the peer has gone"));
    co_return Result<void>{};
  }

  void expire_in(std::optional<milliseconds> time) override { stream_->expire_in(time); }
  void close() override { stream_->stream.close(); }
  [[nodiscard]] bool ending() const override { return false; }
  ClientStreamPtr take() {
    stream_->note = std::move(note);
    return std::move(stream_);
  }

 private:
  ClientStreamPtr stream_;
};

}  // namespace

FlowClient::FlowClient(ClientConfig config) : impl_(std::make_shared<Impl>(std::move(config))) {}
FlowClient::~FlowClient() = default;

Task<Result<std::unique_ptr<Answering>>> FlowClient::send(const ClientRequest& request,
                                                          std::optional<More> more) {
  const auto impl = impl_;
  const auto address = parse_url(request.url);
  if (!address) co_return std::unexpected(address.error());
  const bool has_body =
      !request.body.empty() || request.method == Method::post || request.method == Method::put;
  const bool chunked = more && !more->length;
  const Framing framing = chunked            ? Framing::chunked
                          : more || has_body ? Framing::length
                                             : Framing::none;
  auto bytes = write_request_head(request, *address, framing,
                                  more && more->length ? *more->length : request.body.size());
  if (!bytes) co_return std::unexpected(bytes.error());
  if (!more) *bytes += request.body;
  const auto executor = co_await asio::this_coro::executor;
  auto& loop = executor.context();
  const std::string key = address->key();
  ClientStreamPtr stream = impl->connector.take(loop, key);
  if (!stream) {
    auto opened = co_await impl->connector.open(*address);
    if (!opened) co_return std::unexpected(opened.error());
    stream = std::move(*opened);
  }
  auto answering = std::make_unique<ServerAnswer>(
      impl, impl->connector, loop, key, std::move(stream), request.method == Method::head, chunked);
  auto sent = co_await answering->send(*bytes);
  if (!sent) co_return std::unexpected(std::move(sent).error());
  co_return std::unique_ptr<Answering>(std::move(answering));
}

ChannelClient::ChannelClient(ClientConfig config, std::string protocol)
    : impl_(std::make_shared<Impl>(std::move(config), std::move(protocol))) {}
ChannelClient::~ChannelClient() = default;

Task<Result<std::unique_ptr<Channel>>> ChannelClient::open(const std::string& url, Kept kept) {
  const auto impl = impl_;
  const auto address = parse_url(url);
  if (!address) co_return std::unexpected(address.error());
  const auto executor = co_await asio::this_coro::executor;
  ClientStreamPtr stream;
  if (kept == Kept::welcome) stream = impl->connector.take(executor.context(), address->key());
  if (!stream) {
    auto opened = co_await impl->connector.open(*address);
    if (!opened) co_return std::unexpected(opened.error());
    stream = std::move(*opened);
  }
  co_return std::unique_ptr<Channel>(std::make_unique<ClientChannel>(std::move(stream)));
}

void ChannelClient::keep(const std::string& url, std::unique_ptr<Channel> channel) {
  const auto address = parse_url(url);
  auto* own = dynamic_cast<ClientChannel*>(channel.get());
  if (!address || !own || !channel->received.empty()) return;
  ClientStreamPtr stream = own->take();
  auto& loop = stream->stream.executor().context();
  impl_->connector.keep(loop, address->key(), std::move(stream));
}

Result<void> ChannelClient::renew_tls() { return impl_->connector.renew_tls(); }

}  // namespace minben::net
