#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "cbor.hpp"
#include "public_key.hpp"
#include "webauthn_internal.hpp"

namespace minben::identity {

namespace {
constexpr std::size_t longest_attestation = 64u << 10;
constexpr const char* aaguid_extension = "1.3.6.1.4.1.45724.1.1.4";

struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
using Certificate = std::unique_ptr<X509, CertificateDeleter>;

Certificate read_certificate(const Bytes& der) {
  const unsigned char* at = der.data();
  Certificate certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return at == der.data() + der.size() ? std::move(certificate) : nullptr;
}

std::string subject_field(X509* certificate, int nid) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, nid, -1);
  if (index < 0) return {};
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

/// §8.2.1: when the certificate names an authenticator model, it must be this one. The value is an
/// OCTET STRING inside the extension's.
bool names_model(X509* certificate, const Bytes& aaguid) {
  const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> oid(
      OBJ_txt2obj(aaguid_extension, 1), &ASN1_OBJECT_free);
  const int index = X509_get_ext_by_OBJ(certificate, oid.get(), -1);
  if (index < 0) return true;
  X509_EXTENSION* extension = X509_get_ext(certificate, index);
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(extension);
  Bytes expected{0x04, 0x10};
  expected.insert(expected.end(), aaguid.begin(), aaguid.end());
  const std::span<const std::uint8_t> found(ASN1_STRING_get0_data(value),
                                            static_cast<std::size_t>(ASN1_STRING_length(value)));
  return X509_EXTENSION_get_critical(extension) == 0 && std::ranges::equal(found, expected);
}

/// §8.2.1, certificate requirements.
bool is_attestation_certificate(X509* certificate, const Bytes& aaguid) {
  return X509_get_version(certificate) == X509_VERSION_3 &&
         subject_field(certificate, NID_organizationalUnitName) == "Authenticator Attestation" &&
         !subject_field(certificate, NID_countryName).empty() &&
         !subject_field(certificate, NID_organizationName).empty() &&
         !subject_field(certificate, NID_commonName).empty() && X509_check_ca(certificate) == 0 &&
         names_model(certificate, aaguid);
}

Result<void> check_certified(const AttestationObject& object, const AuthenticatorData& data,
                             CoseAlgorithm algorithm, std::span<const std::uint8_t> message) {
  const Certificate certificate = read_certificate(object.certificates.front());
  if (!certificate || !is_attestation_certificate(certificate.get(), data.aaguid))
    return refused("attestation: certificate");
  if (!signature_holds(X509_get0_pubkey(certificate.get()), algorithm, message, object.signature))
    return refused("attestation: signature");
  return {};
}

/// With a certificate, the certificate's key has signed; without (self), the credential's own.
Result<void> check_packed(const AttestationObject& object, const AuthenticatorData& data,
                          const PublicKey& key, std::span<const std::uint8_t> message) {
  const auto algorithm = accepted_algorithm(object.algorithm);
  if (!algorithm) return refused("attestation: algorithm not accepted");
  if (!object.certificates.empty()) return check_certified(object, data, *algorithm, message);
  if (*algorithm != key.algorithm) return refused("attestation: algorithm");
  if (!signature_holds(evp_key(key.algorithm, key.bytes).get(), key.algorithm, message,
                       object.signature))
    return refused("attestation: signature");
  return {};
}

Result<std::vector<Bytes>> read_certificates(const cbor_item_t* x5c) {
  std::vector<Bytes> certificates;
  if (x5c == nullptr) return certificates;
  if (!cbor_isa_array(x5c) || cbor_array_size(x5c) == 0) return refused("attestation: x5c");
  for (std::size_t i = 0; i < cbor_array_size(x5c); ++i) {
    auto certificate = cbor_bytes(cbor_array_handle(x5c)[i]);
    if (!certificate) return refused("attestation: x5c");
    certificates.push_back(std::move(*certificate));
  }
  return certificates;
}
}  // namespace

Result<AttestationObject> parse_attestation_object(std::span<const std::uint8_t> cbor) {
  if (cbor.size() > longest_attestation) return refused("attestation object: too large");
  const CborItem root = decode_cbor(cbor);
  auto format = cbor_text(cbor_member(root.get(), "fmt"));
  auto data = cbor_bytes(cbor_member(root.get(), "authData"));
  const cbor_item_t* statement = cbor_member(root.get(), "attStmt");
  if (!format || !data || statement == nullptr || !cbor_isa_map(statement))
    return refused("attestation object");
  AttestationObject object;
  object.format = std::move(*format);
  object.authenticator_data = std::move(*data);
  object.signature = cbor_bytes(cbor_member(statement, "sig")).value_or(Bytes{});
  object.algorithm = cbor_integer(cbor_member(statement, "alg")).value_or(0);
  MINBEN_TRY(certificates, read_certificates(cbor_member(statement, "x5c")));
  object.certificates = std::move(certificates);
  return object;
}

Result<void> check_attestation(const AttestationObject& object, const AuthenticatorData& data,
                               const PublicKey& key, std::span<const std::uint8_t> message) {
  if (object.format == "packed") return check_packed(object, data, key, message);
  if (object.format != "none") return refused("attestation: format not accepted");
  if (!object.signature.empty() || !object.certificates.empty())
    return refused("attestation: none must be empty");
  return {};
}

}  // namespace minben::identity
