// Reading certificates: what they say, and whether a root vouches for them.
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "evp.hpp"
#include "x509.hpp"

namespace minben::trust {

namespace {

constexpr std::size_t max_certificate = 64u << 10;

using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
using KeyUsages = std::unique_ptr<EXTENDED_KEY_USAGE, Freer<EXTENDED_KEY_USAGE_free>>;

std::unexpected<Error> not_a_certificate(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_certificate", detail);
}

std::string utf8(const ASN1_STRING* value) {
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, value);
  if (size < 0) return {};
  std::string out(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return out;
}

std::string ip_text(const ASN1_OCTET_STRING* address) {
  const Octets bytes(ASN1_STRING_get0_data(address),
                     static_cast<std::size_t>(ASN1_STRING_length(address)));
  if (bytes.size() != 4 && bytes.size() != 16) return hex_encode(bytes);
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

void read_usages(X509* certificate, CertificateInfo& info) {
  const KeyUsages usages(static_cast<EXTENDED_KEY_USAGE*>(
      X509_get_ext_d2i(certificate, NID_ext_key_usage, nullptr, nullptr)));
  for (int i = 0; usages && i < sk_ASN1_OBJECT_num(usages.get()); ++i) {
    const int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages.get(), i));
    info.for_server |= nid == NID_server_auth;
    info.for_client |= nid == NID_client_auth;
  }
  const bool limited = X509_get_ext_by_NID(certificate, NID_key_usage, -1) >= 0;
  info.for_seals = limited && (X509_get_key_usage(certificate) & KU_NON_REPUDIATION) != 0;
}

}  // namespace

std::string name_text(const X509_NAME* name) {
  const Bio bio = new_bio();
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  return bio_text(bio.get());
}

std::string common_name_of(const X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  return at < 0 ? std::string() : utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  MINBEN_ASSERT(ASN1_TIME_to_tm(time, &parts) == 1);
  return Instant(seconds(::timegm(&parts)));
}

std::string serial_text(const ASN1_INTEGER* serial) {
  BIGNUM* number = ASN1_INTEGER_to_BN(serial, nullptr);
  char* text = BN_bn2hex(number);
  std::string out = to_lower_ascii(text);
  OPENSSL_free(text);
  BN_free(number);
  return out;
}

AlternativeNames read_alternative_names(const GENERAL_NAMES* names) {
  AlternativeNames known;
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {  // none of a null pointer
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) {
      known.dns_names.push_back(utf8(name->d.dNSName));
    } else if (name->type == GEN_IPADD) {
      known.ip_addresses.push_back(ip_text(name->d.iPAddress));
    } else if (const std::string uri =
                   name->type == GEN_URI ? utf8(name->d.uniformResourceIdentifier) : "";
               uri.starts_with(member_uri)) {
      known.member = uri.substr(member_uri.size());
    } else {
      ++known.others;
    }
  }
  return known;
}

CertificateInfo describe_certificate(X509* certificate, Octets der) {
  CertificateInfo info;
  info.subject = name_text(X509_get_subject_name(certificate));
  info.issuer = name_text(X509_get_issuer_name(certificate));
  info.common_name = common_name_of(X509_get_subject_name(certificate));
  info.serial = serial_text(X509_get0_serialNumber(certificate));
  info.fingerprint = hex_encode(sha256(der));
  info.not_before = instant_of(X509_get0_notBefore(certificate));
  info.not_after = instant_of(X509_get0_notAfter(certificate));
  info.authority = X509_check_ca(certificate) == 1;
  const GeneralNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  AlternativeNames known = read_alternative_names(names.get());
  info.member = std::move(known.member);
  info.dns_names = std::move(known.dns_names);
  info.ip_addresses = std::move(known.ip_addresses);
  read_usages(certificate, info);
  return info;
}

