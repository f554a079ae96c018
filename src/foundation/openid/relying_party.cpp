#include "relying_party.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "rp_id_token.hpp"
#include "rp_provider.hpp"
#include "words.hpp"

namespace minben::openid {

namespace {

constexpr std::string_view ticket_context = "openid.ticket";
constexpr std::string_view proof_context = "openid.proof";
constexpr seconds assertion_lifetime{60};
constexpr std::size_t longest_return = 1024;
constexpr std::size_t longest_ticket = 3900;  // browsers keep 4,096 bytes of a cookie
constexpr std::size_t longest_code = 4096;

std::unexpected<Error> no_ticket(std::string_view why) {
  return fail(Kind::unauthorised, "no_ticket", why);
}

/// For waiting secrets, as those of mails are; of its own, since nothing else may open here.
trust::DataKey key_of(const keys::Keys& keys, std::string_view context) {
  return *trust::DataKey::from_bytes(
      hmac_sha256(keys.of(keys::Purpose::parcel).bytes(), as_bytes(context)));
}

/// An error code of a provider as it may stand in a log (RFC 6749 §4.1.2.1).
std::string error_word(std::string_view text) {
  const bool plain = !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || c == '_';
  });
  return plain ? std::string(text) : "unnamed error";
}

using Fields = std::vector<std::pair<std::string, std::string>>;

identity::Levels levels_of(const OutsideProvider& provider, const IdToken& token) {
  const auto found = provider.levels.find(token.acr);
  identity::Levels levels = found == provider.levels.end() ? provider.least : found->second;
  // FAL2 (800-63C-4 §2): what we got came from the provider itself, for this one sign-in only.
  levels.federation = 2;
  return levels;
}

}  // namespace

