// Signing in with a citizen certificate: a signature over a small file, or the certificate shown in
// a TLS handshake at an address of its own; and the first use of a card.
#include <fstream>

#include "identity/certificate_sign_in.hpp"
#include "messages/certificate.hpp"
#include "page/sign_in.hpp"
#include "parts.hpp"
#include "sign_in_pages.hpp"

namespace minben::citizen {

namespace {

using identity::CertificateChallenge;
using identity::FirstUse;

constexpr std::size_t most_sent = 160u << 10;  // of a signature, base64 and form included

/// Where one goes on to, when that is known.
Url returning(const Visit& visit, const Url& url) {
  const std::string place = page::return_address(visit);
  return place.empty() ? url : url.with("return", place);
}

Url start_page(const Visit& visit) { return visit.url({"sign-in", "certificate"}); }

std::string refusal(Language language, std::string_view code) {
  const auto known = msg::find_in_certificate(language, "cert_refused_" + std::string(code));
  return std::string(known.value_or(msg::cert_refused_other(language)));
}

identity::Client client_of(const Visit& visit) {
  return {.token = visit.visitor.token, .user_agent = visit.request.headers.get("User-Agent")};
}

Frame certificate_frame(const Visit& visit, std::string_view title, std::string_view error,
                        std::string_view field = {}) {
  Frame made = frame(visit, title);
  made.back = page::Link{std::string(msg::cert_other_ways(visit.language)), visit.url({"sign-in"})};
  if (!error.empty()) made.errors.push_back({std::string(field), refusal(visit.language, error)});
  return made;
}

void item(Writer& page, Content content) {
  page << "<li>";
  content(page);
  page << "</li>";
}

// ------------------------------------------------------------------------------ how it works

net::Response how_page(const Parts& parts, const Visit& visit, std::string_view error) {
  const Language language = visit.language;
  return html_page(
      visit, certificate_frame(visit, msg::cert_title(language), error),
      [&](Writer& page) {
        page::heading(page, 1, msg::cert_title(language), Size::l);
        if (!parts.certificates) return page::paragraph(page, msg::cert_not_offered(language));
        page::paragraph(page, msg::cert_how(language));
        page << "<ul class=\"govuk-list govuk-list--bullet\">";
        item(page, [&](Writer& p) { p << msg::cert_how_sign(language); });
        if (!parts.certificate_address.empty())
          item(page, [&](Writer& p) { p << msg::cert_how_card(language); });
        page << "</ul>";
        page::paragraph(page, msg::cert_first_time(language));
        page::form(page, visit, start_page(visit).below({"start"}), [&](Writer& p) {
          page::hidden(p, "return", page::return_address(visit));
          page::button(p, msg::cert_start(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_how(const Parts& parts, Visit& visit) {
  return how_page(parts, visit, visit.request.query.get("refused"));
}

/// The language switch on a page that a form led to asks for its address.
Result<net::Response> begin_again(const Parts&, Visit& visit) {
  return page::redirect(start_page(visit));
}

// ------------------------------------------------------------------------------ the signature

void steps(Writer& page, const Visit& visit, const CertificateChallenge& challenge) {
  const Language language = visit.language;
  page << "<ol class=\"govuk-list govuk-list--number\">";
  item(page, [&](Writer& p) {
    page::link(p, msg::cert_step_file(language), start_page(visit).below({"file", challenge.id}));
    p << " " << msg::cert_step_file_hint(language, challenge.expires_at);
  });
  item(page, [&](Writer& p) { p << msg::cert_step_sign(language); });
  item(page, [&](Writer& p) { p << msg::cert_step_hand_in(language); });
  page << "</ol>";
}

void signature_form(Writer& page, const Visit& visit, const CertificateChallenge& challenge,
                    std::string_view error) {
  const Language language = visit.language;
  page::form(
      page, visit, start_page(visit),
      [&](Writer& p) {
        page::hidden(p, "challenge", challenge.id);
        page::hidden(p, "return", page::return_address(visit));
        page::file_upload(p, language,
                          {.name = "signature",
                           .label = std::string(msg::cert_file_label(language)),
                           .hint = {},
                           .error = error.empty() ? "" : refusal(language, error)},
                          {.accept = ".p7s,.p7m,.p7b,.pem,.der", .max_bytes = most_sent});
        page::textarea(p, language,
                       {.name = "pasted",
                        .label = std::string(msg::cert_paste_label(language)),
                        .hint = std::string(msg::cert_paste_hint(language)),
                        .error = {}},
                       {.rows = 4});
        page::button(p, msg::cert_sign_in(language));
      },
      true);
}

void card_part(Writer& page, const Parts& parts, const Visit& visit,
               const CertificateChallenge& challenge) {
  const Language language = visit.language;
  const auto address = Url::outside(parts.certificate_address);
  if (!address) return;
  page::heading(page, 2, msg::cert_card_heading(language));
  page::paragraph(page, msg::cert_card_text(language));
  page::link_button(
      page, msg::cert_card_link(language),
      returning(visit, address->below({language_tag(language), "sign-in", "certificate"})
                           .with("challenge", challenge.id)),
      page::ButtonStyle::secondary);
}

net::Response sign_page(const Parts& parts, const Visit& visit,
                        const CertificateChallenge& challenge, std::string_view error) {
  const Language language = visit.language;
  return html_page(
      visit, certificate_frame(visit, msg::cert_sign_title(language), error, "signature"),
      [&](Writer& page) {
        page::heading(page, 1, msg::cert_sign_title(language), Size::l);
        steps(page, visit, challenge);
        signature_form(page, visit, challenge, error);
        card_part(page, parts, visit, challenge);
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> start(const Parts& parts, Visit& visit) {
  if (!parts.certificates) return how_page(parts, visit, {});
  const auto challenge =
      parts.certificates->start(visit.visitor.anchor, visit.request.remote_address);
  if (challenge) return sign_page(parts, visit, *challenge, {});
  note_refusal(identity::method::citizen_certificate, challenge.error());
  if (challenge.error().kind != Kind::too_many) return fail(challenge.error());
  return how_page(parts, visit, challenge.error().code);
}

Result<net::Response> download(const Parts& parts, Visit& visit) {
  if (!parts.certificates) return fail(Kind::not_found, "no_such_page");
  const auto challenge =
      parts.certificates->challenge(visit.request.parameter("challenge"), visit.visitor.anchor);
  if (!challenge) return how_page(parts, visit, challenge.error().code);
  return page::download(challenge->text, "text/plain; charset=utf-8", "minben-sign-in.txt");
}

/// The file if one came, else what was pasted.
std::string handed_in(const net::Form& form) {
  for (const net::Upload& upload : form.uploads) {
    if (upload.field != "signature" || upload.size == 0) continue;
    std::ifstream in(upload.path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  return std::string(trim(form.get("pasted")));
}

// ---------------------------------------------------------------------------------- first use

/// What was typed comes back, but for the household number, which is half of a proof.
net::Response first_page(const Visit& visit, const FirstUse& first, std::string_view number,
                         std::string_view error) {
  const Language language = visit.language;
  const std::string field = error == "national_id" || error == "household_number"
                                ? std::string(error)
                                : std::string("national_id");
  const auto error_of = [&](std::string_view name) {
    return !error.empty() && field == name ? refusal(language, error) : std::string();
  };
  return html_page(
      visit, certificate_frame(visit, msg::cert_first_title(language), error, field),
      [&](Writer& page) {
        page::heading(page, 1, msg::cert_first_title(language), Size::l);
        page::paragraph(page, msg::cert_first_text(language, first.last_four, first.name));
        page::form(page, visit, start_page(visit).below({"first"}), [&](Writer& p) {
          page::hidden(p, "ticket", first.ticket);
          page::hidden(p, "return", page::return_address(visit));
          page::text_input(
              p,
              {.name = "national_id",
               .label = std::string(msg::cert_number_label(language)),
               .hint = std::string(msg::cert_number_hint(language)),
               .error = error_of("national_id")},
              {.value = std::string(number), .width = page::Width::w10, .spellcheck = false});
          page::text_input(p,
                           {.name = "household_number",
                            .label = std::string(msg::cert_household_label(language)),
                            .hint = std::string(msg::cert_household_hint(language)),
                            .error = error_of("household_number")},
                           {.width = page::Width::w10, .spellcheck = false});
          page::button(p, msg::cert_first_button(language));
        });
      },
      error.empty() ? 200 : 422);
}

net::Response after(const Visit& visit, const identity::CertificateSignIn::Outcome& outcome) {
  if (const auto* signed_in = std::get_if<identity::SignedIn>(&outcome))
    return visit.site.signed_in(visit, *signed_in, page::return_address(visit));
  return first_page(visit, std::get<FirstUse>(outcome), {}, {});
}

/// Ours or the database's, not something that the person did. The log has it either way.
bool is_fault(const Error& error) {
  note_refusal(identity::method::citizen_certificate, error);
  return error.kind == Kind::internal;
}

Result<net::Response> finish(const Parts& parts, Visit& visit) {
  if (!parts.certificates) return how_page(parts, visit, {});
  const net::Form& form = visit.request.form;
  const auto challenge = parts.certificates->challenge(form.get("challenge"), visit.visitor.anchor);
  if (!challenge && is_fault(challenge.error())) return fail(challenge.error());
  if (!challenge) return how_page(parts, visit, challenge.error().code);
  const std::string signature = handed_in(form);
  if (signature.empty()) return sign_page(parts, visit, *challenge, "nothing");
  const auto outcome =
      parts.certificates->finish(challenge->id, visit.visitor.anchor, signature, client_of(visit));
  if (outcome) return after(visit, *outcome);
  if (is_fault(outcome.error())) return fail(outcome.error());
  return sign_page(parts, visit, *challenge, outcome.error().code);
}

Result<net::Response> bind(const Parts& parts, Visit& visit) {
  if (!parts.certificates) return how_page(parts, visit, {});
  const net::Form& form = visit.request.form;
  const std::string ticket(form.get("ticket"));
  const identity::RegisterQuestion question{
      .national_id = std::string(trim(form.get("national_id"))),
      .household_number = std::string(trim(form.get("household_number"))),
      .language = visit.language};
  const auto bound =
      parts.certificates->bind(ticket, visit.visitor.anchor, question, client_of(visit),
                               visit.signed_in() ? &visit.session() : nullptr);
  if (bound) return visit.site.signed_in(visit, *bound, page::return_address(visit));
  const Error& error = bound.error();
  if (is_fault(error)) return fail(error);
  const auto first = parts.certificates->read_ticket(ticket);
  if (!first || error.code == "challenge_expired")
    return how_page(parts, visit, "challenge_expired");
  return first_page(visit, *first, question.national_id, error.code);
}

// ------------------------------------------------------------------------ shown in a handshake

Result<net::Response> show_shown(const Parts& parts, Visit& visit) {
  const std::string code(visit.request.query.get("code"));
  const auto certificate = parts.certificates ? parts.certificates->read_code(code)
                                              : fail(Kind::not_found, "no_such_page");
  if (!certificate) return how_page(parts, visit, "challenge_expired");
  const Language language = visit.language;
  return html_page(visit, certificate_frame(visit, msg::cert_shown_title(language), {}),
                   [&](Writer& page) {
                     page::heading(page, 1, msg::cert_shown_title(language), Size::l);
                     page::paragraph(page, msg::cert_shown_text(language, certificate->name));
                     page::form(page, visit, start_page(visit).below({"shown"}), [&](Writer& p) {
                       page::hidden(p, "code", code);
                       page::hidden(p, "return", page::return_address(visit));
                       page::button_group(p, [&](Writer& group) {
                         page::button(group, msg::cert_sign_in(language));
                         page::link(group, msg::cert_shown_other(language), visit.url({"sign-in"}));
                       });
                     });
                   });
}

Result<net::Response> finish_shown(const Parts& parts, Visit& visit) {
  if (!parts.certificates) return how_page(parts, visit, {});
  const auto outcome = parts.certificates->finish_shown(visit.request.form.get("code"),
                                                        visit.visitor.anchor, client_of(visit));
  if (outcome) return after(visit, *outcome);
  if (is_fault(outcome.error())) return fail(outcome.error());
  return how_page(parts, visit, outcome.error().code);
}

}  // namespace

void certificate_part(Writer& page, const Visit& visit) {
  if (!visit.site.config().citizen_certificates) return;
  const Language language = visit.language;
  page::heading(page, 2, msg::cert_heading(language));
  page::paragraph(page, msg::cert_text(language));
  page::link_button(page, msg::cert_use(language), returning(visit, start_page(visit)),
                    page::ButtonStyle::secondary);
}

void add_sign_in_certificate(Pages& pages) {
  using page::access::anyone;
  pages.get("/sign-in/certificate", anyone, show_how);
  pages.post("/sign-in/certificate", anyone, finish, most_sent);
  pages.get("/sign-in/certificate/start", anyone, begin_again);
  pages.post("/sign-in/certificate/start", anyone, start, 16u << 10);
  pages.get("/sign-in/certificate/file/{challenge}", anyone, download);
  pages.get("/sign-in/certificate/first", anyone, begin_again);
  pages.post("/sign-in/certificate/first", anyone, bind, 16u << 10);
  pages.get("/sign-in/certificate/shown", anyone, show_shown);
  pages.post("/sign-in/certificate/shown", anyone, finish_shown, 16u << 10);
}

// ----------------------------------------------------------------- the address of its own

namespace {

net::Response show_certificate(identity::CertificateSignIn& certificates, const std::string& origin,
                               const net::Request& request) {
  const std::string_view tag = request.parameter("language");
  const bool chinese = tag == language_tag(Language::zh_hant);
  if (!chinese && tag != language_tag(Language::en))
    return net::Response::problem({Kind::not_found, "no_such_page", "", "", 0, 0});
  const auto code =
      certificates.shown(request.query.get("challenge"), as_bytes(request.peer_certificate_der));
  Url back = Url::page(chinese ? Language::zh_hant : Language::en, {"sign-in", "certificate"});
  back = code ? back.below({"shown"}).with("code", *code) : back.with("refused", code.error().code);
  if (const std::string_view place = request.query.get("return"); !place.empty())
    back = back.with("return", place);
  auto response = net::Response::see_other(origin + std::string(back.text()));
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  return response;
}

}  // namespace

std::vector<net::Route> certificate_routes(identity::CertificateSignIn& certificates,
                                           const std::string& origin) {
  return {{net::Method::get, "/{language}/sign-in/certificate", page::access::machine, 0,
           [&certificates, origin](net::Request& request) {
             return show_certificate(certificates, origin, request);
           }}};
}

}  // namespace minben::citizen
