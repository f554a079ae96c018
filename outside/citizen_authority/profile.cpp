#include "citizen_authority/profile.hpp"

#include <openssl/conf.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace outside::citizens {

namespace {

constexpr unsigned char utf8_string = 0x0c, printable_string = 0x13, sequence = 0x30, set = 0x31;

/// DER of less than 128 bytes of content: longer attributes there are none.
Bytes element(unsigned char tag, std::initializer_list<Bytes> parts) {
  Bytes content;
  for (const Bytes& part : parts) content.insert(content.end(), part.begin(), part.end());
  MINBEN_ASSERT(content.size() < 128);
  Bytes out{tag, static_cast<std::uint8_t>(content.size())};
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Bytes text(unsigned char tag, std::string_view value) {
  return element(tag, {Bytes(value.begin(), value.end())});
}

Bytes object_id(const char* dotted) {
  const std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>> object(OBJ_txt2obj(dotted, 1));
  MINBEN_ASSERT(object != nullptr);
  return der_of<i2d_ASN1_OBJECT>(object.get());
}

Bytes attribute(const char* type, Bytes value) {
  return element(sequence, {object_id(type), element(set, {std::move(value)})});
}

}  // namespace

Certificate new_certificate() {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  std::array<unsigned char, 16> serial{};
  MINBEN_ASSERT(RAND_bytes(serial.data(), serial.size()) == 1);
  serial[0] = static_cast<unsigned char>((serial[0] & 0x7f) | 0x40);
  BIGNUM* number = BN_bin2bn(serial.data(), serial.size(), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(made.get()));
  BN_free(number);
  return made;
}

void add_name(X509* certificate, const char* type, const char* value) {
  MINBEN_ASSERT(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), type, MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(value), -1, -1,
                                           0) == 1);
}

void set_validity(X509* certificate, Instant from, Instant until) {
  const auto seconds_of = [](Instant at) {
    return std::chrono::floor<seconds>(at).time_since_epoch().count();
  };
  ASN1_TIME_set(X509_getm_notBefore(certificate), seconds_of(from));
  ASN1_TIME_set(X509_getm_notAfter(certificate), seconds_of(until));
}

void extend(X509* certificate, X509* issuer, const char* name, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  // Policies are read with a configuration beside them only, and be it an empty one.
  const std::unique_ptr<CONF, Freer<NCONF_free>> none(NCONF_new(nullptr));
  X509V3_set_nconf(&context, none.get());
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf(nullptr, &context, name, value));
  MINBEN_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_directory_attributes(X509* certificate, const Wish& wish) {
  const Bytes type = attribute(oid::subject_type, object_id(wish.subject_type.c_str()));
  const bool person = wish.subject_type == oid::natural_person;
  const Bytes number =
      attribute(person ? oid::last_four : oid::company_number, text(utf8_string, wish.last_four));
  const Bytes card =
      person ? attribute(oid::card_kind, text(printable_string, wish.primary_card ? "1" : "2"))
             : Bytes();
  const Bytes all = element(sequence, {type, number, card});
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_new();
  ASN1_OCTET_STRING_set(value, all.data(), static_cast<int>(all.size()));
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509_EXTENSION_create_by_NID(nullptr, NID_subject_directory_attributes, 0, value));
  ASN1_OCTET_STRING_free(value);
  MINBEN_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

}  // namespace outside::citizens
