#include <fmt/format.h>

#include "values.hpp"

namespace minben::exchange {

namespace {

constexpr std::string_view prefix = "minben-consent/1\n";
constexpr std::size_t max_token = 8192;
constexpr seconds clock_skew{5};

std::unexpected<Error> malformed(std::string_view why) {
  return fail(Kind::forbidden, "consent_malformed", why);
}

Result<ConsentAssertion> read_content(const Json& json) {
  ConsentAssertion out;
  MINBEN_TRY(id, get_string(json, "id"));
  out.id = std::move(id);
  MINBEN_TRY(consent, get_string(json, "consent"));
  out.consent = std::move(consent);
  MINBEN_TRY(person_text, get_string(json, "person"));
  MINBEN_TRY(person, PersonId::parse(person_text));
  out.person = person;
  MINBEN_TRY(subject, get_string(json, "subject"));
  out.subject = std::move(subject);
  MINBEN_TRY(service_text, get_string(json, "service"));
  MINBEN_TRY(service, ServiceId::parse(service_text));
  out.service = std::move(service);
  MINBEN_TRY(recipient_text, get_string(json, "recipient"));
  MINBEN_TRY(recipient, SubsystemId::parse(recipient_text));
  out.recipient = std::move(recipient);
  MINBEN_TRY(purpose, get_string(json, "purpose"));
  out.purpose = std::move(purpose);
  MINBEN_TRY(case_id, get_string(json, "case"));
  out.case_id = std::move(case_id);
  MINBEN_TRY(fields, get_strings(json, "fields"));
  out.fields = std::move(fields);
  MINBEN_TRY(issued_at, get_instant(json, "issued_at"));
  out.issued_at = issued_at;
  MINBEN_TRY(expires_at, get_instant(json, "expires_at"));
  out.expires_at = expires_at;
  return out;
}

}  // namespace

std::string subject_digest(std::string_view assertion_id, std::string_view register_key) {
  return hex_encode(hmac_sha256(as_bytes(assertion_id), as_bytes(register_key)));
}

Result<std::string> sign_assertion(const ConsentAssertion& assertion,
                                   const trust::SigningKey& platform) {
  const JsonObject content{{"id", assertion.id},
                           {"consent", assertion.consent},
                           {"person", minben::to_string(assertion.person)},
                           {"subject", assertion.subject},
                           {"service", to_string(assertion.service)},
                           {"recipient", to_string(assertion.recipient)},
                           {"purpose", assertion.purpose},
                           {"case", assertion.case_id},
                           {"fields", json_list(assertion.fields)},
                           {"issued_at", minben::to_string(assertion.issued_at)},
                           {"expires_at", minben::to_string(assertion.expires_at)}};
  const std::string first = base64url_encode(as_bytes(write_json(content)));
  const Bytes signature = platform.sign(as_bytes(fmt::format("{}{}", prefix, first)));
  std::string token = fmt::format("{}.{}", first, base64url_encode(signature));
  if (token.size() > max_token)
    return fail(Kind::too_large, "consent_too_large", "too many fields");
  return token;
}

Result<ConsentAssertion> verify_assertion(std::string_view token, const trust::VerifyKey& platform,
                                          Instant now) {
  const auto dot = token.find('.');
  if (token.size() > max_token || dot == token.npos) return malformed("not two parts");
  const auto content = base64url_decode(token.substr(0, dot));
  const auto signature = base64url_decode(token.substr(dot + 1));
  if (!content || !signature) return malformed("not base64url");
  if (!platform.verify(as_bytes(fmt::format("{}{}", prefix, token.substr(0, dot))), *signature))
    return fail(Kind::forbidden, "consent_forged", "not signed by the platform");
  const auto json = parse_json(as_text(*content));
  if (!json) return malformed("not JSON");
  auto assertion = read_content(*json);
  if (!assertion) return malformed(describe(assertion.error()));
  MINBEN_CHECK(check_lifetime(*assertion, now));
  return assertion;
}

Result<void> check_lifetime(const ConsentAssertion& assertion, Instant now) {
  if (now >= assertion.expires_at || assertion.issued_at > now + clock_skew ||
      assertion.expires_at - assertion.issued_at > assertion_lifetime_s)
    return fail(Kind::forbidden, "consent_expired", "outside its minute");
  return {};
}

}  // namespace minben::exchange
