#include "trust/cades.hpp"

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

template <auto encode, class T>
Bytes encoded(T* object) {
  unsigned char* bytes = nullptr;
  const int size = encode(object, &bytes);
  MINBEN_ASSERT(size > 0);
  Bytes out(bytes, bytes + size);
  OPENSSL_free(bytes);
  return out;
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

}  // namespace minben::trust
