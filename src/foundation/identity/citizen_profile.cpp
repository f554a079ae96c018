// What the certificates of the government's PKI say of their holders (SubjectDirectoryAttributes,
// RFC 5280 §4.2.1.8, with attributes below 2.16.886.1.100.2).
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "signed_data.hpp"

namespace minben::identity {

namespace {

constexpr std::string_view subject_type = "2.16.886.1.100.2.1";
constexpr std::string_view last_four_of_number = "2.16.886.1.100.2.51";
constexpr std::string_view card_kind = "2.16.886.1.100.2.2";
constexpr std::string_view natural_person = "2.16.886.1.100.3.1.1";
constexpr std::string_view organisation = "2.16.886.1.100.3.2.";  // agencies, companies, others

using Attribute = std::unique_ptr<X509_ATTRIBUTE, Freer<X509_ATTRIBUTE_free>>;
void free_values(ASN1_SEQUENCE_ANY* values) { sk_ASN1_TYPE_pop_free(values, ASN1_TYPE_free); }
using Values = std::unique_ptr<ASN1_SEQUENCE_ANY, Freer<free_values>>;

std::string dotted(const ASN1_OBJECT* object) {
  std::array<char, 128> text{};
  const int size = OBJ_obj2txt(text.data(), text.size(), object, 1);
  return size > 0 && static_cast<std::size_t>(size) < text.size() ? std::string(text.data()) : "";
}

std::string utf8(const ASN1_STRING* value) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  if (size < 0) return {};
  std::string out(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return out;
}

/// An object identifier in dotted form, or the text of a string.
std::string value_of(const ASN1_TYPE* value) {
  if (value == nullptr) return {};
  if (value->type == V_ASN1_OBJECT) return dotted(value->value.object);
  switch (value->type) {
    case V_ASN1_UTF8STRING:
    case V_ASN1_PRINTABLESTRING:
    case V_ASN1_NUMERICSTRING:
    case V_ASN1_IA5STRING:
    case V_ASN1_T61STRING:
    case V_ASN1_BMPSTRING:
      return utf8(value->value.asn1_string);
    default:
      return {};
  }
}

struct Directory {
  std::string type, last_four, card;
};

Directory read_directory(X509* certificate) {
  Directory out;
  const int at = X509_get_ext_by_NID(certificate, NID_subject_directory_attributes, -1);
  if (at < 0) return out;
  const ASN1_OCTET_STRING* bytes = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
  const unsigned char* data = ASN1_STRING_get0_data(bytes);
  const Values attributes(d2i_ASN1_SEQUENCE_ANY(nullptr, &data, ASN1_STRING_length(bytes)));
  for (int i = 0; attributes && i < sk_ASN1_TYPE_num(attributes.get()); ++i) {
    const ASN1_TYPE* each = sk_ASN1_TYPE_value(attributes.get(), i);
    if (each->type != V_ASN1_SEQUENCE) continue;
    const unsigned char* inside = ASN1_STRING_get0_data(each->value.sequence);
    const Attribute attribute(
        d2i_X509_ATTRIBUTE(nullptr, &inside, ASN1_STRING_length(each->value.sequence)));
    if (!attribute || X509_ATTRIBUTE_count(attribute.get()) != 1) continue;
    const std::string name = dotted(X509_ATTRIBUTE_get0_object(attribute.get()));
    const std::string value = value_of(X509_ATTRIBUTE_get0_type(attribute.get(), 0));
    if (name == subject_type) out.type = value;
    if (name == last_four_of_number) out.last_four = value;
    if (name == card_kind) out.card = value;
  }
  ERR_clear_error();
  return out;
}

}  // namespace

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, Freer<BIO_free_all>> bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string last_four_of(X509* certificate) {
  const std::string found = read_directory(certificate).last_four;
  return found.size() == 4 ? found : std::string();
}

namespace {

std::string serial_text(const X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* text = BN_bn2hex(number);
  std::string out = to_lower_ascii(text);
  OPENSSL_free(text);
  BN_free(number);
  return out;
}

Result<void> check_use(X509* certificate) {
  const bool limited = X509_get_ext_by_NID(certificate, NID_key_usage, -1) >= 0;
  const std::uint32_t usage = limited ? X509_get_key_usage(certificate) : 0;
  if ((usage & KU_DIGITAL_SIGNATURE) != 0 && X509_check_ca(certificate) == 0) return {};
  if ((usage & (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)) != 0)
    return fail(Kind::forbidden, "encryption_certificate",
                "the card has another certificate, for signing");
  return fail(Kind::forbidden, "certificate_other_usage", "not for signing");
}

}  // namespace

std::string serial_of(const trust::Certificate& certificate) {
  const X509Ptr parsed = certificate_from(certificate.der);
  return parsed ? serial_text(parsed.get()) : std::string();
}

Result<CitizenCertificate> read_citizen(X509* certificate) {
  const Directory directory = read_directory(certificate);
  if (directory.type.starts_with(organisation))
    return fail(Kind::forbidden, "company_certificate", "of an organisation");
  if (directory.type != natural_person || directory.last_four.size() != 4)
    return fail(Kind::forbidden, "not_a_citizen", "not of a natural person");
  MINBEN_CHECK(check_use(certificate));
  CitizenCertificate out;
  out.issuer = name_text(X509_get_issuer_name(certificate));
  out.serial = serial_text(certificate);
  const X509_NAME* subject = X509_get_subject_name(certificate);
  if (const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0)
    out.name = utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  out.last_four = directory.last_four;
  out.primary_card = directory.card != "2";
  std::tm until{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) == 1)
    out.not_after = Instant(seconds(::timegm(&until)));
  return out;
}

}  // namespace minben::identity
