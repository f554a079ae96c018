// Who calls an endpoint, and which key its tokens are bound to.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::openid {

namespace {

using store::Query;
constexpr Query mark_seen{"openid_mark_seen",
                          "insert into openid.seen (digest, expires_at) values ($1, $2)"};

constexpr std::string_view assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr seconds nonce_window{300};

std::unexpected<Error> bad_client(std::string_view why) {
  return fail(Kind::unauthorised, error::invalid_client, why);
}

/// RFC 7591 §2: whoever registered one algorithm uses no other.
Result<void> check_algorithm(const Client& client, std::string_view assertion) {
  if (client.signing_algorithm.empty()) return {};
  const auto header = trust::peek_jws(assertion);
  if (!header || string_or(*header, "alg") != client.signing_algorithm)
    return fail(Kind::unauthorised, error::invalid_client,
                "another algorithm than token_endpoint_auth_signing_alg", "alg");
  return {};
}

std::string certificate_thumbprint(std::string_view der) { return base64url_encode(sha256(der)); }

/// RFC 8705 §2.2: the certificate is nothing but a wrapping of a key that the client published.
Result<void> check_self_signed(const trust::JwkSet& keys, std::string_view der) {
  const auto key = trust::certificate_key(as_bytes(der));
  if (!key) return bad_client("not a certificate that is taken");
  const std::string_view algorithm = key->type() == trust::KeyType::p256 ? "ES256" : "EdDSA";
  const std::string thumbprint = trust::Jwk::of(*key, algorithm).thumbprint();
  for (const trust::Jwk& known : keys.keys())
    if (known.thumbprint() == thumbprint) return {};
  return bad_client("not a certificate of this client");
}

}  // namespace

