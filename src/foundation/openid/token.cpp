// The token endpoint: a code or a refresh token becomes tokens, once.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::openid {

namespace {

using store::Query;
// "coalesce" keeps the planner from partial indexes: while a table has no statistics it thinks each
// of them as good as the primary key, and by the one that begins with the person it would walk
// through all sign-ins of the client for every token.
constexpr Query take_code{
    "openid_take_code",
    "update openid.code c set used_at = $2 from openid.sign_in s "
    "where c.digest = $1 and c.used_at is null and c.expires_at > $2 "
    "and s.sign_in_id = c.sign_in_id and s.client_id = $3 "
    "and coalesce(s.ended_at, 'infinity') = 'infinity' "
    "returning c.sign_in_id, c.redirect_uri, c.challenge, c.nonce, c.dpop_jkt, s.client_id, "
    "s.person_id, s.session_id, s.scopes, s.acr, s.amr, s.auth_time, s.expires_at, s.act"};
constexpr Query used_code{"openid_used_code",
                          "select c.sign_in_id from openid.code c join openid.sign_in s using "
                          "(sign_in_id) where c.digest = $1 and c.used_at is not null "
                          "and s.client_id = $2"};
constexpr Query take_refresh{
    "openid_take_refresh",
    "update openid.refresh_token r set used_at = $2 from openid.sign_in s "
    "where r.digest = $1 and r.used_at is null and r.expires_at > $2 and r.bound_to = $4 "
    "and s.sign_in_id = r.sign_in_id and s.client_id = $3 "
    "and coalesce(s.ended_at, 'infinity') = 'infinity' "
    "returning r.sign_in_id, s.client_id, s.person_id, s.session_id, s.scopes, s.acr, s.amr, "
    "s.auth_time, s.expires_at, s.act"};
constexpr Query used_refresh{"openid_used_refresh",
                             "select r.sign_in_id from openid.refresh_token r join openid.sign_in "
                             "s using (sign_in_id) where r.digest = $1 and r.used_at is not null "
                             "and s.client_id = $2"};
constexpr Query add_access{
    "openid_add_access",
    "insert into openid.access_token (digest, sign_in_id, scopes, bound_to, made_at, expires_at) "
    "values ($1, $2, $3, $4, $5, $6)"};
constexpr Query add_refresh{
    "openid_add_refresh",
    "insert into openid.refresh_token (digest, sign_in_id, bound_to, expires_at) "
    "values ($1, $2, $3, $4)"};
constexpr Query end_sign_in_query{
    "openid_end_sign_in",
    "update openid.sign_in set ended_at = $2 where sign_in_id = $1 and ended_at is null"};

/// A sign-in as the token endpoint sees it.
struct Grant {
  std::string id, acr, nonce;
  PersonId person;
  identity::SessionId session;
  std::vector<std::string> scopes, amr;
  Instant auth_time{}, expires_at{};
  std::optional<identity::Act> act;
};

Grant read_grant(const store::Row& row) {
  return {.id = row.text("sign_in_id"),
          .acr = row.text("acr"),
          .nonce = {},
          .person = row.id<PersonId>("person_id"),
          .session = row.id<identity::SessionId>("session_id"),
          .scopes = row.texts("scopes"),
          .amr = row.texts("amr"),
          .auth_time = row.instant("auth_time"),
          .expires_at = row.instant("expires_at"),
          .act = read_act(row)};
}

struct Tokens {
  std::string access, refresh;
  std::vector<std::string> scopes;
};

/// What a transaction found out; that it was refused has to be kept too, so it is no error of it.
struct Outcome {
  std::optional<Error> refused;
  Grant grant;
  Tokens tokens;
};

Outcome refuse_grant(std::string_view why) {
  return {
      .refused = fail(Kind::invalid, error::invalid_grant, why).error(), .grant = {}, .tokens = {}};
}

bool offers_refresh(const Client& client, const std::vector<std::string>& scopes) {
  return client.may_refresh && std::ranges::find(scopes, scope::offline_access) != scopes.end();
}

Tokens issue(store::Transaction& tx, const Provider::Impl& impl, const Client& client,
             const Holder& holder, const Grant& grant, std::vector<std::string> scopes) {
  const Instant now = impl.now();
  Tokens tokens{impl.parts.random.token(), {}, std::move(scopes)};
  tx.queue(add_access, digest_of(tokens.access), grant.id, tokens.scopes, holder.bound_to, now,
           now + impl.config.access_lifetime);
  if (!offers_refresh(client, grant.scopes)) return tokens;
  tokens.refresh = impl.parts.random.token();
  tx.queue(add_refresh, digest_of(tokens.refresh), grant.id, holder.bound_to, grant.expires_at);
  return tokens;
}

/// What came of it was shown twice: whoever holds tokens of it may not be whom they were for.
Result<Outcome> replayed(store::Transaction& tx, const Provider::Impl& impl, const Query& used,
                         std::string_view token, const Client& client, std::string_view what) {
  MINBEN_TRY(rows, tx.run(used, digest_of(token), client.id));
  if (rows.empty()) return refuse_grant("unknown, expired, or not this client's");
  spdlog::warn("openid: {} used again by client {}: sign-in {} ended", what, client.id,
               rows.front().text("sign_in_id"));
  MINBEN_CHECK(impl.end_sign_in(tx, rows.front().text("sign_in_id")));
  return refuse_grant("used before: everything that came of it has ended");
}

/// OpenID Connect Core 1.0 §3.1.3.6.
std::string left_half_hash(std::string_view token) {
  const Sha256 digest = sha256(token);
  return base64url_encode(std::span(digest).first(16));
}

Json id_token_claims(const Provider::Impl& impl, const Client& client, const Grant& grant,
                     std::string_view access_token) {
  const Instant now = impl.now();
  JsonObject claims{{"iss", impl.config.issuer},
                    {"sub", impl.subject(client, grant.person)},
                    {"aud", client.id},
                    {"iat", unix_seconds(now)},
                    {"exp", unix_seconds(now + impl.config.id_token_lifetime)},
                    {"auth_time", unix_seconds(grant.auth_time)},
                    {"acr", grant.acr},
                    {"amr", json_list(grant.amr)},
                    {"sid", impl.sid(client.id, grant.session)},
                    {"at_hash", left_half_hash(access_token)}};
  if (!grant.nonce.empty()) claims["nonce"] = grant.nonce;
  if (grant.act) claims["act"] = impl.act_claim(client, *grant.act);
  return claims;
}

JsonObject token_answer(const Provider::Impl& impl, const Holder& holder, const Tokens& tokens) {
  JsonObject answer{{"access_token", tokens.access},
                    {"token_type", holder.by_dpop() ? "DPoP" : "Bearer"},
                    {"expires_in", impl.config.access_lifetime.count()},
                    {"scope", join(tokens.scopes)}};
  if (!tokens.refresh.empty()) answer["refresh_token"] = tokens.refresh;
  return answer;
}

std::vector<Statement> all_statements(const Caller& caller, const Holder& holder) {
  std::vector<Statement> all = caller.statements;
  all.insert(all.end(), holder.statements.begin(), holder.statements.end());
  return all;
}

/// What the code was made for, against what is shown with it.
std::optional<std::string_view> misfit(const store::Row& code, const Parameters& parameters,
                                       const Holder& holder) {
  if (parameters.get("redirect_uri") != code.text("redirect_uri")) return "another redirect_uri";
  if (!verifier_fits(parameters.get("code_verifier"), code.text("challenge")))
    return "code_verifier does not fit";
  const std::string jkt = code.text("dpop_jkt");
  if (!jkt.empty() && holder.bound_to != "jkt:" + jkt) return "another key than dpop_jkt";
  return std::nullopt;
}

}  // namespace

