#include "trust/cades.hpp"

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>

#include "der.hpp"
#include "x509.hpp"

namespace minben::trust {

namespace {

using der::object_id;
using der::value;

constexpr const char* id_data = "1.2.840.113549.1.7.1";
constexpr const char* id_signed_data = "1.2.840.113549.1.7.2";
constexpr const char* id_content_type = "1.2.840.113549.1.9.3";
constexpr const char* id_message_digest = "1.2.840.113549.1.9.4";
constexpr const char* id_signing_time = "1.2.840.113549.1.9.5";
constexpr const char* id_signing_certificate_v2 = "1.2.840.113549.1.9.16.2.47";
constexpr const char* id_sha256 = "2.16.840.1.101.3.4.2.1";
constexpr const char* id_ecdsa_with_sha256 = "1.2.840.10045.4.3.2";
constexpr std::uint8_t version_1[] = {der::integer, 1, 1};

/// Attribute ::= SEQUENCE { attrType OBJECT IDENTIFIER, attrValues SET OF }
Bytes attribute(Octets type, Octets only_value) {
  return value(der::sequence, {type, value(der::set, {only_value})});
}

/// ESSCertIDv2 of RFC 5035 §4: SHA-256, its default, is not written; issuer and serial are, so that
/// the certificate can be looked for where it is not at hand.
Bytes signing_certificate(Octets certificate, Octets issuer, Octets serial) {
  const Bytes hash = value(der::octet_string, {sha256(certificate)});
  const Bytes directory_name = value(der::Tag(der::context0 + 4), {issuer});
  const Bytes issuer_serial =
      value(der::sequence, {value(der::sequence, {directory_name}), serial});
  const Bytes id = value(der::sequence, {hash, issuer_serial});
  return value(der::sequence, {value(der::sequence, {id})});
}

}  // namespace

struct CadesForm::Parts {
  Bytes content_type;       // attributes, whole
  Bytes signing_cert;       // …
  Bytes time_type;          // object identifiers of those that change
  Bytes digest_type;        //
  Bytes before_signers;     // version, digestAlgorithms, encapContentInfo, certificates
  Bytes before_attributes;  // of the SignerInfo: version, sid, digestAlgorithm
  Bytes signature_algorithm;
  Bytes signed_data_type;
};

Result<CadesForm> CadesForm::make(const Certificate& signer) {
  MINBEN_TRY(certificate, parse_certificate(signer.der));
  if (type_of(X509_get0_pubkey(certificate.get())) != KeyType::p256)
    return fail(Kind::invalid, "wrong_key_type", "CAdES signatures are made with P-256 keys here");
  const Bytes issuer = encoded<i2d_X509_NAME>(X509_get_issuer_name(certificate.get()));
  const Bytes serial = encoded<i2d_ASN1_INTEGER>(X509_get0_serialNumber(certificate.get()));
  const Bytes digest_algorithm = value(der::sequence, {object_id(id_sha256)});

  Parts parts;
  parts.content_type = attribute(object_id(id_content_type), object_id(id_data));
  parts.signing_cert = attribute(object_id(id_signing_certificate_v2),
                                 signing_certificate(signer.der, issuer, serial));
  parts.time_type = object_id(id_signing_time);
  parts.digest_type = object_id(id_message_digest);
  for (const Bytes& part :
       {Bytes(std::begin(version_1), std::end(version_1)), value(der::set, {digest_algorithm}),
        value(der::sequence, {object_id(id_data)}), value(der::context0, {signer.der})})
    parts.before_signers.insert(parts.before_signers.end(), part.begin(), part.end());
  for (const Bytes& part : {Bytes(std::begin(version_1), std::end(version_1)),
                            value(der::sequence, {issuer, serial}), digest_algorithm})
    parts.before_attributes.insert(parts.before_attributes.end(), part.begin(), part.end());
  parts.signature_algorithm = value(der::sequence, {object_id(id_ecdsa_with_sha256)});
  parts.signed_data_type = object_id(id_signed_data);
  return CadesForm(std::make_shared<const Parts>(std::move(parts)));
}

Bytes CadesForm::attributes(Instant at, const Sha256& digest) const {
  const Bytes time = attribute(parts_->time_type, der::time(at));
  const Bytes message = attribute(parts_->digest_type, value(der::octet_string, {digest}));
  // In the order of their encodings (X.690 §11.6), which their lengths decide.
  MINBEN_ASSERT(parts_->content_type < time && time < message && message < parts_->signing_cert);
  return value(der::set, {parts_->content_type, time, message, parts_->signing_cert});
}

Bytes CadesForm::signed_data(Instant at, const Sha256& digest, Octets signature) const {
  Bytes attributes_field = attributes(at, digest);
  attributes_field[0] = der::context0;  // [0] IMPLICIT; signed as a SET (RFC 5652 §5.4)
  const Bytes signer = value(
      der::sequence, {parts_->before_attributes, attributes_field, parts_->signature_algorithm,
                      value(der::octet_string, {der_signature(signature)})});
  const Bytes content = value(der::sequence, {parts_->before_signers, value(der::set, {signer})});
  return value(der::sequence, {parts_->signed_data_type, value(der::context0, {content})});
}

// ---------------------------------------------------------------------------------- reading

namespace {

using Cms = std::unique_ptr<CMS_ContentInfo, Freer<CMS_ContentInfo_free>>;

std::unexpected<Error> not_a_signature(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_signature", detail);
}

Result<Certificate> only_certificate(CMS_ContentInfo* cms) {
  STACK_OF(X509)* all = CMS_get1_certs(cms);
  const bool one = sk_X509_num(all) == 1;  // -1 of none
  auto found = one ? Result<Certificate>(encode_certificate(sk_X509_value(all, 0)))
                   : not_a_signature("not one certificate");
  sk_X509_pop_free(all, X509_free);
  return found;
}

/// The only value of a signed attribute; null when there is none.
const ASN1_TYPE* attribute_value(const CMS_SignerInfo* signer, int nid) {
  const int at = CMS_signed_get_attr_by_NID(signer, nid, -1);
  X509_ATTRIBUTE* found = at < 0 ? nullptr : CMS_signed_get_attr(signer, at);
  return found == nullptr ? nullptr : X509_ATTRIBUTE_get0_type(found, 0);
}

Result<Instant> signing_time(const CMS_SignerInfo* signer) {
  const ASN1_TYPE* type = attribute_value(signer, NID_pkcs9_signingTime);
  std::tm parts{};
  if (type == nullptr || (type->type != V_ASN1_UTCTIME && type->type != V_ASN1_GENERALIZEDTIME) ||
      ASN1_TIME_to_tm(type->value.asn1_string, &parts) != 1 || parts.tm_year < 70 ||
      parts.tm_year >= 8100)
    return not_a_signature("no signing time");
  return Instant(seconds(::timegm(&parts)));
}

Result<Sha256> message_digest(const CMS_SignerInfo* signer) {
  const ASN1_TYPE* type = attribute_value(signer, NID_pkcs9_messageDigest);
  Sha256 digest;
  if (type == nullptr || type->type != V_ASN1_OCTET_STRING ||
      ASN1_STRING_length(type->value.octet_string) != static_cast<int>(digest.size()))
    return not_a_signature("no digest of the content");
  std::copy_n(ASN1_STRING_get0_data(type->value.octet_string), digest.size(), digest.begin());
  return digest;
}

Result<std::array<std::uint8_t, 64>> raw_signature(CMS_SignerInfo* signer) {
  const ASN1_OCTET_STRING* der = CMS_SignerInfo_get0_signature(signer);
  const unsigned char* at = ASN1_STRING_get0_data(der);
  const std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>> signature(
      d2i_ECDSA_SIG(nullptr, &at, ASN1_STRING_length(der)));
  std::array<std::uint8_t, 64> raw{};
  if (!signature || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), 32) != 32 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + 32, 32) != 32)
    return not_a_signature("not an ECDSA signature of P-256");
  return raw;
}

