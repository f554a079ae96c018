#pragma once
// One connection, plain or TLS, with the few operations that server and client need.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "core/core.hpp"
#include "flow.hpp"
#include "shared_events.hpp"

namespace minben::net {

namespace asio = boost::asio;

/// Makes a buffer longer without writing to what is going to be read into.
inline void grow(std::string& buffer, std::size_t by) {
  buffer.resize_and_overwrite(buffer.size() + by, [](char*, std::size_t size) { return size; });
}

/// Used by one coroutine chain on its io_context's thread; reading and writing may overlap.
class Stream {
 public:
  Stream(asio::ip::tcp::socket socket, asio::ssl::context* tls);

  void begin();  ///< options of a connected socket; done by the constructor when it is one
  asio::awaitable<bool> handshake();  ///< as server; true at once without TLS
  /// The certificate must be for `host`: a DNS name or an IP address among its alternative names.
  /// `protocol`: the ALPN name that the server must choose, or "".
  /// Errors: "tls_failed" with OpenSSL's reason, "connect_failed" when the server has gone.
  asio::awaitable<Result<void>> handshake_as_client(const std::string& host,
                                                    std::string_view protocol);
  [[nodiscard]] std::string_view protocol();  ///< chosen by ALPN, or ""
  /// Nothing has come unasked, and the peer has not closed.
  [[nodiscard]] bool is_quiet();
  /// Bytes read into `into`; 0 when the peer closed or the connection broke.
  asio::awaitable<std::size_t> read_some(asio::mutable_buffer into);
  asio::awaitable<bool> write(std::string_view bytes);
  /// One after another, without putting them together first. They stay alive until it has ended.
  asio::awaitable<bool> write_all(std::span<const EventText> texts);
  /// Says that nothing more will be sent, then reads what the peer still sends (bounded), so that
  /// a reset does not destroy the last answer on its way.
  asio::awaitable<void> finish();
  void close();
  /// Closes, and what the peer has not got yet never reaches it (a reset): nobody waits for the
  /// answer any more.
  void abandon();

  asio::ip::tcp::socket& socket();
  [[nodiscard]] asio::any_io_executor executor() { return socket().get_executor(); }
  [[nodiscard]] std::string remote_address();
  [[nodiscard]] std::string peer_certificate();
  [[nodiscard]] std::shared_ptr<const PeerProof> peer_proof();  ///< never null

 private:
  std::optional<asio::ip::tcp::socket> plain_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket>> secure_;
};

}  // namespace minben::net
