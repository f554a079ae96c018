// Signing in: a code by e-mail, or a passkey. The same page raises the assurance of somebody who is
// signed in with a code.
#include "parts.hpp"

namespace minben::citizen {

namespace {

using identity::Realm;

std::string return_address(const Visit& visit) {
  std::string_view asked = visit.request.query.get("return");
  if (asked.empty()) asked = visit.request.form.get("return");
  return Url::same_site(asked) ? std::string(asked) : std::string();
}

Frame sign_in_frame(const Visit& visit, std::span<const page::ErrorLine> errors) {
  Frame made = frame(visit, msg::sign_in_title(visit.language));
  made.errors.assign(errors.begin(), errors.end());
  return made;
}

void passkey_box(Writer& page, const Visit& visit, std::string_view return_to) {
  const Language language = visit.language;
  page << "<div class=\"mb-only-script\" data-island=\"passkey\" data-mode=\"sign-in\" data-csrf=\""
       << page::csrf_token(visit) << "\" data-options=\""
       << visit.url({"sign-in", "passkey", "options"}) << "\" data-finish=\""
       << visit.url({"sign-in", "passkey"}) << "\" data-return=\"" << return_to
       << "\" data-failed=\"" << msg::passkey_failed(language)
       << "\"><button type=\"button\" class=\"govuk-button\">" << msg::passkey_button(language)
       << "</button><p class=\"govuk-error-message\" role=\"status\"></p>"
          "<p class=\"govuk-body\" data-unsupported hidden>"
       << msg::passkey_unsupported(language) << "</p></div>";
}

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
      std::string back = return_address(visit);
      if (back.empty()) back = visit.url({"cases"}).text();
      p << "<p class=\"govuk-body\">";
      page::link(p, msg::sign_in_make_passkey(language),
                 visit.url({"account", "passkey"}).with("return", back));
      p << "</p>";
    });
}

