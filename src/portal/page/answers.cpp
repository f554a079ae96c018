// Whole pages, redirects, flash messages and pages for errors.
#include "messages/common.hpp"
#include "messages/errors.hpp"
#include "site.hpp"

namespace minben::page {

namespace {

constexpr std::string_view flash_context = "page.flash";

struct ErrorWords {
  std::string_view title;
  std::string_view text;
};

ErrorWords words_for(Language language, const Error& error) {
  if (error.code == "form_not_ours")
    return {msg::error_csrf_title(language), msg::error_csrf_text(language)};
  switch (error.kind) {
    case Kind::not_found:
      return {msg::error_404_title(language), msg::error_404_text(language)};
    case Kind::unauthorised:
    case Kind::forbidden:
      return {msg::error_403_title(language), msg::error_403_text(language)};
    case Kind::invalid:
      return {msg::error_400_title(language), msg::error_400_text(language)};
    case Kind::conflict:
      return {msg::error_409_title(language), msg::error_409_text(language)};
    case Kind::too_large:
      return {msg::error_413_title(language), msg::error_413_text(language)};
    case Kind::too_many:
      return {msg::error_429_title(language), msg::error_429_text(language)};
    case Kind::unavailable:
      return {msg::error_503_title(language), msg::error_503_text(language)};
    case Kind::internal:
      break;
  }
  return {msg::error_500_title(language), msg::error_500_text(language)};
}

}  // namespace

net::Response html_page(const Visit& visit, const Frame& frame, Content content, int status) {
  const Site::Impl& site = visit.site.impl();
  const auto flash = read_flash(site, visit.request);
  Writer page;
  write_document(page, visit, frame, flash, content);
  net::Response response = net::Response::html(std::move(page).take(), status);
  if (!read_cookie(site, visit.request, cookie::flash).empty())
    clear_cookie(site, response, cookie::flash);
  return response;
}

net::Response redirect(const Url& to) { return net::Response::see_other(to.text()); }

net::Response redirect_with(const Visit& visit, const Url& to, Notice kind, std::string_view text) {
  net::Response response = redirect(to);
  set_cookie(visit.site.impl(), response, cookie::flash,
             pack_flash(visit.site.impl(), {kind, std::string(text)}), seconds{120});
  return response;
}

net::Response error_page(const Visit& visit, const Error& error) {
  const Language language = visit.language;
  ErrorWords words = words_for(language, error);
  const auto known = msg::find_in_errors(language, error.code);
  // Where the rule is known, it says more than that the page is for others.
  if (known && error.kind == Kind::forbidden) words = {msg::error_403_rule_title(language), {}};
  return html_page(
      visit, {.title = std::string(words.title)},
      [&](Writer& page) {
        heading(page, 1, words.title, Size::l);
        if (known) paragraph(page, *known);
        if (!words.text.empty()) paragraph(page, words.text);
        page << "<p class=\"govuk-body\">";
        link(page, msg::back_to_start(language), visit.url({}));
        page << "</p>";
      },
      net::http_status(error.kind));
}

std::string_view mandate_kind(Language language, identity::MandateKind kind) {
  switch (kind) {
    case identity::MandateKind::guardian:
      return msg::mandate_guardian(language);
    case identity::MandateKind::company:
      return msg::mandate_company(language);
    case identity::MandateKind::granted:
      return msg::mandate_granted(language);
  }
  return {};
}

std::string error_text(Language language, std::string_view code) {
  if (const auto known = msg::find_in_errors(language, code)) return std::string(*known);
  return std::string(msg::unknown(language));
}

net::Response outer_error(const Site& site, const net::Request& request, const Error& error) {
  if (wants_problem(request)) return net::Response::problem(error);
  Visitor nobody;
  if (const auto* known = dynamic_cast<const Visitor*>(request.caller.get())) nobody = *known;
  const auto place = place_of(request.path);
  nobody.language = place ? place->language : preferred_language(site.impl(), request);
  return error_page(Visit{request, nobody, site, nobody.language}, error);
}

// ------------------------------------------------------------------------------------ flash

std::string pack_flash(const Site::Impl& site, const Flash& flash) {
  const std::string text = (flash.kind == Notice::success ? "s" : "i") + flash.text;
  const auto sealed =
      trust::seal(site.keys.of(keys::Purpose::notice), as_bytes(text), flash_context, site.random);
  return sealed ? base64url_encode(*sealed) : std::string();
}

std::optional<Flash> read_flash(const Site::Impl& site, const net::Request& request) {
  const auto sealed = base64url_decode(read_cookie(site, request, cookie::flash));
  if (!sealed || sealed->empty()) return std::nullopt;
  const auto opened = trust::open(site.keys.of(keys::Purpose::notice), *sealed, flash_context);
  if (!opened || opened->empty()) return std::nullopt;
  const std::string_view text = as_text(*opened);
  return Flash{text.front() == 's' ? Notice::success : Notice::info, std::string(text.substr(1))};
}

// ------------------------------------------------------------------------------------ forms

std::string csrf_token(const Visit& visit) {
  const Site::Impl& site = visit.site.impl();
  return make_csrf(site, visit.visitor.anchor, owner_tag(site, visit.visitor.session));
}

void form(Writer& page, const Visit& visit, const Url& action, Content content, bool files) {
  page << "<form method=\"post\" novalidate action=\"" << action << "\""
       << when(files, " enctype=\"multipart/form-data\" data-island=\"upload\"") << ">";
  hidden(page, csrf_field, csrf_token(visit));
  content(page);
  page << "</form>";
}

namespace {

std::string padded(std::string_view digits, std::size_t width) {
  const std::string_view trimmed = trim(digits);
  return trimmed.size() < width ? std::string(width - trimmed.size(), '0') + std::string(trimmed)
                                : std::string(trimmed);
}

}  // namespace

DateParts date_parts(const net::Form& form, std::string_view name) {
  const std::string prefix = std::string(name) + ".";
  return {std::string(trim(form.get(prefix + "year"))),
          std::string(trim(form.get(prefix + "month"))),
          std::string(trim(form.get(prefix + "day")))};
}

std::string date_text(const DateParts& parts) {
  if (parts.year.empty() && parts.month.empty() && parts.day.empty()) return {};
  return padded(parts.year, 4) + "-" + padded(parts.month, 2) + "-" + padded(parts.day, 2);
}

DateParts split_date(std::string_view iso) {
  const auto parts = split(iso, '-');
  if (parts.size() != 3) return {};
  return {std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
}

}  // namespace minben::page