void Rates::turn(Instant now) {
  const auto minute = std::chrono::floor<minutes>(now).time_since_epoch().count();
  if (minute == minute_ && counts_.size() < 65'536) return;
  minute_ = minute;
  counts_.clear();
}

bool Rates::allow(std::string_view key, int per_minute, Instant now) {
  const std::lock_guard lock(mutex_);
  turn(now);
  return ++counts_[std::string(key)] <= per_minute;
}

bool Rates::exceeded(std::string_view key, int per_minute, Instant now) {
  const std::lock_guard lock(mutex_);
  turn(now);
  const auto found = counts_.find(key);
  return found != counts_.end() && found->second >= per_minute;
}

Bytes digest_of(std::string_view token) {
  const auto digest = sha256(token);
  return {digest.begin(), digest.end()};
}

Statement statement(std::string_view label, const Proven& proven) {
  return {digest_of(fmt::format("{}:{}{}", label.size(), label, proven.jti)), proven.until};
}

void queue_marks(store::Transaction& tx, std::span<const Statement> statements) {
  for (const Statement& one : statements) tx.queue(mark_seen, one.digest, one.until);
}

bool was_seen(const Error& error) {
  return error.code == "duplicate" && error.field == "seen_pkey";
}

std::unexpected<Error> used_before() {
  return fail(Kind::unauthorised, error::invalid_client, "this statement was used before", "jti");
}

Result<void> Provider::Impl::mark(std::span<const Statement> statements) const {
  return once(statements, [](store::Transaction&) -> Result<void> { return {}; });
}

// ---------------------------------------------------------------------------------- clients

Result<Caller> Provider::Impl::authenticate(const Arrived& arrived) {
  const std::string network = "network " + arrived.request.remote_address;
  if (rates.exceeded(network, config.failures_per_minute, now()))
    return fail(Kind::too_many, "slow_down", "too many failures from this network");
  if (!arrived.request.headers.get("Authorization").empty())
    return bad_client("no shared secrets here: private_key_jwt or a certificate");
  const bool asserts =
      arrived.parameters.has("client_assertion") || arrived.parameters.has("client_assertion_type");
  auto caller = asserts ? authenticate_by_assertion(arrived) : authenticate_by_certificate(arrived);
  if (!caller) {
    if (caller.error().kind == Kind::unauthorised)
      (void)rates.allow(network, config.failures_per_minute, now());
    return caller;
  }
  if (!rates.allow(fmt::format("{} {}", arrived.request.path, caller->client->id),
                   config.requests_per_minute, now()))
    return fail(Kind::too_many, "slow_down", "too many requests of this client");
  return caller;
}

Result<Caller> Provider::Impl::authenticate_by_assertion(const Arrived& arrived) {
  const std::string_view assertion = arrived.parameters.get("client_assertion");
  if (arrived.parameters.get("client_assertion_type") != assertion_type)
    return bad_client("another client_assertion_type than jwt-bearer");
  MINBEN_TRY(client_id, client_of_assertion(assertion));
  if (arrived.parameters.has("client_id") && arrived.parameters.get("client_id") != client_id)
    return bad_client("client_id is another client");
  MINBEN_TRY(client, clients.find(client_id));
  if (client->authentication != ClientAuthentication::private_key_jwt)
    return bad_client("this client proves itself by its certificate");
  MINBEN_CHECK(check_algorithm(*client, assertion));
  MINBEN_TRY(keys, clients.keys_of(*client));
  auto proven = check_assertion(assertion, client_id, config.issuer, keys, now());
  if (!proven && proven.error().detail == "unknown_key" && !client->keys_uri.empty()) {
    MINBEN_TRY(fresh, clients.keys_of(*client, true));
    proven = check_assertion(assertion, client_id, config.issuer, fresh, now());
  }
  if (!proven) return fail(proven.error());
  return Caller{std::move(client), {statement("assertion/" + client_id, *proven)}};
}

Result<Caller> Provider::Impl::authenticate_by_certificate(const Arrived& arrived) {
  const std::string& der = arrived.request.peer_certificate_der;
  const auto client_id = arrived.parameters.need("client_id");
  if (der.empty() || !client_id) return bad_client("the client has not proven itself");
  MINBEN_TRY(client, clients.find(*client_id));
  MINBEN_CHECK(check_certificate(*client, der));
  return Caller{std::move(client), {}};
}

Result<void> Provider::Impl::check_certificate(const Client& client, const std::string& der) {
  if (client.authentication == ClientAuthentication::self_signed_tls_client_auth) {
    MINBEN_TRY(keys, clients.keys_of(client));
    return check_self_signed(keys, der);
  }
  if (client.authentication != ClientAuthentication::tls_client_auth)
    return bad_client("this client proves itself by private_key_jwt");
  if (!config.client_authorities) return bad_client("no authorities of clients are configured");
  const auto info =
      config.client_authorities->check(as_bytes(der), now(), trust::Usage::tls_client);
  if (!info) return bad_client(info.error().code);
  const bool named = client.tls_dns.empty() ? info->subject == client.tls_subject
                                            : std::ranges::find(info->dns_names, client.tls_dns) !=
                                                  info->dns_names.end();
  if (!named)  // what it says, since registered names rarely fit at the first try
    return bad_client(fmt::format("the certificate is of {:.200}, {:.200}", info->subject,
                                  fmt::format("{}", fmt::join(info->dns_names, ", "))));
  return {};
}

// ------------------------------------------------------------------------------------- keys

std::string Provider::Impl::dpop_nonce(int windows_ago) const {
  const auto window = now().time_since_epoch() / nonce_window - windows_ago;
  const auto mac = signing.mac("dpop-nonce", std::to_string(window));
  return base64url_encode(std::span(mac).first(18));
}

Result<Holder> Provider::Impl::dpop_holder(const Arrived& arrived,
                                           std::string_view access_token) const {
  int proofs = 0;
  for (const auto& [name, value] : arrived.request.headers.all())
    if (to_lower_ascii(name) == "dpop") ++proofs;
  if (proofs != 1)
    return fail(Kind::invalid, error::invalid_dpop_proof, "exactly one DPoP header is needed");
  MINBEN_TRY(proof,
             check_dpop(arrived.request.headers.get("DPoP"),
                        {.method = arrived.request.method == net::Method::get ? "GET" : "POST",
                         .url = arrived.url,
                         .access_token = access_token},
                        now()));
  if (!equal_in_constant_time(proof.nonce, dpop_nonce()) &&
      !equal_in_constant_time(proof.nonce, dpop_nonce(1)))
    return fail(Kind::invalid, error::use_dpop_nonce, "make the proof with the nonce given");
  return Holder{"jkt:" + proof.thumbprint, {statement("dpop/" + proof.thumbprint, proof.proven)}};
}

Result<Holder> Provider::Impl::holder(const Arrived& arrived, const Client& client) const {
  if (client.needs_certificate) {
    const std::string& der = arrived.request.peer_certificate_der;
    if (der.empty()) return bad_client("tokens of this client are bound to its certificate");
    return Holder{"x5t:" + certificate_thumbprint(der), {}};
  }
  if (client.needs_dpop || !arrived.request.headers.get("DPoP").empty())
    return dpop_holder(arrived, {});
  return Holder{};
}

}  // namespace minben::openid
