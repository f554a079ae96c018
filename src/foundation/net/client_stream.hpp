#pragma once
// Connections that coroutines open to servers, and those of a loop that are kept for later.
#include <deque>
#include <map>

#include <boost/asio/io_context.hpp>

#include "address.hpp"
#include "deadlines.hpp"
#include "stream.hpp"
#include "tls.hpp"

namespace minben::net {

/// A connected stream that closes itself when its time is over.
class ClientStream final : public Timed {
 public:
  ClientStream(asio::ip::tcp::socket socket, asio::ssl::context* tls)
      : Timed(socket.get_executor().context()), stream(std::move(socket), tls) {}
  ~ClientStream() override { stream.close(); }
  Stream stream;
  std::string peer_certificate;
  std::shared_ptr<const PeerProof> peer_proof;
  std::string note;                ///< of the channel on it
  std::uint64_t certificates = 0;  ///< how often the client had renewed them when it was opened
  /// What a broken operation means: "timeout" or `otherwise`.
  [[nodiscard]] Error broken(std::string_view otherwise, std::string_view detail) const;

 private:
  void on_expiry() override { stream.abandon(); }
};
using ClientStreamPtr = std::unique_ptr<ClientStream>;

/// How all connections of one client are made. Thread-safe.
class Connector {
 public:
  Connector(ClientConfig config, std::string protocol);
  /// Errors: "connect_failed", "timeout", "tls_failed", "tls_server_ca" and the like.
  asio::awaitable<Result<ClientStreamPtr>> open(const Address& address);
  /// A kept one that is still good, or nothing.
  ClientStreamPtr take(asio::execution_context& loop, const std::string& key);
  void keep(asio::execution_context& loop, const std::string& key, ClientStreamPtr stream);
  Result<void> renew_tls();
  [[nodiscard]] const ClientConfig& config() const { return config_; }

 private:
  Result<std::shared_ptr<asio::ssl::context>> tls_context(std::uint64_t& certificates);
  [[nodiscard]] std::string kept_key(const std::string& key) const;
  const ClientConfig config_;
  const std::string protocol_;
  const std::uint64_t number_;  ///< of this connector among all
  /// How often certificates were renewed: connections of earlier ones are neither kept nor taken.
  std::atomic<std::uint64_t> renewals_ = 0;
  std::mutex mutex_;
  std::shared_ptr<asio::ssl::context> tls_;
};

}  // namespace minben::net
