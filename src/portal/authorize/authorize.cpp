// The two addresses where other systems send browsers, and what all pages share.
#include "authorize.hpp"

#include <spdlog/spdlog.h>

#include "parts.hpp"

namespace minben::authorize {

namespace {

using net::Method;
using net::operator""_KiB;
constexpr std::size_t max_request = 64_KiB;

struct Came {
  Visit visit;
  Result<openid::Parameters> parameters;
};

Came came(const Parts& parts, const net::Request& request) {
  const page::Visitor& visitor = page::visitor(request);
  return {Visit{request, visitor, parts.site, visitor.language},
          openid::Parameters::read(request.method == Method::get ? request.query : request.form)};
}

net::Response refuse(const Came& came, const Error& error) {
  spdlog::warn("openid: {} refused: {}", came.visit.request.path, describe(error));
  return broken_page(came.visit, error);
}

net::Response begin(const Parts& parts, const net::Request& request) {
  const Came here = came(parts, request);
  if (!here.parameters) return refuse(here, here.parameters.error());
  const auto begun = parts.provider.begin(*here.parameters);
  if (!begun) return refuse(here, begun.error());
  if (const auto* elsewhere = std::get_if<openid::Provider::Redirect>(&*begun))
    return net::Response::see_other(elsewhere->location);
  const auto& start = std::get<openid::Provider::Begun>(*begun);
  return page::redirect(
      Url::page(start.language.value_or(here.visit.language), {"openid", start.token}));
}

net::Response begin_sign_out(const Parts& parts, const net::Request& request) {
  const Came here = came(parts, request);
  if (!here.parameters) return refuse(here, here.parameters.error());
  const auto begun = parts.provider.begin_sign_out(*here.parameters);
  if (!begun) return refuse(here, begun.error());
  return page::redirect(here.visit.url({"openid", "sign-out", begun->token}));
}

/// What went wrong with an interaction is almost always its time.
net::Response refused(Visit& visit, const Error& error) {
  // Without the address, which opens the request.
  spdlog::warn("openid: a page refused: {}", describe(error));
  if (error.code != "no_such_interaction") return page::error_page(visit, error);
  const Language language = visit.language;
  return html_page(
      visit, {.title = std::string(msg::openid_gone_title(language))},
      [&](Writer& page) {
        page::heading(page, 1, msg::openid_gone_title(language), Size::l);
        page::paragraph(page, msg::openid_gone_text(language));
      },
      404);
}

}  // namespace

std::string_view scope_text(Language language, std::string_view scope) {
  namespace known = openid::scope;
  if (scope == known::openid) return msg::openid_scope_openid(language);
  if (scope == known::profile) return msg::openid_scope_profile(language);
  if (scope == known::email) return msg::openid_scope_email(language);
  if (scope == known::national_id) return msg::openid_scope_national_id(language);
  MINBEN_ASSERT(scope == known::offline_access);
  return msg::openid_scope_offline_access(language);
}

void scope_list(Writer& page, Language language, const std::vector<std::string>& scopes) {
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const std::string_view known : openid::known_scopes())
    if (std::ranges::find(scopes, known) != scopes.end())
      page << "<li>" << scope_text(language, known) << "</li>";
  page << "</ul>";
}

void guard_page(net::Response& response, std::string_view leads_to) {
  std::string policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src "
      "'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
      "form-action 'self'";
  if (!leads_to.empty()) policy += " " + std::string(leads_to);
  response.headers.set("Content-Security-Policy", policy);
  response.headers.set("X-Frame-Options", "DENY");
}

net::Response broken_page(const Visit& visit, const Error& error) {
  const Language language = visit.language;
  auto response = html_page(
      visit, {.title = std::string(msg::openid_broken_title(language))},
      [&](Writer& page) {
        page::heading(page, 1, msg::openid_broken_title(language), Size::l);
        page::paragraph(page, msg::openid_broken_text(language));
        page::inset_text(page, [&](Writer& p) {
          p << "<code>" << error.code << (error.field.empty() ? std::string() : " " + error.field)
            << "</code>";
        });
      },
      error.kind == Kind::unavailable ? 503 : 400);
  guard_page(response, {});
  return response;
}

std::vector<net::Route> routes(const Dependencies& dependencies) {
  const auto parts = std::make_shared<const Parts>(Parts{dependencies});
  Pages pages(parts, refused);
  add_consent(pages);
  add_sign_out(pages);
  add_systems(pages);
  std::vector<net::Route> routes = pages.take();
  // Forms of other sites lead here: no token of ours is in them, and nothing is decided.
  const auto add = [&](std::string_view path,
                       net::Response (*handler)(const Parts&, const net::Request&)) {
    for (const Method method : {Method::get, Method::post})
      routes.push_back(
          {method, std::string(path), page::access::machine,
           method == Method::get ? 0 : max_request,
           [parts, handler](net::Request& request) { return handler(*parts, request); }});
  };
  add("/openid/authorize", begin);
  add("/openid/logout", begin_sign_out);
  return routes;
}

}  // namespace minben::authorize