std::unexpected<Error> chain_error(int code) {
  ERR_clear_error();
  const char* why = X509_verify_cert_error_string(code);
  if (code == X509_V_ERR_CERT_HAS_EXPIRED) return fail(Kind::forbidden, "certificate_expired", why);
  if (code == X509_V_ERR_CERT_NOT_YET_VALID)
    return fail(Kind::forbidden, "certificate_not_yet_valid", why);
  return fail(Kind::forbidden, "untrusted_certificate", why);
}

namespace {

bool is_authority_key(const EVP_PKEY* key) {
  if (type_of(key)) return true;
  if (EVP_PKEY_is_a(key, "RSA") == 1) return EVP_PKEY_get_bits(key) >= 2048;
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_bits(key) == 384;
}

Result<X509Ptr> parse(Octets der) {
  if (der.size() > max_certificate) return not_a_certificate("too long");
  const unsigned char* at = der.data();
  X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate || at != der.data() + der.size())
    return not_a_certificate("not one DER certificate");
  std::tm ignored{};
  if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate.get()), &ignored) != 1 ||
      ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &ignored) != 1) {
    return not_a_certificate("its times cannot be read");
  }
  return certificate;
}

}  // namespace

Result<X509Ptr> parse_certificate(Octets der) {
  MINBEN_TRY(certificate, parse(der));
  const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key == nullptr || !type_of(key))
    return not_a_certificate("its key is neither Ed25519 nor P-256");
  return std::move(certificate);
}

Result<X509Ptr> parse_authority(Octets der) {
  MINBEN_TRY(certificate, parse(der));
  const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key == nullptr || !is_authority_key(key))
    return not_a_certificate("an authority's key is RSA from 2048 bits, P-256, P-384 or Ed25519");
  return std::move(certificate);
}

Certificate encode_certificate(X509* certificate) {
  Certificate out;
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  MINBEN_ASSERT(size > 0);
  out.der.assign(der, der + size);
  OPENSSL_free(der);
  const Bio bio = new_bio();
  MINBEN_ASSERT(PEM_write_bio_X509(bio.get(), certificate) == 1);
  out.pem = bio_text(bio.get());
  return out;
}

Result<CertificateInfo> read_certificate(Octets der) {
  MINBEN_TRY(certificate, parse_certificate(der));
  return describe_certificate(certificate.get(), der);
}

Result<VerifyKey> certificate_key(Octets der) {
  MINBEN_TRY(certificate, parse_certificate(der));
  return KeyAccess::verify_key(Pkey(X509_get_pubkey(certificate.get())));
}

Result<Certificate> certificate_from_pem(std::string_view pem) {
  if (pem.size() > max_certificate) return not_a_certificate("too long");
  const Bio bio = memory_bio(pem);
  const X509Ptr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return not_a_certificate("no certificate in the PEM text");
  Certificate out = encode_certificate(certificate.get());
  MINBEN_TRY(checked, parse_certificate(out.der));
  return out;
}

Result<Anchors> Anchors::make(std::span<const Certificate> roots) {
  Anchors made;
  made.store.reset(X509_STORE_new());
  for (const Certificate& root : roots) {
    MINBEN_TRY(parsed, parse_authority(root.der));
    MINBEN_ASSERT(X509_STORE_add_cert(made.store.get(), parsed.get()) == 1);
    made.certificates.push_back(std::move(parsed));
  }
  return made;
}

Result<CertificateInfo> check_certificate(Octets der, const Certificate& root, Instant now) {
  MINBEN_TRY(anchors, Anchors::make(std::span(&root, 1)));
  MINBEN_TRY(certificate, parse_certificate(der));
  const StoreContext context(X509_STORE_CTX_new());
  MINBEN_ASSERT(
      X509_STORE_CTX_init(context.get(), anchors.store.get(), certificate.get(), nullptr) == 1);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, std::chrono::floor<seconds>(now).time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_depth(param, 1);
  if (X509_verify_cert(context.get()) != 1)
    return chain_error(X509_STORE_CTX_get_error(context.get()));
  return describe_certificate(certificate.get(), der);
}

}  // namespace minben::trust
