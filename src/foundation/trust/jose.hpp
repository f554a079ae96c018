#pragma once
// JSON Object Signing and Encryption: keys (RFC 7517, 7638, 8037), signatures (RFC 7515) and
// encryption (RFC 7516) in the compact form, with the algorithms of RFC 7518 and 8037, kept to the
// advice of RFC 8725:
//
// - who opens something says which algorithms it takes; a text does not choose;
// - a key that names an algorithm or a use is for nothing else, and there is no "none";
// - keys that are weak are not read: RSA below 2,048 bits, with a small exponent or of the ROCA
//   kind, points beside their curve, secrets shorter than their hash;
// - fields that a text calls critical and that nobody here understands refuse it.
//
// Every function is thread-safe; a key may be used by many threads at once. Errors tell why a
// signature was refused, and of a decryption only "jwe_refused": more would help who tries.
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trust/trust.hpp"

namespace minben::trust {

// ---------------------------------------------------------------------------------------- keys

/// A JSON Web Key: public, private, or a secret that both sides share. Cheap to copy; secrets are
/// wiped with the last copy.
class Jwk {
 public:
  /// kty "RSA", "EC" (P-256, P-384, P-521), "OKP" (Ed25519, X25519) or "oct". Errors: "bad_jwk",
  /// with the member that is wrong as field.
  static Result<Jwk> parse(const Json& json);
  /// A key of our own. `kid` "": its thumbprint.
  static Jwk of(const VerifyKey& key, std::string_view algorithm, std::string_view kid = {});
  static Jwk of(const SigningKey& key, std::string_view algorithm, std::string_view kid = {});
  /// A public key of any kind that parse() takes, as SubjectPublicKeyInfo.
  static Result<Jwk> from_spki(Octets der, std::string_view algorithm, std::string_view kid = {});
  static Jwk secret(Octets bytes, std::string_view algorithm, std::string_view kid = {});

  [[nodiscard]] const std::string& kid() const;        ///< "" when it has none
  [[nodiscard]] const std::string& algorithm() const;  ///< "" when it is for any that fits
  [[nodiscard]] bool is_secret() const;                ///< kty "oct"
  [[nodiscard]] bool is_private() const;               ///< also of secrets
  /// Without what is private. Not of secrets (asserted).
  [[nodiscard]] JsonObject public_json() const;
  /// RFC 7638 with SHA-256, base64url. Not of secrets (asserted).
  [[nodiscard]] std::string thumbprint() const;
  struct Impl;

 private:
  friend struct JwkAccess;
  explicit Jwk(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

/// At most 100 keys (RFC 7517 §5).
class JwkSet {
 public:
  JwkSet() = default;
  explicit JwkSet(Jwk key) : keys_{std::move(key)} {}
  /// {"keys": […]}. Keys of a kind that is not known are left out, as the RFC says; a key that is
  /// broken or weak, one kid twice, and secrets beside public keys refuse the whole: "bad_jwk_set".
  static Result<JwkSet> parse(const Json& json);
  [[nodiscard]] const std::vector<Jwk>& keys() const { return keys_; }
  /// The key by that name; without a name the only one there is.
  [[nodiscard]] const Jwk* find(std::string_view kid) const;
  [[nodiscard]] Json public_json() const;  ///< of sets without secrets

 private:
  std::vector<Jwk> keys_;
};

// ---------------------------------------------------------------------------------- signatures

/// HS256/384/512, RS256/384/512, PS256/384/512, ES256/384/512, EdDSA and, as RFC 9864
/// names it, Ed25519.
using Algorithms = std::span<const std::string_view>;

struct Jws {
  Json header;
  Bytes payload;
};

/// At most 1 MiB. Errors: "bad_jws" (the form), "algorithm_not_allowed", "unknown_key",
/// "key_not_for_this", "not_understood" (crit), "signature_invalid".
Result<Jws> open_jws(std::string_view compact, const JwkSet& keys, Algorithms allowed);
/// The header as it says, not verified: to find out whose keys to ask for. Error "bad_jws".
Result<Json> peek_jws(std::string_view compact);
/// alg and, if the key has one, kid are put into the header. Errors: "key_not_for_this".
Result<std::string> make_jws(Octets payload, const Jwk& key, std::string_view algorithm,
                             JsonObject header = {});

// ---------------------------------------------------------------------------------- encryption

/// Of keys: dir, A128KW, A192KW, A256KW, A128GCMKW, A192GCMKW, A256GCMKW, RSA-OAEP, RSA-OAEP-256,
/// RSA1_5, ECDH-ES, and ECDH-ES with the first three. Of contents: A128CBC-HS256, A192CBC-HS384,
/// A256CBC-HS512, A128GCM, A192GCM, A256GCM.
struct JweAllowed {
  Algorithms key_algorithms;
  Algorithms content_algorithms;
  /// Takes zip=DEF, up to this many bytes: only where it has to be, since what can be chosen by
  /// others and is compressed beside a secret tells of it (RFC 8725 §3.6).
  std::size_t max_inflated = 0;
};

struct Jwe {
  Json header;
  Bytes plaintext;
};

/// At most 64 MiB. Errors: "bad_jwe" (the form), "algorithm_not_allowed", "unknown_key",
/// "key_not_for_this", "not_understood", and "jwe_refused" for everything that comes after.
Result<Jwe> open_jwe(std::string_view compact, const JwkSet& keys, const JweAllowed& allowed);
Result<std::string> make_jwe(Octets plaintext, const Jwk& key, std::string_view key_algorithm,
                             std::string_view content_algorithm, Random& random,
                             JsonObject header = {});

}  // namespace minben::trust