Result<void> Provider::Impl::end_sign_in(store::Transaction& tx, std::string_view id) const {
  MINBEN_CHECK(tx.run(end_sign_in_query, id, now()));
  return {};
}

Result<Json> Provider::Impl::token(const Arrived& arrived) {
  MINBEN_TRY(caller, authenticate(arrived));
  MINBEN_TRY(key, holder(arrived, *caller.client));
  const std::string_view grant = arrived.parameters.get("grant_type");
  if (grant == "authorization_code") return exchange_code(arrived, caller, key);
  if (grant == "refresh_token") {
    if (!caller.client->may_refresh)
      return fail(Kind::invalid, error::unauthorized_client, "not among its grant_types");
    return refresh(arrived, caller, key);
  }
  return fail(Kind::invalid, error::unsupported_grant_type, "authorization_code or refresh_token");
}

Result<Json> Provider::Impl::exchange_code(const Arrived& arrived, const Caller& caller,
                                           const Holder& key) {
  MINBEN_TRY(code, arrived.parameters.need("code"));
  const Client& client = *caller.client;
  MINBEN_TRY(outcome,
             once(all_statements(caller, key), [&](store::Transaction& tx) -> Result<Outcome> {
               MINBEN_TRY(rows, tx.run(take_code, digest_of(code), now(), client.id));
               if (rows.empty()) return replayed(tx, *this, used_code, code, client, "code");
               Grant grant = read_grant(rows.front());
               grant.nonce = rows.front().text("nonce");
               if (const auto why = misfit(rows.front(), arrived.parameters, key)) {
                 MINBEN_CHECK(end_sign_in(tx, grant.id));
                 return refuse_grant(*why);
               }
               Tokens tokens = issue(tx, *this, client, key, grant, grant.scopes);
               return Outcome{std::nullopt, std::move(grant), std::move(tokens)};
             }));
  if (outcome.refused) return fail(*outcome.refused);
  JsonObject answer = token_answer(*this, key, outcome.tokens);
  MINBEN_TRY(id_token,
             sign(id_token_claims(*this, client, outcome.grant, outcome.tokens.access), "JWT"));
  answer["id_token"] = id_token;
  return Json(std::move(answer));
}

