#include "embedded.hpp"

#include "messages/common.hpp"
#include "site.hpp"

namespace minben::page {

namespace {

// Links leave the frame, forms have no business in it.
constexpr std::string_view policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *";

}  // namespace

bool stands_in_frames(const net::Response& response) {
  return response.headers.get("Content-Security-Policy") == policy;
}

net::Response embedded_page(const Visit& visit, std::string_view title, Content content,
                            int status) {
  Writer page;
  page << "<!DOCTYPE html><html class=\"govuk-template\" lang=\"" << language_tag(visit.language)
       << "\"><head><meta charset=\"utf-8\"><title>" << title << " · "
       << msg::platform_name(visit.language)
       << "</title><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta "
          "name=\"color-scheme\" content=\"light\"><link rel=\"stylesheet\" href=\""
       << visit.site.assets().url("minben.css")
       << "\"></head><body class=\"govuk-template__body mb-embedded\"><main><h1 "
          "class=\"govuk-visually-hidden\">"
       << title << "</h1>";
  content(page);
  page << "</main></body></html>";
  net::Response response = net::Response::html(std::move(page).take(), status);
  response.headers.set("Content-Security-Policy", policy);
  response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  return response;
}

}  // namespace minben::page
