#pragma once
// What arrives at our endpoints, as values: nothing here looks at a database or a clock.
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "identity/levels.hpp"
#include "net/net.hpp"
#include "openid/client.hpp"

namespace minben::openid {

/// Errors of this room carry the standards' error codes (RFC 6749 §5.2 and others) as `code` and
/// what may be said to the caller as `detail`.
namespace error {
inline constexpr std::string_view invalid_request = "invalid_request";
inline constexpr std::string_view invalid_client = "invalid_client";
inline constexpr std::string_view invalid_grant = "invalid_grant";
inline constexpr std::string_view invalid_scope = "invalid_scope";
inline constexpr std::string_view invalid_token = "invalid_token";              // RFC 6750
inline constexpr std::string_view invalid_dpop_proof = "invalid_dpop_proof";    // RFC 9449
inline constexpr std::string_view use_dpop_nonce = "use_dpop_nonce";            // RFC 9449
inline constexpr std::string_view invalid_request_uri = "invalid_request_uri";  // RFC 9101
inline constexpr std::string_view unauthorized_client = "unauthorized_client";
inline constexpr std::string_view unsupported_grant_type = "unsupported_grant_type";
inline constexpr std::string_view unsupported_response_type = "unsupported_response_type";
inline constexpr std::string_view request_not_supported = "request_not_supported";  // Core §3.1.2.6
inline constexpr std::string_view access_denied = "access_denied";
inline constexpr std::string_view login_required = "login_required";
inline constexpr std::string_view consent_required = "consent_required";
inline constexpr std::string_view interaction_required = "interaction_required";
/// OpenID Connect Core Error Code unmet_authentication_requirements 1.0.
inline constexpr std::string_view unmet_authentication = "unmet_authentication_requirements";
inline constexpr std::string_view temporarily_unavailable = "temporarily_unavailable";
inline constexpr std::string_view server_error = "server_error";
}  // namespace error

/// Parameters of a request, each at most once (RFC 6749 §3.1) and at most 4 KiB, client_assertion
/// 16 KiB; at most 60. Empty ones count as left out. Error invalid_request.
class Parameters {
 public:
  static Result<Parameters> read(const net::Form& form);
  [[nodiscard]] std::string_view get(std::string_view name) const;  ///< "" when it is not there
  [[nodiscard]] bool has(std::string_view name) const { return !get(name).empty(); }
  /// Error invalid_request naming it.
  [[nodiscard]] Result<std::string> need(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// OpenID Connect Core 1.0 §3.1.2.1 with RFC 7636, RFC 9449 §10.
struct AuthorizationRequest {
  std::string client_id, redirect_uri, state, nonce;
  std::vector<std::string> scopes;
  std::string code_challenge;  ///< S256
  std::string dpop_jkt;        ///< "" when the client did not say
  bool prompt_none = false, prompt_login = false, prompt_consent = false;
  bool prompt_select_account = false;
  std::optional<seconds> max_age;
  std::vector<std::string> acr_values;  ///< in order of preference
  std::string login_hint;               ///< personal
  std::optional<Language> language;     ///< the first of ui_locales that we have
  bool pushed = false;                  ///< it came by RFC 9126

  [[nodiscard]] bool asks(std::string_view scope) const;
  /// The lowest that was asked for; none when any will do. Nothing when only values were asked for
  /// that are not known here.
  [[nodiscard]] std::optional<identity::Assurance> needed() const;
};

/// Whose redirect_uri may be trusted: before that, an error is for the person, not the client.
/// Errors: invalid_request for an address that is not exactly one of the client's.
Result<std::string> redirect_uri_of(const Parameters& parameters, const Client& client);
/// Everything else. Errors: invalid_request (also: no PKCE or "plain"), unsupported_response_type,
/// invalid_scope, request_not_supported.
Result<AuthorizationRequest> read_authorization(const Parameters& parameters, const Client& client);

/// As it is kept between request and answer.
JsonObject to_json(const AuthorizationRequest& request);
Result<AuthorizationRequest> authorization_from_json(const Json& json);

/// RFC 7636 §4.1: 43 to 128 unreserved characters whose SHA-256 is the challenge.
bool verifier_fits(std::string_view verifier, std::string_view challenge);

}  // namespace minben::openid
