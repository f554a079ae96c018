#include "citizen_authority/pki.hpp"

#include <fmt/format.h>
#include <openssl/ocsp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "citizen_authority/profile.hpp"

namespace outside::citizens {

namespace {

namespace fs = std::filesystem;
using Time = std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freer<ASN1_INTEGER_free>>;
using List = std::unique_ptr<X509_CRL, Freer<X509_CRL_free>>;
using OcspRequest = std::unique_ptr<OCSP_REQUEST, Freer<OCSP_REQUEST_free>>;
using OcspResponse = std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>>;

constexpr auto lifetime = days(7300);

Time time_of(Instant at) {
  return Time(ASN1_TIME_set(nullptr, std::chrono::floor<seconds>(at).time_since_epoch().count()));
}

Integer integer_of(const std::string& hex) {
  BIGNUM* number = nullptr;
  MINBEN_ASSERT(BN_hex2bn(&number, hex.c_str()) > 0);
  Integer made(BN_to_ASN1_INTEGER(number, nullptr));
  BN_free(number);
  return made;
}

Identity make_authority(std::initializer_list<std::pair<const char*, const char*>> name,
                        const Identity* by, const Clock& clock) {
  Identity made{Key(EVP_RSA_gen(4096)), new_certificate()};
  MINBEN_ASSERT(made.key != nullptr);
  X509* x509 = made.certificate.get();
  for (const auto& [type, value] : name) add_name(x509, type, value);
  X509* issuer = by == nullptr ? x509 : by->certificate.get();
  X509_set_issuer_name(x509, X509_get_subject_name(issuer));
  set_validity(x509, clock.now() - days(400), clock.now() + lifetime);
  X509_set_pubkey(x509, made.key.get());
  extend(x509, issuer, "basicConstraints", "critical,CA:TRUE");
  extend(x509, issuer, "keyUsage", "critical,keyCertSign,cRLSign");
  extend(x509, issuer, "subjectKeyIdentifier", "hash");
  if (by != nullptr) {
    extend(x509, issuer, "authorityKeyIdentifier", "keyid:always");
    extend(x509, issuer, "certificatePolicies", oid::assurance_class_3);
  }
  MINBEN_ASSERT(X509_sign(x509, by == nullptr ? made.key.get() : by->key.get(), EVP_sha256()) > 0);
  return made;
}

void add_entry(X509_CRL* list, const std::string& serial, const Withdrawn& withdrawn) {
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, integer_of(serial).get());
  X509_REVOKED_set_revocationDate(entry, time_of(withdrawn.at).get());
  if (withdrawn.reason != 0) {
    ASN1_ENUMERATED* reason = ASN1_ENUMERATED_new();
    ASN1_ENUMERATED_set(reason, withdrawn.reason);
    MINBEN_ASSERT(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0) == 1);
    ASN1_ENUMERATED_free(reason);
  }
  MINBEN_ASSERT(X509_CRL_add0_revoked(list, entry) == 1);
}

Bytes without_answer(int status) {
  const OcspResponse response(OCSP_response_create(status, nullptr));
  return der_of<i2d_OCSP_RESPONSE>(response.get());
}

}  // namespace

Result<std::unique_ptr<Pki>> Pki::open(const fs::path& directory, std::string url,
                                       const Clock& clock) {
  std::error_code failed;
  for (const char* folder : {"issued", "revoked", "revoked-authorities"}) {
    fs::create_directories(directory / folder, failed);
    if (failed)
      return fail(Kind::internal, "cannot_write_file", failed.message(), directory.string());
  }
  std::unique_ptr<Pki> made(new Pki(directory, std::move(url), clock));
  if (!fs::exists(directory / "issuing.pem")) MINBEN_CHECK(made->make());
  MINBEN_TRY(root, load(directory, "root"));
  MINBEN_TRY(issuing, load(directory, "issuing"));
  made->root_ = std::move(root);
  made->issuing_ = std::move(issuing);
  return made;
}

Result<void> Pki::make() {
  const Identity root = make_authority(
      {{"C", "TW"}, {"O", "行政院"}, {"CN", "政府憑證總管理中心（示範）"}}, nullptr, clock_);
  const Identity issuing = make_authority(
      {{"C", "TW"}, {"O", "行政院"}, {"OU", "內政部憑證管理中心（示範）"}}, &root, clock_);
  MINBEN_CHECK(save(root, directory_, "root"));
  return save(issuing, directory_, "issuing");  // last: where it is, the other is too
}

