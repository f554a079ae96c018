#pragma once
// Keys in files, signatures, envelope encryption, and a small certificate authority.
//
// Ed25519 is RFC 8032, P-256 is ECDSA with SHA-256 (FIPS 186-5), sealing is AES-256-GCM
// (SP 800-38D), certificates are X.509 v3 (RFC 5280). All of it is OpenSSL 3 behind a narrow face:
// there is no algorithm to choose at verification time, the key alone decides.
//
// Every function is thread-safe; a key object may be used by many threads at once. Secrets are
// wiped when their object ends. No error detail ever holds key material or plaintext.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace minben::trust {

using Octets = std::span<const std::uint8_t>;

// ---------------------------------------------------------------------------------- secrets

/// Overwrites and empties. For plaintexts and tokens that callers hold.
void wipe(Bytes& secret);
void wipe(std::string& secret);

/// Written to a temporary beside it, mode 0600, fsynced, renamed: the file is old, or new and
/// whole.
Result<void> write_secret_file(const std::filesystem::path& path, std::string_view content);
/// At most 64 KiB. A file that group or others can read or write is refused: "file_too_open".
Result<std::string> read_secret_file(const std::filesystem::path& path);

// ------------------------------------------------------------------------------- signatures

enum class KeyType { ed25519, p256 };
std::string_view to_string(KeyType type);  ///< "Ed25519", "P-256"

/// A public key. Cheap to copy.
class VerifyKey {
 public:
  /// Ed25519: the 32 bytes of RFC 8032. P-256: 65 bytes, 04 ‖ x ‖ y (SEC 1 §2.3.3), a point of the
  /// curve.
  static Result<VerifyKey> from_bytes(KeyType type, Octets bytes);
  static Result<VerifyKey> from_spki(Octets der);  ///< SubjectPublicKeyInfo, RFC 5480 / 8410
  static Result<VerifyKey> from_pem(std::string_view pem);  ///< -----BEGIN PUBLIC KEY-----

  [[nodiscard]] KeyType type() const;
  [[nodiscard]] Bytes bytes() const;  ///< as from_bytes takes them
  [[nodiscard]] Bytes spki() const;
  [[nodiscard]] std::string pem() const;
  [[nodiscard]] Sha256 fingerprint() const;  ///< SHA-256 of spki()

  /// Ed25519: 64 bytes. P-256: r ‖ s, 64 bytes (IEEE P1363, as in JOSE). Anything else is false.
  [[nodiscard]] bool verify(Octets message, Octets signature) const;
  /// P-256 with a DER ECDSA-Sig-Value (as in X.509 and WebAuthn); false for Ed25519 keys.
  [[nodiscard]] bool verify_der(Octets message, Octets signature) const;
  friend bool operator==(const VerifyKey& a, const VerifyKey& b);

 private:
  friend class SigningKey;
  friend struct KeyAccess;
  explicit VerifyKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;  // EVP_PKEY
};

/// A private key, in memory or in a token (key_place.hpp). Cheap to copy: copies share the one
/// secret, which is wiped with the last of them.
class SigningKey {
 public:
  static SigningKey generate(KeyType type);  ///< by OpenSSL's generator
  /// The 32-byte seed of RFC 8032 §5.1.5; for logs and tests that must be repeatable.
  static Result<SigningKey> from_ed25519_seed(Octets seed);
  /// PKCS #8 PEM, not encrypted: the file's mode is its protection (see read_secret_file).
  static Result<SigningKey> load(const std::filesystem::path& path);
  Result<void> save(const std::filesystem::path& path) const;
  /// Loads, or makes and saves when there is no such file. Error "wrong_key_type" when it differs.
  static Result<SigningKey> load_or_create(const std::filesystem::path& path, KeyType type);

  [[nodiscard]] KeyType type() const { return public_.type(); }
  [[nodiscard]] const VerifyKey& verify_key() const { return public_; }
  /// 64 bytes, as VerifyKey::verify takes them. Ed25519 signatures are deterministic. Of keys in
  /// memory (asserted).
  [[nodiscard]] Bytes sign(Octets message) const;
  [[nodiscard]] Bytes sign_der(Octets message) const;  ///< P-256 only (asserted)
  /// As sign(), also with a key in a token, which may fail: the errors of KeyPlace::open.
  [[nodiscard]] Result<Bytes> try_sign(Octets message) const;
  [[nodiscard]] bool in_token() const;
  /// That the key can be used now; always so of keys in memory. Makes no signature.
  [[nodiscard]] Result<void> check() const;
  /// For libssl. Of a key in a token it signs there.
  [[nodiscard]] std::shared_ptr<evp_pkey_st> handle() const;

 private:
  friend struct KeyAccess;
  SigningKey(VerifyKey open_half, std::shared_ptr<void> key)
      : public_(std::move(open_half)), key_(std::move(key)) {}
  VerifyKey public_;
  std::shared_ptr<void> key_;  // EVP_PKEY
};

// ------------------------------------------------------------------------ envelope encryption
//
// A plaintext is sealed by a data key (one a person); the data key is wrapped by the platform's
// master key. Destroying the wrapped key destroys everything it sealed. The context
// ("identity.person.name") is authenticated: a ciphertext moved to another column or person does
// not open.
//
//   sealed  = 01 ‖ nonce(12) ‖ ciphertext ‖ tag(16)               AAD = "minben/seal/1" 00 context
//   wrapped = 02 ‖ master key id(8) ‖ nonce(12) ‖ 32 ‖ tag(16)    AAD = "minben/wrap/1" 00 id
//   context
//
// Nonces are random: at most 2^32 messages under one data key (SP 800-38D §8.3).

