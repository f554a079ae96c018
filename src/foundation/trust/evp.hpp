#pragma once
// OpenSSL objects that free themselves. Private to trust.
#include <memory>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "core/freer.hpp"
#include "trust/trust.hpp"

namespace minben::trust {

using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using MdContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Freer<X509_free>>;

/// How the files of this room reach the key inside.
struct KeyAccess {
  static EVP_PKEY* of(const VerifyKey& key) { return static_cast<EVP_PKEY*>(key.key_.get()); }
  static EVP_PKEY* of(const SigningKey& key) { return static_cast<EVP_PKEY*>(key.key_.get()); }
  static EVP_PKEY* of(const Authority& authority) { return of(authority.key_); }
  static std::shared_ptr<void> shared(Pkey key) {
    return {key.release(), [](void* p) { EVP_PKEY_free(static_cast<EVP_PKEY*>(p)); }};
  }
  static VerifyKey verify_key(Pkey key) { return VerifyKey(shared(std::move(key))); }
  /// Of a key in memory, whose object has both halves.
  static SigningKey signing_key(Pkey key) {
    const std::shared_ptr<void> both = shared(std::move(key));
    return {VerifyKey(both), both};
  }
  static SigningKey signing_key(VerifyKey open_half, Pkey key) {
    return {std::move(open_half), shared(std::move(key))};
  }
  static std::shared_ptr<void> handle(const SigningKey& key) { return key.key_; }
};

/// Ed25519 or P-256, else nothing.
std::optional<KeyType> type_of(const EVP_PKEY* key);

/// ECDSA-Sig-Value of r ‖ s, which are equally long. OpenSSL's verification then checks the range
/// of both.
Bytes der_signature(Octets raw);
/// And back: r and s with `half` bytes each, which they must fit into.
Bytes raw_signature(Octets der, std::size_t half);

inline constexpr std::size_t gcm_nonce = 12, gcm_tag = 16;  ///< bytes
/// AES-GCM (SP 800-38D) by a cipher of the key's length. `text` has room for as many bytes as the
/// plaintext, `tag` for gcm_tag.
void gcm_encrypt(const EVP_CIPHER* cipher, Octets key, const std::uint8_t* nonce, Octets plaintext,
                 std::string_view aad, std::uint8_t* text, std::uint8_t* tag);
/// Nothing when anything was altered, or has another length.
std::optional<Bytes> gcm_decrypt(const EVP_CIPHER* cipher, Octets key, Octets nonce, Octets text,
                                 Octets tag, std::string_view aad);

/// DER of an object, by its i2d function.
template <auto encode, class T>
Bytes encoded(T* object) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  MINBEN_ASSERT(size > 0);
  Bytes out(bytes, bytes + size);
  OPENSSL_free(bytes);
  return out;
}

inline Bio memory_bio(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}
std::string bio_text(BIO* bio);
inline Bio new_bio() { return Bio(BIO_new(BIO_s_mem())); }

}  // namespace minben::trust