Result<Identity> Pki::issue(const Wish& wish) {
  Identity made{Key(EVP_RSA_gen(static_cast<unsigned>(wish.bits))), new_certificate()};
  MINBEN_ASSERT(made.key != nullptr);
  X509* x509 = made.certificate.get();
  add_name(x509, "C", "TW");
  add_name(x509, "CN", wish.name.c_str());
  std::uint64_t number = 0;
  MINBEN_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) == 1);
  add_name(x509, "serialNumber", fmt::format("{:016}", number % 10'000'000'000'000'000).c_str());
  X509* issuer = issuing_.certificate.get();
  X509_set_issuer_name(x509, X509_get_subject_name(issuer));
  const Instant now = clock_.now();
  set_validity(x509, wish.not_before == Instant() ? now - days(30) : wish.not_before,
               wish.not_after == Instant() ? now + days(5 * 365) : wish.not_after);
  X509_set_pubkey(x509, made.key.get());
  extend(x509, issuer, "keyUsage", wish.key_usage);
  extend(x509, issuer, "subjectKeyIdentifier", "hash");
  extend(x509, issuer, "authorityKeyIdentifier", "keyid:always");
  extend(x509, issuer, "certificatePolicies", wish.policy.c_str());
  extend(x509, issuer, "crlDistributionPoints", ("URI:" + url_ + "/citizens.crl").c_str());
  extend(x509, issuer, "authorityInfoAccess", ("OCSP;URI:" + url_ + "/ocsp").c_str());
  add_directory_attributes(x509, wish);
  MINBEN_ASSERT(X509_sign(x509, issuing_.key.get(), wish.digest) > 0);
  MINBEN_CHECK(write_file(directory_ / "issued" / (serial_of(x509) + ".pem"), pem_of(x509), false));
  return made;
}

bool Pki::issued(const std::string& serial) const {
  return fs::exists(directory_ / "issued" / (serial + ".pem"));
}

Result<void> Pki::revoke(const std::string& serial, int reason) {
  if (!issued(serial)) return fail(Kind::not_found, "unknown_serial", "never issued", "serial");
  const auto at = std::chrono::floor<seconds>(clock_.now()).time_since_epoch().count();
  return write_file(directory_ / "revoked" / serial, fmt::format("{} {}", at, reason), false);
}

Result<void> Pki::revoke_issuing(int reason) {
  const auto at = std::chrono::floor<seconds>(clock_.now()).time_since_epoch().count();
  return write_file(directory_ / "revoked-authorities" / serial_of(issuing_.certificate.get()),
                    fmt::format("{} {}", at, reason), false);
}

std::map<std::string, Withdrawn> Pki::revoked(const char* folder) const {
  std::map<std::string, Withdrawn> all;
  for (const auto& entry : fs::directory_iterator(directory_ / folder)) {
    const auto text = read_file(entry.path());
    const auto parts = text ? split(*text, ' ') : std::vector<std::string_view>();
    const auto at = parts.size() == 2 ? parse_integer(parts[0], 0, 1LL << 40) : std::nullopt;
    const auto reason = parts.size() == 2 ? parse_integer(parts[1], 0, 10) : std::nullopt;
    if (at && reason)
      all[entry.path().filename().string()] = {Instant(seconds(*at)), static_cast<int>(*reason)};
  }
  return all;
}

Bytes Pki::list() const { return list_of(issuing_, revoked()); }
Bytes Pki::root_list() const { return list_of(root_, revoked("revoked-authorities")); }

Bytes Pki::list_of(const Identity& by, const std::map<std::string, Withdrawn>& all) const {
  const List list(X509_CRL_new());
  const Instant now = clock_.now();
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(by.certificate.get()));
  X509_CRL_set1_lastUpdate(list.get(), time_of(now).get());
  X509_CRL_set1_nextUpdate(list.get(), time_of(now + days(1)).get());
  for (const auto& [serial, withdrawn] : all) add_entry(list.get(), serial, withdrawn);
  // Grows with time, so that a restart needs no memory of it.
  const Integer number = integer_of(
      fmt::format("{:016x}", std::chrono::floor<milliseconds>(now).time_since_epoch().count()));
  MINBEN_ASSERT(X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, number.get(), 0, 0) == 1);
  X509_CRL_sort(list.get());
  MINBEN_ASSERT(X509_CRL_sign(list.get(), by.key.get(), EVP_sha256()) > 0);
  return der_of<i2d_X509_CRL>(list.get());
}

Bytes Pki::answer(std::span<const std::uint8_t> request) const {
  const unsigned char* at = request.data();
  const OcspRequest asked(request.size() > 4096
                              ? nullptr
                              : d2i_OCSP_REQUEST(nullptr, &at, static_cast<long>(request.size())));
  if (!asked || OCSP_request_onereq_count(asked.get()) != 1)
    return without_answer(OCSP_RESPONSE_STATUS_MALFORMEDREQUEST);
  OCSP_CERTID* id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(asked.get(), 0));
  ASN1_INTEGER* number = nullptr;
  OCSP_id_get0_info(nullptr, nullptr, nullptr, &number, id);
  BIGNUM* value = ASN1_INTEGER_to_BN(number, nullptr);
  char* hex = BN_bn2hex(value);
  const std::string serial = to_lower_ascii(hex);
  OPENSSL_free(hex);
  BN_free(value);

  const Basic basic(OCSP_BASICRESP_new());
  const auto withdrawn = revoked();
  const auto found = withdrawn.find(serial);
  const bool is_revoked = found != withdrawn.end();
  const int status = is_revoked       ? V_OCSP_CERTSTATUS_REVOKED
                     : issued(serial) ? V_OCSP_CERTSTATUS_GOOD
                                      : V_OCSP_CERTSTATUS_UNKNOWN;
  const Instant now = clock_.now();
  const Time from = time_of(now), until = time_of(now + hours(1));
  const Time since = is_revoked ? time_of(found->second.at) : nullptr;
  OCSP_basic_add1_status(basic.get(), id, status, is_revoked ? found->second.reason : 0,
                         since.get(), from.get(), until.get());
  OCSP_copy_nonce(basic.get(), asked.get());
  MINBEN_ASSERT(OCSP_basic_sign(basic.get(), issuing_.certificate.get(), issuing_.key.get(),
                                EVP_sha256(), nullptr, 0) == 1);
  const OcspResponse response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  return der_of<i2d_OCSP_RESPONSE>(response.get());
}

}  // namespace outside::citizens
