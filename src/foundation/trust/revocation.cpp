#include "revocation.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "x509.hpp"

namespace minben::trust {

using minben::to_string;  // instants, beside this room's own

namespace {

using List = std::unique_ptr<X509_CRL, Freer<X509_CRL_free>>;
using Time = std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freer<ASN1_INTEGER_free>>;

constexpr auto clock_difference = minutes(5);
constexpr std::size_t longest_serial = 20;  // bytes, RFC 5280 §4.1.2.2

constexpr std::array reasons{
    std::pair{RevocationReason::unspecified, std::string_view("unspecified")},
    std::pair{RevocationReason::key_compromise, std::string_view("key_compromise")},
    std::pair{RevocationReason::affiliation_changed, std::string_view("affiliation_changed")},
    std::pair{RevocationReason::superseded, std::string_view("superseded")},
    std::pair{RevocationReason::cessation_of_operation, std::string_view("cessation_of_operation")},
};

std::unexpected<Error> not_a_list(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_revocation_list", detail);
}

// ------------------------------------------------------------------------------------ making

Time time_of(Instant at) {
  return Time(ASN1_TIME_set(nullptr, std::chrono::floor<seconds>(at).time_since_epoch().count()));
}

Integer integer_of(std::int64_t value) {
  Integer made(ASN1_INTEGER_new());
  MINBEN_ASSERT(ASN1_INTEGER_set_int64(made.get(), value) == 1);
  return made;
}

Result<Integer> serial_of(std::string_view hex) {
  const auto bytes = hex_decode(hex);
  if (!bytes || bytes->empty() || bytes->size() > longest_serial)
    return fail(Kind::invalid, "not_a_serial", "1 to 20 bytes as hex digits", "serial");
  BIGNUM* number = BN_bin2bn(bytes->data(), static_cast<int>(bytes->size()), nullptr);
  Integer made(BN_to_ASN1_INTEGER(number, nullptr));
  BN_free(number);
  MINBEN_ASSERT(made != nullptr);
  return made;
}

Result<void> add(X509_CRL* list, const Revoked& revoked) {
  MINBEN_TRY(serial, serial_of(revoked.serial));
  X509_REVOKED* entry = X509_REVOKED_new();
  X509_REVOKED_set_serialNumber(entry, serial.get());
  X509_REVOKED_set_revocationDate(entry, time_of(revoked.at).get());
  // RFC 5280 §5.3.1: the reason is left out rather than called unspecified.
  if (revoked.reason != RevocationReason::unspecified) {
    ASN1_ENUMERATED* reason = ASN1_ENUMERATED_new();
    MINBEN_ASSERT(ASN1_ENUMERATED_set(reason, static_cast<long>(revoked.reason)) == 1);
    MINBEN_ASSERT(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0) == 1);
    ASN1_ENUMERATED_free(reason);
  }
  MINBEN_ASSERT(X509_CRL_add0_revoked(list, entry) == 1);
  return {};
}

void add_extensions(X509_CRL* list, X509* issuer, std::int64_t number) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, list, 0);
  X509_EXTENSION* issuer_key =
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always");
  MINBEN_ASSERT(issuer_key != nullptr && X509_CRL_add_ext(list, issuer_key, -1) == 1);
  X509_EXTENSION_free(issuer_key);
  MINBEN_ASSERT(X509_CRL_add1_ext_i2d(list, NID_crl_number, integer_of(number).get(), 0, 0) == 1);
}

// ----------------------------------------------------------------------------------- reading

Result<List> parse(std::string_view pem) {
  if (pem.size() > max_revocation_list) return not_a_list("too long");
  const Bio bio = memory_bio(pem);
  List list(PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr));
  if (!list) return not_a_list("no list in the PEM text");
  if (X509_CRL_get_version(list.get()) != X509_CRL_VERSION_2) return not_a_list("not of version 2");
  std::tm ignored{};
  for (const ASN1_TIME* time :
       {X509_CRL_get0_lastUpdate(list.get()), X509_CRL_get0_nextUpdate(list.get())})
    if (time == nullptr || ASN1_TIME_to_tm(time, &ignored) != 1)
      return not_a_list("its times cannot be read");
  for (int i = 0; i < X509_CRL_get_ext_count(list.get()); ++i)
    if (X509_EXTENSION_get_critical(X509_CRL_get_ext(list.get(), i)) != 0)
      return not_a_list("it covers a part of the certificates only");
  return list;
}

Result<std::int64_t> number_of(const X509_CRL* list) {
  int critical = 0;
  const Integer number(
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(list, NID_crl_number, &critical, nullptr)));
  std::int64_t value = 0;
  if (!number && critical == -1) return value;
  if (!number || ASN1_INTEGER_get_int64(&value, number.get()) != 1 || value < 0)
    return not_a_list("its number cannot be read");
  return value;
}

RevocationReason reason_of(const X509_REVOKED* entry) {
  ASN1_ENUMERATED* coded = static_cast<ASN1_ENUMERATED*>(
      X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, nullptr, nullptr));
  if (coded == nullptr) return RevocationReason::unspecified;
  const long value = ASN1_ENUMERATED_get(coded);
  ASN1_ENUMERATED_free(coded);
  for (const auto& [reason, name] : reasons)
    if (static_cast<long>(reason) == value) return reason;
  return RevocationReason::unspecified;
}

