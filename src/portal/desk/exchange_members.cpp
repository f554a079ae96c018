// One member of the exchange: its gateways and certificates, and revoking one.
#include <fmt/format.h>

#include "exchange_pages.hpp"

namespace minben::desk {

namespace {

using registry::IssuedCertificate;
using registry::RegisteredMember;
using trust::RevocationReason;

Result<RegisteredMember> member_of(const Parts& parts, std::string_view code) {
  MINBEN_TRY(members, parts.registry->members());
  for (RegisteredMember& one : members)
    if (one.member.code.value == code) return std::move(one);
  return fail(Kind::not_found, "unknown_member");
}

Result<IssuedCertificate> certificate_of(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(member, member_of(parts, visit.request.parameter("member")));
  for (const IssuedCertificate& one : member.certificates)
    if (one.serial == visit.request.parameter("serial")) return one;
  return fail(Kind::not_found, "unknown_certificate");
}

bool is_ours(const RegisteredMember& registered, std::string_view gateway) {
  return std::ranges::any_of(registered.certificates,
                             [&](const IssuedCertificate& one) { return one.gateway == gateway; });
}

Url end_url(const Visit& visit, const AgencyCode& member, std::string_view gateway) {
  return exchange_url(visit, {"members", member.value, "gateways", gateway, "end"});
}

void gateways(Writer& page, const Visit& visit, const RegisteredMember& registered) {
  const Language language = visit.language;
  const exchange::Member& member = registered.member;
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_gateway(language)), .self_evident = true},
      {std::string(msg::exchange_url(language))},
      {std::string(msg::exchange_act(language))}};
  page::table(page, msg::exchange_gateways(language), columns,
              [&](Writer& rows) {
                for (const auto& one : member.gateways)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) { c << one.name; });
                    cells.add(one.url);
                    cells.add([&](Writer& c) {
                      if (is_ours(registered, one.name))
                        page::link(c, msg::exchange_gateway_end(language),
                                   end_url(visit, member.code, one.name));
                      else c << msg::exchange_planned(language);
                    });
                  });
              },
              {.stacks = true});
}

std::string validity(const Visit& visit, const IssuedCertificate& one) {
  const Language language = visit.language;
  if (one.revoked) return msg::exchange_revoked_since(language, one.revoked->at);
  const Instant now = visit.site.now();
  if (one.expires_at <= now) return std::string(msg::exchange_ended(language));
  if (one.superseded_at) return msg::exchange_superseded(language, *one.superseded_at);
  return msg::exchange_days_left(language, std::chrono::floor<days>(one.expires_at - now).count());
}

void certificates(Writer& page, const Visit& visit, const RegisteredMember& member,
                  const Names& names) {
  const Language language = visit.language;
  if (member.certificates.empty()) {
    page::heading(page, 2, msg::exchange_certificates(language));
    return page::paragraph(page, msg::exchange_no_certificates(language));
  }
  const std::vector<page::Column> columns{
      {.title = std::string(msg::exchange_serial(language)), .self_evident = true},
      {std::string(msg::exchange_gateway(language))},
      {std::string(msg::exchange_usage(language))},
      {std::string(msg::exchange_issued_by(language))},
      {std::string(msg::exchange_state(language))},
      {std::string(msg::exchange_act(language))}};
  page::table(page, msg::exchange_certificates(language), columns,
              [&](Writer& rows) {
                for (const auto& one : member.certificates)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) { c << "<code>" << one.serial << "</code>"; });
                    cells.add(one.gateway);
                    cells.add(one.usage == trust::Usage::seal ? msg::exchange_usage_seal(language)
                                                              : msg::exchange_usage_tls(language));
                    cells.add(msg::exchange_decided_by(language, one.issued.at,
                                                       who_acted(language, names, one.issued.by)));
                    cells.add(validity(visit, one));
                    cells.add([&](Writer& c) {
                      if (one.revoked) c << "–";
                      else
                        page::link(c, msg::exchange_revoke(language),
                                   exchange_url(visit, {"members", one.member.value, "certificates",
                                                        one.serial}));
                    });
                  });
              },
              {.stacks = true});
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(member, member_of(parts, visit.request.parameter("member")));
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  const std::string& title = member.member.name.in(language);
  return html_page(visit, exchange_frame(visit, title), [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::summary_list(page, [&](Writer& list) {
      page::summary_row(list, msg::exchange_code(language),
                        fmt::format("{}/{}", member.member.member_class, member.member.code.value));
      std::string subsystems;
      for (const auto& one : member.member.subsystems)
        subsystems += (subsystems.empty() ? "" : ", ") + one;
      page::summary_row(list, msg::exchange_subsystems(language), subsystems);
      if (!member.added)
        page::summary_row(list, msg::exchange_state(language), msg::exchange_planned(language));
    });
    gateways(page, visit, member);
    certificates(page, visit, member, names);
  });
}

void reason_radios(Writer& page, Language language, const std::string& error) {
  std::vector<page::Choice> choices;
  for (const auto reason : {RevocationReason::key_compromise, RevocationReason::superseded,
                            RevocationReason::cessation_of_operation,
                            RevocationReason::affiliation_changed, RevocationReason::unspecified}) {
    const std::string code(trust::to_string(reason));
    const auto words = msg::find_in_exchange(language, "exchange_reason_" + code);
    choices.push_back({code, std::string(words.value_or(code))});
  }
  page::radios(page,
               {.name = "reason",
                .label = std::string(msg::exchange_revoke_reason(language)),
                .hint = {},
                .error = error},
               choices);
}