void email_form(Writer& page, const Visit& visit, std::string_view email,
                std::string_view return_to, std::string_view error) {
  const Language language = visit.language;
  page::form(page, visit, visit.url({"sign-in", "code"}), [&](Writer& p) {
    page::hidden(p, "return", return_to);
    page::text_input(p,
                     {.name = "email",
                      .label = std::string(msg::email_label(language)),
                      .hint = std::string(msg::email_hint(language)),
                      .error = std::string(error)},
                     {.value = std::string(email),
                      .type = "email",
                      .autocomplete = "username webauthn",
                      .spellcheck = false});
    page::button(p, {.text = std::string(msg::email_button(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

net::Response sign_in_page(const Visit& visit, std::string_view email, std::string_view error) {
  const Language language = visit.language;
  std::vector<page::ErrorLine> errors;
  if (!error.empty()) errors.push_back({"email", std::string(error)});
  return html_page(
      visit, sign_in_frame(visit, errors),
      [&](Writer& page) {
        page::heading(page, 1, msg::sign_in_title(language), Size::l);
        why_text(page, visit);
        page::heading(page, 2, msg::passkey_heading(language));
        page::paragraph(page, msg::passkey_text(language));
        passkey_box(page, visit, return_address(visit));
        page << "<p class=\"govuk-body mb-only-plain\">" << msg::passkey_needs_script(language)
             << "</p>";
        page::heading(page, 2, msg::email_heading(language));
        page::paragraph(page, msg::email_text(language));
        email_form(page, visit, email, return_address(visit), error);
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_sign_in(const Parts&, Visit& visit) {
  return sign_in_page(visit, {}, {});
}

net::Response code_page(const Visit& visit, std::string_view challenge, std::string_view email,
                        std::string_view error) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::code_title(language));
  if (!error.empty()) made.errors.push_back({"code", std::string(error)});
  made.back = page::Link{std::string(msg::back(language)), visit.url({"sign-in"})};
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::code_title(language), Size::l);
        page::paragraph(page, msg::code_text(language, email));
        page::form(page, visit, visit.url({"sign-in"}), [&](Writer& p) {
          page::hidden(p, "challenge", challenge);
          page::hidden(p, "email", email);
          page::hidden(p, "return", return_address(visit));
          page::text_input(p,
                           {.name = "code",
                            .label = std::string(msg::code_label(language)),
                            .hint = std::string(msg::code_hint(language)),
                            .error = std::string(error)},
                           {.autocomplete = "one-time-code",
                            .inputmode = "numeric",
                            .width = page::Width::w10,
                            .spellcheck = false});
          page::button(p, msg::sign_in(language));
        });
        page::details(page, msg::code_not_there(language), [&](Writer& p) {
          page::paragraph(p, msg::code_not_there_text(language));
          page::form(p, visit, visit.url({"sign-in", "code"}), [&](Writer& f) {
            page::hidden(f, "email", email);
            page::hidden(f, "return", return_address(visit));
            page::button(f, {.text = std::string(msg::code_again(language)),
                             .style = page::ButtonStyle::secondary});
          });
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> send_code(const Parts& parts, Visit& visit) {
  const std::string email(trim(visit.request.form.get("email")));
  const auto sent =
      parts.identity.send_code(Realm::person, email, visit.language, visit.request.remote_address);
  if (sent) return code_page(visit, sent->challenge, email, {});
  if (sent.error().kind == Kind::invalid)
    return sign_in_page(visit, email, msg::email_wrong(visit.language));
  if (sent.error().kind == Kind::too_many)
    return sign_in_page(visit, email, msg::too_many_codes(visit.language));
  return std::unexpected(sent.error());
}

Result<net::Response> sign_in_with_code(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  const auto signed_in = parts.identity.sign_in_with_code(
      form.get("challenge"), trim(form.get("code")), visit.visitor.token);
  if (signed_in) return visit.site.signed_in(visit, *signed_in, return_address(visit));
  const std::string& code = signed_in.error().code;
  if (code == "wrong_code")
    return code_page(visit, form.get("challenge"), form.get("email"),
                     msg::wrong_code(visit.language));
  if (code == "code_expired")
    return sign_in_page(visit, form.get("email"), msg::code_expired(visit.language));
  return std::unexpected(signed_in.error());
}

Result<net::Response> passkey_options(const Parts& parts, Visit&) {
  MINBEN_TRY(ceremony, parts.identity.start_passkey_sign_in(Realm::person));
  return net::Response::json(ceremony.options);
}

Result<net::Response> sign_in_with_passkey(const Parts& parts, Visit& visit) {
  const auto body = parse_json(visit.request.body);
  const Json* credential = body ? find(*body, "credential") : nullptr;
  if (credential == nullptr)
    return net::Response::problem(fail(Kind::invalid, "credential_missing").error());
  const auto signed_in = parts.identity.sign_in_with_passkey(*credential, visit.visitor.token);
  if (!signed_in) return net::Response::problem(signed_in.error());
  net::Response redirected = visit.site.signed_in(visit, *signed_in, string_or(*body, "return"));
  // The script follows by itself: a fetch would follow the redirect without showing it.
  net::Response answer = net::Response::json(
      JsonObject{{"location", std::string(redirected.headers.get("Location"))}});
  for (const auto& [name, value] : redirected.headers.all())
    if (name == "Set-Cookie") answer.headers.add(name, value);
  return answer;
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

void add_sign_in(Pages& pages) {
  pages.get("/sign-in", page::access::anyone, show_sign_in);
  pages.get("/sign-in/code", page::access::anyone, back_to_sign_in);
  pages.post("/sign-in/code", page::access::anyone, send_code, 16u << 10);
  pages.post("/sign-in", page::access::anyone, sign_in_with_code, 16u << 10);
  pages.post("/sign-in/passkey/options", page::access::anyone, passkey_options, 16u << 10);
  pages.post("/sign-in/passkey", page::access::anyone, sign_in_with_passkey);
  pages.post("/sign-out", page::access::anyone, sign_out, 4096);
}

}  // namespace minben::citizen
