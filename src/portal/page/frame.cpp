// What surrounds every page: head, header with our mark, navigation, footer.
#include "messages/account.hpp"
#include "messages/common.hpp"
#include "site.hpp"

namespace minben::page {

void mark(Writer& page) {
  // A person standing on a root that spreads: 民 above, 本 (root) below.
  page << "<svg class=\"mb-mark\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 40 40\" "
          "width=\"40\" "
          "height=\"40\" aria-hidden=\"true\" focusable=\"false\">"
          "<rect width=\"40\" height=\"40\" rx=\"9\" fill=\"currentColor\"/>"
          "<g class=\"mb-mark__lines\" fill=\"none\" stroke-width=\"3\" stroke-linecap=\"round\">"
          "<circle cx=\"20\" cy=\"10\" r=\"3.6\"/>"
          "<path d=\"M10.5 21.5c1.6-4 5-6 9.5-6s7.900 2 9.500 6\"/>"
          "<path d=\"M20 15.500v17\"/><path d=\"M20 23c-2 4-5 6.500-9.500 8\"/>"
          "<path d=\"M20 23c2 4 5 6.500 9.500 8\"/></g></svg>";
}

namespace {

Language other(Language language) {
  return language == Language::en ? Language::zh_hant : Language::en;
}

/// The same page in the other language. After a POST it is the form's own page.
Url switch_language(const Visit& visit) {
  const auto place = place_of(visit.request.path);
  const std::string prefix = "/" + std::string(language_tag(other(visit.language)));
  if (!place) return Url::page(other(visit.language), {});
  const std::string_view target = visit.request.target;
  const std::string from = "/" + std::string(language_tag(visit.language));
  const auto url = target.starts_with(from)
                       ? Url::same_site(prefix + std::string(target.substr(from.size())))
                       : Url::same_site(prefix);
  return url ? *url : Url::page(other(visit.language), {});
}

bool is_desk(const Visit& visit) {
  const auto place = place_of(visit.request.path);
  return place && place->realm == identity::Realm::officer;
}

void write_head(Writer& page, const Visit& visit, const Frame& frame) {
  const Language language = visit.language;
  const Assets& assets = visit.site.assets();
  page << "<!DOCTYPE html><html class=\"govuk-template\" lang=\"" << language_tag(language)
       << "\"><head><meta charset=\"utf-8\"><title>"
       << (frame.errors.empty() ? std::string_view() : msg::error_prefix(language)) << frame.title
       << " · " << msg::platform_name(language)
       << "</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1, "
          "viewport-fit=cover\"><meta name=\"theme-color\" content=\"#0d4a48\">"
          "<meta name=\"color-scheme\" content=\"light\">"
          "<link rel=\"icon\" type=\"image/svg+xml\" href=\""
       << assets.url("icon.svg") << "\"><link rel=\"stylesheet\" href=\""
       << assets.url("minben.css") << "\">";
  if (frame.diagram)
    page << "<link rel=\"stylesheet\" href=\"" << assets.url("diagram.css") << "\">";
  if (place_of(visit.request.path) && visit.request.method == net::Method::get)
    page << "<link rel=\"alternate\" hreflang=\"" << language_tag(other(language)) << "\" href=\""
         << switch_language(visit) << "\">";
  page << "<script type=\"module\" src=\"" << assets.url("minben.js") << "\"></script>";
  if (frame.diagram)
    page << "<script type=\"module\" src=\"" << assets.url("diagram.js") << "\"></script>";
  page << "</head>";
}

void write_language_switch(Writer& page, const Visit& visit) {
  const Language there = other(visit.language);
  page << "<nav class=\"mb-language\" aria-label=\"" << msg::language_navigation(visit.language)
       << "\"><a class=\"mb-header__link\" rel=\"alternate\" hreflang=\"" << language_tag(there)
       << "\" lang=\"" << language_tag(there) << "\" href=\"" << switch_language(visit) << "\">"
       << msg::other_language(visit.language) << "</a></nav>";
}

void write_sign_in_state(Writer& page, const Visit& visit) {
  const bool desk = is_desk(visit);
  if (!visit.signed_in()) {
    Url url = desk ? visit.url({"desk", "sign-in"}) : visit.url({"sign-in"});
    const auto place = place_of(visit.request.path);
    const bool returns = place && visit.request.method == net::Method::get &&
                         !place->rest.empty() && place->rest.find("/sign-in") == place->rest.npos;
    if (returns) url = url.with("return", visit.request.target);
    page << "<a class=\"mb-header__link\" href=\"" << url << "\">" << msg::sign_in(visit.language)
         << "</a>";
    return;
  }
  const Url url = desk ? visit.url({"desk", "sign-out"}) : visit.url({"sign-out"});
  form(page, visit, url, [&](Writer& p) {
    p << "<button type=\"submit\" class=\"mb-header__link mb-header__button\">"
      << msg::sign_out(visit.language) << "</button>";
  });
}

void write_header(Writer& page, const Visit& visit, const Frame& frame) {
  const Language language = visit.language;
  const Url home = is_desk(visit) ? visit.url({"desk"}) : visit.url({});
  page << "<header class=\"mb-header\"><div class=\"govuk-width-container mb-header__inner\">"
          "<a class=\"mb-header__brand\" href=\""
       << home << "\">";
  mark(page);
  page << "<span class=\"mb-header__name\">" << msg::platform_name(language) << "</span>";
  if (!frame.service_name.empty())
    page << "<span class=\"mb-header__service\">" << frame.service_name << "</span>";
  page << "</a><div class=\"mb-header__tools\">";
  write_language_switch(page, visit);
  write_sign_in_state(page, visit);
  page << "</div></div></header>";
}

void write_navigation(Writer& page, Language language, std::span<const NavigationItem> items) {
  if (items.empty()) return;
  page << "<nav class=\"mb-nav\" aria-label=\"" << msg::service_navigation(language)
       << "\"><div class=\"govuk-width-container\"><ul class=\"mb-nav__list\">";
  for (const NavigationItem& item : items)
    page << "<li class=\"mb-nav__item" << when(item.current, " mb-nav__item--current")
         << "\"><a class=\"mb-nav__link\" href=\"" << item.url << "\""
         << when(item.current, " aria-current=\"page\"") << ">" << item.text << "</a></li>";
  page << "</ul></div></nav>";
}

void write_demonstration(Writer& page, Language language) {
  page << "<aside class=\"govuk-width-container\" aria-label=\"" << msg::demonstration(language)
       << "\"><div class=\"govuk-phase-banner\">"
          "<p class=\"govuk-phase-banner__content\"><strong class=\"govuk-tag "
          "govuk-phase-banner__content__tag\">"
       << msg::demonstration(language) << "</strong><span class=\"govuk-phase-banner__text\">"
       << msg::demonstration_note(language) << "</span></p></div></aside>";
}

/// In a landmark, as everything on a page is.
void write_back(Writer& page, Language language, const Link& back) {
  page << "<nav aria-label=\"" << msg::back_navigation(language) << "\">";
  back_link(page, back.text, back.url);
  page << "</nav>";
}

/// Whoever holds a passkey learns on every page that somebody says all are lost, and can stop it.
void write_recovery(Writer& page, const Visit& visit) {
  if (!visit.signed_in() || !visit.session().recovery) return;
  if (visit.session().assurance < identity::Assurance::substantial) return;
  const Language language = visit.language;
  const identity::Recovery& recovery = *visit.session().recovery;
  page << "<section class=\"mb-alert\" aria-labelledby=\"mb-alert-title\">"
          "<h2 class=\"govuk-heading-m\" id=\"mb-alert-title\">"
       << msg::recovery_banner(language) << "</h2>";
  paragraph(page, msg::recovery_banner_text(language, recovery.opens_at, recovery.started_at));
  form(page, visit, visit.url({"account", "recovery", "stop"}), [&](Writer& p) {
    button(p, {.text = std::string(msg::recovery_stop(language)), .style = ButtonStyle::warning});
  });
  page << "</section>";
}

/// On every page: it must not be forgotten for whom one acts.
void write_acting(Writer& page, const Visit& visit) {
  if (!visit.signed_in() || !visit.session().acting) return;
  const Language language = visit.language;
  page << "<section class=\"mb-acting\" aria-label=\"" << msg::acting_region(language)
       << "\"><div class=\"govuk-width-container mb-acting__inner\"><p class=\"mb-acting__text\">"
       << msg::acting_banner(language, visit.session().acting->name) << "</p>";
  form(page, visit, visit.url({"mandates", "stop"}), [&](Writer& p) {
    p << "<button type=\"submit\" class=\"mb-acting__stop\">" << msg::acting_stop(language)
      << "</button>";
  });
  page << "</div></section>";
}

void write_main(Writer& page, const Visit& visit, const Frame& frame,
                const std::optional<Flash>& flash, Content content) {
  page << "<div class=\"govuk-width-container mb-content\">";
  if (!frame.trail.empty()) breadcrumbs(page, visit.language, frame.trail);
  else if (frame.back) write_back(page, visit.language, *frame.back);
  page << "<main class=\"govuk-main-wrapper\" id=\"main-content\" tabindex=\"-1\">";
  if (!frame.wide) page << "<div class=\"mb-column\">";
  if (flash)
    notification_banner(page, visit.language, flash->kind, [&](Writer& p) {
      p << "<p class=\"govuk-notification-banner__heading\">" << flash->text << "</p>";
    });
  error_summary(page, visit.language, frame.errors);
  write_recovery(page, visit);
  content(page);
  if (!frame.wide) page << "</div>";
  page << "</main></div>";
}

void write_footer(Writer& page, const Visit& visit) {
  const Language language = visit.language;
  const bool desk = is_desk(visit);
  page << "<footer class=\"mb-footer\"><div class=\"govuk-width-container\">"
          "<h2 class=\"govuk-visually-hidden\">"
       << msg::footer_links(language) << "</h2><p class=\"govuk-body-s\">"
       << (desk ? msg::footer_desk_text(language) : msg::footer_help_text(language)) << "</p>";
  if (!desk) {
    page << "<p class=\"govuk-body-s\"><a class=\"govuk-link mb-footer__link\" href=\""
         << visit.url({"usage"}) << "\">" << msg::footer_privacy(language)
         << "</a> · <a class=\"govuk-link mb-footer__link\" href=\"" << visit.url({"ledger"})
         << "\">" << msg::footer_ledger(language)
         << "</a> · <a class=\"govuk-link mb-footer__link\" href=\"" << visit.url({"receipts"})
         << "\">" << msg::footer_receipts(language) << "</a></p>";
  }
  page << "<p class=\"govuk-body-s\"><a class=\"govuk-link mb-footer__link\" href=\""
       << visit.url({"developers"}) << "\">" << msg::footer_developers(language) << "</a></p>";
  page << "<p class=\"govuk-body-s mb-footer__about\">" << msg::footer_about(language) << " "
       << msg::footer_licence(language) << "</p></div></footer>";
}

}  // namespace

void write_document(Writer& page, const Visit& visit, const Frame& frame,
                    const std::optional<Flash>& flash, Content content) {
  write_head(page, visit, frame);
  page << "<body class=\"govuk-template__body" << when(is_desk(visit), " mb-body--desk")
       << "\"><a class=\"govuk-skip-link\" href=\"#main-content\">"
       << msg::skip_to_content(visit.language) << "</a>";
  write_header(page, visit, frame);
  write_acting(page, visit);
  write_navigation(page, visit.language, frame.navigation);
  if (visit.site.config().demonstration) write_demonstration(page, visit.language);
  write_main(page, visit, frame, flash, content);
  write_footer(page, visit);
  page << "</body></html>";
}

}  // namespace minben::page
