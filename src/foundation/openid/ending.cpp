// Ends: sign-out by a client or by the session, consent taken back, and what time clears away.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::openid {

namespace {

using store::Query;
constexpr Query list_connected{
    "openid_list_connected",
    "select c.client_id, c.scopes, c.given_at, c.used_at, k.metadata from openid.consent c "
    "join openid.client k using (client_id) where c.person_id = $1 order by c.used_at desc "
    "limit 200"};
constexpr Query drop_consent{"openid_drop_consent",
                             "delete from openid.consent where person_id = $1 and client_id = $2"};
constexpr Query end_of_person{"openid_end_of_person",
                              "update openid.sign_in set ended_at = $3, session_over = true "
                              "where person_id = $1 and client_id = $2 and ended_at is null "
                              "returning sign_in_id, client_id, person_id, session_id"};
constexpr Query drop_consents{"openid_drop_consents",
                              "delete from openid.consent where person_id = $1"};
constexpr Query end_all_of_person{"openid_end_all_of_person",
                                  "update openid.sign_in set ended_at = $2, session_over = true "
                                  "where person_id = $1 and ended_at is null "
                                  "returning sign_in_id, client_id, person_id, session_id"};
constexpr Query end_of_session{
    "openid_end_of_session",
    "update openid.sign_in set session_over = true, "
    "ended_at = case when 'offline_access' = any(scopes) then ended_at "
    "else coalesce(ended_at, $2) end where session_id = $1 and not session_over "
    "returning sign_in_id, client_id, person_id, session_id"};
constexpr Query sessions_to_look_at{
    "openid_sessions_to_look_at",
    "update openid.sign_in set looked_at = $1 where sign_in_id in (select sign_in_id from "
    "openid.sign_in where not session_over and looked_at < $2 order by looked_at limit 500 "
    "for update skip locked) "
    "returning coalesce((act ->> 'sub')::uuid, person_id) as whose, session_id"};
constexpr Query end_of_mandate{"openid_end_of_mandate",
                               "update openid.sign_in set ended_at = $2, session_over = true "
                               "where act ->> 'mandate' = $1 and ended_at is null "
                               "returning sign_in_id, client_id, person_id, session_id"};
constexpr std::array clearings{
    Query{"openid_clear_parcels", "delete from openid.parcel where expires_at < $1"},
    Query{"openid_clear_codes", "delete from openid.code where expires_at < $1"},
    Query{"openid_clear_access", "delete from openid.access_token where expires_at < $1"},
    Query{"openid_clear_refresh", "delete from openid.refresh_token where expires_at < $1"},
    Query{"openid_clear_seen", "delete from openid.seen where expires_at < $1"},
    Query{"openid_clear_sign_ins", "delete from openid.sign_in where expires_at < $1"}};

constexpr std::string_view sign_out_kind = "sign-out";
constexpr std::string_view tell_job = "openid.tell_sign_out", keep_up_job = "openid.keep_up";
constexpr seconds keep_up_every{30};
constexpr minutes look_every{1};
/// Used codes and tokens are remembered so much longer, so that a replay is known for one.
constexpr hours remembered{24};
constexpr seconds logout_token_lifetime{120};
constexpr std::string_view logout_event = "http://schemas.openid.net/event/backchannel-logout";

std::unexpected<Error> invalid(std::string_view why, std::string_view field) {
  return fail(Kind::invalid, error::invalid_request, why, field);
}

std::string client_in(const Json& claims) { return string_or(claims, "aud"); }

/// RP-Initiated Logout 1.0 §2: also after its time, and of a key that signs no more.
Result<Json> open_hint(const SigningKeys& signing, std::string_view hint, std::string_view issuer) {
  constexpr std::array<std::string_view, 1> algorithms{signing_algorithm};
  MINBEN_TRY(keys, signing.current());
  const auto opened = trust::open_jws(hint, keys->accepts, algorithms);
  if (!opened || string_or(opened->header, "typ") != "JWT")
    return invalid("not an ID token of ours", "id_token_hint");
  auto claims = parse_json(as_text(opened->payload));
  if (!claims || string_or(*claims, "iss") != issuer)
    return invalid("not an ID token of ours", "id_token_hint");
  return claims;
}

}  // namespace

// ---------------------------------------------------------------------------------- consent

