#pragma once
// What older rules ask for and nothing new should choose: RSA signatures with SHA-256 (RFC 8017
// §8.2, PKCS #1 v1.5) under a certificate of the signer's own, and AES-256-CBC without
// authentication (SP 800-38A §6.2) where a partner of before cannot do better yet.
//
// Every function is thread-safe.
#include <filesystem>
#include <memory>
#include <string_view>

#include "trust/trust.hpp"

namespace minben::trust {

/// An RSA-3072 key and a self-signed certificate for it. Cheap to copy.
class RsaSeal {
 public:
  /// `<name>.key.pem` (0600) and `<name>.cer` (DER) of `directory`, made when the key is missing;
  /// valid for ten years. `common_name`: 1 to 64 characters. Errors: those of read_secret_file;
  /// "bad_key" when it is no RSA key of 2048 bits or more.
  static Result<RsaSeal> load_or_create(const std::filesystem::path& directory,
                                        std::string_view name, std::string_view common_name,
                                        const Clock& clock);
  [[nodiscard]] Bytes sign(Octets message) const;
  [[nodiscard]] const Bytes& certificate() const { return certificate_; }  ///< DER

 private:
  RsaSeal(std::shared_ptr<void> key, Bytes certificate)
      : key_(std::move(key)), certificate_(std::move(certificate)) {}
  std::shared_ptr<void> key_;  // EVP_PKEY
  Bytes certificate_;
};

/// Against the key in a certificate (DER), RSA only.
bool rsa_verify(Octets certificate, Octets message, Octets signature);

/// `key` 32 bytes, `iv` 16 (asserted). Padded as PKCS #7 has it.
Bytes cbc_encrypt(Octets key, Octets iv, Octets plaintext);
/// Nothing when the padding is not right. Tells who can make others decrypt what it likes more than
/// it should: never answer differently for padding and content.
std::optional<Bytes> cbc_decrypt(Octets key, Octets iv, Octets ciphertext);

}  // namespace minben::trust
