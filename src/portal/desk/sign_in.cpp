// Officers sign in as applicants do, with a code by e-mail or a passkey, in a realm of their own.
#include "messages/account.hpp"
#include "page/sign_in.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

Frame sign_in_frame(const Visit& visit, std::string_view title) { return frame(visit, title); }
std::string_view no_hint(Language) { return {}; }
net::Response sign_in_page(const Visit& visit, std::string_view email, std::string_view error);

constexpr page::Door door{.realm = identity::Realm::officer,
                          .below = "desk",
                          .frame = sign_in_frame,
                          .email_label = msg::desk_email_label,
                          .email_hint = no_hint,
                          .sign_in_page = sign_in_page};

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
        page::passkey_sign_in(page, visit, door);
        page::details(page, msg::passkeys_lost(language),
                      [&](Writer& p) { page::paragraph(p, msg::leave_ask(language)); });
        page::heading(page, 2, msg::desk_email_heading(language));
        page::email_form(page, visit, door, email, error);
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_sign_in(const Parts&, Visit& visit) {
  return sign_in_page(visit, {}, {});
}

Result<net::Response> sign_out(const Parts&, Visit& visit) {
  return visit.site.sign_out(visit, visit.url({"desk", "sign-in"}));
}

}  // namespace

void add_sign_in(Pages& pages) {
  pages.get("/desk/sign-in", page::access::anyone, show_sign_in);
  page::add_sign_in_steps<door>(pages);
  pages.post("/desk/sign-out", page::access::anyone, sign_out, 4096);
}

}  // namespace minben::desk
