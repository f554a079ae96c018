// The e-mail address of an account: another one counts once its mailbox has answered.
#include "account_pages.hpp"
#include "messages/account.hpp"

namespace minben::citizen {

namespace {

page::Field field(std::string_view name, std::string_view label, std::string_view hint,
                  std::string_view error) {
  return {.name = std::string(name),
          .label = std::string(label),
          .hint = std::string(hint),
          .error = std::string(error)};
}

net::Response ask_page(const Visit& visit, std::string_view email, std::string_view error) {
  const Language language = visit.language;
  Frame made = account_frame(visit, msg::address_title(language));
  if (!error.empty()) made.errors.push_back({"email", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::address_title(language), Size::l);
        page::paragraph(page, msg::address_text(language));
        page::form(page, visit, visit.url({"account", "email"}), [&](Writer& p) {
          page::text_input(
              p, field("email", msg::email_label(language), msg::email_hint(language), error),
              {.value = std::string(email),
               .type = "email",
               .autocomplete = "email",
               .spellcheck = false});
          page::button(p, msg::email_button(language));
        });
      },
      error.empty() ? 200 : 422);
}

net::Response code_page(const Visit& visit, std::string_view challenge, std::string_view email,
                        std::string_view error) {
  const Language language = visit.language;
  Frame made = account_frame(visit, msg::code_title(language));
  if (!error.empty()) made.errors.push_back({"code", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::code_title(language), Size::l);
        page::paragraph(page, msg::code_text(language, email));
        page::form(page, visit, visit.url({"account", "email", "confirm"}), [&](Writer& p) {
          page::hidden(p, "challenge", challenge);
          page::hidden(p, "email", email);
          page::text_input(
              p, field("code", msg::code_label(language), msg::code_hint(language), error),
              {.autocomplete = "one-time-code",
               .inputmode = "numeric",
               .width = page::Width::w10,
               .spellcheck = false});
          page::button(p, msg::address_take(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts&, Visit& visit) { return ask_page(visit, {}, {}); }

Result<net::Response> send(const Parts& parts, Visit& visit) {
  const std::string email(trim(visit.request.form.get("email")));
  const auto sent = parts.identity.send_code(identity::Realm::person, email, visit.language,
                                             visit.request.remote_address);
  if (sent) return code_page(visit, sent->challenge, email, {});
  if (sent.error().kind == Kind::invalid)
    return ask_page(visit, email, msg::email_wrong(visit.language));
  if (sent.error().kind == Kind::too_many)
    return ask_page(visit, email, msg::too_many_codes(visit.language));
  return fail(sent.error());
}

Result<net::Response> confirm(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  const std::string_view challenge = form.get("challenge"), email = form.get("email");
  const auto taken = parts.identity.take_email(visit.session(), challenge, trim(form.get("code")));
  if (taken)
    return page::redirect_with(visit, visit.url({"account"}), page::Notice::success,
                               msg::address_taken(language));
  const Error& error = taken.error();
  if (error.code == "wrong_code")
    return code_page(visit, challenge, email, msg::wrong_code(language));
  if (error.code == "code_expired") return ask_page(visit, email, msg::code_expired(language));
  if (error.code == "duplicate") return ask_page(visit, email, msg::address_duplicate(language));
  if (error.code == "step_up_required")
    return visit.site.to_sign_in(visit, identity::Realm::person, true);
  return fail(error);
}

}  // namespace

void add_email(Pages& pages) {
  using page::access::signed_in;
  pages.get("/account/email", signed_in, show);
  // The language switch on the page with the code asks for its address; the code is gone then.
  pages.get("/account/email/confirm", signed_in, show);
  pages.post("/account/email", signed_in, send, 4096);
  pages.post("/account/email/confirm", signed_in, confirm, 4096);
}

}  // namespace minben::citizen
