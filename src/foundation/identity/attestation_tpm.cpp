// WebAuthn §8.3: what a Trusted Platform Module (TPM 2.0 Library, Part 2) says of a key of its own.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "attestation.hpp"
#include "reader.hpp"

namespace minben::identity {

namespace {

// TPM 2.0 Library Part 2, §6.2 to 6.4 and 6.9.
constexpr std::uint32_t generated = 0xff544347, attest_certify = 0x8017;
constexpr std::uint32_t alg_rsa = 0x0001, alg_null = 0x0010, alg_ecc = 0x0023;
constexpr std::uint32_t alg_sha1 = 0x0004, alg_sha256 = 0x000b, alg_sha384 = 0x000c,
                        alg_sha512 = 0x000d;
constexpr std::size_t clock_info = 17, firmware_version = 8;
constexpr const char* attestation_key_usage = "2.23.133.8.3";  ///< tcg-kp-AIKCertificate

const EVP_MD* digest_by(std::uint32_t algorithm) {
  switch (algorithm) {
    case alg_sha1:
      return EVP_sha1();
    case alg_sha256:
      return EVP_sha256();
    case alg_sha384:
      return EVP_sha384();
    case alg_sha512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

Bytes digest(const EVP_MD* algorithm, std::span<const std::uint8_t> bytes) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, algorithm, nullptr) != 1) size = 0;
  out.resize(size);
  return out;
}

/// An algorithm, and, unless it is none, so many bytes of its own parameters.
bool skip_scheme(Reader& reader, std::size_t parameters) {
  const auto algorithm = reader.take_number(2);
  return algorithm && (*algorithm == alg_null || reader.take(parameters));
}

bool holds_number(EVP_PKEY* key, const char* name, std::span<const std::uint8_t> bytes) {
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &found) != 1) return false;
  BIGNUM* expected = BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr);
  const bool same = expected != nullptr && BN_cmp(found, expected) == 0;
  BN_free(expected);
  BN_free(found);
  return same;
}

/// The rest of TPMT_PUBLIC: parameters and the key itself.
bool is_rsa(Reader& reader, EVP_PKEY* key) {
  if (!skip_scheme(reader, 4) || !skip_scheme(reader, 2)) return false;  // symmetric, scheme
  const auto bits = reader.take_number(2);
  const auto exponent = reader.take_number(4);
  const auto modulus = reader.take_sized(2);
  if (!bits || !exponent || !modulus || !reader.done()) return false;
  const std::uint32_t said = *exponent == 0 ? 65537 : *exponent;
  const Bytes e{static_cast<std::uint8_t>(said >> 24), static_cast<std::uint8_t>(said >> 16),
                static_cast<std::uint8_t>(said >> 8), static_cast<std::uint8_t>(said)};
  return EVP_PKEY_is_a(key, "RSA") == 1 && holds_number(key, OSSL_PKEY_PARAM_RSA_N, *modulus) &&
         holds_number(key, OSSL_PKEY_PARAM_RSA_E, e);
}

bool is_ecc(Reader& reader, EVP_PKEY* key) {
  if (!skip_scheme(reader, 4) || !skip_scheme(reader, 2)) return false;
  const auto curve = reader.take_number(2);
  if (!curve || !skip_scheme(reader, 2)) return false;  // the derivation of keys
  const auto x = reader.take_sized(2);
  const auto y = x ? reader.take_sized(2) : std::nullopt;
  if (!y || !reader.done() || EVP_PKEY_is_a(key, "EC") != 1) return false;
  constexpr std::array<std::pair<std::uint32_t, int>, 3> curves{{{3, 256}, {4, 384}, {5, 521}}};
  return std::ranges::any_of(curves,
                             [&](const auto& each) {
                               return each.first == *curve && each.second == EVP_PKEY_get_bits(key);
                             }) &&
         holds_number(key, OSSL_PKEY_PARAM_EC_PUB_X, *x) &&
         holds_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, *y);
}