Result<Revoked> read_entry(const X509_REVOKED* entry) {
  std::tm ignored{};
  const ASN1_TIME* at = X509_REVOKED_get0_revocationDate(entry);
  if (ASN1_TIME_to_tm(at, &ignored) != 1) return not_a_list("a time cannot be read");
  for (int i = 0; i < X509_REVOKED_get_ext_count(entry); ++i)
    if (X509_EXTENSION_get_critical(X509_REVOKED_get_ext(entry, i)) != 0)
      return not_a_list("it tells of other issuers' certificates");
  return Revoked{serial_text(X509_REVOKED_get0_serialNumber(entry)), instant_of(at),
                 reason_of(entry)};
}

Result<RevocationList> describe_list(X509_CRL* list) {
  RevocationList out;
  out.issuer = name_text(X509_CRL_get_issuer(list));
  out.this_update = instant_of(X509_CRL_get0_lastUpdate(list));
  out.next_update = instant_of(X509_CRL_get0_nextUpdate(list));
  MINBEN_TRY(number, number_of(list));
  out.number = number;
  const STACK_OF(X509_REVOKED)* entries = X509_CRL_get_REVOKED(list);
  const int count = std::max(0, sk_X509_REVOKED_num(entries));
  if (static_cast<std::size_t>(count) > max_revoked) return not_a_list("too many certificates");
  for (int i = 0; i < count; ++i) {
    MINBEN_TRY(revoked, read_entry(sk_X509_REVOKED_value(entries, i)));
    out.revoked.emplace(revoked.serial, revoked);
  }
  return out;
}

Result<void> check_signature(X509_CRL* list, const Certificate& issuer) {
  MINBEN_TRY(certificate, parse_authority(issuer.der));
  const bool same_name =
      X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(certificate.get())) == 0;
  const bool may_sign = (X509_get_key_usage(certificate.get()) & KU_CRL_SIGN) != 0;
  if (same_name && may_sign && X509_CRL_verify(list, X509_get0_pubkey(certificate.get())) == 1)
    return {};
  ERR_clear_error();
  return fail(Kind::forbidden, "revocation_list_forged", "not signed by this authority");
}

}  // namespace

std::unexpected<Error> list_expired(const RevocationList& list) {
  return fail(Kind::forbidden, "revocation_list_expired",
              fmt::format("the list of {} ended at {}", list.issuer, to_string(list.next_update)));
}

std::string_view to_string(RevocationReason reason) {
  for (const auto& [known, name] : reasons)
    if (known == reason) return name;
  return "unspecified";
}

Result<RevocationReason> parse_revocation_reason(std::string_view text) {
  for (const auto& [reason, name] : reasons)
    if (name == text) return reason;
  return fail(Kind::invalid, "unknown_reason", "a reason of RFC 5280", "reason");
}

Result<std::string> make_revocation_list(const Authority& authority,
                                         std::span<const Revoked> revoked, std::int64_t number,
                                         Instant this_update, Instant next_update) {
  if (next_update <= this_update)
    return fail(Kind::invalid, "bad_validity", "ends before it begins", "next_update");
  if (revoked.size() > max_revoked) return fail(Kind::too_large, "too_large", "", "revoked");
  MINBEN_TRY(issuer, parse_certificate(authority.certificate().der));
  const List list(X509_CRL_new());
  MINBEN_ASSERT(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1);
  MINBEN_ASSERT(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.get())) == 1);
  MINBEN_ASSERT(X509_CRL_set1_lastUpdate(list.get(), time_of(this_update).get()) == 1);
  MINBEN_ASSERT(X509_CRL_set1_nextUpdate(list.get(), time_of(next_update).get()) == 1);
  for (const Revoked& each : revoked) MINBEN_CHECK(add(list.get(), each));
  add_extensions(list.get(), issuer.get(), number);
  X509_CRL_sort(list.get());
  MINBEN_ASSERT(X509_CRL_sign(list.get(), KeyAccess::of(authority), EVP_sha256()) > 0);
  const Bio bio = new_bio();
  MINBEN_ASSERT(PEM_write_bio_X509_CRL(bio.get(), list.get()) == 1);
  return bio_text(bio.get());
}

Result<RevocationList> read_revocation_list(std::string_view pem) {
  MINBEN_TRY(list, parse(pem));
  return describe_list(list.get());
}

Result<RevocationList> verify_revocation_list(std::string_view pem, const Certificate& issuer,
                                              Instant now) {
  MINBEN_TRY(list, parse(pem));
  MINBEN_CHECK(check_signature(list.get(), issuer));
  MINBEN_TRY(read, describe_list(list.get()));
  if (now >= read.next_update) return list_expired(read);
  if (now + clock_difference < read.this_update)
    return fail(Kind::forbidden, "revocation_list_not_yet_valid", to_string(read.this_update));
  return read;
}

}  // namespace minben::trust
