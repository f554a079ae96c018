#pragma once
// Signing in with another OpenID provider (OpenID Connect Core 1.0, authorization code flow): with
// PKCE (RFC 7636, S256), the issuer in the answer (RFC 9207) and, where the provider has them,
// pushed requests (RFC 9126). Nothing is kept between going and coming back but what the browser
// holds sealed.
//
// Thread-safe. Calls of the provider block; its metadata and keys are kept for an hour.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "identity/bindings.hpp"
#include "identity/levels.hpp"
#include "keys/keys.hpp"
#include "net/net.hpp"
#include "openid/fetch.hpp"
#include "trust/jose.hpp"

namespace minben::openid {

/// How we show the provider who we are.
enum class OutsideAuthentication { private_key_jwt, client_secret_basic };

/// A provider that people may sign in with.
struct OutsideProvider {
  std::string id;  ///< of our own, as it stands in addresses: [a-z0-9-], at most 32
  Bilingual name;
  std::string issuer;  ///< exactly as the provider says it
  std::string client_id;
  OutsideAuthentication authentication = OutsideAuthentication::private_key_jwt;
  std::string secret{};  ///< for client_secret_basic
  std::vector<std::string> scopes{"openid"};
  std::vector<std::string> acr_values{};
  std::map<std::string, identity::Levels> levels{};  ///< what an acr is worth here
  identity::Levels least{0, 1, 0};                   ///< of any other, or none
  std::vector<std::string> algorithms{"ES256", "PS256", "EdDSA", "RS256"};  ///< of ID tokens
};

/// Errors: "bad_provider" with the field; https is asked for everywhere but on the machine itself.
Result<void> check_provider(const OutsideProvider& provider);

/// Where the browser goes, and what it has to bring back.
struct Departure {
  std::string url;
  std::string ticket;  ///< sealed; for a cookie that lives as long as ticket_lifetime
};
inline constexpr seconds ticket_lifetime{600};

/// Who came back.
struct Arrival {
  identity::Proof proof;
  std::string return_to;
};

struct RelyingPartyParts {
  const Clock& clock;
  Random& random;
  const keys::Keys& keys;
  trust::SigningKey key;  ///< P-256, for private_key_jwt
  Fetch fetch;
};

class RelyingParty {
 public:
  RelyingParty(RelyingPartyParts parts, std::vector<OutsideProvider> providers);
  ~RelyingParty();
  RelyingParty(const RelyingParty&) = delete;
  RelyingParty& operator=(const RelyingParty&) = delete;

  [[nodiscard]] std::span<const OutsideProvider> providers() const;
  [[nodiscard]] const OutsideProvider* find(std::string_view id) const;
  /// The public key of private_key_jwt, for providers to fetch (RFC 7517).
  [[nodiscard]] Json keys() const;

  struct Trip {
    std::string_view provider;
    std::string_view redirect_uri;
    std::string_view return_to;  ///< comes back with the person
    Language language = Language::zh_hant;
    std::optional<seconds> max_age{};  ///< how long ago the person may have signed in there
    int authenticator = 0;  ///< only acr_values that are worth this level here are asked for
  };
  /// not_found "no_such_provider"; unavailable "provider_unreachable"; internal "provider_faulty"
  /// (what it says is not right; detail).
  Result<Departure> leave(const Trip& trip) const;
  /// `query` is what the browser brought, `ticket` what it was given. unauthorised: "no_ticket"
  /// (none, opened by nobody, too old, or of another provider), "state_differs", "issuer_differs",
  /// "provider_denied" (the person said no there), "provider_refused" (its error as detail),
  /// "id_token_refused" (see check_id_token). Also those of leave().
  Result<Arrival> arrive(std::string_view provider, std::string_view redirect_uri,
                         const net::Form& query, std::string_view ticket) const;

  /// A proof that waits in the browser, sealed, until its person has signed in otherwise and says
  /// whose account it belongs to; for ticket_lifetime. unauthorised "no_ticket".
  [[nodiscard]] std::string hold(const identity::Proof& proof) const;
  [[nodiscard]] Result<identity::Proof> held(std::string_view text) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::openid
