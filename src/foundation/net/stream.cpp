#include "stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "tls.hpp"

namespace minben::net {

namespace {
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t linger_bytes = 1u << 20;
}  // namespace

Stream::Stream(asio::ip::tcp::socket socket, asio::ssl::context* tls) {
  if (tls) {
    secure_.emplace(std::move(socket), *tls);
  } else {
    plain_.emplace(std::move(socket));
  }
  begin();
}

void Stream::begin() {
  boost::system::error_code ignored;
  socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::ip::tcp::socket& Stream::socket() { return secure_ ? secure_->next_layer() : *plain_; }

asio::awaitable<bool> Stream::handshake() {
  if (!secure_) co_return true;
  const auto [error] = co_await secure_->async_handshake(asio::ssl::stream_base::server, as_result);
  co_return !error;
}

asio::awaitable<Result<void>> Stream::handshake_as_client(const std::string& host,
                                                          std::string_view protocol) {
  if (!secure_) co_return Result<void>{};
  SSL* ssl = secure_->native_handle();
  ask_for_host(ssl, host);
  std::string offer;
  if (!protocol.empty()) {
    offer.push_back(static_cast<char>(protocol.size()));
    offer += protocol;
    SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>(offer.data()),
                        static_cast<unsigned>(offer.size()));
  }
  const auto [error] = co_await secure_->async_handshake(asio::ssl::stream_base::client, as_result);
  if (error) {
    const bool of_tls = error.category() == asio::error::get_ssl_category();
    co_return fail(Kind::unavailable, of_tls ? "tls_failed" : "connect_failed", error.message());
  }
  if (this->protocol() != protocol)
    co_return fail(Kind::unavailable, "tls_failed", "the server speaks another protocol");
  co_return Result<void>{};
}

std::string_view Stream::protocol() {
  if (!secure_) return {};
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(secure_->native_handle(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

bool Stream::is_quiet() {
  if (!socket().is_open()) return false;
  char byte = 0;
  // Under TLS 1.3 a server's session tickets come unasked; they are read with the handshake's end.
  return ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

asio::awaitable<std::size_t> Stream::read_some(asio::mutable_buffer into) {
  if (secure_) {
    const auto [error, size] = co_await secure_->async_read_some(into, as_result);
    co_return error ? 0 : size;
  }
  const auto [error, size] = co_await plain_->async_read_some(into, as_result);
  co_return error ? 0 : size;
}

asio::awaitable<bool> Stream::write(std::string_view bytes) {
  const auto buffer = asio::buffer(bytes.data(), bytes.size());
  if (secure_) {
    const auto [error, size] = co_await asio::async_write(*secure_, buffer, as_result);
    co_return !error && size == bytes.size();
  }
  const auto [error, size] = co_await asio::async_write(*plain_, buffer, as_result);
  co_return !error && size == bytes.size();
}

asio::awaitable<bool> Stream::write_all(std::span<const EventText> texts) {
  if (texts.size() == 1) {
    const bool written = co_await write(*texts.front());
    co_return written;
  }
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(texts.size());
  for (const EventText& each : texts) buffers.emplace_back(each->data(), each->size());
  if (secure_) {
    const auto [error, size] = co_await asio::async_write(*secure_, buffers, as_result);
    co_return !error;
  }
  const auto [error, size] = co_await asio::async_write(*plain_, buffers, as_result);
  co_return !error;
}

asio::awaitable<void> Stream::finish() {
  boost::system::error_code ignored;
  if (secure_) {
    // Sends close_notify and waits for the peer's; the server's deadline bounds the wait.
    co_await secure_->async_shutdown(as_result);
  }
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  std::array<char, 16384> rest;
  for (std::size_t total = 0; total < linger_bytes;) {
    const auto [error, size] = co_await socket().async_read_some(asio::buffer(rest), as_result);
    if (error) break;
    total += size;
  }
  close();
}

void Stream::close() {
  boost::system::error_code ignored;
  socket().close(ignored);
}

void Stream::abandon() {
  boost::system::error_code ignored;
  socket().set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

std::string Stream::remote_address() {
  boost::system::error_code error;
  const auto endpoint = socket().remote_endpoint(error);
  if (error) return {};
  const auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

std::string Stream::peer_certificate() {
  return secure_ ? peer_certificate_der(secure_->native_handle()) : std::string{};
}

std::shared_ptr<const PeerProof> Stream::peer_proof() {
  auto proof = std::make_shared<PeerProof>();
  if (!secure_) return proof;
  proof->chain = peer_chain_der(secure_->native_handle());
  proof->ocsp_response = peer_ocsp_response(secure_->native_handle());
  return proof;
}

}  // namespace minben::net
