// Signing in: a code by e-mail, or a passkey. The same page raises the assurance of somebody who is
// signed in with a code.
#include <spdlog/spdlog.h>

#include "messages/account.hpp"
#include "messages/mobile.hpp"
#include "page/sign_in.hpp"
#include "parts.hpp"
#include "sign_in_pages.hpp"

namespace minben::citizen {

namespace {

Frame sign_in_frame(const Visit& visit, std::string_view title) { return frame(visit, title); }
net::Response sign_in_page(const Visit& visit, std::string_view email, std::string_view error);

constexpr page::Door door{.realm = identity::Realm::person,
                          .below = "",
                          .frame = sign_in_frame,
                          .email_label = msg::email_label,
                          .email_hint = msg::email_hint,
                          .sign_in_page = sign_in_page};

void why_text(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  const std::string_view why = visit.request.query.get("why");
  if (why == "expired")
    page::inset_text(page, [&](Writer& p) { page::paragraph(p, msg::sign_in_expired(language)); });
  if (why == "strongly")
    page::inset_text(page, [&](Writer& p) {
      page::paragraph(p, msg::sign_in_strongly(language));
      if (!visit.signed_in()) return;
      // A form that was sent has no address to return to; it waits wherever one arrives signed in.
      std::string back = page::return_address(visit);
      if (back.empty()) back = visit.url({"cases"}).text();
      p << "<p class=\"govuk-body\">";
      page::link(p, msg::sign_in_make_passkey(language),
                 visit.url({"account", "passkey"}).with("return", back));
      p << "</p>";
    });
}

/// The same for everybody: who has an account is nobody's business.
void lost_passkeys(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  page::details(page, msg::passkeys_lost(language), [&](Writer& p) {
    page::paragraph(p, msg::lost_way_back(language));
    page::paragraph(p, msg::recovery_sign_in_text(language));
    if (!visit.signed_in()) return;
    p << "<p class=\"govuk-body\">";
    page::link(p, msg::recovery_title(language), visit.url({"account", "recovery"}));
    p << "</p>";
  });
}

/// `line` is what went wrong, of the field "email" or of a way to sign in.
net::Response choice_page(const Visit& visit, std::string_view email,
                          std::optional<page::ErrorLine> line) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::sign_in_title(language));
  if (line) made.errors.push_back(*line);
  const bool of_email = line && line->field == "email";
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::sign_in_title(language), Size::l);
        why_text(page, visit);
        elsewhere_waiting(page, visit);
        page::heading(page, 2, msg::passkey_heading(language));
        page::paragraph(page, msg::passkey_text(language));
        page::passkey_sign_in(page, visit, door);
        lost_passkeys(page, visit);
        page::heading(page, 2, msg::email_heading(language));
        page::paragraph(page, msg::email_text(language));
        page::email_form(page, visit, door, email, of_email ? line->text : std::string());
        certificate_part(page, visit);
        mobile_part(page, visit);
        papers_part(page, visit);
        elsewhere_part(page, visit);
      },
      line ? 422 : 200);
}

net::Response sign_in_page(const Visit& visit, std::string_view email, std::string_view error) {
  if (error.empty()) return choice_page(visit, email, {});
  return choice_page(visit, email, page::ErrorLine{"email", std::string(error)});
}

Result<net::Response> show_sign_in(const Parts&, Visit& visit) {
  return sign_in_page(visit, {}, {});
}

/// The language switch on the page with the code asks for its address; the code itself is gone
/// then.
Result<net::Response> back_to_sign_in(const Parts&, Visit& visit) {
  return page::redirect(visit.url({"sign-in"}));
}

Result<net::Response> sign_out(const Parts&, Visit& visit) {
  return visit.site.sign_out(visit, visit.url({}));
}

}  // namespace

void note_refusal(std::string_view method, const Error& error) {
  spdlog::warn("sign-in refused: {} {}", method, error.code);
}

net::Response sign_in_page_with(const Visit& visit, const page::ErrorLine& error) {
  return choice_page(visit, {}, error);
}

void add_sign_in(Pages& pages) {
  pages.get("/sign-in", page::access::anyone, show_sign_in);
  pages.get("/sign-in/code", page::access::anyone, back_to_sign_in);
  page::add_sign_in_steps<door>(pages);
  add_sign_in_mobile(pages);
  add_sign_in_papers(pages);
  pages.post("/sign-out", page::access::anyone, sign_out, 4096);
  add_sign_in_certificate(pages);
  add_sign_in_elsewhere(pages);
}

}  // namespace minben::citizen
