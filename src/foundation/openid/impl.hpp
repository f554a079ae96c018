#pragma once
// Private: what the files of the provider share.
#include <map>
#include <mutex>

#include "openid/clients.hpp"
#include "openid/openid.hpp"
#include "openid/proof.hpp"
#include "signing_keys.hpp"
#include "words.hpp"

namespace minben::openid {

/// How often something may happen in a minute, by key. At most 65,536 keys; a new minute begins
/// with nobody. Thread-safe.
class Rates {
 public:
  bool allow(std::string_view key, int per_minute, Instant now);
  /// Without counting.
  bool exceeded(std::string_view key, int per_minute, Instant now);

 private:
  void turn(Instant now);
  std::mutex mutex_;
  std::int64_t minute_ = 0;
  std::map<std::string, int, std::less<>> counts_;
};

namespace path {
inline constexpr std::string_view authorize = "/openid/authorize";
inline constexpr std::string_view par = "/openid/par";
inline constexpr std::string_view token = "/openid/token";
inline constexpr std::string_view userinfo = "/openid/userinfo";
inline constexpr std::string_view introspect = "/openid/introspect";
inline constexpr std::string_view revoke = "/openid/revoke";
inline constexpr std::string_view keys = "/openid/jwks";
inline constexpr std::string_view logout = "/openid/logout";
}  // namespace path

/// A request by a program.
struct Arrived {
  const net::Request& request;
  Parameters parameters;
  std::string url;  ///< of the endpoint, as discovery names it: what htu must be
};

/// Statements that came with a request, digested; used up by once() with what they allow.
struct Statement {
  Bytes digest;
  Instant until{};
};

/// A client that has proven itself.
struct Caller {
  std::shared_ptr<const Client> client;
  std::vector<Statement> statements;
};

/// The key that tokens are bound to: "jkt:…" (RFC 9449), "x5t:…" (RFC 8705), or "".
struct Holder {
  std::string bound_to;
  std::vector<Statement> statements;
  [[nodiscard]] bool by_dpop() const { return bound_to.starts_with("jkt:"); }
  [[nodiscard]] std::string thumbprint() const {
    return bound_to.empty() ? std::string() : bound_to.substr(4);
  }
};

/// What an access token stands for.
struct Access {
  std::string sign_in_id, client_id, bound_to, acr;
  PersonId person;
  std::vector<std::string> scopes;
  Instant auth_time{}, made_at{}, expires_at{};
  std::optional<identity::Act> act{};
};

struct Provider::Impl {
  Parts parts;
  Config config;
  Clients clients;
  SigningKeys signing;
  Rates rates{};

  [[nodiscard]] Instant now() const { return parts.clock.now(); }

  // --- parcels
  struct Parcel {
    std::string token;
    Bytes id, sealed;
  };
  [[nodiscard]] Result<Parcel> pack(std::string_view kind, const Json& content) const;
  Result<void> store_parcel(store::Transaction& tx, const Parcel& parcel, Instant until) const;
  Result<Json> open_parcel(std::string_view kind, std::string_view token) const;
  /// Once only.
  Result<Json> take_parcel(store::Transaction& tx, std::string_view kind,
                           std::string_view token) const;

  // --- who calls
  Result<Caller> authenticate(const Arrived& arrived);
  Result<Caller> authenticate_by_assertion(const Arrived& arrived);
  Result<Caller> authenticate_by_certificate(const Arrived& arrived);
  Result<void> check_certificate(const Client& client, const std::string& der);
  Result<Holder> holder(const Arrived& arrived, const Client& client) const;
  [[nodiscard]] std::string dpop_nonce(int windows_ago = 0) const;
  Result<Holder> dpop_holder(const Arrived& arrived, std::string_view access_token) const;
  /// Uses the statements up, with what they allow, in one transaction. Error when one was used
  /// before: invalid_client or invalid_dpop_proof are the same to us.
  template <class Work>
  auto once(std::span<const Statement> statements, Work&& work) const
      -> decltype(work(std::declval<store::Transaction&>()));
  /// As once(), for what only reads.
  Result<void> mark(std::span<const Statement> statements) const;

  // --- endpoints
  Result<Json> push(const Arrived& arrived);
  Result<Json> token(const Arrived& arrived);
  Result<Json> exchange_code(const Arrived& arrived, const Caller& caller, const Holder& holder);
  Result<Json> refresh(const Arrived& arrived, const Caller& caller, const Holder& holder);
  Result<net::Response> userinfo(const Arrived& arrived);
  Result<net::Response> introspect(const Arrived& arrived);
  Result<void> revoke(const Arrived& arrived);

  Result<std::optional<Access>> find_access(std::string_view token) const;
  Result<std::optional<Access>> find_refresh(std::string_view token) const;
  Result<Json> claims_of(const Access& access, const Client& client) const;
  [[nodiscard]] Result<std::string> sign(const Json& claims, std::string_view type) const;

  [[nodiscard]] std::string subject(const Client& client, PersonId person) const;
  /// RFC 8693 §4.1, with the kind of mandate: the actor as this client knows them.
  [[nodiscard]] Json act_claim(const Client& client, const identity::Act& act) const;
  [[nodiscard]] std::string sid(std::string_view client_id, identity::SessionId session) const;
  [[nodiscard]] std::string answer_location(const AuthorizationRequest& request,
                                            std::string_view name, std::string_view value) const;

  // --- ends
  Result<void> end_sign_in(store::Transaction& tx, std::string_view id) const;
  Result<void> tell_sign_out(store::Transaction& tx, const store::Row& sign_in) const;
  Result<void> deliver_sign_out(const store::Job& job);
  Result<void> look_at_sessions(store::Transaction& tx);
  Result<void> session_ended(store::Transaction& tx, identity::SessionId session) const;
  Result<void> account_ended(store::Transaction& tx, PersonId person) const;
  Result<void> mandate_ended(store::Transaction& tx, identity::MandateId id) const;
  Result<void> clear(store::Transaction& tx) const;
};

/// Travels with the next query: that, or the commit, tells of one that was there already.
void queue_marks(store::Transaction& tx, std::span<const Statement> statements);
bool was_seen(const Error& error);
std::unexpected<Error> used_before();

template <class Work>
auto Provider::Impl::once(std::span<const Statement> statements, Work&& work) const
    -> decltype(work(std::declval<store::Transaction&>())) {
  auto outcome = parts.database.transact([&](store::Transaction& tx) {
    queue_marks(tx, statements);
    return work(tx);
  });
  if (!outcome && was_seen(outcome.error())) return used_before();
  return outcome;
}

Bytes digest_of(std::string_view token);
/// Of a row of sign_in.
std::optional<identity::Act> read_act(const store::Row& row);
Statement statement(std::string_view label, const Proven& proven);

/// RFC 6749 §5.2, RFC 6750 §3.1: errors as programs get them.
int status_of(const Error& error);
net::Response refusal(const Error& error);

}  // namespace minben::openid
