#include "tls.hpp"

#include "outside.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace minben::net {

namespace {

auto tls_failure(std::string_view code, const std::filesystem::path& file) {
  return fail(Kind::invalid, code, last_tls_error(), file.string());
}

Result<TlsContext> new_context(const SSL_METHOD* method) {
  TlsContext context(SSL_CTX_new(method));
  if (!context) return fail(Kind::internal, "tls", last_tls_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

Result<void> use_own_certificate(SSL_CTX* context, const TlsConfig& config) {
  if (SSL_CTX_use_certificate_chain_file(context, config.certificate_pem.c_str()) != 1)
    return tls_failure("tls_certificate", config.certificate_pem);
  if (config.key) {
    MINBEN_TRY(key, config.key());
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
      return tls_failure("tls_key", config.certificate_pem);
    return {};
  }
  if (SSL_CTX_use_PrivateKey_file(context, config.key_pem.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return tls_failure("tls_key", config.key_pem);
  return {};
}

/// Hands out what the server's owner has got from its authority. The configuration outlives the
/// context's connections: both are the server's.
int staple(SSL* ssl, void* argument) {
  const auto& newest = *static_cast<const std::function<std::string()>*>(argument);
  const std::string response = newest();
  if (response.empty()) return SSL_TLSEXT_ERR_NOACK;
  void* copy = OPENSSL_memdup(response.data(), response.size());  // libssl frees it
  if (copy == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size()));
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

const std::filesystem::path& any_client_certificate() {
  static const std::filesystem::path any("*");
  return any;
}

void FreeTlsContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsContext> server_tls(const TlsConfig& config) {
  MINBEN_TRY(context, new_context(TLS_server_method()));
  MINBEN_CHECK(use_own_certificate(context.get(), config));
  static constexpr unsigned char session_name[] = "minben";
  SSL_CTX_set_session_id_context(context.get(), session_name, sizeof session_name - 1);
  if (config.ocsp_response) {
    SSL_CTX_set_tlsext_status_cb(context.get(), staple);
    SSL_CTX_set_tlsext_status_arg(context.get(),
                                  const_cast<std::function<std::string()>*>(&config.ocsp_response));
  }
  if (config.client_ca_pem == any_client_certificate()) {
    // That the peer holds the key is verified in any case; whose it is, is for others to say.
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX* store) {
                         X509_STORE_CTX_set_error(store, X509_V_OK);
                         return 1;
                       });
    return context;
  }
  if (config.client_ca_pem.empty()) return context;
  if (SSL_CTX_load_verify_file(context.get(), config.client_ca_pem.c_str()) != 1)
    return tls_failure("tls_client_ca", config.client_ca_pem);
  SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(config.client_ca_pem.c_str()));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

Result<TlsContext> client_tls(const std::optional<TlsConfig>& own,
                              const std::filesystem::path& server_ca_pem) {
  MINBEN_TRY(context, new_context(TLS_client_method()));
  if (own) MINBEN_CHECK(use_own_certificate(context.get(), *own));
  if (SSL_CTX_load_verify_file(context.get(), server_ca_pem.c_str()) != 1)
    return tls_failure("tls_server_ca", server_ca_pem);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_tlsext_status_type(context.get(), TLSEXT_STATUSTYPE_ocsp);
  return context;
}

void ask_for_host(ssl_st* ssl, const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  const bool is_ip = ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
                     ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
  if (is_ip) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
  } else {
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    SSL_set1_host(ssl, host.c_str());
    SSL_set_tlsext_host_name(ssl, host.c_str());
  }
}

// RFC 7301 §3.2; without agreement the connection goes on as HTTP.
void offer_protocols(ssl_ctx_st* context, const std::vector<std::string>* names) {
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
         unsigned offered_size, void* argument) {
        const auto& wanted = *static_cast<const std::vector<std::string>*>(argument);
        for (unsigned at = 0; at < offered_size; at += 1u + offered[at]) {
          const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
          if (std::ranges::find(wanted, name) == wanted.end()) continue;
          *out = offered + at + 1;
          *size = offered[at];
          return SSL_TLSEXT_ERR_OK;
        }
        return SSL_TLSEXT_ERR_NOACK;
      },
      const_cast<std::vector<std::string>*>(names));
}

namespace {
std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}
}  // namespace

std::string peer_certificate_der(ssl_st* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl),
                                                                &X509_free);
  if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) return {};
  return der_of(certificate.get());
}

std::vector<std::string> peer_chain_der(ssl_st* ssl) {
  std::vector<std::string> chain;
  const STACK_OF(X509)* verified = SSL_get0_verified_chain(ssl);
  for (int i = 1; i < sk_X509_num(verified) - 1; ++i)  // none of a null pointer
    chain.push_back(der_of(sk_X509_value(verified, i)));
  return chain;
}

std::string peer_ocsp_response(ssl_st* ssl) {
  const unsigned char* bytes = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl, &bytes);
  if (size <= 0 || bytes == nullptr) return {};
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)};
}

std::string last_tls_error() {
  char text[256] = "unknown";
  if (const auto error = ERR_peek_last_error()) ERR_error_string_n(error, text, sizeof text);
  ERR_clear_error();
  return text;
}

}  // namespace minben::net
