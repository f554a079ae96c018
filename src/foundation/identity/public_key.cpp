#include "public_key.hpp"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "cbor.hpp"
#include "webauthn_internal.hpp"

namespace minben::identity {

namespace {
// Labels and values of RFC 9052 §7.1, RFC 9053 §7 and RFC 8230 §4.
namespace cose {
constexpr std::int64_t kty = 1, alg = 3, crv = -1, x = -2, y = -3, rsa_n = -1, rsa_e = -2;
constexpr std::int64_t okp = 1, ec2 = 2, rsa = 3, p256 = 1, ed25519 = 6;
}  // namespace cose

constexpr int smallest_modulus = 2048;  // bits
constexpr int largest_modulus = 4096;

template <auto free_function>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

Number number(const Bytes& bytes) {
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

EvpKey rsa_key(const Bytes& modulus, const Bytes& exponent) {
  if (modulus.size() > largest_modulus / 8 || exponent.empty() || exponent.size() > 8)
    return nullptr;
  const Number n = number(modulus), e = number(exponent);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || BN_num_bits(n.get()) < smallest_modulus || !BN_is_odd(e.get()) ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return EvpKey(key);
}

Bytes encode_spki(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size <= 0) return {};
  Bytes bytes(der, der + size);
  OPENSSL_free(der);
  return bytes;
}

EvpKey decode_spki(std::span<const std::uint8_t> der) {
  const unsigned char* at = der.data();
  EvpKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  return at == der.data() + der.size() ? std::move(key) : nullptr;
}

template <class Key, auto make, auto release, auto read, auto convert>
EvpKey fido_key(std::span<const std::uint8_t> bytes) {
  Key* key = make();
  EvpKey result;
  if (key != nullptr && read(key, bytes.data(), bytes.size()) == FIDO_OK)
    result.reset(convert(key));
  release(&key);
  return result;
}

/// A coordinate or an encoded point: 32 bytes, or nothing.
Bytes coordinate(const cbor_item_t* map, std::int64_t label) {
  auto bytes = cbor_bytes(cbor_member(map, label)).value_or(Bytes{});
  return bytes.size() == 32 ? bytes : Bytes{};
}

bool has(const cbor_item_t* map, std::int64_t label, std::int64_t value) {
  return cbor_integer(cbor_member(map, label)) == value;
}

Bytes read_p256(const cbor_item_t* map) {
  if (!has(map, cose::kty, cose::ec2) || !has(map, cose::crv, cose::p256)) return {};
  Bytes point = coordinate(map, cose::x);
  const Bytes y = coordinate(map, cose::y);
  point.insert(point.end(), y.begin(), y.end());
  return point;
}

Bytes read_ed25519(const cbor_item_t* map) {
  if (!has(map, cose::kty, cose::okp) || !has(map, cose::crv, cose::ed25519)) return {};
  return coordinate(map, cose::x);
}

Bytes read_rsa(const cbor_item_t* map) {
  const auto modulus = cbor_bytes(cbor_member(map, cose::rsa_n));
  const auto exponent = cbor_bytes(cbor_member(map, cose::rsa_e));
  if (!has(map, cose::kty, cose::rsa) || !modulus || !exponent) return {};
  const EvpKey key = rsa_key(*modulus, *exponent);
  return key ? encode_spki(key.get()) : Bytes{};
}

Bytes read_bytes(CoseAlgorithm algorithm, const cbor_item_t* map) {
  switch (algorithm) {
    case CoseAlgorithm::es256:
      return read_p256(map);
    case CoseAlgorithm::eddsa:
      return read_ed25519(map);
    case CoseAlgorithm::rs256:
      return read_rsa(map);
  }
  return {};
}

int key_type(CoseAlgorithm algorithm) {
  switch (algorithm) {
    case CoseAlgorithm::es256:
      return EVP_PKEY_EC;
    case CoseAlgorithm::eddsa:
      return EVP_PKEY_ED25519;
    case CoseAlgorithm::rs256:
      return EVP_PKEY_RSA;
  }
  return EVP_PKEY_NONE;
}
}  // namespace

std::optional<CoseAlgorithm> accepted_algorithm(std::int64_t cose) {
  for (const auto known : {CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::rs256})
    if (static_cast<std::int64_t>(known) == cose) return known;
  return std::nullopt;
}

Result<PublicKey> read_cose_key(std::span<const std::uint8_t> bytes) {
  const CborItem map = decode_cbor(bytes);
  const auto cose = cbor_integer(cbor_member(map.get(), cose::alg));
  if (!cose) return refused("public key: no algorithm");
  const auto algorithm = accepted_algorithm(*cose);
  if (!algorithm) return refused("public key: algorithm not accepted");
  PublicKey key{*algorithm, read_bytes(*algorithm, map.get())};
  if (!evp_key(key.algorithm, key.bytes)) return refused("public key");
  return key;
}

EvpKey evp_key(CoseAlgorithm algorithm, std::span<const std::uint8_t> bytes) {
  switch (algorithm) {
    case CoseAlgorithm::es256:
      return fido_key<es256_pk_t, es256_pk_new, es256_pk_free, es256_pk_from_ptr,
                      es256_pk_to_EVP_PKEY>(bytes);
    case CoseAlgorithm::eddsa:
      return fido_key<eddsa_pk_t, eddsa_pk_new, eddsa_pk_free, eddsa_pk_from_ptr,
                      eddsa_pk_to_EVP_PKEY>(bytes);
    case CoseAlgorithm::rs256:
      return decode_spki(bytes);
  }
  return nullptr;
}

bool signature_holds(EVP_PKEY* key, CoseAlgorithm algorithm, std::span<const std::uint8_t> message,
                     std::span<const std::uint8_t> signature) {
  if (key == nullptr || EVP_PKEY_base_id(key) != key_type(algorithm)) return false;
  const EVP_MD* digest = algorithm == CoseAlgorithm::eddsa ? nullptr : EVP_sha256();
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace minben::identity
