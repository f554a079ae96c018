// A system that somebody left sends them here, to be signed out everywhere (RP-Initiated Logout).
#include "parts.hpp"

namespace minben::authorize {

namespace {

using openid::SignOut;

net::Response arrive(const Visit& visit, const SignOut& sign_out) {
  if (!sign_out.redirect.empty()) return net::Response::see_other(sign_out.redirect);
  const Language language = visit.language;
  return html_page(visit, {.title = std::string(msg::openid_sign_out_done_title(language))},
                   [&](Writer& page) {
                     page::heading(page, 1, msg::openid_sign_out_done_title(language), Size::l);
                     page << "<p class=\"govuk-body\">";
                     page::link(page, msg::back_to_start(language), visit.url({}));
                     page << "</p>";
                   });
}

Result<net::Response> end(const Parts& parts, const Visit& visit, const SignOut& sign_out) {
  MINBEN_CHECK(parts.database.transact([&](store::Transaction& tx) {
    return parts.provider.session_ended(tx, visit.session().id);
  }));
  // Without a session the same page says that it is done.
  net::Response response =
      visit.site.sign_out(visit, visit.url({"openid", "sign-out", sign_out.token}));
  if (!sign_out.redirect.empty()) response.headers.set("Location", sign_out.redirect);
  return response;
}

Result<net::Response> ask(const Parts& parts, Visit& visit) {
  MINBEN_TRY(sign_out, parts.provider.sign_out(visit.request.parameter("token")));
  if (!visit.signed_in()) return arrive(visit, sign_out);
  if (parts.provider.is_about(sign_out, visit.session().id)) return end(parts, visit, sign_out);
  const Language language = visit.language;
  const Url here = visit.url({"openid", "sign-out", sign_out.token});
  auto response = html_page(
      visit, {.title = std::string(msg::openid_sign_out_title(language))}, [&](Writer& page) {
        page::heading(page, 1, msg::openid_sign_out_title(language), Size::l);
        page::paragraph(page, msg::openid_sign_out_text(language));
        page::form(page, visit, here,
                   [&](Writer& p) { page::button(p, msg::openid_sign_out_yes(language)); });
        page << "<p class=\"govuk-body\">";
        page::link(page, msg::openid_sign_out_stay(language), visit.url({}));
        page << "</p>";
      });
  guard_page(response, openid::origin_of(sign_out.redirect));
  return response;
}

Result<net::Response> confirm(const Parts& parts, Visit& visit) {
  MINBEN_TRY(sign_out, parts.provider.sign_out(visit.request.parameter("token")));
  return end(parts, visit, sign_out);
}

}  // namespace

void add_sign_out(Pages& pages) {
  pages.get("/openid/sign-out/{token}", page::access::anyone, ask);
  pages.post("/openid/sign-out/{token}", page::access::signed_in, confirm, 4096);
}

}  // namespace minben::authorize
