// One request to join: what it would change, the fingerprint to compare, approving and refusing.
#include <fmt/format.h>

#include "exchange_pages.hpp"

namespace minben::desk {

namespace {

using registry::JoinCase;
using registry::RequestState;

constexpr int longest_reason = 500;

struct Faults {
  std::string compared, reason;
};

std::string_view effect(Language language, const JoinCase& one) {
  if (one.gateway_is_known) return msg::exchange_renews_gateway(language);
  return one.member_is_known ? msg::exchange_adds_gateway(language)
                             : msg::exchange_adds_member(language);
}

std::string listed(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

/// Who issued the certificates that it brings; "" when the registry is to issue them.
std::string outside_issuers(const registry::JoinRequest& request) {
  std::vector<std::string> issuers;
  for (const std::string& pem : {request.tls_certificate, request.seal_certificate})
    if (const auto certificate = trust::certificate_from_pem(pem))
      if (std::string issuer = trust::read_certificate(certificate->der).value().issuer;
          issuers.empty() || issuers.back() != issuer)
        issuers.push_back(std::move(issuer));
  return listed(issuers);
}

void facts(Writer& page, const Visit& visit, const JoinCase& one, const Names& names) {
  const Language language = visit.language;
  const registry::JoinRequest& request = one.request;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::exchange_state(language),
                      [&](Writer& p) { request_state_tag(p, language, one.state); });
    page::summary_row(list, msg::exchange_fingerprint(language), [&](Writer& p) {
      p << "<code>" << registry::spoken_fingerprint(one.id) << "</code>";
    });
    page::summary_row(list, msg::exchange_member(language),
                      fmt::format("{} / {}", request.name.zh_hant, request.name.en));
    page::summary_row(list, msg::exchange_code(language),
                      fmt::format("{}/{}", request.member_class, request.member.value));
    page::summary_row(list, msg::exchange_gateway(language), request.gateway);
    page::summary_row(list, msg::exchange_url(language), request.url);
    page::summary_row(list, msg::exchange_subsystems(language), listed(request.subsystems));
    if (const std::string issuers = outside_issuers(request); !issuers.empty())
      page::summary_row(list, msg::exchange_outside_issuer(language), issuers);
    page::summary_row(list, msg::exchange_received_at(language),
                      long_time(one.received_at, language));
    if (one.state == RequestState::received)
      page::summary_row(list, msg::exchange_what_it_changes(language), effect(language, one));
    if (one.decided)
      page::summary_row(list, msg::exchange_decided(language),
                        msg::exchange_decided_by(language, one.decided->at,
                                                 who_acted(language, names, one.decided->by)));
    if (!one.reason.empty()) page::summary_row(list, msg::exchange_reason(language), one.reason);
  });
}

void approve_form(Writer& page, const Visit& visit, const JoinCase& one, const Faults& faults) {
  const Language language = visit.language;
  page::warning_text(page, language, msg::exchange_compare(language));
  page::form(page, visit, exchange_url(visit, {"requests", one.id, "approve"}), [&](Writer& p) {
    page::checkbox(p,
                   {.name = "compared",
                    .label = std::string(msg::exchange_compared(language)),
                    .hint = {},
                    .error = faults.compared},
                   false);
    page::button(p, msg::exchange_approve(language));
  });
}

void refuse_form(Writer& page, const Visit& visit, const JoinCase& one, const Faults& faults) {
  const Language language = visit.language;
  page::heading(page, 2, msg::exchange_refuse_title(language));
  page::form(page, visit, exchange_url(visit, {"requests", one.id, "refuse"}), [&](Writer& p) {
    page::textarea(p, language,
                   {.name = "note",
                    .label = std::string(msg::exchange_reason(language)),
                    .hint = std::string(msg::exchange_reason_hint(language)),
                    .error = faults.reason},
                   {.value = std::string(visit.request.form.get("note")),
                    .rows = 3,
                    .max_characters = longest_reason});
    page::button(p, {.text = std::string(msg::exchange_refuse(language)),
                     .style = page::ButtonStyle::warning});
  });
}

Result<net::Response> request_page(const Parts& parts, const Visit& visit, const Faults& faults) {
  const Language language = visit.language;
  MINBEN_TRY(one, parts.registry->request(visit.request.parameter("request")));
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  const auto title = msg::exchange_request_title(language, one.request.name.in(language));
  Frame made = exchange_frame(visit, title);
  if (!faults.compared.empty()) made.errors.push_back({"compared", faults.compared});
  if (!faults.reason.empty()) made.errors.push_back({"note", faults.reason});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        facts(page, visit, one, names);
        if (one.state != RequestState::received) return;
        approve_form(page, visit, one, faults);
        refuse_form(page, visit, one, faults);
      },
      made.errors.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return request_page(parts, visit, {});
}

Result<net::Response> approve(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  const std::string_view id = visit.request.parameter("request");
  if (visit.request.form.get("compared") != "yes")
    return request_page(parts, visit,
                        {std::string(msg::exchange_compared_missing(visit.language)), {}});
  MINBEN_CHECK(parts.registry->approve(visit.officer().id, id));
  return page::redirect_with(visit, exchange_url(visit, {"requests", id}), page::Notice::success,
                             msg::exchange_approved(visit.language));
}

Result<net::Response> refuse(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  const std::string_view id = visit.request.parameter("request");
  const auto done = parts.registry->refuse(visit.officer().id, id, visit.request.form.get("note"));
  if (!done && done.error().code == "bad_reason")
    return request_page(parts, visit,
                        {{}, std::string(msg::exchange_reason_missing(visit.language))});
  if (!done) return std::unexpected(done.error());
  return page::redirect_with(visit, exchange_url(visit, {"requests", id}), page::Notice::success,
                             msg::exchange_refused(visit.language));
}

}  // namespace

void add_exchange_requests(Pages& pages) {
  using page::access::exchange_operator;
  pages.get("/desk/exchange/requests/{request}", exchange_operator, show);
  pages.post("/desk/exchange/requests/{request}/approve", exchange_operator, approve);
  pages.post("/desk/exchange/requests/{request}/refuse", exchange_operator, refuse);
}

}  // namespace minben::desk
