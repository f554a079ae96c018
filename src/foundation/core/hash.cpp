#include "core/hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/result.hpp"

namespace minben {

namespace {
EVP_MD_CTX* as_context(void* context) { return static_cast<EVP_MD_CTX*>(context); }

/// Fetched once: OpenSSL 3 otherwise looks for the implementation each time, which costs several
/// times what hashing two blocks does.
const EVP_MD* fetched_sha256() {
  static const EVP_MD* const kind = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kind;
}
const EVP_MD* fetched_sha512() {
  static const EVP_MD* const kind = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  return kind;
}

/// One for each thread, for the same reason: a Merkle tree is millions of short hashes.
struct ThreadContext {
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  ThreadContext() = default;
  ThreadContext(const ThreadContext&) = delete;
  ThreadContext& operator=(const ThreadContext&) = delete;
  ~ThreadContext() { EVP_MD_CTX_free(context); }
};

void hash_into(EVP_MD_CTX* context, const EVP_MD* kind, std::span<const std::uint8_t> data,
               std::uint8_t* out) {
  unsigned length = 0;
  MINBEN_ASSERT(EVP_DigestInit_ex2(context, kind, nullptr) == 1 &&
                EVP_DigestUpdate(context, data.data(), data.size()) == 1 &&
                EVP_DigestFinal_ex(context, out, &length) == 1);
}
}  // namespace

Sha256 sha256(std::span<const std::uint8_t> data) {
  static thread_local const ThreadContext own;
  Sha256 out;
  hash_into(own.context, fetched_sha256(), data, out.data());
  return out;
}
Sha512 sha512(std::span<const std::uint8_t> data) {
  static thread_local const ThreadContext own;
  Sha512 out;
  hash_into(own.context, fetched_sha512(), data, out.data());
  return out;
}

Sha256 hmac_sha256(std::span<const std::uint8_t> key, std::span<const std::uint8_t> data) {
  Sha256 out;
  unsigned length = 0;
  MINBEN_ASSERT(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data.data(),
                     data.size(), out.data(), &length) != nullptr);
  return out;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  MINBEN_ASSERT(EVP_DigestInit_ex2(as_context(context_), fetched_sha256(), nullptr) == 1);
}
Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(as_context(context_)); }
void Sha256Stream::add(std::span<const std::uint8_t> data) {
  MINBEN_ASSERT(EVP_DigestUpdate(as_context(context_), data.data(), data.size()) == 1);
}
Sha256 Sha256Stream::finish() {
  Sha256 out;
  unsigned length = 0;
  MINBEN_ASSERT(EVP_DigestFinal_ex(as_context(context_), out.data(), &length) == 1);
  return out;
}

bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace minben
