#pragma once
// Where a private key is kept: a PEM file, or an object in a PKCS #11 token (OASIS PKCS #11 3.0)
// that is named by a URI of RFC 7512:
//
//   pkcs11:token=gateway;object=seal?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/minben/pin
//
// A key in a token never leaves it. It signs there, in as many sessions at once as threads ask for
// (at most 16). The PIN is in the file that pin-source names, mode 0600; a URI with pin-value is
// refused, because URIs stand in configurations and logs. Tokens hold P-256 keys here, of TLS and
// of seals; Ed25519 keys (ledger, usage records, witness) are in files.
//
// A token that goes away (unplugged, its server restarted) makes every use of its keys fail with
// unavailable "token_failed" at once; it is looked for again once a second, so that the first use
// after it came back succeeds. A wrong PIN is never tried twice: tokens lock themselves.
//
// Every function is thread-safe and may block for as long as the token's driver does.
#include <filesystem>
#include <string>
#include <string_view>

#include "trust/trust.hpp"

namespace minben::trust {

class KeyPlace {
 public:
  KeyPlace() = default;
  KeyPlace(std::filesystem::path file) : file_(std::move(file)) {}  // a file is a place as it is

  /// A URI, or a path, relative to `base`. Invalid "bad_key_uri": it needs module-path, pin-source
  /// and object or id; paths in it are absolute; it has no pin-value.
  static Result<KeyPlace> parse(std::string_view text, const std::filesystem::path& base);

  [[nodiscard]] bool empty() const { return file_.empty() && uri_.empty(); }
  [[nodiscard]] bool in_token() const { return !uri_.empty(); }
  [[nodiscard]] const std::filesystem::path& file() const;  ///< of one in a file (asserted)
  /// The URI or the path; holds no secret.
  [[nodiscard]] std::string text() const { return in_token() ? uri_ : file_.string(); }

  /// Errors: those of SigningKey::load; and of a token: unavailable "token_module" (the driver
  /// cannot be loaded), "token_missing" (no token of that name, or several), "token_failed" (with
  /// PKCS #11's name of the fault); not_found "token_key_missing"; invalid "token_key_ambiguous",
  /// "wrong_key_type" (not P-256), "token_key_without_public" (its public half is not in the
  /// token); forbidden "pin_incorrect", "pin_locked"; and those of read_secret_file about the PIN's
  /// file.
  [[nodiscard]] Result<SigningKey> open() const;
  /// Opens, or makes a key that is not there; in a token such that it cannot be read out (CKA_
  /// SENSITIVE, not CKA_EXTRACTABLE). Errors also "wrong_key_type".
  [[nodiscard]] Result<SigningKey> open_or_create(KeyType type) const;

  friend bool operator==(const KeyPlace&, const KeyPlace&) = default;

 private:
  std::filesystem::path file_;
  std::string uri_;
};

}  // namespace minben::trust