Result<Json> Provider::Impl::refresh(const Arrived& arrived, const Caller& caller,
                                     const Holder& key) {
  MINBEN_TRY(token, arrived.parameters.need("refresh_token"));
  const Client& client = *caller.client;
  MINBEN_TRY(
      outcome, once(all_statements(caller, key), [&](store::Transaction& tx) -> Result<Outcome> {
        MINBEN_TRY(rows, tx.run(take_refresh, digest_of(token), now(), client.id, key.bound_to));
        if (rows.empty()) return replayed(tx, *this, used_refresh, token, client, "refresh token");
        Grant grant = read_grant(rows.front());
        std::vector<std::string> scopes = grant.scopes;
        if (const std::string_view fewer = arrived.parameters.get("scope"); !fewer.empty()) {
          scopes.clear();
          for (const std::string_view one : split(fewer, ' ')) {
            // Rolled back, so that the token is still good for a request that is right.
            if (std::ranges::find(grant.scopes, one) == grant.scopes.end())
              return fail(Kind::invalid, error::invalid_scope, "more than was allowed", "scope");
            scopes.emplace_back(one);
          }
        }
        Tokens tokens = issue(tx, *this, client, key, grant, std::move(scopes));
        return Outcome{std::nullopt, std::move(grant), std::move(tokens)};
      }));
  if (outcome.refused) return fail(*outcome.refused);
  return Json(token_answer(*this, key, outcome.tokens));
}

// ------------------------------------------------------------------------------ small things

std::string Provider::Impl::subject(const Client& client, PersonId person) const {
  const auto mac = signing.mac("subject", client.sector + '\0' + to_string(person));
  return base64url_encode(mac);
}

Json Provider::Impl::act_claim(const Client& client, const identity::Act& act) const {
  return JsonObject{{"sub", subject(client, act.actor)}, {"kind", to_string(act.kind)}};
}

std::optional<identity::Act> read_act(const store::Row& row) {
  if (row.is_null("act")) return std::nullopt;
  return identity::act_from(row.json("act"));
}

std::string Provider::Impl::sid(std::string_view client_id, identity::SessionId session) const {
  const auto mac = signing.mac("sid", std::string(client_id) + '\0' + to_string(session));
  return base64url_encode(std::span(mac).first(18));
}

Result<std::string> Provider::Impl::sign(const Json& claims, std::string_view type) const {
  MINBEN_TRY(keys, signing.current());
  return trust::make_jws(as_bytes(write_json(claims)), keys->signs, signing_algorithm,
                         JsonObject{{"typ", type}});
}

}  // namespace minben::openid
