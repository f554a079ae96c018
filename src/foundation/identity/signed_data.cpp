#include "signed_data.hpp"

#include <openssl/cms.h>
#include <openssl/err.h>

namespace minben::identity {

namespace {

using Cms = std::unique_ptr<CMS_ContentInfo, Freer<CMS_ContentInfo_free>>;
constexpr int most_certificates = 5;
constexpr int fewest_bits = 2048;
constexpr std::size_t longest_certificate = 64u << 10;

std::unexpected<Error> not_a_signature(std::string_view why) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_signature", why);
}
std::unexpected<Error> refuse(std::string_view code, std::string_view why) {
  ERR_clear_error();
  return fail(Kind::forbidden, code, why);
}

Result<Cms> parse(trust::Octets der) {
  if (der.size() > max_signature) return not_a_signature("too long");
  const unsigned char* at = der.data();
  Cms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(der.size())));
  if (!cms || at != der.data() + der.size() ||
      OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed)
    return not_a_signature("not one SignedData");
  if (OBJ_obj2nid(CMS_get0_eContentType(cms.get())) != NID_pkcs7_data)
    return not_a_signature("its content is not plain data");
  return std::move(cms);
}

Result<CMS_SignerInfo*> only_signer(CMS_ContentInfo* cms) {
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms);
  const int count = sk_CMS_SignerInfo_num(signers);
  if (count < 1) return not_a_signature("nobody signed it");
  if (count > 1) return fail(Kind::invalid, "several_signers", "one person signs in at a time");
  return sk_CMS_SignerInfo_value(signers, 0);
}

Result<SignerAndOthers> certificates(CMS_ContentInfo* cms, CMS_SignerInfo* signer) {
  STACK_OF(X509)* all = CMS_get1_certs(cms);
  SignerAndOthers found;
  for (int i = 0; i < sk_X509_num(all); ++i) {  // -1 of none
    X509Ptr each(sk_X509_value(all, i));
    if (!found.signer && CMS_SignerInfo_cert_cmp(signer, each.get()) == 0)
      found.signer = std::move(each);
    else found.others.push_back(std::move(each));
  }
  const bool too_many = sk_X509_num(all) > most_certificates;
  sk_X509_free(all);
  if (too_many) return not_a_signature("too many certificates");
  if (!found.signer) return not_a_signature("the signer's certificate is not in it");
  return found;
}

