#include "rp_provider.hpp"

#include <fmt/format.h>

namespace minben::openid {

namespace {

constexpr hours kept_for{1};
constexpr seconds again_after{30};
constexpr std::size_t longest_address = 1024;
constexpr std::size_t largest_document = 256u << 10;

std::unexpected<Error> faulty(std::string_view field, std::string_view why) {
  return fail(Kind::internal, "provider_faulty", why, field);
}

Result<std::string> address(const Json& document, std::string_view name, bool required) {
  const std::string value = string_or(document, name);
  if (value.empty() && !required) return value;
  if (!is_safe_address(value)) return faulty(name, "missing, or not an https address");
  return value;
}

}  // namespace

bool is_safe_address(std::string_view url) {
  if (url.size() > longest_address ||
      !std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; }) || url.contains('#') ||
      url.contains('@'))
    return false;
  if (url.starts_with("https://")) return url.size() > 8;
  for (const std::string_view own : {"http://localhost", "http://127.0.0.1", "http://[::1]"})
    if (url.starts_with(own))
      return url.size() == own.size() || url[own.size()] == ':' || url[own.size()] == '/';
  return false;
}

Result<ProviderMetadata> read_provider_metadata(const Json& document, std::string_view issuer) {
  if (!document.is_object()) return faulty("metadata", "not a JSON object");
  // Discovery §4.3: or a provider could speak for another one.
  if (string_or(document, "issuer") != issuer) return faulty("issuer", "of another provider");
  ProviderMetadata out;
  MINBEN_TRY(authorization, address(document, "authorization_endpoint", true));
  MINBEN_TRY(token, address(document, "token_endpoint", true));
  MINBEN_TRY(jwks, address(document, "jwks_uri", true));
  MINBEN_TRY(pushed, address(document, "pushed_authorization_request_endpoint", false));
  if (authorization.contains('?')) return faulty("authorization_endpoint", "has a query");
  const Json* says = find(document, "authorization_response_iss_parameter_supported");
  return ProviderMetadata{authorization, token, jwks, pushed,
                          says != nullptr && says->is_bool() && says->get_bool()};
}

Result<Json> KnownProvider::get(const std::string& url) const {
  net::ClientRequest request{.url = url};
  request.headers.set("Accept", "application/json");
  const auto answer = parts_.fetch(request);
  if (!answer)
    return fail(Kind::unavailable, "provider_unreachable", describe(answer.error()), settings.id);
  if (answer->status != 200)
    return fail(Kind::unavailable, "provider_unreachable",
                fmt::format("it answered {}", answer->status), settings.id);
  if (answer->body.size() > largest_document) return faulty("metadata", "too long");
  auto document = parse_json(answer->body);
  if (!document) return faulty("metadata", "not JSON");
  return document;
}

// Held while it is fetched: whoever comes meanwhile would only ask for the same.
Result<ProviderMetadata> KnownProvider::metadata() {
  const std::lock_guard lock(mutex_);
  const Instant now = parts_.clock.now();
  if (metadata_ && now < metadata_at_ + kept_for) return *metadata_;
  std::string base = settings.issuer;
  if (base.ends_with('/')) base.pop_back();
  MINBEN_TRY(document, get(base + "/.well-known/openid-configuration"));
  MINBEN_TRY(read, read_provider_metadata(document, settings.issuer));
  metadata_ = read;
  metadata_at_ = now;
  return read;
}

Result<trust::JwkSet> KnownProvider::keys(bool anew) {
  MINBEN_TRY(known, metadata());
  const std::lock_guard lock(mutex_);
  const Instant now = parts_.clock.now();
  const seconds fresh = anew ? again_after : kept_for;
  if (keys_ && now < keys_at_ + fresh) return *keys_;
  MINBEN_TRY(document, get(known.jwks_uri));
  auto read = trust::JwkSet::parse(document);
  if (!read) return faulty("jwks_uri", describe(read.error()));
  keys_ = *read;
  keys_at_ = now;
  return *read;
}

}  // namespace minben::openid
