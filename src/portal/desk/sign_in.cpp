// Officers sign in as applicants do, with a code by e-mail or a passkey, in a realm of their own.
#include "parts.hpp"

namespace minben::desk {

namespace {

using identity::Realm;

std::string return_address(const Visit& visit) {
  std::string_view asked = visit.request.query.get("return");
  if (asked.empty()) asked = visit.request.form.get("return");
  return Url::same_site(asked) ? std::string(asked) : std::string();
}

void passkey_box(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  page << "<div class=\"mb-only-script\" data-island=\"passkey\" data-mode=\"sign-in\" data-csrf=\""
       << page::csrf_token(visit) << "\" data-options=\""
       << visit.url({"desk", "sign-in", "passkey", "options"}) << "\" data-finish=\""
       << visit.url({"desk", "sign-in", "passkey"}) << "\" data-return=\"" << return_address(visit)
       << "\" data-failed=\"" << msg::desk_passkey_failed(language)
       << "\"><button type=\"button\" class=\"govuk-button\">" << msg::desk_passkey_button(language)
       << "</button><p class=\"govuk-error-message\" role=\"status\"></p>"
          "<p class=\"govuk-body\" data-unsupported hidden>"
       << msg::desk_passkey_unsupported(language) << "</p></div>";
}

void email_form(Writer& page, const Visit& visit, std::string_view email, std::string_view error) {
  const Language language = visit.language;
  page::form(page, visit, visit.url({"desk", "sign-in", "code"}), [&](Writer& p) {
    page::hidden(p, "return", return_address(visit));
    page::text_input(p,
                     {.name = "email",
                      .label = std::string(msg::desk_email_label(language)),
                      .hint = {},
                      .error = std::string(error)},
                     {.value = std::string(email),
                      .type = "email",
                      .autocomplete = "username webauthn",
                      .spellcheck = false});
    page::button(p, {.text = std::string(msg::desk_email_button(language)),
                     .style = page::ButtonStyle::secondary});
  });
}

void why_text(Writer& page, const Visit& visit) {
  const std::string_view why = visit.request.query.get("why");
  if (why != "expired" && why != "strongly") return;
  page::inset_text(page, [&](Writer& p) {
    page::paragraph(p, why == "expired" ? msg::desk_sign_in_expired(visit.language)
                                        : msg::desk_sign_in_strongly(visit.language));
  });
}

net::Response sign_in_page(const Visit& visit, std::string_view email, std::string_view error) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::desk_sign_in_title(language));
  if (!error.empty()) made.errors.push_back({"email", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::desk_sign_in_title(language), Size::l);
        why_text(page, visit);
        page::paragraph(page, msg::desk_sign_in_text(language));
        passkey_box(page, visit);
        page::heading(page, 2, msg::desk_email_heading(language));
        email_form(page, visit, email, error);
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_sign_in(const Parts&, Visit& visit) {
  return sign_in_page(visit, {}, {});
}

net::Response code_page(const Visit& visit, std::string_view challenge, std::string_view email,
                        std::string_view error) {
  const Language language = visit.language;
  Frame made = frame(visit, msg::desk_code_title(language));
  if (!error.empty()) made.errors.push_back({"code", std::string(error)});
  made.back = page::Link{std::string(msg::back(language)), visit.url({"desk", "sign-in"})};
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::desk_code_title(language), Size::l);
        page::paragraph(page, msg::desk_code_text(language, email));
        page::form(page, visit, visit.url({"desk", "sign-in"}), [&](Writer& p) {
          page::hidden(p, "challenge", challenge);
          page::hidden(p, "email", email);
          page::hidden(p, "return", return_address(visit));
          page::text_input(p,
                           {.name = "code",
                            .label = std::string(msg::desk_code_label(language)),
                            .hint = {},
                            .error = std::string(error)},
                           {.autocomplete = "one-time-code",
                            .inputmode = "numeric",
                            .width = page::Width::w10,
                            .spellcheck = false});
          page::button(p, msg::sign_in(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> send_code(const Parts& parts, Visit& visit) {
  const std::string email(trim(visit.request.form.get("email")));
  const auto sent =
      parts.identity.send_code(Realm::officer, email, visit.language, visit.request.remote_address);
  if (sent) return code_page(visit, sent->challenge, email, {});
  const Kind kind = sent.error().kind;
  if (kind != Kind::invalid && kind != Kind::too_many) return fail(sent.error());
  return sign_in_page(visit, email, page::error_text(visit.language, sent.error().code));
}

Result<net::Response> sign_in_with_code(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  const auto signed_in = parts.identity.sign_in_with_code(
      form.get("challenge"), trim(form.get("code")), visit.visitor.token);
  if (signed_in) return visit.site.signed_in(visit, *signed_in, return_address(visit));
  const Error& error = signed_in.error();
  if (error.code == "wrong_code")
    return code_page(visit, form.get("challenge"), form.get("email"),
                     msg::desk_wrong_code(visit.language));
  if (error.code == "code_expired")
    return sign_in_page(visit, form.get("email"), msg::desk_code_expired(visit.language));
  return fail(error);
}

Result<net::Response> passkey_options(const Parts& parts, Visit&) {
  MINBEN_TRY(ceremony, parts.identity.start_passkey_sign_in(Realm::officer));
  return net::Response::json(ceremony.options);
}

Result<net::Response> sign_in_with_passkey(const Parts& parts, Visit& visit) {
  const auto body = parse_json(visit.request.body);
  const Json* credential = body ? find(*body, "credential") : nullptr;
  if (credential == nullptr)
    return net::Response::problem(fail(Kind::invalid, "credential_missing").error());
  const auto signed_in = parts.identity.sign_in_with_passkey(*credential, visit.visitor.token);
  if (!signed_in) return net::Response::problem(signed_in.error());
  const net::Response redirected =
      visit.site.signed_in(visit, *signed_in, string_or(*body, "return"));
  // The script follows by itself: a fetch would follow the redirect without showing it.
  net::Response answer = net::Response::json(
      JsonObject{{"location", std::string(redirected.headers.get("Location"))}});
  for (const auto& [name, value] : redirected.headers.all())
    if (name == "Set-Cookie") answer.headers.add(name, value);
  return answer;
}

Result<net::Response> sign_out(const Parts&, Visit& visit) {
  return visit.site.sign_out(visit, visit.url({"desk", "sign-in"}));
}

}  // namespace

void add_sign_in(Pages& pages) {
  pages.get("/desk/sign-in", page::access::anyone, show_sign_in);
  pages.post("/desk/sign-in/code", page::access::anyone, send_code, 16u << 10);
  pages.post("/desk/sign-in", page::access::anyone, sign_in_with_code, 16u << 10);
  pages.post("/desk/sign-in/passkey/options", page::access::anyone, passkey_options, 16u << 10);
  pages.post("/desk/sign-in/passkey", page::access::anyone, sign_in_with_passkey);
  pages.post("/desk/sign-out", page::access::anyone, sign_out, 4096);
}

}  // namespace minben::desk
