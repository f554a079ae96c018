#pragma once
// An authority of a country as OpenSSL sees it (RSA), and its lists of revoked certificates, of any
// length and with any mistake.
#include <functional>
#include <memory>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "trust/revocation_index.hpp"

namespace minben::trust::test {

class LargeAuthority {
 public:
  explicit LargeAuthority(const std::string& name, bool signs_lists = true)
      : key_(EVP_RSA_gen(2048), EVP_PKEY_free), x509_(X509_new(), X509_free) {
    X509_set_version(x509_.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(x509_.get()), 1);
    ASN1_TIME_set_string(X509_getm_notBefore(x509_.get()), "20200101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(x509_.get()), "20490101000000Z");
    X509_NAME* subject = X509_get_subject_name(x509_.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(x509_.get(), subject);
    X509_set_pubkey(x509_.get(), key_.get());
    extend("basicConstraints", "critical,CA:TRUE");
    extend("keyUsage", signs_lists ? "critical,keyCertSign,cRLSign" : "critical,keyCertSign");
    extend("subjectKeyIdentifier", "hash");
    X509_sign(x509_.get(), key_.get(), EVP_sha256());
  }

  [[nodiscard]] Certificate certificate() const {
    Bytes der(static_cast<std::size_t>(i2d_X509(x509_.get(), nullptr)));
    unsigned char* at = der.data();
    i2d_X509(x509_.get(), &at);
    return {"", der};
  }

  /// The serial number of entry i, 16 bytes as hex; each ninth begins with a bit that DER guards by
  /// a zero byte.
  static std::string serial(std::size_t i) {
    auto bytes = sha256(as_bytes("serial " + std::to_string(i)));
    bytes[0] = static_cast<std::uint8_t>(i % 9 == 0 ? 0x80 | bytes[0] : (0x7f & bytes[0]) | 1);
    return hex_encode(Octets(bytes).first(16));
  }

  struct Order {
    std::size_t entries = 3;
    std::int64_t number = 1;
    Instant this_update = parse_instant("2026-11-29T04:00:00Z").value();
    Instant next_update = parse_instant("2026-11-30T04:00:00Z").value();
    std::function<void(X509_CRL*)> spoil = {};
    const EVP_MD* digest = EVP_sha256();
  };
  [[nodiscard]] std::shared_ptr<X509_CRL> make(const Order& order) const {
    std::shared_ptr<X509_CRL> list(X509_CRL_new(), X509_CRL_free);
    X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(x509_.get()));
    set_time(order.this_update, [&](ASN1_TIME* t) { X509_CRL_set1_lastUpdate(list.get(), t); });
    set_time(order.next_update, [&](ASN1_TIME* t) { X509_CRL_set1_nextUpdate(list.get(), t); });
    for (std::size_t i = 0; i < order.entries; ++i) add(list.get(), i, order.this_update);
    if (order.number >= 0) {
      ASN1_INTEGER* number = ASN1_INTEGER_new();
      ASN1_INTEGER_set_int64(number, order.number);
      X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, number, 0, 0);
      ASN1_INTEGER_free(number);
    }
    if (order.spoil) order.spoil(list.get());
    X509_CRL_sign(list.get(), key_.get(), order.digest);
    return list;
  }
  [[nodiscard]] Bytes list(const Order& order) const {
    const auto made = make(order);
    Bytes der(static_cast<std::size_t>(i2d_X509_CRL(made.get(), nullptr)));
    unsigned char* at = der.data();
    i2d_X509_CRL(made.get(), &at);
    return der;
  }
  /// Entry i has reason keyCompromise where i is even, and none otherwise.
  static void add(X509_CRL* list, std::size_t i, Instant at) {
    X509_REVOKED* entry = X509_REVOKED_new();
    const Bytes digits = hex_decode(serial(i)).value();
    BIGNUM* number = BN_bin2bn(digits.data(), static_cast<int>(digits.size()), nullptr);
    ASN1_INTEGER* value = BN_to_ASN1_INTEGER(number, nullptr);
    X509_REVOKED_set_serialNumber(entry, value);
    ASN1_INTEGER_free(value);
    BN_free(number);
    set_time(at - hours(1), [&](ASN1_TIME* t) { X509_REVOKED_set_revocationDate(entry, t); });
    if (i % 2 == 0) {
      ASN1_ENUMERATED* reason = ASN1_ENUMERATED_new();
      ASN1_ENUMERATED_set(reason, 1);
      X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
      ASN1_ENUMERATED_free(reason);
    }
    X509_CRL_add0_revoked(list, entry);
  }

 private:
  void extend(const char* name, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, x509_.get(), x509_.get(), nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf(nullptr, &context, name, value);
    X509_add_ext(x509_.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  static void set_time(Instant at, const std::function<void(ASN1_TIME*)>& use) {
    ASN1_TIME* time =
        ASN1_TIME_set(nullptr, std::chrono::floor<seconds>(at).time_since_epoch().count());
    use(time);
    ASN1_TIME_free(time);
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> x509_;
};

}  // namespace minben::trust::test
