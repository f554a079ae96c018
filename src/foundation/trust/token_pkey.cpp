// A key in a token as OpenSSL's own objects see it. OpenSSL 3.0 has no provider for PKCS #11 and
// Debian 12 none beside it; the method table of EC keys is deprecated, and the only way to give
// libssl a key that signs elsewhere without an engine (docs/decisions/0019-pkcs11.md).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>

#include "pkcs11.hpp"

namespace minben::trust::pkcs11 {

namespace {

using Shared = std::shared_ptr<TokenKey>;

thread_local Error failure{Kind::unavailable, "token_failed", "", {}, 0, 0};

int copy_shared(CRYPTO_EX_DATA*, const CRYPTO_EX_DATA*, void** from, int, long, void*) {
  auto** place = reinterpret_cast<Shared**>(from);
  if (*place != nullptr) *place = new Shared(**place);
  return 1;
}
void free_shared(void*, void* data, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Shared*>(data);
}
int place_of_token() {
  static const int index = EC_KEY_get_ex_new_index(0, nullptr, nullptr, copy_shared, free_shared);
  return index;
}

ECDSA_SIG* sign_in_token(const unsigned char* digest, int size, const BIGNUM*, const BIGNUM*,
                         EC_KEY* key) {
  const auto* token = static_cast<Shared*>(EC_KEY_get_ex_data(key, place_of_token()));
  const auto signature = (*token)->sign_digest(Octets(digest, static_cast<std::size_t>(size)));
  if (!signature) {
    failure = signature.error();
    ERR_raise_data(ERR_LIB_USER, ERR_R_OPERATION_FAIL, "%s", failure.code.c_str());
    return nullptr;
  }
  ECDSA_SIG* made = ECDSA_SIG_new();
  const int half = static_cast<int>(signature->size() / 2);
  MINBEN_ASSERT(ECDSA_SIG_set0(made, BN_bin2bn(signature->data(), half, nullptr),
                               BN_bin2bn(signature->data() + half, half, nullptr)) == 1);
  return made;
}

const EC_KEY_METHOD* method() {
  static const EC_KEY_METHOD* made = [] {
    EC_KEY_METHOD* own = EC_KEY_METHOD_new(EC_KEY_OpenSSL());
    int (*sign)(int, const unsigned char*, int, unsigned char*, unsigned*, const BIGNUM*,
                const BIGNUM*, EC_KEY*) = nullptr;
    int (*setup)(EC_KEY*, BN_CTX*, BIGNUM**, BIGNUM**) = nullptr;
    EC_KEY_METHOD_get_sign(own, &sign, &setup, nullptr);
    EC_KEY_METHOD_set_sign(own, sign, setup, sign_in_token);
    return own;
  }();
  return made;
}

}  // namespace

Pkey make_pkey(std::shared_ptr<TokenKey> key) {
  const Bytes point = key->verify_key().bytes();
  EC_KEY* ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
  MINBEN_ASSERT(ec != nullptr && EC_KEY_oct2key(ec, point.data(), point.size(), nullptr) == 1);
  MINBEN_ASSERT(EC_KEY_set_method(ec, method()) == 1);
  MINBEN_ASSERT(EC_KEY_set_ex_data(ec, place_of_token(), new Shared(std::move(key))) == 1);
  Pkey made(EVP_PKEY_new());
  MINBEN_ASSERT(EVP_PKEY_assign_EC_KEY(made.get(), ec) == 1);
  return made;
}

TokenKey* token_of(const EVP_PKEY* key) {
  const EC_KEY* ec = EVP_PKEY_get0_provider(key) == nullptr ? EVP_PKEY_get0_EC_KEY(key) : nullptr;
  ERR_clear_error();
  if (ec == nullptr) return nullptr;
  const auto* shared = static_cast<Shared*>(EC_KEY_get_ex_data(ec, place_of_token()));
  return shared == nullptr ? nullptr : shared->get();
}

Error last_failure() { return failure; }

}  // namespace minben::trust::pkcs11
