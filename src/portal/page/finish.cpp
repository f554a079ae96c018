// The last touch on every answer: security headers and the cookies of the visit.
#include <algorithm>

#include <fmt/format.h>

#include "site.hpp"

namespace minben::page {

namespace {

std::string content_security_policy(const SiteConfig& config) {
  std::string policy =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
      "font-src 'self'; connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; "
      "frame-ancestors 'self'; form-action 'self'";
  for (const std::string& origin : config.redirect_origins) policy += " " + origin;
  return policy;
}

void add_if_missing(net::Response& response, std::string_view name, std::string_view value) {
  if (!response.headers.has(name)) response.headers.set(name, value);
}

bool is_page(const net::Response& response) {
  return response.headers.get("Content-Type").starts_with("text/html");
}

/// Sending a held form may itself end at signing in, which holds it anew.
bool holds_anew(const Site::Impl& site, const net::Response& response) {
  const std::string start = site.cookie_name(cookie::held) + "=";
  return std::ranges::any_of(response.headers.all(), [&](const auto& header) {
    return header.first == "Set-Cookie" && header.second.starts_with(start);
  });
}

void remember_visit(const Site::Impl& site, const net::Request& request, net::Response& response) {
  const auto* known = dynamic_cast<const Visitor*>(request.caller.get());
  if (known == nullptr) return;
  if (known->sent_held_form) {
    forget_held(site, read_cookie(site, request, cookie::held));
    if (!holds_anew(site, response)) clear_cookie(site, response, cookie::held);
  }
  if (!is_page(response) || stands_in_frames(response)) return;
  if (known->anchor_is_new) set_cookie(site, response, cookie::anchor, known->anchor);
  const std::string_view tag = language_tag(known->language);
  if (place_of(request.path) && read_cookie(site, request, cookie::language) != tag)
    set_cookie(site, response, cookie::language, tag, days{365});
}

}  // namespace

void finish(const Site& site, const net::Request& request, net::Response& response) {
  add_if_missing(response, "Content-Security-Policy", content_security_policy(site.config()));
  add_if_missing(response, "X-Content-Type-Options", "nosniff");
  if (!stands_in_frames(response)) add_if_missing(response, "X-Frame-Options", "SAMEORIGIN");
  add_if_missing(response, "Referrer-Policy", "same-origin");
  add_if_missing(response, "Cross-Origin-Opener-Policy", "same-origin");
  add_if_missing(response, "Cross-Origin-Resource-Policy", "same-origin");
  add_if_missing(response, "Permissions-Policy",
                 "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
  add_if_missing(response, "Cache-Control", "no-store");
  if (site.impl().secure)
    add_if_missing(response, "Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  remember_visit(site.impl(), request, response);
}

}  // namespace minben::page
