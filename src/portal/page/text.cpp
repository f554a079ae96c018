// Links, headings, notices and buttons.
#include "components.hpp"
#include "messages/common.hpp"

namespace minben::page {

namespace {

void size_class(Writer& page, Size size) {
  switch (size) {
    case Size::s:
      page << "govuk-heading-s";
      return;
    case Size::m:
      page << "govuk-heading-m";
      return;
    case Size::l:
      page << "govuk-heading-l";
      return;
    case Size::xl:
      page << "govuk-heading-xl";
      return;
  }
}

void button_class(Writer& page, ButtonStyle style) {
  page << "govuk-button" << when(style == ButtonStyle::secondary, " govuk-button--secondary")
       << when(style == ButtonStyle::warning, " govuk-button--warning");
}

}  // namespace

void link(Writer& page, std::string_view text, const Url& url) {
  page << "<a class=\"govuk-link\" href=\"" << url << "\">" << text << "</a>";
}

void outside_link(Writer& page, Language language, std::string_view text, const Url& url) {
  page << "<a class=\"govuk-link\" rel=\"noopener noreferrer\" href=\"" << url << "\">" << text
       << " " << msg::other_site(language) << "</a>";
}

void back_link(Writer& page, std::string_view text, const Url& url) {
  page << "<a class=\"govuk-back-link\" href=\"" << url << "\">" << text << "</a>";
}

void breadcrumbs(Writer& page, Language language, std::span<const Link> links) {
  page << "<nav class=\"govuk-breadcrumbs\" aria-label=\"" << msg::breadcrumb(language)
       << "\"><ol class=\"govuk-breadcrumbs__list\">";
  for (std::size_t i = 0; i < links.size(); ++i) {
    const bool last = i + 1 == links.size();
    page << "<li class=\"govuk-breadcrumbs__list-item\"" << when(last, " aria-current=\"page\"")
         << ">";
    if (last) page << links[i].text;
    else
      page << "<a class=\"govuk-breadcrumbs__link\" href=\"" << links[i].url << "\">"
           << links[i].text << "</a>";
    page << "</li>";
  }
  page << "</ol></nav>";
}

void heading(Writer& page, int level, std::string_view text, Size size) {
  MINBEN_ASSERT(level >= 1 && level <= 4);
  page << "<h" << level << " class=\"";
  size_class(page, size);
  page << "\">" << text << "</h" << level << ">";
}

void paragraph(Writer& page, std::string_view text) {
  page << "<p class=\"govuk-body\">" << text << "</p>";
}

void hint(Writer& page, std::string_view text) {
  page << "<p class=\"govuk-hint\">" << text << "</p>";
}

void inset_text(Writer& page, Content content) {
  page << "<div class=\"govuk-inset-text\">";
  content(page);
  page << "</div>";
}

void warning_text(Writer& page, Language language, std::string_view text) {
  page << "<div class=\"govuk-warning-text\"><span class=\"govuk-warning-text__icon\" "
          "aria-hidden=\"true\">!</span><strong class=\"govuk-warning-text__text\">"
          "<span class=\"govuk-visually-hidden\">"
       << msg::warning(language) << "</span> " << text << "</strong></div>";
}

void details(Writer& page, std::string_view summary, Content content) {
  page << "<details class=\"govuk-details\"><summary class=\"govuk-details__summary\">"
          "<span class=\"govuk-details__summary-text\">"
       << summary << "</span></summary><div class=\"govuk-details__text\">";
  content(page);
  page << "</div></details>";
}

void panel(Writer& page, std::string_view title, Content content) {
  page << "<div class=\"govuk-panel govuk-panel--confirmation\"><h1 class=\"govuk-panel__title\">"
       << title << "</h1><div class=\"govuk-panel__body\">";
  content(page);
  page << "</div></div>";
}

void tag(Writer& page, std::string_view text, Tone tone) {
  page << "<strong class=\"govuk-tag";
  switch (tone) {
    case Tone::neutral:
      page << " govuk-tag--grey";
      break;
    case Tone::good:
      page << " govuk-tag--green";
      break;
    case Tone::bad:
      page << " govuk-tag--red";
      break;
    case Tone::warn:
      page << " govuk-tag--orange";
      break;
    case Tone::info:
      page << " govuk-tag--blue";
      break;
    case Tone::waiting:
      page << " govuk-tag--yellow";
      break;
  }
  page << "\">" << text << "</strong>";
}

void notification_banner(Writer& page, Language language, Notice kind, Content content) {
  const bool success = kind == Notice::success;
  page << "<div class=\"govuk-notification-banner"
       << when(success, " govuk-notification-banner--success") << "\""
       << when(success, " role=\"alert\"") << when(!success, " role=\"region\"")
       << " aria-labelledby=\"mb-banner-title\"><div class=\"govuk-notification-banner__header\">"
          "<h2 class=\"govuk-notification-banner__title\" id=\"mb-banner-title\">"
       << (success ? msg::success(language) : msg::important(language))
       << "</h2></div><div class=\"govuk-notification-banner__content\">";
  content(page);
  page << "</div></div>";
}

void error_summary(Writer& page, Language language, std::span<const ErrorLine> errors) {
  if (errors.empty()) return;
  page << "<div class=\"govuk-error-summary\" data-island=\"focus\" tabindex=\"-1\"><div "
          "role=\"alert\">"
          "<h2 class=\"govuk-error-summary__title\">"
       << msg::problem_title(language)
       << "</h2><div class=\"govuk-error-summary__body\">"
          "<ul class=\"govuk-list govuk-error-summary__list\">";
  for (const ErrorLine& error : errors) {
    page << "<li>";
    if (error.field.empty()) page << error.text;
    else
      page << "<a href=\"" << Url::anchor(field_id(error.field)) << "\">" << error.text << "</a>";
    page << "</li>";
  }
  page << "</ul></div></div></div>";
}

void button(Writer& page, const Button& button) {
  page << "<button type=\"submit\" class=\"";
  button_class(page, button.style);
  page << "\"" << when(button.once, " data-island=\"once\"");
  if (!button.name.empty())
    page << " name=\"" << button.name << "\" value=\"" << button.value << "\"";
  if (button.sends_to) page << " formaction=\"" << *button.sends_to << "\"";
  page << ">" << button.text;
  if (!button.about.empty())
    page << "<span class=\"govuk-visually-hidden\"> " << button.about << "</span>";
  page << "</button>";
}

void button(Writer& page, std::string_view text) {
  button(page, Button{.text = std::string(text)});
}

void link_button(Writer& page, std::string_view text, const Url& url, ButtonStyle style) {
  page << "<a role=\"button\" draggable=\"false\" class=\"";
  button_class(page, style);
  page << "\" href=\"" << url << "\">" << text << "</a>";
}

void start_button(Writer& page, std::string_view text, const Url& url) {
  page
      << "<a role=\"button\" draggable=\"false\" class=\"govuk-button govuk-button--start\" href=\""
      << url << "\">" << text
      << "<svg class=\"govuk-button__start-icon\" xmlns=\"http://www.w3.org/2000/svg\" "
         "width=\"17.5\" "
         "height=\"19\" viewBox=\"0 0 33 40\" aria-hidden=\"true\" focusable=\"false\">"
         "<path fill=\"currentColor\" d=\"M0 0h13l20 20-20 20H0l20-20z\"/></svg></a>";
}

void button_group(Writer& page, Content content) {
  page << "<div class=\"govuk-button-group\">";
  content(page);
  page << "</div>";
}

}  // namespace minben::page