Result<std::vector<Connected>> Provider::connected(store::Transaction& tx, PersonId person) {
  MINBEN_TRY(rows, tx.run(list_connected, person));
  std::vector<Connected> all;
  for (const auto row : rows) {
    const auto client = read_client(write_json(row.json("metadata")));
    all.push_back(
        {.client_id = row.text("client_id"),
         .name = client ? client->name : Bilingual{row.text("client_id"), row.text("client_id")},
         .scopes = row.texts("scopes"),
         .given_at = row.instant("given_at"),
         .used_at = row.instant("used_at")});
  }
  return all;
}

Result<void> Provider::disconnect(store::Transaction& tx, PersonId person,
                                  std::string_view client_id) {
  MINBEN_CHECK(tx.run(drop_consent, person, client_id));
  MINBEN_TRY(ended, tx.run(end_of_person, person, client_id, impl_->now()));
  for (const auto row : ended) MINBEN_CHECK(impl_->tell_sign_out(tx, row));
  return {};
}

/// An account that was closed or erased: also what was to outlive the session.
Result<void> Provider::Impl::account_ended(store::Transaction& tx, PersonId person) const {
  MINBEN_CHECK(tx.run(drop_consents, person));
  MINBEN_TRY(ended, tx.run(end_all_of_person, person, now()));
  for (const auto row : ended) MINBEN_CHECK(tell_sign_out(tx, row));
  return {};
}

/// Also what was to outlive the session.
Result<void> Provider::Impl::mandate_ended(store::Transaction& tx, identity::MandateId id) const {
  MINBEN_TRY(ended, tx.run(end_of_mandate, to_string(id), now()));
  for (const auto row : ended) MINBEN_CHECK(tell_sign_out(tx, row));
  return {};
}

// --------------------------------------------------------------------------------- sign-out

Result<SignOut> Provider::begin_sign_out(const Parameters& parameters) {
  std::string client_id(parameters.get("client_id"));
  std::string sid;
  if (const std::string_view hint = parameters.get("id_token_hint"); !hint.empty()) {
    MINBEN_TRY(claims, open_hint(impl_->signing, hint, impl_->config.issuer));
    if (!client_id.empty() && client_id != client_in(claims))
      return invalid("another client than the hint's", "client_id");
    client_id = client_in(claims);
    sid = string_or(claims, "sid");
  }
  std::string redirect(parameters.get("post_logout_redirect_uri"));
  std::shared_ptr<const Client> client;
  if (!client_id.empty()) {
    MINBEN_TRY(found, impl_->clients.find(client_id));
    client = std::move(found);
  }
  if (!redirect.empty()) {
    const bool known = client && std::ranges::find(client->post_logout_redirect_uris, redirect) !=
                                     client->post_logout_redirect_uris.end();
    if (!known) return invalid("not an address of this client", "post_logout_redirect_uri");
    if (const std::string_view state = parameters.get("state"); !state.empty()) {
      if (state.size() > 1024) return invalid("at most 1,024 bytes", "state");
      redirect += redirect.find('?') == redirect.npos ? "?state=" : "&state=";
      redirect += net::percent_encode(state);
    }
  }
  MINBEN_TRY(parcel, impl_->pack(sign_out_kind, JsonObject{{"client_id", client_id},
                                                           {"sid", sid},
                                                           {"redirect", redirect}}));
  MINBEN_CHECK(impl_->parts.database.separately([&](store::Transaction& tx) {
    return impl_->store_parcel(tx, parcel, impl_->now() + impl_->config.interaction_lifetime);
  }));
  return SignOut{parcel.token, std::move(client), std::move(sid), std::move(redirect)};
}

Result<SignOut> Provider::sign_out(std::string_view token) {
  MINBEN_TRY(json, impl_->open_parcel(sign_out_kind, token));
  std::shared_ptr<const Client> client;
  if (const std::string id = string_or(json, "client_id"); !id.empty()) {
    MINBEN_TRY(found, impl_->clients.find(id));
    client = std::move(found);
  }
  return SignOut{std::string(token), std::move(client), string_or(json, "sid"),
                 string_or(json, "redirect")};
}

bool Provider::is_about(const SignOut& sign_out, identity::SessionId session) const {
  return sign_out.client && !sign_out.sid.empty() &&
         equal_in_constant_time(impl_->sid(sign_out.client->id, session), sign_out.sid);
}

Result<void> Provider::session_ended(store::Transaction& tx, identity::SessionId session) {
  return impl_->session_ended(tx, session);
}

Result<void> Provider::Impl::session_ended(store::Transaction& tx,
                                           identity::SessionId session) const {
  MINBEN_TRY(ended, tx.run(end_of_session, session, now()));
  std::map<std::string, bool> told;
  for (const auto row : ended)
    if (!std::exchange(told[row.text("client_id")], true)) MINBEN_CHECK(tell_sign_out(tx, row));
  return {};
}

