#pragma once
// What the files of JOSE share. Private to trust.
#include "evp.hpp"
#include "trust/jose.hpp"

namespace minben::trust {

struct Jwk::Impl {
  std::string kty;  ///< "RSA", "EC", "OKP", "oct"
  std::string crv;
  std::string kid;
  std::string algorithm;
  std::string use;  ///< "sig", "enc" or ""
  bool is_private = false;
  Pkey key;      ///< none of secrets
  Bytes secret;  ///< of "oct"
  ~Impl() { wipe(secret); }
};

struct JwkAccess {
  static const Jwk::Impl& of(const Jwk& key) { return *key.impl_; }
  static Jwk make(std::shared_ptr<const Jwk::Impl> impl) { return Jwk(std::move(impl)); }
};

/// The header of a compact text and its other parts, still encoded.
struct Compact {
  std::vector<std::string_view> parts;
  Json header;
};
/// `code` of the error, when there are not so many parts or the header is no object of JSON with an
/// "alg", or names something critical ("not_understood").
Result<Compact> read_compact(std::string_view text, std::size_t parts, std::string_view code);

enum class Purpose { signature, encryption };
/// The key that the header means: by "kid", else the only one; it is for this purpose and
/// algorithm. Errors: "unknown_key", "key_not_for_this".
Result<const Jwk*> choose_key(const JwkSet& keys, const Json& header, Purpose purpose,
                              std::string_view algorithm);
/// Error "key_not_for_this".
Result<void> check_purpose(const Jwk::Impl& key, Purpose purpose, std::string_view algorithm);

Result<void> check_allowed(std::string_view algorithm, Algorithms allowed);

/// Kind of key, curve and bytes that an algorithm of RFC 7518 wants; curve "" where it does not
/// matter, secret_bytes 0 where there is none.
struct KeyShape {
  std::string_view kty;
  std::string_view crv;
  std::size_t least_secret = 0, most_secret = 0;
};
/// Nothing: not a known algorithm for that purpose.
std::optional<KeyShape> shape_for(Purpose purpose, std::string_view algorithm);

/// A public key for ECDH in a header ("epk"): on the curve of `like`.
Result<Pkey> read_point(const Json& epk, const Jwk::Impl& like);
JsonObject public_members(const Jwk::Impl& key);

}  // namespace minben::trust
