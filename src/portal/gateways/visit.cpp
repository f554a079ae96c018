#include "visit.hpp"

#include <fmt/format.h>

namespace minben::gateways {

namespace {

constexpr std::string_view policy =
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

Language other(Language language) {
  return language == Language::en ? Language::zh_hant : Language::en;
}

void write_head(Writer& page, const Visit& visit, const Sheet& sheet) {
  const Language language = visit.language;
  page << "<!DOCTYPE html><html class=\"govuk-template\" lang=\"" << language_tag(language)
       << "\"><head><meta charset=\"utf-8\"><title>"
       << (sheet.errors.empty() ? std::string_view() : msg::error_prefix(language)) << sheet.title
       << " · " << msg::gateways_title_of(language, visit.room.member.value)
       << "</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1, "
          "viewport-fit=cover\"><meta name=\"color-scheme\" content=\"light\">"
          "<link rel=\"icon\" type=\"image/svg+xml\" href=\""
       << visit.room.assets.url("icon.svg") << "\"><link rel=\"stylesheet\" href=\""
       << visit.room.assets.url("minben.css") << "\"></head>";
}

void write_header(Writer& page, const Visit& visit, const Sheet& sheet) {
  const Language language = visit.language;
  const Language there = other(language);
  page << "<header class=\"mb-header\"><div class=\"govuk-width-container mb-header__inner\">"
          "<a class=\"mb-header__brand\" href=\""
       << visit.url() << "\"><span class=\"mb-header__name\">" << msg::gateways_title(language)
       << "</span><span class=\"mb-header__service\">" << visit.room.name.in(language)
       << "</span></a><div class=\"mb-header__tools\"><nav class=\"mb-language\" aria-label=\""
       << msg::language_navigation(language)
       << "\"><a class=\"mb-header__link\" rel=\"alternate\" hreflang=\"" << language_tag(there)
       << "\" lang=\"" << language_tag(there) << "\" href=\""
       << Url::page(there, {"gateway"}).below({sheet.place}) << "\">"
       << msg::other_language(language) << "</a></nav>";
  if (!visit.form_token.empty())
    form(page, visit, visit.url({"sign-out"}), [&](Writer& p) {
      p << "<button type=\"submit\" class=\"mb-header__link mb-header__button\">"
        << msg::gateways_sign_out(language) << "</button>";
    });
  page << "</div></div></header>";
}

void write_navigation(Writer& page, const Visit& visit, const Sheet& sheet) {
  const Language language = visit.language;
  const auto item = [&](std::string_view place, std::string_view text) {
    const bool here = sheet.place == place;
    page << "<li class=\"mb-nav__item" << page::when(here, " mb-nav__item--current")
         << "\"><a class=\"mb-nav__link\" href=\"" << visit.url({place}) << "\""
         << page::when(here, " aria-current=\"page\"") << ">" << text << "</a></li>";
  };
  page << "<nav class=\"mb-nav\" aria-label=\"" << msg::service_navigation(language)
       << "\"><div class=\"govuk-width-container\"><ul class=\"mb-nav__list\">";
  item("", msg::gateways_nav_overview(language));
  item("trace", msg::gateways_nav_trace(language));
  page << "</ul></div></nav>";
}

}  // namespace

net::Response html_page(const Visit& visit, const Sheet& sheet, page::Content content) {
  Writer page;
  write_head(page, visit, sheet);
  page << "<body class=\"govuk-template__body mb-body--desk\"><a class=\"govuk-skip-link\" "
          "href=\"#main-content\">"
       << msg::skip_to_content(visit.language) << "</a>";
  write_header(page, visit, sheet);
  if (!visit.form_token.empty()) write_navigation(page, visit, sheet);
  page << "<div class=\"govuk-width-container mb-content\"><main class=\"govuk-main-wrapper\" "
          "id=\"main-content\" tabindex=\"-1\">";
  page::error_summary(page, visit.language, sheet.errors);
  content(page);
  page << "</main></div></body></html>";
  auto response = net::Response::html(std::move(page).take(), sheet.status);
  response.headers.set("Content-Security-Policy", policy);
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Cross-Origin-Opener-Policy", "same-origin");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.set("Cache-Control", "no-store");
  return response;
}

void form(Writer& page, const Visit& visit, const Url& action, page::Content content) {
  page << "<form method=\"post\" action=\"" << action << "\">";
  if (!visit.form_token.empty()) page::hidden(page, "form", visit.form_token);
  content(page);
  page << "</form>";
}

std::string cookie_name(const AgencyCode& member) { return "minben-gateway-" + member.value; }

bool is_own_form(const Visit& visit) {
  const std::string_view site = visit.request.headers.get("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  if (visit.form_token.empty()) return true;  // signing in
  return equal_in_constant_time(visit.form_token, visit.request.form.get("form"));
}

std::string_view meaning(Language language, std::string_view code) {
  return msg::find_in_gateways(language, fmt::format("gateways_code_{}", code))
      .value_or(std::string_view());
}

}  // namespace minben::gateways