inline constexpr std::size_t sealing_overhead = 1 + 12 + 16;  ///< bytes that seal() adds
inline constexpr std::size_t max_plaintext = 64u << 20;       ///< bytes; more is "too_large"

/// 32 bytes that wipe themselves. Movable only.
class SecretKey {
 public:
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  SecretKey& operator=(const SecretKey&) = delete;
  ~SecretKey();
  [[nodiscard]] Octets bytes() const { return bytes_; }

 protected:
  SecretKey() = default;
  std::array<std::uint8_t, 32> bytes_{};
};

class DataKey : public SecretKey {
 public:
  static DataKey generate(Random& random);
  static Result<DataKey> from_bytes(Octets bytes);  ///< exactly 32

 private:
  DataKey() = default;
};

using MasterKeyId = std::array<std::uint8_t, 8>;

/// A key that wraps data keys (SP 800-57 Part 1: key-wrapping key). Kept in a KeyRing.
class MasterKey : public SecretKey {
 public:
  static MasterKey generate(Random& random);
  static Result<MasterKey> from_bytes(Octets bytes);  ///< exactly 32
  /// Names the key without telling it: first 8 bytes of HMAC-SHA256(key, "minben/master/1").
  [[nodiscard]] const MasterKeyId& id() const { return id_; }

 private:
  explicit MasterKey(Octets bytes);
  MasterKeyId id_{};
};

Bytes wrap(const MasterKey& master, const DataKey& key, std::string_view context, Random& random);
/// Errors: "not_a_wrapped_key" (format), "other_master_key", "unwrap_failed" (altered, or other
/// context).
Result<DataKey> unwrap(const MasterKey& master, Octets wrapped, std::string_view context);
/// Whose master key wrapped it; invalid "not_a_wrapped_key".
Result<MasterKeyId> wrapped_by(Octets wrapped);

Result<Bytes> seal(const DataKey& key, Octets plaintext, std::string_view context, Random& random);
/// Errors: "not_sealed" (format or unknown version), "open_failed" (altered, other key or context).
Result<Bytes> open(const DataKey& key, Octets sealed, std::string_view context);

// ------------------------------------------------------------------------------ certificates

struct Certificate {
  std::string pem;
  Bytes der;
};

/// What a certificate says. Nothing here is trusted until Authority::check, check_certificate or a
/// PathValidator (revocation.hpp) said so.
struct CertificateInfo {
  std::string subject;      ///< RFC 2253, for people
  std::string issuer;       ///< RFC 2253
  std::string common_name;  ///< UTF-8; "" when there is none
  std::string member;       ///< agency code from the URI name urn:minben:member:<code>, or ""
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;  ///< "127.0.0.1", "::1"
  std::string serial;                     ///< hex
  std::string fingerprint;                ///< SHA-256 of the DER, lower-case hex
  Instant not_before;
  Instant not_after;
  bool authority = false;   ///< basicConstraints CA
  bool for_server = false;  ///< extendedKeyUsage serverAuth
  bool for_client = false;  ///< extendedKeyUsage clientAuth
  bool for_seals = false;   ///< keyUsage nonRepudiation
};

/// Exactly one certificate, at most 64 KiB; Ed25519 or P-256 keys. Error "not_a_certificate".
Result<CertificateInfo> read_certificate(Octets der);
Result<VerifyKey> certificate_key(Octets der);
/// The first certificate of a PEM text.
Result<Certificate> certificate_from_pem(std::string_view pem);

struct CertificateRequest {
  std::string common_name{};  ///< 1 to 64 characters
  std::string member{};       ///< agency code, becomes the URI name; may be empty
  std::vector<std::string> dns_names{"localhost"};
  std::vector<std::string> ip_addresses{"127.0.0.1"};
  bool for_server = true;
  bool for_client = true;
  /// Signs documents: keyUsage digitalSignature and nonRepudiation, no extendedKeyUsage. Excludes
  /// the two above ("bad_usage").
  bool for_seals = false;
  int valid_days = 365;  ///< 1 to 3650
};

/// A root that signs certificates of gateways: of their TLS, and of their message seals. P-256
/// throughout. Lists of what it revoked: revocation.hpp.
class Authority {
 public:
  static Result<Authority> create(std::string_view name, int valid_days, const Clock& clock);
  /// authority.pem (public) and authority.key.pem (0600) in `directory`.
  Result<void> save(const std::filesystem::path& directory) const;
  static Result<Authority> load(const std::filesystem::path& directory);
  static Result<Authority> load_or_create(const std::filesystem::path& directory,
                                          std::string_view name, const Clock& clock);

  [[nodiscard]] const Certificate& certificate() const { return certificate_; }
  /// For a P-256 or Ed25519 key of the holder's own. Never valid longer than the root itself.
  Result<Certificate> issue(const VerifyKey& holder, const CertificateRequest& request,
                            const Clock& clock) const;
  /// Signature by this root, time, key usage. Errors: "not_a_certificate", "untrusted_certificate",
  /// "certificate_expired", "certificate_not_yet_valid".
  Result<CertificateInfo> check(Octets der, Instant now) const;

 private:
  friend struct KeyAccess;
  Authority(Certificate certificate, SigningKey key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}
  Certificate certificate_;
  SigningKey key_;
};

/// check() for those who hold only the root's certificate.
Result<CertificateInfo> check_certificate(Octets der, const Certificate& root, Instant now);

}  // namespace minben::trust
