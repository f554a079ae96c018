#include "public_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "cbor.hpp"
#include "core/freer.hpp"
#include "webauthn_internal.hpp"

namespace minben::identity {

namespace {
// Labels and values of RFC 9052 §7.1, RFC 9053 §7 and RFC 8230 §4.
namespace cose {
constexpr std::int64_t kty = 1, alg = 3, crv = -1, x = -2, y = -3, rsa_n = -1, rsa_e = -2;
constexpr std::int64_t okp = 1, ec2 = 2, rsa = 3;
}  // namespace cose

/// What each algorithm's keys are.
struct Kind {
  CoseAlgorithm algorithm;
  std::int64_t kty;
  std::int64_t crv;        ///< 0: none
  std::size_t coordinate;  ///< bytes of a coordinate, or of the whole key of an Edwards curve
  const char* name;        ///< OpenSSL's, of the curve
  const EVP_MD* (*digest)();
};
constexpr std::array kinds{
    Kind{CoseAlgorithm::es256, cose::ec2, 1, 32, "prime256v1", EVP_sha256},
    Kind{CoseAlgorithm::es384, cose::ec2, 2, 48, "secp384r1", EVP_sha384},
    Kind{CoseAlgorithm::es512, cose::ec2, 3, 66, "secp521r1", EVP_sha512},
    Kind{CoseAlgorithm::eddsa, cose::okp, 6, 32, "ED25519", nullptr},
    Kind{CoseAlgorithm::ed448, cose::okp, 7, 57, "ED448", nullptr},
    Kind{CoseAlgorithm::rs256, cose::rsa, 0, 0, "RSA", EVP_sha256},
};

const Kind& kind_of(CoseAlgorithm algorithm) {
  return *std::ranges::find(kinds, algorithm, &Kind::algorithm);
}

constexpr int smallest_modulus = 2048;  // bits
constexpr int largest_modulus = 4096;

using Number = std::unique_ptr<BIGNUM, Freer<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

Number number(const Bytes& bytes) {
  return Number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
}

EvpKey build(const char* type, OSSL_PARAM_BLD* parts) {
  const Params params(OSSL_PARAM_BLD_to_param(parts));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return EvpKey(key);
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
  return build("RSA", builder.get());
}

/// From x ‖ y; null when they are no point of the curve.
EvpKey point_key(const Kind& kind, std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 2 * kind.coordinate) return nullptr;
  Bytes point{4};
  point.insert(point.end(), bytes.begin(), bytes.end());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kind.name, 0) !=
          1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1)
    return nullptr;
  EvpKey key = build("EC", builder.get());
  // These curves have a cofactor of one: to be on them is all that there is to check.
  const KeyContext context(key ? EVP_PKEY_CTX_new(key.get(), nullptr) : nullptr);
  return context && EVP_PKEY_public_check_quick(context.get()) == 1 ? std::move(key) : nullptr;
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

/// A coordinate or an encoded point of the curve's length, or nothing.
Bytes coordinate(const cbor_item_t* map, std::int64_t label, const Kind& kind) {
  auto bytes = cbor_bytes(cbor_member(map, label)).value_or(Bytes{});
  return bytes.size() == kind.coordinate ? bytes : Bytes{};
}

bool has(const cbor_item_t* map, std::int64_t label, std::int64_t value) {
  return cbor_integer(cbor_member(map, label)) == value;
}

Bytes read_rsa(const cbor_item_t* map) {
  const auto modulus = cbor_bytes(cbor_member(map, cose::rsa_n));
  const auto exponent = cbor_bytes(cbor_member(map, cose::rsa_e));
  if (!modulus || !exponent) return {};
  const EvpKey key = rsa_key(*modulus, *exponent);
  return key ? encode_spki(key.get()) : Bytes{};
}

Bytes read_bytes(const Kind& kind, const cbor_item_t* map) {
  if (!has(map, cose::kty, kind.kty)) return {};
  if (kind.kty == cose::rsa) return read_rsa(map);
  if (!has(map, cose::crv, kind.crv)) return {};
  Bytes bytes = coordinate(map, cose::x, kind);
  if (kind.kty == cose::ec2) {
    const Bytes y = coordinate(map, cose::y, kind);
    bytes.insert(bytes.end(), y.begin(), y.end());
  }
  return bytes;
}

bool is_of_kind(EVP_PKEY* key, const Kind& kind) {
  if (kind.kty != cose::ec2) return EVP_PKEY_is_a(key, kind.name) == 1;
  std::array<char, 32> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string_view(group.data()) == kind.name;
}
}  // namespace

std::optional<CoseAlgorithm> accepted_algorithm(std::int64_t cose) {
  for (const Kind& kind : kinds)
    if (static_cast<std::int64_t>(kind.algorithm) == cose) return kind.algorithm;
  return std::nullopt;
}

const EVP_MD* digest_of(CoseAlgorithm algorithm) {
  const auto digest = kind_of(algorithm).digest;
  return digest ? digest() : nullptr;
}

Result<PublicKey> read_cose_key(std::span<const std::uint8_t> bytes) {
  const CborItem map = decode_cbor(bytes);
  const auto cose = cbor_integer(cbor_member(map.get(), cose::alg));
  if (!cose) return refused("public key: no algorithm");
  const auto algorithm = accepted_algorithm(*cose);
  if (!algorithm) return refused("public key: algorithm not accepted");
  PublicKey key{*algorithm, read_bytes(kind_of(*algorithm), map.get())};
  if (!evp_key(key.algorithm, key.bytes)) return refused("public key");
  return key;
}

EvpKey evp_key(CoseAlgorithm algorithm, std::span<const std::uint8_t> bytes) {
  const Kind& kind = kind_of(algorithm);
  if (kind.kty == cose::rsa) return decode_spki(bytes);
  if (kind.kty == cose::ec2) return point_key(kind, bytes);
  return EvpKey(
      EVP_PKEY_new_raw_public_key_ex(nullptr, kind.name, nullptr, bytes.data(), bytes.size()));
}

bool signature_holds(EVP_PKEY* key, CoseAlgorithm algorithm, std::span<const std::uint8_t> message,
                     std::span<const std::uint8_t> signature) {
  if (key == nullptr || !is_of_kind(key, kind_of(algorithm))) return false;
  const DigestContext context(EVP_MD_CTX_new());
  return context &&
         EVP_DigestVerifyInit(context.get(), nullptr, digest_of(algorithm), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

}  // namespace minben::identity
