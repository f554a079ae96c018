#pragma once
// What an administrator says of a system that signs people in with us: a JSON file with the names
// of RFC 7591 (OpenID Connect Dynamic Client Registration 1.0, RFC 8705, RFC 9126, RFC 9449), and a
// few of our own that begin with "minben_". There is no registration by outsiders.
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "trust/jose.hpp"

namespace minben::openid {

using minben::to_string;

/// How a client proves itself at our endpoints. There are no shared secrets.
enum class ClientAuthentication {
  private_key_jwt,              ///< RFC 7523 §2.2
  tls_client_auth,              ///< RFC 8705 §2.1: a certificate of an authority that we know
  self_signed_tls_client_auth,  ///< RFC 8705 §2.2: a certificate with a key of its JWK set
};
std::string_view to_string(ClientAuthentication method);

/// fapi2 is the FAPI 2.0 Security Profile: requests are pushed, tokens are bound to a key. basic
/// lets a client leave these two out; PKCE, exact addresses and proof of the client stay.
enum class Profile { fapi2, basic };

/// What a person may let a client see or do.
namespace scope {
inline constexpr std::string_view openid = "openid";
inline constexpr std::string_view profile = "profile";                ///< name, locale
inline constexpr std::string_view email = "email";                    ///< email, email_verified
inline constexpr std::string_view national_id = "national_id";        ///< 國民身分證統一編號
inline constexpr std::string_view offline_access = "offline_access";  ///< refresh tokens
}  // namespace scope
/// All that there are, in the order in which they are shown.
std::span<const std::string_view> known_scopes();

struct Client {
  std::string id;          ///< "client_id": [a-z0-9][a-z0-9._-]{0,63}
  Bilingual name;          ///< "client_name" and "client_name#zh-Hant"
  std::string uri;         ///< "client_uri"; "" when there is none
  std::string policy_uri;  ///< likewise
  Profile profile = Profile::fapi2;
  ClientAuthentication authentication = ClientAuthentication::private_key_jwt;
  std::string signing_algorithm;  ///< "token_endpoint_auth_signing_alg"; "" = any of ours
  trust::JwkSet keys;             ///< "jwks"; empty with jwks_uri
  std::string keys_uri;           ///< "jwks_uri"
  std::string tls_subject;        ///< "tls_client_auth_subject_dn", RFC 4514
  std::string tls_dns;            ///< "tls_client_auth_san_dns"
  std::vector<std::string> redirect_uris;
  std::vector<std::string> post_logout_redirect_uris;
  std::string backchannel_logout_uri;  ///< "" when it is not told of sign-outs
  std::vector<std::string> scopes;     ///< what it may ask for
  bool may_refresh = false;            ///< grant_types has refresh_token
  bool needs_pushed_requests = true;   ///< require_pushed_authorization_requests
  bool needs_dpop = true;              ///< dpop_bound_access_tokens
  bool needs_certificate = false;      ///< tls_client_certificate_bound_access_tokens
  bool signs_userinfo = false;         ///< userinfo_signed_response_alg is set
  std::string sector;                  ///< host that its pairwise subjects are made for
  std::vector<std::string> default_acr_values;
  std::optional<seconds> default_max_age;
  /// "minben_introspectors": clients (resource servers) that may ask about its tokens.
  std::vector<std::string> introspectors;
  Json metadata;  ///< as it was read

  [[nodiscard]] bool takes(std::string_view redirect_uri) const;  ///< exactly one of its addresses
};

/// Every fault is listed, with the member as field. Members that are not known are faults too: a
/// misspelt one would leave a default in force. At most 64 KiB.
std::expected<Client, Errors> read_client(std::string_view json);

/// An absolute https address, or http on a loopback host, without fragment and user name; at most
/// 2,000 bytes. Error "bad_address".
Result<void> check_address(std::string_view address);
/// "https://land.example/callback?x" → "land.example".
std::string host_of(std::string_view address);
/// "https://land.example:8443/…" → "https://land.example:8443".
std::string origin_of(std::string_view address);

}  // namespace minben::openid
