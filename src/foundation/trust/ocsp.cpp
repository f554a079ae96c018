#include "ocsp.hpp"

#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "x509.hpp"

namespace minben::trust {

using minben::to_string;  // instants, beside this room's own

namespace {

using Request = std::unique_ptr<OCSP_REQUEST, Freer<OCSP_REQUEST_free>>;
using Response = std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>>;
using CertId = std::unique_ptr<OCSP_CERTID, Freer<OCSP_CERTID_free>>;
using Nonce = std::optional<std::array<std::uint8_t, 16>>;

constexpr auto clock_difference = minutes(5);
constexpr auto without_end = days(1);
constexpr int bits_112 = 2;  // OpenSSL's security level

std::unexpected<Error> not_a_response(std::string_view why) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_an_ocsp_response", why);
}
std::unexpected<Error> refuse(std::string_view code, std::string_view why) {
  ERR_clear_error();
  return fail(Kind::forbidden, code, why);
}

Result<CertId> id_of(Octets certificate, const Certificate& issuer) {
  // Those of others, citizens' among them, may have keys as authorities have: RSA too.
  MINBEN_TRY(subject, parse_authority(certificate));
  MINBEN_TRY(authority, parse_authority(issuer.der));
  CertId id(OCSP_cert_to_id(EVP_sha1(), subject.get(), authority.get()));
  MINBEN_ASSERT(id != nullptr);
  return std::move(id);
}

Result<Basic> parse(Octets der) {
  if (der.size() > max_ocsp_response) return not_a_response("too long");
  const unsigned char* at = der.data();
  const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  if (!response || at != der.data() + der.size()) return not_a_response("not one DER response");
  if (const int status = OCSP_response_status(response.get());
      status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
    return fail(Kind::unavailable, "ocsp_refused", OCSP_response_status_str(status));
  Basic basic(OCSP_response_get1_basic(response.get()));
  if (!basic) return not_a_response("of another kind than id-pkix-ocsp-basic");
  return std::move(basic);
}

/// OpenSSL's own clock is the machine's; certificates of responders are judged at `now`.
Result<void> check_signature(OCSP_BASICRESP* basic, const Certificate& issuer, Instant now) {
  MINBEN_TRY(anchors, Anchors::make(std::span(&issuer, 1)));
  X509_VERIFY_PARAM* param = X509_STORE_get0_param(anchors.store.get());
  X509_VERIFY_PARAM_set_time(param, std::chrono::floor<seconds>(now).time_since_epoch().count());
  X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
  X509_VERIFY_PARAM_set_auth_level(param, bits_112);
  // OCSP_basic_verify looks for the signer among these and those in the answer.
  STACK_OF(X509)* known = sk_X509_new_null();
  sk_X509_push(known, anchors.certificates.front().get());
  const int good = OCSP_basic_verify(basic, known, anchors.store.get(), 0);
  sk_X509_free(known);
  if (good == 1) return {};
  const char* why = ERR_reason_error_string(ERR_peek_last_error());
  return refuse("ocsp_forged", why ? why : "not signed by the authority or its responder");
}

Result<Instant> readable(const ASN1_GENERALIZEDTIME* time) {
  std::tm ignored{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &ignored) != 1)
    return not_a_response("a time cannot be read");
  return instant_of(time);
}

/// A CRL reason as OCSP tells it; those that this program does not know are unspecified.
RevocationReason reason_of(int value) {
  for (const RevocationReason known :
       {RevocationReason::key_compromise, RevocationReason::affiliation_changed,
        RevocationReason::superseded, RevocationReason::cessation_of_operation})
    if (static_cast<int>(known) == value) return known;
  return RevocationReason::unspecified;
}

Result<void> check_nonce(OCSP_BASICRESP* basic, const Nonce& nonce) {
  if (!nonce) return {};
  const int at = OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1);
  if (at < 0) return {};  // RFC 6960 §4.4.1: responders may prepare their answers
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(basic, at));
  // An OCTET STRING within; responders of old wrote the bytes alone.
  const Octets bytes(ASN1_STRING_get0_data(value),
                     static_cast<std::size_t>(ASN1_STRING_length(value)));
  const bool same =
      bytes.size() >= nonce->size() && std::ranges::equal(bytes.last(nonce->size()), *nonce);
  return same ? Result<void>() : refuse("ocsp_replayed", "an answer to another question");
}

