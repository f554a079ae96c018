#include "attestation.hpp"

#include <openssl/objects.h>

#include "cbor.hpp"

namespace minben::identity {

namespace {
constexpr std::size_t longest_attestation = 64u << 10;
constexpr const char* aaguid_extension = "1.3.6.1.4.1.45724.1.1.4";
constexpr const char* apple_extension = "1.2.840.113635.100.8.2";

std::string subject_field(X509* certificate, int nid) {
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, nid, -1);
  if (index < 0) return {};
  const ASN1_STRING* text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index));
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
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

/// §8.2. With a certificate, the certificate's key has signed; without (self), the credential's.
Result<void> check_packed(const Attested& attested) {
  const auto algorithm = accepted_algorithm(attested.object.algorithm);
  if (!algorithm) return refused("attestation: algorithm not accepted");
  if (attested.object.certificates.empty()) {
    if (*algorithm != attested.key.algorithm) return refused("attestation: algorithm");
    if (!signature_holds(evp_key(*algorithm, attested.key.bytes).get(), *algorithm,
                         attested.message, attested.object.signature))
      return refused("attestation: signature");
    return {};
  }
  const X509Ptr certificate = leaf_certificate(attested.object);
  if (!certificate || !is_attestation_certificate(certificate.get(), attested.data.aaguid))
    return refused("attestation: certificate");
  if (!signature_holds(X509_get0_pubkey(certificate.get()), *algorithm, attested.message,
                       attested.object.signature))
    return refused("attestation: signature");
  return {};
}

/// §8.6, with the message of FIDO's older registrations.
Result<void> check_fido_u2f(const Attested& attested) {
  const X509Ptr certificate = leaf_certificate(attested.object);
  if (!certificate || attested.object.certificates.size() != 1)
    return refused("attestation: certificate");
  if (attested.key.algorithm != CoseAlgorithm::es256) return refused("attestation: algorithm");
  Bytes message{0};
  const auto put = [&](std::span<const std::uint8_t> bytes) {
    message.insert(message.end(), bytes.begin(), bytes.end());
  };
  put(attested.data.rp_id_hash);
  put(attested.client_data_hash());
  put(attested.data.credential_id);
  message.push_back(4);
  put(attested.key.bytes);
  if (!signature_holds(X509_get0_pubkey(certificate.get()), CoseAlgorithm::es256, message,
                       attested.object.signature))
    return refused("attestation: signature");
  return {};
}

/// §8.8. Nothing is signed here: the certificate was made for this one registration.
Result<void> check_apple(const Attested& attested) {
  const X509Ptr certificate = leaf_certificate(attested.object);
  if (!certificate) return refused("attestation: certificate");
  const Sha256 nonce = sha256(attested.message);
  Bytes expected{0x30, 0x24, 0xa1, 0x22, 0x04, 0x20};  // SEQUENCE { [1] { OCTET STRING
  expected.insert(expected.end(), nonce.begin(), nonce.end());
  if (extension(certificate.get(), apple_extension) != expected)
    return refused("attestation: nonce");
  if (!has_key(certificate.get(), attested.key)) return refused("attestation: another key");
  return {};
}

Result<void> check_none(const Attested& attested) {
  if (!attested.object.signature.empty() || !attested.object.certificates.empty())
    return refused("attestation: none must be empty");
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

X509Ptr leaf_certificate(const AttestationObject& object) {
  if (object.certificates.empty()) return nullptr;
  const Bytes& der = object.certificates.front();
  const unsigned char* at = der.data();
  X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  return at == der.data() + der.size() ? std::move(certificate) : nullptr;
}

std::optional<Bytes> extension(X509* certificate, const char* oid) {
  const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> object(OBJ_txt2obj(oid, 1),
                                                                         &ASN1_OBJECT_free);
  const int index = X509_get_ext_by_OBJ(certificate, object.get(), -1);
  if (index < 0) return std::nullopt;
  X509_EXTENSION* found = X509_get_ext(certificate, index);
  if (X509_EXTENSION_get_critical(found) != 0) return std::nullopt;
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(found);
  const unsigned char* bytes = ASN1_STRING_get0_data(value);
  return Bytes(bytes, bytes + ASN1_STRING_length(value));
}

/// The value is an OCTET STRING inside the extension's.
bool names_model(X509* certificate, const Bytes& aaguid) {
  const std::unique_ptr<ASN1_OBJECT, decltype(&ASN1_OBJECT_free)> oid(
      OBJ_txt2obj(aaguid_extension, 1), &ASN1_OBJECT_free);
  if (X509_get_ext_by_OBJ(certificate, oid.get(), -1) < 0) return true;
  Bytes expected{0x04, 0x10};
  expected.insert(expected.end(), aaguid.begin(), aaguid.end());
  return extension(certificate, aaguid_extension) == expected;
}

bool has_key(X509* certificate, const PublicKey& key) {
  const EvpKey own = evp_key(key.algorithm, key.bytes);
  EVP_PKEY* certified = X509_get0_pubkey(certificate);
  return own && certified != nullptr && EVP_PKEY_eq(own.get(), certified) == 1;
}

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
  const auto bytes = [&](std::string_view name) {
    return cbor_bytes(cbor_member(statement, name)).value_or(Bytes{});
  };
  object.signature = bytes("sig");
  object.public_area = bytes("pubArea");
  object.certificate_info = bytes("certInfo");
  object.version = cbor_text(cbor_member(statement, "ver")).value_or(std::string());
  object.algorithm = cbor_integer(cbor_member(statement, "alg")).value_or(0);
  MINBEN_TRY(certificates, read_certificates(cbor_member(statement, "x5c")));
  object.certificates = std::move(certificates);
  return object;
}

Result<void> check_attestation(const AttestationObject& object, const AuthenticatorData& data,
                               const PublicKey& key, std::span<const std::uint8_t> message) {
  constexpr std::array<std::pair<std::string_view, Result<void> (*)(const Attested&)>, 6> formats{
      {{"none", check_none},
       {"packed", check_packed},
       {"tpm", check_tpm},
       {"android-key", check_android_key},
       {"apple", check_apple},
       {"fido-u2f", check_fido_u2f}}};
  for (const auto& [name, check] : formats)
    if (object.format == name) return check({object, data, key, message});
  return refused("attestation: format not accepted");
}

}  // namespace minben::identity
