#include "rp_id_token.hpp"

#include <cmath>

namespace minben::openid {

namespace {

std::unexpected<Error> refused(std::string_view field, std::string_view why) {
  return fail(Kind::unauthorised, "id_token_refused", why, field);
}

/// Seconds since 1970, which may have a fraction (RFC 7519 §2).
Result<std::optional<Instant>> numeric_date(const Json& claims, std::string_view name) {
  const Json* value = find(claims, name);
  if (value == nullptr) return std::optional<Instant>();
  double number = 0;
  if (value->is_int64()) number = static_cast<double>(value->get_int64());
  else if (value->is_uint64()) number = static_cast<double>(value->get_uint64());
  else if (value->is_double()) number = value->get_double();
  else return refused(name, "not a number");
  constexpr double year_9999 = 253'402'300'799;
  if (!(number >= 0 && number <= year_9999)) return refused(name, "not a time");
  return std::optional(Instant{seconds(static_cast<std::int64_t>(std::floor(number)))});
}

/// `aud` names us, and nobody else unless the token was made for us (§3.1.3.7, steps 3 to 5).
Result<void> check_audience(const Json& claims, std::string_view client_id) {
  const Json* audience = find(claims, "aud");
  if (audience == nullptr) return refused("aud", "missing");
  const std::string party = string_or(claims, "azp");
  if (find(claims, "azp") != nullptr && party != client_id)
    return refused("azp", "made for another client");
  if (audience->is_string()) {
    if (audience->get_string() != client_id) return refused("aud", "made for another client");
    return {};
  }
  if (!audience->is_array()) return refused("aud", "not a text and not a list");
  bool named = false;
  for (const Json& each : audience->get_array()) {
    if (!each.is_string()) return refused("aud", "a member is not a text");
    named |= each.get_string() == client_id;
  }
  if (!named) return refused("aud", "made for others");
  if (audience->get_array().size() > 1 && party.empty())
    return refused("azp", "several audiences, and it does not say for whom it was made");
  return {};
}

Result<void> check_times(const Json& claims, const IdTokenExpectation& expected, IdToken& token) {
  MINBEN_TRY(expires, numeric_date(claims, "exp"));
  MINBEN_TRY(issued, numeric_date(claims, "iat"));
  MINBEN_TRY(not_before, numeric_date(claims, "nbf"));
  MINBEN_TRY(signed_in, numeric_date(claims, "auth_time"));
  if (!expires) return refused("exp", "missing");
  if (!issued) return refused("iat", "missing");
  if (expected.now >= *expires + clock_tolerance) return refused("exp", "expired");
  if (*issued > expected.now + clock_tolerance) return refused("iat", "in the future");
  if (not_before && *not_before > expected.now + clock_tolerance)
    return refused("nbf", "in the future");
  if (expected.max_age) {
    if (!signed_in) return refused("auth_time", "missing, though max_age was asked for");
    if (*signed_in + *expected.max_age + clock_tolerance < expected.now)
      return refused("auth_time", "longer ago than max_age");
  }
  token.auth_time = signed_in;
  return {};
}

/// §3.1.3.6: the left half of the access token's hash, by the signature's hash.
Result<void> check_access_hash(const Json& claims, std::string_view algorithm,
                               std::string_view access_token) {
  const Json* given = find(claims, "at_hash");
  if (given == nullptr || access_token.empty()) return {};
  // EdDSA names no hash; providers differ, and the token came straight from the provider.
  if (!algorithm.ends_with("256") && !algorithm.ends_with("512")) return {};
  Bytes hash;
  if (algorithm.ends_with("256")) {
    const Sha256 made = sha256(access_token);
    hash.assign(made.begin(), made.end());
  } else {
    const Sha512 made = sha512(as_bytes(access_token));
    hash.assign(made.begin(), made.end());
  }
  hash.resize(hash.size() / 2);
  if (!given->is_string() ||
      !equal_in_constant_time(base64url_encode(hash), std::string_view(given->get_string())))
    return refused("at_hash", "belongs to another access token");
  return {};
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

Result<Json> claims_of(std::string_view text, const trust::JwkSet& keys,
                       const IdTokenExpectation& expected, std::string& algorithm) {
  if (text.size() > max_id_token) return refused("id_token", "too long");
  const auto opened = trust::open_jws(text, keys, expected.algorithms);
  if (!opened) {
    const std::string_view code = opened.error().code;
    if (code == "unknown_key")
      return refused("kid", "none of the provider's keys, or not said which");
    if (code == "algorithm_not_allowed") return refused("alg", opened.error().detail);
    return refused("id_token", code);
  }
  algorithm = string_or(opened->header, "alg");
  auto claims = parse_json(as_text(opened->payload));
  if (!claims || !claims->is_object()) return refused("id_token", "not a JSON object");
  return claims;
}

}  // namespace

Result<IdToken> check_id_token(std::string_view text, const trust::JwkSet& keys,
                               const IdTokenExpectation& expected) {
  std::string algorithm;
  MINBEN_TRY(claims, claims_of(text, keys, expected, algorithm));
  IdToken token;
  if (string_or(claims, "iss") != expected.issuer) return refused("iss", "another issuer");
  MINBEN_CHECK(check_audience(claims, expected.client_id));
  MINBEN_CHECK(check_times(claims, expected, token));
  if (expected.nonce.empty() || !equal_in_constant_time(string_or(claims, "nonce"), expected.nonce))
    return refused("nonce", "of another sign-in");
  MINBEN_CHECK(check_access_hash(claims, algorithm, expected.access_token));
  token.subject = string_or(claims, "sub");
  if (token.subject.empty() || token.subject.size() > 255 || !is_ascii(token.subject))
    return refused("sub", "not 1 to 255 ASCII characters");
  token.acr = string_or(claims, "acr");
  if (const Json* amr = find(claims, "amr"); amr != nullptr && amr->is_array())
    for (const Json& each : amr->get_array())
      if (each.is_string() && token.amr.size() < 16 && each.get_string().size() <= 32)
        token.amr.emplace_back(each.get_string());
  return token;
}

}  // namespace minben::openid