struct SignatureParts {
  CadesSignature signature;
  Sha256 digest{};
};

/// As OpenSSL finds them; the form itself is not yet checked.
Result<SignatureParts> read_parts(Octets signed_data) {
  const unsigned char* at = signed_data.data();
  const Cms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(signed_data.size())));
  if (!cms || OBJ_obj2nid(CMS_get0_type(cms.get())) != NID_pkcs7_signed)
    return not_a_signature("not CMS SignedData");
  STACK_OF(CMS_SignerInfo)* signers = CMS_get0_SignerInfos(cms.get());
  if (sk_CMS_SignerInfo_num(signers) != 1) return not_a_signature("not one signer");
  CMS_SignerInfo* signer = sk_CMS_SignerInfo_value(signers, 0);
  MINBEN_TRY(certificate, only_certificate(cms.get()));
  MINBEN_TRY(time, signing_time(signer));
  MINBEN_TRY(signature, raw_signature(signer));
  MINBEN_TRY(digest, message_digest(signer));
  return SignatureParts{{std::move(certificate), time, signature}, digest};
}

}  // namespace

Result<CadesSignature> verify_cades(Octets signed_data, Octets content) {
  if (signed_data.size() > max_signed_data) return not_a_signature("too long");
  MINBEN_TRY(read, read_parts(signed_data));
  auto& [signature, digest] = read;
  const auto form = CadesForm::make(signature.signer);
  if (!form) return not_a_signature(describe(form.error()));
  // Written again it is the same, or there is something in it that was not read.
  if (!std::ranges::equal(form->signed_data(signature.at, digest, signature.signature),
                          signed_data))
    return not_a_signature("not in the form of CAdES-BES");
  if (digest != sha256(content))
    return fail(Kind::forbidden, "other_content", "the signature is of another content");
  MINBEN_TRY(key, certificate_key(signature.signer.der));
  if (!key.verify(form->attributes(signature.at, digest), signature.signature))
    return fail(Kind::forbidden, "bad_signature", "not made with the certificate's key");
  return signature;
}

}  // namespace minben::trust
