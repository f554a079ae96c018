#pragma once
// One request to the pages of a gateway, and what surrounds every page.
#include <span>

#include "gateway/operations.hpp"
#include "messages/common.hpp"
#include "messages/gateways.hpp"
#include "page/components.hpp"
#include "page/html.hpp"
#include "page/page.hpp"
#include "sessions.hpp"

namespace minben::gateways {

using page::Url;
using page::Writer;

/// What all pages share.
struct Room {
  gateway::Operations& operations;
  page::Assets assets;
  Sessions sessions;
  AgencyCode member;
  Bilingual name;
};

struct Visit {
  Room& room;
  const net::Request& request;
  Language language;
  std::string form_token;  ///< of the session; "" = nobody is signed in

  [[nodiscard]] Url url(std::initializer_list<std::string_view> parts = {}) const {
    return Url::page(language, {"gateway"}).below(parts);
  }
};

struct Sheet {
  std::string title;
  std::string_view place;  ///< behind "/{language}/gateway/": "", "trace" …
  std::vector<page::ErrorLine> errors = {};
  int status = 200;
};
net::Response html_page(const Visit& visit, const Sheet& sheet, page::Content content);
/// POST with the session's token.
void form(Writer& page, const Visit& visit, const Url& action, page::Content content);

std::string cookie_name(const AgencyCode& member);
/// Whether a form of these pages was sent, by a browser that says so.
bool is_own_form(const Visit& visit);

// ------------------------------------------------------------------------------------ pages

net::Response overview(const Visit& visit);
net::Response change_log_level(const Visit& visit);
net::Response trace_form(const Visit& visit);
net::Response trace(const Visit& visit);

/// What a code of a refusal or of a verdict means; "" when nobody wrote it down.
std::string_view meaning(Language language, std::string_view code);

}  // namespace minben::gateways
