#include "openid/proof.hpp"

#include <algorithm>

#include "openid/request.hpp"

namespace minben::openid {

namespace {

constexpr std::size_t max_jti = 256;
constexpr std::size_t max_proof = 8192;

using std::chrono::sys_seconds;

Result<Instant> instant_of(const Json& claims, std::string_view name, std::string_view code) {
  const auto number = get_integer(claims, name);
  // Until the year 9999: more would overflow an instant.
  if (!number || *number < 0 || *number > 253'402'300'799)
    return fail(Kind::unauthorised, code, "no such time", name);
  return Instant(seconds{*number});
}

Result<std::string> jti_of(const Json& claims, std::string_view code) {
  std::string jti = string_or(claims, "jti");
  if (jti.empty() || jti.size() > max_jti)
    return fail(Kind::unauthorised, code, "1 to 256 bytes", "jti");
  return jti;
}

Result<Json> claims_of(const trust::Jws& jws, std::string_view code) {
  auto claims = parse_json(as_text(jws.payload), {.max_bytes = 16u << 10, .max_depth = 8});
  if (!claims || !claims->is_object()) return fail(Kind::unauthorised, code, "no object of claims");
  return claims;
}

std::unexpected<Error> bad_client(std::string_view why, std::string_view field = {}) {
  return fail(Kind::unauthorised, error::invalid_client, why, field);
}
std::unexpected<Error> bad_proof(std::string_view why, std::string_view field = {}) {
  return fail(Kind::invalid, error::invalid_dpop_proof, why, field);
}

/// RFC 9449 §4.3: compared after normalising by scheme and syntax. What we are called is our own
/// configuration, so only the case of scheme and host, and a query, may differ.
bool same_url(std::string_view given, std::string_view ours) {
  given = given.substr(0, given.find_first_of("?#"));
  const std::string origin = origin_of(given), own = origin_of(ours);
  return !own.empty() && to_lower_ascii(origin) == to_lower_ascii(own) &&
         given.substr(origin.size()) == ours.substr(own.size());
}

Result<trust::Jwk> key_in(std::string_view proof) {
  const auto header = trust::peek_jws(proof);
  if (!header) return bad_proof("not a signed JWT");
  if (string_or(*header, "typ") != "dpop+jwt") return bad_proof("typ is not dpop+jwt", "typ");
  const Json* jwk = find(*header, "jwk");
  if (jwk == nullptr) return bad_proof("no key in the header", "jwk");
  auto key = trust::Jwk::parse(*jwk);
  if (!key) return bad_proof("not a key that is taken", "jwk");
  if (key->is_secret() || key->is_private()) return bad_proof("a private key was sent", "jwk");
  return std::move(*key);
}

}  // namespace

Result<std::string> client_of_assertion(std::string_view assertion) {
  const auto first = assertion.find('.');
  const auto second = first == assertion.npos ? first : assertion.find('.', first + 1);
  if (second == assertion.npos) return bad_client("not a signed JWT");
  const auto payload = base64url_decode(assertion.substr(first + 1, second - first - 1));
  if (!payload) return bad_client("not a signed JWT");
  const auto claims = parse_json(as_text(*payload), {.max_bytes = 16u << 10, .max_depth = 8});
  std::string client = claims ? string_or(*claims, "sub") : std::string();
  if (!is_code(client)) return bad_client("no client", "sub");
  return client;
}

Result<Proven> check_assertion(std::string_view assertion, std::string_view client_id,
                               std::string_view issuer, const trust::JwkSet& keys, Instant now) {
  const auto opened = trust::open_jws(assertion, keys, signing_algorithms);
  if (!opened) return bad_client(opened.error().code);
  MINBEN_TRY(claims, claims_of(*opened, error::invalid_client));
  if (string_or(claims, "iss") != client_id) return bad_client("not from this client", "iss");
  if (string_or(claims, "sub") != client_id) return bad_client("not about this client", "sub");
  const Json* audience = find(claims, "aud");
  if (audience == nullptr || !audience->is_string() || audience->get_string() != issuer)
    return bad_client("has to be the issuer, as a text", "aud");
  MINBEN_TRY(expires, instant_of(claims, "exp", error::invalid_client));
  if (expires + clock_skew <= now) return bad_client("expired", "exp");
  if (expires > now + longest_assertion + clock_skew) return bad_client("too far ahead", "exp");
  for (const std::string_view name : {"iat", "nbf"}) {
    if (find(claims, name) == nullptr) continue;
    MINBEN_TRY(at, instant_of(claims, name, error::invalid_client));
    if (at > now + clock_skew) return bad_client("in the future", name);
  }
  MINBEN_TRY(jti, jti_of(claims, error::invalid_client));
  return Proven{std::move(jti), expires + clock_skew};
}

Result<DpopProof> check_dpop(std::string_view proof, const DpopExpected& expected, Instant now) {
  if (proof.size() > max_proof) return bad_proof("too long");
  MINBEN_TRY(key, key_in(proof));
  const auto opened = trust::open_jws(proof, trust::JwkSet(key), signing_algorithms);
  if (!opened) return bad_proof(opened.error().code);
  MINBEN_TRY(claims, claims_of(*opened, error::invalid_dpop_proof));
  if (string_or(claims, "htm") != expected.method) return bad_proof("another method", "htm");
  if (!same_url(string_or(claims, "htu"), expected.url)) return bad_proof("another place", "htu");
  MINBEN_TRY(made, instant_of(claims, "iat", error::invalid_dpop_proof));
  if (made > now + clock_skew || made + longest_proof < now) return bad_proof("not fresh", "iat");
  if (!expected.access_token.empty() &&
      string_or(claims, "ath") != base64url_encode(sha256(expected.access_token)))
    return bad_proof("for another access token", "ath");
  MINBEN_TRY(jti, jti_of(claims, error::invalid_dpop_proof));
  return DpopProof{{std::move(jti), made + longest_proof + clock_skew},
                   key.thumbprint(),
                   string_or(claims, "nonce")};
}

}  // namespace minben::openid
