// The browser's way: a request becomes an interaction, and that an answer.
#include <algorithm>

#include <fmt/format.h>

#include "impl.hpp"

namespace minben::openid {

namespace {

using store::Query;
constexpr Query add_parcel{
    "openid_add_parcel", "insert into openid.parcel (id, sealed, expires_at) values ($1, $2, $3)"};
constexpr Query see_parcel{"openid_see_parcel",
                           "select sealed from openid.parcel where id = $1 and expires_at > $2"};
constexpr Query take_parcel_query{
    "openid_take_parcel",
    "delete from openid.parcel where id = $1 and expires_at > $2 returning sealed"};
constexpr Query find_consent{
    "openid_find_consent",
    "select scopes from openid.consent where person_id = $1 and client_id = $2"};
constexpr Query give_consent{
    "openid_give_consent",
    "insert into openid.consent (person_id, client_id, scopes, given_at, used_at) "
    "values ($1, $2, $3, $4, $4) on conflict (person_id, client_id) do update set "
    "given_at = case when consent.scopes @> excluded.scopes then consent.given_at "
    "else excluded.given_at end, used_at = excluded.used_at, "
    "scopes = (select array_agg(distinct s) from unnest(consent.scopes || excluded.scopes) s)"};
constexpr Query add_sign_in{
    "openid_add_sign_in",
    "insert into openid.sign_in (sign_in_id, client_id, person_id, session_id, scopes, acr, amr, "
    "auth_time, made_at, expires_at, looked_at, act) "
    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, $11)"};
constexpr Query add_code{
    "openid_add_code",
    "insert into openid.code (digest, sign_in_id, redirect_uri, challenge, nonce, dpop_jkt, "
    "expires_at) values ($1, $2, $3, $4, $5, $6, $7)"};

constexpr std::string_view request_uri_start = "urn:ietf:params:oauth:request_uri:";
constexpr std::string_view pushed_kind = "pushed", interaction_kind = "interaction";
constexpr hours kept_without_refresh{24};  ///< of a sign-in, for its session's end to be told

using SignInId = Id<struct SignInTag>;

std::unexpected<Error> gone() {
  return fail(Kind::not_found, "no_such_interaction", "too late, or answered already");
}

Result<trust::DataKey> key_of(std::string_view token) {
  const auto bytes = token.size() == 43 ? base64url_decode(token) : std::nullopt;
  if (!bytes) return gone();
  return trust::DataKey::from_bytes(*bytes);
}

Bytes parcel_id(const trust::DataKey& key, std::string_view kind) {
  const auto mac = hmac_sha256(key.bytes(), as_bytes(fmt::format("minben/openid/{}", kind)));
  return {mac.begin(), mac.end()};
}

Result<Json> unpack(const trust::DataKey& key, std::string_view kind, const store::Rows& rows) {
  if (rows.empty()) return gone();
  MINBEN_TRY(text, trust::open(key, rows.front().bytes("sealed"), kind));
  return parse_json(as_text(text));
}

bool covers(const std::vector<std::string>& given, const std::vector<std::string>& asked) {
  return std::ranges::all_of(
      asked, [&](const std::string& one) { return std::ranges::find(given, one) != given.end(); });
}

}  // namespace

// ---------------------------------------------------------------------------------- parcels

Result<Provider::Impl::Parcel> Provider::Impl::pack(std::string_view kind,
                                                    const Json& content) const {
  const auto key = trust::DataKey::generate(parts.random);
  MINBEN_TRY(sealed, trust::seal(key, as_bytes(write_json(content)), kind, parts.random));
  return Parcel{base64url_encode(key.bytes()), parcel_id(key, kind), std::move(sealed)};
}

Result<void> Provider::Impl::store_parcel(store::Transaction& tx, const Parcel& parcel,
                                          Instant until) const {
  MINBEN_CHECK(tx.run(add_parcel, parcel.id, parcel.sealed, until));
  return {};
}

Result<Json> Provider::Impl::open_parcel(std::string_view kind, std::string_view token) const {
  MINBEN_TRY(key, key_of(token));
  MINBEN_TRY(rows, parts.database.run(see_parcel, parcel_id(key, kind), now()));
  return unpack(key, kind, rows);
}

Result<Json> Provider::Impl::take_parcel(store::Transaction& tx, std::string_view kind,
                                         std::string_view token) const {
  MINBEN_TRY(key, key_of(token));
  MINBEN_TRY(rows, tx.run(take_parcel_query, parcel_id(key, kind), now()));
  return unpack(key, kind, rows);
}

// --------------------------------------------------------------------------------- requests

Result<Json> Provider::Impl::push(const Arrived& arrived) {
  MINBEN_TRY(caller, authenticate(arrived));
  if (arrived.parameters.has("request_uri"))
    return fail(Kind::invalid, error::invalid_request, "not in a pushed request (RFC 9126 §2.1)",
                "request_uri");
  MINBEN_TRY(request, read_authorization(arrived.parameters, *caller.client));
  // RFC 9449 §10.1: a proof with the pushed request names the key as dpop_jkt does.
  if (!arrived.request.headers.get("DPoP").empty()) {
    MINBEN_TRY(holder, dpop_holder(arrived, {}));
    if (!request.dpop_jkt.empty() && request.dpop_jkt != holder.thumbprint())
      return fail(Kind::invalid, error::invalid_request, "another key than the proof's",
                  "dpop_jkt");
    request.dpop_jkt = holder.thumbprint();
    std::ranges::move(holder.statements, std::back_inserter(caller.statements));
  }
  request.pushed = true;
  MINBEN_TRY(parcel, pack(pushed_kind, to_json(request)));
  MINBEN_CHECK(once(caller.statements, [&](store::Transaction& tx) -> Result<void> {
    return store_parcel(tx, parcel, now() + config.request_lifetime);
  }));
  return Json(JsonObject{{"request_uri", std::string(request_uri_start) + parcel.token},
                         {"expires_in", config.request_lifetime.count()}});
}

namespace {

/// A request that came in the address, which only a client of the basic profile may do.
Result<AuthorizationRequest> read_plain(const Parameters& parameters, const Client& client) {
  if (client.needs_pushed_requests)
    return fail(Kind::invalid, error::invalid_request, "push the request (RFC 9126)");
  return read_authorization(parameters, client);
}

}  // namespace

Result<std::variant<Provider::Begun, Provider::Redirect>> Provider::begin(
    const Parameters& parameters) {
  using Answer = std::variant<Begun, Redirect>;
  Impl& impl = *impl_;
  MINBEN_TRY(client_id, parameters.need("client_id"));
  MINBEN_TRY(client, impl.clients.find(client_id));
  AuthorizationRequest request;
  const Instant now = impl.now();
  if (const std::string_view uri = parameters.get("request_uri"); !uri.empty()) {
    if (!uri.starts_with(request_uri_start))
      return fail(Kind::invalid, error::invalid_request_uri, "not one of ours", "request_uri");
    const auto stored = impl.parts.database.separately([&](store::Transaction& tx) {
      return impl.take_parcel(tx, pushed_kind, uri.substr(request_uri_start.size()));
    });
    if (!stored)
      return fail(Kind::invalid, error::invalid_request_uri, "used, too old, or unknown",
                  "request_uri");
    MINBEN_TRY(read, authorization_from_json(*stored));
    if (read.client_id != client->id)
      return fail(Kind::invalid, error::invalid_request_uri, "another client's", "request_uri");
    request = std::move(read);
  } else {
    MINBEN_TRY(address, redirect_uri_of(parameters, *client));
    auto read = read_plain(parameters, *client);
    if (!read) {
      // The address is the client's own, so it hears of the rest itself.
      request.redirect_uri = std::move(address);
      request.state = parameters.get("state").substr(0, 1024);
      return Answer(Redirect{impl.answer_location(request, "error", read.error().code)});
    }
    request = std::move(*read);
  }
  MINBEN_TRY(parcel, impl.pack(interaction_kind, JsonObject{{"request", to_json(request)},
                                                            {"begun_at", to_string(now)}}));
  MINBEN_CHECK(impl.parts.database.separately([&](store::Transaction& tx) -> Result<void> {
    return impl.store_parcel(tx, parcel, now + impl.config.interaction_lifetime);
  }));
  return Answer(Begun{parcel.token, request.language});
}

Result<Interaction> Provider::interaction(std::string_view token) {
  MINBEN_TRY(json, impl_->open_parcel(interaction_kind, token));
  const Json* stored = find(json, "request");
  if (stored == nullptr) return gone();
  MINBEN_TRY(request, authorization_from_json(*stored));
  MINBEN_TRY(begun_at, parse_instant(string_or(json, "begun_at")));
  MINBEN_TRY(client, impl_->clients.find(request.client_id));
  return Interaction{std::string(token), std::move(client), std::move(request), begun_at};
}

Result<Next> Provider::next(const Interaction& interaction, const std::optional<SignIn>& sign_in) {
  if (!sign_in) return Next::sign_in;
  const AuthorizationRequest& request = interaction.request;
  const bool just_now = sign_in->at >= interaction.begun_at;
  if (request.prompt_login && !just_now) return Next::sign_in_again;
  if (request.max_age && !just_now && sign_in->at + *request.max_age < impl_->now())
    return Next::sign_in_again;
  const auto needed = request.needed();
  if (!needed || *needed > sign_in->assurance) return Next::sign_in_stronger;
  if (request.prompt_consent || request.prompt_select_account) return Next::ask;
  MINBEN_TRY(rows, impl_->parts.database.run(find_consent, sign_in->person, request.client_id));
  const bool given = !rows.empty() && covers(rows.front().texts("scopes"), request.scopes);
  return given ? Next::answer : Next::ask;
}

std::optional<std::string_view> Provider::silent_error(const Interaction& interaction, Next next) {
  if (!interaction.request.needed()) return error::unmet_authentication;
  if (!interaction.request.prompt_none) return std::nullopt;
  switch (next) {
    case Next::sign_in:
    case Next::sign_in_again:
      return error::login_required;
    case Next::sign_in_stronger:
      return error::unmet_authentication;
    case Next::ask:
      return error::consent_required;
    case Next::answer:
      break;
  }
  return std::nullopt;
}

// ---------------------------------------------------------------------------------- answers

std::string Provider::Impl::answer_location(const AuthorizationRequest& request,
                                            std::string_view name, std::string_view value) const {
  std::string location = request.redirect_uri;
  location += location.find('?') == location.npos ? '?' : '&';
  location += fmt::format("{}={}", name, net::percent_encode(value));
  if (!request.state.empty()) location += "&state=" + net::percent_encode(request.state);
  return location + "&iss=" + net::percent_encode(config.issuer);  // RFC 9207
}

Result<std::string> Provider::allow(const Interaction& interaction, const SignIn& sign_in) {
  Impl& impl = *impl_;
  const AuthorizationRequest& request = interaction.request;
  MINBEN_TRY(missing, next(interaction, sign_in));
  if (missing != Next::ask && missing != Next::answer)
    return fail(Kind::unauthorised, "sign_in_needed", "not signed in as the client asked");
  const Instant now = impl.now();
  const std::string code = impl.parts.random.token();
  const SignInId id = SignInId::make(impl.parts.clock, impl.parts.random);
  const Instant until = request.asks(scope::offline_access) ? now + impl.config.refresh_lifetime
                                                            : now + kept_without_refresh;
  MINBEN_CHECK(impl.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(impl.take_parcel(tx, interaction_kind, interaction.token));
    tx.queue(give_consent, sign_in.person, request.client_id, request.scopes, now);
    tx.queue(add_sign_in, id, request.client_id, sign_in.person, sign_in.session, request.scopes,
             identity::acr_of(sign_in.assurance), sign_in.amr, sign_in.at, now, until,
             sign_in.act ? std::optional(identity::to_json(*sign_in.act)) : std::nullopt);
    tx.queue(add_code, digest_of(code), id, request.redirect_uri, request.code_challenge,
             request.nonce, request.dpop_jkt, now + impl.config.code_lifetime);
    return {};
  }));
  return impl.answer_location(request, "code", code);
}

Result<std::string> Provider::refuse(const Interaction& interaction, std::string_view error) {
  MINBEN_CHECK(impl_->parts.database.separately([&](store::Transaction& tx) {
    return impl_->take_parcel(tx, interaction_kind, interaction.token);
  }));
  return impl_->answer_location(interaction.request, "error", error);
}

// ------------------------------------------------------------------------------------ wiring

Provider::Provider(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Provider::~Provider() = default;

Result<std::unique_ptr<Provider>> Provider::open(Parts parts, Config config) {
  auto impl = std::unique_ptr<Impl>(
      new Impl{parts, config, Clients(parts.database, parts.clock, parts.fetch),
               SigningKeys(parts.database, parts.clock, parts.random, parts.keys,
                           {config.key_notice, config.key_lifetime, config.key_published})});
  MINBEN_CHECK(impl->signing.open());
  return std::unique_ptr<Provider>(new Provider(std::move(impl)));
}

Result<void> Provider::rotate_signing_key(bool at_once) { return impl_->signing.rotate(at_once); }

Result<Json> Provider::published_keys() const {
  MINBEN_TRY(current, impl_->signing.current());
  return current->published;
}

}  // namespace minben::openid