Result<OcspAnswer> read_answer(OCSP_BASICRESP* basic, OCSP_CERTID* id, Octets certificate) {
  int status = 0;
  int reason = -1;
  ASN1_GENERALIZEDTIME *revoked_at = nullptr, *this_update = nullptr, *next_update = nullptr;
  if (OCSP_resp_find_status(basic, id, &status, &reason, &revoked_at, &this_update, &next_update) !=
      1)
    return refuse("ocsp_other_certificate", "the answer is about another certificate");
  OcspAnswer answer;
  MINBEN_TRY(from, readable(this_update));
  answer.this_update = from;
  answer.next_update = from + without_end;
  if (next_update != nullptr) {
    MINBEN_TRY(until, readable(next_update));
    answer.next_update = until;
  }
  MINBEN_TRY(produced, readable(OCSP_resp_get0_produced_at(basic)));
  answer.produced_at = produced;
  if (status == V_OCSP_CERTSTATUS_UNKNOWN)
    return refuse("ocsp_unknown", "the authority does not know this certificate");
  if (status == V_OCSP_CERTSTATUS_REVOKED) {
    MINBEN_TRY(at, readable(revoked_at));
    MINBEN_TRY(subject, parse_authority(certificate));
    answer.revoked =
        Revoked{serial_text(X509_get0_serialNumber(subject.get())), at, reason_of(reason)};
  }
  return answer;
}

std::string subject_text(OCSP_CERTID* id) {
  ASN1_OCTET_STRING *name = nullptr, *key = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(&name, nullptr, &key, &serial, id);
  std::string all;
  for (const ASN1_STRING* part :
       {static_cast<const ASN1_STRING*>(name), static_cast<const ASN1_STRING*>(key),
        static_cast<const ASN1_STRING*>(serial)})
    all += hex_encode(Octets(ASN1_STRING_get0_data(part),
                             static_cast<std::size_t>(ASN1_STRING_length(part)))) +
           "\n";
  return hex_encode(sha256(all));
}

}  // namespace

Result<Bytes> make_ocsp_request(Octets certificate, const Certificate& issuer, Nonce nonce) {
  MINBEN_TRY(id, id_of(certificate, issuer));
  const Request request(OCSP_REQUEST_new());
  MINBEN_ASSERT(OCSP_request_add0_id(request.get(), id.get()) != nullptr);
  static_cast<void>(id.release());  // the request's now
  if (nonce)
    MINBEN_ASSERT(OCSP_request_add1_nonce(request.get(), nonce->data(),
                                          static_cast<int>(nonce->size())) == 1);
  return encoded<i2d_OCSP_REQUEST>(request.get());
}

std::string ocsp_url(Octets certificate) {
  const auto parsed = parse_authority(certificate);
  if (!parsed) return {};
  STACK_OF(OPENSSL_STRING)* urls = X509_get1_ocsp(parsed->get());
  std::string found;
  for (int i = 0; found.empty() && i < sk_OPENSSL_STRING_num(urls); ++i)
    if (const std::string_view url = sk_OPENSSL_STRING_value(urls, i); url.starts_with("http://"))
      found = url;
  X509_email_free(urls);
  return found;
}

Result<OcspAnswer> verify_ocsp_response(Octets response, Octets certificate,
                                        const Certificate& issuer, Instant now, seconds freshness,
                                        Nonce nonce) {
  MINBEN_TRY(basic, parse(response));
  MINBEN_TRY(id, id_of(certificate, issuer));
  MINBEN_CHECK(check_signature(basic.get(), issuer, now));
  MINBEN_CHECK(check_nonce(basic.get(), nonce));
  MINBEN_TRY(answer, read_answer(basic.get(), id.get(), certificate));
  if (answer.this_update > now + clock_difference)
    return refuse("ocsp_not_yet_valid", "it is of " + to_string(answer.this_update));
  // Revoked stays revoked, however long ago that was said.
  if (!answer.revoked && (now >= answer.next_update || now >= answer.this_update + freshness))
    return refuse("ocsp_stale", "it is of " + to_string(answer.this_update));
  return answer;
}

Result<OcspAnswer> read_past_ocsp_response(Octets response, Octets certificate,
                                           const Certificate& issuer) {
  MINBEN_TRY(basic, parse(response));
  MINBEN_TRY(id, id_of(certificate, issuer));
  MINBEN_TRY(produced, readable(OCSP_resp_get0_produced_at(basic.get())));
  MINBEN_CHECK(check_signature(basic.get(), issuer, produced));
  return read_answer(basic.get(), id.get(), certificate);
}

Result<std::string> ocsp_subject(Octets response) {
  MINBEN_TRY(basic, parse(response));
  if (OCSP_resp_count(basic.get()) != 1) return not_a_response("not about one certificate");
  const OCSP_SINGLERESP* single = OCSP_resp_get0(basic.get(), 0);
  return subject_text(const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
}

Result<std::string> ocsp_subject(Octets certificate, const Certificate& issuer) {
  MINBEN_TRY(id, id_of(certificate, issuer));
  return subject_text(id.get());
}

}  // namespace minben::trust