Result<void> check_provider(const OutsideProvider& provider) {
  const auto bad = [](std::string_view field, std::string_view why) {
    return fail(Kind::invalid, "bad_provider", why, field);
  };
  const bool plain = std::ranges::all_of(provider.id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (provider.id.empty() || provider.id.size() > 32 || !plain)
    return bad("id", "1 to 32 of a-z, 0-9 and -");
  if (!is_safe_address(provider.issuer) || provider.issuer.contains('?'))
    return bad("issuer", "an https address without query");
  if (provider.client_id.empty()) return bad("client_id", "as the provider gave it");
  if (provider.authentication == OutsideAuthentication::client_secret_basic &&
      provider.secret.empty())
    return bad("secret", "client_secret_basic needs one");
  if (std::ranges::find(provider.scopes, "openid") == provider.scopes.end())
    return bad("scopes", "openid must be among them");
  constexpr std::array known{"ES256", "ES384", "ES512", "PS256",
                             "PS384", "PS512", "EdDSA", "RS256"};
  for (const std::string& algorithm : provider.algorithms)
    if (std::ranges::find(known, algorithm) == known.end())
      return bad("algorithms",
                 fmt::format("{} is not one of {}", algorithm, fmt::join(known, ", ")));
  if (provider.algorithms.empty()) return bad("algorithms", "one at least");
  return {};
}

struct RelyingParty::Impl {
  Impl(RelyingPartyParts given, std::vector<OutsideProvider> outside)
      : parts(std::move(given)), key(trust::Jwk::of(parts.key, "ES256")), offered(outside) {
    for (OutsideProvider& each : outside)
      providers.push_back(std::make_unique<KnownProvider>(std::move(each), parts));
  }

  RelyingPartyParts parts;
  trust::Jwk key;
  std::vector<OutsideProvider> offered;
  std::vector<std::unique_ptr<KnownProvider>> providers;

  Result<KnownProvider*> find(std::string_view id) const {
    for (const auto& each : providers)
      if (each->settings.id == id) return each.get();
    return fail(Kind::not_found, "no_such_provider", id);
  }
  [[nodiscard]] std::string seal(std::string_view context, JsonObject content) const;
  [[nodiscard]] Result<Json> open(std::string_view context, std::string_view text) const;

  [[nodiscard]] std::string assertion(const OutsideProvider& provider) const;
  Result<Json> post(const OutsideProvider& provider, const std::string& url, Fields fields) const;
  Result<std::string> destination(const OutsideProvider& provider, const ProviderMetadata& metadata,
                                  Fields fields) const;
  Result<IdToken> redeem(KnownProvider& provider, const ProviderMetadata& metadata,
                         std::string_view code, std::string_view redirect_uri,
                         const Json& ticket) const;
  Result<Arrival> arrive(std::string_view provider_id, std::string_view redirect_uri,
                         const net::Form& query, std::string_view ticket_text) const;
};

RelyingParty::RelyingParty(RelyingPartyParts parts, std::vector<OutsideProvider> providers)
    : impl_(std::make_unique<Impl>(std::move(parts), std::move(providers))) {}
RelyingParty::~RelyingParty() = default;

std::span<const OutsideProvider> RelyingParty::providers() const { return impl_->offered; }

const OutsideProvider* RelyingParty::find(std::string_view id) const {
  const auto found = impl_->find(id);
  return found ? &(*found)->settings : nullptr;
}

Json RelyingParty::keys() const {
  return JsonObject{{"keys", JsonArray{impl_->key.public_json()}}};
}

// ---------------------------------------------------------------------- what the browser holds

std::string RelyingParty::Impl::seal(std::string_view context, JsonObject content) const {
  content["at"] = to_string(parts.clock.now());
  const auto sealed = trust::seal(key_of(parts.keys, context), as_bytes(write_json(content)),
                                  context, parts.random);
  MINBEN_ASSERT(sealed.has_value());  // it fails only beyond 64 MiB
  return base64url_encode(*sealed);
}

Result<Json> RelyingParty::Impl::open(std::string_view context, std::string_view text) const {
  if (text.empty() || text.size() > longest_ticket) return no_ticket("none came along");
  const auto sealed = base64url_decode(text);
  if (!sealed) return no_ticket("not one of ours");
  const auto plain = trust::open(key_of(parts.keys, context), *sealed, context);
  if (!plain) return no_ticket("not one of ours");
  MINBEN_TRY(content, parse_json(as_text(*plain)));
  MINBEN_TRY(at, parse_instant(string_or(content, "at")));
  if (parts.clock.now() >= at + ticket_lifetime) return no_ticket("too old");
  return content;
}

std::string RelyingParty::hold(const identity::Proof& proof) const {
  return impl_->seal(proof_context, {{"method", proof.method},
                                     {"issuer", proof.issuer},
                                     {"subject", proof.subject},
                                     {"identity", proof.levels.identity},
                                     {"authenticator", proof.levels.authenticator},
                                     {"federation", proof.levels.federation},
                                     {"amr", json_list(proof.amr)}});
}

Result<identity::Proof> RelyingParty::held(std::string_view text) const {
  MINBEN_TRY(content, impl_->open(proof_context, text));
  MINBEN_TRY(identity_level, get_integer(content, "identity"));
  MINBEN_TRY(authenticator, get_integer(content, "authenticator"));
  MINBEN_TRY(federation, get_integer(content, "federation"));
  identity::Proof proof{string_or(content, "method"),
                        string_or(content, "issuer"),
                        string_or(content, "subject"),
                        {static_cast<int>(identity_level), static_cast<int>(authenticator),
                         static_cast<int>(federation)},
                        {}};
  if (const Json* amr = minben::find(content, "amr"); amr != nullptr && amr->is_array())
    for (const Json& each : amr->get_array()) proof.amr.emplace_back(each.as_string());
  return proof;
}

// --------------------------------------------------------------------------- asking the provider

/// RFC 7523 §2.2 and §3; for the issuer, so that no other of its endpoints, or of another
/// provider's, can be shown it.
std::string RelyingParty::Impl::assertion(const OutsideProvider& provider) const {
  const Instant now = parts.clock.now();
  const JsonObject claims{
      {"iss", provider.client_id}, {"sub", provider.client_id},
      {"aud", provider.issuer},    {"jti", parts.random.token(16)},
      {"iat", unix_seconds(now)},  {"exp", unix_seconds(now + assertion_lifetime)}};
  const auto made = trust::make_jws(as_bytes(write_json(claims)), key, "ES256");
  MINBEN_ASSERT(made.has_value());  // the key is ours, and of that kind
  return *made;
}

Result<Json> RelyingParty::Impl::post(const OutsideProvider& provider, const std::string& url,
                                      Fields fields) const {
  net::ClientRequest request{.method = net::Method::post, .url = url};
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.headers.set("Accept", "application/json");
  if (provider.authentication == OutsideAuthentication::private_key_jwt) {
    fields.emplace_back("client_assertion_type",
                        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    fields.emplace_back("client_assertion", assertion(provider));
  } else {
    // RFC 6749 §2.3.1: both form-encoded, then as HTTP Basic.
    const std::string pair =
        net::percent_encode(provider.client_id) + ":" + net::percent_encode(provider.secret);
    request.headers.set("Authorization", "Basic " + base64_encode(as_bytes(pair)));
  }
  request.body = net::write_urlencoded(fields);
  const auto answer = parts.fetch(request);
  if (!answer)
    return fail(Kind::unavailable, "provider_unreachable", describe(answer.error()), provider.id);
  if (answer->status >= 500)
    return fail(Kind::unavailable, "provider_unreachable",
                fmt::format("it answered {}", answer->status), provider.id);
  const auto document = parse_json(answer->body);
  if (answer->status != 200 && answer->status != 201)
    return fail(Kind::unauthorised, "provider_refused",
                error_word(document ? string_or(*document, "error") : ""), provider.id);
  if (!document || !document->is_object())
    return fail(Kind::internal, "provider_faulty", "its answer is not a JSON object", provider.id);
  return *document;
}

/// The address with the request in its query, or with the name of one that was pushed.
Result<std::string> RelyingParty::Impl::destination(const OutsideProvider& provider,
                                                    const ProviderMetadata& metadata,
                                                    Fields fields) const {
  if (metadata.pushed_authorization_request_endpoint.empty())
    return metadata.authorization_endpoint + "?" + net::write_urlencoded(fields);
  MINBEN_TRY(pushed,
             post(provider, metadata.pushed_authorization_request_endpoint, std::move(fields)));
  const std::string uri = string_or(pushed, "request_uri");
  if (uri.empty()) return fail(Kind::internal, "provider_faulty", "no request_uri", provider.id);
  const Fields named{{"client_id", provider.client_id}, {"request_uri", uri}};
  return metadata.authorization_endpoint + "?" + net::write_urlencoded(named);
}

namespace {

/// Those that reach the level; all of them when none does, as the provider may know better.
std::vector<std::string> acr_values_for(const OutsideProvider& provider, int authenticator) {
  std::vector<std::string> enough;
  for (const std::string& acr : provider.acr_values) {
    const auto known = provider.levels.find(acr);
    const auto& levels = known == provider.levels.end() ? provider.least : known->second;
    if (levels.authenticator >= authenticator) enough.push_back(acr);
  }
  return enough.empty() ? provider.acr_values : enough;
}

}  // namespace

Result<Departure> RelyingParty::leave(const Trip& trip) const {
  MINBEN_TRY(provider, impl_->find(trip.provider));
  const OutsideProvider& settings = provider->settings;
  MINBEN_TRY(metadata, provider->metadata());
  Random& random = impl_->parts.random;
  const std::string state = random.token(32), nonce = random.token(32), verifier = random.token(32);
  Fields fields{{"response_type", "code"},
                {"client_id", settings.client_id},
                {"redirect_uri", std::string(trip.redirect_uri)},
                {"scope", join(settings.scopes)},
                {"state", state},
                {"nonce", nonce},
                {"code_challenge", base64url_encode(sha256(verifier))},
                {"code_challenge_method", "S256"},
                {"ui_locales", trip.language == Language::en ? "en" : "zh-TW zh-Hant"}};
  if (const auto wanted = acr_values_for(settings, trip.authenticator); !wanted.empty())
    fields.emplace_back("acr_values", join(wanted));
  if (trip.max_age) fields.emplace_back("max_age", std::to_string(trip.max_age->count()));
  MINBEN_TRY(url, impl_->destination(settings, metadata, std::move(fields)));
  const bool long_return = trip.return_to.size() > longest_return;
  JsonObject ticket{{"provider", settings.id},
                    {"state", state},
                    {"nonce", nonce},
                    {"verifier", verifier},
                    {"return", long_return ? "" : trip.return_to}};
  if (trip.max_age) ticket["max_age"] = trip.max_age->count();
  return Departure{url, impl_->seal(ticket_context, std::move(ticket))};
}

// ------------------------------------------------------------------------------- coming back

namespace {

/// RFC 6749 §3.1: no parameter twice.
Result<void> check_parameters(const net::Form& query) {
  for (const std::string_view name : {"code", "state", "iss", "error"})
    if (query.all(name).size() > 1)
      return fail(Kind::unauthorised, "state_differs", "a parameter came twice", name);
  return {};
}

/// RFC 9207 §2.4: or the answer of one provider could be shown to us as another's.
Result<void> check_issuer(const net::Form& query, const ProviderMetadata& metadata,
                          const OutsideProvider& provider) {
  if (!query.has("iss") && !metadata.says_issuer) return {};
  if (query.get("iss") == provider.issuer) return {};
  return fail(Kind::unauthorised, "issuer_differs", "the answer names another provider", "iss");
}

}  // namespace

Result<IdToken> RelyingParty::Impl::redeem(KnownProvider& provider,
                                           const ProviderMetadata& metadata, std::string_view code,
                                           std::string_view redirect_uri,
                                           const Json& ticket) const {
  const OutsideProvider& settings = provider.settings;
  MINBEN_TRY(answer, post(settings, metadata.token_endpoint,
                          {{"grant_type", "authorization_code"},
                           {"code", std::string(code)},
                           {"redirect_uri", std::string(redirect_uri)},
                           {"client_id", settings.client_id},
                           {"code_verifier", string_or(ticket, "verifier")}}));
  const std::string id_token = string_or(answer, "id_token");
  const std::string access_token = string_or(answer, "access_token");
  const std::string nonce = string_or(ticket, "nonce");
  const std::vector<std::string_view> algorithms(settings.algorithms.begin(),
                                                 settings.algorithms.end());
  IdTokenExpectation expected{settings.issuer, settings.client_id, nonce, access_token, {},
                              algorithms,      parts.clock.now()};
  if (const auto max_age = get_integer(ticket, "max_age")) expected.max_age = seconds(*max_age);
  MINBEN_TRY(keys, provider.keys(false));
  auto token = check_id_token(id_token, keys, expected);
  if (token || token.error().field != "kid") return token;
  MINBEN_TRY(fresh, provider.keys(true));
  return check_id_token(id_token, fresh, expected);
}

Result<Arrival> RelyingParty::arrive(std::string_view provider_id, std::string_view redirect_uri,
                                     const net::Form& query, std::string_view ticket_text) const {
  auto arrival = impl_->arrive(provider_id, redirect_uri, query, ticket_text);
  // A person who says no there is no attack; faults of the provider are logged by whoever asked.
  if (!arrival && arrival.error().kind == Kind::unauthorised &&
      arrival.error().code != "provider_denied")
    spdlog::warn("sign-in with {} failed: {}", is_code(provider_id) ? provider_id : "?",
                 describe(arrival.error()));
  return arrival;
}

Result<Arrival> RelyingParty::Impl::arrive(std::string_view provider_id,
                                           std::string_view redirect_uri, const net::Form& query,
                                           std::string_view ticket_text) const {
  MINBEN_TRY(provider, find(provider_id));
  MINBEN_TRY(ticket, open(ticket_context, ticket_text));
  if (string_or(ticket, "provider") != provider_id) return no_ticket("of another provider");
  MINBEN_CHECK(check_parameters(query));
  if (!equal_in_constant_time(query.get("state"), string_or(ticket, "state")))
    return fail(Kind::unauthorised, "state_differs", "of another sign-in", "state");
  MINBEN_TRY(metadata, provider->metadata());
  MINBEN_CHECK(check_issuer(query, metadata, provider->settings));
  if (query.has("error")) {
    const std::string error = error_word(query.get("error"));
    return fail(Kind::unauthorised,
                error == "access_denied" ? "provider_denied" : "provider_refused", error);
  }
  const std::string_view code = query.get("code");
  if (code.empty() || code.size() > longest_code)
    return fail(Kind::unauthorised, "provider_refused", "no code came back", "code");
  MINBEN_TRY(token, redeem(*provider, metadata, code, redirect_uri, ticket));
  const OutsideProvider& settings = provider->settings;
  return Arrival{{std::string(identity::method::openid), settings.issuer, token.subject,
                  levels_of(settings, token), token.amr},
                 string_or(ticket, "return")};
}

}  // namespace minben::openid
