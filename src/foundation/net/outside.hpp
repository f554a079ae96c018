#pragma once
// For those whom an outsider named: requests that must not lead into our own networks, and clients
// whose certificates nobody we know has signed.
#include <memory>
#include <vector>

#include "net/net.hpp"
#include "net/networks.hpp"

namespace minben::net {

/// A Client for addresses that others gave us: it connects to public addresses and to those of
/// `networks`, whatever a name resolves to at that moment; "connect_failed" otherwise. Thread-safe.
class OutsideClient {
 public:
  OutsideClient(ClientConfig config, std::vector<Network> networks);
  ~OutsideClient();
  /// As Client::send.
  Result<ClientResponse> send(const ClientRequest& request) const;

 private:
  std::unique_ptr<Client::Impl> impl_;
};

/// As TlsConfig::client_ca_pem of a server: clients must show a certificate, of whomever it is. The
/// handshake then proves only that they hold its key (RFC 8705 §2.2); whose it is, handlers find
/// out of Request::peer_certificate_der.
const std::filesystem::path& any_client_certificate();

}  // namespace minben::net
