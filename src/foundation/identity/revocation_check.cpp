#include "revocation_check.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include "signed_data.hpp"
#include "trust/ocsp.hpp"

namespace minben::identity {

namespace {

struct Question {
  const trust::Certificate& certificate;
  const trust::Certificate& issuer;
  Instant now;
};

Result<std::optional<trust::Revoked>> by_list(const RevocationSources& sources,
                                              const Question& question) {
  const auto list = sources.list ? sources.list(question.issuer) : nullptr;
  if (!list) return fail(Kind::unavailable, "revocation_unknown", "no list is kept");
  // On an old list a certificate is as revoked as on a new one.
  if (auto found = list->find(serial_of(question.certificate))) return found;
  MINBEN_CHECK(list->check_current(question.now));
  return std::nullopt;
}

Result<std::optional<trust::Revoked>> by_ocsp(const RevocationSources& sources,
                                              const Question& question) {
  const Bytes& der = question.certificate.der;
  const std::string url = sources.ocsp ? trust::ocsp_url(der) : "";
  if (url.empty()) return fail(Kind::unavailable, "revocation_unknown", "nobody can be asked");
  MINBEN_TRY(request, trust::make_ocsp_request(der, question.issuer));
  MINBEN_TRY(response, sources.ocsp(url, request));
  MINBEN_TRY(answer, trust::verify_ocsp_response(response, der, question.issuer, question.now,
                                                 sources.freshness));
  return answer.revoked;
}

Result<void> check_one(const RevocationSources& sources, const Question& question,
                       std::string_view code) {
  using Order = RevocationSources::Order;
  const bool both = sources.order == Order::both;
  const auto list = by_list(sources, question);
  const bool ask = sources.order != Order::list_first || !list;
  const auto ocsp = ask ? by_ocsp(sources, question) : list;
  ERR_clear_error();
  for (const auto* answer : {&list, &ocsp})
    if (*answer && **answer)
      return fail(Kind::forbidden, code,
                  fmt::format("since {}", minben::to_string((*answer)->value().at)));
  const bool known = both ? list && ocsp : list || ocsp;
  if (known || !sources.hard_fail) return {};
  return fail(Kind::unavailable, "revocation_unknown",
              describe(ocsp ? list.error() : ocsp.error()));
}

}  // namespace

Result<void> check_revocation(const RevocationSources& sources,
                              std::span<const trust::Certificate> chain, Instant now) {
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    if (i > 0 && !sources.authorities) break;
    MINBEN_CHECK(check_one(sources, {chain[i], chain[i + 1], now},
                           i == 0 ? "certificate_revoked" : "issuer_revoked"));
  }
  return {};
}

}  // namespace minben::identity
