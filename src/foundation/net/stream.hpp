#pragma once
// One accepted connection, plain or TLS, with the few operations that the server needs.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace minben::net {

namespace asio = boost::asio;

/// Used by one coroutine chain on its io_context's thread; reading and writing may overlap.
class Stream {
 public:
  Stream(asio::ip::tcp::socket socket, asio::ssl::context* tls);

  asio::awaitable<bool> handshake();  ///< true at once without TLS
  /// Bytes read into `into`; 0 when the peer closed or the connection broke.
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into);
  asio::awaitable<bool> write(std::string_view bytes);
  /// Says that nothing more will be sent, then reads what the peer still sends (bounded), so that
  /// a reset does not destroy the last answer on its way.
  asio::awaitable<void> finish();
  void close();

  [[nodiscard]] asio::any_io_executor executor() { return socket().get_executor(); }
  [[nodiscard]] std::string remote_address();
  [[nodiscard]] std::string peer_certificate();

 private:
  asio::ip::tcp::socket& socket();
  std::optional<asio::ip::tcp::socket> plain_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket>> secure_;
};

}  // namespace minben::net
