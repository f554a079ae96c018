#include "trust/timestamp.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ts.h>

#include "x509.hpp"

namespace minben::trust {

namespace {

using Request = std::unique_ptr<TS_REQ, Freer<TS_REQ_free>>;
using Response = std::unique_ptr<TS_RESP, Freer<TS_RESP_free>>;
using Token = std::unique_ptr<PKCS7, Freer<PKCS7_free>>;
using TokenInfo = std::unique_ptr<TS_TST_INFO, Freer<TS_TST_INFO_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freer<ASN1_INTEGER_free>>;
using Check = std::unique_ptr<TS_VERIFY_CTX, Freer<TS_VERIFY_CTX_free>>;
using Store = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;

std::unexpected<Error> not_a_timestamp(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_timestamp", detail);
}

/// Without a nonce: of a token that is only to be checked.
Request request_for(const Sha256& digest, const std::uint64_t* nonce) {
  Request request(TS_REQ_new());
  const std::unique_ptr<X509_ALGOR, Freer<X509_ALGOR_free>> algorithm(X509_ALGOR_new());
  const std::unique_ptr<TS_MSG_IMPRINT, Freer<TS_MSG_IMPRINT_free>> imprint(TS_MSG_IMPRINT_new());
  Bytes copy(digest.begin(), digest.end());
  MINBEN_ASSERT(
      X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) == 1 &&
      TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) == 1 &&
      TS_MSG_IMPRINT_set_msg(imprint.get(), copy.data(), static_cast<int>(copy.size())) == 1 &&
      TS_REQ_set_version(request.get(), 1) == 1 &&
      TS_REQ_set_msg_imprint(request.get(), imprint.get()) == 1 &&
      TS_REQ_set_cert_req(request.get(), 1) == 1);
  if (nonce != nullptr) {
    const Integer number(ASN1_INTEGER_new());
    MINBEN_ASSERT(ASN1_INTEGER_set_uint64(number.get(), *nonce) == 1 &&
                  TS_REQ_set_nonce(request.get(), number.get()) == 1);
  }
  return request;
}

/// Of PKCS #7 signed data and nothing behind it.
Result<Token> parse_token(Octets bytes) {
  if (bytes.size() > max_timestamp_token) return not_a_timestamp("too long");
  const unsigned char* at = bytes.data();
  Token token(d2i_PKCS7(nullptr, &at, static_cast<long>(bytes.size())));
  if (!token || at != bytes.data() + bytes.size() || !PKCS7_type_is_signed(token.get()))
    return not_a_timestamp("not a signed token");
  return token;
}

Result<TokenInfo> info_of(PKCS7* token) {
  TokenInfo info(PKCS7_to_TS_TST_INFO(token));
  if (!info) return not_a_timestamp("the token holds no time");
  return info;
}

/// The digest is the one that was asked for, and the nonce, too, when there was one.
Result<void> check_answers(TS_TST_INFO* info, TS_REQ* request) {
  TS_MSG_IMPRINT* stamped = TS_TST_INFO_get_msg_imprint(info);
  const X509_ALGOR* algorithm = TS_MSG_IMPRINT_get_algo(stamped);
  const ASN1_OBJECT* kind = nullptr;
  X509_ALGOR_get0(&kind, nullptr, nullptr, algorithm);
  const bool same_digest =
      OBJ_obj2nid(kind) == NID_sha256 &&
      ASN1_OCTET_STRING_cmp(TS_MSG_IMPRINT_get_msg(stamped),
                            TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(request))) == 0;
  const ASN1_INTEGER* asked = TS_REQ_get_nonce(request);
  const ASN1_INTEGER* answered = TS_TST_INFO_get_nonce(info);
  const bool same_nonce =
      asked == nullptr || (answered != nullptr && ASN1_INTEGER_cmp(asked, answered) == 0);
  if (!same_digest || !same_nonce)
    return fail(Kind::forbidden, "other_timestamp",
                same_digest ? "answers another request" : "is of another content");
  return {};
}

Result<Instant> time_of(const TS_TST_INFO* info) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) != 1)
    return not_a_timestamp("its time cannot be read");
  return Instant(seconds(::timegm(&parts)));
}

std::string serial_text(const TS_TST_INFO* info) {
  const std::unique_ptr<BIGNUM, Freer<BN_free>> number(
      ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(info), nullptr));
  char* text = BN_bn2hex(number.get());
  std::string out = to_lower_ascii(text);
  OPENSSL_free(text);
  return out;
}

std::string policy_text(TS_TST_INFO* info) {
  std::array<char, 128> text{};
  OBJ_obj2txt(text.data(), text.size(), TS_TST_INFO_get_policy_id(info), 1);
  return text.data();
}

