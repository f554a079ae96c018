#include "sign_in.hpp"

#include <spdlog/spdlog.h>

#include "messages/account.hpp"
#include "messages/common.hpp"
#include "site.hpp"

namespace minben::page {

std::string return_address(const Visit& visit) {
  std::string_view asked = visit.request.query.get("return");
  if (asked.empty()) asked = visit.request.form.get("return");
  if (Url::same_site(asked)) return std::string(asked);
  if (!asked.empty()) spdlog::warn("refused: a return address elsewhere");
  return {};
}

namespace {

constexpr std::string_view hint_context = "page.hint";
constexpr std::string_view hint_cookie = "minben-hint";
constexpr std::size_t longest_hint = 254;  // RFC 5321 §4.5.3.1.3
constexpr minutes hint_kept{10};

std::string suggested_email(const Visit& visit) {
  const Site::Impl& site = visit.site.impl();
  const auto sealed = base64url_decode(read_cookie(site, visit.request, hint_cookie));
  if (!sealed || sealed->empty()) return {};
  const auto opened = trust::open(site.keys.of(keys::Purpose::notice), *sealed, hint_context);
  return opened ? std::string(as_text(*opened)) : std::string();
}

}  // namespace

void suggest_email(const Visit& visit, net::Response& response, std::string_view email) {
  const Site::Impl& site = visit.site.impl();
  if (email.size() > longest_hint || email.find('@') == email.npos) return;
  const auto sealed =
      trust::seal(site.keys.of(keys::Purpose::notice), as_bytes(email), hint_context, site.random);
  if (sealed) set_cookie(site, response, hint_cookie, base64url_encode(*sealed), hint_kept);
}

void passkey_sign_in(Writer& page, const Visit& visit, const Door& door) {
  passkey_box(page, visit,
              {.mode = PasskeyBox::Mode::sign_in,
               .options = door.url(visit, {"passkey", "options"}),
               .finish = door.url(visit, {"passkey"}),
               .return_to = return_address(visit),
               .button = std::string(msg::passkey_button(visit.language))});
}

void email_form(Writer& page, const Visit& visit, const Door& door, std::string_view email,
                std::string_view error) {
  const Language language = visit.language;
  form(page, visit, door.url(visit, {"code"}), [&](Writer& p) {
    hidden(p, "return", return_address(visit));
    text_input(p,
               {.name = "email",
                .label = std::string(door.email_label(language)),
                .hint = std::string(door.email_hint(language)),
                .error = std::string(error)},
               {.value = email.empty() ? suggested_email(visit) : std::string(email),
                .type = "email",
                .autocomplete = "username webauthn",
                .spellcheck = false});
    button(p, {.text = std::string(msg::email_button(language)), .style = ButtonStyle::secondary});
  });
}

namespace {

void code_form(Writer& page, const Visit& visit, const Door& door, std::string_view challenge,
               std::string_view email, std::string_view error) {
  const Language language = visit.language;
  form(page, visit, door.url(visit, {}), [&](Writer& p) {
    hidden(p, "challenge", challenge);
    hidden(p, "email", email);
    hidden(p, "return", return_address(visit));
    text_input(p,
               {.name = "code",
                .label = std::string(msg::code_label(language)),
                .hint = std::string(msg::code_hint(language)),
                .error = std::string(error)},
               {.autocomplete = "one-time-code",
                .inputmode = "numeric",
                .width = Width::w10,
                .spellcheck = false});
    button(p, msg::sign_in(language));
  });
}

void send_again(Writer& page, const Visit& visit, const Door& door, std::string_view email) {
  const Language language = visit.language;
  details(page, msg::code_not_there(language), [&](Writer& p) {
    paragraph(p, msg::code_not_there_text(language));
    form(p, visit, door.url(visit, {"code"}), [&](Writer& f) {
      hidden(f, "email", email);
      hidden(f, "return", return_address(visit));
      button(f, {.text = std::string(msg::code_again(language)), .style = ButtonStyle::secondary});
    });
  });
}

net::Response code_page(const Visit& visit, const Door& door, std::string_view challenge,
                        std::string_view email, std::string_view error) {
  const Language language = visit.language;
  Frame made = door.frame(visit, msg::code_title(language));
  if (!error.empty()) made.errors.push_back({"code", std::string(error)});
  made.back = Link{std::string(msg::back(language)), door.url(visit, {})};
  return html_page(
      visit, made,
      [&](Writer& page) {
        heading(page, 1, msg::code_title(language), Size::l);
        paragraph(page, msg::code_text(language, email));
        code_form(page, visit, door, challenge, email, error);
        send_again(page, visit, door, email);
      },
      error.empty() ? 200 : 422);
}

identity::Client client_of(const Visit& visit) {
  return {.token = visit.visitor.token, .user_agent = visit.request.headers.get("User-Agent")};
}

}  // namespace

Result<net::Response> send_code(const Visit& visit, const Door& door) {
  const std::string email(trim(visit.request.form.get("email")));
  const auto sent = visit.site.impl().identity.send_code(door.realm, email, visit.language,
                                                         visit.request.remote_address);
  if (sent) return code_page(visit, door, sent->challenge, email, {});
  if (sent.error().kind == Kind::invalid)
    return door.sign_in_page(visit, email, msg::email_wrong(visit.language));
  if (sent.error().kind == Kind::too_many)
    return door.sign_in_page(visit, email, msg::too_many_codes(visit.language));
  return fail(sent.error());
}

Result<net::Response> sign_in_with_code(const Visit& visit, const Door& door) {
  const net::Form& form = visit.request.form;
  const auto signed_in = visit.site.impl().identity.sign_in_with_code(
      form.get("challenge"), trim(form.get("code")), client_of(visit));
  if (signed_in) return visit.site.signed_in(visit, *signed_in, return_address(visit));
  const Error& error = signed_in.error();
  if (error.code == "wrong_code")
    return code_page(visit, door, form.get("challenge"), form.get("email"),
                     msg::wrong_code(visit.language));
  if (error.code == "code_expired")
    return door.sign_in_page(visit, form.get("email"), msg::code_expired(visit.language));
  if (error.code == "account_closed")
    return door.sign_in_page(visit, form.get("email"), msg::account_closed_by_code(visit.language));
  return fail(error);
}

Result<net::Response> passkey_options(const Visit& visit, const Door& door) {
  MINBEN_TRY(ceremony, visit.site.impl().identity.start_passkey_sign_in(door.realm));
  return net::Response::json(ceremony.options);
}

Result<net::Response> sign_in_with_passkey(const Visit& visit) {
  const auto body = parse_json(visit.request.body);
  const Json* credential = body ? find(*body, "credential") : nullptr;
  if (credential == nullptr)
    return net::Response::problem(error_of(Kind::invalid, "credential_missing"));
  const auto signed_in =
      visit.site.impl().identity.sign_in_with_passkey(*credential, client_of(visit));
  if (!signed_in && signed_in.error().code == "account_closed")
    return for_script(redirect_with(visit, visit.url({"sign-in"}), Notice::info,
                                    msg::account_closed_by_key(visit.language)));
  if (!signed_in) return net::Response::problem(signed_in.error());
  return for_script(visit.site.signed_in(visit, *signed_in, string_or(*body, "return")));
}

}  // namespace minben::page
