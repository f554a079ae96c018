// What tokens are good for: userinfo, introspection, revocation.
#include <fmt/format.h>

#include "impl.hpp"

namespace minben::openid {

namespace {

using store::Query;
// "coalesce": as in take_code.
constexpr Query find_access_query{
    "openid_find_access",
    "select a.sign_in_id, s.client_id, a.bound_to, s.acr, s.person_id, a.scopes, s.auth_time, "
    "a.made_at, a.expires_at, s.act from openid.access_token a join openid.sign_in s using "
    "(sign_in_id) "
    "where a.digest = $1 and a.expires_at > $2 "
    "and coalesce(s.ended_at, 'infinity') = 'infinity'"};
constexpr Query find_refresh_query{
    "openid_find_refresh",
    "select r.sign_in_id, s.client_id, r.bound_to, s.acr, s.person_id, s.scopes, s.auth_time, "
    "s.made_at, r.expires_at, s.act from openid.refresh_token r join openid.sign_in s using "
    "(sign_in_id) "
    "where r.digest = $1 and r.used_at is null and r.expires_at > $2 "
    "and coalesce(s.ended_at, 'infinity') = 'infinity'"};
constexpr Query drop_access{"openid_drop_access",
                            "delete from openid.access_token a using openid.sign_in s "
                            "where a.digest = $1 and s.sign_in_id = a.sign_in_id "
                            "and s.client_id = $2"};

constexpr std::size_t max_token = 200;
constexpr std::string_view introspection_type = "application/token-introspection+jwt";

Result<std::optional<Access>> find(const Provider::Impl& impl, const Query& query,
                                   std::string_view token) {
  if (token.empty() || token.size() > max_token) return std::nullopt;
  MINBEN_TRY(rows, impl.parts.database.run(query, digest_of(token), impl.now()));
  if (rows.empty()) return std::nullopt;
  const auto row = rows.front();
  return Access{.sign_in_id = row.text("sign_in_id"),
                .client_id = row.text("client_id"),
                .bound_to = row.text("bound_to"),
                .acr = row.text("acr"),
                .person = row.id<PersonId>("person_id"),
                .scopes = row.texts("scopes"),
                .auth_time = row.instant("auth_time"),
                .made_at = row.instant("made_at"),
                .expires_at = row.instant("expires_at"),
                .act = read_act(row)};
}

std::unexpected<Error> bad_token(std::string_view why) {
  return fail(Kind::unauthorised, error::invalid_token, why);
}

/// RFC 6750 §2.1, RFC 9449 §7.1: in the header alone.
struct Presented {
  bool by_dpop = false;
  std::string token;
};
Result<Presented> presented(const net::Request& request) {
  const std::string_view header = request.headers.get("Authorization");
  const auto space = header.find(' ');
  const std::string scheme = to_lower_ascii(header.substr(0, space));
  if (space == header.npos || (scheme != "dpop" && scheme != "bearer"))
    return bad_token("an access token in the Authorization header is needed");
  return Presented{scheme == "dpop", std::string(trim(header.substr(space + 1)))};
}

bool has(const std::vector<std::string>& scopes, std::string_view scope) {
  return std::ranges::find(scopes, scope) != scopes.end();
}

JsonObject binding_claim(const std::string& bound_to) {
  const std::string thumbprint = bound_to.substr(4);
  if (bound_to.starts_with("jkt:")) return {{"jkt", thumbprint}};
  return {{"x5t#S256", thumbprint}};
}

net::Response jwt_answer(std::string jwt, std::string_view type) {
  return net::Response::bytes(std::move(jwt), type);
}

}  // namespace

Result<std::optional<Access>> Provider::Impl::find_access(std::string_view token) const {
  return find(*this, find_access_query, token);
}
Result<std::optional<Access>> Provider::Impl::find_refresh(std::string_view token) const {
  return find(*this, find_refresh_query, token);
}

// --------------------------------------------------------------------------------- userinfo

Result<Json> Provider::Impl::claims_of(const Access& access, const Client& client) const {
  JsonObject claims{{"sub", subject(client, access.person)}};
  if (access.act) claims["act"] = act_claim(client, *access.act);
  const bool asks = has(access.scopes, scope::profile) || has(access.scopes, scope::email) ||
                    has(access.scopes, scope::national_id);
  if (!asks) return Json(std::move(claims));
  const auto person = parts.database.separately(
      [&](store::Transaction& tx) { return parts.identity.person(tx, access.person); });
  if (!person && person.error().kind == Kind::not_found) return bad_token("nobody any more");
  if (!person) return fail(person.error());
  const identity::Profile& profile = person->profile;
  const auto give = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) claims[name] = value;
  };
  if (has(access.scopes, scope::profile)) {
    give("name", profile.name.empty() ? profile.name_latin : profile.name);
    give("name#en", profile.name_latin);
    claims["locale"] = language_tag(profile.language);
  }
  if (has(access.scopes, scope::email)) {
    give("email", profile.email);
    claims["email_verified"] = !profile.email.empty();  // nobody has an account without proving it
  }
  if (has(access.scopes, scope::national_id)) give("national_id", profile.national_id);
  return Json(std::move(claims));
}