/// Who signed; TS_RESP_verify_token has found that there is one.
std::string signer_of(PKCS7* token) {
  STACK_OF(X509)* signers = PKCS7_get0_signers(token, nullptr, 0);
  std::string name;
  if (sk_X509_num(signers) == 1) {
    const Bio bio = new_bio();
    X509_NAME_print_ex(bio.get(), X509_get_subject_name(sk_X509_value(signers, 0)), 0,
                       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    name = bio_text(bio.get());
  }
  sk_X509_free(signers);
  return name;
}

Result<Store> store_of(std::span<const std::string> roots, Instant at) {
  Store store(X509_STORE_new());
  for (const std::string& pem : roots) {
    const Bio bio = memory_bio(pem);
    const X509Ptr root(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!root || X509_STORE_add_cert(store.get(), root.get()) != 1) {
      ERR_clear_error();
      return fail(Kind::invalid, "untrusted_root", "not a certificate in PEM");
    }
  }
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()),
                             std::chrono::floor<seconds>(at).time_since_epoch().count());
  return store;
}

/// OpenSSL's own reasons, the last one first.
std::string why() {
  const char* data = nullptr;
  int flags = 0;
  const unsigned long code = ERR_peek_last_error_data(&data, &flags);
  const char* reason = ERR_reason_error_string(code);
  std::string text = reason == nullptr ? "not verified" : reason;
  if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0')
    text += std::string(": ") + data;
  ERR_clear_error();
  return text;
}

std::string refusal(TS_RESP* response) {
  const TS_STATUS_INFO* status = TS_RESP_get_status_info(response);
  const STACK_OF(ASN1_UTF8STRING)* texts = TS_STATUS_INFO_get0_text(status);
  std::string text;
  for (int i = 0; i < sk_ASN1_UTF8STRING_num(texts); ++i) {
    const ASN1_UTF8STRING* line = sk_ASN1_UTF8STRING_value(texts, i);
    text.append(text.empty() ? "" : "; ");
    text.append(
        as_text({ASN1_STRING_get0_data(line), static_cast<std::size_t>(ASN1_STRING_length(line))}));
  }
  text.resize(std::min<std::size_t>(text.size(), 200));
  return is_utf8(text) && !text.empty() ? text : "the authority gave no reason";
}

}  // namespace

TimestampRequest make_timestamp_request(const Sha256& digest, Random& random) {
  TimestampRequest made{digest, random.next(), {}};
  made.der = encoded<i2d_TS_REQ>(request_for(digest, &made.nonce).get());
  return made;
}

Result<Bytes> read_timestamp_response(Octets response, const TimestampRequest& request) {
  if (response.size() > max_timestamp_token) return not_a_timestamp("too long");
  const unsigned char* at = response.data();
  const Response parsed(d2i_TS_RESP(nullptr, &at, static_cast<long>(response.size())));
  if (!parsed || at != response.data() + response.size())
    return not_a_timestamp("not a TimeStampResp");
  const long status =
      ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(parsed.get())));
  if (status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS)
    return fail(Kind::unavailable, "timestamp_refused", refusal(parsed.get()));
  PKCS7* token = TS_RESP_get_token(parsed.get());
  if (token == nullptr || !PKCS7_type_is_signed(token)) return not_a_timestamp("no signed token");
  MINBEN_TRY(info, info_of(token));
  MINBEN_CHECK(check_answers(info.get(), request_for(request.digest, &request.nonce).get()));
  return encoded<i2d_PKCS7>(token);
}

Result<Timestamp> verify_timestamp(Octets bytes, const Sha256& digest,
                                   std::span<const std::string> roots) {
  MINBEN_TRY(token, parse_token(bytes));
  MINBEN_TRY(info, info_of(token.get()));
  const Request request = request_for(digest, nullptr);
  MINBEN_CHECK(check_answers(info.get(), request.get()));
  MINBEN_TRY(at, time_of(info.get()));
  MINBEN_TRY(store, store_of(roots, at));
  const Check check(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
  MINBEN_ASSERT(check != nullptr);
  TS_VERIFY_CTX_add_flags(check.get(), TS_VFY_SIGNATURE);
  TS_VERIFY_CTX_set_store(check.get(), store.release());  // the context's now
  if (TS_RESP_verify_token(check.get(), token.get()) != 1)
    return fail(Kind::forbidden, "untrusted_timestamp", why());
  return Timestamp{at, signer_of(token.get()), serial_text(info.get()), policy_text(info.get())};
}

}  // namespace minben::trust