/// The digest; nothing when it is weaker than SHA-256.
const EVP_MD* strong(const ASN1_OBJECT* algorithm) {
  switch (OBJ_obj2nid(algorithm)) {
    case NID_sha256:
      return EVP_sha256();
    case NID_sha384:
      return EVP_sha384();
    case NID_sha512:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

/// Which digest, when all algorithms are those that citizens' cards have.
Result<const EVP_MD*> check_algorithms(CMS_SignerInfo* signer, X509* certificate) {
  X509_ALGOR *digest_algorithm = nullptr, *signature_algorithm = nullptr;
  CMS_SignerInfo_get0_algs(signer, nullptr, nullptr, &digest_algorithm, &signature_algorithm);
  const ASN1_OBJECT *digest_id = nullptr, *signature_id = nullptr;
  X509_ALGOR_get0(&digest_id, nullptr, nullptr, digest_algorithm);
  X509_ALGOR_get0(&signature_id, nullptr, nullptr, signature_algorithm);
  const EVP_MD* digest = strong(digest_id);
  if (digest == nullptr) return refuse("weak_signature", "its digest is weaker than SHA-256");
  int used = NID_undef, kind = OBJ_obj2nid(signature_id);
  if (kind != NID_rsaEncryption && (OBJ_find_sigid_algs(kind, &used, &kind) != 1 ||
                                    used != OBJ_obj2nid(digest_id) || kind != NID_rsaEncryption))
    return refuse("weak_signature", "not RSA with PKCS #1 v1.5 padding");
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (key == nullptr || EVP_PKEY_is_a(key, "RSA") != 1 || EVP_PKEY_get_bits(key) < fewest_bits)
    return refuse("weak_signature", "not a key of RSA from 2048 bits");
  return digest;
}

/// The only value of the only signed attribute of that kind (RFC 5652 §11.1, §11.2).
const ASN1_TYPE* only_value(const CMS_SignerInfo* signer, int nid) {
  const int at = CMS_signed_get_attr_by_NID(signer, nid, -1);
  if (at < 0 || CMS_signed_get_attr_by_NID(signer, nid, at) >= 0) return nullptr;
  X509_ATTRIBUTE* attribute = CMS_signed_get_attr(signer, at);
  return X509_ATTRIBUTE_count(attribute) == 1 ? X509_ATTRIBUTE_get0_type(attribute, 0) : nullptr;
}

std::string_view text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

Result<void> check_content(CMS_ContentInfo* cms, const CMS_SignerInfo* signer, const EVP_MD* digest,
                           std::string_view content) {
  const ASN1_TYPE* type = only_value(signer, NID_pkcs9_contentType);
  const ASN1_TYPE* message = only_value(signer, NID_pkcs9_messageDigest);
  if (type == nullptr || type->type != V_ASN1_OBJECT ||
      OBJ_obj2nid(type->value.object) != NID_pkcs7_data || message == nullptr ||
      message->type != V_ASN1_OCTET_STRING)
    return not_a_signature("no signed attributes contentType and messageDigest");
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned size = 0;
  MINBEN_ASSERT(
      EVP_Digest(content.data(), content.size(), expected.data(), &size, digest, nullptr) == 1);
  const std::string_view wanted(reinterpret_cast<const char*>(expected.data()), size);
  bool same = equal_in_constant_time(text_of(message->value.octet_string), wanted);
  if (ASN1_OCTET_STRING** inside = CMS_get0_content(cms); inside != nullptr && *inside != nullptr)
    same &= equal_in_constant_time(text_of(*inside), content);
  if (!same) return refuse("other_challenge", "the signature is of another content");
  return {};
}

}  // namespace

Result<SignerAndOthers> verify_signed_data(trust::Octets signature, std::string_view content) {
  MINBEN_TRY(cms, parse(signature));
  MINBEN_TRY(signer, only_signer(cms.get()));
  MINBEN_TRY(found, certificates(cms.get(), signer));
  MINBEN_TRY(digest, check_algorithms(signer, found.signer.get()));
  MINBEN_CHECK(check_content(cms.get(), signer, digest, content));
  CMS_SignerInfo_set1_signer_cert(signer, found.signer.get());
  if (CMS_SignerInfo_verify(signer) != 1)
    return refuse("bad_signature", "not made with the certificate's key");
  return found;
}

Result<Bytes> decode_signature(std::string_view given) {
  // The longest form: base64 in lines, and the lines of PEM.
  if (given.size() > 2 * max_signature) return not_a_signature("too long");
  const auto is_der = [](std::string_view text) {
    return text.size() > 2 && static_cast<unsigned char>(text[0]) == 0x30;
  };
  if (is_der(given) && static_cast<unsigned char>(given[1]) >= 0x80)
    return Bytes(given.begin(), given.end());
  std::string digits;
  for (const std::string_view line : split(given, '\n')) {
    const std::string_view plain = trim(line);
    if (!plain.starts_with("-----")) digits += plain;
  }
  auto bytes = base64_decode(digits);
  if (!bytes || bytes->empty()) return not_a_signature("neither DER, nor PEM, nor base64");
  return std::move(*bytes);
}

X509Ptr certificate_from(trust::Octets der) {
  const unsigned char* at = der.data();
  X509Ptr parsed(der.size() > longest_certificate
                     ? nullptr
                     : d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (parsed && at != der.data() + der.size()) parsed.reset();
  ERR_clear_error();
  return parsed;
}

trust::Certificate encode(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  MINBEN_ASSERT(size > 0);
  trust::Certificate out{"", Bytes(der, der + size)};
  OPENSSL_free(der);
  return out;
}

}  // namespace minben::identity