Result<net::Response> Provider::Impl::userinfo(const Arrived& arrived) {
  MINBEN_TRY(shown, presented(arrived.request));
  MINBEN_TRY(access, find_access(shown.token));
  if (!access) return bad_token("unknown, expired or ended");
  const bool dpop_bound = access->bound_to.starts_with("jkt:");
  if (dpop_bound != shown.by_dpop) return bad_token("bound to a key that was not shown");
  if (dpop_bound) {
    MINBEN_TRY(key, dpop_holder(arrived, shown.token));
    if (key.bound_to != access->bound_to) return bad_token("bound to another key");
    MINBEN_CHECK(mark(key.statements));
  } else if (!access->bound_to.empty()) {
    const std::string& der = arrived.request.peer_certificate_der;
    if (der.empty() || access->bound_to != "x5t:" + base64url_encode(sha256(der)))
      return bad_token("bound to another certificate");
  }
  MINBEN_TRY(client, clients.find(access->client_id));
  MINBEN_TRY(claims, claims_of(*access, *client));
  if (!client->signs_userinfo) return net::Response::json(claims);
  JsonObject signed_claims = claims.as_object();
  signed_claims["iss"] = config.issuer;
  signed_claims["aud"] = client->id;
  MINBEN_TRY(jwt, sign(signed_claims, "JWT"));
  return jwt_answer(std::move(jwt), "application/jwt");
}

// ---------------------------------------------------------------------------- introspection

namespace {

bool may_ask(const Client& asks, const Client& owner) {
  return asks.id == owner.id ||
         std::ranges::find(owner.introspectors, asks.id) != owner.introspectors.end();
}

JsonObject describe_access(const Provider::Impl& impl, const Access& access, const Client& asks) {
  JsonObject json{{"active", true},
                  {"iss", impl.config.issuer},
                  {"client_id", access.client_id},
                  // As the asker knows the person: services of two systems cannot be put together.
                  {"sub", impl.subject(asks, access.person)},
                  {"scope", join(access.scopes)},
                  {"iat", unix_seconds(access.made_at)},
                  {"exp", unix_seconds(access.expires_at)},
                  {"auth_time", unix_seconds(access.auth_time)},
                  {"acr", access.acr},
                  {"token_type", access.bound_to.starts_with("jkt:") ? "DPoP" : "Bearer"}};
  if (!access.bound_to.empty()) json["cnf"] = binding_claim(access.bound_to);
  if (access.act) json["act"] = impl.act_claim(asks, *access.act);
  return json;
}

}  // namespace

Result<net::Response> Provider::Impl::introspect(const Arrived& arrived) {
  MINBEN_TRY(caller, authenticate(arrived));
  MINBEN_CHECK(mark(caller.statements));
  MINBEN_TRY(token, arrived.parameters.need("token"));
  MINBEN_TRY(access, find_access(token));
  if (!access) {
    MINBEN_TRY(refresh, find_refresh(token));
    if (refresh && refresh->client_id == caller.client->id) access = std::move(refresh);
  }
  JsonObject json{{"active", false}};
  if (access) {
    MINBEN_TRY(owner, clients.find(access->client_id));
    if (may_ask(*caller.client, *owner)) json = describe_access(*this, *access, *caller.client);
  }
  if (arrived.request.headers.get("Accept") != introspection_type) return net::Response::json(json);
  // RFC 9701 §5
  const JsonObject claims{{"iss", config.issuer},
                          {"aud", caller.client->id},
                          {"iat", unix_seconds(now())},
                          {"token_introspection", json}};
  MINBEN_TRY(jwt, sign(claims, "token-introspection+jwt"));
  return jwt_answer(std::move(jwt), introspection_type);
}

// RFC 7009: a token that is not there, or not the caller's, is as good as revoked.
Result<void> Provider::Impl::revoke(const Arrived& arrived) {
  MINBEN_TRY(caller, authenticate(arrived));
  MINBEN_TRY(token, arrived.parameters.need("token"));
  MINBEN_TRY(refresh, find_refresh(token));
  return once(caller.statements, [&](store::Transaction& tx) -> Result<void> {
    if (refresh && refresh->client_id == caller.client->id)
      return end_sign_in(tx, refresh->sign_in_id);
    MINBEN_CHECK(tx.run(drop_access, digest_of(token), caller.client->id));
    return {};
  });
}

}  // namespace minben::openid