Result<net::Response> revoke_page(const Parts& parts, const Visit& visit, bool missing) {
  const Language language = visit.language;
  MINBEN_TRY(one, certificate_of(parts, visit));
  const auto title = msg::exchange_revoke_title(language, one.serial.substr(0, 8));
  Frame made = exchange_frame(visit, title);
  const std::string error(missing ? msg::exchange_revoke_missing(language) : "");
  if (missing) made.errors.push_back({"reason", error});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::exchange_revoke_text(language));
        page::form(page, visit,
                   exchange_url(visit, {"members", one.member.value, "certificates", one.serial}),
                   [&](Writer& p) {
                     reason_radios(p, language, error);
                     page::button(p, {.text = std::string(msg::exchange_revoke(language)),
                                      .style = page::ButtonStyle::warning});
                   });
      },
      missing ? 422 : 200);
}

Result<net::Response> ask_revoke(const Parts& parts, Visit& visit) {
  return revoke_page(parts, visit, false);
}

Result<net::Response> revoke(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  const auto reason = trust::parse_revocation_reason(visit.request.form.get("reason"));
  if (!reason) return revoke_page(parts, visit, true);
  MINBEN_TRY(one, certificate_of(parts, visit));
  MINBEN_CHECK(parts.registry->revoke(visit.officer().id, one.serial, *reason));
  return page::redirect_with(visit, exchange_url(visit, {"members", one.member.value}),
                             page::Notice::success, msg::exchange_revoked(visit.language));
}

Result<net::Response> ask_end(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(member, member_of(parts, visit.request.parameter("member")));
  const std::string gateway(visit.request.parameter("gateway"));
  if (!member.member.gateway(gateway) || !is_ours(member, gateway))
    return fail(Kind::not_found, "unknown_gateway");
  const auto title = msg::exchange_gateway_end_title(language, gateway);
  return html_page(visit, exchange_frame(visit, title), [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::paragraph(page, msg::exchange_gateway_end_text(language));
    page::form(page, visit, end_url(visit, member.member.code, gateway), [&](Writer& p) {
      page::button(p, {.text = std::string(msg::exchange_gateway_end(language)),
                       .style = page::ButtonStyle::warning});
    });
  });
}

Result<net::Response> end_gateway(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  MINBEN_CHECK(parts.registry->end_gateway(
      visit.officer().id, AgencyCode{std::string(visit.request.parameter("member"))},
      visit.request.parameter("gateway")));
  return page::redirect_with(visit, exchange_url(visit), page::Notice::success,
                             msg::exchange_gateway_ended(visit.language));
}

/// By its file: of gateways that the plan brought, whose certificates are not listed.
Result<net::Response> revoke_file_page(const Visit& visit, std::vector<page::ErrorLine> errors) {
  const Language language = visit.language;
  const auto title = msg::exchange_revoke_file(language);
  Frame made = exchange_frame(visit, title);
  made.errors = std::move(errors);
  const auto error_of = [&](std::string_view field) {
    for (const auto& line : made.errors)
      if (line.field == field) return line.text;
    return std::string();
  };
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::paragraph(page, msg::exchange_revoke_text(language));
        page::form(
            page, visit, exchange_url(visit, {"revocations"}),
            [&](Writer& p) {
              page::file_upload(p, language,
                                {.name = "file",
                                 .label = std::string(msg::exchange_certificate_file(language)),
                                 .hint = {},
                                 .error = error_of("file")},
                                {.max_bytes = 64u << 10});
              reason_radios(p, language, error_of("reason"));
              page::button(p, {.text = std::string(msg::exchange_revoke(language)),
                               .style = page::ButtonStyle::warning});
            },
            true);
      },
      made.errors.empty() ? 200 : 422);
}

Result<net::Response> ask_revoke_file(const Parts&, Visit& visit) {
  return revoke_file_page(visit, {});
}

Result<net::Response> revoke_file(const Parts& parts, Visit& visit) {
  if (auto asked = without_passkey(visit)) return std::move(*asked);
  const Language language = visit.language;
  const auto reason = trust::parse_revocation_reason(visit.request.form.get("reason"));
  const auto pem = uploaded_text(visit, 64u << 10);
  std::vector<page::ErrorLine> errors;
  if (!pem || pem->empty())
    errors.push_back({"file", std::string(msg::exchange_upload_missing(language))});
  if (!reason) errors.push_back({"reason", std::string(msg::exchange_revoke_missing(language))});
  if (!errors.empty()) return revoke_file_page(visit, std::move(errors));
  const auto done = parts.registry->revoke_file(visit.officer().id, *pem, *reason);
  if (!done) return revoke_file_page(visit, {{"file", cause_text(language, done.error())}});
  return page::redirect_with(visit, exchange_url(visit, {"members", done->member.value}),
                             page::Notice::success, msg::exchange_revoked(language));
}

}  // namespace

void add_exchange_members(Pages& pages) {
  using page::access::exchange_operator;
  pages.get("/desk/exchange/members/{member}", exchange_operator, show);
  constexpr std::string_view certificate = "/desk/exchange/members/{member}/certificates/{serial}";
  pages.get("/desk/exchange/revocations", exchange_operator, ask_revoke_file);
  pages.post("/desk/exchange/revocations", exchange_operator, revoke_file, 128u << 10);
  pages.get(certificate, exchange_operator, ask_revoke);
  pages.post(certificate, exchange_operator, revoke);
  constexpr std::string_view end = "/desk/exchange/members/{member}/gateways/{gateway}/end";
  pages.get(end, exchange_operator, ask_end);
  pages.post(end, exchange_operator, end_gateway);
}

}  // namespace minben::desk
