#pragma once
// OpenID provider: systems of agencies and others sign people in here. OpenID Connect Core 1.0 over
// the FAPI 2.0 Security Profile, with the authorization code alone.
//
// What programs call (token, userinfo …) is in routes(); what people see is made by the portal of
// Interaction and SignOut. Refresh tokens change with each use, which FAPI 2.0 §5.3.2.1 advises
// against: a stolen one shows itself by that, and docs/openid.md says what a client does about it.
//
// Thread-safe. Tokens and codes are random, and only their digests are kept; parameters are sealed
// under keys that only whoever has their token can make. Errors: those of request.hpp.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/core.hpp"
#include "identity/identity.hpp"
#include "keys/keys.hpp"
#include "net/net.hpp"
#include "openid/client.hpp"
#include "openid/fetch.hpp"
#include "openid/request.hpp"
#include "store/store.hpp"
#include "trust/revocation.hpp"

namespace minben::keys {
struct Holder;
}

namespace minben::openid {

/// Of this room; apply after store's, keys' and identity's.
std::span<const store::Migration> migrations();
/// The room's key, for a rotation of master keys.
keys::Holder room_keys();

struct Config {
  std::string issuer;     ///< https origin of the platform, as it stands in every token
  std::string mtls_base;  ///< origin of the endpoints for mutual TLS; "" when there are none
  /// Of tls_client_auth; none: it is not offered.
  std::optional<trust::PathValidator> client_authorities = std::nullopt;
  seconds request_lifetime{90};      ///< of a pushed request (RFC 9126: single use)
  minutes interaction_lifetime{30};  ///< for signing in, reading and deciding
  seconds code_lifetime{60};
  seconds access_lifetime{300};
  seconds id_token_lifetime{300};
  days refresh_lifetime{90};       ///< from the sign-in on, however often it is used
  hours key_notice{24};            ///< so long a signing key is published before it signs
  days key_lifetime{90};           ///< then the next one signs
  days key_published{7};           ///< after it has signed last
  int requests_per_minute = 6000;  ///< per client, at each endpoint
  int failures_per_minute = 60;    ///< per network address; more get 429 before anything is checked
};

/// How somebody is signed in with us, as the portal knows it.
struct SignIn {
  PersonId person;
  identity::SessionId session;  ///< of the person, or of who acts for them
  identity::Assurance assurance = identity::Assurance::none;  ///< eIDAS level; acr says it
  std::vector<std::string> amr;                               ///< RFC 8176
  Instant at{};                                               ///< auth_time
  std::optional<identity::Act> act{};  ///< who acts; what comes of it ends with the mandate
};

/// What a browser came for. Ends with allow() or refuse(), at most once.
struct Interaction {
  std::string token;
  std::shared_ptr<const Client> client;
  AuthorizationRequest request;
  Instant begun_at{};
};

/// What stands between an interaction and its answer.
enum class Next {
  sign_in,           ///< nobody is signed in
  sign_in_again,     ///< prompt=login, or longer ago than max_age
  sign_in_stronger,  ///< acr_values ask for more
  ask,               ///< for consent
  answer,            ///< consent was given before
};

/// A system that may sign a person in.
struct Connected {
  std::string client_id;
  Bilingual name;
  std::vector<std::string> scopes;
  Instant given_at{}, used_at{};
};

/// RP-Initiated Logout 1.0: what the browser came for.
struct SignOut {
  std::string token;
  std::shared_ptr<const Client> client;  ///< none when nobody said
  std::string sid;                       ///< that the hint is about, or ""
  std::string redirect;                  ///< with state; "" = stay with us
};

class Provider {
 public:
  struct Parts {
    store::Database& database;
    const Clock& clock;
    Random& random;
    const keys::Keys& keys;
    identity::Identity& identity;
    Fetch fetch;
  };
  /// Makes the room's key and signing keys when there are none.
  static Result<std::unique_ptr<Provider>> open(Parts parts, Config config);
  ~Provider();

  /// Jobs: sign-outs to clients, sessions that ended, keys that follow each other, and clearing.
  /// From then on, an account that is closed or erased takes its consents and tokens with it.
  void work_in(store::Workers& workers);

  // --- for programs

  /// Discovery, keys, PAR, token, userinfo, introspection, revocation. Each proves its caller
  /// itself. `base` is the origin that they are reached at: the issuer's, or mtls_base.
  [[nodiscard]] std::vector<net::Route> routes(net::Access access, std::string_view base) const;
  [[nodiscard]] Json discovery() const;
  [[nodiscard]] Result<Json> published_keys() const;

  // --- for the browser

  struct Begun {
    std::string token;
    std::optional<Language> language;
  };
  struct Redirect {
    std::string location;  ///< at the client: an error for it to handle
  };
  /// The authorization endpoint. An Error is for the person: it is not known where else to go.
  Result<std::variant<Begun, Redirect>> begin(const Parameters& parameters);
  /// not_found "no_such_interaction" also after its time and after its answer.
  Result<Interaction> interaction(std::string_view token);
  Result<Next> next(const Interaction& interaction, const std::optional<SignIn>& sign_in);
  /// What prompt=none gets instead of a page; nothing when the answer can be given.
  static std::optional<std::string_view> silent_error(const Interaction& interaction, Next next);
  /// Remembers the consent and makes the code. The address to send the browser to.
  Result<std::string> allow(const Interaction& interaction, const SignIn& sign_in);
  Result<std::string> refuse(const Interaction& interaction, std::string_view error);

  // --- for the account page (in the caller's transaction)

  Result<std::vector<Connected>> connected(store::Transaction& tx, PersonId person);
  /// Takes the consent back, ends all tokens and tells the client. No error when there is none.
  Result<void> disconnect(store::Transaction& tx, PersonId person, std::string_view client_id);

  // --- sign-out

  /// The end_session endpoint. Parameters that do not fit are refused: invalid_request.
  Result<SignOut> begin_sign_out(const Parameters& parameters);
  /// not_found "no_such_interaction".
  Result<SignOut> sign_out(std::string_view token);
  /// The client showed that it knows this very session: it need not be asked about.
  [[nodiscard]] bool is_about(const SignOut& sign_out, identity::SessionId session) const;
  /// Ends what came of this session, except what was allowed to outlive it (offline_access), and
  /// tells its clients (Back-Channel Logout 1.0). The session itself is the caller's to end;
  /// sessions that end otherwise are noticed within two minutes.
  Result<void> session_ended(store::Transaction& tx, identity::SessionId session);

  /// The next signing key signs from now on, and another one comes after it. conflict
  /// "announced_lately" before it was published for key_notice, unless `at_once`.
  Result<void> rotate_signing_key(bool at_once = false);

  struct Impl;

 private:
  explicit Provider(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::openid
