#pragma once
// OpenSSL contexts: TLS 1.3 only, no compression, no renegotiation.
#include <memory>

#include "net.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace minben::net {

struct FreeTlsContext {
  void operator()(ssl_ctx_st* context) const;
};
using TlsContext = std::unique_ptr<ssl_ctx_st, FreeTlsContext>;

/// Errors: "tls_certificate", "tls_key", "tls_client_ca" with OpenSSL's reason.
Result<TlsContext> server_tls(const TlsConfig& config);
/// The server's certificate must chain to `server_ca_pem`. Errors as above, and "tls_server_ca".
Result<TlsContext> client_tls(const std::optional<TlsConfig>& own,
                              const std::filesystem::path& server_ca_pem);

/// Which certificate a client wants to see: for a DNS name, or an IP address.
void ask_for_host(ssl_st* ssl, const std::string& host);
/// The server agrees to the first of these ALPN names that a client offers, if any.
void offer_protocols(ssl_ctx_st* context, const std::vector<std::string>* names);

/// DER of the peer's verified certificate, or "".
std::string peer_certificate_der(ssl_st* ssl);
/// DER of the certificates between the peer's and the root, in this order.
std::vector<std::string> peer_chain_der(ssl_st* ssl);
/// The OCSP response that a server sent with its certificate, DER and not checked, or "".
std::string peer_ocsp_response(ssl_st* ssl);
std::string last_tls_error();  ///< and clears OpenSSL's queue

}  // namespace minben::net
