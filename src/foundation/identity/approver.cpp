// Whose approval it is: one signature, and the certificate of its key.
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "mobile_approval.hpp"
#include "revocation_check.hpp"
#include "signed_data.hpp"

namespace minben::identity {

namespace {

using Store = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

void free_stack(STACK_OF(X509) * stack) { sk_X509_pop_free(stack, X509_free); }
using Stack = std::unique_ptr<STACK_OF(X509), Freer<free_stack>>;

constexpr int smallest_rsa = 2048;

X509Ptr parse_pem(std::string_view pem) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

/// The only one of this type, or "".
std::string entry_of(const X509_NAME* name, int nid) {
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0) return {};
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string out(reinterpret_cast<char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  return out;
}

bool is_key_allowed(EVP_PKEY* key) {
  if (key == nullptr) return false;
  if (EVP_PKEY_is_a(key, "RSA")) return EVP_PKEY_get_bits(key) >= smallest_rsa;
  return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_bits(key) == 256;
}

std::string fingerprint_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  if (size < 0) return {};
  const Sha256 digest = sha256(std::span(der, static_cast<std::size_t>(size)));
  OPENSSL_free(der);
  return hex_encode(digest);
}

bool signature_fits(EVP_PKEY* key, trust::Octets signature, std::string_view data) {
  const DigestContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(data.data()), data.size()) == 1;
}

Result<void> check_chain(X509* certificate, const MobileApprovalConfig& config, Instant now) {
  const Store store(X509_STORE_new());
  for (const std::string& pem : config.roots)
    if (const X509Ptr root = parse_pem(pem)) X509_STORE_add_cert(store.get(), root.get());
  const Stack others(sk_X509_new_null());
  for (const std::string& pem : config.intermediates)
    if (X509Ptr other = parse_pem(pem)) sk_X509_push(others.get(), other.release());
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificate, others.get());
  X509_VERIFY_PARAM* rules = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(rules, std::chrono::floor<seconds>(now).time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT);
  X509_VERIFY_PARAM_set_auth_level(rules, 2);  // 112 bits, no SHA-1
  if (X509_verify_cert(context.get()) == 1) {
    if (!config.revocation.list && !config.revocation.ocsp) return {};
    std::vector<trust::Certificate> chain;
    const STACK_OF(X509)* found = X509_STORE_CTX_get0_chain(context.get());
    for (int i = 0; i < sk_X509_num(found); ++i) chain.push_back(encode(sk_X509_value(found, i)));
    return check_revocation(config.revocation, chain, now);
  }
  const int why = X509_STORE_CTX_get_error(context.get());
  const bool time = why == X509_V_ERR_CERT_HAS_EXPIRED || why == X509_V_ERR_CERT_NOT_YET_VALID;
  return fail(Kind::forbidden, time ? "certificate_expired" : "untrusted_certificate",
              X509_verify_cert_error_string(why));
}

}  // namespace

Result<Approver> check_approval(const ApprovalAnswer& answer, std::string_view data,
                                const MobileApprovalConfig& config, Instant now) {
  const X509Ptr certificate = certificate_from(answer.certificate);
  if (!certificate) return fail(Kind::forbidden, "untrusted_certificate", "not a certificate");
  MINBEN_CHECK(check_chain(certificate.get(), config, now));
  const std::uint32_t flags = X509_get_extension_flags(certificate.get());
  const bool signs = (flags & EXFLAG_KUSAGE) != 0 &&
                     (X509_get_key_usage(certificate.get()) & KU_DIGITAL_SIGNATURE) != 0;
  if (!signs || (flags & EXFLAG_CA) != 0)
    return fail(Kind::forbidden, "other_usage", "not a certificate for signatures");
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (!is_key_allowed(key) || !signature_fits(key, answer.signature, data))
    return fail(Kind::forbidden, "bad_signature", "not over what was asked, or by another key");
  const X509_NAME* subject = X509_get_subject_name(certificate.get());
  Approver approver{name_text(X509_get_issuer_name(certificate.get())),
                    entry_of(subject, NID_serialNumber), entry_of(subject, NID_commonName),
                    last_four_of(certificate.get()), fingerprint_of(key)};
  if (approver.subject.empty() || approver.name.empty() || approver.last_four.empty())
    return fail(Kind::forbidden, "nameless", "the certificate does not say whose it is");
  return approver;
}

}  // namespace minben::identity
