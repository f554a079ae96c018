#include "citizen_certificate.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "revocation_check.hpp"
#include "signed_data.hpp"

namespace minben::identity {

namespace {

using Store = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>>;
void free_stack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using Stack = std::unique_ptr<STACK_OF(X509), Freer<free_stack>>;

constexpr int deepest = 4;
constexpr int bits_112 = 2;  // OpenSSL's security level: RSA from 2048 bits, no SHA-1

std::unexpected<Error> refuse(std::string_view code, std::string_view why) {
  ERR_clear_error();
  return fail(Kind::forbidden, code, why);
}

std::unexpected<Error> path_error(int code) {
  const char* why = X509_verify_cert_error_string(code);
  if (code == X509_V_ERR_CERT_HAS_EXPIRED) return refuse("certificate_expired", why);
  if (code == X509_V_ERR_CERT_NOT_YET_VALID) return refuse("certificate_not_yet_valid", why);
  if (code == X509_V_ERR_NO_EXPLICIT_POLICY || code == X509_V_ERR_INVALID_POLICY_EXTENSION)
    return refuse("certificate_other_policy", why);
  return refuse("unknown_issuer", why);
}

}  // namespace

struct CitizenCertificates::Parts {
  CitizenTrust trust;
  Store store;
  std::vector<X509Ptr> intermediates;

  Result<void> read_trust();
  /// The certificate, whoever signed it, and so on to the root.
  Result<std::vector<trust::Certificate>> chain_of(X509* certificate,
                                                   std::span<const X509Ptr> shown,
                                                   Instant now) const;
  Result<CitizenCertificate> check(X509* certificate, std::span<const X509Ptr> shown,
                                   Instant now) const;
};

Result<void> CitizenCertificates::Parts::read_trust() {
  store.reset(X509_STORE_new());
  if (trust.roots.empty()) return fail(Kind::invalid, "untrusted_root", "no root is trusted");
  for (const std::string& pem : trust.roots) {
    MINBEN_TRY(root, trust::authority_from_pem(pem));
    X509_STORE_add_cert(store.get(), certificate_from(root.der).get());
  }
  for (const std::string& pem : trust.intermediates) {
    MINBEN_TRY(authority, trust::authority_from_pem(pem));
    intermediates.push_back(certificate_from(authority.der));
  }
  return {};
}

Result<std::vector<trust::Certificate>> CitizenCertificates::Parts::chain_of(
    X509* certificate, std::span<const X509Ptr> shown, Instant now) const {
  const Stack between(sk_X509_new_null());
  for (const X509Ptr& each : intermediates) sk_X509_push(between.get(), each.get());
  for (const X509Ptr& each : shown) sk_X509_push(between.get(), each.get());
  const StoreContext context(X509_STORE_CTX_new());
  MINBEN_ASSERT(X509_STORE_CTX_init(context.get(), store.get(), certificate, between.get()) == 1);
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(param, std::chrono::floor<seconds>(now).time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(
      param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_POLICY_CHECK | X509_V_FLAG_EXPLICIT_POLICY);
  for (const std::string& policy : trust.policies)
    X509_VERIFY_PARAM_add0_policy(param, OBJ_txt2obj(policy.c_str(), 1));
  X509_VERIFY_PARAM_set_depth(param, deepest);
  X509_VERIFY_PARAM_set_auth_level(param, bits_112);
  if (X509_verify_cert(context.get()) != 1)
    return path_error(X509_STORE_CTX_get_error(context.get()));
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  if (sk_X509_num(chain) < 2) return refuse("unknown_issuer", "it is a root itself");
  std::vector<trust::Certificate> out;
  for (int i = 0; i < sk_X509_num(chain); ++i) out.push_back(encode(sk_X509_value(chain, i)));
  return out;
}

// ------------------------------------------------------------------------------------- checks

Result<CitizenCertificate> CitizenCertificates::Parts::check(X509* certificate,
                                                             std::span<const X509Ptr> shown,
                                                             Instant now) const {
  MINBEN_TRY(chain, chain_of(certificate, shown, now));
  MINBEN_TRY(citizen, read_citizen(certificate));
  MINBEN_CHECK(check_revocation(trust.revocation, chain, now));
  return citizen;
}

Result<CitizenCertificates> CitizenCertificates::make(CitizenTrust trust) {
  auto parts = std::make_shared<Parts>();
  parts->trust = std::move(trust);
  MINBEN_CHECK(parts->read_trust());
  return CitizenCertificates(std::move(parts));
}

Result<CitizenCertificate> CitizenCertificates::check_signature(trust::Octets signature,
                                                                std::string_view content,
                                                                Instant now) const {
  MINBEN_TRY(signed_by, verify_signed_data(signature, content));
  return parts_->check(signed_by.signer.get(), signed_by.others, now);
}

Result<CitizenCertificate> CitizenCertificates::check_certificate(trust::Octets certificate,
                                                                  Instant now) const {
  const X509Ptr parsed = certificate_from(certificate);
  if (!parsed) return refuse("unknown_issuer", "not a certificate");
  return parts_->check(parsed.get(), {}, now);
}

}  // namespace minben::identity