/// The credential's key is the one in pubArea; its name: the algorithm and digest of pubArea
/// (Part 1 §16).
std::optional<Bytes> name_of(const Bytes& public_area, EVP_PKEY* key) {
  Reader reader(public_area);
  const auto type = reader.take_number(2);
  const auto name_algorithm = type ? reader.take_number(2) : std::nullopt;
  const EVP_MD* algorithm = name_algorithm ? digest_by(*name_algorithm) : nullptr;
  if (!algorithm || !reader.take(4) || !reader.take_sized(2)) return std::nullopt;
  if (!(*type == alg_rsa ? is_rsa(reader, key) : *type == alg_ecc && is_ecc(reader, key)))
    return std::nullopt;
  Bytes name{static_cast<std::uint8_t>(*name_algorithm >> 8),
             static_cast<std::uint8_t>(*name_algorithm)};
  const Bytes hash = digest(algorithm, public_area);
  name.insert(name.end(), hash.begin(), hash.end());
  return name;
}

/// TPMS_ATTEST: says what was to be said, of the key with this name.
bool certifies(const Bytes& certificate_info, std::span<const std::uint8_t> extra,
               const Bytes& name) {
  Reader reader(certificate_info);
  if (reader.take_number(4) != generated || reader.take_number(2) != attest_certify) return false;
  if (!reader.take_sized(2)) return false;  // who says it
  const auto said = reader.take_sized(2);
  if (!said || !std::ranges::equal(*said, extra)) return false;
  if (!reader.take(clock_info) || !reader.take(firmware_version)) return false;
  const auto certified = reader.take_sized(2);
  return certified && std::ranges::equal(*certified, name) && reader.take_sized(2) && reader.done();
}

/// Manufacturer, model and version of the module stand in a directory name (TCG EK Credential
/// Profile §3.2.9); the names of the subject are empty then.
bool names_module(X509* certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  int found = 0;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DIRNAME) continue;
    for (const char* oid : {"2.23.133.2.1", "2.23.133.2.2", "2.23.133.2.3"}) {
      ASN1_OBJECT* object = OBJ_txt2obj(oid, 1);
      found += X509_NAME_get_index_by_OBJ(name->d.directoryName, object, -1) >= 0 ? 1 : 0;
      ASN1_OBJECT_free(object);
    }
  }
  GENERAL_NAMES_free(names);
  return found >= 3;
}

bool is_for_attestation(X509* certificate) {
  auto* usages = static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr));
  bool found = false;
  for (int i = 0; usages != nullptr && i < sk_ASN1_OBJECT_num(usages); ++i) {
    std::array<char, 64> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), sk_ASN1_OBJECT_value(usages, i), 1);
    found |= std::string_view(oid.data()) == attestation_key_usage;
  }
  EXTENDED_KEY_USAGE_free(usages);
  return found;
}

/// §8.3.1, certificate requirements.
bool is_attestation_certificate(X509* certificate, const Bytes& aaguid) {
  return X509_get_version(certificate) == X509_VERSION_3 &&
         X509_NAME_entry_count(X509_get_subject_name(certificate)) == 0 &&
         names_module(certificate) && is_for_attestation(certificate) &&
         X509_check_ca(certificate) == 0 && names_model(certificate, aaguid);
}

}  // namespace

Result<void> check_tpm(const Attested& attested) {
  const AttestationObject& object = attested.object;
  if (object.version != "2.0") return refused("attestation: version of the TPM");
  const auto algorithm = accepted_algorithm(object.algorithm);
  const EVP_MD* hash = algorithm ? digest_of(*algorithm) : nullptr;
  if (!hash) return refused("attestation: algorithm not accepted");
  const X509Ptr certificate = leaf_certificate(object);
  if (!certificate || !is_attestation_certificate(certificate.get(), attested.data.aaguid))
    return refused("attestation: certificate");
  const EvpKey key = evp_key(attested.key.algorithm, attested.key.bytes);
  const auto name = name_of(object.public_area, key.get());
  if (!name) return refused("attestation: another key");
  if (!certifies(object.certificate_info, digest(hash, attested.message), *name))
    return refused("attestation: certInfo");
  if (!signature_holds(X509_get0_pubkey(certificate.get()), *algorithm, object.certificate_info,
                       object.signature))
    return refused("attestation: signature");
  return {};
}

}  // namespace minben::identity
