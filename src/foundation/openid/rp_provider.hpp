#pragma once
// Private: what is known of one outside provider at the moment.
#include <mutex>

#include "relying_party.hpp"

namespace minben::openid {

/// The part of its metadata that we go by (OpenID Connect Discovery 1.0 §3, RFC 9126 §5, RFC 9207
/// §3).
struct ProviderMetadata {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string jwks_uri;
  std::string pushed_authorization_request_endpoint;  ///< "" when it has none
  bool says_issuer = false;                           ///< in its authorization answers
};

/// https, or http to the machine itself.
bool is_safe_address(std::string_view url);

/// Of a metadata document that must be this issuer's. internal "provider_faulty" with the field.
Result<ProviderMetadata> read_provider_metadata(const Json& document, std::string_view issuer);

/// Thread-safe.
class KnownProvider {
 public:
  KnownProvider(OutsideProvider settings, const RelyingPartyParts& parts)
      : settings(std::move(settings)), parts_(parts) {}

  const OutsideProvider settings;

  Result<ProviderMetadata> metadata();
  /// `anew`: a signature names a key that is not among them. Then they are asked for once more, at
  /// most every half a minute.
  Result<trust::JwkSet> keys(bool anew);

 private:
  Result<Json> get(const std::string& url) const;
  const RelyingPartyParts& parts_;
  std::mutex mutex_;
  std::optional<ProviderMetadata> metadata_;
  Instant metadata_at_{};
  std::optional<trust::JwkSet> keys_;
  Instant keys_at_{};
};

}  // namespace minben::openid