Result<void> Provider::Impl::tell_sign_out(store::Transaction& tx,
                                           const store::Row& sign_in) const {
  const std::string client_id = sign_in.text("client_id");
  const auto client = clients.find(client_id);
  if (!client || (*client)->backchannel_logout_uri.empty()) return {};
  return store::enqueue(
      tx, {.kind = std::string(tell_job),
           .key = sign_in.text("sign_in_id"),
           .payload =
               JsonObject{{"client_id", client_id},
                          {"sub", subject(**client, sign_in.id<PersonId>("person_id"))},
                          {"sid", sid(client_id, sign_in.id<identity::SessionId>("session_id"))}}});
}

/// Back-Channel Logout 1.0 §2.5: a logout token by POST; 400 says that it cannot be helped.
Result<void> Provider::Impl::deliver_sign_out(const store::Job& job) {
  const std::string client_id = string_or(job.payload, "client_id");
  const auto client = clients.find(client_id);
  if (!client || (*client)->backchannel_logout_uri.empty()) return {};  // gone meanwhile
  const JsonObject claims{{"iss", config.issuer},
                          {"aud", client_id},
                          {"iat", unix_seconds(now())},
                          {"exp", unix_seconds(now() + logout_token_lifetime)},
                          {"jti", fmt::format("{}-{}", to_string(job.id), job.attempt)},
                          {"sub", string_or(job.payload, "sub")},
                          {"sid", string_or(job.payload, "sid")},
                          {"events", JsonObject{{logout_event, JsonObject{}}}}};
  MINBEN_TRY(token, sign(claims, "logout+jwt"));
  net::ClientRequest request{.method = net::Method::post, .url = (*client)->backchannel_logout_uri};
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = "logout_token=" + net::percent_encode(token);
  MINBEN_TRY(answer, parts.fetch(request));
  if (answer.status == 200 || answer.status == 204) return {};
  if (answer.status == 400) {
    spdlog::warn("openid: client {} refused a logout token", client_id);
    return {};
  }
  return fail(Kind::unavailable, "logout_not_taken", fmt::format("status {}", answer.status));
}

// ------------------------------------------------------------------------------------- jobs

/// Sessions also end by time, by their owner's list, or with the account.
Result<void> Provider::Impl::look_at_sessions(store::Transaction& tx) {
  MINBEN_TRY(rows, tx.run(sessions_to_look_at, now(), now() - look_every));
  std::map<std::pair<PersonId, identity::SessionId>, bool> seen;
  for (const auto row : rows)
    seen[{row.id<PersonId>("whose"), row.id<identity::SessionId>("session_id")}] = true;
  for (const auto& [key, ignored] : seen) {
    MINBEN_TRY(open, parts.identity.sessions(tx, key.first));
    const bool lives = std::ranges::any_of(
        open, [&](const identity::OpenSession& one) { return one.id == key.second; });
    if (!lives) MINBEN_CHECK(session_ended(tx, key.second));
  }
  return {};
}

Result<void> Provider::Impl::clear(store::Transaction& tx) const {
  for (const Query& query : clearings) MINBEN_CHECK(tx.run(query, now() - remembered));
  return {};
}

void Provider::work_in(store::Workers& workers) {
  workers.on(std::string(tell_job), [this](store::Transaction&, const store::Job& job) {
    return impl_->deliver_sign_out(job);
  });
  workers.on(std::string(keep_up_job),
             [this](store::Transaction& tx, const store::Job&) -> Result<void> {
               MINBEN_CHECK(impl_->look_at_sessions(tx));
               MINBEN_CHECK(impl_->clear(tx));
               MINBEN_CHECK(impl_->signing.keep_up());
               return store::enqueue(tx, {.kind = std::string(keep_up_job),
                                          .key = "all",
                                          .payload = JsonObject{},
                                          .run_at = impl_->now() + keep_up_every});
             });
  impl_->parts.identity.on_mandate_ended([this](store::Transaction& tx, identity::MandateId id) {
    return impl_->mandate_ended(tx, id);
  });
  impl_->parts.identity.on_account_ended(
      [this](store::Transaction& tx, PersonId person) { return impl_->account_ended(tx, person); });
  const auto begun = impl_->parts.database.transact([&](store::Transaction& tx) {
    return store::enqueue(
        tx, {.kind = std::string(keep_up_job), .key = "all", .payload = JsonObject{}});
  });
  if (!begun) spdlog::error("openid: {}", describe(begun.error()));
}

}  // namespace minben::openid
